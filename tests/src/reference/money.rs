//! Money (domain §3): what people pay themselves, earn and receive, in fen.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::facts::Fact;
use super::view::{View, newest};

const SETTLED: &str = "medical-insurance.settlement.settled";

impl<'a> View<'a> {
    /// "*Self-paid*: `psn_part_amt` of settlements not reversed, by `on`"; "of several settlements with one
    /// `setl_id` … the newest counts". Summed from a day to D.
    pub fn self_paid_since(&self, person: &str, from: Date) -> i64 {
        let settlements = self.settlements(person).into_iter().filter(|settlement| from <= settlement.on);
        settlements.map(|settlement| settlement.fen("psn_part_amt")).sum()
    }

    /// The person's settlements that count.
    pub fn settlements(&self, person: &str) -> Vec<&'a Fact> {
        let same = |settlement: &Fact| {
            let id = settlement.text("setl_id").expect("a settlement has an id");
            self.facts_of_settlement(id).iter().copied()
        };
        let counts = |settlement: &&Fact| {
            let newest = newest(same(settlement).filter(|fact| fact.kind == SETTLED));
            newest.is_some_and(|newest| newest.newness() == settlement.newness())
        };
        let is_reversed = |settlement: &&Fact| {
            same(settlement).any(|fact| fact.kind == "medical-insurance.settlement.reversed")
        };
        self.facts_of(person, SETTLED)
            .into_iter()
            .filter(|settlement| counts(settlement) && !is_reversed(settlement))
            .collect()
    }

    /// "Wages of one month: the newest counts."
    pub fn wages(&self, person: &str) -> Vec<&'a Fact> {
        let mut by_month: BTreeMap<Date, &'a Fact> = BTreeMap::new();
        for wage in self.facts_of(person, "social-security.wage.reported") {
            let known = by_month.entry(wage.on).or_insert(wage);
            if known.newness() < wage.newness() {
                *known = wage;
            }
        }
        by_month.into_values().collect()
    }

    /// Those of D's month and so many before it.
    pub fn wages_of_months(&self, person: &str, months: i32) -> Vec<&'a Fact> {
        let first = self.day.first_of_month() - months.months();
        self.wages(person).into_iter().filter(|wage| first <= wage.on).collect()
    }

    /// "Monthly income known …: active pensions + the newest wage among D's month and the 3 before it + active
    /// unemployment benefit", one person's parts.
    pub fn income_known(&self, person: &str) -> Vec<(&'static str, i64, &'a Fact)> {
        let mut parts = Vec::new();
        for pension in self.pensions(person) {
            parts.push(("pension", pension.newest.fen("monthly_amount"), pension.newest));
        }
        if let Some(benefit) = self.unemployment_benefit(person) {
            parts.push(("unemployment-benefit", benefit.newest.fen("monthly_amount"), benefit.newest));
        }
        parts.extend(self.recent_wage(person, 3).map(|wage| ("wage", wage.fen("amount"), wage)));
        parts
    }

    /// "Income assessments naming" the person.
    pub fn assessments_of(&self, person: &str) -> Vec<&'a Fact> {
        let assessments =
            self.facts_naming(person).iter().filter(|fact| fact.kind == "registry.income.assessed");
        assessments.copied().filter(|fact| !self.is_held_for(fact, person)).collect()
    }

    /// The newest wage up to a day. "Wages of one month: the newest counts", and that is also the newest of all.
    pub fn newest_wage(&self, person: &str, up_to: Date) -> Option<&'a Fact> {
        let wages = self.facts_of(person, "social-security.wage.reported").into_iter();
        newest(wages.filter(|wage| wage.on <= up_to))
    }

    /// The newest wage "among D's month and the `months` before it".
    pub fn recent_wage(&self, person: &str, months: i32) -> Option<&'a Fact> {
        let first = self.day.first_of_month() - months.months();
        self.newest_wage(person, self.day).filter(|wage| first <= wage.on)
    }

    /// "Employed: active `employee` insurance, or a wage for D's month or one of the 2 before it."
    pub fn is_employed(&self, person: &str) -> bool {
        self.employee_insurance(person).is_some() || self.recent_wage(person, 2).is_some()
    }
}
