//! Situations with a certain outcome, on people of their own whose surroundings are controlled.
//! Each file is one rule, or a few with one idea; each note says why the outcome follows from domain §3 and §4.

mod after_death;
mod ageing_out;
mod breadwinner;
mod certificate_dates;
mod child_parent;
mod child_sweeps;
mod child_visits;
mod custody;
mod deceased;
mod diagnosis;
mod elder_visits;
mod exit_watch;
mod frail_elder;
mod funeral;
mod home_care;
mod home_care_category;
mod home_care_place;
mod hospital_stay;
mod income;
mod living_alone;
mod long_unemployed;
mod many_disabled;
mod medical_poverty;
mod missed_disability;
mod moved_out;
mod name_mismatch;
mod newborn;
mod old_age;
mod orphan;
mod overlap;
mod rechecks;
mod released;
mod self_pay;
mod silence;
mod stage;
mod telling;
mod unattended;
mod unemployment;
mod uninsured;

use jiff::civil::Date;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::sender::Sender;
use crate::town::Towns;
use stage::Stage;

/// A situation and what must be found of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// The id of the rule.
    pub rule: String,
    /// True: a finding must be there as of `as_of`; false: none may be.
    pub expect: bool,
    /// The day the outcome is certain for.
    #[serde(serialize_with = "write_date", deserialize_with = "read_date")]
    pub as_of: Date,
    /// The normalised ID number, for rules about a person.
    pub person: Option<String>,
    /// The household key of domain §3, for rules about a household.
    pub household: Option<String>,
    /// Why the outcome is certain. Names nobody.
    pub note: String,
}

fn write_date<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

fn read_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// Plants every situation so many times, with other people, days and amounts each time.
pub(crate) fn plant(
    rounds: u32,
    sender: &mut Sender<'_>,
    towns: &Towns,
    stream: impl Fn(u64) -> ChaCha8Rng,
) -> Vec<Planted> {
    let mut stage = Stage::new(sender, towns, &stream);
    for _ in 0..rounds {
        for (rule, plant) in RULES {
            plant(stage.rule(rule));
        }
    }
    stage.planted
}

/// Plants the situations of one rule.
type Plant = fn(&mut Stage<'_, '_>);

/// Who plants the situations of each rule, in the order of domain §4.
const RULES: [(&str, Plant); 43] = [
    ("rigid-medical-spending", medical_poverty::plant),
    ("costly-hospital-stay", hospital_stay::plant),
    ("high-yearly-self-pay", self_pay::plant),
    ("unemployment-benefit-exhausted", unemployment::plant),
    ("long-unemployed", long_unemployed::plant),
    ("major-illness", diagnosis::plant_major),
    ("severe-mental-disorder", diagnosis::plant_mental),
    ("frail-elder-without-care", frail_elder::plant),
    ("orphan", orphan::plant),
    ("unattended-child", unattended::plant),
    ("child-parent-event", child_parent::plant),
    ("elder-living-alone", living_alone::plant),
    ("released-without-work", released::plant),
    ("exit-watch", exit_watch::plant),
    ("many-disabled", many_disabled::plant),
    ("breadwinner-lost", breadwinner::plant),
    ("missed-disability-living", missed_disability::plant_living),
    ("missed-disability-nursing", missed_disability::plant_nursing),
    ("missed-old-age-allowance", old_age::plant),
    ("uninsured-recipient", uninsured::plant),
    ("newborn-not-counted", newborn::plant),
    ("deceased-recipient", deceased::plant),
    ("moved-out-recipient", moved_out::plant),
    ("overlapping-benefits", overlap::plant),
    ("income-above-standard", income::plant),
    ("recipient-in-custody", custody::plant),
    ("ageing-out", ageing_out::plant),
    ("certificate-expired", certificate_dates::plant_expired),
    ("home-care-not-at-home", home_care_place::plant),
    ("home-care-category-lost", home_care_category::plant),
    ("funeral-overlap", funeral::plant),
    ("dibao-recheck", rechecks::plant_dibao),
    ("tekun-recheck", rechecks::plant_tekun),
    ("home-care-recheck", home_care::plant),
    ("rigid-spending-expiry", rechecks::plant_rigid),
    ("certificate-expiry", certificate_dates::plant_expiry),
    ("child-monthly-visit", child_visits::plant),
    ("child-quarterly-comparison", child_sweeps::plant),
    ("child-half-year-sweep", child_sweeps::plant),
    ("elder-weekly-visits", elder_visits::plant),
    ("long-silence", silence::plant),
    ("name-mismatch", name_mismatch::plant),
    ("activity-after-death", after_death::plant),
];
