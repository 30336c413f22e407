//! Findings: what a rule says of a subject on a day.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Area, Day, Division, FactId, Feed, HouseholdId, Instant, PersonId};

/// A rule's id in kebab case, as in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleId(pub String);

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The procedure that a finding starts (domain §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Procedure {
    /// Somebody may need help.
    Help,
    /// A benefit seems missed.
    Entitlement,
    /// Eligibility may have changed.
    Review,
    /// A periodic task.
    Recheck,
    /// For the data office.
    Quality,
}

impl Procedure {
    /// All procedures.
    pub const ALL: [Procedure; 5] =
        [Procedure::Help, Procedure::Entitlement, Procedure::Review, Procedure::Recheck, Procedure::Quality];

    /// Its name in rules and queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Procedure::Help => "help",
            Procedure::Entitlement => "entitlement",
            Procedure::Review => "review",
            Procedure::Recheck => "recheck",
            Procedure::Quality => "quality",
        }
    }

    /// Whether it makes re-verification tasks; the others make alerts.
    pub fn makes_tasks(self) -> bool {
        self == Procedure::Recheck
    }
}

/// What makes a rule's findings sensitive: lists show a neutral title for all but the general ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sensitivity {
    /// Nothing beyond receiving assistance.
    General,
    /// Income and payments.
    Financial,
    /// Illness and disability.
    Health,
    /// Children.
    Minor,
    /// Custody and offences.
    Judicial,
}

impl Sensitivity {
    /// All of them.
    pub const ALL: [Sensitivity; 5] = [
        Sensitivity::General,
        Sensitivity::Financial,
        Sensitivity::Health,
        Sensitivity::Minor,
        Sensitivity::Judicial,
    ];

    /// Its name in rules and queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Sensitivity::General => "general",
            Sensitivity::Financial => "financial",
            Sensitivity::Health => "health",
            Sensitivity::Minor => "minor",
            Sensitivity::Judicial => "judicial",
        }
    }
}

/// Whom a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectId {
    /// A person.
    Person(PersonId),
    /// A household.
    Household(HouseholdId),
}

impl SubjectId {
    /// The person, where it is one.
    pub fn person(self) -> Option<PersonId> {
        match self {
            SubjectId::Person(person) => Some(person),
            SubjectId::Household(_) => None,
        }
    }
}

/// A fact that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// Which.
    pub fact: FactId,
    /// Who said it.
    pub feed: Feed,
    /// Its event type without feed and version, as `pension.started`.
    pub kind: String,
    /// From when it counts.
    pub on: Day,
    /// What it is to the finding.
    pub role: EvidenceRole,
}

/// What a fact is to the finding that rests on it. Of several in one finding the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceRole {
    /// The judgement also rests on it: a registration, a list of members.
    Context,
    /// It belongs to the case, and tells it again under another subject or occasion. A new one re-opens nothing.
    Link,
    /// It makes the case. A new one is new evidence, which re-opens a handled alert (domain §5.3).
    Trigger,
}

impl EvidenceRole {
    /// Its name in queries.
    pub fn as_str(self) -> &'static str {
        match self {
            EvidenceRole::Context => "context",
            EvidenceRole::Link => "link",
            EvidenceRole::Trigger => "trigger",
        }
    }
}

/// One thing that a rule found about a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The period, benefit, death, … that it is about; with rule and subject the alert's identity.
    pub occasion: String,
    /// The values compared: a JSON object with sorted keys. Amounts are in fen where the key ends in
    /// `_fen`, dates are `YYYY-MM-DD`.
    pub values: String,
    /// The facts it rests on, sorted by id.
    pub evidence: Vec<Evidence>,
    /// The day by which a re-check is to be done; none where the rule counts working days.
    pub due: Option<Day>,
    /// The explanation in Chinese.
    pub why: String,
    /// The rule's legal basis.
    pub legal_basis: String,
    /// What would clear it, in Chinese.
    pub clears: String,
}

/// The newest record of a feed when a finding was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedAge {
    /// The feed.
    pub feed: Feed,
    /// The latest `time` among its events.
    pub newest: Instant,
    /// Days in China between that and the day of the finding; 0 where no finding is made of it.
    pub age_days: u32,
}

impl FeedAge {
    /// The same, with its age as of the day of a finding: 0 when its newest event is of a later day.
    pub fn on(self, day: Day) -> FeedAge {
        let days = i64::from(day.0) - i64::from(self.newest.day_in_china().0);
        FeedAge { age_days: u32::try_from(days).unwrap_or(0), ..self }
    }
}

/// A rule that says nothing new about the people of an area, because a feed that it depends on is late there
/// (domain §5.5). Its levels are held back until the feed has caught up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Suspension {
    /// The rule.
    pub rule: RuleId,
    /// The feed that is late.
    pub feed: Feed,
    /// Where.
    pub area: Area,
    /// The day of the newest record of the feed about somebody there; none when there was none.
    pub newest: Option<Day>,
    /// Within how many days one was expected.
    pub rhythm_days: u32,
}

/// Findings of one rule about one subject: a level, not an edge (design, invariant 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The rule.
    pub rule: RuleId,
    /// Its version.
    pub version: u32,
    /// What it starts.
    pub procedure: Procedure,
    /// Working days to the first action, where the finding gives no date.
    pub due_working_days: u32,
    /// Whether the occasion is a calendar period (week, month, quarter, half-year), which nothing clears
    /// after its end.
    pub periodic: bool,
    /// Its Chinese title.
    pub title: String,
    /// What makes it sensitive.
    pub sensitivity: Sensitivity,
    /// About whom.
    pub subject: SubjectId,
    /// The person, or the living members of the household, sorted.
    pub people: Vec<PersonId>,
    /// The numbers that the subject, a person, had or has beside its own, by corrections of identity.
    pub formerly: Vec<PersonId>,
    /// Where the subject is registered, if police said.
    pub division: Option<Division>,
    /// What was found.
    pub state: LevelState,
}

/// Findings, none, or unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LevelState {
    /// All that is true, sorted by occasion; none when empty.
    Known(Vec<Finding>),
    /// The rule could not be evaluated; changes nothing and is shown.
    Unknown {
        /// Why, without personal data.
        reason: String,
    },
}
