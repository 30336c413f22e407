//! The assistance programs of the registry (domain §2).

use serde::{Deserialize, Serialize};

/// Assistance programs of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Program {
    Dibao,
    DibaoEdge,
    RigidSpending,
    Tekun,
    TemporaryAid,
    Orphan,
    UnattendedChild,
    ChildInDifficulty,
    DisabilityLiving,
    DisabilityNursing,
    OldAgeAllowance,
    HomeCare,
    CareVisit,
    Funeral,
}

impl Program {
    /// All programs of domain §2.
    pub const ALL: [Program; 14] = [
        Program::Dibao,
        Program::DibaoEdge,
        Program::RigidSpending,
        Program::Tekun,
        Program::TemporaryAid,
        Program::Orphan,
        Program::UnattendedChild,
        Program::ChildInDifficulty,
        Program::DisabilityLiving,
        Program::DisabilityNursing,
        Program::OldAgeAllowance,
        Program::HomeCare,
        Program::CareVisit,
        Program::Funeral,
    ];

    /// Its name on the wire and in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Program::Dibao => "dibao",
            Program::DibaoEdge => "dibao-edge",
            Program::RigidSpending => "rigid-spending",
            Program::Tekun => "tekun",
            Program::TemporaryAid => "temporary-aid",
            Program::Orphan => "orphan",
            Program::UnattendedChild => "unattended-child",
            Program::ChildInDifficulty => "child-in-difficulty",
            Program::DisabilityLiving => "disability-living",
            Program::DisabilityNursing => "disability-nursing",
            Program::OldAgeAllowance => "old-age-allowance",
            Program::HomeCare => "home-care",
            Program::CareVisit => "care-visit",
            Program::Funeral => "funeral",
        }
    }

    /// Granted to `members`, and making their household; the others are granted to one person.
    /// The order of domain §3 (dibao first) is the order of the enum.
    pub fn is_household(self) -> bool {
        matches!(self, Program::Dibao | Program::DibaoEdge | Program::RigidSpending)
    }

    /// An active one makes a low-income household.
    pub fn is_low_income(self) -> bool {
        self.is_household() || self == Program::Tekun
    }

    /// Paid once and never active.
    pub fn is_one_off(self) -> bool {
        matches!(self, Program::TemporaryAid | Program::Funeral)
    }
}
