//! What a fact says, in 32 bytes: the body of a fact as it lies in the ledger.
//!
//! Whom a fact names beside its subject stands in the fact's entry; divisions and free categories, of which there
//! are few, are kept once; amounts and days that may be missing take no word of their own to say so.

use std::fmt;

use rustc_hash::FxHashMap;
use sanzao_model::{
    BenefitId, Body, CareMode, Category, CustodyKind, Day, DiagnosisCategory, Disability, Division,
    FacilityId, FactId, Fen, HomeCareCategory, HouseholdId, InsuranceScheme, Insutype, Mention, Month,
    NameTag, Named, Program, RelationKind, SettlementId, Sex, UnemploymentEnd, VisitId, VisitKind,
    WithdrawalReason,
};

/// An amount that needs no alignment, or none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount([u8; 8]);

/// A day, or none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct MaybeDay(i32);

/// Place of a division among those kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DivisionNo(u32);

/// A benefit's category: none, one that a rule reads, or a place among those kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CategoryNo(u16);

/// See the module; the variants are those of [`Body`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    PersonRegistered {
        household: HouseholdId,
        division: DivisionNo,
        sex: Sex,
    },
    HouseholdMoved {
        household: HouseholdId,
        division: DivisionNo,
    },
    RegistrationCancelled {
        reason: WithdrawalReason,
    },
    RelationRecorded {
        name: NameTag,
        kind: RelationKind,
    },
    IdentityCorrected,
    CustodyStarted {
        kind: CustodyKind,
        expected_until: MaybeDay,
    },
    CustodyEnded,
    MissingReported,
    MissingClosed,
    InsuranceStarted {
        scheme: InsuranceScheme,
    },
    InsuranceStopped {
        scheme: InsuranceScheme,
    },
    WageReported {
        month: Month,
        amount: Amount,
    },
    UnemploymentRegistered,
    UnemploymentDeregistered,
    UnemploymentBenefitStarted {
        monthly: Amount,
        until: Day,
    },
    UnemploymentBenefitEnded {
        reason: UnemploymentEnd,
    },
    PensionStarted {
        scheme: InsuranceScheme,
        monthly: Amount,
    },
    PensionChanged {
        scheme: InsuranceScheme,
        monthly: Amount,
    },
    PensionStopped {
        scheme: InsuranceScheme,
    },
    InjuryNursingStarted {
        monthly: Amount,
    },
    InjuryNursingStopped,
    FuneralGrantPaid {
        amount: Amount,
    },
    BirthCertified,
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
    AbilityAssessed {
        level: u8,
    },
    EnrolmentStarted {
        insutype: Insutype,
    },
    EnrolmentStopped {
        insutype: Insutype,
    },
    SettlementSettled {
        settlement: SettlementId,
        inpatient: bool,
        self_paid: Amount,
        begin: Day,
    },
    SettlementReversed {
        settlement: SettlementId,
    },
    LongTermCareApproved {
        mode: CareMode,
        monthly: Amount,
    },
    LongTermCareEnded,
    BenefitGranted {
        benefit: BenefitId,
        program: Program,
        monthly: Amount,
        category: CategoryNo,
        verified_on: MaybeDay,
    },
    BenefitChanged {
        benefit: BenefitId,
        monthly: Amount,
        category: CategoryNo,
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
    DisabilityCertified {
        category: Disability,
        grade: u8,
        valid_until: Day,
    },
    IncomeAssessed {
        annual: Amount,
        property_ok: bool,
    },
    VisitRecorded {
        visit: VisitId,
        kind: VisitKind,
    },
    CremationRecorded,
    ContactRecorded,
}

/// What is kept once for many facts.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    divisions: Vec<Division>,
    division_no: FxHashMap<Division, u32>,
    categories: Vec<Category>,
    category_no: FxHashMap<sanzao_model::EventTag, u16>,
    /// Categories of single facts, once there are more than places.
    other_categories: FxHashMap<FactId, Category>,
}

impl Amount {
    const NONE: i64 = i64::MIN;

    pub fn of(amount: Fen) -> Amount {
        Amount(amount.0.to_le_bytes())
    }

    fn of_some(amount: Option<Fen>) -> Amount {
        Amount(amount.map_or(Self::NONE, |amount| amount.0).to_le_bytes())
    }

    pub fn fen(self) -> Fen {
        Fen(i64::from_le_bytes(self.0))
    }

