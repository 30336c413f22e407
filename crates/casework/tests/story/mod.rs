//! A bureau's casework in a test: what comes in, and in words what follows. After every step the state
//! restored from `work` must be the live one.
#![allow(dead_code, reason = "every test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test")]

use sanzao_casework::{Calendar, Casework, item_id};
use sanzao_model::{
    Command, CommandKey, Day, Feed, FeedAge, Finding, FindingBatch, InboxRecord, Instant, Item, ItemId,
    ItemState, Level, LevelState, Order, Outcome, PersonId, Procedure, RuleId, SubjectId, WorkEvent,
    WorkRecord,
};

pub struct Rule {
    pub id: &'static str,
    pub procedure: Procedure,
    pub due_working_days: u32,
    pub periodic: bool,
}

/// Makes alerts.
pub const ORPHAN: Rule =
    Rule { id: "orphan", procedure: Procedure::Help, due_working_days: 3, periodic: false };
/// Makes tasks of periods.
pub const MONTHLY_VISIT: Rule =
    Rule { id: "child-monthly-visit", procedure: Procedure::Recheck, due_working_days: 0, periodic: true };
/// Makes tasks with a day of their own.
pub const HOME_CARE: Rule =
    Rule { id: "home-care-recheck", procedure: Procedure::Recheck, due_working_days: 0, periodic: false };
/// Makes tasks that count working days.
pub const LONG_SILENCE: Rule =
    Rule { id: "long-silence", procedure: Procedure::Recheck, due_working_days: 20, periodic: false };

pub const SOMEBODY: SubjectId = SubjectId::Person(PersonId([1; 16]));

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn finding(occasion: &str) -> Finding {
    Finding {
        occasion: occasion.into(),
        values: "{}".into(),
        evidence: Vec::new(),
        due: None,
        why: format!("因{occasion}"),
        legal_basis: "《某办法》".into(),
        clears: "办理后消除".into(),
    }
}

pub fn finding_due(occasion: &str, due: &str) -> Finding {
    Finding { due: Some(day(due)), ..finding(occasion) }
}

pub fn level(rule: &Rule, state: LevelState) -> Level {
    Level {
        rule: RuleId(rule.id.into()),
        version: 1,
        procedure: rule.procedure,
        due_working_days: rule.due_working_days,
        periodic: rule.periodic,
        title: format!("标题 {}", rule.id),
        subject: SOMEBODY,
        formerly: Vec::new(),
        division: Some("320614102001".parse().unwrap()),
        state,
    }
}

pub fn found(rule: &Rule, findings: &[Finding]) -> Level {
    level(rule, LevelState::Known(findings.to_vec()))
}

pub fn none(rule: &Rule) -> Level {
    found(rule, &[])
}

pub fn unknown(rule: &Rule, reason: &str) -> Level {
    level(rule, LevelState::Unknown { reason: reason.into() })
}

pub fn id_of(rule: &Rule, occasion: &str) -> ItemId {
    item_id(&RuleId(rule.id.into()), &SOMEBODY, occasion)
}

pub fn resolve(reason: &str) -> Order {
    Order::Resolve { outcome: Outcome::Helped, reason: reason.into() }
}

/// A command whose fingerprint is true to its content, as the API makes it.
pub fn command(key: u8, actor: &str, item: ItemId, order: Order) -> Command {
    let mut fingerprint = [0_u8; 16];
    for (at, byte) in format!("{actor} {item} {order:?}").bytes().enumerate() {
        fingerprint[at % 16] = byte.wrapping_add(fingerprint[at % 16].rotate_left(3));
    }
    Command {
        key: CommandKey([key; 16]),
        fingerprint,
        actor: actor.into(),
        at: Instant(1_000 + i64::from(key)),
        item,
        order,
    }
}

#[derive(Clone)]
pub struct Story {
    pub casework: Casework,
    pub work: Vec<WorkRecord>,
    offset: u64,
    calendar: Calendar,
}

impl Story {
    pub fn begin() -> Story {
        Story::begin_with(Calendar::default())
    }

    pub fn begin_with(calendar: Calendar) -> Story {
        Story { casework: Casework::new(calendar.clone()), work: Vec::new(), offset: 0, calendar }
    }

    /// One record of `inbox`.
    pub fn record(&mut self, record: &InboxRecord) -> WorkRecord {
        self.offset += 1;
        let work = self.casework.decide(self.offset, record);
        assert_eq!(self.casework.apply_record(&work), Ok(true));
        self.work.push(work.clone());
        work
    }

    pub fn restored(&self) -> Casework {
        Casework::restore(self.calendar.clone(), &self.work).unwrap()
    }

    fn told(&mut self, record: &InboxRecord) -> Vec<String> {
        let work = self.record(record);
        assert_eq!(self.restored(), self.casework, "restored and live state");
        work.events.iter().map(words).collect()
    }

    /// Levels that come on a day, as the whole of what changed.
    pub fn on(&mut self, today: &str, levels: &[Level]) -> Vec<String> {
        let batch = batch(self.offset, day(today), levels);
        self.told(&InboxRecord::Findings(batch))
    }

    /// The first of several batches.
    pub fn on_with_more(&mut self, today: &str, levels: &[Level]) -> Vec<String> {
        let batch = FindingBatch { more: true, ..batch(self.offset, day(today), levels) };
        self.told(&InboxRecord::Findings(batch))
    }

    pub fn asks(&mut self, command: Command) -> Vec<String> {
        self.told(&InboxRecord::Command(command))
    }

    pub fn item(&self, rule: &Rule, occasion: &str) -> &Item {
        self.casework.item(&id_of(rule, occasion)).expect("the item was opened")
    }

    pub fn state(&self, rule: &Rule, occasion: &str) -> ItemState {
        self.item(rule, occasion).state.clone()
    }
}

/// Newest events and ages are as great as the number of the record: they always differ.
pub fn batch(offset: u64, today: Day, levels: &[Level]) -> FindingBatch {
    FindingBatch {
        upto: 10 * offset,
        day: today,
        new_day: false,
        ages: vec![FeedAge { feed: Feed::Police, newest: Instant(offset as i64), age_days: offset as u32 }],
        levels: levels.to_vec(),
        suspensions: Vec::new(),
        more: false,
    }
}

fn words(event: &WorkEvent) -> String {
    match event {
        WorkEvent::Opened(item) => {
            format!("opened {} {}, due {}", item.finding.occasion, item.state.as_str(), item.due)
        }
        WorkEvent::Updated { finding, .. } => format!("updated {}", finding.occasion),
        WorkEvent::Moved { to, .. } => format!("moved to {}", to.as_str()),
        WorkEvent::Unknown { reason, .. } => format!("unknown {reason:?}"),
        WorkEvent::Refused { code, .. } => format!("refused {code:?}"),
    }
}
