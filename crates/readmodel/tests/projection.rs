//! The tables are a function of the records, however often and in what pieces they come.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the samples")]
mod sample;

use std::path::Path;

use sample::{events, id, item, record, shown};
use sanzao_model::{
    Act, AlertState, Closure, CommandKey, Day, Decision, Deed, Feed, HouseholdId, Instant, Item, ItemState,
    Outcome, PersonId, RefusalCode, Reopening, RuleId, Sensitivity, Sighting, SubjectId, Suspension,
    TaskState, WorkEvent, WorkRecord,
};
use sanzao_readmodel::{Answer, Filter, Kind, Position, ReadModelError, Reader, Scope, UnknownCount, open};

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
    let division = Some("320614109001".parse().unwrap());
    WorkEvent::Updated { id: id(number), shown: shown("又有新的自付费用", 2, due, division) }
}

fn followed(number: u64, subject: SubjectId) -> WorkEvent {
    let division = Some("320614103001".parse().unwrap());
    WorkEvent::Followed { id: id(number), subject, shown: shown("随户迁移", 3, Day(20_300), division) }
}

fn claimed(number: u64, by: &str) -> WorkEvent {
    let to = ItemState::Alert(AlertState::Claimed { by: by.into(), at: Instant(1) });
    WorkEvent::Moved { id: id(number), to }
}

fn answering(upto: u64, key: u8, fingerprint: u8, events: Vec<WorkEvent>) -> WorkRecord {
    WorkRecord { answers: Some((CommandKey([key; 16]), [fingerprint; 16])), ..record(upto, events) }
}

fn resolved(number: u64, reopen_on: Option<Day>) -> WorkEvent {
    let (by, at, outcome, reason) = ("operator".into(), Instant(2), Outcome::NoAction, "已办".into());
    let decision = Decision { by, at, outcome, reason, reopen_on };
    let closure = Closure { decision, notice: None, approval: None, appeals: 0 };
    let act = Act { by: "operator".into(), at, what: Deed::Decided, reason: String::new() };
    let to = ItemState::Alert(AlertState::Closed(Box::new(closure)));
    WorkEvent::Acted { id: id(number), act: Box::new(act), to }
}

fn still_found(number: u64, subject: SubjectId, is_found: bool) -> WorkEvent {
    let sighting = Box::new(Sighting {
        finding: sample::finding(None, "仍然成立"),
        version: 2,
        title: "测试".into(),
        sensitivity: Sensitivity::General,
        people: Vec::new(),
        due_working_days: 10,
        division: None,
    });
    let (id, occasion) = (id(number), "2025".into());
    WorkEvent::StillFound { id, subject, occasion, sighting: is_found.then_some(sighting) }
}

/// The item that raises again what the one of a number was about.
fn again(number: u64, of: u64) -> Item {
    let new = sample::finding(None, "").evidence.iter().map(|evidence| evidence.fact).collect();
    Item {
        id: id(of),
        episode: 2,
        previous: Some(id(number)),
        reopening: Some(Reopening::Expired { on: Day(20_020), new }),
        ..item(number)
    }
}

/// All that queries can see.
fn seen(reader: &Reader) -> String {
    let mut seen = format!("{:?}", reader.statistics(&Scope::Everything).unwrap());
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
    let count: u64 = reader.statistics(&Scope::Everything).unwrap().rules.iter().map(|rule| rule.count).sum();
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
    let unknown = reader.statistics(&Scope::Everything).unwrap().unknown;
    assert_eq!(unknown, [count("feed silent"), count("parameter missing")]);
}

#[test]
fn an_item_that_follows_is_shown_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let alert = alert_number();
    let subject = SubjectId::Household(HouseholdId([9; 16]));
    let records = [
        (0, record(1, vec![opened(alert), claimed(alert, "operator")])),
        (1, record(2, vec![followed(alert, subject)])),
    ];
    projector.project(2, &records).unwrap();
    let detail = reader.item(Kind::Alert, &id(alert), None).unwrap().unwrap();
    assert_eq!((detail.item.subject, detail.item.state.as_str()), (subject, "claimed"));
    assert_eq!((detail.changed, detail.item.version), (1, 3));
    let there = Filter { division: Some("320614103".parse().unwrap()), ..Filter::all(Kind::Alert) };
    let row = reader.list(&there, 1, None).unwrap().items.remove(0);
    assert_eq!((row.subject, row.why.as_str(), row.due), (subject, "随户迁移", Day(20_300)));
    let count: Vec<_> = reader
        .statistics(&Scope::Everything)
        .unwrap()
        .towns
        .into_iter()
        .map(|of| (of.town, of.count))
        .collect();
    assert_eq!(count, [(Some("320614103".into()), 1)]);
    let changes = reader.changes(None, 10, &Scope::Everything).unwrap().changes;
    assert_eq!(changes.last().unwrap().item, detail.item);
}

