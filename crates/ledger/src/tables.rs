//! The terms of domain §3, computed once for a batch of people as of a day: the rows that rules read.
//!
//! `person`, `household` and `fact` are numbers that mean something only within one [`Tables`]: places
//! in [`Tables::people`], [`Tables::households`] and [`Tables::facts`]. All rows are of facts that count
//! on the day: not retracted, not held, not superseded under their key, `on` ≤ the day.

use sanzao_model::{Day, Division, FactId, Feed, Fen, HouseholdId, PersonId, SubjectId};

/// Place of a person in [`Tables::people`].
pub type PersonNo = u32;
/// Place of a household in [`Tables::households`].
pub type HouseholdNo = u32;
/// Place of a fact in [`Tables::facts`].
pub type FactNo = u32;

/// Everything rules may see about the subjects of a batch.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// The day the rows are true of.
    pub as_of: Day,
    /// All subjects that the batch decides: what is not found about them is none. People and households
    /// outside are context only, and findings about them are dropped.
    pub subjects: Vec<SubjectId>,
    /// The people that rows speak of.
    pub people: Vec<PersonId>,
    /// The households that rows speak of.
    pub households: Vec<HouseholdId>,
    /// Where each household's (first) member is registered, by [`HouseholdNo`].
    pub household_divisions: Vec<Option<Division>>,
    /// Where each person is registered, by [`PersonNo`].
    pub person_divisions: Vec<Option<Division>>,
    /// The facts that rows point at.
    pub facts: Vec<FactRef>,
    /// One row a person.
    pub person: Vec<PersonRow>,
    /// One row a household with a living member.
    pub household: Vec<HouseholdRow>,
    /// Active benefits by holder.
    pub benefit: Vec<BenefitRow>,
    /// Recorded relatives, wherever they live.
    pub relative: Vec<RelativeRow>,
    /// Death signals.
    pub death_signal: Vec<DeathSignalRow>,
    /// The newest unemployment-benefit event of each person.
    pub unemployment_benefit: Vec<UnemploymentBenefitRow>,
    /// Settlements not reversed.
    pub settlement: Vec<SettlementRow>,
    /// Recorded visits.
    pub visit: Vec<VisitRow>,
    /// Facts held because their name is none that police recorded.
    pub held_fact: Vec<HeldFactRow>,
    /// Active pensions.
    pub pension: Vec<SpellRow>,
    /// Active injury-nursing spells.
    pub injury_nursing: Vec<SpellRow>,
    /// Parts of the monthly income known of households with an active dibao, beside what was known at
    /// the reference date of that dibao.
    pub dibao_income: Vec<DibaoIncomeRow>,
}

/// A fact as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactRef {
    /// Which.
    pub id: FactId,
    /// Who said it.
    pub feed: Feed,
    /// Event type without feed and version.
    pub kind: &'static str,
    /// From when it counts.
    pub on: Day,
}

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

/// Table `benefit`: one row for each active benefit and person who has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenefitRow {
    /// The benefit's pseudonym, 32 hexadecimal digits.
    pub benefit: String,
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
}

/// Table `death_signal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeathSignalRow {
    /// Of whom.
    pub person: PersonNo,
    /// The day it gives.
    pub on: Day,
    /// Which feed gave it.
    pub feed: &'static str,
    /// The record.
    pub fact: FactNo,
}

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

/// Table `settlement`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettlementRow {
    /// Whose.
    pub person: PersonNo,
    /// The household that the person belongs to.
    pub household: HouseholdNo,
    /// Its day.
    pub on: Day,
    /// Inpatient, rather than outpatient or special.
    pub inpatient: bool,
    /// What the patient paid.
    pub self_paid: Fen,
    /// The record.
    pub fact: FactNo,
}

/// Table `visit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitRow {
    /// Whom.
    pub person: PersonNo,
    /// `child` or `elder`.
    pub kind: &'static str,
    /// Its day.
    pub on: Day,
    /// The record.
    pub fact: FactNo,
}

/// Table `held_fact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldFactRow {
    /// For whom it is held.
    pub person: PersonNo,
    /// Which feed sent it.
    pub feed: &'static str,
    /// Its day.
    pub on: Day,
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

/// Table `dibao_income`: one row for each household, active dibao of a living member, and part of the
/// household's monthly income known; a household without any income has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DibaoIncomeRow {
    /// The household.
    pub household: HouseholdNo,
    /// The dibao, 32 hexadecimal digits.
    pub benefit: String,
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
