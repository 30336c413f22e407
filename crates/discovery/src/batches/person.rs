//! Tables about who people are, where they are registered, and with whom they live.

use sanzao_ledger::tables::{
    CoResidenceRow, HouseholdRow, PersonRow, RegistrationRow, RelativeEventRow, RelativeRow,
};

use crate::contract::{Kind, Table};

pub(super) fn person(rows: &[PersonRow]) -> Table {
    Table::new("person", "One row a person.")
        .number("person", Kind::Person, "who", rows.iter().map(|r| r.person))
        .number(
            "household",
            Kind::Household,
            "the household they belong to",
            rows.iter().map(|r| r.household),
        )
        .flag("living", "no death signal", rows.iter().map(|r| r.living))
        .day_or_none("died_on", "earliest death signal", rows.iter().map(|r| r.died_on))
        .short_or_none("age", "full years; null where the number tells no birth", rows.iter().map(|r| r.age))
        .flag("in_district", "registered in the bureau's district", rows.iter().map(|r| r.in_district))
        .fact_or_none(
            "fact_registration",
            "the newest registration record",
            rows.iter().map(|r| r.fact_registration),
        )
        .flag(
            "employed",
            "active employee insurance, or a wage for this month or one of the two before it",
            rows.iter().map(|r| r.employed),
        )
        .flag("has_pension", "has an active pension", rows.iter().map(|r| r.has_pension))
        .flag(
            "low_income",
            "a living member of the household has an active low-income program",
            rows.iter().map(|r| r.low_income),
        )
        .fact_or_none("fact_low_income", "the grant that makes it so", rows.iter().map(|r| r.fact_low_income))
        .fact_or_none(
            "fact_household",
            "the list or registration by which they belong to the household",
            rows.iter().map(|r| r.fact_household),
        )
}

pub(super) fn household(rows: &[HouseholdRow]) -> Table {
    Table::new("household", "One row a household with a living member.")
        .number("household", Kind::Household, "which", rows.iter().map(|r| r.household))
        .short("members", "living members", rows.iter().map(|r| r.members))
        .flag(
            "low_income",
            "a living member has an active low-income program",
            rows.iter().map(|r| r.low_income),
        )
}

pub(super) fn registration(rows: &[RegistrationRow]) -> Table {
    Table::new(
        "registration",
        "The newest registration record of each person. Cancellations for death are none.",
    )
    .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
    .text("event", "`registered`, `moved` or `cancelled`", rows.iter().map(|r| r.event))
    .text_or_none("reason", "why it was cancelled, as `moved-out`", rows.iter().map(|r| r.reason))
    .day("on_day", "its day", rows.iter().map(|r| r.on))
    .flag(
        "in_district",
        "it registers the person in the bureau's district",
        rows.iter().map(|r| r.in_district),
    )
    .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn co_residence(rows: &[CoResidenceRow]) -> Table {
    Table::new(
        "co_residence",
        "One row for each living person of a police household, collective ones too, whatever programs say.",
    )
    .number("person", Kind::Person, "who", rows.iter().map(|r| r.person))
    .short("others", "how many other living people are registered there", rows.iter().map(|r| r.others))
    .number("fact", Kind::Fact, "the person's registration", rows.iter().map(|r| r.fact))
    .fact_or_none("fact_other", "the registration of one of the others", rows.iter().map(|r| r.fact_other))
    .day_or_none("other_on", "its day", rows.iter().map(|r| r.other_on))
}

pub(super) fn relative(rows: &[RelativeRow]) -> Table {
    Table::new(
        "relative",
        "Recorded relatives, wherever they live; one row for each relative and kind, by the newest record.",
    )
    .number("person", Kind::Person, "whose relative", rows.iter().map(|r| r.person))
    .number("relative", Kind::Person, "the relative", rows.iter().map(|r| r.relative))
    .text("kind", "what they are to the person: `parent`, `spouse`, `guardian`", rows.iter().map(|r| r.kind))
    .flag("living", "no death signal of the relative", rows.iter().map(|r| r.living))
    .day_or_none("died_on", "earliest death signal of the relative", rows.iter().map(|r| r.died_on))
    .number("fact", Kind::Fact, "the record of the relation", rows.iter().map(|r| r.fact))
    .fact_or_none("fact_death", "that death signal", rows.iter().map(|r| r.fact_death))
    .day_or_none(
        "missing_since",
        "when the relative's open spell of being missing began",
        rows.iter().map(|r| r.missing_since),
    )
    .fact_or_none("fact_missing", "the report that began it", rows.iter().map(|r| r.fact_missing))
    .day_or_none(
        "custody_since",
        "when the relative's open custody began",
        rows.iter().map(|r| r.custody_since),
    )
    .day_or_none(
        "custody_until",
        "until when that custody is expected to last, by its newest start",
        rows.iter().map(|r| r.custody_until),
    )
    .fact_or_none("fact_custody", "its newest start", rows.iter().map(|r| r.fact_custody))
    .fact_or_none(
        "fact_custody_began",
        "its first start, where that is another",
        rows.iter().map(|r| r.fact_custody_began),
    )
    .short_or_none(
        "grade",
        "grade of the relative's certificate of disability, 1 (severest) to 4, where the newest is valid",
        rows.iter().map(|r| r.grade),
    )
    .text_or_none("category", "category of that certificate, as `mental`", rows.iter().map(|r| r.category))
    .fact_or_none("fact_certificate", "that certificate", rows.iter().map(|r| r.fact_certificate))
}

pub(super) fn relative_event(rows: &[RelativeEventRow]) -> Table {
    Table::new(
        "relative_event",
        "What happened to recorded relatives, whatever came after: the rows of `event` of every relative.",
    )
    .number("person", Kind::Person, "whose relative", rows.iter().map(|r| r.person))
    .number("relative", Kind::Person, "the relative", rows.iter().map(|r| r.relative))
    .text("kind", "what they are to the person: `parent`, `spouse`, `guardian`", rows.iter().map(|r| r.kind))
    .text("event", "what happened, as in `event`", rows.iter().map(|r| r.event))
    .day("on_day", "its day", rows.iter().map(|r| r.on))
    .number("fact", Kind::Fact, "the record of the event", rows.iter().map(|r| r.fact))
    .number(
        "fact_relation",
        Kind::Fact,
        "the record of the relation",
        rows.iter().map(|r| r.fact_relation),
    )
}
