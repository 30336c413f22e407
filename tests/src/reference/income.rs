//! The rule `income-above-standard`: monthly income known, per head, and what of it is new.

use jiff::ToSpan;
use jiff::civil::Date;

use super::benefits::Benefit;
use super::facts::Fact;
use super::spells::Spell;
use super::view::View;

/// "Dibao standard 820 yuan/month", in fen.
const STANDARD_FEN: i64 = 820_00;

impl<'a> View<'a> {
    /// The active dibao of a household on which its income is above the standard: "per head monthly income known >
    /// dibao standard; and something in it is new since the reference date".
    /// Each with its reference date.
    pub fn dibao_above_standard(&self, household: &str) -> Vec<(Benefit<'a>, Date)> {
        let members = self.members(household);
        let income: i64 = members.iter().map(|member| self.monthly_income(member)).sum();
        let heads = i64::try_from(members.len()).expect("a household is small");
        if income <= STANDARD_FEN * heads {
            return Vec::new();
        }
        let is_had = |benefit: &Benefit| {
            members.iter().any(|member| self.benefits_of(member).iter().any(|had| had.id == benefit.id))
        };
        self.active_benefits
            .iter()
            .copied()
            .filter(|benefit| benefit.program == "dibao" && is_had(benefit))
            .map(|dibao| (dibao, self.reference_date(&dibao, &members)))
            .filter(|(_, reference)| members.iter().any(|member| self.has_new_income(member, *reference)))
            .collect()
    }

    /// "Over members, active pensions + the newest wage among D's month and the 3 before it + active unemployment
    /// benefit", one member's part.
    fn monthly_income(&self, person: &str) -> i64 {
        let spells = self.pensions(person).into_iter().chain(self.unemployment_benefit(person));
        let received: i64 = spells.map(|spell| spell.newest.fen("monthly_amount")).sum();
        received + self.counted_wage(person).map_or(0, |wage| wage.fen("amount"))
    }

    /// "Here a wage counts, in the sum too, only if the person's open employee insurance began at least 6 months
    /// ago (income disregard)."
    fn counted_wage(&self, person: &str) -> Option<&'a Fact> {
        let insurance = self.employee_insurance(person)?;
        if self.day < insurance.began + 6.months() {
            return None;
        }
        self.recent_wage(person, 3)
    }

    /// "The reference date (latest of *verified on* of that dibao and income assessments naming a member)".
    fn reference_date(&self, dibao: &Benefit, members: &[String]) -> Date {
        let assessed = self.visible("registry.income.assessed").into_iter().filter(|assessment| {
            let names =
                |member: &String| self.lists(assessment, member) && !self.is_held_for(assessment, member);
            members.iter().any(names)
        });
        assessed.map(|assessment| assessment.on).fold(self.verified_on(dibao), Date::max)
    }

    /// "A pension or unemployment benefit whose spell began after it or whose newest amount differs from that of
    /// the date, or a wage where there was none on or before it or that differs from the newest one then."
    fn has_new_income(&self, person: &str, reference: Date) -> bool {
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
            || self.counted_wage(person).is_some_and(is_new_wage)
    }
}
