//! What people arrange about an alert or a task beside where it stands.

use serde::{Deserialize, Serialize};

use crate::{AttachmentId, Day, Instant, ItemId, Outcome};

/// What people have arranged about an item.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Handling {
    /// Whose it is.
    pub assignee: Option<String>,
    /// Since when whoever supervises is told of it.
    pub escalated_on: Option<Day>,
    /// The item that gives its card the id: it and others are to be looked at together.
    pub card: Option<ItemId>,
    /// The second review, where the alert was drawn for one.
    pub second: Option<Second>,
    /// Where somebody outside told of it.
    pub report: Option<ReportSource>,
}

/// The second review of a closed alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Second {
    /// Somebody is to look at it without knowing the decision.
    Drawn,
    /// Somebody did.
    Given(SecondOpinion),
}

/// What somebody thinks of a case of which they were not told the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondOpinion {
    /// The account.
    pub by: String,
    /// When.
    pub at: Instant,
    /// What should come of it.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// Whether the decision has the same outcome.
    pub agrees: bool,
}

/// Who told of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportSource {
    /// A resident.
    Resident,
    /// A village aide or a worker of a community.
    VillageAide,
    /// The hotline.
    Hotline,
    /// Another office.
    Office,
}

/// Something written beside an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The account.
    pub by: String,
    /// When.
    pub at: Instant,
    /// What.
    pub text: String,
}

/// A file beside an item. Its name and content are in the vault alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Which.
    pub file: AttachmentId,
    /// The account.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Its media type.
    pub media_type: String,
    /// How long it is.
    pub bytes: u64,
}

/// Who did something, when, and what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The account.
    pub by: String,
    /// When.
    pub at: Instant,
    /// What.
    pub what: Deed,
    /// Why, where they said so.
    pub reason: String,
}

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// Took it to work on.
    Claimed,
    /// Gave it back.
    Released,
    /// Put it off.
    Snoozed,
    /// Decided.
    Decided,
    /// Told the family.
    Notified,
    /// Took down what the family answered.
    Answered,
    /// Approved the decision of another.
    Approved,
    /// Sent a decision back.
    SentBack,
    /// Took down that the family disagrees.
    Appealed,
    /// Set the decision aside after an appeal.
    Upheld,
    /// Left the decision as it is after an appeal.
    Dismissed,
    /// Did the visit or the re-check.
    Completed,
    /// Said that it is not to be done.
    Cancelled,
    /// Made it somebody's.
    Assigned,
    /// Put it on a card with another.
    Grouped,
    /// Took it off its card.
    Ungrouped,
    /// Took back what they had just done.
    Undone,
}

/// Why what was put off is to be looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wake {
    /// Its day came.
    Day,
    /// There is evidence that was not known.
    NewEvidence,
    /// An amount is greater than it was.
    Higher,
    /// What was reported as done is still not seen in the data.
    NotSeen,
    /// It has to be done again: another time in the same period.
    MoreToDo,
}
