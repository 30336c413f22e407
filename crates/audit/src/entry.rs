//! What is put on record.

use std::collections::BTreeMap;

use sanzao_model::{Instant, ItemId, PersonId};

use crate::{Action, AuditError, Outcome};

/// The most people one entry may concern: as many as an event may name.
pub const MOST_SUBJECTS: usize = 1_000;

/// The detail that tells in which role the actor acted; a person reads it in their own access log.
pub const ROLE: &str = "role";

const MOST_DETAILS: usize = 16;
/// The most characters of a text, by what it is.
const ACTOR: usize = 200;
const PURPOSE: usize = 500;
const DETAIL: usize = 200;
const NAME: usize = 64;

/// One act of somebody.
///
/// Actor, action and outcome stay readable after an erasure. No text holds a name or a number of a person: whom an
/// entry concerns is said by `subjects` and `item` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When, by the caller's clock. It is recorded as it is, also when it goes backwards.
    pub at: Instant,
    /// The account; of a failed login what was claimed, see [`claimed_actor`].
    pub actor: String,
    /// What was done.
    pub action: Action,
    /// What became of it.
    pub outcome: Outcome,
    /// On which alert or task.
    pub item: Option<ItemId>,
    /// Whom it concerns, at most [`MOST_SUBJECTS`].
    pub subjects: Vec<PersonId>,
    /// What for, at most 500 characters.
    pub purpose: Option<String>,
    /// What else belongs to it: at most 16 names of up to 64 characters, with values of up to 200.
    pub details: BTreeMap<String, String>,
    /// The id of the request.
    pub request: Option<String>,
    /// The client's address.
    pub from: Option<String>,
    /// The first digits of the session's hash.
    pub session: Option<String>,
}

impl Entry {
    /// An entry that was done and concerns nobody.
    pub fn new(at: Instant, actor: impl Into<String>, action: Action) -> Entry {
        Entry {
            at,
            actor: actor.into(),
            action,
            outcome: Outcome::Done,
            item: None,
            subjects: Vec::new(),
            purpose: None,
            details: BTreeMap::new(),
            request: None,
            from: None,
            session: None,
        }
    }

    /// Whether it can be recorded.
    pub(crate) fn check(&self) -> Result<(), AuditError> {
        let texts = [
            ("actor", Some(self.actor.as_str()), ACTOR),
            ("order", self.action.order(), NAME),
            ("code", self.outcome.code(), NAME),
            ("purpose", self.purpose.as_deref(), PURPOSE),
            ("request", self.request.as_deref(), DETAIL),
            ("from", self.from.as_deref(), DETAIL),
            ("session", self.session.as_deref(), DETAIL),
        ];
        let details = self.details.iter().flat_map(|(name, value)| {
            [("name of a detail", Some(name.as_str()), NAME), ("detail", Some(value.as_str()), DETAIL)]
        });
        for (what, text, most) in texts.into_iter().chain(details) {
            if text.is_some_and(|text| text.chars().count() > most) {
                return Err(AuditError::entry(format!("its {what} has more than {most} characters")));
            }
        }
        if self.actor.trim().is_empty() {
            return Err(AuditError::entry("it has no actor"));
        }
        if self.details.len() > MOST_DETAILS {
            return Err(AuditError::entry(format!("it has more than {MOST_DETAILS} details")));
        }
        if self.subjects.len() > MOST_SUBJECTS {
            return Err(AuditError::entry(format!("it concerns more than {MOST_SUBJECTS} people: split it")));
        }
        Ok(())
    }
}

/// What somebody claims to be, fit for an entry whatever was sent: without control characters, cut to 200 characters,
/// and `(none)` when nothing is left. A failed login is recorded however it was tried.
pub fn claimed_actor(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control()).take(ACTOR).collect();
    if kept.trim().is_empty() { "(none)".to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused() {
        let entry = Entry::new(Instant(1), "li", Action::Login);
        assert_eq!(entry.check(), Ok(()));
        let many = (0..=MOST_DETAILS).map(|n| (n.to_string(), String::new())).collect();
        let long = || Some("长".repeat(501));
        let code = "c".repeat(NAME + 1);
        for wrong in [
            Entry { actor: " ".to_owned(), ..entry.clone() },
            Entry { actor: "a".repeat(201), ..entry.clone() },
            Entry { action: Action::Command { order: code.clone() }, ..entry.clone() },
            Entry { outcome: Outcome::Refused { code }, ..entry.clone() },
            Entry { purpose: long(), ..entry.clone() },
            Entry { request: long(), ..entry.clone() },
            Entry { from: long(), ..entry.clone() },
            Entry { session: long(), ..entry.clone() },
            Entry { details: many, ..entry.clone() },
            Entry { details: BTreeMap::from([("a".repeat(65), String::new())]), ..entry.clone() },
            Entry { details: BTreeMap::from([("a".to_owned(), "b".repeat(201))]), ..entry.clone() },
            Entry { subjects: vec![PersonId([1; 16]); MOST_SUBJECTS + 1], ..entry.clone() },
        ] {
            assert!(matches!(wrong.check(), Err(AuditError::Entry { .. })), "{wrong:?}");
        }
        let full = Entry {
            actor: "名".repeat(200),
            purpose: Some("长".repeat(500)),
            subjects: vec![PersonId([1; 16]); MOST_SUBJECTS],
            ..entry
        };
        assert_eq!(full.check(), Ok(()));
    }

    #[test]
    fn whatever_is_claimed_can_be_recorded() {
        for (claimed, kept) in [("li", "li"), ("", "(none)"), (" \t\n", "(none)"), ("a\r\nb", "ab")] {
            assert_eq!(claimed_actor(claimed), kept);
        }
        let entry = Entry::new(Instant(1), claimed_actor(&"鬼".repeat(10_000)), Action::Login);
        assert_eq!((entry.check(), entry.actor.chars().count()), (Ok(()), 200));
    }
}
