//! The outbox: what it takes in and keeps, over restarts, losses and mistakes.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use sanzao_exchange::{
    ErrorClass, ExchangeError, Happening, ItemNews, MessageId, MessageState, Outbox, RequestNews, judge,
};
use sanzao_model::{Day, Feed, Instant, Outcome};
use support::{
    DAY, NOW, Office, Receiver, Reply, closed, endpoint, id, message_of, place, position, request, trigger,
};

const NOWHERE: &str = "http://127.0.0.1:9/hooks";

fn state(office: &Office, message: &MessageId) -> MessageState {
    office.with_outbox(|outbox| outbox.message(&id("a"), message).unwrap().unwrap().state)
}

#[test]
fn results_go_to_every_endpoint_of_their_department() {
    let endpoints = vec![
        endpoint("a", Feed::Police, NOWHERE),
        endpoint("b", Feed::Police, NOWHERE),
        endpoint("c", Feed::Health, NOWHERE),
    ];
    let office = Office::new(endpoints);
    assert_eq!(office.close(Feed::Police, [1, 2]), 4);
    assert_eq!(office.close(Feed::Registry, [3]), 0, "it has none");
    let waiting: Vec<_> = office
        .with_outbox(|outbox| outbox.endpoints().unwrap())
        .into_iter()
        .map(|status| (status.id.to_string(), status.waiting))
        .collect();
    assert_eq!(waiting, [("a".into(), 2), ("b".into(), 2), ("c".into(), 0)]);
}

#[test]
fn a_stretch_is_taken_in_once() {
    let office = Office::new(vec![endpoint("a", Feed::Police, NOWHERE)]);
    office.with_outbox(|outbox| {
        let news = [closed(Feed::Police, 1, Outcome::Helped)];
        let judged = outbox.judge(position(10), &news, &place).unwrap();
        // Killed here, the same is judged again.
        let again = outbox.judge(position(10), &news, &place).unwrap();
        assert_eq!(judged.results, again.results);
        assert_eq!(outbox.take_in(&judged, &[], NOW), Ok(1));
        assert_eq!(outbox.position("work", 0), Ok(10));
        assert_eq!(outbox.position("work", 1), Ok(0));
        let error = outbox.take_in(&again, &[], NOW).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Bug);
        assert!(matches!(
            outbox.judge(position(9), &[], &place),
            Err(ExchangeError::Position { known: 10, .. })
        ));
        let same = outbox.judge(position(11), &news, &place).unwrap();
        assert_eq!(same.results, [], "it was told");
    });
}

#[test]
fn one_process_sends_and_its_file_is_its_owners() {
    let office = Office::new(Vec::new());
    let path = office.path();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(Outbox::open(&path, &[]), Err(ExchangeError::Locked { .. })));
    let twice = [endpoint("a", Feed::Police, NOWHERE), endpoint("a", Feed::Health, NOWHERE)];
    let other = path.with_extension("other");
    assert!(matches!(Outbox::open(&other, &twice), Err(ExchangeError::EndpointTwice { .. })));
    std::fs::write(&other, vec![b'x'; 4096]).unwrap();
    let error = Outbox::open(&other, &[]).err().unwrap();
    assert_eq!(error.class(), ErrorClass::Reject, "{error}");
    assert_eq!(std::fs::read(&other).unwrap(), vec![b'x'; 4096], "what is not ours is left alone");
}

#[test]
fn endpoints_come_and_go_with_the_configuration() {
    let receiver = Receiver::start(|_| Reply::Status(410));
    let mut office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    office.close(Feed::Police, [1]);
    office.deliver();
    office.endpoints = vec![endpoint("b", Feed::Police, NOWHERE)];
    let mut office = office.restart();
    let status = office.with_outbox(|outbox| outbox.endpoints().unwrap());
    assert_eq!((status[0].is_configured, status[0].waiting, status[0].gone), (false, 1, Some(NOW)));
    assert_eq!(office.close(Feed::Police, [2]), 1, "for the new one");
    assert_eq!(office.with_outbox(|outbox| outbox.next_due().unwrap()), Some(NOW));

    // It comes back under another address, and gets what waited for it.
    let moved = Receiver::start(|_| Reply::Status(200));
    office.endpoints = vec![endpoint("a", Feed::Police, &moved.url())];
    let office = office.restart();
    office.deliver();
    assert_eq!(moved.ids(), [message_of(1).to_string()]);
}

