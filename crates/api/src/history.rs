//! What happened to an item, as clients see it.

use sanzao_model::{
    Act, Attachment, Comment, Day, Deed, Division, Instant, Item, ItemState, SecondOpinion, Shown, SubjectId,
    Wake, WorkEvent,
};
use sanzao_readmodel::Change;
use serde::Serialize;
use utoipa::ToSchema;

use crate::episode::ReopeningBody;
use crate::item_body::{Grounds, Subject};
use crate::problem::Problem;
use crate::standing::{Standing, StateDetails};
use crate::vocabulary;

/// Something that happened to an item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryEntry {
    /// Offset in the log of work.
    offset: u64,
    event: HistoryEvent,
    /// Opened, moved: where it stood from then on.
    // Not flattened from a `Standing`: the schema of an object that may have some properties, or none of
    // them, would not say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = vocabulary::state, required = false)]
    state: Option<&'static str>,
    /// Opened, moved: what belongs to the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = StateDetails, required = false)]
    state_details: Option<StateDetails>,
    /// Followed, still found, no longer found: about whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Subject, required = false)]
    subject: Option<Subject>,
    /// Still found, no longer found: as which occasion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    occasion: Option<String>,
    /// Acted, assigned, commented, attached, grouped, reviewed: who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// The same: when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    at: Option<String>,
    /// Acted, assigned, grouped: what was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = vocabulary::deed, required = false)]
    deed: Option<Deed>,
    /// Assigned: to whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    /// Attached: the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = AttachmentBody, required = false)]
    attachment: Option<AttachmentBody>,
    /// Opened again, followed, woken, commented, still found, no longer found: in Chinese, or in people's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    text: Option<String>,
    /// Opened, updated, followed: what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = FindingThen, required = false)]
    finding: Option<FindingThen>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HistoryEvent {
    Opened,
    Updated,
    /// Data or the day moved it.
    Moved,
    /// What had been put off is to be looked at again.
    Woken,
    /// Somebody moved it.
    Acted,
    Assigned,
    /// Whoever supervises is told of it.
    Escalated,
    Commented,
    Attached,
    Grouped,
    /// It was drawn for a second review.
    Drawn,
    /// Somebody reviewed it a second time.
    Reviewed,
    /// What it is about is found of another subject, or as another occasion.
    Followed,
    /// Of a handled alert: it is found, and nothing is raised.
    StillFound,
    /// Of a handled alert: it is not found there, or a new episode shows it.
    NoLongerFound,
}

/// A file beside an item. Its name stands with its content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub(crate) struct AttachmentBody {
    #[schema(pattern = "^[0-9a-f]{32}$")]
    id: String,
    media_type: String,
    bytes: u64,
}

/// What was found at some time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingThen {
    /// The rule's version.
    version: u32,
    /// The rule's title in Chinese.
    title: String,
    /// The day by which something had to happen first.
    #[schema(value_type = String, format = Date)]
    due: Day,
    /// Where the subject was registered.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{12}$")]
    division: Option<Division>,
    /// The explanation in Chinese.
    why: String,
    #[serde(flatten)]
    grounds: Grounds,
}

impl HistoryEntry {
    /// None for what is not shown.
    ///
    /// # Errors
    /// When a rule's values are no JSON, which is a bug.
    pub(crate) fn of(change: Change) -> Option<Result<HistoryEntry, Problem>> {
        let entry = HistoryEntry {
            offset: change.work,
            event: HistoryEvent::Moved,
            state: None,
            state_details: None,
            subject: None,
            occasion: None,
            by: None,
            at: None,
            deed: None,
            assignee: None,
            attachment: None,
            text: None,
            finding: None,
        };
        match change.event {
            WorkEvent::Opened(item) => Some(HistoryEntry::opened(*item, entry)),
            WorkEvent::Updated { shown, .. } => Some(entry.showing(HistoryEvent::Updated, *shown)),
            WorkEvent::Followed { subject, shown, .. } => {
                let text = Some(followed_text(&subject).to_owned());
                let entry = HistoryEntry { subject: Some(subject.into()), text, ..entry };
                Some(entry.showing(HistoryEvent::Followed, *shown))
            }
            WorkEvent::StillFound { subject, occasion, sighting, .. } => {
                let (event, text) = match sighting {
                    Some(_) => (HistoryEvent::StillFound, STILL_FOUND),
                    None => (HistoryEvent::NoLongerFound, NO_LONGER_FOUND),
                };
                let (subject, text) = (Some(subject.into()), Some(text.to_owned()));
                Some(Ok(HistoryEntry { event, subject, occasion: Some(occasion), text, ..entry }))
            }
            WorkEvent::Moved { to, .. } => Some(Ok(entry.standing(to))),
            WorkEvent::Woken { to, cause, .. } => {
                let text = Some(woken_text(cause).to_owned());
                Some(Ok(HistoryEntry { event: HistoryEvent::Woken, text, ..entry.standing(to) }))
            }
            WorkEvent::Escalated { on, .. } => {
                let text = Some(format!("截至{on}尚未办理，提请主管关注。"));
                Some(Ok(HistoryEntry { event: HistoryEvent::Escalated, text, ..entry }))
            }
            event => entry.of_people(event).map(Ok),
        }
    }

