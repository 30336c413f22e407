//! Money (domain §3): what people pay themselves, earn and receive, in fen.

use jiff::ToSpan;
use jiff::civil::Date;

use super::facts::Fact;
use super::view::{View, newest};

impl<'a> View<'a> {
    /// "*Self-paid*: `psn_part_amt` of settlements not reversed, by `on`"; "of several settlements with one
    /// `setl_id` … the newest counts". Summed from a day to D.
    pub fn self_paid_since(&self, person: &str, from: Date) -> i64 {
        let settled = self.visible("medical-insurance.settlement.settled");
        let reversed = self.visible("medical-insurance.settlement.reversed");
        let counts = |settlement: &&Fact| {
            let same =
                settled.iter().copied().filter(|other| other.text("setl_id") == settlement.text("setl_id"));
            newest(same).is_some_and(|newest| newest.newness() == settlement.newness())
        };
        let is_reversed = |settlement: &&Fact| {
            reversed.iter().any(|reversal| reversal.text("setl_id") == settlement.text("setl_id"))
        };
        self.facts_of(person, "medical-insurance.settlement.settled")
            .into_iter()
            .filter(|settlement| from <= settlement.on && counts(settlement) && !is_reversed(settlement))
            .map(|settlement| settlement.fen("psn_part_amt"))
            .sum()
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
