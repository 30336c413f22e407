//! What is sent to real receivers, good ones and bad ones, and what becomes of it.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Stopwatch};

use proptest::prelude::*;
use sanzao_exchange::{
    AttemptOutcome, Courier, Delivery, Endpoint, Fault, IdentityFault, MessageId, MessageState, Outbox,
    RequestNews, Schedule, Settings, verify,
};
use sanzao_model::{Feed, Instant};
use support::{
    DAY, NAME, NOW, Office, Receiver, Reply, SECOND, Vault, certificate, endpoint, id, message_of, number,
    request, secret, settings,
};

fn outcomes(office: &Office, name: &str, message: &MessageId) -> Vec<AttemptOutcome> {
    let attempts = office.with_outbox(|outbox| outbox.attempts(&id(name), message).unwrap());
    attempts.into_iter().map(|attempt| attempt.outcome).collect()
}

fn state(office: &Office, name: &str, message: &MessageId) -> MessageState {
    office.with_outbox(|outbox| outbox.message(&id(name), message).unwrap().unwrap().state)
}

/// The outcome of the one attempt to send to a receiver that does so.
fn once(reply: Reply) -> (AttemptOutcome, Duration) {
    // Who gives an answer has time for it; of who gives none a second is enough.
    let timeout_seconds = if matches!(reply, Reply::Hang | Reply::Drip) { 1 } else { 10 };
    let receiver = Receiver::start(move |_| reply.clone());
    let endpoints = vec![endpoint("a", Feed::Police, &receiver.url())];
    let office = Office::with(endpoints, Settings { timeout_seconds, ..settings() });
    assert_eq!(office.close(Feed::Police, [1]), 1);
    let started = Stopwatch::now();
    office.deliver();
    let outcomes = outcomes(&office, "a", &message_of(1));
    assert_eq!(outcomes.len(), 1);
    (outcomes[0], started.elapsed())
}

