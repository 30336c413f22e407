//! Counts of feeds are exact, whatever was appended twice, and made anew they are the same.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;

use sanzao_model::{
    Body, Content, Day, EventTag, Fact, FactBatch, FactId, Feed, HouseholdId, Instant, Mention, NameTag,
    Named, PersonId, Place, Receipt, ReceiptBatch, ReceiptOutcome, Statement, Subject, Warning,
};
use sanzao_readmodel::{
    FeedProjector, FeedReader, LagBucket, RejectionCursor, RejectionFilter, RepairOutcome, open_feeds,
};

const HOUR: i64 = 3_600_000_000_000;

/// Noon in China on a day.
fn noon(day: i32) -> Instant {
    Instant(i64::from(day) * 24 * HOUR + 4 * HOUR)
}

fn tag(offset: u64) -> EventTag {
    let mut tag = [0; 16];
    tag[..8].copy_from_slice(&offset.to_be_bytes());
    EventTag(tag)
}

/// A statement of something on a day, recorded at a time.
fn statement(offset: u64, on: Day, time: Instant) -> Statement {
    let who = Mention { person: PersonId::default(), alone: HouseholdId::default(), birth: None };
    let subject = Subject::Person(Named { who, name: NameTag::default() });
    let fact =
        Fact { id: FactId(tag(offset).0), feed: Feed::Police, on, subject, body: Body::MissingReported };
    Statement { event: tag(offset), sealed_id: Vec::new(), time, offset, content: Content::Fact(fact) }
}

fn batch(received: Instant, upto: u64, statements: Vec<Statement>) -> FactBatch {
    FactBatch { feed: Feed::Police, partition: 0, upto, received, statements, notes: Vec::new() }
}

fn receipt(offset: u64, received: Instant, outcome: ReceiptOutcome) -> Receipt {
    let (feed, event) = (Feed::Police, Some(tag(offset)));
    Receipt { feed, partition: 0, offset, event, received, repairs: None, warnings: Vec::new(), outcome }
}

fn rejected(offset: u64, received: Instant, code: &str, pointer: &str) -> Receipt {
    let (code, pointer, expected) = (code.to_owned(), pointer.to_owned(), "something else".to_owned());
    receipt(offset, received, ReceiptOutcome::Rejected { code, pointer, expected })
}

fn repairing(offset: u64, receipt: Receipt) -> Receipt {
    Receipt { repairs: Some(at(offset)), ..receipt }
}

fn at(offset: u64) -> Place {
    Place { partition: 0, offset }
}

/// Takes in receipts, a record each.
fn take(projector: &mut FeedProjector, from: u64, records: Vec<Vec<Receipt>>) {
    let mut tally = projector.begin();
    let next = from + records.len() as u64;
    for (record, receipts) in (from..).zip(records) {
        tally.receipts(record, &ReceiptBatch { receipts });
    }
    tally.read_upto("receipts.police/0", next, "mark".into());
    projector.commit(tally).unwrap();
}

fn open_in(folder: &Path) -> (FeedProjector, FeedReader) {
    open_feeds(&folder.join("feeds.db")).unwrap()
}

#[test]
fn lags_types_and_days_are_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open_in(folder.path());
    let day = Day(20_000);
    let statements = vec![
        statement(0, day, noon(20_000)),
        statement(1, Day(19_999), Instant(noon(20_000).0 - HOUR / 2)),
        statement(3, Day(20_001), noon(20_002)),
        Statement {
            content: Content::Retraction { id: FactId::default(), retracts: tag(0) },
            ..statement(4, day, noon(19_900))
        },
    ];
    let first = batch(noon(20_000), 5, statements.clone());
    let mut tally = projector.begin();
    tally.facts(&first);
    // The same batch a second time, and again with what followed it.
    tally.facts(&first);
    tally.read_upto("facts/0", 7, "7 1 2".into());
    projector.commit(tally).unwrap();
    let mut longer = statements;
    longer.push(statement(6, Day(19_990), noon(20_000)));
    let mut tally = projector.begin();
    tally.facts(&batch(noon(20_001), 7, longer));
    projector.commit(tally).unwrap();

    let counts = reader.feed(Feed::Police).unwrap();
    let types: Vec<_> = counts.types.iter().map(|kind| (kind.name.as_str(), kind.count)).collect();
    assert_eq!(types, [("missing.reported", 4), ("record.retracted", 1)]);
    assert_eq!(counts.recorded.counts, [0, 0, 1, 2, 0, 1, 0, 0], "by days, not of the retraction");
    assert_eq!(counts.recorded.worst_seconds, Some(10 * 86_400));
    assert_eq!(counts.arrived.counts, [1, 2, 0, 1, 0, 0, 0, 1]);
    assert_eq!(counts.arrived.worst_seconds, Some(100 * 86_400));
    assert_eq!(counts.arrived.percentile(50), Some(LagBucket::UnderHour));
    assert_eq!(counts.newest_time, Some(noon(20_002)));
    let days = reader.days(Feed::Police, 10).unwrap();
    assert_eq!(days.iter().map(|day| day.day.0).collect::<Vec<_>>(), [20_001, 20_000]);
    assert_eq!(days[0].counts.types[0].count, 1);
    assert_eq!(reader.days(Feed::Police, 1).unwrap(), days[..1]);
    assert_eq!(reader.feed(Feed::Health).unwrap(), sanzao_readmodel::FeedCounts::default());
    assert_eq!(projector.position("facts/0"), Some((7, "7 1 2")));
    drop(projector);
    let (projector, again) = open_in(folder.path());
    assert_eq!(projector.position("facts/0"), Some((7, "7 1 2")));
    assert_eq!(again.feed(Feed::Police).unwrap(), counts);
}

