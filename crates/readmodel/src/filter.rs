//! Which items a list holds.

use std::fmt;
use std::str::FromStr;

use sanzao_model::{Bureau, Day, Division, ItemId, PersonId, Procedure, RuleId};
use serde::Serialize;

use crate::{Kind, Queue, StateName};

/// Which items a list holds: those that fulfil every condition given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Alerts or tasks.
    pub kind: Kind,
    /// Registered there, or nowhere that is known.
    pub division: Option<DivisionFilter>,
    /// Found by this rule.
    pub rule: Option<RuleId>,
    /// Of this procedure.
    pub procedure: Option<Procedure>,
    /// In one of these states; all when empty. States of the other kind match nothing.
    pub states: Vec<StateName>,
    /// Due on this day or later.
    pub due_from: Option<Day>,
    /// Due on this day or earlier.
    pub due_to: Option<Day>,
    /// Whoever works on it, or is to.
    pub worker: Option<String>,
    /// Waiting there.
    pub queue: Option<Queue>,
    /// About this person.
    pub person: Option<PersonId>,
    /// On the card that this item began.
    pub card: Option<ItemId>,
    /// Only what whoever asks may see.
    pub scope: Scope,
}

/// Whose items somebody may see, by where the subjects are registered. Its prefixes mean what they say: of a district
/// whose code has changed each code stands here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
pub enum Scope {
    /// All, also those of whom no division is known.
    #[default]
    Everything,
    /// Those in one of these divisions; nobody's when there is none.
    Divisions(Vec<DivisionPrefix>),
}

impl Scope {
    /// Whether somebody who is registered there, or nowhere that is known, belongs to it.
    pub fn contains(&self, division: Option<Division>) -> bool {
        match (self, division) {
            (Scope::Everything, _) => true,
            (Scope::Divisions(_), None) => false,
            (Scope::Divisions(prefixes), Some(division)) => {
                let code = division.to_string();
                prefixes.iter().any(|prefix| code.starts_with(prefix.as_str()))
            }
        }
    }

    /// The codes of divisions, none of which begins with another; none where it is not restricted.
    pub(crate) fn codes(&self) -> Option<Vec<String>> {
        match self {
            Scope::Everything => None,
            Scope::Divisions(prefixes) => {
                let mut codes: Vec<String> = prefixes.iter().map(|prefix| prefix.0.clone()).collect();
                codes.sort_unstable();
                codes.dedup_by(|later, earlier| later.starts_with(earlier.as_str()));
                Some(codes)
            }
        }
    }
}

impl Filter {
    /// Every item of a kind.
    pub fn all(kind: Kind) -> Filter {
        Filter {
            kind,
            division: None,
            rule: None,
            procedure: None,
            states: Vec::new(),
            due_from: None,
            due_to: None,
            worker: None,
            queue: None,
            person: None,
            card: None,
            scope: Scope::Everything,
        }
    }

    /// The places of its items, none of which overlap: those asked for as far as they may be seen. None where that is
    /// everywhere.
    pub(crate) fn places(&self) -> Option<Vec<Place>> {
        let Some(codes) = self.scope.codes() else {
            return self.division.as_ref().map(DivisionFilter::places);
        };
        let seen = match &self.division {
            None => codes,
            Some(DivisionFilter::Unknown) => Vec::new(),
            Some(DivisionFilter::Within(prefix)) => {
                let asked = prefix.codes();
                let both = |asked: &String| -> Vec<String> {
                    let longer =
                        |code: &&String| code.starts_with(asked.as_str()) || asked.starts_with(code.as_str());
                    codes.iter().filter(longer).map(|code| code.max(asked).clone()).collect()
                };
                asked.iter().flat_map(both).collect()
            }
        };
        Some(seen.iter().map(|code| Place::within(code)).collect())
    }

    /// The states asked for that items of the kind can have, each once.
    pub(crate) fn states(&self) -> impl Iterator<Item = StateName> {
        let asked = |state: &&StateName| self.states.is_empty() || self.states.contains(state);
        self.kind.states().iter().filter(asked).copied()
    }

    /// Tells lists apart: equal filters have equal marks, in every process of one version.
    pub(crate) fn mark(&self) -> u64 {
        let text = serde_json::to_vec(self).expect("a filter is plain data");
        // FNV-1a: the mark finds mix-ups, it does not withstand forgery, and has nothing to protect.
        text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

/// Where the subjects of items are registered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub enum DivisionFilter {
    /// In a division whose code begins so.
    Within(DivisionPrefix),
    /// Nowhere that is known: police have said of no division. Written `none`.
    Unknown,
}

/// The first 1 to 12 digits of a division code: a province, city, county, town or village. A county of a
/// district whose code has changed means the district, under whatever code (domain §2); towns were
/// renumbered with the codes, so their former codes are other prefixes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct DivisionPrefix(String);

/// Why a text says of no division. Reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the first 1 to 12 digits of a division code, or none where no division is known")]
pub struct DivisionFilterError;

/// How many digits of a division code name the county, and the town.
const COUNTY_DIGITS: usize = 6;
const TOWN_DIGITS: usize = 9;

/// Districts whose code has changed.
const RENAMED: [Bureau; 1] = [Bureau(320_614)];

/// Texts from the smallest to the first that is too great.
pub(crate) type Texts = (String, String);

/// A stretch of towns in the tables, and which of their divisions are meant; all when none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub towns: Texts,
    pub divisions: Option<Texts>,
    /// Where it is exactly one county.
    pub county: Option<String>,
}