    /// Of what may say no amount.
    pub fn get(self) -> Option<Fen> {
        Some(self.fen()).filter(|amount| amount.0 != Self::NONE)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl MaybeDay {
    const NONE: i32 = i32::MIN;

    pub fn of(day: Option<Day>) -> MaybeDay {
        MaybeDay(day.map_or(Self::NONE, |day| day.0))
    }

    pub fn get(self) -> Option<Day> {
        (self.0 != Self::NONE).then_some(Day(self.0))
    }
}

impl fmt::Debug for MaybeDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl CategoryNo {
    pub const NONE: CategoryNo = CategoryNo(0);
    /// The first that stands for a place among those kept.
    const KEPT: u16 = 4;
    /// Stands for one that is kept by fact.
    const BY_FACT: u16 = u16::MAX;

    /// A category that a rule reads.
    pub fn of_home_care(self) -> Option<HomeCareCategory> {
        match self.0 {
            1 => Some(HomeCareCategory::DisabledElder),
            2 => Some(HomeCareCategory::LowIncome),
            3 => Some(HomeCareCategory::LivingAlone),
            _ => None,
        }
    }

    pub fn is_some(self) -> bool {
        self != Self::NONE
    }
}

impl Kept {
    pub fn division(&self, no: DivisionNo) -> Division {
        self.divisions[no.0 as usize]
    }

    fn division_no(&mut self, division: Division) -> DivisionNo {
        let divisions = &mut self.divisions;
        DivisionNo(*self.division_no.entry(division).or_insert_with(|| {
            divisions.push(division);
            u32::try_from(divisions.len() - 1)
                .expect("there are fewer than 2^32 divisions of twelve digits seen")
        }))
    }

    fn category(&self, no: CategoryNo, fact: FactId) -> Option<Category> {
        match no.0 {
            0 => None,
            CategoryNo::BY_FACT => self.other_categories.get(&fact).copied(),
            kept if kept >= CategoryNo::KEPT => Some(self.categories[usize::from(kept - CategoryNo::KEPT)]),
            _ => no.of_home_care().map(Category::HomeCare),
        }
    }

    fn category_no(&mut self, category: Option<Category>, fact: FactId) -> CategoryNo {
        let tag = match category {
            None => return CategoryNo::NONE,
            Some(Category::HomeCare(HomeCareCategory::DisabledElder)) => return CategoryNo(1),
            Some(Category::HomeCare(HomeCareCategory::LowIncome)) => return CategoryNo(2),
            Some(Category::HomeCare(HomeCareCategory::LivingAlone)) => return CategoryNo(3),
            Some(Category::Other(tag)) => tag,
        };
        if let Some(known) = self.category_no.get(&tag) {
            return CategoryNo(*known);
        }
        let next = u16::try_from(self.categories.len()).ok().and_then(|at| at.checked_add(CategoryNo::KEPT));
        match next.filter(|next| *next < CategoryNo::BY_FACT) {
            Some(next) => {
                self.categories.push(Category::Other(tag));
                self.category_no.insert(tag, next);
                CategoryNo(next)
            }
            None => {
                self.other_categories.insert(fact, Category::Other(tag));
                CategoryNo(CategoryNo::BY_FACT)
            }
        }
    }

    /// What is kept for one fact alone, when it is removed.
    pub fn forget(&mut self, fact: FactId) {
        self.other_categories.remove(&fact);
    }

    /// A body as it is kept.
    pub fn told(&mut self, fact: FactId, body: &Body) -> Told {
        match *body {
            Body::PersonRegistered { household, division, sex } => {
                Told::PersonRegistered { household, division: self.division_no(division), sex }
            }
            Body::HouseholdMoved { household, division } => {
                Told::HouseholdMoved { household, division: self.division_no(division) }
            }
            Body::BenefitGranted { benefit, program, monthly, category, verified_on } => {
                Told::BenefitGranted {
                    benefit,
                    program,
                    monthly: Amount::of(monthly),
                    category: self.category_no(category, fact),
                    verified_on: MaybeDay::of(verified_on),
                }
            }
            Body::BenefitChanged { benefit, monthly, category } => Told::BenefitChanged {
                benefit,
                monthly: Amount::of_some(monthly),
                category: self.category_no(category, fact),
            },
            _ => plain(body),
        }
    }

    /// The body of a fact that names `other` beside its subject.
    pub fn body(&self, fact: FactId, told: Told, other: Option<Mention>) -> Body {
        match told {
            Told::PersonRegistered { household, division, sex } => {
                Body::PersonRegistered { household, division: self.division(division), sex }
            }
            Told::HouseholdMoved { household, division } => {
                Body::HouseholdMoved { household, division: self.division(division) }
            }
            Told::BenefitGranted { benefit, program, monthly, category, verified_on } => {
                Body::BenefitGranted {
                    benefit,
                    program,
                    monthly: monthly.fen(),
                    category: self.category(category, fact),
                    verified_on: verified_on.get(),
                }
            }
            Told::BenefitChanged { benefit, monthly, category } => Body::BenefitChanged {
                benefit,
                monthly: monthly.get(),
                category: self.category(category, fact),
            },
            _ => plain_body(told, other),
        }
    }
}

mod plain;

use plain::{plain, plain_body};

impl Told {
    /// The benefit it is about.
    pub fn benefit(&self) -> Option<BenefitId> {
        match self {
            Told::BenefitGranted { benefit, .. }
            | Told::BenefitChanged { benefit, .. }
            | Told::BenefitSuspended { benefit }
            | Told::BenefitResumed { benefit }
            | Told::BenefitEnded { benefit }
            | Told::VerificationRecorded { benefit } => Some(*benefit),
            _ => None,
        }
    }

    /// See [`Body::is_death_signal`].
    pub fn is_death_signal(&self) -> bool {
        matches!(
            self,
            Told::RegistrationCancelled { reason: WithdrawalReason::Death }
                | Told::DeathCertified
                | Told::CremationRecorded
                | Told::FuneralGrantPaid { .. }
        )
    }
}

/// Nobody, where a body must name somebody who is not asked for.
pub(crate) fn nobody() -> Named {
    let who =
        Mention { person: sanzao_model::PersonId::default(), alone: HouseholdId::default(), birth: None };
    Named { who, name: NameTag::default() }
}