    /// What people did.
    fn of_people(self, event: WorkEvent) -> Option<HistoryEntry> {
        Some(match event {
            WorkEvent::Acted { act, to, .. } => {
                HistoryEntry { event: HistoryEvent::Acted, ..self.done(*act).standing(to) }
            }
            WorkEvent::Assigned { act, to, .. } => {
                HistoryEntry { event: HistoryEvent::Assigned, assignee: to, ..self.done(*act) }
            }
            WorkEvent::Grouped { act, .. } => {
                HistoryEntry { event: HistoryEvent::Grouped, ..self.done(*act) }
            }
            WorkEvent::Commented { comment, .. } => {
                let Comment { by, at, text } = *comment;
                HistoryEntry { event: HistoryEvent::Commented, text: Some(text), ..self.by(by, at) }
            }
            WorkEvent::Attached { attachment, .. } => {
                let Attachment { file, by, at, media_type, bytes } = *attachment;
                let attachment = Some(AttachmentBody { id: file.to_string(), media_type, bytes });
                HistoryEntry { event: HistoryEvent::Attached, attachment, ..self.by(by, at) }
            }
            WorkEvent::Drawn { .. } => HistoryEntry { event: HistoryEvent::Drawn, ..self },
            WorkEvent::Reviewed { opinion, .. } => {
                let SecondOpinion { by, at, reason, .. } = *opinion;
                HistoryEntry { event: HistoryEvent::Reviewed, text: Some(reason), ..self.by(by, at) }
            }
            _ => return None,
        })
    }

    fn by(self, by: String, at: Instant) -> HistoryEntry {
        HistoryEntry { by: Some(by), at: Some(at.to_string()), ..self }
    }

    fn done(self, act: Act) -> HistoryEntry {
        let Act { by, at, what, reason } = act;
        let text = Some(reason).filter(|reason| !reason.is_empty());
        HistoryEntry { deed: Some(what), text, ..self.by(by, at) }
    }

    fn opened(item: Item, entry: HistoryEntry) -> Result<HistoryEntry, Problem> {
        let text = ReopeningBody::of(&item).map(ReopeningBody::into_text);
        let Item { finding, version, title, sensitivity, people, due, due_working_days, division, .. } = item;
        let (ages, state) = (item.ages, item.state);
        let shown =
            Shown { finding, version, title, sensitivity, people, due, due_working_days, division, ages };
        HistoryEntry { text, ..entry.standing(state) }.showing(HistoryEvent::Opened, shown)
    }

    fn standing(self, state: ItemState) -> HistoryEntry {
        let Standing { state, state_details } = state.into();
        HistoryEntry { state: Some(state), state_details: Some(state_details), ..self }
    }

    fn showing(self, event: HistoryEvent, shown: Shown) -> Result<HistoryEntry, Problem> {
        Ok(HistoryEntry { event, finding: Some(FindingThen::new(shown)?), ..self })
    }
}

const STILL_FOUND: &str = "办结之后，此情形仍然或再次成立，但没有办结时不知悉的依据，不再提出。";
const NO_LONGER_FOUND: &str = "办结之后，此情形在此处不再成立，或者已由新的一次提出反映。";

fn woken_text(cause: Wake) -> &'static str {
    match cause {
        Wake::Day => "暂缓到期，请继续办理。",
        Wake::NewEvidence => "出现新的记录，请重新研究。",
        Wake::Higher => "金额较前增加，请继续办理。",
        Wake::NotSeen => "已报完成，但各部门数据一直没有反映，需要再次办理。",
        Wake::MoreToDo => "本周期内还需再次办理。",
    }
}

fn followed_text(subject: &SubjectId) -> &'static str {
    match subject {
        SubjectId::Household(_) => {
            "同一情形现在见于此家庭（户籍变动、分户或家庭救助成员变化），随之转移；编号、状态和经办人不变。"
        }
        SubjectId::Person(_) => {
            "同一情形现在见于此人（公民身份号码更正或事由的日期更正），随之转移；编号、状态和经办人不变。"
        }
    }
}

impl FindingThen {
    fn new(shown: Shown) -> Result<FindingThen, Problem> {
        let Shown { finding, version, title, due, division, .. } = shown;
        let why = finding.why.clone();
        Ok(FindingThen { version, title, due, division, why, grounds: Grounds::new(finding)? })
    }
}