#[test]
fn outcomes_reasons_and_warnings_are_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open_in(folder.path());
    let now = noon(20_000);
    let refused = vec![
        rejected(2, now, "id_number.check", "/data/members/0/id_number"),
        rejected(3, now, "id_number.check", "/data/members/17/id_number"),
        rejected(5, now, "field.unknown", "/data/x1"),
    ];
    let warnings = vec![Warning::UnknownNumberPrefix, Warning::UnknownDivision];
    let settled = vec![
        receipt(0, now, ReceiptOutcome::Accepted),
        Receipt { warnings, ..receipt(1, now, ReceiptOutcome::Accepted) },
        receipt(4, now, ReceiptOutcome::Duplicate),
    ];
    take(&mut projector, 0, vec![refused.clone(), settled.clone(), refused.clone()]);
    // Restarted, a stage may have appended both again.
    drop(projector);
    let (mut projector, _) = open_in(folder.path());
    take(&mut projector, 3, vec![settled, refused]);
    let counts = reader.feed(Feed::Police).unwrap();
    assert_eq!((counts.accepted, counts.duplicate, counts.rejected), (2, 1, 3));
    let reasons: Vec<_> =
        counts.reasons.iter().map(|of| (of.code.as_str(), of.pointer.as_str(), of.count)).collect();
    assert_eq!(
        reasons,
        [("id_number.check", "/data/members/*/id_number", 2), ("field.unknown", "/data/x1", 1)]
    );
    let warnings: Vec<_> = counts.warnings.iter().map(|of| (of.name.as_str(), of.count)).collect();
    assert_eq!(warnings, [("division.unknown", 1), ("id_number.unknown-prefix", 1)]);
    assert_eq!(counts.percent(counts.rejected), Some(50.0));
    assert_eq!(counts.newest_arrival, Some(now));
}

#[test]
fn a_repair_tells_on_every_event_that_it_repairs() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open_in(folder.path());
    let now = noon(20_000);
    let wrong = |offset| rejected(offset, now, "id_number.check", "/data/person/id_number");
    take(&mut projector, 0, vec![vec![wrong(0), wrong(1), wrong(2)], vec![repairing(0, wrong(3))]]);
    let look = |offset| reader.rejection(Feed::Police, at(offset)).unwrap().unwrap();
    let outcome = |offset| look(offset).repair.map(|repair| (repair.place.offset, repair.outcome));
    assert_eq!(outcome(0), Some((3, RepairOutcome::Rejected)));
    assert_eq!(look(3).repairs, Some(at(0)));
    assert_eq!((outcome(1), outcome(3)), (None, None));

    // The repair of the repair is in: so is the first. A claim to repair itself, or nothing, changes nothing.
    let accepted = repairing(3, receipt(4, now, ReceiptOutcome::Accepted));
    take(
        &mut projector,
        2,
        vec![vec![accepted], vec![repairing(5, wrong(5))], vec![repairing(99, wrong(6))]],
    );
    for offset in [0, 3] {
        assert_eq!(outcome(offset), Some((4, RepairOutcome::Accepted)), "{offset}");
    }
    // What is in stays in.
    let late = repairing(0, receipt(7, now, ReceiptOutcome::Duplicate));
    take(&mut projector, 5, vec![vec![late, repairing(1, receipt(8, now, ReceiptOutcome::Duplicate))]]);
    assert_eq!(outcome(0), Some((4, RepairOutcome::Accepted)));
    assert_eq!(outcome(1), Some((8, RepairOutcome::Duplicate)));
    let counts = reader.feed(Feed::Police).unwrap();
    assert_eq!((counts.rejected, counts.repaired), (6, 3));
    let mut repairs = counts.repairs;
    repairs.sort();
    assert_eq!(
        repairs,
        [(RepairOutcome::Accepted, 1), (RepairOutcome::Duplicate, 2), (RepairOutcome::Rejected, 3)]
    );
    let repaired = |repaired| {
        let filter = RejectionFilter { repaired: Some(repaired), code: Some("id_number.check".into()) };
        let page = reader.rejections(Feed::Police, &filter, 100, None).unwrap();
        page.items.iter().map(|event| event.place.offset).collect::<Vec<_>>()
    };
    assert_eq!(repaired(true), [0, 1, 3]);
    assert_eq!(repaired(false), [2, 5, 6]);
    assert_eq!(reader.rejection(Feed::Police, at(u64::MAX)).unwrap(), None);
    assert_eq!(reader.rejection(Feed::Health, at(0)).unwrap(), None);
}

