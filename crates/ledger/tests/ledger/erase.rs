//! Erasure: nothing is left of the number, everybody else's facts stay, and what is stated again counts anew.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use sanzao_ledger::{Ledger, Position, Received, Role, Snapshots};
use sanzao_model::{
    Body, Content, Day, FactBatch, Feed, Fen, Instant, PersonId, Program, RelationKind, SettlementId,
    Statement, Subject, SubjectId,
};

use crate::order::{Said, said};
use crate::rows::{Rows, decided, swept};
use crate::world::{
    BUREAU, DAYS, Dice, benefit, config, delivered, empty_ledger, fact, mention, named, open_id, retraction,
    statement, statements,
};

fn apply(ledger: &mut Ledger, batches: &[FactBatch]) {
    batches.iter().for_each(|batch| drop(ledger.apply(batch)));
}

fn through_a_snapshot(ledger: &Ledger) -> Ledger {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::in_folder(folder.path()).unwrap();
    let position = Position { facts_offset: 0, log: String::new(), state: serde_json::Value::Null };
    snapshots.write(ledger, position, Instant(0)).unwrap();
    let restored = snapshots.restore(BUREAU, open_id()).unwrap();
    assert!(restored.from.is_some(), "{:?}", restored.skipped);
    restored.ledger
}

/// Every byte string of a snapshot that may hold pseudonyms, columns and blobs, decompressed.
fn bytes_of_snapshot(ledger: &Ledger) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::in_folder(folder.path()).unwrap();
    let position = Position { facts_offset: 0, log: String::new(), state: serde_json::Value::Null };
    snapshots.write(ledger, position, Instant(0)).unwrap();
    let mut bytes = Vec::new();
    let bureau = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    for entry in std::fs::read_dir(bureau).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "parquet") {
            bytes.extend(std::fs::read(path).unwrap());
            continue;
        }
        let file = std::fs::File::open(path).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let blobs = batch.column_by_name("statement").unwrap().as_binary::<i32>();
            blobs.iter().flatten().for_each(|blob| bytes.extend(blob));
            let people = batch.column_by_name("people").unwrap().as_list::<i32>().values();
            let people = people.as_binary::<i32>();
            (0..people.len()).for_each(|at| bytes.extend(people.value(at)));
        }
    }
    bytes
}

fn holds(bytes: &[u8], person: PersonId) -> bool {
    bytes.windows(16).any(|window| window == person.0)
}

/// Without what receipts said, which an erasure does not undo.
fn now(ledger: &Ledger) -> Said {
    said(ledger, Vec::new(), 3)
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn the_same_with_or_without_a_snapshot(statements in statements(), number in 0..7_u8, seed: u64) {
        let batches = delivered(&statements, seed);
        let (before, after) = batches.split_at(Dice(seed).below(batches.len() + 1));
        let person = mention(number).person;
        let mut outcomes = Vec::new();
        for way in 0..4 {
            let mut ledger = empty_ledger();
            apply(&mut ledger, before);
            if way == 1 {
                ledger = through_a_snapshot(&ledger);
            }
            ledger.erase(person);
            if way == 2 {
                ledger = through_a_snapshot(&ledger);
            }
            apply(&mut ledger, after);
            if way == 3 {
                ledger = through_a_snapshot(&ledger);
            }
            outcomes.push(now(&ledger));
        }
        for outcome in &outcomes[1..] {
            prop_assert_eq!(outcome, &outcomes[0]);
        }
    }

    #[test]
    fn nothing_is_left_of_the_number(statements in statements(), number in 0..7_u8, seed: u64) {
        let mut ledger = empty_ledger();
        apply(&mut ledger, &delivered(&statements, seed));
        let person = mention(number).person;
        let was_there = !ledger.statements_about(person).is_empty();
        prop_assert_eq!(holds(&bytes_of_snapshot(&ledger), person), was_there);
        ledger.erase(person);
        prop_assert_eq!(ledger.statements_about(person), []);
        prop_assert!(!holds(&bytes_of_snapshot(&ledger), person));
        let hexadecimal = person.to_string();
        for rows in DAYS.map(|day| swept(&ledger, day, 3)) {
            let said = format!("{rows:?}");
            prop_assert!(!said.contains(&hexadecimal), "{}", said);
        }
    }

    #[test]
    fn no_order_changes_what_is_left(statements in statements(), number in 0..7_u8, seed: u64) {
        let left = |seed| {
            let mut ledger = empty_ledger();
            apply(&mut ledger, &delivered(&statements, seed));
            ledger.erase(mention(number).person);
            now(&ledger)
        };
        prop_assert_eq!(left(seed), left(!seed));
    }

    #[test]
    fn what_is_stated_again_counts_anew(statements in statements(), number in 0..7_u8, seed: u64) {
        let mut never = empty_ledger();
        apply(&mut never, &delivered(&statements, seed));
        let mut ledger = empty_ledger();
        apply(&mut ledger, &delivered(&statements, seed));
        ledger.erase(mention(number).person);
        for batch in delivered(&statements, !seed) {
            // Another partition: the offsets of the first delivery are passed.
            ledger.apply(&FactBatch { partition: batch.partition + 2, ..batch });
        }
        prop_assert_eq!(now(&ledger), now(&never));
    }
}