#[test]
fn a_receiver_gets_what_is_signed() {
    let receiver = Receiver::start(|_| Reply::Status(204));
    let office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    office.close(Feed::Police, [1]);
    let deliveries = office.deliver();
    assert_eq!(deliveries.by_endpoint[&id("a")], Delivery { delivered: 1, ..Delivery::default() });
    let received = &receiver.received()[0];
    assert_eq!(received.line, "POST /hooks HTTP/1.1");
    assert_eq!(received.header("content-type"), "application/cloudevents+json");
    assert_eq!(received.header("user-agent"), "sanzao");
    verify(&[secret(1)], &received.signed(), &received.body, NOW).unwrap();
    assert!(verify(&[secret(2)], &received.signed(), &received.body, NOW).is_err());
    let event = received.json();
    assert_eq!(event["id"], received.header("webhook-id"));
    assert_eq!(event["type"], "sanzao.result.v1");
    assert_eq!(event["data"]["verdict"], "confirmed");
    assert_eq!(state(&office, "a", &message_of(1)), MessageState::Delivered { at: NOW });
    assert!(office.deliver().by_endpoint.is_empty(), "delivered is delivered");
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn while_a_secret_is_changed_both_are_good() {
    let receiver = Receiver::start(|_| Reply::Status(200));
    let secrets = vec![secret(2), secret(1)];
    let endpoint = Endpoint::new(id("a"), Feed::Police, &receiver.url(), secrets).unwrap();
    let office = Office::new(vec![endpoint]);
    office.close(Feed::Police, [1]);
    office.deliver();
    let received = &receiver.received()[0];
    for known in [1, 2] {
        verify(&[secret(known)], &received.signed(), &received.body, NOW).unwrap();
    }
}

#[test]
fn bad_receivers_are_told_apart() {
    let timeout = AttemptOutcome::Fault(Fault::Timeout);
    for (reply, expected) in [
        (Reply::Status(500), AttemptOutcome::Status(500)),
        (Reply::Status(404), AttemptOutcome::Status(404)),
        (Reply::Hang, timeout),
        (Reply::Drip, timeout),
        (Reply::NoHttp, AttemptOutcome::Fault(Fault::Protocol)),
        (Reply::EndlessHeader, AttemptOutcome::Fault(Fault::Protocol)),
        (Reply::Endless, AttemptOutcome::Status(200)),
    ] {
        let (outcome, took) = once(reply.clone());
        assert_eq!(outcome, expected, "{reply:?}");
        assert!(took < Duration::from_secs(20), "{reply:?} took {took:?}");
    }
    let (outcome, _) = once(Reply::Close);
    assert!(matches!(outcome, AttemptOutcome::Fault(Fault::Connection | Fault::Protocol)), "{outcome:?}");
}

#[test]
fn redirections_are_not_followed() {
    let other = Receiver::start(|_| Reply::Status(200));
    let target = other.url();
    for status in [301, 302, 307, 308] {
        let (outcome, _) = once(Reply::With(status, "location", target.clone()));
        assert_eq!(outcome, AttemptOutcome::Status(status));
    }
    assert!(other.received().is_empty(), "nothing goes where the configuration does not lead");
}

#[test]
fn a_receiver_that_is_down_gets_it_by_the_schedule_until_it_dies() {
    let port = Receiver::start(|_| Reply::Status(200)).port;
    let office = Office::new(vec![endpoint("a", Feed::Police, &format!("http://127.0.0.1:{port}/hooks"))]);
    office.close(Feed::Police, [1]);
    let mut attempts = 0;
    while let MessageState::Waiting { next } = state(&office, "a", &message_of(1)) {
        assert_eq!(office.with_outbox(|outbox| outbox.next_due().unwrap()), Some(next));
        office.set(Instant(next.0 - 1));
        if attempts > 0 {
            assert!(office.deliver().by_endpoint.is_empty(), "not before its time");
        }
        office.set(next);
        office.deliver();
        attempts += 1;
    }
    assert_eq!(attempts, Schedule::ATTEMPTS);
    assert!(office.now().0 - NOW.0 > 2 * DAY, "tried for days");
    assert_eq!(office.with_outbox(|outbox| outbox.next_due().unwrap()), None);
    let outcomes = outcomes(&office, "a", &message_of(1));
    assert_eq!(outcomes, vec![AttemptOutcome::Fault(Fault::Connection); 10]);

    // It is back, and somebody sends the dead letter again.
    let receiver = Receiver::on_port(port, |_| Reply::Status(200));
    let dead = office.with_outbox(|outbox| outbox.dead_letters(Some(&id("a")), 10).unwrap());
    assert_eq!(dead.len(), 1);
    let now = office.now();
    office.with_outbox(|outbox| outbox.retry(&id("a"), &dead[0].id, now).unwrap());
    office.deliver();
    assert_eq!(receiver.ids(), [message_of(1).to_string()]);
}

#[test]
fn each_attempt_has_the_same_id_and_a_time_of_its_own() {
    let receiver = Receiver::start(|number| Reply::Status(if number < 2 { 503 } else { 200 }));
    let office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    office.close(Feed::Police, [1]);
    for _ in 0..3 {
        office.deliver();
        office.pass(3_600 * SECOND);
    }
    let received = receiver.received();
    assert_eq!(received.len(), 3);
    assert!(received.iter().all(|one| one.header("webhook-id") == message_of(1).as_str()));
    assert!(received.iter().all(|one| one.body == received[0].body));
    for (at, one) in received.iter().enumerate() {
        let at = Instant(NOW.0 + at as i64 * 3_600 * SECOND);
        verify(&[secret(1)], &one.signed(), &one.body, at).unwrap();
    }
}

#[test]
fn gone_is_gone_until_it_is_enabled() {
    let receiver = Receiver::start(|number| Reply::Status(if number == 0 { 410 } else { 200 }));
    let office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    office.close(Feed::Police, [1, 2]);
    let one_at_a_time = Settings { workers: 1, ..settings() };
    let courier = Courier::new(one_at_a_time).unwrap();
    let deliver = |office: &Office| {
        courier
            .deliver_due(&office.outbox, &office.endpoints, &office.vault, &|| office.now(), &|| 0)
            .unwrap();
    };
    deliver(&office);
    office.pass(30 * DAY);
    office.close(Feed::Police, [3]);
    deliver(&office);
    assert_eq!(receiver.received().len(), 1, "it wants no messages");
    let office = office.restart();
    let status = office.with_outbox(|outbox| outbox.endpoints().unwrap());
    assert_eq!((status[0].gone, status[0].waiting, status[0].dead), (Some(NOW), 3, 0));
    office.with_outbox(|outbox| outbox.enable(&id("a")).unwrap());
    deliver(&office);
    assert_eq!(receiver.received().len(), 4, "nothing is lost");
    assert!(office.with_outbox(|outbox| outbox.enable(&id("b"))).is_err());
}

#[test]
fn a_receiver_that_asks_for_a_pause_gets_it() {
    for status in [429, 503] {
        let receiver = Receiver::start(move |number| match number {
            0 => Reply::With(status, "retry-after", "7200".into()),
            _ => Reply::Status(200),
        });
        let mut office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
        office.courier = Courier::new(Settings { workers: 1, ..settings() }).unwrap();
        office.close(Feed::Police, [1, 2]);
        office.deliver();
        let until = Instant(NOW.0 + 7_200 * SECOND);
        assert_eq!(state(&office, "a", &message_of(1)), MessageState::Waiting { next: until });
        office.pass(7_199 * SECOND);
        office.deliver();
        assert_eq!(receiver.received().len(), 1, "{status}: the other message waits too");
        assert_eq!(
            office.with_outbox(|outbox| outbox.next_due().unwrap()),
            Some(Instant(NOW.0 + 7_200 * SECOND))
        );
        office.pass(SECOND);
        office.deliver();
        assert_eq!(receiver.received().len(), 3, "{status}");
    }
    let (outcome, _) = once(Reply::With(503, "retry-after", "never".into()));
    assert_eq!(outcome, AttemptOutcome::Status(503));
}

#[test]
fn a_receiver_that_hangs_holds_nobody_up_for_long() {
    let hangs = Receiver::start(|_| Reply::Hang);
    let good = Receiver::start(|_| Reply::Status(200));
    let endpoints =
        vec![endpoint("hangs", Feed::Police, &hangs.url()), endpoint("good", Feed::Health, &good.url())];
    let office = Office::with(endpoints, Settings { timeout_seconds: 5, ..settings() });
    office.close(Feed::Police, 1..100);
    office.close(Feed::Health, 100..200);
    let started = Stopwatch::now();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            good.wait_for(100);
            // The good one got everything before the other's timeout ended the step.
            assert!(!done.load(Ordering::SeqCst), "it waited for the one that hangs");
        });
        let deliveries = office.deliver();
        done.store(true, Ordering::SeqCst);
        assert_eq!(deliveries.by_endpoint[&id("good")].delivered, 100);
        assert_eq!(deliveries.by_endpoint[&id("hangs")].delivered, 0);
    });
    assert!(started.elapsed() < Duration::from_secs(20), "one timeout a step, not one a message");
    assert!(hangs.received().len() <= 2, "as many as there are workers");
}

