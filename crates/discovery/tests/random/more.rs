//! Random rows of the tables about conditions, events and money.

use sanzao_ledger::tables::*;
use sanzao_model::{BenefitId, Day, Feed, Fen, SettlementId};

use super::{Maker, PROGRAMS, id};

/// Days at which the domain draws a line, and their neighbours.
const LINES_DAYS: [i32; 24] =
    [0, 1, 13, 14, 15, 29, 30, 31, 59, 60, 61, 89, 90, 91, 179, 180, 181, 182, 364, 365, 366, 367, 400, 730];
const DISABILITIES: [&str; 4] = ["visual", "physical", "intellectual", "mental"];
const EVENTS: [&str; 8] = [
    "died",
    "custody",
    "missing",
    "unemployed",
    "insurance-stopped",
    "enrolment-stopped",
    "long-term-care-ended",
    "certified-disabled",
];

impl Maker<'_> {
    /// A day in the past, mostly at a line.
    pub fn line(&mut self) -> Day {
        let back = if self.chance.in_thousand(700) {
            self.chance.of(&LINES_DAYS)
        } else {
            self.chance.below(500) as i32
        };
        self.tables.as_of.plus_days(-back)
    }

    /// A day in the past or to come.
    fn around(&mut self) -> Day {
        let on = self.line();
        if self.chance.in_thousand(500) {
            self.tables.as_of.plus_days(self.tables.as_of.0 - on.0)
        } else {
            on
        }
    }

    fn number(&mut self, salt: u8) -> [u8; 16] {
        id(self.chance.below(1 << 60), salt)
    }

    pub fn benefit_id(&mut self) -> BenefitId {
        BenefitId(self.number(8))
    }

    pub fn settlement_id(&mut self) -> SettlementId {
        SettlementId(self.number(9))
    }

    fn maybe(&mut self, feed: Feed) -> Option<u32> {
        self.chance.in_thousand(400).then(|| self.fact(feed))
    }

    /// One number of fen of these, or near it.
    fn fen(&mut self, lines: &[i64]) -> Fen {
        Fen((self.chance.of(lines) + self.chance.of(&[-1, 0, 1])).max(0))
    }

    pub fn more(&mut self, person: u32, household: u32) {
        self.people(person);
        self.other_benefits(person, household);
        self.events(person, household);
        self.conditions(person, household);
        self.spells(person);
        self.money(person, household);
    }

    fn people(&mut self, person: u32) {
        let other = self.rates.other;
        if self.chance.in_thousand(900) {
            let fact = self.fact(Feed::Police);
            let (event, reason) = self.chance.of(&[
                ("registered", None),
                ("moved", None),
                ("cancelled", Some("moved-out")),
                ("cancelled", Some("emigrated")),
                ("cancelled", Some("enlisted")),
            ]);
            let in_district = reason.is_none() && self.chance.in_thousand(800);
            let on = self.line();
            self.tables.registration.push(RegistrationRow { person, event, reason, on, in_district, fact });
        }
        if self.chance.in_thousand(800) {
            let others = self.chance.of(&[0, 0, 1, 2, 30]);
            let (fact, fact_other) = (self.fact(Feed::Police), (others > 0).then(|| self.fact(Feed::Police)));
            let other_on = fact_other.map(|_| self.line());
            self.tables.co_residence.push(CoResidenceRow { person, others, fact, fact_other, other_on });
        }
        while self.chance.in_thousand(other) {
            let people = self.tables.people.len() as u64;
            let relative = self.chance.below(people) as u32;
            let (kind, event) = (self.chance.of(&["parent", "parent", "guardian"]), self.chance.of(&EVENTS));
            let (on, fact, fact_relation) = (self.line(), self.fact(Feed::Police), self.fact(Feed::Police));
            let row = RelativeEventRow { person, relative, kind, event, on, fact, fact_relation };
            self.tables.relative_event.push(row);
        }
    }

    fn other_benefits(&mut self, person: u32, household: u32) {
        let rate = self.rates.benefit / 3;
        while self.chance.in_thousand(rate) {
            let program = self.chance.of(&["dibao", "tekun", "dibao-edge", "rigid-spending"]);
            let (granted_on, fact_grant) = (self.line(), self.fact(Feed::Registry));
            let row = HouseholdProgramRow { person, program, granted_on, fact_grant };
            self.tables.household_program.push(row);
        }
        while self.chance.in_thousand(rate) {
            let (benefit, ended_on) = (self.benefit_id(), self.line());
            let program = if self.chance.in_thousand(500) {
                self.chance.of(&["dibao", "dibao-edge", "rigid-spending"])
            } else {
                self.chance.of(&PROGRAMS)
            };
            let (fact, fact_list) = (self.fact(Feed::Registry), self.fact(Feed::Registry));
            let row = EndedBenefitRow { benefit, person, household, program, ended_on, fact, fact_list };
            self.tables.ended_benefit.push(row);
        }
        while self.chance.in_thousand(rate) {
            let (benefit, on, fact) = (self.benefit_id(), self.line(), self.fact(Feed::Registry));
            let (program, amount) = (self.chance.of(&["temporary-aid", "funeral"]), Fen(100_000));
            self.tables.once_paid.push(OncePaidRow { benefit, person, program, on, amount, fact });
        }
        while self.chance.in_thousand(rate) {
            let program = self.chance.of(&["dibao", "tekun", "temporary-aid"]);
            let (on, fact) = (self.line(), self.fact(Feed::Registry));
            self.tables.refusal.push(RefusalRow { person, household, program, on, fact });
        }
    }

    fn events(&mut self, person: u32, household: u32) {
        let other = self.rates.other;
        while self.chance.in_thousand(other) {
            let (event, on, fact) = (self.chance.of(&EVENTS), self.line(), self.fact(Feed::Police));
            self.tables.event.push(EventRow { person, household, event, on, fact });
        }
        while self.chance.in_thousand(other) {
            let fact_discharge = self.maybe(Feed::Health);
            let (admitted_on, fact) = (self.line(), self.fact(Feed::Health));
            let discharged = fact_discharge.is_some();
            self.tables.stay.push(StayRow { person, admitted_on, discharged, fact, fact_discharge });
        }
        while self.chance.in_thousand(other / 2) {
            let (on, fact) = (self.line(), self.fact(Feed::Health));
            self.tables.birth.push(BirthRow { person, household, on, fact });
        }
        while self.chance.in_thousand(other / 2) {
            let activity = self.chance.of(&["settlement", "stay", "wage"]);
            let (began_on, fact) = (self.line(), self.fact(Feed::Health));
            self.tables.activity_after_death.push(ActivityAfterDeathRow { person, activity, began_on, fact });
        }
        if self.chance.in_thousand(700) {
            let (feed, on, fact) =
                (self.chance.of(&["police", "health"]), self.line(), self.fact(Feed::Police));
            self.tables.last_fact.push(LastFactRow { person, feed, on, fact });
        }
        while self.chance.in_thousand(other) {
            let (on, fact) = (self.ago(90), self.fact(Feed::Registry));
            self.tables.quarter_fact.push(QuarterFactRow { person, feed: "registry", on, fact });
        }
    }

    fn conditions(&mut self, person: u32, household: u32) {
        let other = self.rates.other;
        while self.chance.in_thousand(other) {
            let category = self.chance.of(&["major-illness", "severe-mental-disorder", "chronic"]);
            let (on, fact) = (self.line(), self.fact(Feed::Health));
            self.tables.diagnosis.push(DiagnosisRow { person, category, on, fact });
        }
        if self.chance.in_thousand(other) {
            let (category, grade) = (self.chance.of(&DISABILITIES), 1 + self.chance.below(4) as i32);
            let (on, valid_until, fact) = (self.line(), self.around(), self.fact(Feed::Registry));
            let valid = self.tables.as_of <= valid_until;
            let row = CertificateRow { person, household, category, grade, on, valid_until, valid, fact };
            self.tables.certificate.push(row);
        }
        if self.chance.in_thousand(other) {
            let (level, on, fact) = (self.chance.below(5) as i32, self.line(), self.fact(Feed::Health));
            self.tables.ability.push(AbilityRow { person, level, on, fact });
        }
    }

    fn spells(&mut self, person: u32) {
        let other = self.rates.other;
        if self.chance.in_thousand(800) {
            let insutype = self.chance.of(&["310", "390"]);
            let (began_on, fact) = (self.line(), self.fact(Feed::MedicalInsurance));
            self.tables.enrolment.push(EnrolmentRow { person, insutype, began_on, fact });
        }
        for is_missing in [true, false] {
            if self.chance.in_thousand(other / 2) {
                let (began_on, fact) = (self.line(), self.fact(Feed::Police));
                let row = OpenSpellRow { person, began_on, fact };
                if is_missing { self.tables.missing.push(row) } else { self.tables.unemployment.push(row) }
            }
        }
        if self.chance.in_thousand(other) {
            let (on, fact) = (self.line(), self.fact(Feed::Police));
            let kind = self.chance.of(&[None, Some("detention"), Some("imprisonment")]);
            let expected_until = kind.and_then(|_| self.chance.in_thousand(500).then(|| self.around()));
            self.tables.custody.push(CustodyRow {
                person,
                event: if kind.is_some() { "started" } else { "ended" },
                on,
                kind,
                began_on: kind.map(|_| on),
                expected_until,
                fact,
                fact_began: None,
            });
        }
        if self.chance.in_thousand(other) {
            let mode = self.chance.of(&["home", "institution"]);
            let days = [self.line(), self.line()];
            let (began_on, approved_on) = (days[0].min(days[1]), days[0].max(days[1]));
            let (monthly, fact) = (Fen(100_000), self.fact(Feed::MedicalInsurance));
            let row = LongTermCareRow { person, mode, began_on, approved_on, monthly, fact };
            self.tables.long_term_care.push(row);
        }
    }

    fn money(&mut self, person: u32, household: u32) {
        while self.chance.in_thousand(400) {
            let (source, fact) = (self.chance.of(&["pension", "wage"]), self.fact(Feed::SocialSecurity));
            let monthly = self.fen(&[0, 50_000, 82_000, 164_000]);
            self.tables.income.push(IncomeRow { household, person, source, monthly, fact });
        }
        while self.chance.in_thousand(400) {
            let back = self.chance.below(13) as i32;
            let (month_start, fact) =
                (self.tables.as_of.month().plus(-back).first_day(), self.fact(Feed::SocialSecurity));
            let amount = self.fen(&[100_000, 300_000]);
            self.tables.wage.push(WageRow { person, household, month_start, amount, fact });
        }
        while self.chance.in_thousand(self.rates.other / 3) {
            let (on, fact, property_ok) =
                (self.line(), self.fact(Feed::Registry), self.chance.in_thousand(500));
            let annual = self.fen(&[1_000_000]);
            let row = IncomeAssessmentRow { person, household, on, annual, property_ok, fact };
            self.tables.income_assessment.push(row);
        }
    }

    /// What a relative's condition is, in a row of `relative`.
    pub fn condition_of(&mut self, row: &mut RelativeRow) {
        let other = self.rates.other / 2;
        if self.chance.in_thousand(other) {
            (row.missing_since, row.fact_missing) = (Some(self.line()), Some(self.fact(Feed::Police)));
        }
        if self.chance.in_thousand(other) {
            (row.custody_since, row.fact_custody) = (Some(self.line()), Some(self.fact(Feed::Police)));
            row.custody_until = self.chance.in_thousand(500).then(|| self.around());
            row.fact_custody_began = self.maybe(Feed::Police);
        }
        if self.chance.in_thousand(other) {
            row.grade = Some(1 + self.chance.below(4) as i32);
            row.category = Some(self.chance.of(&DISABILITIES));
            row.fact_certificate = Some(self.fact(Feed::Registry));
        }
    }
}
