//! The tables are a function of the records, however often and in what pieces they come.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the samples")]
mod sample;

use sample::{events, finding, id, item, record};
use sanzao_model::{
    AlertState, CommandKey, Day, Instant, ItemState, PersonId, RefusalCode, RuleId, SubjectId, TaskState,
    WorkEvent, WorkRecord,
};
use sanzao_readmodel::{Answer, Filter, Kind, Position, ReadModelError, Reader, UnknownCount, open};

fn alert_number() -> u64 {
    (0..).find(|number| !item(*number).procedure.makes_tasks()).unwrap()
}

fn task_number() -> u64 {
    (0..).find(|number| item(*number).procedure.makes_tasks()).unwrap()
}

fn opened(number: u64) -> WorkEvent {
    WorkEvent::Opened(Box::new(item(number)))
}

fn updated(number: u64, due: Day) -> WorkEvent {
    WorkEvent::Updated {
        id: id(number),
        finding: Box::new(finding(None, "又有新的自付费用")),
        version: 2,
        title: "新标题".into(),
        due,
        division: Some("320614109001".parse().unwrap()),
        ages: Vec::new(),
    }
}

fn claimed(number: u64, by: &str) -> WorkEvent {
    let to = ItemState::Alert(AlertState::Claimed { by: by.into(), at: Instant(1) });
    WorkEvent::Moved { id: id(number), to }
}

fn answering(upto: u64, key: u8, fingerprint: u8, events: Vec<WorkEvent>) -> WorkRecord {
    WorkRecord { answers: Some((CommandKey([key; 16]), [fingerprint; 16])), ..record(upto, events) }
}

/// All that queries can see.
fn seen(reader: &Reader) -> String {
    let mut seen = format!("{:?}", reader.statistics().unwrap());
    for kind in [Kind::Alert, Kind::Task] {
        for row in reader.list(&Filter::all(kind), 500, None).unwrap().items {
            seen += &format!("{:?}", reader.item(kind, &row.id, None).unwrap());
        }
    }
    seen
}

#[test]
fn records_count_once_however_they_come() {
    let folder = tempfile::tempdir().unwrap();
    let records: Vec<(u64, WorkRecord)> = (0..60).map(|n| (n, record(n + 1, events(n)))).collect();
    let (mut whole, whole_reader) = open(&folder.path().join("whole.db")).unwrap();
    whole.project(60, &records).unwrap();

    let path = folder.path().join("pieces.db");
    let mut reached = 0;
    for (from, to) in [(0, 10), (0, 10), (5, 33), (10, 20), (33, 60), (0, 60)] {
        let (mut pieces, reader) = open(&path).unwrap();
        pieces.project(to as u64, &records[from..to]).unwrap();
        reached = reached.max(to as u64);
        assert_eq!(reader.position(), Position { work: reached, inbox: reached });
    }
    let (pieces, pieces_reader) = open(&path).unwrap();
    assert_eq!(pieces.position(), Position { work: 60, inbox: 60 });
    assert_eq!(pieces_reader.position(), pieces.position());
    assert_eq!(seen(&pieces_reader), seen(&whole_reader));
}

#[test]
fn an_append_that_was_tried_again_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let records = [(3, record(1, events(0))), (4, record(1, events(0))), (9, record(2, events(1)))];
    projector.project(12, &records).unwrap();
    assert_eq!(reader.position(), Position { work: 12, inbox: 2 });
    let count: u64 = reader.statistics().unwrap().rules.iter().map(|rule| rule.count).sum();
    assert_eq!(count, 2);
}

#[test]
fn what_cannot_be_projected_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    projector.project(1, &[(0, record(1, events(0)))]).unwrap();
    let before = seen(&reader);

    let never_opened = [(1, record(2, events(1))), (2, record(3, vec![claimed(77, "operator")]))];
    let error = projector.project(3, &never_opened).unwrap_err();
    assert!(matches!(error, ReadModelError::NeverOpened(item) if item == id(77)), "{error}");
    let error = projector.project(2, &[(1, record(2, vec![updated(77, Day(1))]))]).unwrap_err();
    assert!(matches!(error, ReadModelError::NeverOpened(item) if item == id(77)), "{error}");
    let error = projector.project(2, &[(1, record(2, events(0)))]).unwrap_err();
    assert!(matches!(error, ReadModelError::OpenedTwice(item) if item == id(0)), "{error}");

    assert_eq!((reader.position(), seen(&reader)), (Position { work: 1, inbox: 1 }, before));
    projector.project(2, &[(1, record(2, events(1)))]).unwrap();
    assert_eq!(reader.position(), Position { work: 2, inbox: 2 });
}

