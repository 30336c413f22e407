//! Situations with a certain outcome, on people of their own whose surroundings are controlled.
//! Each file is one rule; each note says why the outcome follows from domain §3 and §4.

mod child_visits;
mod deceased;
mod elder_visits;
mod home_care;
mod income;
mod name_mismatch;
mod old_age;
mod orphan;
mod overlap;
mod self_pay;
mod stage;
mod unemployment;

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
        deceased::plant(stage.rule("deceased-recipient"));
        self_pay::plant(stage.rule("high-yearly-self-pay"));
        unemployment::plant(stage.rule("unemployment-benefit-exhausted"));
        orphan::plant(stage.rule("orphan"));
        income::plant(stage.rule("income-above-standard"));
        overlap::plant(stage.rule("overlapping-benefits"));
        old_age::plant(stage.rule("missed-old-age-allowance"));
        home_care::plant(stage.rule("home-care-recheck"));
        child_visits::plant(stage.rule("child-monthly-visit"));
        elder_visits::plant(stage.rule("elder-weekly-visits"));
        name_mismatch::plant(stage.rule("name-mismatch"));
    }
    stage.planted
}
