//! Items and work records to test with.

use sanzao_model::{
    AlertState, Day, Division, Evidence, FactId, Feed, FeedAge, Finding, HouseholdId, Instant, Item, ItemId,
    ItemState, PersonId, Procedure, RuleId, Shown, SubjectId, TaskState, WorkEvent, WorkRecord,
};

pub const RULES: [(&str, Procedure); 5] = [
    ("orphan", Procedure::Help),
    ("high-yearly-self-pay", Procedure::Help),
    ("missed-old-age-allowance", Procedure::Entitlement),
    ("deceased-recipient", Procedure::Review),
    ("home-care-recheck", Procedure::Recheck),
];

/// Towns, two of them by former codes, and their villages; the last is of another county.
pub const DIVISIONS: [&str; 7] = [
    "320614102001",
    "320614102002",
    "320614103001",
    "320684117001",
    "320684117002",
    "329026004001",
    "320681100001",
];

/// Spreads a number over 64 bits (splitmix64), for samples that look random and are not.
pub fn spread(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub fn id(number: u64) -> ItemId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&spread(number).to_be_bytes());
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    ItemId(bytes)
}

pub fn finding(due: Option<Day>, why: &str) -> Finding {
    Finding {
        occasion: "2025".into(),
        values: r#"{"self_paid_fen":2000000}"#.into(),
        evidence: vec![Evidence {
            fact: FactId([7; 16]),
            feed: Feed::MedicalInsurance,
            kind: "settlement.settled".into(),
            on: Day(20_200),
            role: sanzao_model::EvidenceRole::Trigger,
        }],
        due,
        why: why.into(),
        legal_basis: "《某办法》".into(),
        clears: "办理后消除".into(),
    }
}

/// What an item shows from then on.
pub fn shown(why: &str, version: u32, due: Day, division: Option<Division>) -> Box<Shown> {
    let (finding, title) = (finding(None, why), "新标题".into());
    Box::new(Shown { finding, version, title, due, due_working_days: 5, division, ages: Vec::new() })
}

/// The item of a number: its rule, place and due day follow from the number.
pub fn item(number: u64) -> Item {
    let chance = spread(number ^ 0xa5a5);
    let (rule, procedure) = RULES[(chance % 5) as usize];
    let place = (chance >> 8) % 8;
    let due = Day(20_000 + ((chance >> 16) % 40) as i32);
    let mut subject = [0; 16];
    subject[..8].copy_from_slice(&number.to_be_bytes());
    Item {
        id: id(number),
        episode: 1,
        previous: None,
        reopening: None,
        rule: RuleId(rule.into()),
        version: 1,
        procedure,
        periodic: false,
        title: "测试".into(),
        subject: if number.is_multiple_of(2) {
            SubjectId::Person(PersonId(subject))
        } else {
            SubjectId::Household(HouseholdId(subject))
        },
        division: DIVISIONS.get(place as usize).map(|text| text.parse::<Division>().unwrap()),
        finding: finding(procedure.makes_tasks().then_some(due), "自付医疗费用较高"),
        due,
        due_working_days: 10,
        opened_on: Day(19_990),
        ages: vec![FeedAge { feed: Feed::Police, newest: Instant(1_700_000_000_000_000_000), age_days: 315 }],
        state: if procedure.makes_tasks() {
            ItemState::Task(TaskState::Due)
        } else {
            ItemState::Alert(AlertState::Open)
        },
    }
}

/// Another state for the item of a number, or none: so that all states occur.
pub fn moved(number: u64) -> Option<ItemState> {
    let (by, at, on) = ("operator".to_owned(), Instant(1_750_000_000_000_000_000), Day(20_010));
    let choice = spread(number ^ 0x5a5a) % 4;
    let state = match (item(number).procedure.makes_tasks(), choice) {
        (_, 0) => return None,
        (false, 1) => ItemState::Alert(AlertState::Claimed { by, at }),
        (false, 2) => ItemState::Alert(AlertState::Resolved {
            by,
            at,
            outcome: sanzao_model::Outcome::Helped,
            reason: "已上门".into(),
            reopen_on: None,
        }),
        (false, _) => ItemState::Alert(AlertState::Withdrawn { on, cause: "数据更正".into() }),
        (true, 1) => ItemState::Task(TaskState::Done { on }),
        (true, _) => ItemState::Task(TaskState::Overdue { on }),
    };
    Some(state)
}

/// What opens the item of a number, and moves it where [`moved`] says so.
pub fn events(number: u64) -> Vec<WorkEvent> {
    let opened = WorkEvent::Opened(Box::new(item(number)));
    let moved = moved(number).map(|to| WorkEvent::Moved { id: id(number), to });
    std::iter::once(opened).chain(moved).collect()
}

/// A record of `work` that reflects the record of `inbox` before `upto`.
pub fn record(upto: u64, events: Vec<WorkEvent>) -> WorkRecord {
    WorkRecord { upto, facts_upto: None, day: None, answers: None, events }
}
