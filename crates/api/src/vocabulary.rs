//! The words of the model in the description of the API: their schemas list what the model has.

use sanzao_access::Role;
use sanzao_casework::outcomes::Standing;
use sanzao_exchange::{AnswerCode, Point, Question};
use sanzao_model::{Deed, Feed, Outcome, Procedure, ReportSource, Sensitivity};
use sanzao_readmodel::{Kind, Queue, StateName};
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, Type};

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
    words(
        "Alerts are open, claimed, snoozed, decided, closed, appealed or withdrawn; tasks are planned, due, overdue, \
         reported, done, missed or cancelled.",
        names,
    )
}

pub(crate) fn feed() -> Object {
    words("A department's feed.", Feed::ALL.map(Feed::as_str))
}

pub(crate) fn outcome() -> Object {
    let all = [Outcome::Helped, Outcome::NotEligible, Outcome::WrongData, Outcome::NoAction];
    words("What came of an alert.", all.map(outcome_name))
}

pub(crate) fn sensitivity() -> Object {
    words("What makes it sensitive.", Sensitivity::ALL.map(Sensitivity::as_str))
}

pub(crate) fn notice_means() -> Object {
    words("How the family was told.", ["in-person", "post", "phone", "public-notice"])
}

pub(crate) fn report_source() -> Object {
    let all =
        [ReportSource::Resident, ReportSource::VillageAide, ReportSource::Hotline, ReportSource::Office];
    words("Who told of something.", all.map(report_source_name))
}

/// As the model's JSON has it, which a test holds.
pub(crate) fn report_source_name(source: ReportSource) -> &'static str {
    match source {
        ReportSource::Resident => "resident",
        ReportSource::VillageAide => "village-aide",
        ReportSource::Hotline => "hotline",
        ReportSource::Office => "office",
    }
}

/// True, and nothing else.
pub(crate) fn only_true() -> Object {
    ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true])).build()
}

pub(crate) fn queue() -> Object {
    words(
        "Waiting for whoever supervises: late, or to be reviewed a second time.",
        Queue::ALL.map(Queue::as_str),
    )
}

pub(crate) fn roles() -> Array {
    let role = words("What somebody is to the bureau.", Role::ALL.map(Role::as_str));
    ArrayBuilder::new().items(role).build()
}

pub(crate) fn deed() -> Object {
    words("What somebody did.", DEEDS.map(deed_name))
}

const DEEDS: [Deed; 17] = [
    Deed::Claimed,
    Deed::Released,
    Deed::Snoozed,
    Deed::Decided,
    Deed::Notified,
    Deed::Answered,
    Deed::Approved,
    Deed::SentBack,
    Deed::Appealed,
    Deed::Upheld,
    Deed::Dismissed,
    Deed::Completed,
    Deed::Cancelled,
    Deed::Assigned,
    Deed::Grouped,
    Deed::Ungrouped,
    Deed::Undone,
];

/// As the model's JSON has it, which a test holds.
fn deed_name(deed: Deed) -> &'static str {
    match deed {
        Deed::Claimed => "claimed",
        Deed::Released => "released",
        Deed::Snoozed => "snoozed",
        Deed::Decided => "decided",
        Deed::Notified => "notified",
        Deed::Answered => "answered",
        Deed::Approved => "approved",
        Deed::SentBack => "sent-back",
        Deed::Appealed => "appealed",
        Deed::Upheld => "upheld",
        Deed::Dismissed => "dismissed",
        Deed::Completed => "completed",
        Deed::Cancelled => "cancelled",
        Deed::Assigned => "assigned",
        Deed::Grouped => "grouped",
        Deed::Ungrouped => "ungrouped",
        Deed::Undone => "undone",
    }
}