#[test]
fn a_slow_receiver_is_waited_for() {
    let (outcome, _) = once(Reply::After(Duration::from_millis(400), 202));
    assert_eq!(outcome, AttemptOutcome::Status(202));
}

#[test]
fn certificates_are_checked() {
    let receiver = Receiver::with_tls(|_| Reply::Status(200));
    let trusting = Settings { trusted_pem: Some(certificate("authority.pem")), ..settings() };
    let office = Office::with(vec![endpoint("a", Feed::Police, &receiver.url())], trusting.clone());
    office.close(Feed::Police, [1]);
    office.deliver();
    assert_eq!(outcomes(&office, "a", &message_of(1)), [AttemptOutcome::Status(200)]);

    // Nobody vouches for it; then a name that it has not.
    let by_name = receiver.url().replace("127.0.0.1", "localhost");
    for (url, settings) in [(receiver.url(), settings()), (by_name, trusting)] {
        let office = Office::with(vec![endpoint("a", Feed::Police, &url)], settings);
        office.close(Feed::Police, [1]);
        office.deliver();
        assert_eq!(outcomes(&office, "a", &message_of(1)), [AttemptOutcome::Fault(Fault::Tls)], "{url}");
    }
    let plain = Receiver::start(|_| Reply::Status(200));
    let endpoints = vec![endpoint("a", Feed::Police, &plain.url().replace("http:", "https:"))];
    let office = Office::with(endpoints, Settings { timeout_seconds: 1, ..settings() });
    office.close(Feed::Police, [1]);
    office.deliver();
    let outcomes = outcomes(&office, "a", &message_of(1));
    assert!(matches!(outcomes[..], [AttemptOutcome::Fault(Fault::Tls | Fault::Connection | Fault::Timeout)]));
    assert!(plain.received().is_empty());
    for wrong in [b"".to_vec(), b"-----BEGIN CERTIFICATE-----".to_vec(), certificate("receiver.key")] {
        assert!(Courier::new(Settings { trusted_pem: Some(wrong), ..settings() }).is_err());
    }
}

