//! Residents are the living of the tables, each once, and nobody else.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sanzao_ledger::{Ledger, Role};
use sanzao_model::{
    Body, Content, Day, Disability, Fact, FactBatch, FactId, Feed, HouseholdId, Instant, Mention, Named,
    PersonId, Resident, Sex, Statement, Subject,
};

use crate::world::{
    DAYS, config, delivered, empty_ledger, event_tag, fact, hash, mention, named, police_household,
    retraction, statement, statements,
};

/// The residents as the tables have them.
fn of_tables(ledger: &Ledger, day: Day) -> BTreeMap<PersonId, Resident> {
    let mut found = BTreeMap::new();
    for tables in ledger.sweep(usize::MAX).map(|scope| ledger.tables(&scope, day)) {
        let formerly: BTreeMap<_, _> = tables.formerly.iter().cloned().collect();
        let valid = tables.certificate.iter().filter(|row| row.valid).map(|row| row.person);
        let valid: BTreeSet<_> = valid.collect();
        for row in tables.person.iter().filter(|row| row.living) {
            let person = tables.people[row.person as usize];
            let formerly = formerly.get(&person).cloned().unwrap_or_default();
            let numbers = formerly.iter().chain([&person]);
            let facts: Vec<_> = numbers.flat_map(|number| ledger.statements_about(*number)).collect();
            let counting = facts.iter().filter(|fact| fact.holds && fact.on <= day);
            let naming = counting.filter(|fact| fact.role != Role::OfBenefit);
            let kinds: Vec<_> = naming.map(|fact| fact.kind).collect();
            if kinds.is_empty() {
                continue;
            }
            let is_registered = kinds.contains(&"person.registered");
            let resident = Resident {
                person,
                formerly,
                age: row.age.map(|age| u16::try_from(age).unwrap()),
                // The world knows no other.
                sex: if is_registered { Sex::Male } else { Sex::Unknown },
                division: tables.person_divisions[row.person as usize],
                disabled: valid.contains(&row.person),
                household: tables.households[row.household as usize],
            };
            assert!(found.insert(person, resident).is_none(), "twice in the tables");
        }
    }
    found
}

fn of_ledger(ledger: &Ledger, day: Day) -> BTreeMap<PersonId, Resident> {
    let mut found = BTreeMap::new();
    for mut resident in ledger.residents(day) {
        resident.formerly.sort_unstable();
        assert!(found.insert(resident.person, resident).is_none(), "twice among residents");
    }
    found
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn residents_are_the_living_of_the_tables(statements in statements(), seed: u64) {
        let mut ledger = empty_ledger();
        for batch in delivered(&statements, seed) {
            ledger.apply(&batch);
        }
        for day in DAYS {
            prop_assert_eq!(of_ledger(&ledger, day), of_tables(&ledger, day), "on {:?}", day);
        }
    }
}

fn told(statements: Vec<(Feed, Statement)>) -> Ledger {
    let mut ledger = empty_ledger();
    for (offset, (feed, statement)) in statements.into_iter().enumerate() {
        let offset = offset as u64;
        let statements = vec![Statement { offset, ..statement }];
        let received = Instant(0);
        let batch =
            FactBatch { feed, partition: 0, upto: offset + 1, received, statements, notes: Vec::new() };
        ledger.apply(&batch);
    }
    ledger
}

fn registered(number: u8, on: i32, sex: Sex) -> Content {
    let (household, division) = (police_household(1), "320614102001".parse().unwrap());
    fact(
        Feed::Police,
        on,
        Subject::Person(named(number, 0)),
        Body::PersonRegistered { household, division, sex },
    )
}

