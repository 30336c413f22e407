//! A scope decides everybody whom a change can concern: kept up by scopes, rows are those of a sweep.

use proptest::prelude::*;
use sanzao_ledger::{Ledger, Touched};
use sanzao_model::{
    Body, Content, FactBatch, Feed, Fen, Instant, Program, SettlementId, Sex, Statement, Subject, SubjectId,
};

use crate::rows::{Rows, decided, swept};
use crate::world::{
    DAYS, Dice, benefit, config, delivered, empty_ledger, fact, mention, named, police_household, statement,
    statements,
};

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn kept_up_by_scopes_equals_a_sweep(statements in statements(), seed: u64) {
        let mut ledger = empty_ledger();
        let mut dice = Dice(seed);
        let mut kept_up = DAYS.map(|_| Rows::new());
        let mut touched = Touched::default();
        let batches = delivered(&statements, seed);
        for (at, batch) in batches.iter().enumerate() {
            touched.extend(ledger.apply(batch).touched);
            if dice.below(3) == 0 && at + 1 < batches.len() {
                continue;
            }
            let scope = ledger.scope(&std::mem::take(&mut touched));
            for (day, kept_up) in DAYS.into_iter().zip(&mut kept_up) {
                kept_up.extend(decided(&ledger.tables(&scope, day)));
                kept_up.retain(|_, rows| !rows.is_empty());
                let sweep = swept(&ledger, day, usize::MAX);
                for subject in sweep.keys().chain(kept_up.keys()) {
                    let (scoped, swept) = (kept_up.get(subject), sweep.get(subject));
                    prop_assert_eq!(scoped, swept, "batch {} on {:?}: {:?}", at, day, subject);
                }
            }
        }
    }
}

fn tell(ledger: &mut Ledger, offset: u64, feed: Feed, content: Content) -> Touched {
    let (feed, statement) = statement(feed, offset as u8, 0, content);
    let statements = vec![Statement { offset, ..statement }];
    let batch = FactBatch {
        feed,
        partition: 0,
        upto: offset + 1,
        received: Instant(0),
        statements,
        notes: Vec::new(),
    };
    ledger.apply(&batch).touched
}

fn registered(number: u8, name: u8, household: u8) -> Content {
    let body = Body::PersonRegistered {
        sex: Sex::Male,
        household: police_household(household),
        division: "320614102001".parse().unwrap(),
    };
    fact(Feed::Police, 0, Subject::Person(named(number, name)), body)
}

fn settled(number: u8, name: u8, day: i32) -> Content {
    let body = Body::SettlementSettled {
        settlement: SettlementId([1; 16]),
        inpatient: true,
        self_paid: Fen(100),
        begin: DAYS[0],
    };
    fact(Feed::MedicalInsurance, day, Subject::Person(named(number, name)), body)
}

/// Two settlements with one number, of two people: when police record another name for the one with the
/// newer, that is held, and the other's counts again.
#[test]
fn a_recorded_name_reaches_those_who_share_a_settlement() {
    let mut ledger = empty_ledger();
    tell(&mut ledger, 0, Feed::MedicalInsurance, settled(1, 1, 1));
    tell(&mut ledger, 1, Feed::MedicalInsurance, settled(2, 1, 2));
    let other = SubjectId::Person(mention(1).person);
    let settlements = |rows: &Rows| rows[&other].iter().filter(|row| row.starts_with("settlement")).count();
    assert_eq!(settlements(&swept(&ledger, DAYS[0], 1)), 0);

    let touched = tell(&mut ledger, 2, Feed::Police, registered(2, 0, 0));
    assert_eq!(settlements(&decided(&ledger.tables(&ledger.scope(&touched), DAYS[0]))), 1);
    assert_eq!(settlements(&swept(&ledger, DAYS[0], 1)), 1);
}

/// A newer grant with the same benefit id, for one person whose name is held, does not count: the one of
/// the grant before belongs to the program's household again, and no longer to the police household.
#[test]
fn a_recorded_name_reaches_the_household_of_those_who_share_a_benefit() {
    let mut ledger = empty_ledger();
    let grant = |on, program, subject| {
        let (benefit, monthly) = (benefit(0), Fen(100));
        let body = Body::BenefitGranted { benefit, program, monthly, category: None, verified_on: None };
        fact(Feed::Registry, on, subject, body)
    };
    tell(&mut ledger, 0, Feed::Police, registered(1, 1, 1));
    tell(&mut ledger, 1, Feed::Police, registered(3, 1, 1));
    tell(&mut ledger, 2, Feed::Registry, grant(1, Program::Dibao, Subject::Members(vec![named(1, 1)])));
    tell(&mut ledger, 3, Feed::Registry, grant(2, Program::Tekun, Subject::Person(named(2, 1))));
    let police = SubjectId::Household(police_household(1));
    let members = |rows: &Rows| rows[&police].iter().filter(|row| row.starts_with("person")).count();
    assert_eq!(members(&swept(&ledger, DAYS[0], 1)), 2);

    let touched = tell(&mut ledger, 4, Feed::Police, registered(2, 0, 0));
    assert_eq!(members(&decided(&ledger.tables(&ledger.scope(&touched), DAYS[0]))), 1);
    assert_eq!(members(&swept(&ledger, DAYS[0], 1)), 1);
}

/// Two numbers of one person, first met by the ledger with many people between them: the person and the
/// household are decided once, and rows about them are there once.
#[test]
fn numbers_far_apart_are_decided_once() {
    let mut ledger = empty_ledger();
    for number in 0..200 {
        tell(&mut ledger, number, Feed::Police, registered(number as u8, 0, number as u8));
    }
    let former = mention(0);
    let corrected = fact(Feed::Police, 1, Subject::Person(named(199, 0)), Body::IdentityCorrected { former });
    let touched = tell(&mut ledger, 200, Feed::Police, corrected);
    let sweep = swept(&ledger, DAYS[0], usize::MAX);
    assert_eq!(sweep, swept(&ledger, DAYS[0], 7));
    assert_eq!(sweep.keys().filter(|subject| matches!(subject, SubjectId::Person(_))).count(), 199);
    let scoped = decided(&ledger.tables(&ledger.scope(&touched), DAYS[0]));
    for (subject, rows) in scoped {
        assert_eq!(sweep.get(&subject).cloned().unwrap_or_default(), rows, "{subject:?}");
    }
}

/// An event that is sent again at a later time makes its fact the newer of two of one day.
#[test]
fn a_later_time_of_the_same_event_touches() {
    let mut ledger = empty_ledger();
    let pension = |monthly| {
        let (scheme, monthly) = (sanzao_model::InsuranceScheme::Resident, Fen(monthly));
        let body = Body::PensionStarted { scheme, monthly };
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
        ledger.apply(&batch).touched.len()
    };
    assert_eq!((tell(0, 1, 5, 100), tell(1, 2, 6, 200)), (1, 1));
    assert_eq!(tell(2, 1, 5, 100), 0, "nothing new");
    assert_eq!(tell(3, 1, 7, 100), 1, "now it is the newest");
    let rows = swept(&ledger, DAYS[0], 1);
    let pensions = |row: &&String| row.starts_with("pension");
    let said: Vec<&String> = rows.values().flatten().filter(pensions).collect();
    assert!(said[0].contains("Fen(100)"), "{said:?}");
}
