//! A bureau's casework in a test: what comes in, and in words what follows. After every step the state
//! restored from `work` must be the live one.
#![allow(dead_code, reason = "every test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test")]

use sanzao_casework::{Calendar, Casework, item_id};
use sanzao_model::{
    AlertState, Closure, Command, CommandKey, Day, Decision, Deed, Evidence, EvidenceRole, FactId, Feed,
    FeedAge, Finding, FindingBatch, HouseholdId, InboxRecord, Instant, Item, ItemId, ItemState, Level,
    LevelState, Order, Outcome, PersonId, Procedure, RuleId, Sensitivity, SubjectId, Suspension, WorkEvent,
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
/// Makes alerts about households.
pub const SPENDING: Rule =
    Rule { id: "rigid-medical-spending", procedure: Procedure::Help, due_working_days: 10, periodic: false };
/// Makes tasks about households.
pub const EXPIRY: Rule =
    Rule { id: "rigid-spending-expiry", procedure: Procedure::Recheck, due_working_days: 0, periodic: false };
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

pub fn person(number: u8) -> SubjectId {
    SubjectId::Person(PersonId([number; 16]))
}

pub fn household(number: u8) -> SubjectId {
    SubjectId::Household(HouseholdId([number; 16]))
}

pub fn fact(letter: char) -> FactId {
    FactId([letter as u8; 16])
}

/// A finding whose evidence is written as letters: capital ones are triggers, small ones links, others context.
pub fn finding_on(occasion: &str, letters: &str) -> Finding {
    let evidence = letters.chars().map(|letter| {
        let role = match letter {
            'A'..='Z' => EvidenceRole::Trigger,
            'a'..='z' => EvidenceRole::Link,
            _ => EvidenceRole::Context,
        };
        let (feed, kind) = (Feed::MedicalInsurance, "settlement.settled".into());
        Evidence { fact: fact(letter.to_ascii_uppercase()), feed, kind, on: Day(20_000), role }
    });
    Finding { evidence: evidence.collect(), ..finding(occasion) }
}

/// Levels of another subject.
pub fn of(subject: SubjectId, level: Level) -> Level {
    Level { subject, ..level }
}

/// Another number of a person, whose identity was corrected.
pub fn formerly(former: u8, level: Level) -> Level {
    Level { formerly: vec![PersonId([former; 16])], ..level }
}

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
        sensitivity: Sensitivity::General,
        subject: SOMEBODY,
        people: Vec::new(),
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
    Order::Decide { outcome: Outcome::Helped, reason: reason.into(), reopen_on: None }
}

/// An alert that somebody closed, who helped.
pub fn closed(by: &str, at: Instant, reason: &str) -> ItemState {
    let (by, reason, outcome) = (by.into(), reason.into(), Outcome::Helped);
    let decision = Decision { by, at, outcome, reason, reopen_on: None };
    let closure = Closure { decision, notice: None, approval: None, appeals: 0 };
    ItemState::Alert(AlertState::Closed(Box::new(closure)))
}

pub fn resolve_until(reopen_on: &str) -> Order {
    let (outcome, reason) = (Outcome::NoAction, "再看".into());
    Order::Decide { outcome, reason, reopen_on: Some(day(reopen_on)) }
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
    commands: u8,
    suspensions: Vec<Suspension>,
}

impl Story {
    pub fn begin() -> Story {
        Story::begin_with(Calendar::default())
    }

    pub fn begin_with(calendar: Calendar) -> Story {
        let casework = Casework::new(calendar.clone());
        Story { casework, work: Vec::new(), offset: 0, calendar, commands: 100, suspensions: Vec::new() }
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
        let batch =
            FindingBatch { suspensions: self.suspensions.clone(), ..batch(self.offset, day(today), levels) };
        let told = self.told(&InboxRecord::Findings(batch));
        // What has waited too long is looked at in tests of its own.
        told.into_iter().filter(|words| words != "escalated").collect()
    }

    /// All that follows from levels that come on a day.
    pub fn all_on(&mut self, today: &str, levels: &[Level]) -> Vec<String> {
        self.told(&InboxRecord::Findings(batch(self.offset, day(today), levels)))
    }

    /// The first of several batches.
    pub fn on_with_more(&mut self, today: &str, levels: &[Level]) -> Vec<String> {
        let suspensions = self.suspensions.clone();
        let batch = FindingBatch { more: true, suspensions, ..batch(self.offset, day(today), levels) };
        self.told(&InboxRecord::Findings(batch))
    }

