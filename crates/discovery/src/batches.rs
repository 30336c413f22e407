//! Rows → Arrow: the tables that rules read, each column beside the field it is taken from.

use std::iter::once as one;

use sanzao_ledger::tables::{
    BenefitRow, DeathSignalRow, DibaoIncomeRow, HeldFactRow, HouseholdRow, PersonRow, RelativeRow,
    SettlementRow, SpellRow, Tables, UnemploymentBenefitRow, VisitRow,
};
use sanzao_model::Day;

use crate::Parameters;
use crate::contract::{Kind, Table};

/// All tables of a batch, always in this order.
pub(crate) fn tables(tables: &Tables, parameters: &Parameters) -> Vec<Table> {
    vec![
        clock(tables.as_of),
        parameter(parameters),
        person(&tables.person),
        household(&tables.household),
        benefit(&tables.benefit),
        relative(&tables.relative),
        death_signal(&tables.death_signal),
        unemployment_benefit(&tables.unemployment_benefit),
        settlement(&tables.settlement),
        visit(&tables.visit),
        held_fact(&tables.held_fact),
        spells("pension", "Active pensions.", &tables.pension),
        spells("injury_nursing", "Active injury-nursing spells.", &tables.injury_nursing),
        dibao_income(&tables.dibao_income),
    ]
}

fn clock(as_of: Day) -> Table {
    let (month, week) = (as_of.month(), as_of.iso_week());
    Table::of_one_row("clock", "One row: the day that is evaluated, and the periods it lies in.")
        .day("as_of", "the day", one(as_of))
        .day("month_start", "first day of its month", one(month.first_day()))
        .day("month_end", "last day of its month", one(month.last_day()))
        .text("month", "its month, `YYYY-MM`", one(month.to_string()))
        .day("week_start", "Monday of its ISO week", one(week.first_day()))
        .day("week_end", "Sunday of its ISO week", one(week.last_day()))
        .text("week", "its ISO week, `YYYY-Www`", one(week.to_string()))
        .day("year_start", "1 January of its year", one(as_of.year_start()))
        .text("year", "its year, `YYYY`", one(format!("{:04}", as_of.parts().0)))
}

fn parameter(parameters: &Parameters) -> Table {
    let table = Table::of_one_row("parameter", "One row: every number that rules use (`parameters.toml`).");
    parameters.iter().fold(table, |table, p| table.parameter(&p.name, &p.chinese, p.value))
}

