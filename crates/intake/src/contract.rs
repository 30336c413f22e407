//! What one department's crate brings: its event types and how each is read.

use sanzao_model::{Body, Day, Feed, Named, Subject};

use crate::{Fault, Fields};

/// A department's contract. Every feed also takes `record.retracted`, which intake reads itself.
#[derive(Debug, Clone, Copy)]
pub struct Contract {
    /// Whose.
    pub feed: Feed,
    /// All its event types.
    pub events: &'static [EventType],
}

/// One event type.
#[derive(Debug, Clone, Copy)]
pub struct EventType {
    /// Its name between feed and version, as `household.moved`.
    pub name: &'static str,
    /// Reads `data`. Fields that it does not ask for are unknown, and refused after it.
    pub read: fn(&mut Fields<'_>) -> Result<Draft, Fault>,
}

/// What an event says, before it has an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The day from which it counts.
    pub on: Day,
    /// Whom it is about.
    pub subject: Subject,
    /// What it says.
    pub body: Body,
}

impl Draft {
    /// About one person.
    pub fn of_person(person: Named, on: Day, body: Body) -> Draft {
        Draft { on, subject: Subject::Person(person), body }
    }

    /// About nobody by name: only a benefit is named.
    pub fn of_nobody(on: Day, body: Body) -> Draft {
        Draft { on, subject: Subject::Nobody, body }
    }
}

impl Contract {
    pub(crate) fn event(&self, kind: &str) -> Option<&'static EventType> {
        let name = self.name_of(kind)?;
        self.events.iter().find(|event| event.name == name)
    }

    /// `household.moved` of `police.household.moved.v1`; none of another feed or version.
    pub(crate) fn name_of<'k>(&self, kind: &'k str) -> Option<&'k str> {
        kind.strip_prefix(self.feed.as_str())?.strip_prefix('.')?.strip_suffix(".v1")
    }

    pub(crate) fn known_types(&self) -> String {
        let names = self.events.iter().map(|event| event.name).chain([RETRACTION]);
        let types: Vec<_> = names.map(|name| format!("{}.{name}.v1", self.feed)).collect();
        format!("one of {}", types.join(", "))
    }
}

/// The event type that every feed has.
pub(crate) const RETRACTION: &str = "record.retracted";
