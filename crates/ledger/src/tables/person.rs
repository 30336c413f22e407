//! Rows about who people are, where they are registered, and with whom they live.

use sanzao_model::Day;

use super::{FactNo, HouseholdNo, PersonNo};

/// Table `person`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonRow {
    /// Who.
    pub person: PersonNo,
    /// The household the person belongs to.
    pub household: HouseholdNo,
    /// No death signal.
    pub living: bool,
    /// Earliest death signal.
    pub died_on: Option<Day>,
    /// Full years; none where the document number tells no birth.
    pub age: Option<i32>,
    /// Newest registration record registers the person in the bureau's district.
    pub in_district: bool,
    /// That record.
    pub fact_registration: Option<FactNo>,
    /// Active employee insurance, or a wage for this month or one of the two before it.
    pub employed: bool,
    /// Has an active pension.
    pub has_pension: bool,
    /// A living member of the household has an active low-income program.
    pub low_income: bool,
    /// The grant that makes it so (the first by fact id).
    pub fact_low_income: Option<FactNo>,
    /// The list or registration by which the person belongs to the household; none of who is alone.
    pub fact_household: Option<FactNo>,
}

/// Table `household`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HouseholdRow {
    /// Which.
    pub household: HouseholdNo,
    /// Living members.
    pub members: i32,
    /// A living member has an active low-income program.
    pub low_income: bool,
}

/// Table `registration`: the newest registration record of each person. Cancellations for death are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationRow {
    /// Whose.
    pub person: PersonNo,
    /// `registered`, `moved` or `cancelled`.
    pub event: &'static str,
    /// Why it was cancelled, as `moved-out`.
    pub reason: Option<&'static str>,
    /// Its day.
    pub on: Day,
    /// It registers the person in the bureau's district.
    pub in_district: bool,
    /// The record.
    pub fact: FactNo,
}

/// Table `co_residence`: one row for each living person of a police household, collective ones too, whatever
/// programs say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CoResidenceRow {
    /// Who.
    pub person: PersonNo,
    /// How many other living people are registered there.
    pub others: i32,
    /// The person's registration.
    pub fact: FactNo,
    /// The registration of one of the others (the first by fact id).
    pub fact_other: Option<FactNo>,
    /// Its day.
    pub other_on: Option<Day>,
}

/// Table `relative`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelativeRow {
    /// Whose relative.
    pub person: PersonNo,
    /// The relative.
    pub relative: PersonNo,
    /// What the relative is to the person: `parent`, `spouse` or `guardian`.
    pub kind: &'static str,
    /// No death signal.
    pub living: bool,
    /// Earliest death signal of the relative.
    pub died_on: Option<Day>,
    /// The record of the relation.
    pub fact: FactNo,
    /// The earliest death signal of the relative.
    pub fact_death: Option<FactNo>,
    /// When the relative's open spell of being missing began.
    pub missing_since: Option<Day>,
    /// The report that began it.
    pub fact_missing: Option<FactNo>,
    /// When the relative's open custody began.
    pub custody_since: Option<Day>,
    /// Until when that custody is expected to last, by its newest start.
    pub custody_until: Option<Day>,
    /// The newest start of that custody.
    pub fact_custody: Option<FactNo>,
    /// Its first start, where that is another.
    pub fact_custody_began: Option<FactNo>,
    /// Grade of the relative's certificate of disability, where the newest is valid.
    pub grade: Option<i32>,
    /// Category of that certificate, as `mental`.
    pub category: Option<&'static str>,
    /// That certificate.
    pub fact_certificate: Option<FactNo>,
}

/// Table `relative_event`: what happened to recorded relatives: rows of `event` of every relative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelativeEventRow {
    /// Whose relative.
    pub person: PersonNo,
    /// The relative.
    pub relative: PersonNo,
    /// What the relative is to the person: `parent`, `spouse` or `guardian`.
    pub kind: &'static str,
    /// What happened, as in table `event`.
    pub event: &'static str,
    /// Its day.
    pub on: Day,
    /// The record of the event.
    pub fact: FactNo,
    /// The record of the relation.
    pub fact_relation: FactNo,
}
