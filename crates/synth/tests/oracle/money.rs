//! Money, in fen: what people paid themselves, and what income is known of them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::life::{DOLE, PENSION};
use super::{Fact, World, date};

pub fn fen(value: &Value) -> i64 {
    (value.as_f64().unwrap() * 100.0).round() as i64
}

impl World {
    /// Settlements that are not reversed; of one `setl_id` the newest.
    pub fn settlements(&self, person: &str) -> Vec<&Fact> {
        let mut newest: BTreeMap<&str, &Fact> = BTreeMap::new();
        for fact in self.of(person, &["settlement.settled"]) {
            newest.insert(fact.data["setl_id"].as_str().unwrap(), fact);
        }
        for fact in self.of(person, &["settlement.reversed"]) {
            newest.remove(fact.data["setl_id"].as_str().unwrap());
        }
        newest.into_values().collect()
    }

    /// What somebody paid themselves from a day on.
    pub fn self_paid(&self, person: &str, first: Date) -> i64 {
        let settlements = self.settlements(person).into_iter().filter(|fact| fact.on >= first);
        settlements.map(|fact| fen(&fact.data["psn_part_amt"])).sum()
    }

    /// Pensions of a day: since when, and how much.
    pub fn pensions(&self, person: &str, day: Date) -> Vec<(Date, i64)> {
        ["employee", "flexible", "resident"]
            .iter()
            .filter_map(|scheme| self.spell(person, &PENSION, scheme, day))
            .map(|spell| (spell.began, fen(&spell.newest.data["monthly_amount"])))
            .collect()
    }

    /// Unemployment benefit of a day: since when, and how much.
    pub fn dole(&self, person: &str, day: Date) -> Option<(Date, i64)> {
        let spell = self.spell(person, &DOLE, "", day)?;
        (day <= date(&spell.newest.data["until"]))
            .then(|| (spell.began, fen(&spell.newest.data["monthly_amount"])))
    }

    /// The newest wage of a month from `first` to `last`.
    pub fn wage(&self, person: &str, first: Date, last: Date) -> Option<i64> {
        let wages = self.of(person, &["wage.reported"]);
        wages.iter().rfind(|w| w.on >= first && w.on <= last).map(|w| fen(&w.data["amount"]))
    }

    /// The monthly income known of somebody.
    pub fn income(&self, person: &str) -> i64 {
        let pensions: i64 = self.pensions(person, self.day).iter().map(|(_, amount)| amount).sum();
        let dole = self.dole(person, self.day).map_or(0, |(_, amount)| amount);
        pensions + dole + self.wage(person, self.month(3), self.day).unwrap_or(0)
    }
}