/// How far the feeds of these batches had been received.
fn received(batches: &[FactBatch]) -> Vec<Received> {
    let mut upto: BTreeMap<(Feed, u32), u64> = BTreeMap::new();
    for batch in batches {
        let end = upto.entry((batch.feed, batch.partition)).or_default();
        *end = batch.upto.max(*end);
    }
    upto.into_iter().map(|((feed, partition), upto)| Received { feed, partition, upto }).collect()
}

proptest! {
    #![proptest_config(config(100))]

    /// What intake had in its hands when somebody was erased is appended after the erasure.
    #[test]
    fn what_had_been_received_does_not_come_back(
        statements in statements(), number in 0..7_u8, late in 0..7_u8, seed: u64
    ) {
        let batches = delivered(&statements, seed);
        let received = received(&batches);
        let (before, after) = batches.split_at(Dice(seed).below(batches.len() + 1));
        let (person, other) = (mention(number).person, mention(late).person);
        let mut outcomes = Vec::new();
        for way in 0..4 {
            let mut ledger = empty_ledger();
            apply(&mut ledger, before);
            if way == 1 {
                ledger = through_a_snapshot(&ledger);
            }
            ledger.erase_received(person, 10, &received);
            if way == 2 {
                ledger = through_a_snapshot(&ledger);
            }
            for batch in after {
                ledger.apply(batch);
                prop_assert_eq!(ledger.statements_about(person), []);
                if way == 3 {
                    ledger = through_a_snapshot(&ledger);
                }
            }
            prop_assert!(!holds(&bytes_of_snapshot(&ledger), person));
            ledger.erase_received(other, 20, &received);
            outcomes.push(now(&ledger));
        }
        for outcome in &outcomes[1..] {
            prop_assert_eq!(outcome, &outcomes[0]);
        }
        // Everybody else has what an erasure after all of it leaves them.
        let mut ledger = empty_ledger();
        apply(&mut ledger, &batches);
        ledger.erase_received(person, 10, &received);
        for still in (0..7_u8).filter(|still| *still != number) {
            let about = |ledger: &Ledger| {
                let facts = ledger.statements_about(mention(still).person).into_iter();
                let naming = facts.filter(|fact| fact.role != Role::OfBenefit);
                let told = naming.map(|fact| format!("{} {} {:?} {:?}", fact.feed, fact.kind, fact.role, fact.body));
                told.collect::<std::collections::BTreeSet<_>>()
            };
            let mut other = empty_ledger();
            apply(&mut other, before);
            other.erase_received(person, 10, &received);
            apply(&mut other, after);
            prop_assert_eq!(about(&other), about(&ledger), "of {}", still);
        }
    }

    /// What is received later counts, also in the batch that still holds something older.
    #[test]
    fn what_is_received_later_counts(statements in statements(), number in 0..7_u8, seed: u64) {
        let batches = delivered(&statements, seed);
        let mut never = empty_ledger();
        apply(&mut never, &batches);
        let mut ledger = empty_ledger();
        ledger.erase_received(mention(number).person, 10, &received(&batches));
        apply(&mut ledger, &batches);
        for batch in batches {
            let last = batch.upto;
            let statements = batch.statements.into_iter();
            let again = statements.map(|statement| Statement { offset: statement.offset + 10_000, ..statement });
            ledger.apply(&FactBatch { upto: last + 10_000, statements: again.collect(), ..batch });
        }
        prop_assert_eq!(now(&ledger), now(&never));
    }
}

/// Without police, who unite numbers and give names; of each event one content.
fn plain(statements: Vec<(Feed, Statement)>) -> Vec<(Feed, Statement)> {
    let mut said = BTreeMap::new();
    let mut is_first = |statement: &Statement| {
        let content = statement.content.id();
        *said.entry(statement.event).or_insert(content) == content
    };
    statements.into_iter().filter(|(feed, statement)| *feed != Feed::Police && is_first(statement)).collect()
}

