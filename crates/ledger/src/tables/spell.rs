//! Rows about what goes on, and about a person's condition.

use sanzao_model::{Day, Fen};

use super::{FactNo, HouseholdNo, PersonNo};

/// Table `unemployment_benefit`: the newest event of each person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnemploymentBenefitRow {
    /// Whose.
    pub person: PersonNo,
    /// `started` or `ended`.
    pub event: &'static str,
    /// Why it ended, as `exhausted`.
    pub reason: Option<&'static str>,
    /// Its day.
    pub on: Day,
    /// Open and not past its `until`.
    pub active: bool,
    /// The record.
    pub fact: FactNo,
}

/// Tables `pension` and `injury_nursing`: open spells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpellRow {
    /// Whose.
    pub person: PersonNo,
    /// `employee`, `flexible` or `resident`; empty for injury nursing.
    pub scheme: &'static str,
    /// When the open spell began.
    pub began_on: Day,
    /// Newest monthly amount.
    pub monthly: Fen,
    /// The record that gave the amount.
    pub fact: FactNo,
}

/// Table `enrolment`: active medical insurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnrolmentRow {
    /// Whose.
    pub person: PersonNo,
    /// `310` (employees) or `390` (residents).
    pub insutype: &'static str,
    /// When the open spell began.
    pub began_on: Day,
    /// Its newest start.
    pub fact: FactNo,
}

/// Tables `unemployment` (registered) and `missing`: open spells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenSpellRow {
    /// Whose.
    pub person: PersonNo,
    /// When the open spell began.
    pub began_on: Day,
    /// The record that began it.
    pub fact: FactNo,
}

/// Table `custody`: the newest custody event of each person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustodyRow {
    /// Whose.
    pub person: PersonNo,
    /// `started` (the person is in custody) or `ended`.
    pub event: &'static str,
    /// Its day.
    pub on: Day,
    /// In custody: of which kind, as `imprisonment`.
    pub kind: Option<&'static str>,
    /// In custody: since when.
    pub began_on: Option<Day>,
    /// In custody: until when that is expected to last, where the newest start says so.
    pub expected_until: Option<Day>,
    /// The event.
    pub fact: FactNo,
    /// In custody: the first start, where that is another.
    pub fact_began: Option<FactNo>,
}

/// Table `long_term_care`: active long-term care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LongTermCareRow {
    /// Whose.
    pub person: PersonNo,
    /// `home` or `institution`, by the newest approval.
    pub mode: &'static str,
    /// When the open spell began.
    pub began_on: Day,
    /// Day of the newest approval.
    pub approved_on: Day,
    /// Newest monthly amount.
    pub monthly: Fen,
    /// The newest approval.
    pub fact: FactNo,
}

/// Table `certificate`: the newest certificate of disability of each person; an older one never revives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateRow {
    /// Whose.
    pub person: PersonNo,
    /// The household that the person belongs to.
    pub household: HouseholdNo,
    /// As `visual`.
    pub category: &'static str,
    /// 1 (severest) to 4.
    pub grade: i32,
    /// From when.
    pub on: Day,
    /// Until when.
    pub valid_until: Day,
    /// Valid on the day.
    pub valid: bool,
    /// The record.
    pub fact: FactNo,
}

/// Table `ability`: the newest assessment of each person's ability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbilityRow {
    /// Whose.
    pub person: PersonNo,
    /// 0 (able) to 4 (fully disabled), GB/T 42195.
    pub level: i32,
    /// Its day.
    pub on: Day,
    /// The record.
    pub fact: FactNo,
}
