//! Alerts and tasks, and what happens to them. `item_state.rs` says where they can stand, `handling.rs` what people
//! arrange beside that.

use serde::{Deserialize, Serialize};

use crate::{
    Act, Area, Attachment, Comment, Day, Deed, Division, FactId, Feed, FeedAge, Finding, Handling, ItemId,
    ItemState, Level, PersonId, Procedure, RefusalCode, RuleId, Second, SecondOpinion, Sensitivity,
    SubjectId, Suspension, Wake,
};

/// An alert or a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Hash of rule, subject at opening, and occasion; of a later episode also of its number.
    pub id: ItemId,
    /// Which time it is that the case is raised, from 1: what was handled is raised again only by new evidence, or when
    /// its decision expires (domain §5.3).
    pub episode: u32,
    /// The handled alert that this one raises again.
    pub previous: Option<ItemId>,
    /// Why it was raised again; there if `previous` is.
    pub reopening: Option<Reopening>,
    /// The rule that found it.
    pub rule: RuleId,
    /// The rule's version.
    pub version: u32,
    /// What it starts.
    pub procedure: Procedure,
    /// Whether the occasion is a calendar period, which nothing clears after its end.
    pub periodic: bool,
    /// The rule's Chinese title.
    pub title: String,
    /// What makes it sensitive.
    pub sensitivity: Sensitivity,
    /// About whom.
    pub subject: SubjectId,
    /// The person, or the living members of the household, sorted.
    pub people: Vec<PersonId>,
    /// Where the subject is registered.
    pub division: Option<Division>,
    /// What was found, as last seen while it was true.
    pub finding: Finding,
    /// The day by which something has to happen first.
    pub due: Day,
    /// The rule's working days to the first action, where the finding gives no date.
    pub due_working_days: u32,
    /// The day it was opened.
    pub opened_on: Day,
    /// How old each feed was when the finding was made.
    pub ages: Vec<FeedAge>,
    /// Where it stands.
    pub state: ItemState,
    /// What people have arranged beside that.
    pub handling: Handling,
}

/// What an item shows of what is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What is found.
    pub finding: Finding,
    /// The rule's version.
    pub version: u32,
    /// The rule's Chinese title.
    pub title: String,
    /// What makes it sensitive.
    pub sensitivity: Sensitivity,
    /// The person, or the living members of the household, sorted.
    pub people: Vec<PersonId>,
    /// The day by which something has to happen first.
    pub due: Day,
    /// The rule's working days to the first action, where the finding gives no date.
    pub due_working_days: u32,
    /// Where the subject is registered.
    pub division: Option<Division>,
    /// How old each feed was when this was found.
    pub ages: Vec<FeedAge>,
}

impl Item {
    /// Takes in what happened to it after it was opened. Events that change no item do nothing.
    pub fn take(&mut self, event: &WorkEvent) {
        match event {
            WorkEvent::Updated { shown, .. } => self.show(Shown::clone(shown)),
            WorkEvent::Followed { subject, shown, .. } => {
                self.subject = *subject;
                self.show(Shown::clone(shown));
            }
            _ => event.move_to(&mut self.state, &mut self.handling),
        }
    }

    /// Shows something else.
    pub fn show(&mut self, shown: Shown) {
        self.finding = shown.finding;
        self.version = shown.version;
        self.title = shown.title;
        self.sensitivity = shown.sensitivity;
        self.people = shown.people;
        self.due = shown.due;
        self.due_working_days = shown.due_working_days;
        self.division = shown.division;
        self.ages = shown.ages;
    }
}

/// Why what was handled is raised again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reopening {
    /// Evidence that the decision did not know.
    NewEvidence {
        /// The triggers that are new, sorted.
        new: Vec<FactId>,
    },
    /// The day to look again came, and the case is still, or again, found.
    Expired {
        /// That day.
        on: Day,
        /// The triggers that the decision did not know, sorted; mostly none.
        new: Vec<FactId>,
    },
    /// Somebody asked for it, while the case is still found.
    Asked {
        /// The account.
        by: String,
        /// Why.
        reason: String,
    },
}

/// A finding that a handled alert covers, so that nothing is raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// What is found.
    pub finding: Finding,
    /// The rule's version.
    pub version: u32,
    /// The rule's Chinese title.
    pub title: String,
    /// What makes it sensitive.
    pub sensitivity: Sensitivity,
    /// The person, or the living members of the household, sorted.
    pub people: Vec<PersonId>,
    /// The rule's working days to the first action, where the finding gives no date.
    pub due_working_days: u32,
    /// Where the subject is registered.
    pub division: Option<Division>,
}

