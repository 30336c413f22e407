//! The rule `income-above-standard`: monthly income known, per head, and what of it is new.

use jiff::ToSpan;
use jiff::civil::Date;

use super::benefits::Benefit;
use super::facts::Fact;
use super::numbers::At;
use super::spells::Spell;
use super::view::View;

impl<'a> View<'a> {
    /// The active dibao of a household on which its income is above the standard: "per head monthly income known >
    /// dibao standard; and something in it is new since the reference date".
    /// Each with its reference date.
    pub fn dibao_above_standard(&self, household: &str, numbers: &At) -> Vec<(Benefit<'a>, Date)> {
        let members: Vec<&str> = self.members(household).collect();
        let income: i64 = members.iter().map(|member| self.monthly_income(member, numbers)).sum();
        let heads = i64::try_from(members.len()).expect("a household is small");
        if income <= numbers.get("dibao_standard_fen") * heads {
            return Vec::new();
        }
        self.household_benefits(household, "dibao")
            .into_iter()
            .map(|dibao| (dibao, self.reference_date(&dibao, &members)))
            .filter(|(_, reference)| {
                members.iter().any(|member| self.has_new_income(member, *reference, numbers))
            })
            .collect()
    }

    /// "Over members, active pensions + the newest wage among D's month and the 3 before it + active unemployment
    /// benefit", one member's part.
    fn monthly_income(&self, person: &str, numbers: &At) -> i64 {
        let spells = self.pensions(person).into_iter().chain(self.unemployment_benefit(person));
        let received: i64 = spells.map(|spell| spell.newest.fen("monthly_amount")).sum();
        received + self.counted_wage(person, numbers).map_or(0, |wage| wage.fen("amount"))
    }

    /// "Here a wage counts, in the sum too, only if the person's open employee insurance began at least 6 months
    /// ago (income disregard)."
    fn counted_wage(&self, person: &str, numbers: &At) -> Option<&'a Fact> {
        let insurance = self.employee_insurance(person)?;
        if self.day < insurance.began + numbers.get("income_disregard_months").months() {
            return None;
        }
        self.recent_wage(person, 3)
    }

    /// "The reference date (latest of *verified on* of that dibao and income assessments naming a member)".
    fn reference_date(&self, dibao: &Benefit, members: &[&str]) -> Date {
        let assessed = members.iter().flat_map(|member| self.assessments_of(member));
        assessed.map(|assessment| assessment.on).fold(self.verified_on(dibao), Date::max)
    }

    /// "A pension or unemployment benefit whose spell began after it or whose newest amount differs from that of
    /// the date, or a wage where there was none on or before it or that differs from the newest one then."
    fn has_new_income(&self, person: &str, reference: Date, numbers: &At) -> bool {
        let differs =
            |then: &Fact, spell: &Spell| then.fen("monthly_amount") != spell.newest.fen("monthly_amount");
        let is_new = |spell: Spell| {
            let had_run_out = |then: &Fact| then.date("until").is_some_and(|until| until < reference);
            let then = spell.newest_on(reference);
            spell.began > reference || then.is_some_and(|then| had_run_out(then) || differs(then, &spell))
        };
        let is_new_wage = |wage: &Fact| {
            self.newest_wage(person, reference).is_none_or(|then| then.fen("amount") != wage.fen("amount"))
        };
        self.pensions(person).into_iter().chain(self.unemployment_benefit(person)).any(is_new)
            || self.counted_wage(person, numbers).is_some_and(is_new_wage)
    }
}