impl DivisionFilter {
    /// The places meant, none of which overlap.
    pub(crate) fn places(&self) -> Vec<Place> {
        match self {
            DivisionFilter::Within(prefix) => prefix.codes().iter().map(|code| Place::within(code)).collect(),
            // Where no division is known the town is empty: the only text before the digits.
            DivisionFilter::Unknown => {
                vec![Place {
                    towns: (String::new(), "0".to_owned()),
                    divisions: None,
                    county: Some(String::new()),
                }]
            }
        }
    }
}

impl Place {
    fn within(code: &str) -> Place {
        let divisions = (code.len() > TOWN_DIGITS).then(|| range(code));
        let county = (code.len() == COUNTY_DIGITS).then(|| code.to_owned());
        Place { towns: range(&code[..code.len().min(TOWN_DIGITS)]), divisions, county }
    }
}

/// `:` is the character after `9`.
fn range(prefix: &str) -> Texts {
    (prefix.to_owned(), format!("{prefix}:"))
}

impl DivisionPrefix {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The codes that mean the same.
    fn codes(&self) -> Vec<String> {
        let county = self.0.parse::<u32>().ok().filter(|_| self.0.len() == COUNTY_DIGITS);
        let is_of = |counties: &&[u32]| county.is_some_and(|county| counties.contains(&county));
        match RENAMED.iter().map(|district| district.counties()).find(is_of) {
            Some(counties) => counties.iter().map(|county| format!("{county:06}")).collect(),
            None => vec![self.0.clone()],
        }
    }
}

/// The county of a division: its first six digits.
pub(crate) fn county(division: &str) -> &str {
    &division[..COUNTY_DIGITS]
}

/// The town of a division: its first nine digits.
pub(crate) fn town(division: &str) -> &str {
    &division[..TOWN_DIGITS]
}

impl FromStr for DivisionFilter {
    type Err = DivisionFilterError;

    fn from_str(text: &str) -> Result<DivisionFilter, DivisionFilterError> {
        if text == "none" {
            return Ok(DivisionFilter::Unknown);
        }
        let form = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if form {
            Ok(DivisionFilter::Within(DivisionPrefix(text.to_owned())))
        } else {
            Err(DivisionFilterError)
        }
    }
}

impl fmt::Display for DivisionFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DivisionFilter::Within(prefix) => f.write_str(&prefix.0),
            DivisionFilter::Unknown => f.write_str("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn towns(text: &str) -> Vec<String> {
        let filter: DivisionFilter = text.parse().unwrap();
        assert_eq!(filter.to_string(), text);
        filter.places().into_iter().map(|place| place.towns.0).collect()
    }

    #[test]
    fn a_county_is_its_district_under_every_code() {
        let district = ["320614", "320684", "329026", "320625", "322425"];
        for code in district {
            assert_eq!(towns(code), district, "{code}");
        }
        for other in ["320681", "32", "3206", "32061", "3206141", "320684117", "320684117001"] {
            assert_eq!(towns(other), [&other[..other.len().min(9)]], "{other}");
        }
        assert_eq!(towns("none"), [""]);
    }

    #[test]
    fn a_scope_cut_with_a_filter_is_what_both_hold() {
        let scope = |texts: &[&str]| {
            let prefix = |text: &&str| match text.parse::<DivisionFilter>() {
                Ok(DivisionFilter::Within(prefix)) => prefix,
                other => panic!("{other:?}"),
            };
            Scope::Divisions(texts.iter().map(prefix).collect())
        };
        let places = |of: &[&str], asked: Option<&str>| -> Vec<String> {
            let division = asked.map(|text| text.parse().unwrap());
            let filter = Filter { division, scope: scope(of), ..Filter::all(Kind::Alert) };
            let code = |place: Place| place.divisions.unwrap_or(place.towns).0;
            filter.places().unwrap().into_iter().map(code).collect()
        };
        assert_eq!(places(&["320614102", "320614102001", "320614103"], None), ["320614102", "320614103"]);
        assert_eq!(places(&["320614102"], Some("320614")), ["320614102"]);
        assert_eq!(places(&["320614"], Some("320614102")), ["320614102"]);
        assert_eq!(places(&["320614102"], Some("320614103")), [""; 0]);
        assert_eq!(places(&["320614102001"], Some("320614102")), ["320614102001"]);
        assert_eq!(places(&["320614"], Some("none")), [""; 0]);
        assert_eq!(places(&[], None), [""; 0]);
        assert_eq!(places(&["320614"], None), ["320614"]);
        assert_eq!(places(&["320684"], Some("320614")), ["320684"]);
    }

    #[test]
    fn what_is_no_division_is_refused() {
        for text in ["", "None", "32061a", "3206141000010", "３２０６１４"] {
            assert_eq!(text.parse::<DivisionFilter>(), Err(DivisionFilterError), "{text}");
        }
    }
}