#[test]
fn the_platforms_own_network_is_not_reached() {
    let receiver = Receiver::start(|_| Reply::Status(200));
    let closed = Settings { allowed_networks: vec!["10.0.0.0/8".parse().unwrap()], ..settings() };
    let by_name = format!("https://localhost:{}/", receiver.port);
    for url in [receiver.url(), by_name, format!("https://[::ffff:127.0.0.1]:{}/", receiver.port)] {
        let office = Office::with(vec![endpoint("a", Feed::Police, &url)], closed.clone());
        office.close(Feed::Police, [1]);
        office.deliver();
        assert_eq!(outcomes(&office, "a", &message_of(1)), [AttemptOutcome::Fault(Fault::Address)], "{url}");
    }
    assert!(receiver.received().is_empty());
    // A name is asked for again where an answer is lost.
    let endpoints = vec![endpoint("a", Feed::Police, "https://no-such-name.invalid/")];
    let office = Office::with(endpoints, Settings { timeout_seconds: 30, ..settings() });
    office.close(Feed::Police, [1]);
    office.deliver();
    assert_eq!(outcomes(&office, "a", &message_of(1)), [AttemptOutcome::Fault(Fault::Name)]);
}

#[test]
fn a_request_tells_who_somebody_is_when_it_is_sent_and_nowhere_else() {
    let receiver = Receiver::start(|_| Reply::Status(200));
    let office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    let asked = request(1);
    assert_eq!(office.take_in(&[], &[RequestNews::Asked(Box::new(asked.clone()))]), 1);
    let message = MessageId::of_request(asked.id);

    // The vault is down: nothing is sent, and no attempt is counted, for however long.
    *office.vault.0.lock().unwrap() = Err(IdentityFault::Away);
    for _ in 0..20 {
        office.deliver();
        office.pass(60 * SECOND);
    }
    assert_eq!((outcomes(&office, "a", &message).len(), receiver.received().len()), (0, 0));
    *office.vault.0.lock().unwrap() = Ok(());
    let at = office.now();
    office.deliver();
    let received = &receiver.received()[0];
    verify(&[secret(1)], &received.signed(), &received.body, at).unwrap();
    let event = received.json();
    assert_eq!(event["type"], "sanzao.verification.v1");
    assert_eq!(event["data"]["person"]["id_number"], number().as_str());
    assert_eq!(event["data"]["person"]["name"], NAME);
    assert_eq!(office.with_outbox(|outbox| outbox.delivered_requests().unwrap()), [(asked.id, at)]);
    office.with_outbox(|outbox| outbox.told_delivered(&[asked.id]).unwrap());
    assert!(office.with_outbox(|outbox| outbox.delivered_requests().unwrap()).is_empty());

    let path = office.path();
    for file in ["", "-wal"] {
        let mut name = path.clone().into_os_string();
        name.push(file);
        let bytes = std::fs::read(name).unwrap();
        for text in [number().as_str().as_bytes(), NAME.as_bytes()] {
            let found = bytes.windows(text.len()).any(|some| some == text);
            assert!(!found, "the file {file} tells who somebody is");
        }
    }
}

