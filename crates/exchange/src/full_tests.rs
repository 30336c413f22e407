//! A disk that is full: nothing is half done, and everything goes on once there is space.

use std::collections::BTreeMap;
use std::sync::Mutex;

use sanzao_model::{Day, Evidence, EvidenceRole, FactId, Feed, Instant, ItemId, Outcome, PersonId, Place};

use crate::due::Sent;
use crate::{
    Attempt, AttemptOutcome, Courier, Endpoint, ErrorClass, Happening, Identities, IdentityFault, ItemNews,
    LogPosition, MessageState, Outbox, PersonIdentity, RequestId, Settings, WebhookSecret,
};

const NOW: Instant = Instant(1_790_000_000_000_000_000);

fn news(item: u8) -> ItemNews {
    let kind = "custody.started".to_owned();
    let evidence = Evidence {
        fact: FactId([item; 16]),
        feed: Feed::Police,
        kind,
        on: Day(20_000),
        role: EvidenceRole::Trigger,
    };
    ItemNews {
        item: ItemId([item; 16]),
        previous: None,
        on: Day(20_000),
        happening: Happening::Closed { outcome: Outcome::Helped },
        evidence: vec![evidence],
    }
}

fn endpoint() -> Endpoint {
    let secrets = vec![WebhookSecret::new(&[7; 32]).unwrap()];
    Endpoint::new("a".parse().unwrap(), Feed::Police, "http://127.0.0.1:9/", secrets).unwrap()
}

/// Nothing more fits into the file, or everything.
fn fill(outbox: &Outbox, full: bool) {
    let pages: i64 = outbox.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let most = if full { pages } else { 1 << 30 };
    outbox.db.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(())).unwrap();
}

fn take_in(outbox: &mut Outbox, next: u64, items: impl Iterator<Item = u8>) -> Result<usize, ErrorClass> {
    let news: Vec<_> = items.map(news).collect();
    let upto = LogPosition { log: "work".into(), partition: 0, next };
    let place = |_| Some(Place { partition: 0, offset: 1 });
    let judged = outbox.judge(upto, &news, &place).map_err(|error| error.class())?;
    outbox.take_in(&judged, &[], NOW).map_err(|error| error.class())
}

#[test]
fn a_full_disk_takes_in_nothing_by_halves() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = Outbox::open(&folder.path().join("outbox.db"), &[endpoint()]).unwrap();
    assert_eq!(take_in(&mut outbox, 1, 0..1), Ok(1));
    fill(&outbox, true);
    assert_eq!(take_in(&mut outbox, 2, 1..200), Err(ErrorClass::Retry));
    assert_eq!(outbox.position("work", 0), Ok(1));
    assert_eq!(outbox.endpoints().unwrap()[0].waiting, 1);
    fill(&outbox, false);
    assert_eq!(take_in(&mut outbox, 2, 1..200), Ok(199));
}

#[test]
fn what_cannot_be_taken_down_is_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = Outbox::open(&folder.path().join("outbox.db"), &[endpoint()]).unwrap();
    take_in(&mut outbox, 1, 0..250).unwrap();
    fill(&outbox, true);
    let (mut taken_down, mut failed) = (0, None);
    let id = endpoint().id().clone();
    while failed.is_none() {
        let claimed = outbox.claim(&id, NOW).unwrap().expect("the disk is never full");
        let message = claimed.id.clone();
        let attempt = Attempt { at: NOW, duration_ms: 1, outcome: AttemptOutcome::Status(200) };
        match outbox.record(claimed, Sent::Tried { attempt, retry_after_seconds: None }, NOW, 0) {
            Ok(state) => assert_eq!(state, MessageState::Delivered { at: NOW }),
            Err(error) => {
                assert_eq!(error.class(), ErrorClass::Retry);
                failed = Some(message);
            }
        }
        taken_down += 1;
    }
    let again = outbox.claim(&id, NOW).unwrap().unwrap();
    assert_eq!(Some(again.id), failed, "the same message, {taken_down} in");
    assert_eq!(outbox.attempts(&id, &failed.unwrap()).unwrap(), []);
}

struct Nobody;

impl Identities for Nobody {
    fn identity(&self, _: PersonId, _: RequestId) -> Result<PersonIdentity, IdentityFault> {
        Err(IdentityFault::Unknown)
    }
}

/// Two threads that send to one endpoint at once never have the same message on its way.
#[test]
fn a_message_is_on_its_way_once() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Mutex::new(Outbox::open(&folder.path().join("outbox.db"), &[endpoint()]).unwrap());
    take_in(&mut outbox.lock().unwrap(), 1, 0..30).unwrap();
    let mut claimed = BTreeMap::new();
    while let Some(one) = outbox.lock().unwrap().claim(endpoint().id(), NOW).unwrap() {
        assert!(claimed.insert(one.id.clone(), one).is_none());
    }
    assert_eq!(claimed.len(), 30);
    let courier = Courier::new(Settings::default()).unwrap();
    let done = courier.deliver_due(&outbox, &[endpoint()], &Nobody, &|| NOW, &|| 0).unwrap();
    assert!(done.by_endpoint.is_empty());
}
