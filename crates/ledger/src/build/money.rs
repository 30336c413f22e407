//! Rows about income.

use sanzao_model::{Fen, Month};

use super::Builder;
use crate::household::Household;
use crate::income::WAGE;
use crate::life::Life;
use crate::tables::{DibaoIncomeRow, HouseholdNo, HouseholdRow, IncomeRow, PersonNo, TableName, WageRow};
use crate::told::Told;

/// Wages of so many months before the day's are rows.
const WAGE_ROWS_MONTHS: i32 = 12;

impl Builder<'_> {
    pub(super) fn household(&mut self, household: &Household) {
        let no = self.household_no(household);
        let members = household.living.len() as i32;
        let low_income = !household.low_income.is_empty();
        self.tables.household.push(HouseholdRow { household: no, members, low_income });
        if self.needs(TableName::DibaoIncome) {
            self.dibao_income(household, no);
        }
        if self.needs(TableName::Income) {
            self.income(household, no);
        }
    }

    fn income(&mut self, household: &Household, no: HouseholdNo) {
        for life in &household.living {
            let person = self.person_no(life);
            // What is new since a day is not asked here.
            for income in self.as_of.incomes(life, self.as_of.day) {
                let (source, monthly) = (income.source, income.monthly);
                let fact = self.fact_no(income.fact);
                self.tables.income.push(IncomeRow { household: no, person, source, monthly, fact });
            }
        }
    }

    fn dibao_income(&mut self, household: &Household, no: HouseholdNo) {
        let members = household.living.len() as i32;
        for dibao in self.as_of.dibao_of(household) {
            let reference = self.as_of.reference(&dibao, household);
            let (fact_grant, fact_reference) =
                (self.fact_no(dibao.grant), reference.fact.map(|fact| self.fact_no(fact)));
            for life in &household.living {
                let (person, insured) = (self.person_no(life), self.as_of.months_insured(life));
                let fact_household = self.as_of.place_of(life).1.map(|fact| self.fact_no(fact));
                for income in self.as_of.incomes(life, reference.on) {
                    let fact = self.fact_no(income.fact);
                    let fact_then = income.then.map(|(_, fact)| self.fact_no(fact));
                    let insured_by = insured.filter(|_| income.source == WAGE).map(|(_, fact)| fact);
                    let fact_insured = insured_by.map(|fact| self.fact_no(fact));
                    self.tables.dibao_income.push(DibaoIncomeRow {
                        household: no,
                        benefit: dibao.id,
                        fact_grant,
                        members,
                        reference_on: reference.on,
                        fact_reference,
                        person,
                        source: income.source,
                        monthly: income.monthly,
                        monthly_then: income.then.map(|(amount, _)| amount),
                        fact_then,
                        is_new: income.is_new,
                        months_insured: insured.map(|(months, _)| months),
                        fact_insured,
                        fact,
                        fact_household,
                    });
                }
            }
        }
    }

    /// Wages of the last year; of one month the newest counts.
    pub(super) fn wages(&mut self, life: &Life, person: PersonNo, household: HouseholdNo) {
        if !self.needs(TableName::Wage) {
            return;
        }
        let from = self.as_of.day.month().plus(-WAGE_ROWS_MONTHS).first_day();
        let mut later: Option<Month> = None;
        for index in life.facts.iter().rev() {
            let entry = self.as_of.fact(*index);
            if entry.on < from {
                break;
            }
            let Told::WageReported { month, amount } = &entry.told else { continue };
            if later.replace(*month) == Some(*month) {
                continue;
            }
            let (month_start, amount): (_, Fen) = (month.first_day(), amount.fen());
            let fact = self.fact_no(*index);
            self.tables.wage.push(WageRow { person, household, month_start, amount, fact });
        }
    }
}
