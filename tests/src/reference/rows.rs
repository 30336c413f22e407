//! The terms of domain §3 that rules read, as lines of text: what a ledger's tables must say of everybody on a day.
//!
//! A line is the name of a table, whom it is about, its values, and after `by` the records that it rests on, each
//! as type and day.

use super::Reference;
use super::facts::Fact;
use super::spells::Spell;
use super::view::View;

/// The categories that a rule names (`home-care-category-lost`).
const HOME_CARE_CATEGORIES: [&str; 3] = ["disabled-elder", "low-income", "living-alone"];

impl Reference {
    /// Every line of a day, sorted.
    pub fn rows(&self, as_of: jiff::civil::Date) -> Vec<String> {
        let view = View::new(self, as_of);
        let mut rows = Vec::new();
        for person in &view.persons {
            let mut lines = Vec::new();
            view.registration_rows(person, &mut lines);
            view.relative_rows(person, &mut lines);
            view.benefit_rows(person, &mut lines);
            view.spell_rows(person, &mut lines);
            view.condition_rows(person, &mut lines);
            view.event_rows(person, &mut lines);
            view.money_rows(person, &mut lines);
            view.naming_rows(person, &mut lines);
            rows.extend(lines.into_iter().map(|(table, said)| format!("{table} {person} {said}")));
        }
        rows.sort();
        rows
    }
}