fn person(rows: &[PersonRow]) -> Table {
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

fn household(rows: &[HouseholdRow]) -> Table {
    Table::new("household", "One row a household with a living member.")
        .number("household", Kind::Household, "which", rows.iter().map(|r| r.household))
        .short("members", "living members", rows.iter().map(|r| r.members))
        .flag(
            "low_income",
            "a living member has an active low-income program",
            rows.iter().map(|r| r.low_income),
        )
}

fn benefit(rows: &[BenefitRow]) -> Table {
    Table::new("benefit", "One row for each active benefit and person who has it; suspended ones are active.")
        .text("benefit", "the benefit's pseudonym", rows.iter().map(|r| r.benefit.as_str()))
        .number("person", Kind::Person, "who has it", rows.iter().map(|r| r.person))
        .number("household", Kind::Household, "the person's household", rows.iter().map(|r| r.household))
        .text("program", "as `dibao`", rows.iter().map(|r| r.program))
        .text_or_none("category", "newest category that a rule reads", rows.iter().map(|r| r.category))
        .fen("monthly_fen", "newest monthly amount", rows.iter().map(|r| r.monthly))
        .day("granted_on", "when it was granted", rows.iter().map(|r| r.granted_on))
        .flag("suspended", "suspended", rows.iter().map(|r| r.suspended))
        .day(
            "verified_on",
            "latest of grant, `verified_on` and verifications",
            rows.iter().map(|r| r.verified_on),
        )
        .number("fact_grant", Kind::Fact, "the grant", rows.iter().map(|r| r.fact_grant))
        .fact_or_none(
            "fact_list",
            "the list that names the person, where it is not the grant",
            rows.iter().map(|r| r.fact_list),
        )
        .fact_or_none(
            "fact_verification",
            "the verification that gave `verified_on`, where it was one",
            rows.iter().map(|r| r.fact_verification),
        )
}

fn relative(rows: &[RelativeRow]) -> Table {
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
}

fn death_signal(rows: &[DeathSignalRow]) -> Table {
    Table::new("death_signal", "Death signals.")
        .number("person", Kind::Person, "of whom", rows.iter().map(|r| r.person))
        .day("on_day", "the day it gives", rows.iter().map(|r| r.on))
        .text("feed", "which feed gave it, as `police`", rows.iter().map(|r| r.feed))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

fn unemployment_benefit(rows: &[UnemploymentBenefitRow]) -> Table {
    Table::new("unemployment_benefit", "The newest unemployment-benefit event of each person.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .text("event", "`started` or `ended`", rows.iter().map(|r| r.event))
        .text_or_none("reason", "why it ended, as `exhausted`", rows.iter().map(|r| r.reason))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .flag("active", "open and not past its `until`", rows.iter().map(|r| r.active))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

fn settlement(rows: &[SettlementRow]) -> Table {
    Table::new("settlement", "Medical settlements not reversed.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .number("household", Kind::Household, "the person's household", rows.iter().map(|r| r.household))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .flag("inpatient", "inpatient, rather than outpatient or special", rows.iter().map(|r| r.inpatient))
        .fen("self_paid_fen", "what the patient paid", rows.iter().map(|r| r.self_paid))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

fn visit(rows: &[VisitRow]) -> Table {
    Table::new("visit", "Recorded visits.")
        .number("person", Kind::Person, "whom", rows.iter().map(|r| r.person))
        .text("kind", "`child` or `elder`", rows.iter().map(|r| r.kind))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

fn held_fact(rows: &[HeldFactRow]) -> Table {
    Table::new(
        "held_fact",
        "Facts held because their name is none that police recorded for the person, each once.",
    )
    .number("person", Kind::Person, "for whom it is held", rows.iter().map(|r| r.person))
    .text("feed", "which feed sent it", rows.iter().map(|r| r.feed))
    .day("on_day", "its day", rows.iter().map(|r| r.on))
    .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

fn spells(name: &'static str, doc: &'static str, rows: &[SpellRow]) -> Table {
    Table::new(name, doc)
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .text(
            "scheme",
            "`employee`, `flexible` or `resident`; empty for injury nursing",
            rows.iter().map(|r| r.scheme),
        )
        .day("began_on", "when the open spell began", rows.iter().map(|r| r.began_on))
        .fen("monthly_fen", "newest monthly amount", rows.iter().map(|r| r.monthly))
        .number("fact", Kind::Fact, "the record that gave the amount", rows.iter().map(|r| r.fact))
}

fn dibao_income(rows: &[DibaoIncomeRow]) -> Table {
    Table::new(
        "dibao_income",
        "One row for each household, active dibao of a living member, and part of the household's monthly \
         income known; a household without any income has none.",
    )
    .number("household", Kind::Household, "the household", rows.iter().map(|r| r.household))
    .text("benefit", "the dibao's pseudonym", rows.iter().map(|r| r.benefit.as_str()))
    .number("fact_grant", Kind::Fact, "its grant", rows.iter().map(|r| r.fact_grant))
    .short("members", "living members of the household", rows.iter().map(|r| r.members))
    .day(
        "reference_on",
        "latest of *verified on* of that dibao and income assessments naming a member",
        rows.iter().map(|r| r.reference_on),
    )
    .fact_or_none(
        "fact_reference",
        "the record that gave it, where it was a verification or an assessment",
        rows.iter().map(|r| r.fact_reference),
    )
    .number("person", Kind::Person, "whose income", rows.iter().map(|r| r.person))
    .text("source", "`pension`, `wage` or `unemployment-benefit`", rows.iter().map(|r| r.source))
    .fen("monthly_fen", "its amount a month", rows.iter().map(|r| r.monthly))
    .fen_or_none(
        "monthly_then_fen",
        "the amount on the reference date; null where there was none",
        rows.iter().map(|r| r.monthly_then),
    )
    .fact_or_none("fact_then", "the record that gave that amount", rows.iter().map(|r| r.fact_then))
    .flag(
        "is_new",
        "new since the reference date: began after it, or the amount differs",
        rows.iter().map(|r| r.is_new),
    )
    .short_or_none(
        "months_insured",
        "full months since the person's open employee insurance began; null where none is open",
        rows.iter().map(|r| r.months_insured),
    )
    .fact_or_none(
        "fact_insured",
        "of a wage, the record of that beginning",
        rows.iter().map(|r| r.fact_insured),
    )
    .number("fact", Kind::Fact, "the record that gave the amount", rows.iter().map(|r| r.fact))
    .fact_or_none(
        "fact_household",
        "the list or registration by which the person belongs to the household",
        rows.iter().map(|r| r.fact_household),
    )
}
