//! Alerts and tasks as a large district would have them: 45 rules, 30 towns of ten villages, 200 people at work.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use sanzao_access::NoRandomness;
use sanzao_api::{
    Backend, BackendError, Health, OutcomeName, RawEvent, ReceiptCursor, ReceiptPage, RepairError,
};
use sanzao_audit::Entry;
use sanzao_casework::Calendar;
use sanzao_model::{
    Act, AlertState, Closure, Command, Day, Decision, Deed, Evidence, EvidenceRole, FactId, Feed, Finding,
    Handling, Instant, Item, ItemId, ItemState, Outcome, PersonId, Place, Procedure, RuleId, Sensitivity,
    SubjectId, TaskState, WorkEvent, WorkRecord,
};
use sanzao_vault::Masked;

use crate::accounts;
use crate::clock;

/// Every documented filter, and combinations of them.
pub(super) const FILTERS: [(&str, &str); 20] = [
    ("none", "alerts"),
    ("state", "alerts?state=open,claimed"),
    ("rule", "alerts?rule=rule-7"),
    ("procedure", "alerts?procedure=help"),
    ("division: county", "alerts?division=320614"),
    ("division: town", "alerts?division=320614117"),
    ("division: village", "alerts?division=320614117002"),
    ("division: none", "alerts?division=none"),
    ("due", "alerts?due_from=2025-03-01&due_to=2025-03-01"),
    ("worker", "alerts?worker=worker-7"),
    ("worker, state", "alerts?worker=worker-7&state=claimed"),
    ("queue: escalated", "alerts?queue=escalated"),
    ("queue: second review", "alerts?queue=second-review"),
    ("queue, town, rule", "alerts?queue=escalated&division=320614117&rule=rule-7"),
    ("person", "alerts?person=00000000000000070000000000000007"),
    ("card", "alerts?card=00000000000000070000000000000007"),
    ("town, rule", "alerts?division=320614117&rule=rule-7"),
    ("village, procedure, state", "alerts?division=320614117002&procedure=entitlement&state=open"),
    ("village, rule, due", "alerts?division=320614117002&rule=rule-7&due_from=2025-03-01&due_to=2025-04-01"),
    ("tasks", "tasks?state=planned,due,overdue"),
];

