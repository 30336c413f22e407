//! What was handled and is raised again, as clients see it.

use sanzao_model::{Day, Evidence, FactId, Finding, Item, ItemId, Reopening, SubjectId};
use sanzao_readmodel::Detail;
use serde::Serialize;
use utoipa::ToSchema;

use crate::item_body::Subject;
use crate::kind_name::kind_name;
use crate::vocabulary;

/// Why what was handled is raised again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reopening)]
pub(crate) struct ReopeningBody {
    cause: ReopeningCause,
    /// Asked: who asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Expired: the day to look again, chosen with the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<Day>,
    /// The facts that make the case and that the decision did not know.
    #[schema(value_type = Vec<String>)]
    new: Vec<FactId>,
    /// The same, in Chinese.
    text: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ReopeningCause {
    NewEvidence,
    Expired,
    Asked,
}

/// What is still found of what was handled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Handled)]
pub(crate) struct HandledBody {
    /// Whether the case is still found, so that nothing is raised because of the decision. False too when a new episode
    /// shows it.
    still_found: bool,
    /// Of whom, and as which occasion.
    found: Vec<FoundOf>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundOf {
    subject: Subject,
    occasion: String,
}

/// How an item goes on from another, and another from it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Continuation {
    /// Of a handled alert: what is still found of it. Null for all others.
    handled: Option<HandledBody>,
    #[schema(schema_with = ids)]
    next: Vec<ItemId>,
}

fn ids() -> utoipa::openapi::schema::Array {
    let text = "Of a handled alert: those that raised its case again, oldest first. Seldom more than one: a household may have \
        split since.";
    utoipa::openapi::schema::ArrayBuilder::new().items(vocabulary::id()).description(Some(text)).build()
}

impl ReopeningBody {
    /// None for what is raised the first time.
    pub(crate) fn of(item: &Item) -> Option<ReopeningBody> {
        let (cause, by, on, new) = match item.reopening.as_ref()? {
            Reopening::NewEvidence { new } => (ReopeningCause::NewEvidence, None, None, new.clone()),
            Reopening::Expired { on, new } => (ReopeningCause::Expired, None, Some(*on), new.clone()),
            Reopening::Asked { by, reason } => {
                let mut text = format!("同一情形第{}次提出：上一次已经办结，{by}要求再看。", item.episode);
                if !reason.is_empty() {
                    text += &format!("理由：{reason}");
                }
                let (cause, by) = (ReopeningCause::Asked, Some(by.clone()));
                return Some(ReopeningBody { cause, by, on: None, new: Vec::new(), text });
            }
        };
        let text = text(item.episode, on, &new, &item.finding);
        Some(ReopeningBody { cause, by, on, new, text })
    }

    /// In Chinese.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

fn text(episode: u32, on: Option<Day>, new: &[FactId], finding: &Finding) -> String {
    let mut text = format!("同一情形第{episode}次提出：上一次已经办结。");
    if let Some(day) = on {
        text += &format!("办结时定于{day}再看，届时或其后此情形成立。");
    }
    let is_new = |evidence: &&Evidence| new.contains(&evidence.fact);
    let mut facts: Vec<&Evidence> = finding.evidence.iter().filter(is_new).collect();
    facts.sort_by(|a, b| (a.on, &a.kind).cmp(&(b.on, &b.kind)));
    let facts: Vec<String> = facts
        .iter()
        .map(|fact| format!("{}{}（{}）", fact.feed.department(), kind_name(&fact.kind), fact.on))
        .collect();
    if !facts.is_empty() {
        text += &format!("办结时尚不知悉的记录有：{}。", facts.join("、"));
    }
    text
}

impl Continuation {
    pub(crate) fn of(detail: &mut Detail) -> Continuation {
        let is_handled = detail.item.state.closure().is_some();
        let found: Vec<FoundOf> = std::mem::take(&mut detail.still_found)
            .into_iter()
            .map(|(subject, occasion): (SubjectId, String)| FoundOf { subject: subject.into(), occasion })
            .collect();
        let handled = is_handled.then_some(HandledBody { still_found: !found.is_empty(), found });
        Continuation { handled, next: std::mem::take(&mut detail.next) }
    }
}
