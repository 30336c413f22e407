//! Spells (domain §3): starts after the newest end form the open spell. It began with its first start,
//! its amount is that of its newest.

use sanzao_model::{Day, Fen, InsuranceScheme, Insutype, Month, UnemploymentEnd};

use crate::life::{AsOf, Life};
use crate::set::FactIndex;
use crate::told::{Amount, Told};

/// What can start and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpellKind {
    Insurance(InsuranceScheme),
    Pension(InsuranceScheme),
    UnemploymentBenefit,
    InjuryNursing,
    Enrolment(Insutype),
    Unemployment,
    Custody,
    Missing,
    LongTermCare,
}

/// An open spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spell {
    pub began_on: Day,
    /// Its first start.
    pub first: FactIndex,
    /// Its newest start or change.
    pub newest: FactIndex,
    /// The amount of the newest; nothing of spells that have none.
    pub monthly: Fen,
    /// Unemployment benefit: the last day it is paid for.
    pub until: Option<Day>,
}

enum Turn {
    Start { monthly: Fen, until: Option<Day> },
    End,
}

fn turn(body: &Told, kind: SpellKind) -> Option<Turn> {
    let amount = |monthly: Amount| Some(Turn::Start { monthly: monthly.fen(), until: None });
    let start = || amount(Amount::of(Fen(0)));
    match (body, kind) {
        (Told::InsuranceStarted { scheme }, SpellKind::Insurance(of)) if *scheme == of => start(),
        (Told::InsuranceStopped { scheme }, SpellKind::Insurance(of)) if *scheme == of => Some(Turn::End),
        (
            Told::PensionStarted { scheme, monthly } | Told::PensionChanged { scheme, monthly },
            SpellKind::Pension(of),
        ) if *scheme == of => amount(*monthly),
        (Told::PensionStopped { scheme }, SpellKind::Pension(of)) if *scheme == of => Some(Turn::End),
        (Told::UnemploymentBenefitStarted { monthly, until }, SpellKind::UnemploymentBenefit) => {
            Some(Turn::Start { monthly: monthly.fen(), until: Some(*until) })
        }
        (Told::UnemploymentBenefitEnded { .. }, SpellKind::UnemploymentBenefit) => Some(Turn::End),
        (Told::InjuryNursingStarted { monthly }, SpellKind::InjuryNursing) => amount(*monthly),
        (Told::InjuryNursingStopped, SpellKind::InjuryNursing) => Some(Turn::End),
        (Told::EnrolmentStarted { insutype }, SpellKind::Enrolment(of)) if *insutype == of => start(),
        (Told::EnrolmentStopped { insutype }, SpellKind::Enrolment(of)) if *insutype == of => Some(Turn::End),
        (Told::UnemploymentRegistered, SpellKind::Unemployment) => start(),
        (Told::UnemploymentDeregistered, SpellKind::Unemployment) => Some(Turn::End),
        (Told::CustodyStarted { .. }, SpellKind::Custody) => start(),
        (Told::CustodyEnded, SpellKind::Custody) => Some(Turn::End),
        (Told::MissingReported, SpellKind::Missing) => start(),
        (Told::MissingClosed, SpellKind::Missing) => Some(Turn::End),
        (Told::LongTermCareApproved { monthly, .. }, SpellKind::LongTermCare) => amount(*monthly),
        (Told::LongTermCareEnded, SpellKind::LongTermCare) => Some(Turn::End),
        _ => None,
    }
}

