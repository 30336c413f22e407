//! The ledger is a set: no order, duplicate, batching or restart changes what it says.

use proptest::prelude::*;
use sanzao_ledger::{Ledger, Position, Snapshots};
use sanzao_model::{
    Body, Content, EventTag, FactBatch, Feed, Fen, Instant, Program, Sex, Statement, Subject, SubjectId,
};

use crate::rows::{Rows, swept};
use crate::world::{
    BUREAU, DAYS, Dice, benefit, config, delivered, empty_ledger, fact, named, open_id, police_household,
    statement, statements,
};

/// Everything that can be asked of a ledger.
#[derive(Debug, PartialEq)]
pub struct Said {
    set_hash: u128,
    counts: (usize, usize, usize),
    ages: Vec<(Feed, Instant)>,
    accepted: Vec<EventTag>,
    rows: Vec<Rows>,
}

pub fn said(ledger: &Ledger, mut accepted: Vec<EventTag>, people_per_scope: usize) -> Said {
    accepted.sort_unstable();
    let (facts, events) = ledger.counts();
    Said {
        set_hash: ledger.set_hash(),
        counts: (facts, events, ledger.people_count()),
        ages: ledger.ages().iter().map(|age| (age.feed, age.newest)).collect(),
        accepted,
        rows: DAYS.map(|day| swept(ledger, day, people_per_scope)).into(),
    }
}

fn apply(ledger: &mut Ledger, batches: &[FactBatch], accepted: &mut Vec<EventTag>) {
    for batch in batches {
        let receipts = ledger.apply(batch).receipts;
        accepted.extend(receipts.iter().filter(|(_, _, new)| *new).map(|(_, event, _)| *event));
    }
}

