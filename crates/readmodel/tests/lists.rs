//! Lists hold what their filters say, in order, and paging loses and repeats nothing.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the samples")]
mod sample;

use std::collections::BTreeMap;

use proptest::prelude::*;
use sample::{ACCOUNTS, DIVISIONS, RULES, events, id, item, item_now, record};
use sanzao_model::{
    AlertState, Bureau, Day, Division, Item, ItemId, ItemState, PersonId, Procedure, RuleId, Second,
};
use sanzao_readmodel::{
    Cursor, CursorError, DivisionFilter, DivisionPrefix, Filter, Kind, Projector, Queue, ReadModelError,
    Reader, Scope, StateName, WorkerCount, open,
};

const ITEMS: u64 = 400;

fn filled(numbers: std::ops::Range<u64>) -> (tempfile::TempDir, Projector, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    add(&mut projector, numbers);
    (folder, projector, reader)
}

fn add(projector: &mut Projector, numbers: std::ops::Range<u64>) {
    let at = projector.position();
    let records: Vec<_> =
        numbers.zip(at.work..).map(|(number, offset)| (offset, record(offset + 1, events(number)))).collect();
    projector.project(at.work + records.len() as u64, &records).unwrap();
}

fn walk(reader: &Reader, filter: &Filter, limit: usize) -> Vec<ItemId> {
    let mut found = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = reader.list(filter, limit, cursor.as_ref()).unwrap();
        assert!(page.items.len() <= limit);
        assert!(page.next.is_none() || page.items.len() == limit);
        found.extend(page.items.iter().map(|row| row.id));
        match page.next {
            Some(next) => cursor = Some(next.to_string().parse().unwrap()),
            None => return found,
        }
    }
}

/// In a division: the code begins so, or both are the district under one of its codes.
fn is_in(filter: &DivisionFilter, division: Option<Division>) -> bool {
    let (DivisionFilter::Within(prefix), Some(division)) = (filter, division) else {
        return *filter == DivisionFilter::Unknown && division.is_none();
    };
    let haimen = Bureau(320_614);
    let whole = format!("{:0<12}", prefix.as_str()).parse().unwrap();
    let is_district = prefix.as_str().len() == 6 && haimen.contains(whole);
    division.to_string().starts_with(prefix.as_str()) || (is_district && haimen.contains(division))
}

fn may_see(scope: &Scope, division: Option<Division>) -> bool {
    match scope {
        Scope::Everything => true,
        Scope::Divisions(prefixes) => {
            let code = division.map(|division| division.to_string());
            code.is_some_and(|code| prefixes.iter().any(|prefix| code.starts_with(prefix.as_str())))
        }
    }
}

fn works(item: &Item) -> Option<&str> {
    match &item.state {
        ItemState::Alert(AlertState::Claimed { by, .. } | AlertState::Snoozed { by, .. }) => Some(by),
        ItemState::Alert(AlertState::Decided { decision, .. }) => Some(&decision.by),
        state => {
            let closed = state.closure().map(|closure| closure.decision.by.as_str());
            closed.or(item.handling.assignee.as_deref())
        }
    }
}

fn waits(item: &Item, queue: Queue) -> bool {
    let is_closed = item.state.as_str() == "closed";
    match queue {
        Queue::Escalated => item.handling.escalated_on.is_some() && !is_closed && !item.state.is_at_rest(),
        Queue::SecondReview => is_closed && item.handling.second == Some(Second::Drawn),
    }
}

/// What the filter says, without an index.
fn naive(filter: &Filter, numbers: std::ops::Range<u64>) -> Vec<ItemId> {
    let fits = |item: &Item| {
        let state = StateName::of(&item.state);
        let kind = if item.procedure.makes_tasks() { Kind::Task } else { Kind::Alert };
        kind == filter.kind
            && filter.division.as_ref().is_none_or(|of| is_in(of, item.division))
            && filter.rule.as_ref().is_none_or(|rule| *rule == item.rule)
            && filter.procedure.is_none_or(|procedure| procedure == item.procedure)
            && (filter.states.is_empty() || filter.states.contains(&state))
            && filter.due_from.is_none_or(|day| item.due >= day)
            && filter.due_to.is_none_or(|day| item.due <= day)
            && filter.worker.as_ref().is_none_or(|worker| works(item) == Some(worker.as_str()))
            && filter.queue.is_none_or(|queue| waits(item, queue))
            && filter.person.is_none_or(|person| item.people.contains(&person))
            && filter.card.is_none_or(|card| item.handling.card == Some(card))
            && may_see(&filter.scope, item.division)
    };
    let in_order: BTreeMap<(Day, ItemId), Item> = numbers
        .map(|number| {
            let item = item_now(number);
            ((item.due, item.id), item)
        })
        .collect();
    in_order.values().filter(|item| fits(item)).map(|item| item.id).collect()
}

