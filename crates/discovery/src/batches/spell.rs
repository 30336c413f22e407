//! Tables of what goes on, and of a person's condition.

use sanzao_ledger::tables::{
    AbilityRow, CertificateRow, CustodyRow, EnrolmentRow, LongTermCareRow, OpenSpellRow, SpellRow,
    UnemploymentBenefitRow,
};

use crate::contract::{Kind, Table};

pub(super) fn unemployment_benefit(rows: &[UnemploymentBenefitRow]) -> Table {
    Table::new("unemployment_benefit", "The newest unemployment-benefit event of each person.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .text("event", "`started` or `ended`", rows.iter().map(|r| r.event))
        .text_or_none("reason", "why it ended, as `exhausted`", rows.iter().map(|r| r.reason))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .flag("active", "open and not past its `until`", rows.iter().map(|r| r.active))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn spells(name: &'static str, doc: &'static str, rows: &[SpellRow]) -> Table {
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

pub(super) fn enrolment(rows: &[EnrolmentRow]) -> Table {
    Table::new("enrolment", "Active medical insurance.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .text("insutype", "`310` (employees) or `390` (residents)", rows.iter().map(|r| r.insutype))
        .day("began_on", "when the open spell began", rows.iter().map(|r| r.began_on))
        .number("fact", Kind::Fact, "its newest start", rows.iter().map(|r| r.fact))
}

pub(super) fn open_spells(name: &'static str, doc: &'static str, rows: &[OpenSpellRow]) -> Table {
    Table::new(name, doc)
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .day("began_on", "when the open spell began", rows.iter().map(|r| r.began_on))
        .number("fact", Kind::Fact, "the record that began it", rows.iter().map(|r| r.fact))
}

pub(super) fn custody(rows: &[CustodyRow]) -> Table {
    Table::new("custody", "The newest custody event of each person.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .text("event", "`started` (the person is in custody) or `ended`", rows.iter().map(|r| r.event))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .text_or_none(
            "kind",
            "in custody: `detention`, `arrest`, `imprisonment` or `compulsory-rehabilitation`",
            rows.iter().map(|r| r.kind),
        )
        .day_or_none("began_on", "in custody: since when", rows.iter().map(|r| r.began_on))
        .day_or_none(
            "expected_until",
            "in custody: until when that is expected to last, where the newest start says so",
            rows.iter().map(|r| r.expected_until),
        )
        .number("fact", Kind::Fact, "the event", rows.iter().map(|r| r.fact))
        .fact_or_none(
            "fact_began",
            "in custody: the first start, where that is another",
            rows.iter().map(|r| r.fact_began),
        )
}

pub(super) fn long_term_care(rows: &[LongTermCareRow]) -> Table {
    Table::new("long_term_care", "Active long-term care.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .text("mode", "`home` or `institution`, by the newest approval", rows.iter().map(|r| r.mode))
        .day("began_on", "when the open spell began", rows.iter().map(|r| r.began_on))
        .day("approved_on", "day of the newest approval", rows.iter().map(|r| r.approved_on))
        .fen("monthly_fen", "newest monthly amount", rows.iter().map(|r| r.monthly))
        .number("fact", Kind::Fact, "the newest approval", rows.iter().map(|r| r.fact))
}

pub(super) fn certificate(rows: &[CertificateRow]) -> Table {
    Table::new(
        "certificate",
        "The newest certificate of disability of each person; an older one never revives.",
    )
    .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
    .number("household", Kind::Household, "the person's household", rows.iter().map(|r| r.household))
    .text(
        "category",
        "`visual`, `hearing`, `speech`, `physical`, `intellectual`, `mental` or `multiple`",
        rows.iter().map(|r| r.category),
    )
    .short("grade", "1 (severest) to 4", rows.iter().map(|r| r.grade))
    .day("on_day", "from when", rows.iter().map(|r| r.on))
    .day("valid_until", "until when", rows.iter().map(|r| r.valid_until))
    .flag("valid", "valid on the day", rows.iter().map(|r| r.valid))
    .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}

pub(super) fn ability(rows: &[AbilityRow]) -> Table {
    Table::new("ability", "The newest assessment of each person's ability.")
        .number("person", Kind::Person, "whose", rows.iter().map(|r| r.person))
        .short("level", "0 (able) to 4 (fully disabled)", rows.iter().map(|r| r.level))
        .day("on_day", "its day", rows.iter().map(|r| r.on))
        .number("fact", Kind::Fact, "the record", rows.iter().map(|r| r.fact))
}
