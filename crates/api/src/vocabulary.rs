//! The words of the model in the description of the API: their schemas list what the model has.

use sanzao_casework::outcomes::Standing;
use sanzao_model::{Feed, Outcome, Procedure};
use sanzao_readmodel::StateName;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use crate::change::event_types;

fn words<'a>(description: &str, words: impl IntoIterator<Item = &'a str>) -> Object {
    let words: Vec<_> = words.into_iter().collect();
    let text = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
    text.description(Some(description)).build()
}

const PROCEDURE: &str =
    "What a finding starts: help, a missed benefit, a review, a periodic re-check, data quality.";

pub(crate) fn procedure() -> Object {
    words(PROCEDURE, Procedure::ALL.map(Procedure::as_str))
}

/// As a filter of a list.
pub(crate) fn procedure_of_kind() -> Object {
    let description = format!("{PROCEDURE} Tasks have `recheck`, alerts any other.");
    words(&description, Procedure::ALL.map(Procedure::as_str))
}

pub(crate) fn state() -> Object {
    let names = StateName::ALL.map(StateName::as_str);
    words("Alerts are open, claimed, resolved or withdrawn; tasks are due, done or overdue.", names)
}

pub(crate) fn feed() -> Object {
    words("A department's feed.", Feed::ALL.map(Feed::as_str))
}

pub(crate) fn outcome() -> Object {
    let all = [Outcome::Helped, Outcome::NotEligible, Outcome::WrongData, Outcome::NoAction];
    words("What came of an alert.", all.map(outcome_name))
}

/// Where an item, or somebody flagged by one, stands.
pub(crate) fn standing() -> Object {
    words(
        "Where it stands, with what came of an alert that is resolved. Due, done and overdue are of tasks.",
        Standing::ALL.map(Standing::as_str),
    )
}

/// What became of an event.
pub(crate) fn receipt_outcome() -> Object {
    words("What became of an event.", ["accepted", "duplicate", "rejected"])
}

/// As the model's JSON has it, which a test holds.
fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Helped => "helped",
        Outcome::NotEligible => "not-eligible",
        Outcome::WrongData => "wrong-data",
        Outcome::NoAction => "no-action",
    }
}

/// The event type of a change.
pub(crate) fn change_type() -> Object {
    let names = event_types();
    words("What happened, and to what.", names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// An identifier: 32 hexadecimal digits.
pub(crate) fn id() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{32}$"));
    text.description(Some("A pseudonym or identifier, 16 bytes.")).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_named_as_in_the_model() {
        for outcome in [Outcome::Helped, Outcome::NotEligible, Outcome::WrongData, Outcome::NoAction] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome_name(outcome));
            assert!(Standing::ALL.iter().any(|standing| standing.as_str() == outcome_name(outcome)));
        }
    }
}
