//! Items as clients see them.

use sanzao_model::{
    AlertState, Day, Division, Evidence, FactId, Feed, FeedAge, Finding, Instant, Item, ItemId, ItemState,
    Outcome, Procedure, RuleId, SubjectId, TaskState, WorkEvent,
};
use sanzao_readmodel::{Change, Detail, Row};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::vocabulary;

/// An alert or a task, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemSummary {
    #[schema(schema_with = vocabulary::id)]
    id: ItemId,
    /// The rule that found it.
    #[schema(value_type = String, example = "high-yearly-self-pay")]
    rule: RuleId,
    /// The rule's version.
    version: u32,
    #[schema(schema_with = vocabulary::procedure)]
    procedure: Procedure,
    /// The rule's title in Chinese.
    title: String,
    subject: Subject,
    /// Where the subject is registered: 12 digits, if police said.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{12}$")]
    division: Option<Division>,
    /// The period, benefit, death, … that it is about.
    occasion: String,
    /// The explanation in Chinese.
    why: String,
    /// The day by which something has to happen first.
    #[schema(value_type = String, format = Date)]
    due: Day,
    #[schema(value_type = String, format = Date)]
    opened_on: Day,
    #[serde(flatten)]
    standing: Standing,
}

/// About whom.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Subject {
    kind: SubjectKind,
    /// The pseudonym.
    #[schema(schema_with = vocabulary::id)]
    id: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SubjectKind {
    Person,
    Household,
}

/// Where an item stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Standing {
    #[schema(schema_with = vocabulary::state)]
    state: &'static str,
    state_details: StateDetails,
}

/// What belongs to the state; the rest is left out.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct StateDetails {
    /// Claimed, resolved: the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Claimed, resolved: when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    at: Option<String>,
    /// Resolved: what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = vocabulary::outcome, required = false)]
    outcome: Option<Outcome>,
    /// Resolved: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Withdrawn, done, overdue: the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<Day>,
    /// Withdrawn: what contradicts it, in Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

/// An alert or a task, with all that it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemDetail {
    #[serde(flatten)]
    summary: ItemSummary,
    #[serde(flatten)]
    grounds: Grounds,
    /// How old each feed was, and is, for which the finding stands.
    feed_ages: Vec<FeedAgeNow>,
    /// All that happened to it, oldest first. Refused commands are not here: they changed nothing.
    history: Vec<HistoryEntry>,
}

/// What a finding rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Grounds {
    /// The values that the rule compared. Amounts are in fen where the name ends in `_fen`.
    #[schema(value_type = Object)]
    values: Box<RawValue>,
    /// The facts that it rests on.
    evidence: Vec<SourceFact>,
}

/// A fact that a finding rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceFact {
    #[schema(schema_with = vocabulary::id)]
    fact: FactId,
    #[schema(schema_with = vocabulary::feed)]
    feed: Feed,
    /// The department, in Chinese.
    #[schema(value_type = String, example = "医保")]
    department: &'static str,
    /// The event type, without feed and version.
    #[schema(example = "settlement.settled")]
    kind: String,
    /// From when it counts.
    #[schema(value_type = String, format = Date)]
    on: Day,
}

/// How old a feed is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedAgeNow {
    #[schema(schema_with = vocabulary::feed)]
    feed: Feed,
    /// The department, in Chinese.
    #[schema(value_type = String, example = "公安")]
    department: &'static str,
    /// The time of its newest event when the finding was made.
    #[schema(format = DateTime)]
    newest: String,
    /// Days in China from then until now; 0 for times to come.
    age_days: u32,
}

/// Something that happened to an item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryEntry {
    /// Offset in the log of work.
    offset: u64,
    event: HistoryEvent,
    /// Opened, moved: where it stood from then on.
    #[serde(flatten)]
    standing: Option<Standing>,
    /// Opened, updated: what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<FindingThen>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HistoryEvent {
    Opened,
    Updated,
    Moved,
}

/// What was found at some time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingThen {
    /// The rule's version.
    version: u32,
    /// Where the subject was registered.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{12}$")]
    division: Option<Division>,
    /// The explanation in Chinese.
    why: String,
    #[serde(flatten)]
    grounds: Grounds,
}

impl From<Row> for ItemSummary {
    fn from(row: Row) -> ItemSummary {
        ItemSummary {
            id: row.id,
            rule: row.rule,
            version: row.version,
            procedure: row.procedure,
            title: row.title,
            subject: row.subject.into(),
            division: row.division,
            occasion: row.occasion,
            why: row.why,
            due: row.due,
            opened_on: row.opened_on,
            standing: row.state.into(),
        }
    }
}

