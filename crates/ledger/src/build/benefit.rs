//! Rows about benefits.

use std::rc::Rc;

use super::Builder;
use super::words::category_name;
use crate::household::Household;
use crate::life::Life;
use crate::tables::{
    BenefitRow, EndedBenefitRow, HouseholdNo, HouseholdProgramRow, OncePaidRow, PersonNo, TableName,
};
use crate::told::Told;

impl Builder<'_> {
    pub(super) fn benefits(&mut self, life: &Rc<Life>, person: PersonNo, household: HouseholdNo) {
        if self.needs(TableName::Benefit) {
            self.active_benefits(life, person, household);
        }
        if self.needs(TableName::EndedBenefit) {
            for ended in self.as_of.ended_benefits(life) {
                let row = EndedBenefitRow {
                    benefit: ended.id,
                    person,
                    household,
                    program: ended.program.as_str(),
                    ended_on: self.as_of.fact(ended.end).on,
                    fact: self.fact_no(ended.end),
                    fact_list: self.fact_no(ended.list),
                };
                self.tables.ended_benefit.push(row);
            }
        }
        if self.needs(TableName::OncePaid) {
            for (benefit, grant) in self.as_of.once_paid(life) {
                let entry = self.as_of.fact(grant);
                if let Told::BenefitGranted { program, monthly, .. } = &entry.told {
                    let (program, amount, on) = (program.as_str(), monthly.fen(), entry.on);
                    let fact = self.fact_no(grant);
                    self.tables.once_paid.push(OncePaidRow { benefit, person, program, on, amount, fact });
                }
            }
        }
    }

    fn active_benefits(&mut self, life: &Rc<Life>, person: PersonNo, household: HouseholdNo) {
        for benefit in self.as_of.benefits_of(life).iter() {
            // A list is told beside the grant only where it is another record.
            let beside = |list| (list != benefit.grant).then_some(list);
            let fact_grant = self.fact_no(benefit.grant);
            let fact_list = self.maybe_no(beside(benefit.named_by));
            let fact_verification = self.maybe_no(benefit.verification);
            let fact_newest_list = self.maybe_no(beside(benefit.newest_list));
            let fact_category = self.maybe_no(benefit.categorised_by);
            self.tables.benefit.push(BenefitRow {
                benefit: benefit.id,
                person,
                household,
                program: benefit.program.as_str(),
                category: benefit.category.map(category_name),
                monthly: benefit.monthly,
                granted_on: self.as_of.fact(benefit.grant).on,
                suspended: benefit.suspended,
                verified_on: benefit.verified_on,
                fact_grant,
                fact_list,
                fact_verification,
                listed_on: self.as_of.fact(benefit.newest_list).on,
                fact_newest_list,
                fact_category,
            });
        }
    }

    /// The low-income programs of the household, for one of its people.
    pub(super) fn programs_of(&mut self, household: &Household, person: PersonNo) {
        if self.needs(TableName::HouseholdProgram) {
            for (program, grant) in &household.low_income {
                let (granted_on, fact_grant) = (self.as_of.fact(*grant).on, self.fact_no(*grant));
                let row = HouseholdProgramRow { person, program: program.as_str(), granted_on, fact_grant };
                self.tables.household_program.push(row);
            }
        }
    }
}
