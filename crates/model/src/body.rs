//! What facts say, by event type (domain §2).

use serde::{Deserialize, Serialize};

use crate::{
    BenefitId, Day, Division, EventTag, FacilityId, Fen, HouseholdId, Mention, Month, Named, Program,
    SettlementId, VisitId,
};

/// Why a registration was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum WithdrawalReason {
    Death,
    MovedOut,
    Enlisted,
    Emigrated,
    Duplicate,
}

/// The kind of person that `related` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum RelationKind {
    Parent,
    Spouse,
    Guardian,
}

/// Sex as registered, GB/T 2261.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Sex {
    Unknown,
    Male,
    Female,
    NotStated,
}

/// Kinds of custody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum CustodyKind {
    Detention,
    Arrest,
    Imprisonment,
    CompulsoryRehabilitation,
}

/// Social insurance schemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum InsuranceScheme {
    Employee,
    Flexible,
    Resident,
}

/// Pension schemes: the same three as of insurance.
pub type PensionScheme = InsuranceScheme;

/// Why an unemployment benefit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum UnemploymentEnd {
    Exhausted,
    ReEmployed,
    Pension,
    Enlisted,
    Emigrated,
    Sentenced,
    RefusedWork,
}

/// Groups of diagnoses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum DiagnosisCategory {
    MajorIllness,
    SevereMentalDisorder,
    Tuberculosis,
    Chronic,
    Other,
}

/// Types of medical insurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Insutype {
    /// 310: of employees.
    Employee,
    /// 390: of residents.
    Resident,
}

/// Where long-term care is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum CareMode {
    Home,
    Institution,
}

/// Categories of disability, GB/T 26341.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Disability {
    Visual,
    Hearing,
    Speech,
    Physical,
    Intellectual,
    Mental,
    Multiple,
}

/// Kinds of recorded visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum VisitKind {
    Child,
    Elder,
}

/// Categories of home care that `home-care-category-lost` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum HomeCareCategory {
    DisabledElder,
    LowIncome,
    LivingAlone,
}

/// A benefit's category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Category {
    /// One that a rule reads.
    HomeCare(HomeCareCategory),
    /// Any other, which the bureau writes as it likes: a keyed hash of the text.
    Other(EventTag),
}

/// What the event says, by type: what rules read of it, and what tells one from the other. Free texts (reasons,
/// addresses, numbers of certificates) are not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Body {
    // police
    PersonRegistered {
        household: HouseholdId,
        division: Division,
        sex: Sex,
    },
    HouseholdMoved {
        household: HouseholdId,
        division: Division,
    },
    RegistrationCancelled {
        reason: WithdrawalReason,
    },
    RelationRecorded {
        related: Named,
        kind: RelationKind,
    },
    IdentityCorrected {
        former: Mention,
    },
    CustodyStarted {
        kind: CustodyKind,
        expected_until: Option<Day>,
    },
    CustodyEnded,
    MissingReported,
    MissingClosed,
    // social-security
    InsuranceStarted {
        scheme: InsuranceScheme,
    },
    InsuranceStopped {
        scheme: InsuranceScheme,
    },
    WageReported {
        month: Month,
        amount: Fen,
    },
    UnemploymentRegistered,
    UnemploymentDeregistered,
    UnemploymentBenefitStarted {
        monthly: Fen,
        until: Day,
    },
    UnemploymentBenefitEnded {
        reason: UnemploymentEnd,
    },
    PensionStarted {
        scheme: PensionScheme,
        monthly: Fen,
    },
    PensionChanged {
        scheme: PensionScheme,
        monthly: Fen,
    },
    PensionStopped {
        scheme: PensionScheme,
    },
    InjuryNursingStarted {
        monthly: Fen,
    },
    InjuryNursingStopped,
    FuneralGrantPaid {
        amount: Fen,
    },
    // health
    /// The subject is the mother.
    BirthCertified {
        child: Option<Mention>,
    },
    DeathCertified,
    StayAdmitted {
        facility: FacilityId,
    },
    StayDischarged {
        facility: FacilityId,
        admitted_on: Day,
    },
    DiagnosisRecorded {
        category: DiagnosisCategory,
    },
    /// GB/T 42195: 0 able to 4 fully disabled.
    AbilityAssessed {
        level: u8,
    },
    // medical-insurance
    EnrolmentStarted {
        insutype: Insutype,
    },
    EnrolmentStopped {
        insutype: Insutype,
    },
    SettlementSettled {
        settlement: SettlementId,
        inpatient: bool,
        self_paid: Fen,
        begin: Day,
    },
    SettlementReversed {
        settlement: SettlementId,
    },
    LongTermCareApproved {
        mode: CareMode,
        monthly: Fen,
    },
    LongTermCareEnded,
    // registry
    BenefitGranted {
        benefit: BenefitId,
        program: Program,
        monthly: Fen,
        category: Option<Category>,
        verified_on: Option<Day>,
    },
    BenefitChanged {
        benefit: BenefitId,
        monthly: Option<Fen>,
        category: Option<Category>,
    },
    BenefitSuspended {
        benefit: BenefitId,
    },
    BenefitResumed {
        benefit: BenefitId,
    },
    BenefitEnded {
        benefit: BenefitId,
    },
    VerificationRecorded {
        benefit: BenefitId,
    },
    ApplicationRefused {
        program: Program,
    },
    /// Grade 1 is the severest of four.
    DisabilityCertified {
        category: Disability,
        grade: u8,
        valid_until: Day,
    },
    IncomeAssessed {
        annual: Fen,
        property_ok: bool,
    },
    VisitRecorded {
        visit: VisitId,
        kind: VisitKind,
    },
    CremationRecorded,
    /// Phone and address are for the vault; no fact keeps them.
    ContactRecorded,
}