#[test]
fn who_nobody_knows_any_more_is_not_asked_about() {
    let receiver = Receiver::start(|_| Reply::Status(200));
    let office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    let asked = request(1);
    office.take_in(&[], &[RequestNews::Asked(Box::new(asked.clone()))]);
    *office.vault.0.lock().unwrap() = Err(IdentityFault::Unknown);
    assert_eq!(office.deliver().by_endpoint[&id("a")].died, 1);
    let message = MessageId::of_request(asked.id);
    assert_eq!(outcomes(&office, "a", &message), [AttemptOutcome::Fault(Fault::IdentityUnknown)]);
    assert!(receiver.received().is_empty());
}

/// The process of the next test: it sends, and is killed before it can take that down.
#[test]
fn a_process_that_sends() {
    let Ok(path) = std::env::var("SANZAO_EXCHANGE_OUTBOX") else { return };
    let url = std::env::var("SANZAO_EXCHANGE_URL").unwrap();
    let endpoints = [endpoint("a", Feed::Police, &url)];
    let outbox = Mutex::new(Outbox::open(path.as_ref(), &endpoints).unwrap());
    let courier = Courier::new(Settings { timeout_seconds: 60, ..settings() }).unwrap();
    courier.deliver_due(&outbox, &endpoints, &Vault::default(), &|| NOW, &|| 0).unwrap();
}

#[test]
fn what_was_sent_and_not_taken_down_is_sent_again_under_the_same_id() {
    let is_killed = Arc::new(AtomicBool::new(false));
    let after = is_killed.clone();
    let receiver =
        Receiver::start(move |_| if after.load(Ordering::SeqCst) { Reply::Status(200) } else { Reply::Hang });
    let office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
    office.close(Feed::Police, [1]);
    let path = office.path();
    let Office { outbox, endpoints, .. } = &office;
    // The child holds the lock.
    let other = tempfile::tempdir().unwrap();
    let aside = Outbox::open(&other.path().join("other.db"), endpoints).unwrap();
    drop(std::mem::replace(&mut *outbox.lock().unwrap(), aside));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_process_that_sends"])
        .env("SANZAO_EXCHANGE_OUTBOX", &path)
        .env("SANZAO_EXCHANGE_URL", receiver.url())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    receiver.wait_for(1);
    child.kill().unwrap();
    child.wait().unwrap();
    is_killed.store(true, Ordering::SeqCst);
    *outbox.lock().unwrap() = Outbox::open(&path, endpoints).unwrap();
    assert_eq!(state(&office, "a", &message_of(1)), MessageState::Waiting { next: NOW });
    office.deliver();
    assert_eq!(receiver.ids(), vec![message_of(1).to_string(); 2]);
    assert_eq!(state(&office, "a", &message_of(1)), MessageState::Delivered { at: NOW });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// However the clock jumps, and however often the process starts again: what a good receiver is sent arrives, at
    /// the latest when the clock stands right again for as long as the longest delay.
    #[test]
    fn clocks_that_jump_lose_nothing(jumps in proptest::collection::vec((-400_i64..400, any::<bool>()), 1..6)) {
        let receiver = Receiver::start(|number| Reply::Status(if number < 4 { 500 } else { 200 }));
        let mut office = Office::new(vec![endpoint("a", Feed::Police, &receiver.url())]);
        for (at, (days, restarts)) in jumps.into_iter().enumerate() {
            office.set(Instant(NOW.0 + days * DAY));
            office.close(Feed::Police, [at as u8 + 1]);
            office.deliver();
            if restarts {
                office = office.restart();
            }
        }
        for day in 0..8 {
            office.set(Instant(NOW.0 + day * 2 * DAY));
            office.deliver();
        }
        let status = office.with_outbox(|outbox| outbox.endpoints().unwrap());
        prop_assert_eq!((status[0].waiting, status[0].dead), (0, 0));
    }
}