/// Whether a fact starts or ends a spell of any kind.
pub(crate) fn turns_a_spell(body: &Told) -> bool {
    matches!(
        body,
        Told::InsuranceStarted { .. }
            | Told::InsuranceStopped { .. }
            | Told::PensionStarted { .. }
            | Told::PensionChanged { .. }
            | Told::PensionStopped { .. }
            | Told::UnemploymentBenefitStarted { .. }
            | Told::UnemploymentBenefitEnded { .. }
            | Told::InjuryNursingStarted { .. }
            | Told::InjuryNursingStopped
            | Told::EnrolmentStarted { .. }
            | Told::EnrolmentStopped { .. }
            | Told::UnemploymentRegistered
            | Told::UnemploymentDeregistered
            | Told::CustodyStarted { .. }
            | Told::CustodyEnded
            | Told::MissingReported
            | Told::MissingClosed
            | Told::LongTermCareApproved { .. }
            | Told::LongTermCareEnded
    )
}

impl AsOf<'_> {
    /// The open spell on the day, if there is one.
    pub fn spell(&self, life: &Life, kind: SpellKind) -> Option<Spell> {
        self.spell_on(life, kind, self.day)
    }

    /// The spell that was open on an earlier day; of an unemployment benefit, if it had not run out.
    pub fn spell_on(&self, life: &Life, kind: SpellKind, day: Day) -> Option<Spell> {
        let mut open: Option<Spell> = None;
        for index in &life.turns {
            let fact = self.fact(*index);
            if fact.on > day {
                break;
            }
            match turn(&fact.told, kind) {
                Some(Turn::Start { monthly, until }) => {
                    let (began_on, first) =
                        open.map_or((fact.on, *index), |spell| (spell.began_on, spell.first));
                    open = Some(Spell { began_on, first, newest: *index, monthly, until });
                }
                Some(Turn::End) => open = None,
                None => {}
            }
        }
        open.filter(|spell| spell.until.is_none_or(|until| day <= until))
    }

    /// The newest unemployment-benefit event, and why the benefit ended if that is what it says.
    pub fn newest_unemployment_event(&self, life: &Life) -> Option<(FactIndex, Option<UnemploymentEnd>)> {
        life.turns.iter().rev().find_map(|index| match &self.fact(*index).told {
            Told::UnemploymentBenefitStarted { .. } => Some((*index, None)),
            Told::UnemploymentBenefitEnded { reason } => Some((*index, Some(*reason))),
            _ => None,
        })
    }

    /// The newest custody event: a start while the person is in custody, or an end.
    pub fn newest_custody_event(&self, life: &Life) -> Option<FactIndex> {
        let is_custody = |body: &Told| matches!(body, Told::CustodyStarted { .. } | Told::CustodyEnded);
        life.turns.iter().rev().copied().find(|index| is_custody(&self.fact(*index).told))
    }

    /// The newest wage of a month from `from` to `to`, and its record: of one month the newest counts,
    /// and of months the last.
    pub fn newest_wage(&self, life: &Life, from: Option<Month>, to: Day) -> Option<(Fen, FactIndex)> {
        // The effective date of a wage is its month's first day, so facts in order of age are in order
        // of months.
        life.facts.iter().rev().find_map(|index| match &self.fact(*index).told {
            Told::WageReported { month, amount } => {
                let first = month.first_day();
                let in_reach = first <= to && from.is_none_or(|from| first >= from.first_day());
                in_reach.then_some((amount.fen(), *index))
            }
            _ => None,
        })
    }

    /// Active employee insurance, or a wage for the day's month or one of the two before it.
    pub fn employed(&self, life: &Life) -> bool {
        self.spell(life, SpellKind::Insurance(InsuranceScheme::Employee)).is_some()
            || self.newest_wage(life, Some(self.day.month().plus(-2)), self.day).is_some()
    }

    /// All open pensions.
    pub fn pensions(&self, life: &Life) -> impl Iterator<Item = (InsuranceScheme, Spell)> {
        const SCHEMES: [InsuranceScheme; 3] =
            [InsuranceScheme::Employee, InsuranceScheme::Flexible, InsuranceScheme::Resident];
        SCHEMES.into_iter().filter_map(|scheme| Some((scheme, self.spell(life, SpellKind::Pension(scheme))?)))
    }
}
