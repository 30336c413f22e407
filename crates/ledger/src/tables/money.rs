//! Rows about income.

use sanzao_model::{BenefitId, Day, Fen};

use super::{FactNo, HouseholdNo, PersonNo};

/// Table `dibao_income`: one row for each household, active dibao of a living member, and part of the
/// household's monthly income known; a household without any income has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DibaoIncomeRow {
    /// The household.
    pub household: HouseholdNo,
    /// The dibao.
    pub benefit: BenefitId,
    /// Its grant.
    pub fact_grant: FactNo,
    /// Living members of the household.
    pub members: i32,
    /// Latest of *verified on* of that dibao and income assessments naming a member.
    pub reference_on: Day,
    /// The record that gave the reference date, where it was a verification or an assessment.
    pub fact_reference: Option<FactNo>,
    /// Whose income.
    pub person: PersonNo,
    /// `pension`, `wage` or `unemployment-benefit`.
    pub source: &'static str,
    /// Its amount a month.
    pub monthly: Fen,
    /// The amount on the reference date; none where there was none then.
    pub monthly_then: Option<Fen>,
    /// The record that gave it.
    pub fact_then: Option<FactNo>,
    /// New since the reference date: began after it, or the amount differs.
    pub is_new: bool,
    /// Full months since the open employee insurance of the person began; none where none is open.
    pub months_insured: Option<i32>,
    /// Of a wage, the record of that beginning.
    pub fact_insured: Option<FactNo>,
    /// The record that gave the amount.
    pub fact: FactNo,
    /// The list or registration by which the person belongs to the household.
    pub fact_household: Option<FactNo>,
}

/// Table `income`: one row for each part of the monthly income known of a household: active pensions, the newest
/// wage among the day's month and the three before it, active unemployment benefits of its living members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncomeRow {
    /// The household.
    pub household: HouseholdNo,
    /// Whose income.
    pub person: PersonNo,
    /// `pension`, `wage` or `unemployment-benefit`.
    pub source: &'static str,
    /// Its amount a month.
    pub monthly: Fen,
    /// The record that gave the amount.
    pub fact: FactNo,
}

/// Table `wage`: the wages of the day's month and the twelve before it; of one month the newest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WageRow {
    /// Whose.
    pub person: PersonNo,
    /// The household that the person belongs to; the dead belong to one too.
    pub household: HouseholdNo,
    /// The first day of the month.
    pub month_start: Day,
    /// The wage.
    pub amount: Fen,
    /// The record.
    pub fact: FactNo,
}

/// Table `income_assessment`: one row for each assessment and person whom it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncomeAssessmentRow {
    /// Whom it names.
    pub person: PersonNo,
    /// The household that the person belongs to.
    pub household: HouseholdNo,
    /// Its day.
    pub on: Day,
    /// The income of a year that it found.
    pub annual: Fen,
    /// Whether property is no obstacle.
    pub property_ok: bool,
    /// The record.
    pub fact: FactNo,
}
