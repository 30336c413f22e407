//! Events about what becomes of people: custody, absence, sickness, disability, births, care, refusals.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::world::World;

/// Sends a random one about a person.
pub fn random(world: &mut World, who: usize, on: Date) {
    match world.below(14) {
        0 | 1 => world.custody(who, on),
        2 => world.missing(who, on),
        3 => world.unemployed(who, on),
        4 | 5 => world.enrolled(who, on),
        6 => world.long_term_care(who, on),
        7 | 8 => world.certified(who, on),
        9 => world.ability(who, on),
        10 => world.diagnosed(who, on),
        11 => world.stay(who, on),
        12 => world.birth(who, on),
        _ => world.refused(who, on),
    }
}

impl World {
    fn about(&mut self, who: usize, on: Date) -> Value {
        json!({"person": self.person(who), "on": on.to_string()})
    }

    fn started_or_not(&mut self, who: usize, on: Date, [start, end]: [&str; 2]) {
        let data = self.about(who, on);
        let kind = if self.one_in(3) { end } else { start };
        self.send(kind, data);
    }

    /// `custody.started` or `.ended`.
    pub fn custody(&mut self, who: usize, on: Date) {
        let mut data = self.about(who, on);
        if self.one_in(3) {
            return self.send("police.custody.ended", data);
        }
        let kinds = ["detention", "arrest", "imprisonment", "compulsory-rehabilitation"];
        data["kind"] = Value::from(self.pick(&kinds));
        if self.one_in(2) {
            data["expected_until"] = Value::from(self.day_within(-10, 400).to_string());
        }
        self.send("police.custody.started", data);
    }

    /// `missing.reported` or `.closed`.
    pub fn missing(&mut self, who: usize, on: Date) {
        self.started_or_not(who, on, ["police.missing.reported", "police.missing.closed"]);
    }

    /// `unemployment.registered` or `.deregistered`.
    pub fn unemployed(&mut self, who: usize, on: Date) {
        let kinds = ["social-security.unemployment.registered", "social-security.unemployment.deregistered"];
        self.started_or_not(who, on, kinds);
    }

    /// `enrolment.started` or `.stopped`.
    pub fn enrolled(&mut self, who: usize, on: Date) {
        let mut data = self.about(who, on);
        data["insutype"] = Value::from(self.pick(&["310", "390", "390"]));
        let is_start = !self.one_in(3);
        let kind = if is_start { "enrolment.started" } else { "enrolment.stopped" };
        self.send(&format!("medical-insurance.{kind}"), data);
    }

    /// `long-term-care.approved` or `.ended`.
    pub fn long_term_care(&mut self, who: usize, on: Date) {
        let mut data = self.about(who, on);
        if self.one_in(3) {
            return self.send("medical-insurance.long-term-care.ended", data);
        }
        data["level"] = Value::from(self.pick(&["1", "2"]));
        data["mode"] = Value::from(self.pick(&["home", "institution"]));
        data["monthly_amount"] = self.monthly();
        self.send("medical-insurance.long-term-care.approved", data);
    }

    /// `disability.certified`, valid until about today.
    pub fn certified(&mut self, who: usize, on: Date) {
        let mut data = self.about(who, on);
        data["category"] = Value::from(self.pick(&["visual", "physical", "intellectual", "mental"]));
        data["grade"] = Value::from(self.pick(&[1, 2, 3, 4]));
        let until = if self.one_in(2) { self.day_within(-2, 2) } else { self.day_within(0, 400) };
        data["valid_until"] = Value::from(until.to_string());
        self.send("registry.disability.certified", data);
    }

    /// `ability.assessed`.
    pub fn ability(&mut self, who: usize, on: Date) {
        let mut data = self.about(who, on);
        data["level"] = Value::from(self.pick(&[0, 1, 2, 3, 4]));
        self.send("health.ability.assessed", data);
    }

    /// `diagnosis.recorded`.
    pub fn diagnosed(&mut self, who: usize, on: Date) {
        let mut data = self.about(who, on);
        let (icd10, category) = self.pick(&[
            ("C34.1", "major-illness"),
            ("F20.0", "severe-mental-disorder"),
            ("A15.0", "tuberculosis"),
            ("I10", "chronic"),
            ("J06.9", "other"),
        ]);
        (data["icd10"], data["category"]) = (json!(icd10), json!(category));
        self.send("health.diagnosis.recorded", data);
    }

    /// `stay.admitted`, mostly with a `stay.discharged`, now and then of another facility or day.
    pub fn stay(&mut self, who: usize, on: Date) {
        let facility = self.pick(&["H1", "H2"]);
        let mut data = self.about(who, on);
        data["facility"] = json!(facility);
        if self.one_in(2) {
            data["icd10"] = json!("C34.1");
        }
        self.send("health.stay.admitted", data);
        if self.one_in(3) {
            return;
        }
        let left_on = self.day_within(-40, 2);
        let mut data = self.about(who, left_on);
        data["facility"] = if self.one_in(6) { json!("H3") } else { json!(facility) };
        let admitted_on = if self.one_in(6) { on - 1.day() } else { on };
        data["admitted_on"] = json!(admitted_on.to_string());
        self.send("health.stay.discharged", data);
    }

    /// `birth.certified`; the child is now and then somebody known.
    pub fn birth(&mut self, who: usize, on: Date) {
        let mut data = self.about(who, on);
        data["child"] = json!({"name": "小宝"});
        if self.one_in(2) {
            let child = self.below(self.cast.len());
            let number = self.cast[child].number.clone();
            data["child"]["id_number"] = json!(super::cast::written_number(&mut self.dice, &number));
        }
        self.send("health.birth.certified", data);
    }

    /// `application.refused`.
    pub fn refused(&mut self, who: usize, on: Date) {
        let mut data = self.about(who, on);
        data["program"] = Value::from(self.pick(&["dibao", "tekun", "temporary-aid", "home-care"]));
        data["reason"] = json!("above the standard");
        self.send("registry.application.refused", data);
    }
}
