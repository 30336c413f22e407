//! Items as clients see them.

use sanzao_model::{
    Day, Division, Evidence, EvidenceRole, FactId, Feed, FeedAge, Finding, Item, ItemId, Procedure,
    Reopening, RuleId, Sensitivity, SubjectId,
};
use sanzao_readmodel::{Detail, Row};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::episode::{Continuation, ReopeningBody};
use crate::history::HistoryEntry;
use crate::kind_name::kind_name;
use crate::mask::{Masks, PersonBody, masked};
use crate::problem::Problem;
use crate::standing::{HandlingBody, Standing};
use crate::suspension::SuspensionBody;
use crate::vocabulary;

/// An alert or a task, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemSummary {
    #[schema(schema_with = vocabulary::id)]
    id: ItemId,
    /// The rule that found it; null in lists of what is sensitive.
    #[schema(value_type = Option<String>, example = "high-yearly-self-pay")]
    rule: Option<RuleId>,
    /// The rule's version.
    version: u32,
    #[schema(schema_with = vocabulary::procedure)]
    procedure: Procedure,
    /// The rule's title in Chinese. Lists show a neutral one of what is sensitive.
    title: String,
    #[schema(schema_with = vocabulary::sensitivity)]
    sensitivity: Sensitivity,
    subject: Subject,
    /// Whom it is about, masked: the person, or the living members of the household.
    people: Vec<PersonBody>,
    /// Where the subject is registered: 12 digits, if police said.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{12}$")]
    division: Option<Division>,
    /// The period, benefit, death, … that it is about; null in lists of what is sensitive.
    occasion: Option<String>,
    /// The explanation in Chinese; empty in lists of what is sensitive.
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
    #[serde(flatten)]
    handling: HandlingBody,
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

impl ListedItem {
    pub(crate) fn new(row: Row, masks: &Masks) -> ListedItem {
        let (title, why) = as_listed(&row);
        let is_general = row.sensitivity == Sensitivity::General;
        let mut summary = ItemSummary {
            id: row.id,
            rule: Some(row.rule).filter(|_| is_general),
            version: row.version,
            procedure: row.procedure,
            title,
            sensitivity: row.sensitivity,
            subject: row.subject.into(),
            people: masked(row.people, masks),
            division: row.division,
            occasion: Some(row.occasion).filter(|_| is_general),
            why,
            due: row.due,
            opened_on: row.opened_on,
            episode: row.episode,
            standing: row.state.into(),
            handling: row.handling.into(),
        };
        if !is_general {
            summary.standing.leave_out_words();
            summary.standing.leave_out_cause();
            summary.handling.leave_out_words();
        }
        ListedItem { summary, suspended: row.suspended }
    }
}

/// Title and explanation, as lists show them.
pub(crate) fn as_listed(row: &Row) -> (String, String) {
    match row.sensitivity {
        Sensitivity::General => (row.title.clone(), row.why.clone()),
        _ => (neutral_title(row.procedure).to_owned(), String::new()),
    }
}

/// What lists call something sensitive: whoever looks over a shoulder learns no more than that there is something to do.
fn neutral_title(procedure: Procedure) -> &'static str {
    match procedure {
        Procedure::Help => "需要了解的情况",
        Procedure::Entitlement => "可能遗漏的待遇",
        Procedure::Review => "需要复核的待遇",
        Procedure::Recheck => "定期核查任务",
        Procedure::Quality => "需要核对的数据",
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

impl ItemDetail {
    /// The item with its history.
    ///
    /// # Errors
    /// When a rule's values are no JSON, which is a bug.
    pub(crate) fn new(mut detail: Detail, masks: &Masks) -> Result<ItemDetail, Problem> {
        let continuation = Continuation::of(&mut detail);
        let suspensions = detail.suspensions.into_iter().map(SuspensionBody::from).collect();
        let history = detail.history.into_iter().filter_map(HistoryEntry::of).collect::<Result<_, _>>()?;
        Ok(ItemDetail { item: ItemBody::new(detail.item, masks)?, continuation, suspensions, history })
    }
}

impl ItemBody {
    /// The item.
    ///
    /// # Errors
    /// When a rule's values are no JSON, which is a bug.
    pub(crate) fn new(item: Item, masks: &Masks) -> Result<ItemBody, Problem> {
        let reopening = ReopeningBody::of(&item);
        let Item { id, rule, version, procedure, title, sensitivity, subject, people, division, .. } = item;
        let Item { finding, due, opened_on, ages, state, handling, episode, previous, .. } = item;
        let (occasion, why) = (finding.occasion.clone(), finding.why.clone());
        let summary = ItemSummary {
            id,
            rule: Some(rule),
            version,
            procedure,
            title,
            sensitivity,
            subject: subject.into(),
            people: masked(people, masks),
            division,
            occasion: Some(occasion),
            why,
            due,
            opened_on,
            episode,
            standing: state.into(),
            handling: handling.into(),
        };
        let feed_ages = ages.into_iter().map(FeedAgeThen::from).collect();
        let (legal_basis, clears) = (finding.legal_basis.clone(), finding.clears.clone());
        let grounds = Grounds::new(finding)?;
        Ok(ItemBody { summary, previous, reopening, legal_basis, clears, grounds, feed_ages })
    }

    /// The item as its changes tell of it: without what people wrote in their own words, and of what is sensitive no more
    /// than lists show.
    ///
    /// # Errors
    /// When a rule's values are no JSON, which is a bug.
    pub(crate) fn for_others(mut item: Item) -> Result<ItemBody, Problem> {
        if let Some(Reopening::Asked { reason, .. }) = &mut item.reopening {
            reason.clear();
        }
        let is_sensitive = item.sensitivity != Sensitivity::General;
        if is_sensitive {
            neutral_title(item.procedure).clone_into(&mut item.title);
            let Finding { why, legal_basis, clears, values, evidence, .. } = &mut item.finding;
            for text in [why, legal_basis, clears] {
                text.clear();
            }
            "{}".clone_into(values);
            evidence.clear();
        }
        let mut body = ItemBody::new(item, &Masks::new())?;
        if is_sensitive {
            body.summary.standing.leave_out_cause();
        }
        body.summary.standing.leave_out_words();
        body.summary.handling.leave_out_words();
        Ok(body)
    }

    /// When it was claimed or resolved, where it is one of the two.
    pub(crate) fn moved_at(&self) -> Option<String> {
        self.summary.standing.at()
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