#[test]
fn pages_neither_lose_nor_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open_in(folder.path());
    let code = |offset: u64| if offset.is_multiple_of(3) { "a" } else { "b" };
    let record = |from: u64| (from..from + 7).map(|n| rejected(n, noon(20_000), code(n), "")).collect();
    take(&mut projector, 0, (0..10).map(|record_no| record(record_no * 7)).collect());
    for (filter, expected) in [
        (RejectionFilter::default(), (0..70).collect::<Vec<u64>>()),
        (
            RejectionFilter { code: Some("a".into()), repaired: None },
            (0..70).filter(|n: &u64| n.is_multiple_of(3)).collect(),
        ),
    ] {
        let (mut found, mut after): (Vec<u64>, Option<RejectionCursor>) = (Vec::new(), None);
        loop {
            let page = reader.rejections(Feed::Police, &filter, 8, after).unwrap();
            found.extend(page.items.iter().map(|event| event.place.offset));
            let Some(next) = page.next else { break };
            assert_eq!(next.to_string().parse(), Ok(next));
            after = Some(next);
        }
        assert_eq!(found, expected);
    }
    for wrong in ["", "-", "1", "1-", "1-2-3", "01-2", "+1-2", "1--2", "99999999999999999999-1", "一-1"] {
        assert!(wrong.parse::<RejectionCursor>().is_err(), "{wrong}");
    }
}

/// `cargo test --release -- --ignored --nocapture`: the cost of counting, in nanoseconds an event.
#[test]
#[ignore = "measures"]
fn speed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open_in(folder.path());
    let (batches, size) = (100, 10_000);
    let facts: Vec<Vec<u8>> = (0..batches)
        .map(|at| {
            let range = at * size..(at + 1) * size;
            let statements = range.map(|n| statement(n, Day(20_000), noon(20_000))).collect();
            sanzao_model::FactsRecord::Facts(batch(noon(20_000), (at + 1) * size, statements)).to_bytes()
        })
        .collect();
    let receipts: Vec<Vec<u8>> = (0..batches)
        .map(|at| {
            let one = |n| match n % 100 {
                0 => rejected(n, noon(20_000), "id_number.check", "/data/person/id_number"),
                _ => receipt(n, noon(20_000), ReceiptOutcome::Accepted),
            };
            ReceiptBatch { receipts: (at * size..(at + 1) * size).map(one).collect() }.to_bytes()
        })
        .collect();
    let (mut decoding, mut counting, mut writing) = (0, 0, 0);
    for (at, (facts, receipts)) in (0..).zip(facts.iter().zip(&receipts)) {
        let started = std::time::Instant::now();
        let facts = sanzao_model::FactsRecord::from_bytes(facts).unwrap();
        let receipts = ReceiptBatch::from_bytes(receipts).unwrap();
        decoding += started.elapsed().as_nanos();
        let started = std::time::Instant::now();
        let mut tally = projector.begin();
        let sanzao_model::FactsRecord::Facts(facts) = facts else { unreachable!() };
        tally.facts(&facts);
        tally.receipts(at, &receipts);
        tally.read_upto("facts/0", at + 1, String::new());
        counting += started.elapsed().as_nanos();
        let started = std::time::Instant::now();
        projector.commit(tally).unwrap();
        writing += started.elapsed().as_nanos();
    }
    let events = u128::from(batches * size);
    println!(
        "ns an event: decode {}, count {}, write {}",
        decoding / events,
        counting / events,
        writing / events
    );
    assert_eq!(reader.feed(Feed::Police).unwrap().rejected, 10_000);
}
