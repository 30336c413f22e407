//! Lists hold what their filters say, in order, and paging loses and repeats nothing.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the samples")]
mod sample;

use std::collections::BTreeMap;

use proptest::prelude::*;
use sample::{DIVISIONS, RULES, events, id, item, moved, record};
use sanzao_model::{Bureau, Day, Division, Item, ItemId, Procedure, RuleId};
use sanzao_readmodel::{
    Cursor, CursorError, DivisionFilter, Filter, Kind, Projector, ReadModelError, Reader, StateName, open,
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
    };
    let in_order: BTreeMap<(Day, ItemId), Item> = numbers
        .map(|number| {
            let mut item = item(number);
            item.state = moved(number).unwrap_or(item.state);
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
    (
        kind,
        prop::option::of(division),
        prop::option::of(rule),
        prop::option::of(prop::sample::select(&Procedure::ALL[..])),
        states,
        day(),
        day(),
    )
        .prop_map(|(kind, division, rule, procedure, states, due_from, due_to)| Filter {
            kind,
            division,
            rule,
            procedure,
            states,
            due_from,
            due_to,
        })
}

#[test]
fn every_filter_finds_what_it_says() {
    let (_folder, _projector, reader) = filled(0..ITEMS);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(1_000));
    let found = std::cell::Cell::new(0);
    runner
        .run(&(filters(), 1..40_usize), |(filter, limit)| {
            let list = walk(&reader, &filter, limit);
            found.set(found.get() + list.len());
            prop_assert_eq!(list, naive(&filter, 0..ITEMS));
            Ok(())
        })
        .unwrap();
    assert!(found.get() > 10_000, "the filters of this test find too little to show anything");
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
        let statistics = reader.statistics().unwrap();
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
    let (mut rules, mut towns) = (BTreeMap::new(), BTreeMap::new());
    for number in 0..ITEMS {
        let item = item(number);
        let state = StateName::of(&moved(number).unwrap_or(item.state));
        let town = item.division.map(|division| division.to_string()[..9].to_owned());
        *rules.entry((item.rule.0, state)).or_insert(0_u64) += 1;
        *towns.entry((town, state)).or_insert(0_u64) += 1;
    }
    let statistics = reader.statistics().unwrap();
    let counted: BTreeMap<_, _> =
        statistics.rules.into_iter().map(|count| ((count.rule.0, count.state), count.count)).collect();
    assert_eq!(counted, rules);
    let counted: BTreeMap<_, _> =
        statistics.towns.into_iter().map(|count| ((count.town, count.state), count.count)).collect();
    assert_eq!(counted, towns);
    assert!(reader.item(Kind::Alert, &id(ITEMS + 1), None).unwrap().is_none());
}
