//! Verification requests: every cell of their table, and random commands in random order.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use proptest::prelude::*;
use sanzao_exchange::{
    Answer, AnswerCode, AnswerError, Holds, Question, RequestCommand, RequestNext, RequestRefusal,
    RequestState, Value, VerificationRequest, asked_event, cancelled_event,
};
use sanzao_model::{Feed, Instant};
use support::{DAY, NAME, NOW, number, request};

const LATER: Instant = Instant(NOW.0 + DAY);

fn answer(holds: Holds) -> Answer {
    let on = NOW.day_in_china();
    let points = Question::RegistrationAndLiving.points().iter();
    Answer { code: AnswerCode::Answered, values: points.map(|point| (*point, Value { holds, on })).collect() }
}

fn answers(at: Instant, holds: Holds) -> RequestCommand {
    RequestCommand::Answer { feed: Feed::Police, by: "police".into(), at, answer: answer(holds) }
}

fn answered(late: bool) -> RequestState {
    RequestState::Answered { answer: answer(Holds::Holds), by: "police".into(), at: NOW, late }
}

fn cancelled() -> RequestState {
    RequestState::Cancelled { by: "wang".into(), at: NOW }
}

/// Every kind of state with every kind of command.
#[test]
fn the_whole_table() {
    let deadline = request(1).deadline;
    let past = deadline.plus_days(1);
    let delivered = RequestState::Delivered { at: NOW };
    let overdue = |delivered| RequestState::Overdue { since: past, delivered };
    let states = [
        RequestState::Asked,
        delivered.clone(),
        overdue(None),
        overdue(Some(NOW)),
        answered(false),
        cancelled(),
    ];
    let in_time = answers(NOW, Holds::Holds);
    let late = answers(Instant(NOW.0 + 20 * DAY), Holds::Holds);
    let other = answers(NOW, Holds::Unknown);
    let deliver = RequestCommand::Deliver { at: LATER };
    let day = |today| RequestCommand::Day { today };
    let cancel = RequestCommand::Cancel { by: "li".into(), at: LATER };

    let to = RequestNext::To;
    let nothing = RequestNext::Nothing;
    let refuse = RequestNext::Refuse;
    let is_cancelled = to(RequestState::Cancelled { by: "li".into(), at: LATER });
    let is_late = to(RequestState::Answered {
        answer: answer(Holds::Holds),
        by: "police".into(),
        at: Instant(NOW.0 + 20 * DAY),
        late: true,
    });
    let (already, gone) = (RequestRefusal::AlreadyAnswered, RequestRefusal::Cancelled);
    let table = [
        // asked, delivered, overdue and not delivered, overdue and delivered, answered, cancelled
        (
            deliver,
            [
                to(RequestState::Delivered { at: LATER }),
                nothing.clone(),
                to(overdue(Some(LATER))),
                nothing.clone(),
                nothing.clone(),
                nothing.clone(),
            ],
        ),
        (day(deadline), [const { RequestNext::Nothing }; 6]),
        (
            day(past),
            [
                to(overdue(None)),
                to(overdue(Some(NOW))),
                nothing.clone(),
                nothing.clone(),
                nothing.clone(),
                nothing.clone(),
            ],
        ),
        (
            in_time,
            [
                to(answered(false)),
                to(answered(false)),
                to(answered(false)),
                to(answered(false)),
                nothing.clone(),
                refuse(gone.clone()),
            ],
        ),
        (
            late,
            [
                is_late.clone(),
                is_late.clone(),
                is_late.clone(),
                is_late,
                nothing.clone(),
                refuse(gone.clone()),
            ],
        ),
        (
            other,
            [
                to(RequestState::Answered {
                    answer: answer(Holds::Unknown),
                    by: "police".into(),
                    at: NOW,
                    late: false,
                }),
                to(RequestState::Answered {
                    answer: answer(Holds::Unknown),
                    by: "police".into(),
                    at: NOW,
                    late: false,
                }),
                to(RequestState::Answered {
                    answer: answer(Holds::Unknown),
                    by: "police".into(),
                    at: NOW,
                    late: false,
                }),
                to(RequestState::Answered {
                    answer: answer(Holds::Unknown),
                    by: "police".into(),
                    at: NOW,
                    late: false,
                }),
                refuse(already.clone()),
                refuse(gone),
            ],
        ),
        (
            cancel,
            [
                is_cancelled.clone(),
                is_cancelled.clone(),
                is_cancelled.clone(),
                is_cancelled,
                refuse(already),
                nothing,
            ],
        ),
    ];
    for (command, expected) in table {
        for (state, expected) in states.iter().zip(expected) {
            let one = VerificationRequest { state: state.clone(), ..request(1) };
            assert_eq!(one.next(&command), expected, "{} {command:?}", state.as_str());
        }
    }
}