/// Of which rows are of one person's facts.
const TABLES: [&str; 10] = [
    "benefit",
    "certificate",
    "death",
    "diagnosis",
    "ended_benefit",
    "enrolment",
    "once_paid",
    "refusal",
    "settlement",
    "stay",
];

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn others_have_what_they_had(statements in statements().prop_map(plain), number in 0..7_u8, seed: u64) {
        let mut ledger = empty_ledger();
        apply(&mut ledger, &delivered(&statements, seed));
        let had = |ledger: &Ledger| {
            let of = |other| TABLES.map(|table| rows_about(ledger, other, table));
            (0..7_u8).filter(|other| *other != number).map(of).collect::<Vec<_>>()
        };
        let before = had(&ledger);
        ledger.erase(mention(number).person);
        prop_assert_eq!(had(&ledger), before);
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn kept_up_by_scopes_equals_a_sweep(statements in statements(), seed: u64) {
        let mut ledger = empty_ledger();
        let mut dice = Dice(seed);
        let batches = delivered(&statements, seed);
        let mut kept_up = DAYS.map(|_| Rows::new());
        for few in batches.chunks(4) {
            let mut touched = sanzao_ledger::Touched::default();
            for batch in few {
                touched.extend(ledger.apply(batch).touched);
                if dice.below(5) == 0 {
                    touched.extend(ledger.erase(mention(dice.below(7) as u8).person));
                }
            }
            let scope = ledger.scope(&touched);
            for (day, kept_up) in DAYS.into_iter().zip(&mut kept_up) {
                kept_up.extend(decided(&ledger.tables(&scope, day)));
                kept_up.retain(|_, rows| !rows.is_empty());
                prop_assert_eq!(&*kept_up, &swept(&ledger, day, usize::MAX), "{:?}", day);
            }
        }
    }
}

fn tell(ledger: &mut Ledger, offset: u64, feed: Feed, content: Content) {
    let (feed, statement) = statement(feed, offset as u8, 0, content);
    let statements = vec![Statement { offset, ..statement }];
    ledger.apply(&FactBatch {
        feed,
        partition: 0,
        upto: offset + 1,
        received: Instant(0),
        statements,
        notes: Vec::new(),
    });
}

#[test]
fn others_keep_what_is_said_of_them() {
    let mut ledger = empty_ledger();
    let granted = |number, program| {
        let (benefit, monthly) = (benefit(number), Fen(100));
        Body::BenefitGranted { benefit, program, monthly, category: None, verified_on: None }
    };
    let members = Subject::Members(vec![named(1, 1), named(2, 1)]);
    let (one, other) = (Subject::Person(named(1, 1)), Subject::Person(named(2, 1)));
    tell(&mut ledger, 0, Feed::Registry, fact(Feed::Registry, 1, members, granted(0, Program::Dibao)));
    tell(&mut ledger, 1, Feed::Registry, fact(Feed::Registry, 1, one.clone(), granted(1, Program::Tekun)));
    let ended = Body::BenefitSuspended { benefit: benefit(1) };
    tell(&mut ledger, 2, Feed::Registry, fact(Feed::Registry, 2, Subject::Nobody, ended));
    let birth = Body::BirthCertified { child: Some(mention(1)) };
    tell(&mut ledger, 3, Feed::Health, fact(Feed::Health, 2, other.clone(), birth));
    let parent = Body::RelationRecorded { related: named(1, 1), kind: RelationKind::Parent };
    tell(&mut ledger, 4, Feed::Police, fact(Feed::Police, 2, other, parent));
    let roles: Vec<(&str, Role)> =
        ledger.statements_about(mention(1).person).iter().map(|about| (about.kind, about.role)).collect();
    assert_eq!(
        roles,
        [
            ("benefit.granted", Role::Subject),
            ("benefit.granted", Role::Subject),
            ("benefit.suspended", Role::OfBenefit),
            ("birth.certified", Role::Beside),
            ("relation.recorded", Role::Beside),
        ]
    );

    let touched = ledger.erase(mention(1).person);
    // The list without the person, and the birth without the child.
    assert_eq!((ledger.counts(), ledger.people_count()), ((2, 2), 1));
    let about: Vec<_> = ledger.statements_about(mention(2).person);
    assert_eq!(
        about.iter().map(|about| about.kind).collect::<Vec<_>>(),
        ["benefit.granted", "birth.certified"]
    );
    assert_eq!(about[1].body, Body::BirthCertified { child: None });
    assert_eq!(about[0].statements.len(), 1);
    let rows = decided(&ledger.tables(&ledger.scope(&touched), DAYS[0]));
    assert_eq!(rows[&SubjectId::Person(mention(1).person)], Vec::<String>::new());
    assert!(rows[&SubjectId::Household(benefit(0).household())].iter().any(|row| row.starts_with("benefit")));
    assert_eq!(rows[&SubjectId::Household(benefit(1).household())], Vec::<String>::new());
}

