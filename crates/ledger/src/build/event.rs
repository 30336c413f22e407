//! Rows about single events, and about what facts there are of somebody.

use std::rc::Rc;

use sanzao_model::{Day, Month, Program};

use super::Builder;
use super::words::{diagnosis_name, visit_name};
use crate::life::Life;
use crate::set::FactIndex;
use crate::tables::{
    ActivityAfterDeathRow, BirthRow, DeathSignalRow, DiagnosisRow, EventRow, HouseholdNo,
    IncomeAssessmentRow, LastFactRow, PersonNo, QuarterFactRow, RefusalRow, SettlementRow, StayRow,
    TableName, VisitRow, quarter_start,
};
use crate::told::Told;

impl Builder<'_> {
    /// Rows that are single facts, and what is told by several.
    pub(super) fn events(&mut self, life: &Rc<Life>, person: PersonNo, household: HouseholdNo) {
        for index in &life.facts {
            self.event(*index, person, household);
        }
        if self.needs(TableName::Event) {
            for (event, index) in self.as_of.happened(life) {
                let (on, fact) = (self.as_of.fact(index).on, self.fact_no(index));
                self.tables.event.push(EventRow { person, household, event, on, fact });
            }
        }
        if self.needs(TableName::Stay) {
            for stay in self.as_of.stays(life) {
                let row = StayRow {
                    person,
                    admitted_on: self.as_of.fact(stay.admission).on,
                    discharged: stay.discharge.is_some(),
                    fact: self.fact_no(stay.admission),
                    fact_discharge: self.maybe_no(stay.discharge),
                };
                self.tables.stay.push(row);
            }
        }
        if let Some(died_on) = self.as_of.died_on(life).filter(|_| self.needs(TableName::ActivityAfterDeath))
        {
            self.activity_after(life, person, died_on);
        }
    }

    fn event(&mut self, index: FactIndex, person: PersonNo, household: HouseholdNo) {
        let entry = self.as_of.fact(index);
        let on = entry.on;
        match &entry.told {
            Told::SettlementSettled { settlement, inpatient, self_paid, begin }
                if self.needs(TableName::Settlement) && self.as_of.is_settled(index) =>
            {
                let (settlement, inpatient, self_paid, begin) =
                    (*settlement, *inpatient, self_paid.fen(), *begin);
                let fact = self.fact_no(index);
                let row =
                    SettlementRow { person, household, settlement, begin, on, inpatient, self_paid, fact };
                self.tables.settlement.push(row);
            }
            Told::VisitRecorded { kind, .. } if self.needs(TableName::Visit) => {
                let (kind, fact) = (visit_name(*kind), self.fact_no(index));
                self.tables.visit.push(VisitRow { person, kind, on, fact });
            }
            Told::DiagnosisRecorded { category } if self.needs(TableName::Diagnosis) => {
                let (category, fact) = (diagnosis_name(*category), self.fact_no(index));
                self.tables.diagnosis.push(DiagnosisRow { person, category, on, fact });
            }
            Told::BirthCertified if self.needs(TableName::Birth) => {
                let fact = self.fact_no(index);
                self.tables.birth.push(BirthRow { person, household, on, fact });
            }
            Told::ApplicationRefused { program } if self.needs(TableName::Refusal) => {
                let (program, fact) = (program.as_str(), self.fact_no(index));
                self.tables.refusal.push(RefusalRow { person, household, program, on, fact });
            }
            Told::IncomeAssessed { annual, property_ok } if self.needs(TableName::IncomeAssessment) => {
                let (annual, property_ok) = (annual.fen(), *property_ok);
                let fact = self.fact_no(index);
                let row = IncomeAssessmentRow { person, household, on, annual, property_ok, fact };
                self.tables.income_assessment.push(row);
            }
            body if body.is_death_signal() && self.needs(TableName::DeathSignal) => {
                let (feed, fact) = (entry.feed.as_str(), self.fact_no(index));
                self.tables.death_signal.push(DeathSignalRow { person, on, feed, fact });
            }
            _ => {}
        }
    }

    fn activity_after(&mut self, life: &Life, person: PersonNo, died_on: Day) {
        let mut later: Option<Month> = None;
        for index in life.facts.iter().rev() {
            let entry = self.as_of.fact(*index);
            let (activity, began_on) = match &entry.told {
                Told::SettlementSettled { begin, .. } => ("settlement", *begin),
                Told::StayAdmitted { .. } => ("stay", entry.on),
                // Of one month the newest counts.
                Told::WageReported { month, .. } if later.replace(*month) == Some(*month) => continue,
                Told::WageReported { month, .. } => ("wage", month.first_day()),
                _ => continue,
            };
            if began_on > died_on && (activity != "settlement" || self.as_of.is_settled(*index)) {
                let fact = self.fact_no(*index);
                let row = ActivityAfterDeathRow { person, activity, began_on, fact };
                self.tables.activity_after_death.push(row);
            }
        }
    }

    /// What facts there are of somebody who has a benefit.
    pub(super) fn facts_about(&mut self, life: &Rc<Life>, person: PersonNo) {
        if !self.needed.has_any(&[TableName::LastFact, TableName::QuarterFact]) {
            return;
        }
        let benefits = self.as_of.benefits_of(life);
        if self.needs(TableName::LastFact)
            && !benefits.is_empty()
            && let Some(index) = self.as_of.last_fact(life)
        {
            let (entry, fact) = (self.as_of.fact(index), self.fact_no(index));
            let (feed, on) = (entry.feed.as_str(), entry.on);
            self.tables.last_fact.push(LastFactRow { person, feed, on, fact });
        }
        let for_children = [Program::Orphan, Program::UnattendedChild, Program::ChildInDifficulty];
        if self.needs(TableName::QuarterFact)
            && benefits.iter().any(|benefit| for_children.contains(&benefit.program))
        {
            for index in self.as_of.facts_since(life, quarter_start(self.as_of.day)) {
                let (entry, fact) = (self.as_of.fact(index), self.fact_no(index));
                let (feed, on) = (entry.feed.as_str(), entry.on);
                self.tables.quarter_fact.push(QuarterFactRow { person, feed, on, fact });
            }
        }
    }
}