#[test]
fn sex_is_that_of_the_newest_registration_of_all_numbers() {
    let former = mention(2);
    let corrected = fact(Feed::Police, 5, Subject::Person(named(1, 0)), Body::IdentityCorrected { former });
    let ledger = told(vec![
        statement(Feed::Police, 1, 1, registered(1, 0, Sex::Male)),
        statement(Feed::Police, 2, 1, registered(2, 3, Sex::Female)),
        statement(Feed::Police, 3, 1, registered(3, 0, Sex::NotStated)),
        statement(Feed::Police, 4, 1, corrected),
    ]);
    let before = of_ledger(&ledger, Day(DAYS[0].0 - 8));
    assert_eq!(before[&mention(1).person].sex, Sex::Male);
    assert_eq!(before[&mention(2).person].sex, Sex::Female);
    let after = of_ledger(&ledger, DAYS[0]);
    assert_eq!(after.len(), 2);
    assert_eq!(after[&mention(1).person].sex, Sex::Female);
    assert_eq!(after[&mention(1).person].formerly, [mention(2).person]);
    assert_eq!(after[&mention(3).person].sex, Sex::NotStated);
}

#[test]
fn who_is_only_yet_to_come_or_was_retracted_is_nobody() {
    let certified = |on, until: i32| {
        let valid_until = Day(DAYS[0].0 + until);
        let body = Body::DisabilityCertified { category: Disability::Visual, grade: 2, valid_until };
        fact(Feed::Registry, on, Subject::Person(named(1, 0)), body)
    };
    let ledger = told(vec![
        statement(Feed::Registry, 1, 1, certified(0, 0)),
        statement(Feed::Police, 2, 1, registered(2, 0, Sex::Male)),
        statement(Feed::Police, 3, 2, retraction(Feed::Police, 2, 0)),
        statement(Feed::Police, 4, 1, registered(3, 13, Sex::Male)),
    ]);
    let found = of_ledger(&ledger, DAYS[0]);
    assert_eq!(found.keys().collect::<Vec<_>>(), [&mention(1).person]);
    let only = &found[&mention(1).person];
    assert!(only.disabled && only.division.is_none() && only.household == mention(1).alone, "{only:?}");
    let next = of_ledger(&ledger, DAYS[0].plus_days(1));
    assert_eq!(next.len(), 2, "the third is registered from then on");
    assert!(!next[&mention(1).person].disabled, "the certificate has run out");
}

/// More people than are read at once, whose households lie across the borders.
#[test]
fn nobody_is_lost_between_two_readings() {
    const PEOPLE: u32 = 9_000;
    let mut ledger = empty_ledger();
    let person = |number: u32| {
        let id = hash("many", &number.to_be_bytes());
        let alone = HouseholdId(hash("many alone", &number.to_be_bytes()));
        Mention { person: PersonId(id), alone, birth: None }
    };
    let statements = (0..PEOPLE).map(|number| {
        let household = HouseholdId(hash("many together", &(number % 3_000).to_be_bytes()));
        let subject = Subject::Person(Named { who: person(number), name: Default::default() });
        let division = "320614102001".parse().unwrap();
        let body = Body::PersonRegistered { household, division, sex: Sex::Female };
        let id = FactId(hash("fact", &number.to_be_bytes()));
        let content = Content::Fact(Fact { id, feed: Feed::Police, on: DAYS[0], subject, body });
        let (_, statement) = statement(Feed::Police, 0, 1, content);
        let event = sanzao_model::EventTag(hash("event", &number.to_be_bytes()));
        assert_ne!(event, event_tag(Feed::Police, 0));
        Statement { event, offset: u64::from(number), ..statement }
    });
    let statements = statements.collect();
    let (upto, received) = (u64::from(PEOPLE), Instant(0));
    let feed = Feed::Police;
    ledger.apply(&FactBatch { feed, partition: 0, upto, received, statements, notes: Vec::new() });
    let found = of_ledger(&ledger, DAYS[0]);
    assert_eq!(found.len(), PEOPLE as usize);
    let households: BTreeSet<_> = found.values().map(|resident| resident.household).collect();
    assert_eq!(households.len(), 3_000);
    let (some, rest) = ledger.residents_from(0, DAYS[0]).unwrap();
    assert!(some.len() < found.len() && rest < PEOPLE as usize, "{} at once", some.len());
    assert!(ledger.residents_from(PEOPLE as usize, DAYS[0]).is_none());
    assert!(ledger.residents_from(usize::MAX, DAYS[0]).is_none());
}