impl WorkEvent {
    /// Where an item stands after it, and what people have arranged; events that change neither do nothing.
    pub fn move_to(&self, state: &mut ItemState, handling: &mut Handling) {
        match self {
            WorkEvent::Moved { to, .. } | WorkEvent::Woken { to, .. } => {
                // What comes back has time anew.
                if state.is_at_rest() {
                    handling.escalated_on = None;
                }
                *state = to.clone();
            }
            WorkEvent::Acted { act, to, .. } => {
                if act.what == Deed::Appealed {
                    handling.escalated_on = None;
                }
                // Closing is taken back. What was drawn stays so for what is decided instead, or one could draw again.
                if act.what == Deed::Undone && to.closure().is_none() && handling.second.is_some() {
                    handling.second = Some(Second::Drawn);
                }
                *state = to.clone();
            }
            WorkEvent::Assigned { to, .. } => handling.assignee.clone_from(to),
            WorkEvent::Escalated { on, .. } => handling.escalated_on = Some(*on),
            WorkEvent::Grouped { card, .. } => handling.card = *card,
            WorkEvent::Drawn { .. } => handling.second = Some(Second::Drawn),
            WorkEvent::Reviewed { opinion, .. } => {
                handling.second = Some(Second::Given(SecondOpinion::clone(opinion)));
            }
            WorkEvent::Opened(_)
            | WorkEvent::Updated { .. }
            | WorkEvent::Followed { .. }
            | WorkEvent::StillFound { .. }
            | WorkEvent::Commented { .. }
            | WorkEvent::Attached { .. }
            | WorkEvent::Unknown { .. }
            | WorkEvent::Refused { .. }
            | WorkEvent::Suspended(_)
            | WorkEvent::Resumed { .. }
            | WorkEvent::Postponed(_)
            | WorkEvent::TakenUp => {}
        }
    }
}

/// What happened to an alert or a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkEvent {
    /// A finding made an item.
    Opened(Box<Item>),
    /// The item shows something else.
    Updated {
        /// Which.
        id: ItemId,
        /// What it shows now.
        shown: Box<Shown>,
    },
    /// What an item is about is found of another subject, or as another occasion: it keeps its id, its state and who
    /// works on it.
    Followed {
        /// Which.
        id: ItemId,
        /// About whom now.
        subject: SubjectId,
        /// What it shows now.
        shown: Box<Shown>,
    },
    /// Whether a subject and occasion that a handled alert covers are still found, so that nothing is raised. Of the
    /// alert's own subject it is not said when it is decided: it is found then.
    StillFound {
        /// The handled alert.
        id: ItemId,
        /// About whom.
        subject: SubjectId,
        /// The occasion.
        occasion: String,
        /// What is found: from now on, or now in another way. None: not any more, or another item shows it.
        sighting: Option<Box<Sighting>>,
    },
    /// Data or the day changed the item's state.
    Moved {
        /// Which.
        id: ItemId,
        /// To where.
        to: ItemState,
    },
    /// What was put off is to be looked at again.
    Woken {
        /// Which.
        id: ItemId,
        /// To where.
        to: ItemState,
        /// Why.
        cause: Wake,
    },
    /// Somebody changed the item's state.
    Acted {
        /// Which.
        id: ItemId,
        /// Who, when and how.
        act: Box<Act>,
        /// To where.
        to: ItemState,
    },
    /// Whose the item is, from now on; nobody's when none.
    Assigned {
        /// Which.
        id: ItemId,
        /// Who arranged it, when and how.
        act: Box<Act>,
        /// Whose.
        to: Option<String>,
    },
    /// Nothing has happened to an item until its day: whoever supervises is told.
    Escalated {
        /// Which.
        id: ItemId,
        /// The day that was seen.
        on: Day,
    },
    /// Somebody wrote something beside the item.
    Commented {
        /// Which.
        id: ItemId,
        /// What.
        comment: Box<Comment>,
    },
    /// Somebody put a file beside the item.
    Attached {
        /// Which.
        id: ItemId,
        /// What.
        attachment: Box<Attachment>,
    },
    /// The item stands on the card of another from now on; alone when none.
    Grouped {
        /// Which.
        id: ItemId,
        /// Who arranged it and when.
        act: Box<Act>,
        /// The item that gives the card its id.
        card: Option<ItemId>,
    },
    /// A closed alert was drawn for a second review.
    Drawn {
        /// Which.
        id: ItemId,
    },
    /// Somebody who was not told of the decision has reviewed the case, too.
    Reviewed {
        /// Which.
        id: ItemId,
        /// What they think.
        opinion: Box<SecondOpinion>,
    },
    /// A rule could not be evaluated for a subject: shown, changes nothing.
    Unknown {
        /// The rule.
        rule: RuleId,
        /// About whom.
        subject: SubjectId,
        /// Why; empty when it is known again.
        reason: String,
    },
    /// A command was refused.
    Refused {
        /// On which item.
        id: ItemId,
        /// Why.
        code: RefusalCode,
    },
    /// A rule says nothing new of an area, because a feed is late there.
    Suspended(Suspension),
    /// A rule that was suspended is not any more.
    Resumed {
        /// The rule.
        rule: RuleId,
        /// The feed that was late.
        feed: Feed,
        /// Where.
        area: Area,
    },
    /// A level of a batch with more to come, on which only the whole of them can decide: an item may follow
    /// to another subject, of which the other batches speak.
    Postponed(Box<Level>),
    /// The postponed levels are decided.
    TakenUp,
}
