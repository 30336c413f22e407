//! The numbers of the rules (domain §4): "every number is a parameter, by division and effective date".

use std::collections::BTreeMap;

use jiff::civil::Date;

/// Every number of the catalogue by name, which ends in its unit. Amounts are in fen.
const DEFAULTS: [(&str, i64); 51] = [
    ("working_age_from_years", 16),
    ("working_age_below_years", 60),
    ("child_below_years", 18),
    ("dibao_standard_fen", 820_00),
    ("recheck_ahead_days", 30),
    ("rigid_spending_fen", 5_000_00),
    ("rigid_spending_percent", 60),
    ("rigid_spending_months", 12),
    ("costly_stay_days", 90),
    ("costly_stay_fen", 10_000_00),
    ("costly_stay_low_income_fen", 6_000_00),
    ("high_self_pay_fen", 20_000_00),
    ("high_self_pay_low_income_fen", 5_000_00),
    ("exhausted_from_days", 30),
    ("exhausted_until_days", 365),
    ("long_unemployed_days", 90),
    ("major_illness_days", 60),
    ("frail_elder_from_years", 60),
    ("frail_elder_from_level", 2),
    ("unattended_parents_people", 2),
    ("unattended_missing_days", 180),
    ("unattended_custody_days", 180),
    ("unattended_grade", 2),
    ("unattended_mental_grade", 3),
    ("parent_event_days", 90),
    ("living_alone_from_years", 80),
    ("released_from_days", 14),
    ("released_until_days", 180),
    ("exit_days", 365),
    ("exit_sign_days", 90),
    ("exit_self_pay_fen", 2_000_00),
    ("many_disabled_people", 2),
    ("many_disabled_elder_from_years", 60),
    ("breadwinner_days", 90),
    ("breadwinner_wage_months", 6),
    ("nursing_grade", 2),
    ("old_age_allowance_from_years", 80),
    ("newborn_days", 180),
    ("income_disregard_months", 6),
    ("not_at_home_days", 30),
    ("category_lost_level", 1),
    ("dibao_recheck_months", 12),
    ("dibao_recheck_working_age_months", 6),
    ("tekun_recheck_months", 12),
    ("home_care_recheck_months", 6),
    ("rigid_spending_expiry_months", 12),
    ("certificate_expiry_days", 180),
    ("elder_weekly_visits", 4),
    ("long_silence_from_years", 90),
    ("long_silence_days", 365),
    // Read by the handling of alerts only.
    ("reopening_self_pay_fen", 2_000_00),
];
/// A value of a number that holds from a day on in a division.
#[derive(Clone, Debug)]
struct Change {
    division: String,
    from: Date,
    value: i64,
}

/// All numbers, with the values that divisions gave them and from when.
#[derive(Clone, Debug)]
pub struct Numbers {
    defaults: BTreeMap<&'static str, i64>,
    changes: BTreeMap<String, Vec<Change>>,
}

/// The numbers of a division on a day.
pub struct At<'n> {
    numbers: &'n Numbers,
    division: Option<&'n str>,
    day: Date,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { defaults: DEFAULTS.into_iter().collect(), changes: BTreeMap::new() }
    }
}

impl Numbers {
    /// The same with another value of one number, from a day on, for the subjects whose division begins with a
    /// prefix; for everybody where the prefix is empty. Panics where there is no such number.
    #[must_use]
    pub fn with(mut self, name: &str, division: &str, from: Date, value: i64) -> Self {
        assert!(self.defaults.contains_key(name), "there is no number {name}");
        let change = Change { division: division.to_owned(), from, value };
        self.changes.entry(name.to_owned()).or_default().push(change);
        self
    }

    /// The names and values that hold where nobody says otherwise.
    pub fn defaults(&self) -> impl Iterator<Item = (&'static str, i64)> {
        self.defaults.iter().map(|(name, value)| (*name, *value))
    }

    /// Those of a division. Whose division is not known has what holds for everybody.
    pub fn at<'n>(&'n self, division: Option<&'n str>, day: Date) -> At<'n> {
        At { numbers: self, division, day }
    }
}

impl At<'_> {
    /// A number: of the values that had come into effect the one of the longest prefix, then the newest; of two of
    /// one day the one that was given last. Panics where there is no such number.
    pub fn get(&self, name: &str) -> i64 {
        let changes = self.numbers.changes.get(name).into_iter().flatten();
        let holding = changes.filter(|change| {
            change.from <= self.day && lies_in(self.division.unwrap_or_default(), &change.division)
        });
        let best = holding.max_by_key(|change| (change.division.len(), change.from));
        best.map_or_else(|| self.numbers.defaults[name], |change| change.value)
    }
}

/// "In a `division_code` all former codes of the district are the district"; towns were renumbered.
fn lies_in(division: &str, prefix: &str) -> bool {
    const DISTRICT: &str = "320614";
    const FORMER: [&str; 4] = ["322425", "320625", "329026", "320684"];
    division.starts_with(prefix)
        || prefix == DISTRICT && FORMER.iter().any(|former| division.starts_with(former))
}