fn filters() -> impl Strategy<Value = Filter> {
    let kind = prop_oneof![Just(Kind::Alert), Just(Kind::Task)];
    let prefix = (prop::sample::select(&DIVISIONS[..]), prop_oneof![Just(6), 1..=12_usize])
        .prop_map(|(division, digits)| division[..digits].to_owned());
    let division = prop_oneof![6 => prefix, 1 => Just("none".to_owned())];
    let division = division.prop_map(|text| text.parse::<DivisionFilter>().unwrap());
    let rule = prop::sample::select(&RULES[..]).prop_map(|(rule, _)| RuleId(rule.into()));
    let states = prop::collection::vec(prop::sample::select(&StateName::ALL[..]), 0..4);
    let day = || prop::option::of((19_995..20_045).prop_map(Day));
    let worker = prop::sample::select(&ACCOUNTS[..]).prop_map(str::to_owned);
    let person =
        prop_oneof![(0..8_u8).prop_map(|byte| PersonId([byte; 16])), (0..9_u64).prop_map(own_person)];
    let scope = prop::collection::vec(prefix_of_scope(), 0..3).prop_map(Scope::Divisions);
    let what = (
        prop::option::of(division),
        prop::option::of(rule),
        prop::option::of(prop::sample::select(&Procedure::ALL[..])),
        states,
        day(),
        day(),
    );
    let who = (
        prop::option::weighted(0.15, worker),
        prop::option::weighted(0.15, prop::sample::select(&Queue::ALL[..])),
        prop::option::weighted(0.1, person),
        prop::option::weighted(0.1, (0..5_u64).prop_map(id)),
        prop_oneof![Just(Scope::Everything), scope],
    );
    (kind, what, who).prop_map(|(kind, what, (worker, queue, person, card, scope))| {
        let (division, rule, procedure, states, due_from, due_to) = what;
        Filter {
            kind,
            division,
            rule,
            procedure,
            states,
            due_from,
            due_to,
            worker,
            queue,
            person,
            card,
            scope,
        }
    })
}

fn own_person(number: u64) -> PersonId {
    item(number).people[0]
}

fn prefix_of_scope() -> impl Strategy<Value = DivisionPrefix> {
    let prefix = (prop::sample::select(&DIVISIONS[..]), prop_oneof![Just(6), Just(9), 1..=12_usize]);
    prefix.prop_map(|(division, digits)| match division[..digits].parse() {
        Ok(DivisionFilter::Within(prefix)) => prefix,
        other => panic!("{other:?}"),
    })
}

#[test]
fn every_filter_finds_what_it_says() {
    let (_folder, _projector, reader) = filled(0..ITEMS);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(3_000));
    let found = std::cell::Cell::new(0);
    runner
        .run(&(filters(), 1..40_usize), |(filter, limit)| {
            let list = walk(&reader, &filter, limit);
            found.set(found.get() + list.len());
            prop_assert_eq!(list, naive(&filter, 0..ITEMS));
            Ok(())
        })
        .unwrap();
    assert!(found.get() > 5_000, "the filters of this test find too little to show anything");
}

#[test]
fn the_district_is_one_whatever_its_code() {
    let (_folder, _projector, reader) = filled(0..ITEMS);
    let of = |text: &str| Filter { division: Some(text.parse().unwrap()), ..Filter::all(Kind::Alert) };
    let now = walk(&reader, &of("320614"), 7);
    let codes = ["320684", "329026", "320625", "322425"];
    for code in codes {
        assert_eq!(walk(&reader, &of(code), 7), now, "{code}");
    }
    // Towns keep to their own codes, and so does the rest of the city.
    let town = walk(&reader, &of("320684117"), 7);
    assert!(!town.is_empty() && town.len() < now.len() && town.iter().all(|id| now.contains(id)));
    let (city, nowhere) = (walk(&reader, &of("3206"), 7), walk(&reader, &of("none"), 7));
    let elsewhere = walk(&reader, &of("320681"), 7);
    assert!(elsewhere.iter().all(|id| city.contains(id) && !now.contains(id)) && !elsewhere.is_empty());
    let all = walk(&reader, &Filter::all(Kind::Alert), 7);
    assert_eq!(now.len() + elsewhere.len() + nowhere.len(), all.len());
    assert!(!nowhere.is_empty());
}

#[test]
fn rows_show_the_item() {
    let (_folder, _projector, reader) = filled(0..ITEMS);
    let page = reader.list(&Filter::all(Kind::Alert), 500, None).unwrap();
    assert!(page.items.len() > 100);
    for row in page.items {
        let detail = reader.item(Kind::Alert, &row.id, None).unwrap().unwrap();
        assert_eq!(reader.item(Kind::Task, &row.id, None).unwrap(), None);
        let item = detail.item;
        assert_eq!((row.rule, row.version, row.procedure), (item.rule, item.version, item.procedure));
        assert_eq!((row.title, row.subject, row.division), (item.title, item.subject, item.division));
        assert_eq!((row.occasion, row.why), (item.finding.occasion, item.finding.why));
        assert_eq!((row.due, row.opened_on, row.state), (item.due, item.opened_on, item.state));
    }
}

