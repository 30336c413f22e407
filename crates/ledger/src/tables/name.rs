//! Which tables there are, and sets of them: what nobody reads is not computed.

/// A table that rules may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum TableName {
    Person,
    Household,
    Registration,
    CoResidence,
    Relative,
    RelativeEvent,
    Benefit,
    HouseholdProgram,
    EndedBenefit,
    OncePaid,
    Refusal,
    Event,
    DeathSignal,
    Settlement,
    Visit,
    Diagnosis,
    Stay,
    Birth,
    ActivityAfterDeath,
    LastFact,
    QuarterFact,
    HeldFact,
    UnemploymentBenefit,
    Pension,
    InjuryNursing,
    Enrolment,
    Unemployment,
    Missing,
    Custody,
    LongTermCare,
    Certificate,
    Ability,
    DibaoIncome,
    Income,
    Wage,
    IncomeAssessment,
}

/// Some of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed(u64);

impl TableName {
    /// All of them.
    pub const ALL: [TableName; 36] = [
        TableName::Person,
        TableName::Household,
        TableName::Registration,
        TableName::CoResidence,
        TableName::Relative,
        TableName::RelativeEvent,
        TableName::Benefit,
        TableName::HouseholdProgram,
        TableName::EndedBenefit,
        TableName::OncePaid,
        TableName::Refusal,
        TableName::Event,
        TableName::DeathSignal,
        TableName::Settlement,
        TableName::Visit,
        TableName::Diagnosis,
        TableName::Stay,
        TableName::Birth,
        TableName::ActivityAfterDeath,
        TableName::LastFact,
        TableName::QuarterFact,
        TableName::HeldFact,
        TableName::UnemploymentBenefit,
        TableName::Pension,
        TableName::InjuryNursing,
        TableName::Enrolment,
        TableName::Unemployment,
        TableName::Missing,
        TableName::Custody,
        TableName::LongTermCare,
        TableName::Certificate,
        TableName::Ability,
        TableName::DibaoIncome,
        TableName::Income,
        TableName::Wage,
        TableName::IncomeAssessment,
    ];

    /// Its name in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            TableName::Person => "person",
            TableName::Household => "household",
            TableName::Registration => "registration",
            TableName::CoResidence => "co_residence",
            TableName::Relative => "relative",
            TableName::RelativeEvent => "relative_event",
            TableName::Benefit => "benefit",
            TableName::HouseholdProgram => "household_program",
            TableName::EndedBenefit => "ended_benefit",
            TableName::OncePaid => "once_paid",
            TableName::Refusal => "refusal",
            TableName::Event => "event",
            TableName::DeathSignal => "death_signal",
            TableName::Settlement => "settlement",
            TableName::Visit => "visit",
            TableName::Diagnosis => "diagnosis",
            TableName::Stay => "stay",
            TableName::Birth => "birth",
            TableName::ActivityAfterDeath => "activity_after_death",
            TableName::LastFact => "last_fact",
            TableName::QuarterFact => "quarter_fact",
            TableName::HeldFact => "held_fact",
            TableName::UnemploymentBenefit => "unemployment_benefit",
            TableName::Pension => "pension",
            TableName::InjuryNursing => "injury_nursing",
            TableName::Enrolment => "enrolment",
            TableName::Unemployment => "unemployment",
            TableName::Missing => "missing",
            TableName::Custody => "custody",
            TableName::LongTermCare => "long_term_care",
            TableName::Certificate => "certificate",
            TableName::Ability => "ability",
            TableName::DibaoIncome => "dibao_income",
            TableName::Income => "income",
            TableName::Wage => "wage",
            TableName::IncomeAssessment => "income_assessment",
        }
    }

    fn bit(self) -> u64 {
        1 << (self as u32)
    }
}

impl Needed {
    /// None of them. People and households have their rows all the same.
    pub const NONE: Needed = Needed(0);
    /// All of them.
    pub const ALL: Needed = Needed(u64::MAX);

    /// With one more.
    #[must_use]
    pub fn with(self, table: TableName) -> Needed {
        Needed(self.0 | table.bit())
    }

    /// With those of another set.
    #[must_use]
    pub fn and(self, other: Needed) -> Needed {
        Needed(self.0 | other.0)
    }

    /// Whether a table is among them.
    pub fn has(self, table: TableName) -> bool {
        self.0 & table.bit() != 0
    }

    /// Whether one of these tables is among them.
    pub fn has_any(self, tables: &[TableName]) -> bool {
        tables.iter().any(|table| self.has(*table))
    }
}

impl FromIterator<TableName> for Needed {
    fn from_iter<T: IntoIterator<Item = TableName>>(tables: T) -> Needed {
        tables.into_iter().fold(Needed::NONE, Needed::with)
    }
}
