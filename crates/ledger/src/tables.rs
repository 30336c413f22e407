//! The terms of domain §3, computed once for a batch of people as of a day: the rows that rules read.
//!
//! `person`, `household` and `fact` are numbers that mean something only within one [`Tables`]: places
//! in [`Tables::people`], [`Tables::households`] and [`Tables::facts`]. All rows are of facts that count
//! on the day: not retracted, not held, not superseded under their key, `on` ≤ the day.

mod benefit;
mod event;
mod money;
mod name;
mod person;
mod spell;

use sanzao_model::{Day, Division, FactId, Feed, HouseholdId, PersonId, SubjectId};

pub use benefit::{BenefitRow, EndedBenefitRow, HouseholdProgramRow, OncePaidRow, RefusalRow};
pub use event::{
    ActivityAfterDeathRow, BirthRow, DeathSignalRow, DiagnosisRow, EventRow, HeldFactRow, LastFactRow,
    QuarterFactRow, SettlementRow, StayRow, VisitRow,
};
pub use money::{DibaoIncomeRow, IncomeAssessmentRow, IncomeRow, WageRow};
pub use name::{Needed, TableName};
pub use person::{CoResidenceRow, HouseholdRow, PersonRow, RegistrationRow, RelativeEventRow, RelativeRow};
pub use spell::{
    AbilityRow, CertificateRow, CustodyRow, EnrolmentRow, LongTermCareRow, OpenSpellRow, SpellRow,
    UnemploymentBenefitRow,
};

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
    /// The living members of each household, sorted, by [`HouseholdNo`].
    pub household_members: Vec<Box<[PersonId]>>,
    /// Where each person is registered, by [`PersonNo`].
    pub person_divisions: Vec<Option<Division>>,
    /// The other numbers of each person who has several, by corrections of identity, both sorted.
    pub formerly: Vec<(PersonId, Vec<PersonId>)>,
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
    /// The newest registration record of each person.
    pub registration: Vec<RegistrationRow>,
    /// With whom people live.
    pub co_residence: Vec<CoResidenceRow>,
    /// What happened to relatives.
    pub relative_event: Vec<RelativeEventRow>,
    /// Low-income programs of the household of each person.
    pub household_program: Vec<HouseholdProgramRow>,
    /// Ends of benefits by whoever had them.
    pub ended_benefit: Vec<EndedBenefitRow>,
    /// Grants of programs that are paid once.
    pub once_paid: Vec<OncePaidRow>,
    /// Applications refused.
    pub refusal: Vec<RefusalRow>,
    /// What happened to people.
    pub event: Vec<EventRow>,
    /// Diagnoses.
    pub diagnosis: Vec<DiagnosisRow>,
    /// Admissions to hospitals.
    pub stay: Vec<StayRow>,
    /// Births certified.
    pub birth: Vec<BirthRow>,
    /// What began after a death signal.
    pub activity_after_death: Vec<ActivityAfterDeathRow>,
    /// The newest fact that names a recipient.
    pub last_fact: Vec<LastFactRow>,
    /// What began to count in the quarter about children with a child program.
    pub quarter_fact: Vec<QuarterFactRow>,
    /// Active medical insurance.
    pub enrolment: Vec<EnrolmentRow>,
    /// Who is registered as unemployed.
    pub unemployment: Vec<OpenSpellRow>,
    /// Who is missing.
    pub missing: Vec<OpenSpellRow>,
    /// The newest custody event of each person.
    pub custody: Vec<CustodyRow>,
    /// Active long-term care.
    pub long_term_care: Vec<LongTermCareRow>,
    /// The newest certificate of disability of each person.
    pub certificate: Vec<CertificateRow>,
    /// The newest assessment of each person's ability.
    pub ability: Vec<AbilityRow>,
    /// Parts of the monthly income known of every household.
    pub income: Vec<IncomeRow>,
    /// Wages of the last year.
    pub wage: Vec<WageRow>,
    /// Assessments of income.
    pub income_assessment: Vec<IncomeAssessmentRow>,
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

/// The first day of a day's quarter.
pub fn quarter_start(day: Day) -> Day {
    let (_, month, _) = day.parts();
    day.month().plus(-(i32::from(month - 1) % 3)).first_day()
}
