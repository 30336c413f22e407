//! Rows about single events and about what facts there are.

use sanzao_model::{Day, Fen, SettlementId};

use super::{FactNo, HouseholdNo, PersonNo};

/// Table `event`: what happened to people, whatever came after: `died` (the earliest death signal), `custody`
/// (taken into it), `missing` (reported), `unemployed` (registered), `insurance-stopped` (of employees),
/// `enrolment-stopped` (medical insurance of any type), `long-term-care-ended` and `certified-disabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRow {
    /// To whom.
    pub person: PersonNo,
    /// The household that the person belongs to; the dead belong to one too.
    pub household: HouseholdNo,
    /// What, as above.
    pub event: &'static str,
    /// Its day.
    pub on: Day,
    /// The record.
    pub fact: FactNo,
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

/// Table `settlement`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettlementRow {
    /// Whose.
    pub person: PersonNo,
    /// The household that the person belongs to.
    pub household: HouseholdNo,
    /// The settlement.
    pub settlement: SettlementId,
    /// When the treatment began.
    pub begin: Day,
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

/// Table `diagnosis`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiagnosisRow {
    /// Of whom.
    pub person: PersonNo,
    /// `major-illness`, `severe-mental-disorder`, `tuberculosis`, `chronic` or `other`.
    pub category: &'static str,
    /// Its day.
    pub on: Day,
    /// The record.
    pub fact: FactNo,
}

/// Table `stay`: admissions to hospitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StayRow {
    /// Whose.
    pub person: PersonNo,
    /// When.
    pub admitted_on: Day,
    /// A discharge of the same facility and day of admission is recorded.
    pub discharged: bool,
    /// The admission.
    pub fact: FactNo,
    /// The (newest) discharge.
    pub fact_discharge: Option<FactNo>,
}

/// Table `birth`: births certified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BirthRow {
    /// The mother.
    pub person: PersonNo,
    /// The household that the mother belongs to.
    pub household: HouseholdNo,
    /// The day of birth.
    pub on: Day,
    /// The certificate.
    pub fact: FactNo,
}

/// Table `activity_after_death`: what began after the earliest death signal of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivityAfterDeathRow {
    /// Whose.
    pub person: PersonNo,
    /// `settlement` (not reversed), `stay` or `wage`.
    pub activity: &'static str,
    /// When it began: of a settlement its `begin`, of a wage the first day of its month.
    pub began_on: Day,
    /// The record.
    pub fact: FactNo,
}

/// Table `last_fact`: of each person with an active benefit the newest fact, not held, of any feed, that names
/// the person in any role; a verification, also of an ended benefit, names those who have the benefit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastFactRow {
    /// Whom it names.
    pub person: PersonNo,
    /// Which feed sent it.
    pub feed: &'static str,
    /// Its day.
    pub on: Day,
    /// The record.
    pub fact: FactNo,
}

/// Table `quarter_fact`: of each person with an active child program the facts, not held, that began to count in
/// the day's quarter: those that name the person in any role, and those about benefits that the person has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarterFactRow {
    /// Whom it is about.
    pub person: PersonNo,
    /// Which feed sent it.
    pub feed: &'static str,
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
