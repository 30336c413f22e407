//! Tables of single events, and of what facts there are.

use sanzao_ledger::tables::{
    ActivityAfterDeathRow, BirthRow, DeathSignalRow, DiagnosisRow, EventRow, HeldFactRow, LastFactRow,
    QuarterFactRow, SettlementRow, StayRow, VisitRow,
};

use crate::contract::{Kind, Table};

pub(super) fn event(rows: &[EventRow]) -> Table {
    Table::new("event", "What happened to people, whatever came after.")
        .number("person", Kind::Person, "to whom", rows.iter().map(|r| r.person))
        .number("household", Kind::Household, "the person's household; the dead belong to one too", rows.iter().map(|r| r.household))
        .text("event", "`died` (the earliest death signal), `custody` (taken into it), `missing` (reported), `unemployed` (registered), `insurance-stopped` (of employees), `enrolment-stopped` (medical insurance of any type), `long-term-care-ended`, `certified-disabled`", rows.iter().map(|r| r.event))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn death_signal(rows: &[DeathSignalRow]) -> Table {
    Table::new("death_signal", "Death signals. That of `social-security` is a funeral grant that it paid.")
        .number("person", Kind::Person, "of whom", rows.iter().map(|r| r.person))
        .day("on_day", "the day it gives", rows.iter().map(|r| r.on))
        .text("feed", "which feed gave it, as `police`", rows.iter().map(|r| r.feed))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn settlement(rows: &[SettlementRow]) -> Table {
    Table::new("settlement", "Medical settlements not reversed.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .number("household", Kind::Household, "the person's household", rows.iter().map(|r| r.household))
        .id("settlement", "the settlement's pseudonym", rows.iter().map(|r| r.settlement.0))
        .day("begin_on", "when the treatment began", rows.iter().map(|r| r.begin))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .flag("inpatient", "inpatient, rather than outpatient or special", rows.iter().map(|r| r.inpatient))
        .fen("self_paid_fen", "what the patient paid", rows.iter().map(|r| r.self_paid))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn visit(rows: &[VisitRow]) -> Table {
    Table::new("visit", "Recorded visits.")
        .number("person", Kind::Person, "whom", rows.iter().map(|r| r.person))
        .text("kind", "`child` or `elder`", rows.iter().map(|r| r.kind))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn diagnosis(rows: &[DiagnosisRow]) -> Table {
    Table::new("diagnosis", "Diagnoses.")
        .number("person", Kind::Person, "of whom", rows.iter().map(|r| r.person))
        .text(
            "category",
            "`major-illness`, `severe-mental-disorder`, `tuberculosis`, `chronic` or `other`",
            rows.iter().map(|r| r.category),
        )
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn stay(rows: &[StayRow]) -> Table {
    Table::new("stay", "Admissions to hospitals.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .day("admitted_on", "when", rows.iter().map(|r| r.admitted_on))
        .flag(
            "discharged",
            "a discharge of the same facility and day of admission is recorded",
            rows.iter().map(|r| r.discharged),
        )
        .number("fact", Kind::Fact, "the admission", rows.iter().map(|r| r.fact))
        .fact_or_none("fact_discharge", "the discharge", rows.iter().map(|r| r.fact_discharge))
}

pub(super) fn birth(rows: &[BirthRow]) -> Table {
    Table::new("birth", "Births certified.")
        .number("person", Kind::Person, "the mother", rows.iter().map(|r| r.person))
        .number(
            "household",
            Kind::Household,
            "the mother's household; the dead belong to one too",
            rows.iter().map(|r| r.household),
        )
        .day("on_day", "the day of birth", rows.iter().map(|r| r.on))
        .number("fact", Kind::Fact, "the certificate", rows.iter().map(|r| r.fact))
}

pub(super) fn activity_after_death(rows: &[ActivityAfterDeathRow]) -> Table {
    Table::new("activity_after_death", "What began after the earliest death signal of a person.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .text(
            "activity",
            "`settlement` (not reversed), `stay` (an admission) or `wage`",
            rows.iter().map(|r| r.activity),
        )
        .day(
            "began_on",
            "when it began: of a settlement its `begin`, of a wage the first day of its month",
            rows.iter().map(|r| r.began_on),
        )
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn last_fact(rows: &[LastFactRow]) -> Table {
    Table::new("last_fact", "Of each person with an active benefit the newest fact, not held, of any feed, that names the person in any role; a verification, also of an ended benefit, counts for those who have the benefit, or had it until it ended.")
        .number("person", Kind::Person, "whom it names", rows.iter().map(|r| r.person))
        .text("feed", "which feed sent it", rows.iter().map(|r| r.feed))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn quarter_fact(rows: &[QuarterFactRow]) -> Table {
    Table::new("quarter_fact", "Of each person with an active child program the facts, not held, that began to count in the day's quarter: those that name the person in any role, and those about benefits that the person has, or had until they ended.")
        .number("person", Kind::Person, "whom it is about", rows.iter().map(|r| r.person))
        .text("feed", "which feed sent it", rows.iter().map(|r| r.feed))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn held_fact(rows: &[HeldFactRow]) -> Table {
    Table::new(
        "held_fact",
        "Facts held because their name is none that police recorded for the person, each once.",
    )
    .number("person", Kind::Person, "for whom it is held", rows.iter().map(|r| r.person))
    .text("feed", "which feed sent it", rows.iter().map(|r| r.feed))
    .day("on_day", "its day", rows.iter().map(|r| r.on))
    .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}