#[test]
fn dead_letters_are_listed_sent_again_and_dropped() {
    let receiver = Receiver::start(|_| Reply::Status(500));
    let office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    office.close(Feed::Police, [1, 2, 3]);
    for _ in 0..40 {
        office.deliver();
        office.pass(DAY + DAY / 5);
    }
    let now = office.now();
    office.with_outbox(|outbox| {
        let dead = outbox.dead_letters(None, 10).unwrap();
        assert_eq!(dead.len(), 3);
        assert!(dead.iter().all(|it| it.attempts == 10 && it.taken_in == NOW));
        assert_eq!(outbox.dead_letters(None, 2).unwrap(), dead[..2]);
        assert_eq!(outbox.dead_letters(Some(&id("b")), 10).unwrap(), []);
        let (first, second) = (message_of(1), message_of(2));
        outbox.retry(&id("a"), &first, now).unwrap();
        outbox.discard(&id("a"), &second, now).unwrap();
        for gone in [&first, &second] {
            assert!(matches!(outbox.retry(&id("a"), gone, now), Err(ExchangeError::NoDeadLetter { .. })));
            assert!(outbox.discard(&id("a"), gone, now).is_err());
        }
        assert_eq!(outbox.dead_letters(None, 10).unwrap().len(), 1);
        assert_eq!(outbox.attempts(&id("a"), &first).unwrap().len(), 10, "they stay on record");
    });
    assert_eq!(state(&office, &message_of(1)), MessageState::Waiting { next: now });
    assert_eq!(state(&office, &message_of(2)), MessageState::Dropped { at: now });
}

#[test]
fn what_is_done_is_forgotten_in_time() {
    let receiver = Receiver::start(|number| Reply::Status(if number == 0 { 200 } else { 500 }));
    let office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    office.close(Feed::Police, [1]);
    office.deliver();
    office.close(Feed::Police, [2]);
    office.deliver();
    let count = office.with_outbox(|outbox| outbox.forget(NOW).unwrap());
    assert_eq!(count, 0);
    let count = office.with_outbox(|outbox| outbox.forget(Instant(NOW.0 + 1)).unwrap());
    assert_eq!(count, 1);
    office.with_outbox(|outbox| {
        assert_eq!(outbox.message(&id("a"), &message_of(1)).unwrap(), None);
        assert_eq!(outbox.attempts(&id("a"), &message_of(1)).unwrap(), []);
        assert_eq!(outbox.attempts(&id("a"), &message_of(2)).unwrap().len(), 1);
    });
}

#[test]
fn who_is_not_waited_for_is_not_asked_and_who_was_asked_is_told() {
    let receiver = Receiver::start(|_| Reply::Status(200));
    let office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    let asked = |number| RequestNews::Asked(Box::new(request(number)));
    let of = |number| MessageId::of_request(request(number).id);
    // Answered or cancelled before it was sent: nobody hears of it.
    office.take_in(&[], &[asked(1), asked(2)]);
    let closing = [RequestNews::Answered(request(1).id), RequestNews::Cancelled(request(2).id)];
    assert_eq!(office.take_in(&[], &closing), 0);
    office.deliver();
    assert_eq!(receiver.ids(), Vec::<String>::new());
    assert_eq!(state(&office, &of(1)), MessageState::Dropped { at: NOW });
    // Cancelled when it is there: the department is told, once.
    office.take_in(&[], &[asked(3)]);
    office.deliver();
    assert_eq!(office.take_in(&[], &[RequestNews::Cancelled(request(3).id)]), 1);
    assert_eq!(office.take_in(&[], &[RequestNews::Cancelled(request(3).id)]), 0);
    office.deliver();
    let cancellation = MessageId::of_cancellation(request(3).id);
    assert_eq!(receiver.ids(), [of(3).to_string(), cancellation.to_string()]);
    assert_eq!(receiver.received()[1].json()["data"]["state"], "cancelled");
    // An old log that is taken in again ends where nobody is asked.
    let mut answered = request(4);
    answered.state = sanzao_exchange::RequestState::Cancelled { by: "wang".into(), at: NOW };
    assert_eq!(office.take_in(&[], &[RequestNews::Asked(Box::new(answered))]), 0);
}

