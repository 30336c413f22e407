//! Tables about benefits.

use sanzao_ledger::tables::{BenefitRow, EndedBenefitRow, HouseholdProgramRow, OncePaidRow, RefusalRow};

use crate::contract::{Kind, Table};

pub(super) fn benefit(rows: &[BenefitRow]) -> Table {
    Table::new("benefit", "One row for each active benefit and person who has it; suspended ones are active.")
        .id("benefit", "the benefit's pseudonym", rows.iter().map(|r| r.benefit.0))
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
        .day(
            "listed_on",
            "day of the benefit's newest list (grant or change), whomever it names; of a benefit for one person that of its grant",
            rows.iter().map(|r| r.listed_on),
        )
        .fact_or_none(
            "fact_newest_list",
            "that list, where it is not the grant",
            rows.iter().map(|r| r.fact_newest_list),
        )
        .fact_or_none(
            "fact_category",
            "the change that gave the newest category, read by a rule or not, where it is not the grant",
            rows.iter().map(|r| r.fact_category),
        )
}

pub(super) fn household_program(rows: &[HouseholdProgramRow]) -> Table {
    Table::new("household_program", "For each person every low-income program that a living member of the person's household has, once for each grant.")
        .number("person", Kind::Person, "whose household", rows.iter().map(|r| r.person))
        .text("program", "`dibao`, `tekun`, `dibao-edge` or `rigid-spending`", rows.iter().map(|r| r.program))
        .day("granted_on", "when it was granted", rows.iter().map(|r| r.granted_on))
        .number("fact_grant", Kind::Fact, "the grant", rows.iter().map(|r| r.fact_grant))
}

pub(super) fn ended_benefit(rows: &[EndedBenefitRow]) -> Table {
    Table::new(
        "ended_benefit",
        "One row for each end of a benefit of any program, also one that is paid once, and person who had it: \
         whose own it was, or whom its newest list names.",
    )
    .id("benefit", "the benefit's pseudonym", rows.iter().map(|r| r.benefit.0))
    .number("person", Kind::Person, "who had it", rows.iter().map(|r| r.person))
    .number("household", Kind::Household, "the person's household", rows.iter().map(|r| r.household))
    .text("program", "as `dibao`", rows.iter().map(|r| r.program))
    .day("ended_on", "when it ended", rows.iter().map(|r| r.ended_on))
    .number("fact", Kind::Fact, "the record of the end", rows.iter().map(|r| r.fact))
    .number("fact_list", Kind::Fact, "the list that names the person, or the grant", rows.iter().map(|r| r.fact_list))
}

pub(super) fn once_paid(rows: &[OncePaidRow]) -> Table {
    Table::new("once_paid", "Grants of programs that are paid once, not ended.")
        .id("benefit", "the benefit's pseudonym", rows.iter().map(|r| r.benefit.0))
        .number("person", Kind::Person, "for whom", rows.iter().map(|r| r.person))
        .text("program", "`temporary-aid` or `funeral`", rows.iter().map(|r| r.program))
        .day("on_day", "when it was granted", rows.iter().map(|r| r.on))
        .fen("amount_fen", "the amount", rows.iter().map(|r| r.amount))
        .number("fact", Kind::Fact, "the grant", rows.iter().map(|r| r.fact))
}

pub(super) fn refusal(rows: &[RefusalRow]) -> Table {
    Table::new("refusal", "Applications refused.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .number("household", Kind::Household, "the person's household", rows.iter().map(|r| r.household))
        .text("program", "for which program, as `dibao`", rows.iter().map(|r| r.program))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}