/// A child known by the mother's birth certificate alone, and somebody known by a relation alone, go with it.
#[test]
fn whom_only_removed_facts_named_goes_too() {
    let mut ledger = empty_ledger();
    let mother = Subject::Person(named(1, 1));
    let birth = Body::BirthCertified { child: Some(mention(2)) };
    tell(&mut ledger, 0, Feed::Health, fact(Feed::Health, 1, mother.clone(), birth));
    let spouse = Body::RelationRecorded { related: named(3, 1), kind: RelationKind::Spouse };
    tell(&mut ledger, 1, Feed::Police, fact(Feed::Police, 1, mother, spouse));
    assert_eq!(ledger.people_count(), 3);
    let touched = ledger.erase(mention(1).person);
    assert_eq!((ledger.counts(), ledger.people_count()), ((0, 0), 0));
    let decided = decided(&ledger.tables(&ledger.scope(&touched), DAYS[0]));
    for number in 1..4 {
        let (person, alone) = (mention(number).person, mention(number).alone);
        assert_eq!(decided[&SubjectId::Person(person)], Vec::<String>::new());
        assert_eq!(decided[&SubjectId::Household(alone)], Vec::<String>::new());
    }
}

/// What rows of a table are about somebody.
fn rows_about(ledger: &Ledger, number: u8, table: &str) -> Vec<String> {
    let rows = swept(ledger, DAYS[0], usize::MAX);
    let about = rows.get(&SubjectId::Person(mention(number).person)).cloned().unwrap_or_default();
    about.into_iter().filter(|row| row.starts_with(&format!("{table} "))).collect()
}

/// By hand: of two lists the newer names the first person alone, so that the second has no dibao; nor has the
/// second one when the first is erased, whom alone the newer list named.
#[test]
fn an_older_list_does_not_come_back() {
    let granted = |number, program| {
        let (benefit, monthly) = (benefit(number), Fen(100));
        Body::BenefitGranted { benefit, program, monthly, category: None, verified_on: None }
    };
    let changed = Body::BenefitChanged { benefit: benefit(0), monthly: None, category: None };
    let (one, other) = (named(1, 1), named(2, 1));
    let both = Subject::Members(vec![one, other]);
    let says = [
        (1, both.clone(), granted(0, Program::Dibao)),
        (2, Subject::Members(vec![one]), changed),
        // The newest grant of an id counts, also where an older one was for somebody else.
        (1, Subject::Person(other), granted(1, Program::Tekun)),
        (2, Subject::Person(one), granted(1, Program::Tekun)),
        (1, both, granted(2, Program::DibaoEdge)),
        (2, Subject::Members(vec![one]), granted(2, Program::DibaoEdge)),
    ];
    let mut ledger = empty_ledger();
    for (offset, (on, subject, body)) in says.iter().enumerate() {
        let content = fact(Feed::Registry, *on, subject.clone(), body.clone());
        tell(&mut ledger, offset as u64, Feed::Registry, content);
    }
    assert_eq!(rows_about(&ledger, 1, "benefit").len(), 3);
    assert_eq!(rows_about(&ledger, 2, "benefit"), Vec::<String>::new());
    ledger.erase(mention(1).person);
    for ledger in [through_a_snapshot(&ledger), ledger] {
        assert_eq!(rows_about(&ledger, 2, "benefit"), Vec::<String>::new());
        assert!(!holds(&bytes_of_snapshot(&ledger), mention(1).person));
        let mut later = ledger;
        let (on, subject, body) = says[1].clone();
        tell(&mut later, 6, Feed::Registry, fact(Feed::Registry, on, subject, body));
        assert_eq!(rows_about(&later, 1, "benefit").len(), 1, "stated again it counts anew");
        later.erase(mention(1).person);
        later.erase(mention(2).person);
        assert_eq!((later.counts(), later.people_count()), ((0, 0), 0), "nobody is left to keep it for");
    }
}