#[test]
fn paging_keeps_its_place_while_items_are_added() {
    let (_folder, mut projector, reader) = filled(0..ITEMS);
    let filter = Filter { procedure: Some(Procedure::Help), ..Filter::all(Kind::Alert) };
    let (mut found, mut cursor, mut next_number) = (Vec::new(), None, ITEMS);
    loop {
        let page = reader.list(&filter, 7, cursor.as_ref()).unwrap();
        found.extend(page.items.iter().map(|row| row.id));
        add(&mut projector, next_number..next_number + 5);
        next_number += 5;
        cursor = page.next;
        if cursor.is_none() || next_number > ITEMS + 2_000 {
            break;
        }
    }
    let mut once = found.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), found.len(), "an item was repeated");
    for id in naive(&filter, 0..ITEMS) {
        assert!(found.contains(&id), "{id} was lost");
    }
}

#[test]
fn readers_see_whole_transactions_while_the_writer_writes() {
    let (_folder, mut projector, reader) = filled(0..0);
    let writer = std::thread::spawn(move || {
        for batch in 0..60 {
            add(&mut projector, batch * 10..(batch + 1) * 10);
        }
    });
    loop {
        let done = writer.is_finished();
        let statistics = reader.statistics(&Scope::Everything).unwrap();
        let sum: u64 = statistics.rules.iter().map(|rule| rule.count).sum();
        assert_eq!(sum % 10, 0, "half a transaction was seen");
        assert_eq!(sum, statistics.towns.iter().map(|town| town.count).sum::<u64>());
        if done {
            assert_eq!(sum, 600);
            break;
        }
    }
    writer.join().unwrap();
}

#[test]
fn cursors_of_other_filters_are_refused() {
    let (_folder, _projector, reader) = filled(0..ITEMS);
    let filter = Filter::all(Kind::Alert);
    let cursor = reader.list(&filter, 2, None).unwrap().next.unwrap();
    let other = Filter { rule: Some(RuleId("orphan".into())), ..filter };
    let refused = reader.list(&other, 2, Some(&cursor));
    assert!(matches!(refused, Err(ReadModelError::Cursor(CursorError::OtherFilter))), "{refused:?}");
}

#[test]
fn counts_are_those_of_the_items() {
    let (_folder, _projector, reader) = filled(0..ITEMS);
    let (mut rules, mut towns, mut workers) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for number in 0..ITEMS {
        let item = item_now(number);
        let state = StateName::of(&item.state);
        if let Some(worker) = works(&item) {
            *workers.entry((worker.to_owned(), state)).or_insert(0_u64) += 1;
        }
        let town = item.division.map(|division| division.to_string()[..9].to_owned());
        *rules.entry((item.rule.0, state)).or_insert(0_u64) += 1;
        *towns.entry((town, state)).or_insert(0_u64) += 1;
    }
    let statistics = reader.statistics(&Scope::Everything).unwrap();
    let by_worker = |count: WorkerCount| ((count.worker, count.state), count.count);
    let counted: BTreeMap<_, _> = statistics.workers.into_iter().map(by_worker).collect();
    assert!(workers.len() > ACCOUNTS.len(), "accounts have items in several states");
    assert_eq!(counted, workers);
    let counted: BTreeMap<_, _> =
        statistics.rules.into_iter().map(|count| ((count.rule.0, count.state), count.count)).collect();
    assert_eq!(counted, rules);
    let counted: BTreeMap<_, _> =
        statistics.towns.into_iter().map(|count| ((count.town, count.state), count.count)).collect();
    assert_eq!(counted, towns);
    assert!(reader.item(Kind::Alert, &id(ITEMS + 1), None).unwrap().is_none());
}

#[test]
fn counts_of_a_scope_are_those_of_its_items() {
    let (_folder, _projector, reader) = filled(0..ITEMS);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    runner
        .run(&prop::collection::vec(prefix_of_scope(), 0..4), |prefixes| {
            let scope = Scope::Divisions(prefixes);
            let statistics = reader.statistics(&scope).unwrap();
            let (mut expected, mut workers) = (BTreeMap::new(), BTreeMap::new());
            for item in (0..ITEMS).map(item_now).filter(|item| may_see(&scope, item.division)) {
                let state = StateName::of(&item.state);
                *expected.entry((item.rule.0.clone(), state)).or_insert(0_u64) += 1;
                if let Some(worker) = works(&item) {
                    *workers.entry((worker.to_owned(), state)).or_insert(0_u64) += 1;
                }
            }
            let counted: BTreeMap<_, _> =
                statistics.rules.into_iter().map(|of| ((of.rule.0, of.state), of.count)).collect();
            prop_assert_eq!(&counted, &expected);
            let by_worker = |of: WorkerCount| ((of.worker, of.state), of.count);
            let counted: BTreeMap<_, _> = statistics.workers.into_iter().map(by_worker).collect();
            prop_assert_eq!(&counted, &workers);
            let towns: u64 = statistics.towns.iter().map(|of| of.count).sum();
            prop_assert_eq!(towns, expected.values().sum::<u64>());
            Ok(())
        })
        .unwrap();
}
