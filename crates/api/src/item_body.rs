//! Items as clients see them.

use sanzao_model::{
    AlertState, Day, Division, Evidence, EvidenceRole, FactId, Feed, FeedAge, Finding, Item, ItemId,
    ItemState, Outcome, Procedure, RuleId, SubjectId, TaskState,
};
use sanzao_readmodel::{Detail, Row};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::episode::{Continuation, ReopeningBody};
use crate::history::HistoryEntry;
use crate::kind_name::kind_name;
use crate::problem::Problem;
use crate::suspension::SuspensionBody;
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
    /// Which time it is that the case is raised: from 2 it was handled before.
    #[schema(minimum = 1)]
    episode: u32,
    #[serde(flatten)]
    standing: Standing,
}

/// An alert or a task in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListedItem {
    #[serde(flatten)]
    summary: ItemSummary,
    /// Whether a department's data are late there, so that the rule says nothing new: the item tells which.
    suspended: bool,
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
    pub(crate) state: &'static str,
    pub(crate) state_details: StateDetails,
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
    /// Resolved: from this day on it is raised again if it is found, whatever the evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    reopen_on: Option<Day>,
    /// Withdrawn, done, overdue: the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<Day>,
    /// Withdrawn: why, and what clears such a situation, in Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

/// An alert or a task, with all that it rests on and all that happened to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemDetail {
    #[serde(flatten)]
    item: ItemBody,
    #[serde(flatten)]
    continuation: Continuation,
    /// Where a department's data are late, so that its rule says nothing new about its subject.
    suspensions: Vec<SuspensionBody>,
    /// All that happened to it, oldest first. Refused commands are not here: they changed nothing.
    history: Vec<HistoryEntry>,
}

/// An alert or a task, with all that it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemBody {
    #[serde(flatten)]
    summary: ItemSummary,
    /// The handled alert that this one raises again.
    #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{32}$")]
    previous: Option<ItemId>,
    /// Why it is raised again; null if it is raised the first time.
    reopening: Option<ReopeningBody>,
    /// What the rule rests on in law.
    legal_basis: String,
    /// What would clear it, in Chinese.
    clears: String,
    #[serde(flatten)]
    grounds: Grounds,
    /// How old each feed was when the finding was made.
    feed_ages: Vec<FeedAgeThen>,
}

/// What a finding rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Grounds {
    /// The values that the rule compared. Amounts are in fen where the name ends in `_fen`.
    #[schema(value_type = Object)]
    values: Box<RawValue>,
    /// The facts that it rests on, the oldest first; those of one day by feed.
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
    /// The event type, in Chinese; `kind` where it has no name.
    #[schema(example = "医疗费用结算")]
    kind_name: String,
    /// From when it counts.
    #[schema(value_type = String, format = Date)]
    on: Day,
    /// What it is to the finding: `trigger` makes the case, and a new one re-opens what was handled; `link` belongs to
    /// the case; `context` was looked at, too.
    #[schema(value_type = String, example = "trigger")]
    role: EvidenceRole,
}

/// How old a feed was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedAgeThen {
    #[schema(schema_with = vocabulary::feed)]
    feed: Feed,
    /// The department, in Chinese.
    #[schema(value_type = String, example = "公安")]
    department: &'static str,
    /// The time of its newest event when the finding was made.
    #[schema(format = DateTime)]
    newest: String,
    /// Days in China between its newest event and the day of the finding; 0 when that event is of a later day.
    age_days: u32,
}

impl From<Row> for ListedItem {
    fn from(row: Row) -> ListedItem {
        let summary = ItemSummary {
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
            episode: row.episode,
            standing: row.state.into(),
        };
        ListedItem { summary, suspended: row.suspended }
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
            ItemState::Alert(AlertState::Resolved { by, at, outcome, reason, reopen_on }) => StateDetails {
                by: Some(by),
                at: Some(at.to_string()),
                outcome: Some(outcome),
                reason: Some(reason),
                reopen_on,
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
    /// The item with its history.
    ///
    /// # Errors
    /// When a rule's values are no JSON, which is a bug.
    pub(crate) fn new(mut detail: Detail) -> Result<ItemDetail, Problem> {
        let continuation = Continuation::of(&mut detail);
        let suspensions = detail.suspensions.into_iter().map(SuspensionBody::from).collect();
        let history = detail.history.into_iter().filter_map(HistoryEntry::of).collect::<Result<_, _>>()?;
        Ok(ItemDetail { item: ItemBody::new(detail.item)?, continuation, suspensions, history })
    }
}

impl ItemBody {
    /// The item.
    ///
    /// # Errors
    /// When a rule's values are no JSON, which is a bug.
    pub(crate) fn new(item: Item) -> Result<ItemBody, Problem> {
        let reopening = ReopeningBody::of(&item);
        let Item { id, rule, version, procedure, title, subject, division, .. } = item;
        let Item { finding, due, opened_on, ages, state, episode, previous, .. } = item;
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
            episode,
            standing: state.into(),
        };
        let feed_ages = ages.into_iter().map(FeedAgeThen::from).collect();
        let (legal_basis, clears) = (finding.legal_basis.clone(), finding.clears.clone());
        let grounds = Grounds::new(finding)?;
        Ok(ItemBody { summary, previous, reopening, legal_basis, clears, grounds, feed_ages })
    }

    /// The item as others may read it: without what people wrote in their own words.
    ///
    /// # Errors
    /// When a rule's values are no JSON, which is a bug.
    pub(crate) fn for_others(item: Item) -> Result<ItemBody, Problem> {
        let mut body = ItemBody::new(item)?;
        body.summary.standing.state_details.reason = None;
        Ok(body)
    }

    /// When it was claimed or resolved, where it is one of the two.
    pub(crate) fn moved_at(&self) -> Option<String> {
        self.summary.standing.state_details.at.clone()
    }
}

impl Grounds {
    /// # Errors
    /// When the values are no JSON, which is a bug.
    pub(crate) fn new(finding: Finding) -> Result<Grounds, Problem> {
        let values = RawValue::from_string(finding.values).map_err(Problem::internal)?;
        let mut evidence = finding.evidence;
        // A finding has them by id, which is a hash.
        evidence.sort_by(|a, b| (a.on, a.feed, &a.kind, a.fact).cmp(&(b.on, b.feed, &b.kind, b.fact)));
        let evidence = evidence.into_iter().map(SourceFact::from).collect();
        Ok(Grounds { values, evidence })
    }
}

impl From<Evidence> for SourceFact {
    fn from(evidence: Evidence) -> SourceFact {
        let Evidence { fact, feed, kind, on, role } = evidence;
        let kind_name = kind_name(&kind).to_owned();
        SourceFact { fact, feed, department: feed.department(), kind, kind_name, on, role }
    }
}

impl From<FeedAge> for FeedAgeThen {
    fn from(age: FeedAge) -> FeedAgeThen {
        let FeedAge { feed, newest, age_days } = age;
        FeedAgeThen { feed, department: feed.department(), newest: newest.to_string(), age_days }
    }
}
