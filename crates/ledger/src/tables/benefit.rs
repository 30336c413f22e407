//! Rows about benefits.

use sanzao_model::{BenefitId, Day, Fen};

use super::{FactNo, HouseholdNo, PersonNo};

/// Table `benefit`: one row for each active benefit and person who has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenefitRow {
    /// The benefit.
    pub benefit: BenefitId,
    /// Who has it.
    pub person: PersonNo,
    /// The household that the person belongs to.
    pub household: HouseholdNo,
    /// Program, as `dibao`.
    pub program: &'static str,
    /// Newest category that a rule reads, as `living-alone`; none otherwise.
    pub category: Option<&'static str>,
    /// Newest monthly amount.
    pub monthly: Fen,
    /// When it was granted.
    pub granted_on: Day,
    /// Suspended benefits are active too.
    pub suspended: bool,
    /// Latest of grant, `verified_on` and verifications.
    pub verified_on: Day,
    /// The grant.
    pub fact_grant: FactNo,
    /// The list that names the person, where it is not the grant.
    pub fact_list: Option<FactNo>,
    /// The verification that gave `verified_on`, where it was one.
    pub fact_verification: Option<FactNo>,
    /// When the newest list of the benefit (grant or change) is dated, whomever it names; of a benefit for one
    /// person that of its grant.
    pub listed_on: Day,
    /// That list, where it is not the grant.
    pub fact_newest_list: Option<FactNo>,
    /// The change that gave the newest category, read by a rule or not, where it is not the grant.
    pub fact_category: Option<FactNo>,
}

/// Table `household_program`: for each person every low-income program that a living member of the person's
/// household has, once for each grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HouseholdProgramRow {
    /// Whose household.
    pub person: PersonNo,
    /// Program: `dibao`, `tekun`, `dibao-edge` or `rigid-spending`.
    pub program: &'static str,
    /// When it was granted.
    pub granted_on: Day,
    /// The grant.
    pub fact_grant: FactNo,
}

/// Table `ended_benefit`: one row for each end of a benefit of any program and person who had it: whose own it
/// was, or whom its newest list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedBenefitRow {
    /// The benefit.
    pub benefit: BenefitId,
    /// Who had it.
    pub person: PersonNo,
    /// The household that the person belongs to.
    pub household: HouseholdNo,
    /// Program, as `dibao`.
    pub program: &'static str,
    /// When it ended.
    pub ended_on: Day,
    /// The record of the end.
    pub fact: FactNo,
    /// The list that names the person, or the grant.
    pub fact_list: FactNo,
}

/// Table `once_paid`: grants of programs that are paid once, not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OncePaidRow {
    /// The benefit.
    pub benefit: BenefitId,
    /// For whom.
    pub person: PersonNo,
    /// `temporary-aid` or `funeral`.
    pub program: &'static str,
    /// When it was granted.
    pub on: Day,
    /// The amount.
    pub amount: Fen,
    /// The grant.
    pub fact: FactNo,
}

/// Table `refusal`: applications refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalRow {
    /// Whose.
    pub person: PersonNo,
    /// The household that the person belongs to.
    pub household: HouseholdNo,
    /// For which program, as `dibao`.
    pub program: &'static str,
    /// When.
    pub on: Day,
    /// The record.
    pub fact: FactNo,
}