/// What becomes of a question while it is on its way.
#[test]
fn a_question_that_is_cancelled_while_it_is_sent_is_called_back_and_an_answered_one_is_not() {
    for (news, told) in
        [(RequestNews::Cancelled(request(1).id), 1), (RequestNews::Answered(request(1).id), 0)]
    {
        let kept: Arc<OnceLock<Office>> = Arc::default();
        let office = Arc::clone(&kept);
        let receiver = Receiver::start(move |number| {
            if number == 0 {
                assert_eq!(office.get().unwrap().take_in(&[], std::slice::from_ref(&news)), told);
            }
            Reply::Status(200)
        });
        let office = kept.get_or_init(|| Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]));
        office.take_in(&[], &[RequestNews::Asked(Box::new(request(1)))]);
        office.deliver();
        office.deliver();
        let (question, cancellation) =
            (MessageId::of_request(request(1).id), MessageId::of_cancellation(request(1).id));
        let expected = [question.to_string(), cancellation.to_string()];
        assert_eq!(receiver.ids(), expected[..=told]);
    }
}

/// Something that happens in the log of the next test.
#[derive(Debug, Clone)]
enum Step {
    News(u8, Happening, u8),
    Deliver,
    Restart,
    LoseTheFile,
}

fn step() -> impl Strategy<Value = Step> {
    let happening = prop_oneof![
        Just(Happening::Closed { outcome: Outcome::Helped }),
        Just(Happening::Closed { outcome: Outcome::WrongData }),
        Just(Happening::Appealed),
    ];
    prop_oneof![
        6 => (1_u8..4, happening, 1_u8..4).prop_map(|(item, happening, fact)| Step::News(item, happening, fact)),
        3 => Just(Step::Deliver),
        1 => Just(Step::Restart),
        1 => Just(Step::LoseTheFile),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// With restarts and a lost file in between, a receiver that drops what it has seen gets exactly what one gets to
    /// whom nothing happened.
    #[test]
    fn a_lost_file_repeats_and_loses_nothing(steps in proptest::collection::vec(step(), 1..25)) {
        let receiver = Receiver::start(|_| Reply::Status(200));
        let new = || Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
        let mut office = new();
        let mut log: Vec<ItemNews> = Vec::new();
        let catch_up = |office: &Office, log: &[ItemNews]| {
            let from = office.with_outbox(|outbox| outbox.position("work", 0).unwrap());
            for news in &log[from as usize..] {
                office.take_in(std::slice::from_ref(news), &[]);
            }
        };
        for step in steps {
            match step {
                Step::News(item, happening, fact) => {
                    let evidence = vec![trigger(Feed::Police, fact)];
                    let on = Day(20_000 + log.len() as i32);
                    log.push(ItemNews { on, happening, evidence, ..closed(Feed::Police, item, Outcome::Helped) });
                }
                Step::Deliver => {
                    catch_up(&office, &log);
                    office.deliver();
                }
                Step::Restart => office = office.restart(),
                Step::LoseTheFile => office = new(),
            }
        }
        catch_up(&office, &log);
        office.deliver();
        let seen: BTreeMap<String, Vec<u8>> = receiver
            .received()
            .into_iter()
            .map(|received| (received.header("webhook-id"), received.body))
            .collect();
        for received in receiver.received() {
            prop_assert_eq!(&seen[&received.header("webhook-id")], &received.body, "one id, one content");
        }

        let calm = Receiver::start(|_| Reply::Status(200));
        let undisturbed = Office::new(vec![endpoint("a", Feed::Police, &calm.url())]);
        catch_up(&undisturbed, &log);
        undisturbed.deliver();
        let expected: BTreeMap<String, Vec<u8>> = calm
            .received()
            .into_iter()
            .map(|received| (received.header("webhook-id"), received.body))
            .collect();
        prop_assert_eq!(expected.len(), calm.received().len());
        // What is kept between two stretches is what is known in one go.
        let mut standings = BTreeMap::new();
        let told = log.iter().flat_map(|news| judge(news, &mut standings, &place));
        let told: BTreeMap<String, Vec<u8>> =
            told.map(|result| (MessageId::of_result(result.id).to_string(), result.to_bytes())).collect();
        prop_assert_eq!(&expected, &told);
        prop_assert_eq!(seen, expected);
    }
}