/// By hand: a settlement was of the wrong person first, and one was reversed under another number: that stays so.
#[test]
fn a_superseded_settlement_does_not_come_back() {
    let settled = |number| Body::SettlementSettled {
        settlement: SettlementId([number; 16]),
        inpatient: true,
        self_paid: Fen(100),
        begin: Day(20_000),
    };
    let (one, other) = (Subject::Person(named(1, 1)), Subject::Person(named(2, 1)));
    let says = [
        (1, other.clone(), settled(1)),
        (2, one.clone(), settled(1)),
        (1, other.clone(), settled(2)),
        (2, one.clone(), Body::SettlementReversed { settlement: SettlementId([2; 16]) }),
        (3, one, settled(3)),
        (3, other, settled(4)),
    ];
    let mut ledger = empty_ledger();
    let feed = Feed::MedicalInsurance;
    for (offset, (on, subject, body)) in says.iter().enumerate() {
        tell(&mut ledger, offset as u64, feed, fact(feed, *on, subject.clone(), body.clone()));
    }
    assert_eq!(rows_about(&ledger, 1, "settlement").len(), 2);
    assert_eq!(rows_about(&ledger, 2, "settlement").len(), 1);
    ledger.erase(mention(1).person);
    assert_eq!(ledger.counts(), (5, 5), "what was of the erased alone is gone");
    for ledger in [through_a_snapshot(&ledger), ledger] {
        assert_eq!(rows_about(&ledger, 2, "settlement").len(), 1);
        let mut later = ledger;
        let (on, subject, body) = says[1].clone();
        tell(&mut later, 6, feed, fact(feed, on, subject, body));
        assert_eq!(rows_about(&later, 1, "settlement").len(), 1, "stated again it counts anew");
        later.erase(mention(1).person);
        later.erase(mention(2).person);
        assert_eq!((later.counts(), later.people_count()), ((0, 0), 0), "nobody is left to keep it for");
    }
}

/// A retraction that was sent twice under one id, at two times, goes once with the event that it names.
#[test]
fn a_retraction_sent_again_goes_once() {
    let mut ledger = empty_ledger();
    let died = fact(Feed::Health, 1, Subject::Person(named(1, 1)), Body::DeathCertified);
    let (_, death) = statement(Feed::Health, 0, 0, died);
    let again = |time| statement(Feed::Health, 1, time, retraction(Feed::Health, 0, 0)).1;
    let other = fact(Feed::Health, 1, Subject::Person(named(2, 1)), Body::DeathCertified);
    let (_, other) = statement(Feed::Health, 2, 0, other);
    let statements = vec![death, again(0), again(1), other];
    let statements =
        statements.into_iter().zip(0..).map(|(statement, offset)| Statement { offset, ..statement });
    let statements: Vec<_> = statements.collect();
    let batch = FactBatch {
        feed: Feed::Health,
        partition: 0,
        upto: 4,
        received: Instant(0),
        statements,
        notes: vec![],
    };
    ledger.apply(&batch);
    assert_eq!(ledger.counts(), (2, 3));
    ledger.erase(mention(1).person);
    assert_eq!(ledger.counts(), (1, 1));
    // It has the set hash of what is in it, or it would not come back.
    assert_eq!(now(&through_a_snapshot(&ledger)), now(&ledger));
}

/// The child's newest fact was the mother's birth certificate; no longer when she is erased.
#[test]
fn a_child_is_touched_by_what_the_mother_takes_along() {
    let mut ledger = empty_ledger();
    let (mother, child) = (Subject::Person(named(1, 1)), Subject::Person(named(2, 1)));
    let (benefit, monthly, program) = (benefit(0), Fen(100), Program::Orphan);
    let granted = Body::BenefitGranted { benefit, program, monthly, category: None, verified_on: None };
    tell(&mut ledger, 0, Feed::Registry, fact(Feed::Registry, 1, child, granted));
    let birth = Body::BirthCertified { child: Some(mention(2)) };
    tell(&mut ledger, 1, Feed::Health, fact(Feed::Health, 2, mother, birth));
    assert!(rows_about(&ledger, 2, "last_fact")[0].contains("birth.certified"));
    let touched = ledger.erase(mention(1).person);
    let decided = decided(&ledger.tables(&ledger.scope(&touched), DAYS[0]));
    assert!(decided[&SubjectId::Person(mention(2).person)].iter().any(|row| row.contains("benefit.granted")));
    assert!(rows_about(&ledger, 2, "last_fact")[0].contains("benefit.granted"));
}
