//! What acts tell, and what they do not once they are taken back.

use sanzao_exchange::Happening;
use sanzao_model::{
    Act, AlertState, Appeal, Closure, Day, Decision, Deed, Evidence, EvidenceRole, FactId, Feed, Finding,
    Handling, Instant, Item, ItemId, ItemState, Outcome, PersonId, Procedure, Reopening, RuleId, Sensitivity,
    SubjectId, WorkEvent, WorkRecord,
};

use super::news::{Items, is_tellable, undone};

const AT: Instant = Instant(1_790_000_000_000_000_000);

fn evidence(fact: u8, role: EvidenceRole) -> Evidence {
    let kind = "settlement.settled".into();
    Evidence { fact: FactId([fact; 16]), feed: Feed::MedicalInsurance, kind, on: Day(20_000), role }
}

fn opened(id: u8, previous: Option<u8>, reopening: Option<Reopening>) -> WorkEvent {
    let evidence = vec![evidence(id, EvidenceRole::Trigger), evidence(99, EvidenceRole::Link)];
    let finding = Finding {
        occasion: "2026".into(),
        values: "{}".into(),
        evidence,
        due: None,
        why: String::new(),
        legal_basis: String::new(),
        clears: String::new(),
    };
    WorkEvent::Opened(Box::new(Item {
        id: ItemId([id; 16]),
        episode: 1,
        previous: previous.map(|id| ItemId([id; 16])),
        reopening,
        rule: RuleId("costly-hospital-stay".into()),
        version: 1,
        procedure: Procedure::Help,
        periodic: false,
        title: String::new(),
        sensitivity: Sensitivity::General,
        subject: SubjectId::Person(PersonId([1; 16])),
        people: vec![PersonId([1; 16])],
        division: None,
        finding,
        due: Day(20_100),
        due_working_days: 5,
        opened_on: Day(20_050),
        ages: Vec::new(),
        state: ItemState::Alert(AlertState::Open),
        handling: Handling::default(),
    }))
}

fn closure() -> Box<Closure> {
    let (by, reason) = ("li".to_owned(), String::new());
    let decision = Decision { by, at: AT, outcome: Outcome::WrongData, reason, reopen_on: None };
    Box::new(Closure { decision, notice: None, approval: None, appeals: 0 })
}

fn closed() -> AlertState {
    AlertState::Closed(closure())
}

fn appealed() -> AlertState {
    let appeal = Appeal { by: "li".into(), at: AT, on: Day(20_060), text: String::new(), due: Day(20_070) };
    AlertState::Appealed { closure: closure(), appeal: Box::new(appeal) }
}

fn acted(id: u8, what: Deed, to: AlertState) -> WorkEvent {
    let act = Box::new(Act { by: "li".into(), at: AT, what, reason: String::new() });
    WorkEvent::Acted { id: ItemId([id; 16]), act, to: ItemState::Alert(to) }
}

fn claimed() -> AlertState {
    AlertState::Claimed { by: "li".into(), at: AT }
}

fn record(events: Vec<WorkEvent>) -> WorkRecord {
    WorkRecord { upto: 1, facts_upto: None, day: None, answers: None, events }
}

/// What a history tells, each event in a record of its own.
fn told(events: Vec<WorkEvent>) -> Vec<(u8, Happening)> {
    let records: Vec<_> = events.into_iter().map(|event| record(vec![event])).collect();
    let undone = undone(records.iter().enumerate().map(|(at, record)| (at as u64, record)));
    let mut items = Items::default();
    let mut all = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let news = items.take(&record.events[0], undone.contains(&(at as u64, 0)));
        // What people do waits until it cannot be taken back; a new item opens whatever anybody does.
        let is_opening = matches!(record.events[0], WorkEvent::Opened(_));
        assert!(news.is_none() || is_tellable(record) || is_opening, "{news:?} is not held back");
        if let Some(news) = news {
            assert!(news.evidence.iter().all(|evidence| evidence.role == EvidenceRole::Trigger));
            assert!(!news.evidence.is_empty(), "{news:?}");
            all.push((news.item.0[0], news.happening));
        }
    }
    all
}

const CLOSED: Happening = Happening::Closed { outcome: Outcome::WrongData };

#[test]
fn decisions_and_appeals_are_told_and_nothing_else() {
    let history = vec![
        opened(1, None, None),
        acted(1, Deed::Claimed, claimed()),
        acted(1, Deed::Decided, closed()),
        acted(1, Deed::Appealed, appealed()),
        acted(1, Deed::Dismissed, closed()),
    ];
    let decided = Happening::AppealDecided { outcome: Outcome::WrongData };
    assert_eq!(told(history), [(1, CLOSED), (1, Happening::Appealed), (1, decided)]);
}

#[test]
fn what_is_taken_back_was_never_told() {
    let history = vec![
        opened(1, None, None),
        acted(1, Deed::Claimed, claimed()),
        acted(1, Deed::Undone, AlertState::Open),
        acted(1, Deed::Claimed, claimed()),
        acted(1, Deed::Decided, closed()),
        // Of another alert: it takes nothing back of the first.
        opened(2, None, None),
        acted(2, Deed::Claimed, claimed()),
        acted(2, Deed::Undone, AlertState::Open),
        acted(1, Deed::Undone, claimed()),
    ];
    assert_eq!(told(history), []);
}

#[test]
fn an_appeal_that_is_taken_back_leaves_what_was_decided() {
    let history = vec![
        opened(1, None, None),
        acted(1, Deed::Decided, closed()),
        acted(1, Deed::Appealed, appealed()),
        acted(1, Deed::Undone, closed()),
    ];
    assert_eq!(told(history), [(1, CLOSED), (1, CLOSED)]);
}

#[test]
fn who_has_it_raised_again_doubts_the_decision() {
    let asked = Reopening::Asked { by: "chen".into(), reason: String::new() };
    let history = |reopening: Option<Reopening>| {
        vec![
            opened(1, None, None),
            acted(1, Deed::Decided, closed()),
            opened(2, Some(1), reopening),
            acted(2, Deed::Decided, closed()),
        ]
    };
    assert_eq!(told(history(Some(asked))), [(1, CLOSED), (1, Happening::Reopened), (2, CLOSED)]);
    let new = Reopening::NewEvidence { new: Vec::new() };
    assert_eq!(told(history(Some(new))), [(1, CLOSED), (2, CLOSED)]);
}