impl From<SubjectId> for Subject {
    fn from(subject: SubjectId) -> Subject {
        match subject {
            SubjectId::Person(id) => Subject { kind: SubjectKind::Person, id: id.to_string() },
            SubjectId::Household(id) => Subject { kind: SubjectKind::Household, id: id.to_string() },
        }
    }
}

impl From<ItemState> for Standing {
    fn from(standing: ItemState) -> Standing {
        let state = standing.as_str();
        let none = StateDetails::default();
        let state_details = match standing {
            ItemState::Alert(AlertState::Open) | ItemState::Task(TaskState::Due) => none,
            ItemState::Alert(AlertState::Claimed { by, at }) => {
                StateDetails { by: Some(by), at: Some(at.to_string()), ..none }
            }
            ItemState::Alert(AlertState::Resolved { by, at, outcome, reason }) => StateDetails {
                by: Some(by),
                at: Some(at.to_string()),
                outcome: Some(outcome),
                reason: Some(reason),
                ..none
            },
            ItemState::Alert(AlertState::Withdrawn { on, cause }) => {
                StateDetails { on: Some(on), cause: Some(cause), ..none }
            }
            ItemState::Task(TaskState::Done { on } | TaskState::Overdue { on }) => {
                StateDetails { on: Some(on), ..none }
            }
        };
        Standing { state, state_details }
    }
}

impl ItemDetail {
    /// The item as somebody sees it who asks now.
    ///
    /// # Errors
    /// When a rule's values are no JSON, which is a bug.
    pub(crate) fn new(detail: Detail, now: Instant) -> Result<ItemDetail, Problem> {
        let Item { id, rule, version, procedure, title, subject, division, .. } = detail.item;
        let Item { finding, due, opened_on, ages, state, .. } = detail.item;
        let (occasion, why) = (finding.occasion.clone(), finding.why.clone());
        let summary = ItemSummary {
            id,
            rule,
            version,
            procedure,
            title,
            subject: subject.into(),
            division,
            occasion,
            why,
            due,
            opened_on,
            standing: state.into(),
        };
        let history = detail.history.into_iter().filter_map(history_entry).collect::<Result<_, _>>()?;
        let feed_ages = ages.iter().map(|age| FeedAgeNow::new(age, now)).collect();
        Ok(ItemDetail { summary, grounds: Grounds::new(finding)?, feed_ages, history })
    }
}

impl Grounds {
    fn new(finding: Finding) -> Result<Grounds, Problem> {
        let values = RawValue::from_string(finding.values).map_err(Problem::internal)?;
        let evidence = finding.evidence.into_iter().map(SourceFact::from).collect();
        Ok(Grounds { values, evidence })
    }
}

impl From<Evidence> for SourceFact {
    fn from(evidence: Evidence) -> SourceFact {
        let Evidence { fact, feed, kind, on } = evidence;
        SourceFact { fact, feed, department: feed.department(), kind, on }
    }
}

impl FeedAgeNow {
    fn new(age: &FeedAge, now: Instant) -> FeedAgeNow {
        let days = i64::from(now.day_in_china().0) - i64::from(age.newest.day_in_china().0);
        FeedAgeNow {
            feed: age.feed,
            department: age.feed.department(),
            newest: age.newest.to_string(),
            age_days: u32::try_from(days).unwrap_or(0),
        }
    }
}

/// None for what is not shown.
fn history_entry(change: Change) -> Option<Result<HistoryEntry, Problem>> {
    let offset = change.work;
    let finding_then = |finding: Finding, version, division| {
        let why = finding.why.clone();
        Ok(Some(FindingThen { version, division, why, grounds: Grounds::new(finding)? }))
    };
    let (event, standing, finding) = match change.event {
        WorkEvent::Opened(item) => {
            let Item { finding, version, division, state, .. } = *item;
            (HistoryEvent::Opened, Some(state.into()), finding_then(finding, version, division))
        }
        WorkEvent::Updated { finding, version, division, .. } => {
            (HistoryEvent::Updated, None, finding_then(*finding, version, division))
        }
        WorkEvent::Moved { to, .. } => (HistoryEvent::Moved, Some(to.into()), Ok(None)),
        WorkEvent::Unknown { .. } | WorkEvent::Refused { .. } => return None,
    };
    Some(finding.map(|finding| HistoryEntry { offset, event, standing, finding }))
}
