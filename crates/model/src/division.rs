//! Administrative divisions and bureaus.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is no division code. Reject: the sender must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a division code of {digits} digits")]
pub struct DivisionError {
    /// How many digits the code has.
    pub digits: usize,
}

/// A 12-digit division code: six digits of county, three of town, three of village.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Division(u64);

/// A part of the country: all divisions whose code begins with these digits, 6 (a district) to 12 (a village). No
/// digits are everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Area(String);

/// Why a text is no area. Reject: whoever wrote it must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the first 6 to 12 digits of a division code, or nothing for everywhere")]
pub struct AreaError;

impl Area {
    /// Everywhere.
    pub fn everywhere() -> Area {
        Area::default()
    }

    /// Whether a division lies in it; one that nobody knows lies nowhere but everywhere. What is told of a district
    /// by its present code holds under its former ones, too.
    pub fn contains(&self, division: Option<Division>) -> bool {
        let Some(division) = division else { return self.0.is_empty() };
        let code = division.to_string();
        if code.starts_with(&self.0) {
            return true;
        }
        // Towns were renumbered: only the whole district is the same under a former code.
        self.0.len() == 6 && self.0.parse().is_ok_and(|county| Bureau(county).contains(division))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Area {
    type Error = AreaError;

    fn try_from(text: String) -> Result<Area, AreaError> {
        let is_code = (6..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if text.is_empty() || is_code { Ok(Area(text)) } else { Err(AreaError) }
    }
}

impl FromStr for Area {
    type Err = AreaError;

    fn from_str(text: &str) -> Result<Area, AreaError> {
        text.to_owned().try_into()
    }
}

impl From<Area> for String {
    fn from(area: Area) -> String {
        area.0
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The bureau that receives events: a county's six-digit division code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bureau(pub u32);

fn digits(text: &str, count: usize) -> Result<u64, DivisionError> {
    let error = DivisionError { digits: count };
    if text.len() != count || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(error);
    }
    text.parse().map_err(|_| error)
}

impl Division {
    /// The county part, six digits.
    pub fn county(self) -> u32 {
        (self.0 / 1_000_000) as u32
    }

    /// The county and town part, nine digits.
    pub fn town(self) -> u32 {
        (self.0 / 1_000) as u32
    }

    /// Whether the code or the county it had before lies in the district (domain §2: in a
    /// `division_code` all former codes of the district are the district).
    pub fn is_in(self, counties: &[u32]) -> bool {
        counties.contains(&self.county())
    }
}

impl FromStr for Division {
    type Err = DivisionError;

    fn from_str(text: &str) -> Result<Division, DivisionError> {
        digits(text, 12).map(Division)
    }
}

impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Division {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Division {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Division, D::Error> {
        if deserializer.is_human_readable() {
            let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            u64::deserialize(deserializer).map(Division)
        }
    }
}

impl Bureau {
    /// The counties whose codes mean this bureau's district: the code and its former codes. Haimen
    /// (`320614`) has been `322425`, `320625`, `329026` and `320684` (domain §2).
    pub fn counties(self) -> &'static [u32] {
        match self.0 {
            320614 => &[320614, 320684, 329026, 320625, 322425],
            _ => &[],
        }
    }

    /// Whether a division lies in the bureau's district.
    pub fn contains(self, division: Division) -> bool {
        division.county() == self.0 || division.is_in(self.counties())
    }
}

impl FromStr for Bureau {
    type Err = DivisionError;

    fn from_str(text: &str) -> Result<Bureau, DivisionError> {
        digits(text, 6).map(|code| Bureau(code as u32))
    }
}

impl fmt::Display for Bureau {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for Bureau {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn former_codes_are_the_district() {
        let bureau: Bureau = "320614".parse().unwrap();
        for code in ["320614102001", "320684117001", "322425000000"] {
            assert!(bureau.contains(code.parse().unwrap()), "{code}");
        }
        assert!(!bureau.contains("320681100001".parse().unwrap()));
        assert!("32061410200".parse::<Division>().is_err());
        assert!("３20614102001".parse::<Division>().is_err());
    }

    #[test]
    fn an_area_is_a_prefix() {
        let division = Some("320614102001".parse().unwrap());
        for (area, contains) in
            [("", true), ("320614", true), ("320614102", true), ("320614103", false), ("320684", false)]
        {
            assert_eq!(area.parse::<Area>().unwrap().contains(division), contains, "{area}");
        }
        let before = Some("320684117001".parse().unwrap());
        assert!("320614".parse::<Area>().unwrap().contains(before), "a former code of the district");
        assert!(!"320614117".parse::<Area>().unwrap().contains(before), "towns were renumbered");
        assert!(Area::everywhere().contains(None) && !"320614".parse::<Area>().unwrap().contains(None));
        for text in ["32061", "3206141020011", "32061x", "３２０６１４"] {
            assert!(text.parse::<Area>().is_err(), "{text}");
        }
    }
}
