//! Changes in their order: none is lost or told twice, and a place means the same for ever.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the samples")]
mod sample;

use sample::{events, id, item, record};
use sanzao_model::{Day, ItemState, PersonId, RuleId, SubjectId, TaskState, WorkEvent, WorkRecord};
use sanzao_readmodel::{ChangePosition, DivisionFilter, ItemChange, Reader, Scope, open};

/// Some unknown rule first: it takes a place, and is no change of an item.
fn records() -> Vec<(u64, WorkRecord)> {
    let unknown = || WorkEvent::Unknown {
        rule: RuleId("orphan".into()),
        subject: SubjectId::Person(PersonId([1; 16])),
        reason: "feed silent".into(),
    };
    let all = |n: u64| std::iter::once(unknown()).chain(events(2 * n)).chain(events(2 * n + 1)).collect();
    // Offsets have gaps: claims lie between.
    (0..40).map(|n| (3 * n, record(n + 1, all(n)))).collect()
}

fn all(reader: &Reader, limit: usize) -> Vec<ItemChange> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = reader.changes(after, limit, &Scope::Everything).unwrap();
        assert!(page.changes.len() <= limit);
        assert_eq!(page.until, page.changes.last().map(|change| change.at));
        after = page.until.or(after);
        all.extend(page.changes);
        if !page.more {
            return all;
        }
    }
}

#[test]
fn pages_of_any_size_tell_all_once_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    assert_eq!(reader.last_change().unwrap(), None);
    assert!(reader.changes(None, 10, &Scope::Everything).unwrap().changes.is_empty());
    let records = records();
    projector.project(120, &records).unwrap();

    let whole = all(&reader, 500);
    let expected: Vec<(u64, &WorkEvent)> = records
        .iter()
        .flat_map(|(offset, record)| record.events.iter().map(|event| (*offset, event)))
        .filter(|(_, event)| !matches!(event, WorkEvent::Unknown { .. }))
        .collect();
    assert!(expected.len() > 100);
    let told: Vec<_> = whole.iter().map(|change| (change.at.work(), &change.event)).collect();
    assert_eq!(told, expected);
    assert_eq!(whole[0].at.to_string(), "0.1");
    assert!(whole.is_sorted_by_key(|change| change.at));
    for limit in [1, 2, 7, 100] {
        assert_eq!(all(&reader, limit), whole);
    }
    assert_eq!(reader.last_change().unwrap(), Some(whole.last().unwrap().at));
    let beyond: ChangePosition = "999999.0".parse().unwrap();
    assert!(reader.changes(Some(beyond), 10, &Scope::Everything).unwrap().changes.is_empty());
}

#[test]
fn a_place_stays_where_it_is_when_the_tables_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (mut first, first_reader) = open(&folder.path().join("first.db")).unwrap();
    let (mut second, second_reader) = open(&folder.path().join("second.db")).unwrap();
    let records = records();
    first.project(120, &records).unwrap();
    for (from, to) in [(0, 10), (5, 25), (25, 40)] {
        second.project(3 * to as u64, &records[from..to]).unwrap();
    }
    let whole = all(&first_reader, 500);
    assert_eq!(all(&second_reader, 500), whole);
    let middle = whole[60].at;
    assert_eq!(second_reader.changes(Some(middle), 1, &Scope::Everything).unwrap().changes[0], whole[61]);
}

#[test]
fn a_change_shows_the_item_as_it_was_then() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let task = (0..).find(|number| item(*number).procedure.makes_tasks()).unwrap();
    let moved = |state| WorkEvent::Moved { id: id(task), to: ItemState::Task(state) };
    let opened = WorkEvent::Opened(Box::new(item(task)));
    let shown = sample::shown("又有新情况", 9, Day(20_400), None);
    let updated = WorkEvent::Updated { id: id(task), shown };
    let overdue = moved(TaskState::Overdue { on: Day(20_401) });
    let records =
        [(4, record(1, vec![opened, updated])), (5, record(2, vec![overdue, moved(TaskState::Due)]))];
    projector.project(6, &records).unwrap();
    let seen: Vec<_> = all(&reader, 3)
        .into_iter()
        .map(|change| (change.at.to_string(), change.item.version, change.item.state.as_str()))
        .collect();
    let expected = [("4.0", 1, "due"), ("4.1", 9, "due"), ("5.0", 9, "overdue"), ("5.1", 9, "due")];
    assert_eq!(seen, expected.map(|(at, version, state)| (at.to_owned(), version, state)));
}

#[test]
fn of_a_scope_all_is_told_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let many: Vec<_> = (0..2_000).map(|number| (number, record(number + 1, events(number)))).collect();
    projector.project(2_000, &many).unwrap();
    let whole = all(&reader, 500);
    let prefix = |text: &str| match text.parse() {
        Ok(DivisionFilter::Within(prefix)) => prefix,
        other => panic!("{other:?}"),
    };
    for texts in [&["320614103"][..], &["320614102001", "320681"], &[], &["32"]] {
        let scope = Scope::Divisions(texts.iter().map(|text| prefix(text)).collect());
        let fits = |change: &&ItemChange| {
            let code = change.item.division.map(|division| division.to_string());
            code.is_some_and(|code| texts.iter().any(|text| code.starts_with(text)))
        };
        let expected: Vec<_> = whole.iter().filter(fits).cloned().collect();
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let page = reader.changes(after, 7, &scope).unwrap();
            told.extend(page.changes);
            after = page.until.or(after);
            if !page.more {
                break;
            }
        }
        assert_eq!(told, expected, "{texts:?}");
    }
    // What has moved away since is not told any more.
    let moved = (0..2_000).find(|number| item(*number).division.is_some()).unwrap();
    let shown = sample::shown("迁出", 2, Day(20_400), None);
    let away = vec![WorkEvent::Updated { id: id(moved), shown }];
    projector.project(2_001, &[(2_000, record(2_001, away))]).unwrap();
    let all_divisions = Scope::Divisions(vec![prefix("32")]);
    let page = reader.changes(None, 500, &all_divisions).unwrap();
    assert!(page.changes.iter().all(|change| change.item.id != id(moved)));
}
