//! Monthly income known, and what of it is new since a dibao was last looked at (domain §3 and rule
//! `income-above-standard`).

use std::rc::Rc;

use sanzao_model::{Day, Fen, InsuranceScheme};

use crate::benefit::Benefit;
use crate::household::Household;
use crate::life::{AsOf, Life};
use crate::set::FactIndex;
use crate::spell::{Spell, SpellKind};
use crate::told::Told;

/// A wage of the day's month or one of so many before it is income (domain §3).
const WAGE_REACH_MONTHS: i32 = 3;

/// The source of wages.
pub(crate) const WAGE: &str = "wage";

/// A part of a household's monthly income known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Income {
    pub source: &'static str,
    pub monthly: Fen,
    /// What was known on the reference date, and its record.
    pub then: Option<(Fen, FactIndex)>,
    pub is_new: bool,
    pub fact: FactIndex,
}

/// When a dibao was last looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    pub on: Day,
    pub fact: Option<FactIndex>,
}

impl AsOf<'_> {
    /// The active dibao benefits of a household's living members, each once.
    pub fn dibao_of(&mut self, household: &Household) -> Vec<Rc<Benefit>> {
        let mut found: Vec<Rc<Benefit>> = Vec::new();
        for life in &household.living {
            let benefits = self.benefits_of(life);
            let dibao = benefits.iter().filter(|benefit| benefit.program == sanzao_model::Program::Dibao);
            found.extend(dibao.cloned());
        }
        found.sort_by_key(|benefit| benefit.id);
        found.dedup_by_key(|benefit| benefit.id);
        found
    }

    /// Latest of *verified on* of the dibao and the income assessments that name a member.
    pub fn reference(&self, dibao: &Benefit, household: &Household) -> Reference {
        let mut reference = Reference { on: dibao.verified_on, fact: dibao.verification };
        let id = |index: Option<FactIndex>| index.map(|index| self.fact(index).id);
        for index in household.living.iter().flat_map(|life| &life.facts) {
            let fact = self.fact(*index);
            // Of several on one day the record with the greatest id is shown: any would do, but always
            // the same.
            let later = (fact.on, Some(fact.id)) > (reference.on, id(reference.fact));
            if matches!(fact.told, Told::IncomeAssessed { .. }) && later {
                reference = Reference { on: fact.on, fact: Some(*index) };
            }
        }
        reference
    }

    /// A member's income, beside what was known at the reference date.
    pub fn incomes(&self, life: &Life, reference: Day) -> Vec<Income> {
        let mut incomes = Vec::new();
        for (scheme, spell) in self.pensions(life) {
            incomes.push(self.spell_income(life, SpellKind::Pension(scheme), "pension", spell, reference));
        }
        if let Some(spell) = self.spell(life, SpellKind::UnemploymentBenefit) {
            let kind = SpellKind::UnemploymentBenefit;
            incomes.push(self.spell_income(life, kind, "unemployment-benefit", spell, reference));
        }
        let reach = self.day.month().plus(-WAGE_REACH_MONTHS);
        if let Some((monthly, fact)) = self.newest_wage(life, Some(reach), self.day) {
            let then = self.newest_wage(life, None, reference);
            incomes.push(income(WAGE, (monthly, fact), then));
        }
        incomes
    }

    fn spell_income(
        &self,
        life: &Life,
        kind: SpellKind,
        source: &'static str,
        spell: Spell,
        reference: Day,
    ) -> Income {
        let then = if spell.began_on > reference { None } else { self.spell_on(life, kind, reference) };
        income(source, (spell.monthly, spell.newest), then.map(|then| (then.monthly, then.newest)))
    }

    /// Full months since the open employee insurance began, and the record of its beginning.
    pub fn months_insured(&self, life: &Life) -> Option<(i32, FactIndex)> {
        let spell = self.spell(life, SpellKind::Insurance(InsuranceScheme::Employee))?;
        Some((full_months(spell.began_on, self.day), spell.first))
    }
}

fn income(source: &'static str, (monthly, fact): (Fen, FactIndex), then: Option<(Fen, FactIndex)>) -> Income {
    let is_new = then.map(|(amount, _)| amount) != Some(monthly);
    Income { source, monthly, then, is_new, fact }
}

/// The greatest n for which n months after `from` is not after `to`.
fn full_months(from: Day, to: Day) -> i32 {
    let ((from_year, from_month, _), (to_year, to_month, _)) = (from.parts(), to.parts());
    let months =
        (i32::from(to_year) - i32::from(from_year)) * 12 + i32::from(to_month) - i32::from(from_month);
    if from.plus_months(months) <= to { months } else { months - 1 }
}

#[cfg(test)]
mod tests {
    use super::full_months;
    use sanzao_model::Day;

    #[test]
    fn months_are_full_on_the_day_or_the_last() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        for (from, to, months) in [
            ("2025-01-15", "2025-07-14", 5),
            ("2025-01-15", "2025-07-15", 6),
            ("2024-08-31", "2025-02-28", 6),
            ("2024-08-31", "2025-02-27", 5),
            ("2025-03-01", "2025-03-01", 0),
        ] {
            assert_eq!(full_months(day(from), day(to)), months, "{from} {to}");
        }
    }
}
