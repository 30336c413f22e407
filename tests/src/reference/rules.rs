//! The rules (domain §4): who fulfils which, and on what occasion.

mod entitlement;
mod help;
mod quality;
mod recheck;
mod review;

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::numbers::At;
use super::view::View;
use super::{Finding, Subject};

/// The occasions on which a rule holds of a person or household, with the numbers that are theirs.
type Rule = fn(&View, &str, &At) -> Vec<String>;

/// Whom a rule is about.
#[derive(Clone, Copy)]
enum About {
    Person(Rule),
    /// "`deceased-recipient`, `funeral-overlap` and `activity-after-death` are the exceptions".
    PersonDeadOrAlive(Rule),
    Household(Rule),
}

/// The ids of all rules, in the order of the catalogue.
pub const RULES: [&str; 43] = ids();

const ALL: [(&str, About); 43] = [
    ("rigid-medical-spending", About::Household(help::rigid_medical_spending)),
    ("costly-hospital-stay", About::Person(help::costly_hospital_stay)),
    ("high-yearly-self-pay", About::Person(help::high_yearly_self_pay)),
    ("unemployment-benefit-exhausted", About::Person(help::unemployment_benefit_exhausted)),
    ("long-unemployed", About::Person(help::long_unemployed)),
    ("major-illness", About::Person(help::major_illness)),
    ("severe-mental-disorder", About::Person(help::severe_mental_disorder)),
    ("frail-elder-without-care", About::Person(help::frail_elder_without_care)),
    ("orphan", About::Person(help::orphan)),
    ("unattended-child", About::Person(help::unattended_child)),
    ("child-parent-event", About::Person(help::child_parent_event)),
    ("elder-living-alone", About::Person(help::elder_living_alone)),
    ("released-without-work", About::Person(help::released_without_work)),
    ("exit-watch", About::Household(help::exit_watch)),
    ("many-disabled", About::Household(help::many_disabled)),
    ("breadwinner-lost", About::Household(help::breadwinner_lost)),
    ("missed-disability-living", About::Person(entitlement::missed_disability_living)),
    ("missed-disability-nursing", About::Person(entitlement::missed_disability_nursing)),
    ("missed-old-age-allowance", About::Person(entitlement::missed_old_age_allowance)),
    ("uninsured-recipient", About::Person(entitlement::uninsured_recipient)),
    ("newborn-not-counted", About::Household(entitlement::newborn_not_counted)),
    ("deceased-recipient", About::PersonDeadOrAlive(review::deceased_recipient)),
    ("moved-out-recipient", About::Person(review::moved_out_recipient)),
    ("overlapping-benefits", About::Person(review::overlapping_benefits)),
    ("income-above-standard", About::Household(review::income_above_standard)),
    ("recipient-in-custody", About::Person(review::recipient_in_custody)),
    ("ageing-out", About::Person(review::ageing_out)),
    ("certificate-expired", About::Person(review::certificate_expired)),
    ("home-care-not-at-home", About::Person(review::home_care_not_at_home)),
    ("home-care-category-lost", About::Person(review::home_care_category_lost)),
    ("funeral-overlap", About::PersonDeadOrAlive(review::funeral_overlap)),
    ("dibao-recheck", About::Household(recheck::dibao_recheck)),
    ("tekun-recheck", About::Person(recheck::tekun_recheck)),
    ("home-care-recheck", About::Person(recheck::home_care_recheck)),
    ("rigid-spending-expiry", About::Household(recheck::rigid_spending_expiry)),
    ("certificate-expiry", About::Person(recheck::certificate_expiry)),
    ("child-monthly-visit", About::Person(recheck::child_monthly_visit)),
    ("child-quarterly-comparison", About::Person(recheck::child_quarterly_comparison)),
    ("child-half-year-sweep", About::Person(recheck::child_half_year_sweep)),
    ("elder-weekly-visits", About::Person(recheck::elder_weekly_visits)),
    ("long-silence", About::Person(recheck::long_silence)),
    ("name-mismatch", About::Person(quality::name_mismatch)),
    ("activity-after-death", About::PersonDeadOrAlive(quality::activity_after_death)),
];

const fn ids() -> [&'static str; 43] {
    let mut ids = [""; 43];
    let mut at = 0;
    while at < ids.len() {
        ids[at] = ALL[at].0;
        at += 1;
    }
    ids
}

/// Every finding of every rule on the day of the view. "A rule about a person holds only while that person is
/// living …; a rule about a household needs a living member." "Every number is a parameter, by division": that of
/// the subject.
pub fn findings(view: &View) -> BTreeSet<Finding> {
    let mut found = BTreeSet::new();
    let mut note = |rule: &str, subject: &dyn Fn() -> Subject, occasions: Vec<String>| {
        for occasion in occasions {
            found.insert(Finding { rule: rule.to_owned(), subject: subject(), occasion });
        }
    };
    for person in &view.persons {
        let numbers = view.reference.numbers.at(view.division_of(person), view.day);
        for (id, about) in ALL {
            let rule = match about {
                About::Person(rule) if view.is_living(person) => rule,
                About::PersonDeadOrAlive(rule) => rule,
                _ => continue,
            };
            note(id, &|| Subject::Person((*person).to_owned()), rule(view, person, &numbers));
        }
    }
    for household in view.living_households() {
        let numbers = view.reference.numbers.at(view.division_of_household(household), view.day);
        for (id, about) in ALL {
            if let About::Household(rule) = about {
                note(id, &|| Subject::Household(household.to_owned()), rule(view, household, &numbers));
            }
        }
    }
    found
}

/// One occasion, where something holds.
fn when(holds: bool, occasion: impl ToString) -> Vec<String> {
    if holds { vec![occasion.to_string()] } else { Vec::new() }
}

impl View<'_> {
    /// "'last 90 days' is D−90 < on ≤ D".
    fn is_in_last_days(&self, on: Date, days: i64) -> bool {
        self.day - days.days() < on && on <= self.day
    }

    /// "'n days ago' counts D − on".
    fn days_ago(&self, on: Date) -> i64 {
        i64::from((self.day - on).get_days())
    }

    /// Whether the person has reached an age; "every condition on age is false" for who has none.
    fn is_aged_from(&self, person: &str, years: i64) -> bool {
        self.age(person).is_some_and(|age| i64::from(age) >= years)
    }

    /// "Age < 18", likewise.
    fn is_aged_below(&self, person: &str, years: i64) -> bool {
        self.age(person).is_some_and(|age| i64::from(age) < years)
    }

    /// "Working age: 16 ≤ age < 60."
    fn is_of_working_age(&self, person: &str, numbers: &At) -> bool {
        self.is_aged_from(person, numbers.get("working_age_from_years"))
            && self.is_aged_below(person, numbers.get("working_age_below_years"))
    }

    /// "Active disability subsidy."
    fn has_disability_subsidy(&self, person: &str) -> bool {
        self.has_any(person, &["disability-living", "disability-nursing"])
    }

    /// Whether the person's household is low-income.
    fn is_of_low_income(&self, person: &str) -> bool {
        self.is_low_income(&self.households[person])
    }
}