/// Where an item, or somebody flagged by one, stands.
pub(crate) fn standing() -> Object {
    words(
        "Where it stands, with what came of an alert that is closed. Due, done, overdue, missed and cancelled are of \
         tasks.",
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

const QUESTION: &str = "What a department is asked: 公安 about registration and living, 人社 about pension and employment, \
     卫健 about ability and stays, 医保 about enrolment and long-term care.";

pub(crate) fn question() -> Object {
    words(QUESTION, Question::ALL.map(Question::as_str))
}

pub(crate) fn questions() -> Array {
    ArrayBuilder::new().items(question()).min_items(Some(1)).max_items(Some(4)).build()
}

pub(crate) fn points() -> Array {
    let all = Question::ALL.into_iter().flat_map(Question::points).copied();
    let point = words("A statement that holds or does not.", all.map(Point::as_str));
    ArrayBuilder::new().items(point).build()
}

/// Where a verification request stands.
pub(crate) fn request_state() -> Object {
    words("Where it stands.", REQUEST_STATES)
}

pub(crate) const REQUEST_STATES: [&str; 5] = ["asked", "delivered", "overdue", "answered", "cancelled"];

pub(crate) fn answer_code() -> Object {
    words("Whether the department can answer.", AnswerCode::ALL.map(AnswerCode::as_str))
}

pub(crate) fn holds() -> Object {
    words("Whether it holds.", ["holds", "does-not-hold", "unknown"])
}

/// Where an endpoint of a department stands.
pub(crate) fn endpoint_state() -> Object {
    words(
        "Messages are sent; or it wants none (410) until it is enabled; or it asked for a pause; or the configuration \
         names it no more.",
        ["active", "gone", "paused", "not-configured"],
    )
}

/// An identifier: 32 hexadecimal digits.
pub(crate) fn id() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{32}$"));
    text.description(Some("A pseudonym or identifier, 16 bytes.")).build()
}

/// Procedures that items of a kind can have.
pub(crate) fn procedure_of(kind: Kind) -> Object {
    let of_kind = |procedure: &Procedure| procedure.makes_tasks() == (kind == Kind::Task);
    words(PROCEDURE, Procedure::ALL.into_iter().filter(of_kind).map(Procedure::as_str))
}

/// Some states of a kind, as lists take them.
pub(crate) fn states_of(kind: Kind) -> Object {
    let names: Vec<_> = kind.states().iter().map(|state| state.as_str()).collect();
    let one = format!("({})", names.join("|"));
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(format!("^{one}(,{one})*$")));
    text.examples([names[..2].join(",")]).build()
}

/// Items of one request, each once.
pub(crate) fn items() -> Array {
    let items = ArrayBuilder::new().items(id()).min_items(Some(1)).max_items(Some(200)).unique_items(true);
    items.description(Some("Alerts and tasks, each once.")).build()
}

/// Versions by item.
pub(crate) fn versions() -> Object {
    let version = ObjectBuilder::new().schema_type(Type::String);
    let by_item = ObjectBuilder::new().property_names(Some(id())).additional_properties(Some(version));
    let description = "The versions for which it is meant, as their ETags say; any version of items that are not \
                       named here. None of other items.";
    by_item.description(Some(description)).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_are_named_as_in_the_model() {
        for deed in DEEDS {
            assert_eq!(serde_json::to_value(deed).unwrap(), deed_name(deed));
        }
    }

    #[test]
    fn sources_of_reports_are_named_as_in_the_model() {
        for source in
            [ReportSource::Resident, ReportSource::VillageAide, ReportSource::Hotline, ReportSource::Office]
        {
            assert_eq!(serde_json::to_value(source).unwrap(), report_source_name(source));
        }
    }

    #[test]
    fn outcomes_are_named_as_in_the_model() {
        for outcome in [Outcome::Helped, Outcome::NotEligible, Outcome::WrongData, Outcome::NoAction] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome_name(outcome));
            assert!(Standing::ALL.iter().any(|standing| standing.as_str() == outcome_name(outcome)));
        }
    }
}
