//! Where the people are registered whom an account may see.

use std::fmt;
use std::str::FromStr;

use sanzao_model::{Bureau, Division};
use serde::{Deserialize, Serialize};

/// A part of the country as people write it: the first 1 to 12 digits of a division code. Six digits of a district
/// whose code has changed mean the district under all its codes (domain §2); towns were renumbered with the codes, so
/// their former codes are other prefixes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DivisionPrefix(String);

/// The first digits of a code and nothing else: six digits mean those six digits. What queries are made of. It is
/// never to be read as a [`DivisionPrefix`], which may mean more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodePrefix(String);

/// Why a text is no division prefix. Reject: whoever wrote it must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the first 1 to 12 digits of a division code")]
pub struct DivisionPrefixError;

/// Where the people are registered whom an account may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(Reach);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reach {
    Whole,
    /// Sorted, and none begins with another.
    Codes(Vec<CodePrefix>),
}

/// How many digits name a county.
const COUNTY_DIGITS: usize = 6;

/// Districts whose code has changed.
const RENAMED: [Bureau; 1] = [Bureau(320_614)];

impl DivisionPrefix {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The codes that mean the same.
    fn codes(&self) -> Vec<CodePrefix> {
        let county = self.0.parse::<u32>().ok().filter(|_| self.0.len() == COUNTY_DIGITS);
        let is_of = |counties: &&[u32]| county.is_some_and(|county| counties.contains(&county));
        match RENAMED.iter().map(|district| district.counties()).find(is_of) {
            Some(counties) => counties.iter().map(|county| CodePrefix(format!("{county:06}"))).collect(),
            None => vec![CodePrefix(self.0.clone())],
        }
    }
}

impl CodePrefix {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a code begins so.
    pub fn contains(&self, division: Division) -> bool {
        division.to_string().starts_with(&self.0)
    }

    /// The first code of 12 digits that begins so and the last, both included: for ranges in queries.
    pub fn range(&self) -> (String, String) {
        (format!("{:0<12}", self.0), format!("{:9<12}", self.0))
    }
}

impl Scope {
    /// Everybody, also those of whom no division is known.
    pub fn whole_bureau() -> Scope {
        Scope(Reach::Whole)
    }

    /// Nobody.
    pub fn nobody() -> Scope {
        Scope(Reach::Codes(Vec::new()))
    }

    /// Those registered in one of these divisions. Without any, nobody.
    pub fn divisions<'a>(prefixes: impl IntoIterator<Item = &'a DivisionPrefix>) -> Scope {
        Scope::of(prefixes.into_iter().flat_map(DivisionPrefix::codes).collect())
    }

    fn of(mut codes: Vec<CodePrefix>) -> Scope {
        // Sorted, what begins with another code stands behind it.
        codes.sort();
        codes.dedup_by(|next, kept| next.0.starts_with(&kept.0));
        Scope(Reach::Codes(codes))
    }

    /// Whether somebody registered there may be seen. Of whom no division is known, only the whole bureau may see.
    pub fn contains(&self, division: Option<Division>) -> bool {
        match (&self.0, division) {
            (Reach::Whole, _) => true,
            (Reach::Codes(_), None) => false,
            (Reach::Codes(codes), Some(division)) => codes.iter().any(|code| code.contains(division)),
        }
    }

    /// Whether it is the whole bureau, people without a division included.
    pub fn is_whole_bureau(&self) -> bool {
        self.0 == Reach::Whole
    }

    /// Whether it is nobody.
    pub fn is_nobody(&self) -> bool {
        self.prefixes().is_some_and(<[CodePrefix]>::is_empty)
    }

    /// The codes that queries are to be bound to, sorted, none of which overlap; None for the whole bureau, where
    /// nothing is to be bound. An empty list finds nobody.
    pub fn prefixes(&self) -> Option<&[CodePrefix]> {
        match &self.0 {
            Reach::Whole => None,
            Reach::Codes(codes) => Some(codes),
        }
    }

    /// What of it lies in a division that somebody asks for. None when that is nothing. It is never more than before:
    /// people without a division lie in none.
    pub fn cut(&self, asked: &DivisionPrefix) -> Option<Scope> {
        let asked = asked.codes();
        let codes = match &self.0 {
            Reach::Whole => asked,
            Reach::Codes(codes) => {
                let common = |a: &CodePrefix, b: &CodePrefix| {
                    let (short, long) = if a.0.len() < b.0.len() { (a, b) } else { (b, a) };
                    long.0.starts_with(&short.0).then(|| long.clone())
                };
                codes.iter().flat_map(|own| asked.iter().filter_map(move |code| common(own, code))).collect()
            }
        };
        (!codes.is_empty()).then(|| Scope::of(codes))
    }
}