/// Table and what its row says.
pub type Line = (&'static str, String);

/// A record: its type and day.
pub fn by(fact: &Fact) -> String {
    format!("{} {}", fact.kind, fact.on)
}

fn by_some(fact: Option<&Fact>) -> String {
    fact.map(by).unwrap_or_default()
}

/// A value, or nothing.
pub fn maybe(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl<'a> View<'a> {
    fn registration_rows(&self, person: &str, lines: &mut Vec<Line>) {
        if let Some(record) = self.newest_registration_record(person) {
            let event = match record.kind.as_str() {
                "police.registration.cancelled" => "cancelled",
                "police.household.moved" => "moved",
                _ => "registered",
            };
            let reason = if event == "cancelled" { record.text("reason") } else { None };
            let district = self.is_registered_in_district(person);
            let said = format!("{event} {} {} {district} by {}", maybe(reason), record.on, by(record));
            lines.push(("registration", said));
        }
        if let Some(others) = self.other_co_residents(person) {
            let registration = self.registration(person, self.day).expect("who lives there is registered");
            // Which of several others is told, the domain does not say.
            let other = others.first().copied().filter(|_| others.len() == 1);
            let (count, on) = (others.len(), maybe(other.map(|other| other.on)));
            let said = format!("{count} {on} by {}, {}", by(registration), by_some(other));
            lines.push(("co_residence", said));
        }
    }

    fn relative_rows(&self, person: &str, lines: &mut Vec<Line>) {
        for (relative, kind, record) in self.relatives(person) {
            let (missing, custody) = (self.missing(relative), self.custody(relative));
            let certificate = self.valid_certificate(relative);
            let until = custody.as_ref().and_then(|spell| spell.newest.text("expected_until"));
            let began = |spell: &Option<Spell>| maybe(spell.as_ref().map(|spell| spell.began));
            let grade = certificate.map(|fact| fact.number("grade"));
            let category = certificate.and_then(|fact| fact.text("category"));
            lines.push((
                "relative",
                format!(
                    "{relative} {kind} missing {} custody {} {} certificate {} {} by {}, {}, {}, {}",
                    began(&missing),
                    began(&custody),
                    maybe(until),
                    maybe(grade),
                    maybe(category),
                    by(record),
                    by_some(missing.as_ref().map(Spell::first)),
                    by_some(custody.as_ref().map(|spell| spell.newest)),
                    by_some(certificate),
                ),
            ));
            for (event, fact) in self.happened(relative) {
                let said = format!("{relative} {kind} {event} {} by {}, {}", fact.on, by(fact), by(record));
                lines.push(("relative_event", said));
            }
        }
    }

    fn benefit_rows(&self, person: &str, lines: &mut Vec<Line>) {
        for benefit in self.benefits_of(person) {
            let list = self.newest_list(benefit);
            let (category, change) = self.newest_category(benefit);
            let category = maybe(category.filter(|category| HOME_CARE_CATEGORIES.contains(category)));
            let said = format!("{} {category} listed {}", benefit.id, list.on);
            lines.push(("benefit", format!("{said} by {}, {}", by(list), by_some(change))));
        }
        for (program, grant) in self.household_programs(&self.households[person]) {
            lines.push(("household_program", format!("{program} {} by {}", grant.on, by(grant))));
        }
        let household = &self.households[person];
        for (benefit, end, list) in self.ended_benefits(person) {
            let said = format!(
                "{} {household} {} {} by {}, {}",
                benefit.id,
                benefit.program,
                end.on,
                by(end),
                by(list)
            );
            lines.push(("ended_benefit", said));
        }
        for benefit in self.paid_once(person) {
            let amount = benefit.grant.fen("monthly_amount");
            let (id, program, grant) = (benefit.id, benefit.program, benefit.grant);
            lines.push(("once_paid", format!("{id} {program} {} {amount} by {}", grant.on, by(grant))));
        }
        for refusal in self.facts_of(person, "registry.application.refused") {
            let program = maybe(refusal.text("program"));
            lines.push(("refusal", format!("{household} {program} {} by {}", refusal.on, by(refusal))));
        }
    }

    fn spell_rows(&self, person: &str, lines: &mut Vec<Line>) {
        for insutype in ["310", "390"] {
            if let Some(spell) = self.enrolment(person, insutype) {
                let said = format!("{insutype} {} by {}", spell.began, by(spell.newest));
                lines.push(("enrolment", said));
            }
        }
        for (table, spell) in
            [("unemployment", self.registered_unemployment(person)), ("missing", self.missing(person))]
        {
            lines.extend(spell.map(|spell| (table, format!("{} by {}", spell.began, by(spell.first())))));
        }
        if let Some(spell) = self.long_term_care(person) {
            let (mode, amount) = (maybe(spell.newest.text("mode")), spell.newest.fen("monthly_amount"));
            let (newest, began) = (spell.newest, spell.began);
            let said = format!("{mode} {began} {} {amount} by {}", newest.on, by(newest));
            lines.push(("long_term_care", said));
        }
        if let Some(event) = self.newest_custody_event(person) {
            let said = match self.custody(person) {
                Some(spell) => {
                    let kind = maybe(spell.newest.text("kind"));
                    let until = maybe(spell.newest.text("expected_until"));
                    format!("started {} {kind} {} {until} by {}", event.on, spell.began, by(event))
                }
                None => format!("ended {} by {}", event.on, by(event)),
            };
            lines.push(("custody", said));
        }
    }

    fn condition_rows(&self, person: &str, lines: &mut Vec<Line>) {
        let household = &self.households[person];
        if let Some(certificate) = self.newest_certificate(person) {
            let valid = self.valid_certificate(person).is_some();
            let (category, grade) = (maybe(certificate.text("category")), certificate.number("grade"));
            let until = maybe(certificate.text("valid_until"));
            let said = format!(
                "{household} {category} {grade} {} {until} {valid} by {}",
                certificate.on,
                by(certificate)
            );
            lines.push(("certificate", said));
        }
        if let Some(assessment) = self.newest_ability(person) {
            let level = assessment.number("level");
            lines.push(("ability", format!("{level} {} by {}", assessment.on, by(assessment))));
        }
        for diagnosis in self.facts_of(person, "health.diagnosis.recorded") {
            let category = maybe(diagnosis.text("category"));
            lines.push(("diagnosis", format!("{category} {} by {}", diagnosis.on, by(diagnosis))));
        }
        for (admission, discharge) in self.stays(person) {
            let (on, ended) = (admission.on, discharge.is_some());
            let said = format!("{on} {ended} by {}, {}", by(admission), by_some(discharge));
            lines.push(("stay", said));
        }
    }

    fn event_rows(&self, person: &str, lines: &mut Vec<Line>) {
        let household = &self.households[person];
        for (event, fact) in self.happened(person) {
            lines.push(("event", format!("{household} {event} {} by {}", fact.on, by(fact))));
        }
        for birth in self.facts_of(person, "health.birth.certified") {
            lines.push(("birth", format!("{household} {} by {}", birth.on, by(birth))));
        }
        for (activity, began, fact) in self.activity_after_death(person) {
            lines.push(("activity_after_death", format!("{activity} {began} by {}", by(fact))));
        }
    }

    fn money_rows(&self, person: &str, lines: &mut Vec<Line>) {
        let household = &self.households[person];
        for settlement in self.settlements(person) {
            let begin = maybe(settlement.text("begin"));
            lines.push(("settlement", format!("{begin} {} by {}", settlement.on, by(settlement))));
        }
        if self.is_living(person) {
            for (source, amount, fact) in self.income_known(person) {
                lines.push(("income", format!("{household} {source} {amount} by {}", by(fact))));
            }
        }
        for wage in self.wages_of_months(person, 12) {
            let (month, amount) = (maybe(wage.text("month")), wage.fen("amount"));
            lines.push(("wage", format!("{household} {} {month} {amount} by {}", wage.on, by(wage))));
        }
        for assessment in self.assessments_of(person) {
            let (annual, property) = (assessment.fen("annual_income"), assessment.flag("property_ok"));
            let said = format!("{household} {} {annual} {property} by {}", assessment.on, by(assessment));
            lines.push(("income_assessment", said));
        }
    }

    fn naming_rows(&self, person: &str, lines: &mut Vec<Line>) {
        if !self.benefits_of(person).is_empty()
            && let Some(last) = self.newest_fact_naming(person)
        {
            lines.push(("last_fact", format!("{} {} by {}", last.feed(), last.on, by(last))));
        }
        for fact in self.facts_of_the_quarter(person) {
            lines.push(("quarter_fact", format!("{} {} by {}", fact.feed(), fact.on, by(fact))));
        }
    }
}