#[test]
fn of_a_handled_alert_is_told_what_is_still_found_and_what_came_after() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let alert = alert_number();
    let (own, other) = (item(alert).subject, SubjectId::Household(HouseholdId([9; 16])));
    let decided = vec![opened(alert), claimed(alert, "operator"), resolved(alert, None)];
    let next = WorkEvent::Opened(Box::new(again(alert, 1_000)));
    let records = [
        (0, record(1, decided)),
        (1, record(2, vec![still_found(alert, other, true)])),
        (2, record(3, vec![still_found(alert, own, false)])),
        (3, record(4, vec![still_found(alert, other, false), next])),
    ];
    projector.project(4, &records).unwrap();
    let seen = |as_of| {
        let detail = reader.item(Kind::Alert, &id(alert), Some(as_of)).unwrap().unwrap();
        let subjects: Vec<_> = detail.still_found.iter().map(|(subject, _)| *subject).collect();
        (subjects, detail.next, detail.history.len())
    };
    assert_eq!(seen(0), (vec![own], vec![], 3), "found when it was decided");
    let mut both = vec![own, other];
    both.sort_unstable();
    assert_eq!(seen(1), (both, vec![], 4));
    assert_eq!(seen(2), (vec![other], vec![], 5));
    assert_eq!(seen(3), (vec![], vec![id(1_000)], 6));
    // It is of the history, and no change of the item.
    assert_eq!(reader.changes(None, 10, &Scope::Everything).unwrap().changes.len(), 4);
    let detail = reader.item(Kind::Alert, &id(1_000), None).unwrap().unwrap();
    assert_eq!((detail.item.episode, detail.item.previous), (2, Some(id(alert))));
    let rows = reader.list(&Filter::all(Kind::Alert), 10, None).unwrap().items;
    let mut episodes: Vec<_> = rows.iter().map(|row| row.episode).collect();
    episodes.sort_unstable();
    assert_eq!(episodes, [1, 2]);

    let error = projector.project(5, &[(4, record(5, vec![still_found(77, own, true)]))]).unwrap_err();
    assert!(matches!(error, ReadModelError::NeverOpened(item) if item == id(77)), "{error}");
}

#[test]
fn what_is_suspended_is_known_until_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let (alert, task) = (alert_number(), task_number());
    let suspension = |number: u64, area: &str, newest| Suspension {
        rule: item(number).rule,
        feed: Feed::Registry,
        area: area.parse().unwrap(),
        newest,
        rhythm_days: 7,
    };
    let division = item(alert).division.unwrap().to_string();
    let (here, elsewhere) =
        (suspension(alert, &division[..9], Some(Day(20_000))), suspension(alert, "110105", None));
    let first = [&here, &elsewhere].map(|of| WorkEvent::Suspended(of.clone()));
    let opened = vec![opened(alert), opened(task)];
    projector.project(2, &[(0, record(1, opened)), (1, record(2, first.into()))]).unwrap();
    let mut all = vec![here.clone(), elsewhere.clone()];
    all.sort();
    assert_eq!(reader.statistics(&Scope::Everything).unwrap().suspensions, all);
    let of_alert = || reader.item(Kind::Alert, &id(alert), None).unwrap().unwrap().suspensions;
    assert_eq!(of_alert(), std::slice::from_ref(&here));
    assert_eq!(reader.item(Kind::Task, &id(task), None).unwrap().unwrap().suspensions, []);
    let listed = |kind| reader.list(&Filter::all(kind), 10, None).unwrap().items[0].suspended;
    assert!(listed(Kind::Alert) && !listed(Kind::Task));

    let Suspension { rule, feed, area, .. } = here;
    let rhythm = Suspension { rhythm_days: 30, ..elsewhere };
    let then = vec![WorkEvent::Resumed { rule, feed, area }, WorkEvent::Suspended(rhythm.clone())];
    projector.project(3, &[(2, record(3, then))]).unwrap();
    assert_eq!(reader.statistics(&Scope::Everything).unwrap().suspensions, [rhythm]);
    assert_eq!(of_alert(), []);
    assert!(!listed(Kind::Alert));
}

#[test]
fn what_waits_for_a_decision_is_shown_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (mut projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
    let level = sanzao_model::Level {
        rule: RuleId("orphan".into()),
        version: 1,
        procedure: sanzao_model::Procedure::Help,
        due_working_days: 3,
        periodic: false,
        title: "测试".into(),
        sensitivity: Sensitivity::General,
        people: Vec::new(),
        subject: SubjectId::Person(PersonId([1; 16])),
        formerly: Vec::new(),
        division: None,
        state: sanzao_model::LevelState::Known(Vec::new()),
    };
    let before = seen(&reader);
    let events = vec![WorkEvent::Postponed(Box::new(level)), WorkEvent::TakenUp];
    projector.project(1, &[(0, record(1, events))]).unwrap();
    assert_eq!(seen(&reader), before);
    assert_eq!(reader.changes(None, 10, &Scope::Everything).unwrap().changes, []);
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
    // What another program wrote is damage to who laid a sum beside the file.
    assert!(matches!(open(&path), Err(ReadModelError::Damaged(_))));
    let (projector, reader) = open(&path).unwrap();
    assert_eq!(projector.position(), Position::default());
    assert!(reader.statistics(&Scope::Everything).unwrap().rules.is_empty());

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
    let subject = SubjectId::Person(PersonId([1; 16]));
    let again = WorkEvent::Opened(Box::new(again(alert_number(), 9)));
    let events = [
        opened(alert_number()),
        updated(3, Day(20_400)),
        claimed(3, "operator"),
        followed(3, subject),
        still_found(3, subject, true),
        resolved(3, Some(Day(20_500))),
        again,
    ];
    let forms = events.iter().map(|event| serde_json::to_string(event).unwrap());
    let forms: Vec<_> = std::iter::once(version.to_string()).chain(forms).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored_form.jsonl");
    if std::env::var_os("SANZAO_BLESS").is_some() {
        std::fs::write(&path, forms.join("\n") + "\n").unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(forms.join("\n"), expected.trim_end());
}