impl TryFrom<String> for DivisionPrefix {
    type Error = DivisionPrefixError;

    fn try_from(text: String) -> Result<DivisionPrefix, DivisionPrefixError> {
        let form = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if form { Ok(DivisionPrefix(text)) } else { Err(DivisionPrefixError) }
    }
}

impl FromStr for DivisionPrefix {
    type Err = DivisionPrefixError;

    fn from_str(text: &str) -> Result<DivisionPrefix, DivisionPrefixError> {
        text.to_owned().try_into()
    }
}

impl From<DivisionPrefix> for String {
    fn from(prefix: DivisionPrefix) -> String {
        prefix.0
    }
}

impl fmt::Display for DivisionPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DISTRICT: [&str; 5] = ["320614", "320684", "329026", "320625", "322425"];

    fn prefix(text: &str) -> DivisionPrefix {
        text.parse().unwrap()
    }

    /// The meaning, digit by digit.
    fn means(prefix: &str, division: &str) -> bool {
        let is_district = DISTRICT.contains(&prefix);
        division.starts_with(prefix) || is_district && DISTRICT.contains(&&division[..6])
    }

    /// Codes of a tree that has few counties, towns and villages, so that prefixes meet.
    fn code() -> impl Strategy<Value = String> {
        let county = prop::sample::select(
            DISTRICT.iter().copied().chain(["320681", "320600", "110101"]).collect::<Vec<_>>(),
        );
        (county, 100..104_u32, 0..3_u32)
            .prop_map(|(county, town, village)| format!("{county}{town}{village:03}"))
    }

    fn part_of_code() -> impl Strategy<Value = String> {
        (code(), prop_oneof![1 => 1..=12_usize, 2 => Just(6), 2 => Just(9)])
            .prop_map(|(code, digits)| code[..digits].to_owned())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_scope_is_what_its_prefixes_mean(
            told in prop::collection::vec(part_of_code(), 0..5), code in code(), asked in part_of_code(),
        ) {
            let prefixes: Vec<_> = told.iter().map(|text| prefix(text)).collect();
            let scope = Scope::divisions(&prefixes);
            let division = Some(code.parse().unwrap());
            let inside = told.iter().any(|text| means(text, &code));
            prop_assert_eq!(scope.contains(division), inside);
            prop_assert!(!scope.contains(None));
            let ranged = scope.prefixes().unwrap().iter().map(CodePrefix::range);
            let hits = ranged.filter(|(first, last)| (first..=last).contains(&&code)).count();
            prop_assert_eq!(hits, usize::from(inside), "ranges are the scope and do not overlap");

            let cut = scope.cut(&prefix(&asked)).unwrap_or_else(Scope::nobody);
            prop_assert_eq!(cut.contains(division), inside && means(&asked, &code));
            prop_assert!(!cut.contains(None));
            let whole = Scope::whole_bureau().cut(&prefix(&asked)).unwrap();
            prop_assert_eq!(whole.contains(division), means(&asked, &code));
            prop_assert!(!whole.contains(None));
        }
    }

    #[test]
    fn a_cut_does_not_mean_the_district_again() {
        let scope = Scope::divisions([&prefix("3206")]);
        let cut = scope.cut(&prefix("320614")).unwrap();
        let codes: Vec<_> = cut.prefixes().unwrap().iter().map(CodePrefix::as_str).collect();
        assert_eq!(codes, ["320614", "320625", "320684"], "codes of other cities are not in scope");
        assert_eq!(scope.cut(&prefix("11")), None);
        assert!(Scope::whole_bureau().contains(None) && Scope::whole_bureau().prefixes().is_none());
        assert!(Scope::nobody().is_nobody() && !scope.is_nobody());
    }

    #[test]
    fn what_is_no_division_is_refused() {
        for text in ["", "32061a", "3206141000010", "３２０６１４", " 32"] {
            assert_eq!(text.parse::<DivisionPrefix>(), Err(DivisionPrefixError), "{text}");
        }
    }
}
