//! What happened to an item, as clients see it.

use sanzao_model::{Day, Division, Finding, Item, WorkEvent};
use sanzao_readmodel::Change;
use serde::Serialize;
use utoipa::ToSchema;

use crate::item_body::{Grounds, Standing, StateDetails};
use crate::problem::Problem;
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
    /// Opened, updated: what was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = FindingThen, required = false)]
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
        let offset = change.work;
        let (event, standing, finding) = match change.event {
            WorkEvent::Opened(item) => {
                let Item { finding, version, title, due, division, state, .. } = *item;
                let finding = FindingThen::new(finding, version, title, due, division);
                (HistoryEvent::Opened, Some(Standing::from(state)), Some(finding))
            }
            WorkEvent::Updated { finding, version, title, due, division, .. } => {
                let finding = FindingThen::new(*finding, version, title, due, division);
                (HistoryEvent::Updated, None, Some(finding))
            }
            WorkEvent::Moved { to, .. } => (HistoryEvent::Moved, Some(to.into()), None),
            WorkEvent::Unknown { .. } | WorkEvent::Refused { .. } => return None,
        };
        let (state, state_details) =
            standing.map(|standing| (standing.state, standing.state_details)).unzip();
        Some(finding.transpose().map(|finding| HistoryEntry { offset, event, state, state_details, finding }))
    }
}

impl FindingThen {
    fn new(
        finding: Finding,
        version: u32,
        title: String,
        due: Day,
        division: Option<Division>,
    ) -> Result<FindingThen, Problem> {
        let why = finding.why.clone();
        Ok(FindingThen { version, title, due, division, why, grounds: Grounds::new(finding)? })
    }
}