/// Each statement once, in the order in which they were made.
fn plainly(statements: &[(Feed, Statement)]) -> Said {
    let (mut ledger, mut accepted) = (empty_ledger(), Vec::new());
    for (offset, (feed, statement)) in statements.iter().enumerate() {
        let offset = offset as u64;
        let statements = vec![Statement { offset, ..statement.clone() }];
        let batch = FactBatch {
            feed: *feed,
            partition: 0,
            upto: offset + 1,
            received: Instant(0),
            statements,
            notes: Vec::new(),
        };
        apply(&mut ledger, &[batch], &mut accepted);
    }
    said(&ledger, accepted, usize::MAX)
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn order_duplicates_and_batches_change_nothing(statements in statements(), seed: u64) {
        let plainly = plainly(&statements);
        for (round, people_per_scope) in [(0, 1), (1, 3)] {
            let (mut ledger, mut accepted) = (empty_ledger(), Vec::new());
            apply(&mut ledger, &delivered(&statements, seed ^ round), &mut accepted);
            prop_assert_eq!(&said(&ledger, accepted, people_per_scope), &plainly);
        }
    }

    #[test]
    fn fewer_statements_have_another_set_hash(statements in statements(), seed: u64) {
        let whole = plainly(&statements);
        let lost = Dice(seed).below(statements.len());
        let (feed, statement) = statements[lost].clone();
        let rest: Vec<_> = statements.iter().filter(|other| **other != (feed, statement.clone())).cloned().collect();
        prop_assert_ne!(plainly(&rest).set_hash, whole.set_hash);
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn a_restart_from_a_snapshot_changes_nothing(statements in statements(), seed: u64) {
        let plainly = plainly(&statements);
        let batches = delivered(&statements, seed);
        let (before, after) = batches.split_at(Dice(seed).below(batches.len() + 1));
        let (mut ledger, mut accepted) = (empty_ledger(), Vec::new());
        apply(&mut ledger, before, &mut accepted);

        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::in_folder(folder.path()).unwrap();
        let position = Position { facts_offset: before.len() as u64, log: String::new(), state: serde_json::Value::Null };
        let manifest = snapshots.write(&ledger, position, Instant(0)).unwrap();
        let restored = snapshots.restore(BUREAU, open_id()).unwrap();
        prop_assert_eq!(&restored.from, &Some(manifest));

        let mut ledger = restored.ledger;
        // Whatever of it is delivered again counts for nothing.
        apply(&mut ledger, before, &mut accepted);
        apply(&mut ledger, after, &mut accepted);
        prop_assert_eq!(&said(&ledger, accepted, 2), &plainly);
    }
}

/// Of two grants of one dibao, the newer is held for one of its two members: whoever of them the ledger met
/// first, the household's dibao is that of the newer.
#[test]
fn a_grant_held_for_one_member_is_the_households() {
    let (one, other) = (named(0, 0), named(1, 0));
    let body = |monthly| Body::BenefitGranted {
        benefit: benefit(0),
        program: Program::Dibao,
        monthly: Fen(monthly),
        category: None,
        verified_on: None,
    };
    let grant =
        |on, monthly, one| fact(Feed::Registry, on, Subject::Members(vec![one, other]), body(monthly));
    let newer = grant(2, 200, named(0, 1));
    let pension = Body::PensionStarted { scheme: sanzao_model::InsuranceScheme::Employee, monthly: Fen(7) };
    let registered = Body::PersonRegistered {
        household: police_household(0),
        division: "320614102001".parse().unwrap(),
        sex: Sex::Male,
    };
    let mut statements = vec![
        statement(Feed::Police, 0, 0, fact(Feed::Police, 0, Subject::Person(one), registered)),
        statement(Feed::SocialSecurity, 0, 0, fact(Feed::SocialSecurity, 0, Subject::Person(other), pension)),
        statement(Feed::Registry, 0, 0, grant(1, 100, one)),
        statement(Feed::Registry, 1, 0, newer.clone()),
    ];
    let first = plainly(&statements);
    statements.swap(0, 1);
    assert_eq!(plainly(&statements), first);
    let household = SubjectId::Household(benefit(0).household());
    let income = first.rows[0][&household].iter().find(|row| row.starts_with("income")).unwrap();
    assert!(income.contains(&newer.id().to_string()), "{income}");
}

/// The generator makes what the tests above are about: otherwise they prove little.
#[test]
fn the_statements_collide() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut twice, mut two_contents, mut retracted, mut rows) = (0, 0, 0, std::collections::BTreeSet::new());
    for _ in 0..100 {
        let statements = statements().new_tree(&mut runner).unwrap().current();
        let pairs = || {
            statements
                .iter()
                .enumerate()
                .flat_map(|(at, a)| statements[..at].iter().map(move |b| (&a.1, &b.1)))
        };
        twice += usize::from(pairs().any(|(a, b)| a.event != b.event && a.content == b.content));
        two_contents += usize::from(pairs().any(|(a, b)| a.event == b.event && a.content != b.content));
        retracted +=
            usize::from(pairs().any(
                |(a, b)| matches!(a.content, Content::Retraction { retracts, .. } if retracts == b.event),
            ));
        let said = plainly(&statements);
        rows.extend(
            said.rows
                .iter()
                .flatten()
                .flat_map(|(_, rows)| rows)
                .filter_map(|row| row.split(' ').next().map(str::to_owned)),
        );
    }
    assert!(twice > 30 && two_contents > 30 && retracted > 30, "{twice} {two_contents} {retracted}");
    let tables = [
        "ability",
        "activity_after_death",
        "benefit",
        "birth",
        "certificate",
        "co_residence",
        "custody",
        "death",
        "diagnosis",
        "ended_benefit",
        "enrolment",
        "event",
        "held",
        "household",
        "household_program",
        "income",
        "income_assessment",
        "known_income",
        "last_fact",
        "long_term_care",
        "missing",
        "nursing",
        "once_paid",
        "pension",
        "person",
        "quarter_fact",
        "refusal",
        "registered_unemployed",
        "registration",
        "relative",
        "relative_event",
        "settlement",
        "stay",
        "unemployment",
        "visit",
        "wage",
    ];
    assert_eq!(rows.iter().map(String::as_str).collect::<Vec<_>>(), tables);
}

/// Of one event id with two contents the receipts of both later statements warn, whatever holds.
#[test]
fn one_event_id_with_two_contents_is_told() {
    let mut ledger = empty_ledger();
    let pension = |monthly| {
        let body =
            Body::PensionStarted { scheme: sanzao_model::InsuranceScheme::Resident, monthly: Fen(monthly) };
        fact(Feed::SocialSecurity, 1, Subject::Person(named(1, 1)), body)
    };
    let mut tell = |offset, event, time, monthly| {
        let (feed, statement) = statement(Feed::SocialSecurity, event, time, pension(monthly));
        let statements = vec![Statement { offset, ..statement }];
        let batch = FactBatch {
            feed,
            partition: 0,
            upto: offset + 1,
            received: Instant(0),
            statements,
            notes: Vec::new(),
        };
        let applied = ledger.apply(&batch);
        let told: Vec<u64> = applied.conflicts.iter().map(|(offset, _)| *offset).collect();
        (applied.receipts[0].2, told)
    };
    assert_eq!(tell(0, 1, 5, 100), (true, vec![]));
    assert_eq!(tell(1, 2, 5, 100), (true, vec![]), "another id with the same content");
    assert_eq!(tell(2, 1, 5, 100), (false, vec![]), "sent again");
    assert_eq!(tell(3, 1, 6, 100), (false, vec![]), "the same content at another time");
    assert_eq!(tell(4, 1, 4, 200), (false, vec![4]), "an older one too");
    assert_eq!(tell(5, 1, 5, 100), (false, vec![5]), "there are two contents now");
}