#[test]
fn only_who_was_asked_answers_and_only_what_was_asked() {
    let asked = request(1);
    let RequestCommand::Answer { by, at, answer, .. } = answers(NOW, Holds::Holds) else { unreachable!() };
    let by_another =
        RequestCommand::Answer { feed: Feed::Health, by: by.clone(), at, answer: answer.clone() };
    let refused = RequestNext::Refuse(RequestRefusal::AnotherDepartment { asked: Feed::Police });
    assert_eq!(asked.next(&by_another), refused);
    let mut short = answer;
    short.values.pop_first();
    let incomplete = RequestCommand::Answer { feed: Feed::Police, by, at, answer: short };
    let next = asked.next(&incomplete);
    assert!(
        matches!(next, RequestNext::Refuse(RequestRefusal::Answer(AnswerError::Points { .. }))),
        "{next:?}"
    );
}

#[test]
fn a_department_is_told_what_it_needs_to_answer_and_no_more() {
    let asked = request(1);
    let identity = sanzao_exchange::PersonIdentity { id_number: number(), name: NAME.into() };
    let event: serde_json::Value = serde_json::from_slice(&asked_event(&asked, &identity)).unwrap();
    let expected = serde_json::json!({
        "specversion": "1.0",
        "id": format!("verification-{}", asked.id),
        "source": "/sanzao/police",
        "type": "sanzao.verification.v1",
        "datacontenttype": "application/json",
        "data": {
            "feed": "police",
            "request": asked.id.to_string(),
            "state": "asked",
            "person": {"id_number": number().as_str(), "name": NAME},
            "question": "registration-and-living",
            "points": ["living", "registered-here", "lives-alone"],
            "asked_at": "2026-09-21T14:13:20Z",
            "deadline": "2026-09-28",
        },
    });
    assert_eq!(event, expected);
    let event: serde_json::Value = serde_json::from_slice(&cancelled_event(asked.id, Feed::Police)).unwrap();
    assert_eq!(event["id"], format!("verification-{}-cancelled", asked.id));
    let data = serde_json::json!({"feed": "police", "request": asked.id.to_string(), "state": "cancelled"});
    assert_eq!(event["data"], data);
    assert_eq!(format!("{identity:?}"), "PersonIdentity(…)");
}

fn command() -> impl Strategy<Value = (i64, RequestCommand)> {
    (0_i64..16).prop_flat_map(|days| {
        let at = Instant(NOW.0 + days * DAY);
        let holds = prop_oneof![Just(Holds::Holds), Just(Holds::DoesNotHold), Just(Holds::Unknown)];
        let feed = prop_oneof![9 => Just(Feed::Police), 1 => Just(Feed::Registry)];
        let answer = (holds, feed).prop_map(move |(holds, feed)| RequestCommand::Answer {
            feed,
            by: "police".into(),
            at,
            answer: answer(holds),
        });
        let command = prop_oneof![
            3 => Just(RequestCommand::Deliver { at }),
            3 => Just(RequestCommand::Day { today: at.day_in_china() }),
            2 => answer,
            1 => Just(RequestCommand::Cancel { by: "li".into(), at }),
        ];
        command.prop_map(move |command| (days, command))
    })
}

proptest! {
    /// Whatever is done in whatever order, by people who race and with days that are ticked late.
    #[test]
    fn requests_come_to_one_end(commands in proptest::collection::vec(command(), 0..30)) {
        let mut one = request(1);
        let mut ended: Option<RequestState> = None;
        let mut delivered_at: Option<Instant> = None;
        for (_, command) in &commands {
            let before = one.state.clone();
            let result = one.step(command);
            // Refused or not moved is as it was; the same again changes nothing.
            if result != Ok(true) {
                prop_assert_eq!(&one.state, &before);
            } else {
                let mut again = one.clone();
                prop_assert_ne!(again.step(command), Ok(true));
                prop_assert_eq!(&again, &one);
            }
            match &one.state {
                RequestState::Answered { at, late, .. } => {
                    prop_assert_eq!(*late, at.day_in_china() > one.deadline);
                }
                RequestState::Overdue { since, .. } => prop_assert!(*since > one.deadline),
                _ => {}
            }
            if let RequestCommand::Deliver { at } = command
                && result == Ok(true)
            {
                prop_assert_eq!(delivered_at.replace(*at), None, "delivered twice");
            }
            if let Some(end) = &ended {
                prop_assert_eq!(&one.state, end, "an end is an end");
            }
            prop_assert_eq!(one.is_open(), !matches!(one.state.as_str(), "answered" | "cancelled"));
            if !one.is_open() {
                ended = Some(one.state.clone());
            }
        }
        let kept = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<VerificationRequest>(&kept).unwrap(), one);
    }
}

#[test]
fn the_last_day_is_in_time() {
    let one = request(1);
    // 16:00 UTC is midnight in China.
    let last: Instant = format!("{}T15:59:59Z", one.deadline).parse().unwrap();
    let next_day = Instant(last.0 + 1_000_000_000);
    for (at, expected) in [(last, false), (next_day, true)] {
        let RequestNext::To(RequestState::Answered { late, .. }) = one.next(&answers(at, Holds::Holds))
        else {
            panic!("an answer is taken");
        };
        assert_eq!(late, expected);
    }
}
