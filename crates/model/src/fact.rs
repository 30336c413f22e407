//! Facts: what an event says, without names, ID numbers or senders' own identifiers.

use serde::{Deserialize, Serialize};

use crate::{
    BenefitId, Day, Division, EventTag, FactId, Feed, Fen, HouseholdId, Month, NameTag, PersonId, Program,
    SettlementId, VisitId,
};

/// One number named by an event, as `person`, `related`, or one of `members`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// Who.
    pub person: PersonId,
    /// The household that the person alone would be: pseudonym of `person:<ID number>`.
    pub alone: HouseholdId,
    /// The date of birth that the number tells.
    pub birth: Option<Day>,
}

/// A mention with the name that the event gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Who.
    pub who: Mention,
    /// The name as normalised for comparison (domain §3, held facts).
    pub name: NameTag,
}

/// Whom an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// One person.
    Person(Named),
    /// The list of a household grant, change or assessment. Somebody written twice with two names is
    /// here twice, and counts once.
    Members(Vec<Named>),
    /// Nobody: only a benefit or a settlement is named.
    Nobody,
}

impl Subject {
    /// Everybody named.
    pub fn named(&self) -> &[Named] {
        match self {
            Subject::Person(named) => std::slice::from_ref(named),
            Subject::Members(list) => list,
            Subject::Nobody => &[],
        }
    }
}

/// What an event says: equal content is one fact, however many events state it (domain §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Keyed hash of source, type and canonical content.
    pub id: FactId,
    /// The feed that said it.
    pub feed: Feed,
    /// The day from which it counts.
    pub on: Day,
    /// Whom it is about.
    pub subject: Subject,
    /// What it says.
    pub body: Body,
}

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

/// What the event says, by type. Types that no rule reads yet carry only what identifies them:
/// [`Body::Other`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Body {
    // police
    PersonRegistered {
        household: HouseholdId,
        division: Division,
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
    DeathCertified,
    // medical-insurance
    SettlementSettled {
        settlement: SettlementId,
        inpatient: bool,
        self_paid: Fen,
        begin: Day,
    },
    SettlementReversed {
        settlement: SettlementId,
    },
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
    IncomeAssessed {
        annual: Fen,
        property_ok: bool,
    },
    VisitRecorded {
        visit: VisitId,
        kind: VisitKind,
    },
    CremationRecorded,
    /// A valid event of a type whose content no rule reads yet.
    Other,
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
            Body::DeathCertified => "death.certified",
            Body::SettlementSettled { .. } => "settlement.settled",
            Body::SettlementReversed { .. } => "settlement.reversed",
            Body::BenefitGranted { .. } => "benefit.granted",
            Body::BenefitChanged { .. } => "benefit.changed",
            Body::BenefitSuspended { .. } => "benefit.suspended",
            Body::BenefitResumed { .. } => "benefit.resumed",
            Body::BenefitEnded { .. } => "benefit.ended",
            Body::VerificationRecorded { .. } => "verification.recorded",
            Body::IncomeAssessed { .. } => "income.assessed",
            Body::VisitRecorded { .. } => "visit.recorded",
            Body::CremationRecorded => "cremation.recorded",
            Body::Other => "other",
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
