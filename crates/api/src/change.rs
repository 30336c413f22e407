//! What happens to alerts and tasks, as CloudEvents.

use sanzao_model::{Item, ItemId, WorkEvent};
use sanzao_readmodel::{ItemChange, Kind, StateName};
use serde::Serialize;
use utoipa::ToSchema;

use crate::backend::Backend;
use crate::item_body::ItemBody;
use crate::problem::Problem;
use crate::vocabulary;

/// Something that happened to an alert or a task: an event of CloudEvents 1.0 in JSON.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeEvent {
    #[schema(value_type = String, example = "1.0")]
    specversion: &'static str,
    /// Where the change stands in the log: also the cursor after it.
    #[schema(pattern = "^[0-9]+\\.[0-9]+$", example = "1042.3")]
    id: String,
    /// Whose work it is.
    #[schema(example = "/sanzao/320614/work")]
    source: String,
    #[serde(rename = "type")]
    #[schema(schema_with = vocabulary::change_type)]
    kind: String,
    /// The item's id.
    #[schema(schema_with = vocabulary::id)]
    subject: ItemId,
    /// When people moved it; of other changes the log knows the day alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    time: Option<String>,
    #[schema(value_type = String, example = "application/json")]
    datacontenttype: &'static str,
    /// The item from then on. What people wrote is left out: it stands with the item.
    data: ItemBody,
}

/// What happened.
#[derive(Debug, Clone, Copy)]
enum What {
    Opened,
    /// It shows something else, or people have arranged something about it.
    Updated,
    Moved(StateName),
}

impl What {
    /// None for what changes no item.
    fn of(event: &WorkEvent) -> Option<What> {
        match event {
            WorkEvent::Opened(_) => Some(What::Opened),
            // To whoever reads changes an item that follows is one that shows another subject.
            WorkEvent::Updated { .. }
            | WorkEvent::Followed { .. }
            | WorkEvent::Assigned { .. }
            | WorkEvent::Escalated { .. }
            | WorkEvent::Commented { .. }
            | WorkEvent::Attached { .. }
            | WorkEvent::Grouped { .. }
            | WorkEvent::Drawn { .. }
            | WorkEvent::Reviewed { .. } => Some(What::Updated),
            WorkEvent::Moved { to, .. } | WorkEvent::Woken { to, .. } | WorkEvent::Acted { to, .. } => {
                Some(What::Moved(StateName::of(to)))
            }
            WorkEvent::StillFound { .. }
            | WorkEvent::Unknown { .. }
            | WorkEvent::Suspended(_)
            | WorkEvent::Resumed { .. }
            | WorkEvent::Postponed(_)
            | WorkEvent::TakenUp
            | WorkEvent::Refused { .. } => None,
        }
    }

    /// The event type; an alert that comes back is reopened, because "open" and "opened" would be mistaken.
    fn event_type(self, kind: Kind) -> String {
        let kind = if kind == Kind::Alert { "alert" } else { "task" };
        let what = match self {
            What::Opened => "opened",
            What::Updated => "updated",
            What::Moved(StateName::Open) => "reopened",
            What::Moved(state) => state.as_str(),
        };
        format!("sanzao.{kind}.{what}.v1")
    }
}

/// All event types of changes.
pub(crate) fn event_types() -> Vec<String> {
    let of_kind = |kind: Kind| {
        let moves = kind.states().iter().map(|state| What::Moved(*state));
        [What::Opened, What::Updated].into_iter().chain(moves).map(move |what| what.event_type(kind))
    };
    [Kind::Alert, Kind::Task].into_iter().flat_map(of_kind).collect()
}

impl ChangeEvent {
    /// # Errors
    /// When it is no change of an item, or a rule's values are no JSON, which are bugs.
    pub(crate) fn new(change: ItemChange, source: &str) -> Result<ChangeEvent, Problem> {
        let ItemChange { at, event, item } = change;
        let what = What::of(&event).ok_or_else(|| Problem::internal("a change changes no item"))?;
        let kind = StateName::of(&item.state).kind();
        let Item { id: subject, .. } = item;
        let data = ItemBody::for_others(item)?;
        let time = if let What::Moved(_) = what { data.moved_at() } else { None };
        Ok(ChangeEvent {
            specversion: "1.0",
            id: at.to_string(),
            source: source.to_owned(),
            kind: what.event_type(kind),
            subject,
            time,
            datacontenttype: "application/json",
            data,
        })
    }
}

/// The source of this platform's changes.
pub(crate) fn source(backend: &dyn Backend) -> String {
    match backend.bureau() {
        Some(bureau) => format!("/sanzao/{bureau}/work"),
        None => "/sanzao/work".to_owned(),
    }
}
