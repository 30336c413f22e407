//! The groups of people that are compared.

use sanzao_model::{Bureau, Division, Resident, Sex};
use serde::{Deserialize, Serialize};

/// People of an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the ages")]
pub enum AgeBand {
    From0To17,
    From18To59,
    From60To79,
    From80,
    /// The document number tells no birth.
    Unknown,
}

/// People of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Town {
    /// Of a town of the district: the first nine digits of the division. A code from before a renumbering is a town
    /// of its own, because nobody has said which towns it is now.
    Town(u32),
    /// Registered outside the district.
    Outside,
    /// Registered nowhere, as far as is known.
    Unknown,
}

/// A group of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cell {
    /// Everybody.
    All,
    /// By age.
    Age(AgeBand),
    /// By sex, as registered.
    Sex(Sex),
    /// By place.
    Town(Town),
    /// By whether there is a valid certificate of disability.
    Disability(bool),
}

/// What decides in which groups somebody is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Traits {
    age: AgeBand,
    sex: Sex,
    town: Town,
    disabled: bool,
}

impl AgeBand {
    const ALL: [AgeBand; 5] =
        [AgeBand::From0To17, AgeBand::From18To59, AgeBand::From60To79, AgeBand::From80, AgeBand::Unknown];

    fn of(age: Option<u16>) -> AgeBand {
        match age {
            Some(0..=17) => AgeBand::From0To17,
            Some(18..=59) => AgeBand::From18To59,
            Some(60..=79) => AgeBand::From60To79,
            Some(80..) => AgeBand::From80,
            None => AgeBand::Unknown,
        }
    }
}

impl Town {
    fn of(division: Option<Division>, bureau: Bureau) -> Town {
        match division {
            None => Town::Unknown,
            Some(division) if bureau.contains(division) => Town::Town(division.town()),
            Some(_) => Town::Outside,
        }
    }
}

impl Traits {
    pub fn of(resident: &Resident, bureau: Bureau) -> Traits {
        Traits {
            age: AgeBand::of(resident.age),
            sex: resident.sex,
            town: Town::of(resident.division, bureau),
            disabled: resident.disabled,
        }
    }

    /// The groups: everybody, and one of each dimension.
    pub fn cells(self) -> [Cell; 5] {
        [
            Cell::All,
            Cell::Age(self.age),
            Cell::Sex(self.sex),
            Cell::Town(self.town),
            Cell::Disability(self.disabled),
        ]
    }
}

impl Cell {
    /// Those that are shown though nobody is in them; towns are shown where somebody is registered there.
    pub(super) fn always() -> impl Iterator<Item = Cell> {
        let ages = AgeBand::ALL.into_iter().map(Cell::Age);
        let sexes = [Sex::Male, Sex::Female, Sex::Unknown, Sex::NotStated].into_iter().map(Cell::Sex);
        let disability = [true, false].into_iter().map(Cell::Disability);
        std::iter::once(Cell::All).chain(ages).chain(sexes).chain(disability)
    }

    /// What people are told apart by: `all`, `age`, `sex`, `town` or `disability`.
    pub fn dimension(self) -> &'static str {
        match self {
            Cell::All => "all",
            Cell::Age(_) => "age",
            Cell::Sex(_) => "sex",
            Cell::Town(_) => "town",
            Cell::Disability(_) => "disability",
        }
    }

    /// Which of its dimension.
    pub fn name(self) -> String {
        match self {
            Cell::All => "all".into(),
            Cell::Age(AgeBand::From0To17) => "0-17".into(),
            Cell::Age(AgeBand::From18To59) => "18-59".into(),
            Cell::Age(AgeBand::From60To79) => "60-79".into(),
            Cell::Age(AgeBand::From80) => "80+".into(),
            Cell::Sex(Sex::Male) => "male".into(),
            Cell::Sex(Sex::Female) => "female".into(),
            Cell::Sex(Sex::NotStated) => "not-stated".into(),
            Cell::Town(Town::Town(digits)) => format!("{digits:09}"),
            Cell::Town(Town::Outside) => "outside".into(),
            Cell::Age(AgeBand::Unknown) | Cell::Sex(Sex::Unknown) | Cell::Town(Town::Unknown) => {
                "unknown".into()
            }
            Cell::Disability(true) => "yes".into(),
            Cell::Disability(false) => "no".into(),
        }
    }
}