impl Body {
    /// The benefit it is about.
    pub fn benefit(&self) -> Option<BenefitId> {
        match self {
            Body::BenefitGranted { benefit, .. }
            | Body::BenefitChanged { benefit, .. }
            | Body::BenefitSuspended { benefit }
            | Body::BenefitResumed { benefit }
            | Body::BenefitEnded { benefit }
            | Body::VerificationRecorded { benefit } => Some(*benefit),
            _ => None,
        }
    }

    /// A short stable word for evidence and messages: the event type without feed and version.
    pub fn kind(&self) -> &'static str {
        match self {
            Body::PersonRegistered { .. } => "person.registered",
            Body::HouseholdMoved { .. } => "household.moved",
            Body::RegistrationCancelled { .. } => "registration.cancelled",
            Body::RelationRecorded { .. } => "relation.recorded",
            Body::IdentityCorrected { .. } => "identity.corrected",
            Body::CustodyStarted { .. } => "custody.started",
            Body::CustodyEnded => "custody.ended",
            Body::MissingReported => "missing.reported",
            Body::MissingClosed => "missing.closed",
            Body::InsuranceStarted { .. } => "insurance.started",
            Body::InsuranceStopped { .. } => "insurance.stopped",
            Body::WageReported { .. } => "wage.reported",
            Body::UnemploymentRegistered => "unemployment.registered",
            Body::UnemploymentDeregistered => "unemployment.deregistered",
            Body::UnemploymentBenefitStarted { .. } => "unemployment.benefit-started",
            Body::UnemploymentBenefitEnded { .. } => "unemployment.benefit-ended",
            Body::PensionStarted { .. } => "pension.started",
            Body::PensionChanged { .. } => "pension.changed",
            Body::PensionStopped { .. } => "pension.stopped",
            Body::InjuryNursingStarted { .. } => "injury-nursing.started",
            Body::InjuryNursingStopped => "injury-nursing.stopped",
            Body::FuneralGrantPaid { .. } => "funeral-grant.paid",
            Body::BirthCertified { .. } => "birth.certified",
            Body::DeathCertified => "death.certified",
            Body::StayAdmitted { .. } => "stay.admitted",
            Body::StayDischarged { .. } => "stay.discharged",
            Body::DiagnosisRecorded { .. } => "diagnosis.recorded",
            Body::AbilityAssessed { .. } => "ability.assessed",
            Body::EnrolmentStarted { .. } => "enrolment.started",
            Body::EnrolmentStopped { .. } => "enrolment.stopped",
            Body::SettlementSettled { .. } => "settlement.settled",
            Body::SettlementReversed { .. } => "settlement.reversed",
            Body::LongTermCareApproved { .. } => "long-term-care.approved",
            Body::LongTermCareEnded => "long-term-care.ended",
            Body::BenefitGranted { .. } => "benefit.granted",
            Body::BenefitChanged { .. } => "benefit.changed",
            Body::BenefitSuspended { .. } => "benefit.suspended",
            Body::BenefitResumed { .. } => "benefit.resumed",
            Body::BenefitEnded { .. } => "benefit.ended",
            Body::VerificationRecorded { .. } => "verification.recorded",
            Body::ApplicationRefused { .. } => "application.refused",
            Body::DisabilityCertified { .. } => "disability.certified",
            Body::IncomeAssessed { .. } => "income.assessed",
            Body::VisitRecorded { .. } => "visit.recorded",
            Body::CremationRecorded => "cremation.recorded",
            Body::ContactRecorded => "contact.recorded",
        }
    }

    /// A death signal (domain §3): any of four kinds from four feeds.
    pub fn is_death_signal(&self) -> bool {
        matches!(
            self,
            Body::RegistrationCancelled { reason: WithdrawalReason::Death }
                | Body::DeathCertified
                | Body::CremationRecorded
                | Body::FuneralGrantPaid { .. }
        )
    }
}