#[test]
fn an_item_is_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let (alert, task) = (alert_number(), task_number());
    let (alert_due, task_due) = (Day(20_400), Day(20_500));
    let refused = WorkEvent::Refused { id: id(alert), code: RefusalCode::WrongState };
    let records = [
        (10, record(1, vec![opened(alert), opened(task)])),
        (11, record(2, vec![updated(alert, alert_due), updated(task, task_due)])),
        (12, answering(3, 1, 1, vec![claimed(alert, "operator")])),
        (13, answering(4, 2, 2, vec![refused])),
        (14, record(5, vec![WorkEvent::Moved { id: id(task), to: ItemState::Task(TaskState::Due) }])),
    ];
    projector.project(15, &records).unwrap();

    let detail = reader.item(Kind::Alert, &id(alert), None).unwrap().unwrap();
    assert_eq!(detail.changed, 12);
    assert_eq!(detail.history.iter().map(|change| change.work).collect::<Vec<_>>(), [10, 11, 12]);
    assert_eq!(detail.item.state.as_str(), "claimed");
    assert_eq!((detail.item.version, detail.item.due), (2, alert_due));
    assert_eq!(detail.item.title, "新标题");
    assert_eq!(detail.item.finding.why, "又有新的自付费用");
    let earlier = reader.item(Kind::Alert, &id(alert), Some(10)).unwrap().unwrap();
    assert_eq!(earlier.item, item(alert));
    assert_eq!(reader.item(Kind::Alert, &id(alert), Some(9)).unwrap(), None);

    let detail = reader.item(Kind::Task, &id(task), None).unwrap().unwrap();
    assert_eq!(detail.item.due, task_due);
    for (kind, due) in [(Kind::Alert, alert_due), (Kind::Task, task_due)] {
        let row = &reader.list(&Filter::all(kind), 1, None).unwrap().items[0];
        assert_eq!((row.due, row.title.as_str(), row.version), (due, "新标题", 2));
        assert_eq!(row.division, detail.item.division);
    }
    let moved = Filter { division: Some("320614109".parse().unwrap()), ..Filter::all(Kind::Task) };
    assert_eq!(reader.list(&moved, 1, None).unwrap().items.len(), 1);
}

#[test]
fn a_key_keeps_the_answer_of_its_first_use() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let alert = alert_number();
    let refused = |code| WorkEvent::Refused { id: id(alert), code };
    let records = [
        (0, record(1, vec![opened(alert)])),
        (1, answering(2, 1, 1, vec![claimed(alert, "operator")])),
        (2, answering(3, 1, 1, vec![])),
        (3, answering(4, 1, 9, vec![refused(RefusalCode::KeyReused)])),
        (4, answering(5, 2, 2, vec![refused(RefusalCode::ClaimedByAnother)])),
        (5, answering(6, 2, 2, vec![])),
    ];
    projector.project(6, &records).unwrap();
    let answer = |key| reader.answer(&CommandKey([key; 16])).unwrap();
    assert_eq!(answer(1), Some(Answer { fingerprint: [1; 16], refusal: None, work: 1 }));
    let refusal = Some(RefusalCode::ClaimedByAnother);
    assert_eq!(answer(2), Some(Answer { fingerprint: [2; 16], refusal, work: 4 }));
    assert_eq!(answer(3), None);
}

#[test]
fn the_unknown_is_counted_until_it_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let unknown = |person: u8, reason: &str| WorkEvent::Unknown {
        rule: RuleId("orphan".into()),
        subject: SubjectId::Person(PersonId([person; 16])),
        reason: reason.into(),
    };
    let first = vec![unknown(1, "feed silent"), unknown(2, "feed silent"), unknown(3, "feed silent")];
    let then = vec![unknown(1, ""), unknown(2, "parameter missing"), unknown(4, "")];
    projector.project(2, &[(0, record(1, first)), (1, record(2, then))]).unwrap();
    let count =
        |reason: &str| UnknownCount { rule: RuleId("orphan".into()), reason: reason.into(), count: 1 };
    let unknown = reader.statistics().unwrap().unknown;
    assert_eq!(unknown, [count("feed silent"), count("parameter missing")]);
}

#[test]
fn another_schema_is_made_anew_and_another_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("readmodel.db");
    let (mut projector, reader) = open(&path).unwrap();
    projector.project(1, &[(0, record(1, events(0)))]).unwrap();
    drop((projector, reader));
    let kept = open(&path).unwrap();
    assert_eq!(kept.1.position().work, 1);
    drop(kept);

    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let (projector, reader) = open(&path).unwrap();
    assert_eq!(projector.position(), Position::default());
    assert!(reader.statistics().unwrap().rules.is_empty());

    let other = folder.path().join("journal.db");
    let raw = rusqlite::Connection::open(&other).unwrap();
    raw.execute_batch("CREATE TABLE record (body BLOB)").unwrap();
    drop(raw);
    assert!(matches!(open(&other), Err(ReadModelError::NotOurs(_))));
    let raw = rusqlite::Connection::open(&other).unwrap();
    assert_eq!(raw.query_row("SELECT count(*) FROM record", [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

/// Stored events are read back by later versions. When this fails, raise `SCHEMA_VERSION` in
/// `src/schema.rs`, then write version and new form here.
#[test]
fn the_stored_form_is_that_of_this_schema_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("readmodel.db");
    drop(open(&path).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    let version: i32 = raw.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let events = [opened(alert_number()), updated(3, Day(20_400)), claimed(3, "operator")];
    let forms = events.iter().map(|event| serde_json::to_string(event).unwrap());
    let forms: Vec<_> = std::iter::once(version.to_string()).chain(forms).collect();
    let expected = include_str!("stored_form.jsonl");
    assert_eq!(forms.join("\n"), expected.trim_end());
}
