//! What is recorded of a person's condition, and what happened to a person.

use sanzao_model::{Day, Disability, InsuranceScheme};

use crate::life::{AsOf, Life};
use crate::set::FactIndex;
use crate::told::Told;

/// A certificate of disability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub category: Disability,
    pub grade: u8,
    pub valid_until: Day,
    pub fact: FactIndex,
}

/// A stay in a hospital, by its admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay {
    pub admission: FactIndex,
    /// The newest discharge of the same facility and day of admission.
    pub discharge: Option<FactIndex>,
}

impl AsOf<'_> {
    /// The newest certificate, valid or not; an older one never revives.
    pub fn certificate(&self, life: &Life) -> Option<Certificate> {
        life.facts.iter().rev().find_map(|index| match self.fact(*index).told {
            Told::DisabilityCertified { category, grade, valid_until } => {
                Some(Certificate { category, grade, valid_until, fact: *index })
            }
            _ => None,
        })
    }

    /// The newest level of ability.
    pub fn ability(&self, life: &Life) -> Option<(u8, FactIndex)> {
        life.facts.iter().rev().find_map(|index| match self.fact(*index).told {
            Told::AbilityAssessed { level } => Some((level, *index)),
            _ => None,
        })
    }

    /// What happened to a person, whatever came after, by the words of table `event`.
    pub fn happened(&self, life: &Life) -> Vec<(&'static str, FactIndex)> {
        let mut found: Vec<_> = life.deaths.first().map(|fact| ("died", *fact)).into_iter().collect();
        for index in &life.facts {
            let event = match &self.fact(*index).told {
                Told::CustodyStarted { .. } => "custody",
                Told::MissingReported => "missing",
                Told::UnemploymentRegistered => "unemployed",
                Told::InsuranceStopped { scheme: InsuranceScheme::Employee } => "insurance-stopped",
                Told::EnrolmentStopped { .. } => "enrolment-stopped",
                Told::LongTermCareEnded => "long-term-care-ended",
                Told::DisabilityCertified { .. } => "certified-disabled",
                _ => continue,
            };
            found.push((event, *index));
        }
        found
    }

    /// Every admission, and whether it ended.
    pub fn stays(&self, life: &Life) -> Vec<Stay> {
        let discharge_of = |of, on| {
            life.facts.iter().rev().copied().find(|index| match self.fact(*index).told {
                Told::StayDischarged { facility, admitted_on } => facility == of && admitted_on == on,
                _ => false,
            })
        };
        let stay = |index: &FactIndex| match self.fact(*index).told {
            Told::StayAdmitted { facility } => {
                let discharge = discharge_of(facility, self.fact(*index).on);
                Some(Stay { admission: *index, discharge })
            }
            _ => None,
        };
        life.facts.iter().filter_map(stay).collect()
    }
}