    /// What is suspended from now on.
    pub fn suspended(&mut self, suspensions: &[Suspension]) {
        self.suspensions = suspensions.to_vec();
    }

    /// The owner stops, and another one goes on from `work`.
    pub fn restarts(&mut self) {
        self.casework = self.restored();
    }

    /// Li claims and resolves an alert.
    pub fn handles(&mut self, item: ItemId, order: Order) {
        for (order, then) in [(Order::Claim, "moved to claimed"), (order, "moved to closed")] {
            self.commands += 1;
            assert_eq!(self.asks(command(self.commands, "li", item, order)), [then]);
        }
    }

    /// The one live item of a rule about a subject.
    pub fn live(&self, rule: &Rule, subject: SubjectId) -> &Item {
        let of = |item: &&Item| item.rule.0 == rule.id && item.subject == subject && is_live(item);
        let items: Vec<&Item> = self.casework.items().filter(of).collect();
        assert_eq!(items.len(), 1, "{items:?}");
        items[0]
    }

    pub fn asks(&mut self, command: Command) -> Vec<String> {
        let told = self.told(&InboxRecord::Command(command));
        // Which alerts are drawn hangs on their ids.
        told.into_iter().filter(|words| words != "drawn").collect()
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

pub fn is_live(item: &Item) -> bool {
    let state = item.state.as_str();
    ["open", "claimed", "snoozed", "decided", "planned", "due", "overdue", "reported"].contains(&state)
}

fn about(subject: &SubjectId) -> String {
    match subject {
        SubjectId::Person(person) => format!("person {}", person.0[0]),
        SubjectId::Household(household) => format!("household {}", household.0[0]),
    }
}

fn words(event: &WorkEvent) -> String {
    match event {
        WorkEvent::Opened(item) if item.episode > 1 => {
            let (occasion, episode) = (&item.finding.occasion, item.episode);
            format!("opened {occasion} {}, due {}, episode {episode}", item.state.as_str(), item.due)
        }
        WorkEvent::Opened(item) => {
            format!("opened {} {}, due {}", item.finding.occasion, item.state.as_str(), item.due)
        }
        WorkEvent::Updated { shown, .. } => format!("updated {}", shown.finding.occasion),
        WorkEvent::Followed { subject, shown, .. } => {
            format!("{} followed to {}", shown.finding.occasion, about(subject))
        }
        WorkEvent::StillFound { subject, occasion, sighting: Some(_), .. } => {
            format!("{occasion} still found of {}", about(subject))
        }
        WorkEvent::StillFound { subject, occasion, sighting: None, .. } => {
            format!("{occasion} no longer found of {}", about(subject))
        }
        WorkEvent::Moved { to, .. } => format!("moved to {}", to.as_str()),
        WorkEvent::Woken { to, cause, .. } => format!("woken to {}, {cause:?}", to.as_str()),
        WorkEvent::Acted { act, to, .. } if act.what == Deed::Undone => format!("back to {}", to.as_str()),
        WorkEvent::Acted { to, .. } => format!("moved to {}", to.as_str()),
        WorkEvent::Assigned { to, .. } => format!("assigned to {}", to.as_deref().unwrap_or("nobody")),
        WorkEvent::Escalated { .. } => "escalated".into(),
        WorkEvent::Commented { comment, .. } => format!("commented {}", comment.text),
        WorkEvent::Attached { attachment, .. } => format!("attached {}", attachment.media_type),
        WorkEvent::Grouped { card, .. } => format!("grouped {}", card.is_some()),
        WorkEvent::Drawn { .. } => "drawn".into(),
        WorkEvent::Reviewed { opinion, .. } => format!("reviewed, agrees: {}", opinion.agrees),
        WorkEvent::Unknown { reason, .. } => format!("unknown {reason:?}"),
        WorkEvent::Suspended(of) => format!("suspended {} {} {:?}", of.rule, of.feed, of.area.as_str()),
        WorkEvent::Resumed { rule, feed, area } => format!("resumed {rule} {feed} {:?}", area.as_str()),
        WorkEvent::Postponed(level) => format!("postponed {}", about(&level.subject)),
        WorkEvent::TakenUp => "taken up".into(),
        WorkEvent::Refused { code, .. } => format!("refused {code:?}"),
    }
}
