//! The log of requests: records there and back, and what they add up to.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use proptest::prelude::*;
use sanzao_exchange::{
    Answer, AnswerCode, Question, RequestCommand, RequestId, RequestNews, RequestRecord, RequestRefusal,
    RequestState, Requests, VerificationRequest,
};
use sanzao_model::{Feed, Instant, ItemId};
use support::{DAY, NOW, request};

fn asked(number: u32) -> RequestRecord {
    RequestRecord::Asked(Box::new(request(number)))
}

fn command(number: u32, command: RequestCommand) -> RequestRecord {
    RequestRecord::Command { request: request(number).id, command }
}

fn answer(at: Instant) -> RequestCommand {
    let answer = Answer { code: AnswerCode::PersonUnknown, values: Default::default() };
    RequestCommand::Answer { feed: Feed::Police, by: "police".into(), at, answer }
}

/// One of the records that can come, of three requests.
fn record() -> impl Strategy<Value = RequestRecord> {
    (1_u32..4, 0..6, 0_i64..20).prop_map(|(number, kind, days)| {
        let at = Instant(NOW.0 + days * DAY);
        match kind {
            0 | 1 => asked(number),
            2 => command(number, RequestCommand::Deliver { at }),
            3 => command(number, RequestCommand::Cancel { by: "li".into(), at }),
            4 => command(number, answer(at)),
            _ => RequestRecord::Day { today: at.day_in_china() },
        }
    })
}

proptest! {
    /// News tell all that messages follow from, each thing once, and a log that is read twice says nothing new.
    #[test]
    fn a_log_adds_up_the_same_and_tells_once(records in prop::collection::vec(record(), 0..40)) {
        let records: Vec<_> = (1..4).map(asked).chain(records).collect();
        let (mut requests, mut news) = (Requests::default(), Vec::new());
        for record in &records {
            prop_assert_eq!(&RequestRecord::from_bytes(&record.to_bytes()).unwrap(), record);
            let before = requests.clone();
            match requests.take(record) {
                Ok(told) => news.extend(told),
                Err(_) => prop_assert_eq!(&requests, &before),
            }
        }
        for request in requests.newest_first() {
            let told = |news: &&RequestNews| match news {
                RequestNews::Asked(asked) => asked.id == request.id,
                RequestNews::Answered(id) | RequestNews::Cancelled(id) => *id == request.id,
            };
            let told: Vec<_> = news.iter().filter(told).collect();
            prop_assert_eq!(told.len(), if request.is_open() { 1 } else { 2 });
            match &request.state {
                RequestState::Answered { .. } => prop_assert!(matches!(told[1], RequestNews::Answered(_))),
                RequestState::Cancelled { .. } => prop_assert!(matches!(told[1], RequestNews::Cancelled(_))),
                _ => {}
            }
        }
        let after = requests.clone();
        for record in &records {
            let repeated = requests.take(record);
            prop_assert!(!matches!(repeated, Ok(Some(_))), "{record:?} is told twice");
        }
        let all: Vec<RequestId> = after.newest_first().map(|request| request.id).collect();
        let again: Vec<RequestId> = requests.newest_first().map(|request| request.id).collect();
        prop_assert_eq!(all, again);
    }
}

#[test]
fn who_asks_the_same_again_has_a_new_number() {
    let mut requests = Requests::default();
    let (item, question) = (request(1).item, request(1).question);
    assert_eq!(requests.next_number(item, question), 1);
    requests.take(&asked(1)).unwrap();
    assert_eq!(requests.next_number(item, question), 2);
    assert_eq!(requests.next_number(item, Question::AbilityAndStay), 1);
    assert_eq!(requests.next_number(ItemId([8; 16]), question), 1);
    assert_eq!(requests.of_item(item).count(), 1);
}

#[test]
fn nobody_answers_what_was_not_asked() {
    let mut requests = Requests::default();
    assert_eq!(requests.take(&command(1, answer(NOW))), Err(RequestRefusal::Unknown));
    assert_eq!(requests.check(request(1).id, &answer(NOW)), Err(RequestRefusal::Unknown));
    requests.take(&asked(1)).unwrap();
    assert_eq!(requests.check(request(1).id, &answer(NOW)), Ok(()));
    assert_eq!(requests.get(request(1).id).unwrap().state, RequestState::Asked, "a check changes nothing");
}

#[test]
fn overdue_is_what_the_day_makes_so() {
    let mut requests = Requests::default();
    requests.take(&asked(1)).unwrap();
    let VerificationRequest { id, deadline, .. } = request(1);
    assert!(!requests.become_overdue(deadline));
    let past = deadline.plus_days(1);
    assert!(requests.become_overdue(past));
    requests.take(&RequestRecord::Day { today: past }).unwrap();
    assert!(!requests.become_overdue(past));
    assert_eq!(requests.get(id).unwrap().state.as_str(), "overdue");
}

#[test]
fn what_is_no_record_is_not_skipped() {
    let bytes = asked(1).to_bytes();
    let mut newer = bytes.clone();
    newer[0] = 2;
    for wrong in [&[][..], &newer, &bytes[..bytes.len() - 1], &[1]] {
        assert!(RequestRecord::from_bytes(wrong).is_err(), "{wrong:?}");
    }
}
