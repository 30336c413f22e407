//! Items and work records to test with.

use sanzao_model::{
    Act, AlertState, Appeal, Closure, Completion, Day, Decision, Deed, Division, Evidence, FactId, Feed,
    FeedAge, Finding, Handling, HouseholdId, Instant, Item, ItemId, ItemState, PersonId, Procedure, Proof,
    RuleId, Sensitivity, Shown, SubjectId, TaskState, WorkEvent, WorkRecord,
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
    let (sensitivity, people) = (Sensitivity::Health, vec![PersonId([9; 16])]);
    let (due_working_days, ages) = (5, Vec::new());
    Box::new(Shown { finding, version, title, sensitivity, people, due, due_working_days, division, ages })
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
        sensitivity: Sensitivity::ALL[(chance >> 24) as usize % 5],
        people: vec![PersonId(subject), PersonId([(number % 7) as u8; 16])],
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
        handling: Handling::default(),
    }
}

/// Who works here.
pub const ACCOUNTS: [&str; 3] = ["li", "wang", "chen"];

/// Another state for the item of a number, or none: so that all states occur.
pub fn moved(number: u64) -> Option<ItemState> {
    let chance = spread(number ^ 0x5a5a);
    let by = || ACCOUNTS[(chance >> 8) as usize % 3].to_owned();
    let (at, on, reason) = (Instant(1_750_000_000_000_000_000), Day(20_010), || "已上门".to_owned());
    let (outcome, reopen_on) = (sanzao_model::Outcome::Helped, None);
    let decision = || Decision { by: by(), at, outcome, reason: reason(), reopen_on };
    let closure = || Box::new(Closure { decision: decision(), notice: None, approval: None, appeals: 0 });
    let completion = || Completion { by: by(), at, on, seen: reason() };
    if item(number).procedure.makes_tasks() {
        return Some(ItemState::Task(match chance % 8 {
            0 => return None,
            1 => TaskState::Planned,
            2 => TaskState::Overdue { on },
            3 => TaskState::Reported(completion()),
            4 => TaskState::Done { on, proof: Proof::Data(None) },
            5 => TaskState::Done { on, proof: Proof::Word(completion()) },
            6 => TaskState::Missed { on },
            _ => TaskState::Cancelled { by: by(), at, reason: reason() },
        }));
    }
    Some(ItemState::Alert(match chance % 8 {
        0 => return None,
        1 | 2 => AlertState::Claimed { by: by(), at },
        3 => AlertState::Snoozed { by: by(), at, until: on, reason: reason() },
        4 => AlertState::Decided { decision: Box::new(decision()), notice: None },
        5 => AlertState::Closed(closure()),
        6 => {
            let appeal = Appeal { by: by(), at, on, text: reason(), due: on };
            AlertState::Appealed { closure: closure(), appeal: Box::new(appeal) }
        }
        _ => AlertState::Withdrawn { on, cause: "数据更正".into() },
    }))
}

/// What opens the item of a number, and all that happens to it.
pub fn events(number: u64) -> Vec<WorkEvent> {
    let (chance, id) = (spread(number ^ 0x3c3c), id(number));
    let act = |what| {
        Box::new(Act {
            by: "chen".into(),
            at: Instant(1_740_000_000_000_000_000),
            what,
            reason: String::new(),
        })
    };
    let mut events = vec![WorkEvent::Opened(Box::new(item(number)))];
    if chance.is_multiple_of(5) {
        let to = Some(ACCOUNTS[(chance >> 8) as usize % 3].to_owned());
        events.push(WorkEvent::Assigned { id, act: act(Deed::Assigned), to });
    }
    if (chance >> 16).is_multiple_of(6) {
        events.push(WorkEvent::Escalated { id, on: Day(20_005) });
    }
    if let Some(to) = moved(number) {
        let is_closed = matches!(to, ItemState::Alert(AlertState::Closed(_)));
        events.push(match &to {
            ItemState::Alert(AlertState::Withdrawn { .. }) | ItemState::Task(_) => {
                WorkEvent::Moved { id, to }
            }
            ItemState::Alert(_) => WorkEvent::Acted { id, act: act(Deed::Claimed), to },
        });
        if is_closed && (chance >> 24).is_multiple_of(3) {
            events.push(WorkEvent::Drawn { id });
        }
    }
    if (chance >> 32).is_multiple_of(9) {
        let card = Some(self::id(number % 4));
        events.push(WorkEvent::Grouped { id, act: act(Deed::Grouped), card });
    }
    events
}

/// The item of a number after all that happens to it.
pub fn item_now(number: u64) -> Item {
    let mut item = item(number);
    events(number).iter().for_each(|event| item.take(event));
    item
}

/// A record of `work` that reflects the record of `inbox` before `upto`.
pub fn record(upto: u64, events: Vec<WorkEvent>) -> WorkRecord {
    WorkRecord { upto, facts_upto: None, day: None, answers: None, events }
}
