//! Tables of income.

use sanzao_ledger::tables::{DibaoIncomeRow, IncomeAssessmentRow, IncomeRow, WageRow};

use crate::contract::{Kind, Table};

pub(super) fn dibao_income(rows: &[DibaoIncomeRow]) -> Table {
    Table::new(
        "dibao_income",
        "One row for each household, active dibao of a living member, and part of the household's monthly \
         income known; a household without any income has none.",
    )
    .number("household", Kind::Household, "the household", rows.iter().map(|r| r.household))
    .id("benefit", "the dibao's pseudonym", rows.iter().map(|r| r.benefit.0))
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

pub(super) fn income(rows: &[IncomeRow]) -> Table {
    Table::new("income", "One row for each part of the monthly income known of a household: active pensions, the newest wage among the day's month and the three before it, active unemployment benefits of its living members.")
        .number("household", Kind::Household, "the household", rows.iter().map(|r| r.household))
        .number("person", Kind::Person, "whose income", rows.iter().map(|r| r.person))
        .text("source", "`pension`, `wage` or `unemployment-benefit`", rows.iter().map(|r| r.source))
        .fen("monthly_fen", "its amount a month", rows.iter().map(|r| r.monthly))
        .number("fact", Kind::Fact, "the record that gave the amount", rows.iter().map(|r| r.fact))
}

pub(super) fn wage(rows: &[WageRow]) -> Table {
    Table::new("wage", "Wages of the day's month and the twelve before it; of one month the newest counts.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .number(
            "household",
            Kind::Household,
            "the person's household; the dead belong to one too",
            rows.iter().map(|r| r.household),
        )
        .day("month_start", "first day of the month", rows.iter().map(|r| r.month_start))
        .text("month", "the month, `YYYY-MM`", rows.iter().map(|r| r.month_start.month().to_string()))
        .fen("amount_fen", "the wage", rows.iter().map(|r| r.amount))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn income_assessment(rows: &[IncomeAssessmentRow]) -> Table {
    Table::new("income_assessment", "One row for each assessment of income and person whom it names.")
        .number("person", Kind::Person, "whom it names", rows.iter().map(|r| r.person))
        .number("household", Kind::Household, "the person's household", rows.iter().map(|r| r.household))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .fen("annual_fen", "the income of a year that it found", rows.iter().map(|r| r.annual))
        .flag("property_ok", "property is no obstacle", rows.iter().map(|r| r.property_ok))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}