/// Spreads a number over 64 bits (splitmix64).
fn spread(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn id(number: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// A record of `work` with the items of some numbers.
pub(super) fn record(upto: u64, numbers: Range<u64>) -> WorkRecord {
    let events = numbers.flat_map(events).collect();
    WorkRecord { upto, facts_upto: None, day: None, answers: None, events }
}

fn events(number: u64) -> Vec<WorkEvent> {
    let chance = spread(number ^ 0x5a5a);
    let item = item(number);
    let (id, is_task) = (item.id, item.procedure.makes_tasks());
    let worker = format!("worker-{}", (chance >> 48) % 200);
    let at = Instant(1_735_700_000_000_000_000);
    let act = |what| Box::new(Act { by: worker.clone(), at, what, reason: String::new() });
    let mut events = vec![WorkEvent::Opened(Box::new(item))];
    match (is_task, chance % 8) {
        (false, 0 | 1) => {
            let to = ItemState::Alert(AlertState::Claimed { by: worker.clone(), at });
            events.push(WorkEvent::Acted { id, act: act(Deed::Claimed), to });
        }
        (false, 2..=4) => {
            let (by, reason, outcome) = (worker.clone(), "已核实".to_owned(), Outcome::Helped);
            let decision = Decision { by, at, outcome, reason, reopen_on: None };
            let closure = Closure { decision, notice: None, approval: None, appeals: 0 };
            let to = ItemState::Alert(AlertState::Closed(Box::new(closure)));
            events.push(WorkEvent::Acted { id, act: act(Deed::Decided), to });
            if (chance >> 20).is_multiple_of(20) {
                events.push(WorkEvent::Drawn { id });
            }
        }
        (true, 0..=3) => events.push(WorkEvent::Moved { id, to: ItemState::Task(TaskState::Due) }),
        _ => {
            if (chance >> 24).is_multiple_of(5) {
                events.push(WorkEvent::Assigned { id, act: act(Deed::Assigned), to: Some(worker.clone()) });
            }
            if (chance >> 28).is_multiple_of(20) {
                events.push(WorkEvent::Escalated { id, on: Day(20_200) });
            }
        }
    }
    events
}

fn item(number: u64) -> Item {
    let chance = spread(number ^ 0x77);
    let procedure = Procedure::ALL[(chance % 5) as usize];
    let (town, village) = (100 + (chance >> 8) % 30, (chance >> 16) % 10);
    let division = format!("320614{town}{village:03}").parse().ok();
    let person = PersonId(id(number / 3));
    let evidence = |number: u64| Evidence {
        fact: FactId(id(number)),
        feed: Feed::MedicalInsurance,
        kind: "settlement.settled".into(),
        on: Day(20_100),
        role: EvidenceRole::Trigger,
    };
    Item {
        id: ItemId(id(number)),
        episode: 1,
        previous: None,
        reopening: None,
        rule: RuleId(format!("rule-{}", (chance >> 24) % 45)),
        version: 1,
        procedure,
        periodic: false,
        title: "年度自付医疗费用较高".into(),
        sensitivity: Sensitivity::General,
        subject: SubjectId::Person(person),
        people: vec![person],
        division: division.filter(|_| !number.is_multiple_of(40)),
        finding: Finding {
            occasion: "2025".into(),
            values: r#"{"limit_fen":2000000,"self_paid_fen":2350000}"#.into(),
            evidence: vec![evidence(number), evidence(number + 1)],
            due: None,
            why: "2025年以来个人自付医疗费用累计23500元，达到20000元。".into(),
            legal_basis: "《社会救助暂行办法》".into(),
            clears: "核实后办结".into(),
        },
        due: Day(20_100 + ((chance >> 32) % 1_000) as i32),
        due_working_days: 10,
        opened_on: Day(20_090),
        ages: Vec::new(),
        state: if procedure.makes_tasks() {
            ItemState::Task(TaskState::Planned)
        } else {
            ItemState::Alert(AlertState::Open)
        },
        handling: Handling::default(),
    }
}

/// Behind the lists there is nothing.
pub(super) struct Silent;

impl Backend for Silent {
    fn calendar(&self) -> &Calendar {
        static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::built_in);
        &CALENDAR
    }

    fn submit_events(&self, _: Feed, _: Vec<RawEvent>) -> Result<Vec<u64>, BackendError> {
        Err(nothing())
    }

    fn submit_command(&self, _: Command) -> Result<u64, BackendError> {
        Err(nothing())
    }

    fn receipts(
        &self,
        _: Feed,
        _: ReceiptCursor,
        _: usize,
        _: Option<OutcomeName>,
    ) -> Result<Option<ReceiptPage>, BackendError> {
        Err(nothing())
    }

    fn repair(&self, _: Feed, _: Place, _: RawEvent, _: &str) -> Result<Place, RepairError> {
        Err(RepairError::NoSuchRejection)
    }

    /// As a vault has them in memory.
    fn masks(&self, people: &[PersonId]) -> HashMap<PersonId, Masked> {
        let mask = |person: &PersonId| {
            let last_four = format!("{:04}", person.0[15]);
            (*person, Masked { name: Some("张**".to_owned()), last_four })
        };
        people.iter().map(mask).collect()
    }

    fn record(&self, _: Entry) -> Result<(), BackendError> {
        Err(nothing())
    }

    fn now(&self) -> Instant {
        clock::now()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        accounts::fill(bytes)
    }

    fn health(&self) -> Health {
        Health::default()
    }

    fn metrics(&self) -> String {
        String::new()
    }
}

fn nothing() -> BackendError {
    BackendError::Bug("a bench of lists has nothing behind them".into())
}
