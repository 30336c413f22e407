//! Tells a short story event by event and asks the reference about it.

use sanzao_tests::document;
use sanzao_tests::reference::{Finding, Numbers, Reference, Subject};
use serde_json::{Value, json};

#[derive(Default)]
pub struct Story {
    pub events: Vec<Value>,
    pub numbers: Numbers,
}

impl Story {
    /// An event under the next id, recorded a second after the one before it.
    pub fn tell(&mut self, kind: &str, data: Value) -> String {
        let nth = self.events.len();
        let (id, time) = (format!("e{nth:03}"), format!("2030-01-01T00:{:02}:{:02}Z", nth / 60, nth % 60));
        self.tell_as(&id, &time, kind, data);
        id
    }

    pub fn tell_as(&mut self, id: &str, time: &str, kind: &str, data: Value) {
        let feed = kind.split('.').next().unwrap();
        self.events.push(json!({"specversion": "1.0", "id": id, "source": format!("/320614/{feed}"),
            "type": format!("{kind}.v1"), "time": time, "data": data}));
    }

    /// The findings of a rule on a day.
    pub fn findings(&self, day: &str, rule: &str) -> Vec<Finding> {
        let reference = Reference::new(&self.events).with_numbers(self.numbers.clone());
        let found = reference.findings(day.parse().unwrap());
        found.into_iter().filter(|finding| finding.rule == rule).collect()
    }

    /// The occasions on which a rule holds on a day, whoever is the subject.
    pub fn occasions(&self, day: &str, rule: &str) -> Vec<String> {
        self.findings(day, rule).into_iter().map(|finding| finding.occasion).collect()
    }

    /// Asserts on which days a rule holds of anybody.
    #[track_caller]
    pub fn expect(&self, rule: &str, days: &[(&str, bool)]) {
        for (day, holds) in days {
            assert_eq!(self.holds(day, rule), *holds, "{rule} on {day}");
        }
    }

    /// Whether a rule holds of anybody on a day.
    pub fn holds(&self, day: &str, rule: &str) -> bool {
        !self.occasions(day, rule).is_empty()
    }

    /// The subjects of whom a rule holds on a day.
    pub fn subjects(&self, day: &str, rule: &str) -> Vec<String> {
        let text = |subject| match subject {
            Subject::Person(text) | Subject::Household(text) => text,
        };
        self.findings(day, rule).into_iter().map(|finding| text(finding.subject)).collect()
    }

    /// The household key of somebody on a day.
    pub fn household(&self, day: &str, number: &str) -> String {
        Reference::new(&self.events).households(day.parse().unwrap())[number].clone()
    }

    /// Registered in the district under a household number.
    pub fn registered(&mut self, person: &Value, household_no: &str, on: &str) -> String {
        self.tell(
            "police.person.registered",
            json!({"person": person, "sex": "1", "household_no": household_no, "relation_to_head": "head",
                "division_code": "320614101200", "on": on}),
        )
    }

    pub fn granted(&mut self, person: &Value, program: &str, id: &str, on: &str) -> String {
        let data =
            json!({"benefit_id": id, "program": program, "person": person, "monthly_amount": 1, "on": on});
        self.tell("registry.benefit.granted", data)
    }

    pub fn dibao(&mut self, members: &[&Value], id: &str, on: &str) -> String {
        let data =
            json!({"benefit_id": id, "program": "dibao", "members": members, "monthly_amount": 1, "on": on});
        self.tell("registry.benefit.granted", data)
    }

    /// An event about a person, of which `more` says the rest.
    pub fn of(&mut self, kind: &str, person: &Value, on: &str, more: Value) -> String {
        let mut data = json!({"person": person, "on": on});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.tell(kind, data)
    }

    pub fn granted_to(&mut self, members: &[&Value], program: &str, id: &str, on: &str) -> String {
        let data =
            json!({"benefit_id": id, "program": program, "members": members, "monthly_amount": 1, "on": on});
        self.tell("registry.benefit.granted", data)
    }

    pub fn ended(&mut self, id: &str, on: &str) -> String {
        self.tell("registry.benefit.ended", json!({"benefit_id": id, "reason": "x", "on": on}))
    }

    pub fn verified(&mut self, id: &str, on: &str) -> String {
        let data = json!({"benefit_id": id, "outcome": "continues", "on": on});
        self.tell("registry.verification.recorded", data)
    }

    pub fn parent(&mut self, child: &Value, parent: &Value) -> String {
        let data = json!({"person": child, "related": parent, "kind": "parent", "on": "2015-01-01"});
        self.tell("police.relation.recorded", data)
    }

    pub fn certified(
        &mut self,
        person: &Value,
        (category, grade): (&str, u8),
        on: &str,
        until: &str,
    ) -> String {
        let more = json!({"category": category, "grade": grade, "valid_until": until});
        self.of("registry.disability.certified", person, on, more)
    }

    pub fn taken(&mut self, person: &Value, kind: &str, on: &str) -> String {
        self.of("police.custody.started", person, on, json!({"kind": kind}))
    }

    pub fn released(&mut self, person: &Value, on: &str) -> String {
        self.of("police.custody.ended", person, on, json!({}))
    }

    pub fn wage(&mut self, person: &Value, month: &str, yuan: f64) -> String {
        let data = json!({"person": person, "month": month, "amount": yuan});
        self.tell("social-security.wage.reported", data)
    }

    /// `employee` insurance.
    pub fn insured(&mut self, person: &Value, on: &str) -> String {
        self.of("social-security.insurance.started", person, on, json!({"scheme": "employee"}))
    }

    pub fn insurance_stopped(&mut self, person: &Value, scheme: &str, on: &str) -> String {
        let more = json!({"scheme": scheme, "reason": "left"});
        self.of("social-security.insurance.stopped", person, on, more)
    }

    pub fn settled(&mut self, person: &Value, setl_id: &str, yuan: f64, on: &str) -> String {
        self.tell(
            "medical-insurance.settlement.settled",
            json!({"person": person, "setl_id": setl_id, "insutype": "310", "med_type": "inpatient", "begin": on,
                "end": on, "medfee_sumamt": yuan, "fund_pay_sumamt": 0, "maf_pay": 0, "psn_part_amt": yuan, "on": on}),
        )
    }

    pub fn pension(&mut self, person: &Value, yuan: f64, on: &str) -> String {
        let data = json!({"person": person, "scheme": "employee", "monthly_amount": yuan, "on": on});
        self.tell("social-security.pension.started", data)
    }

    pub fn dies(&mut self, person: &Value, on: &str) -> String {
        self.tell("health.death.certified", json!({"person": person, "certificate_no": "1", "on": on}))
    }

    pub fn retract(&mut self, feed: &str, id: &str) -> String {
        self.tell(&format!("{feed}.record.retracted"), json!({"retracts": id, "reason": "wrong"}))
    }
}

/// The number of somebody born on a day (`YYYYMMDD`), the nth of that day.
pub fn number(birth: &str, nth: u32) -> String {
    let first_17 = format!("320614{birth}{nth:03}");
    format!("{first_17}{}", document::check_character(&first_17))
}

/// Somebody born on a day, by the name of 甲.
pub fn person(birth: &str) -> Value {
    json!({"id_number": number(birth, 1), "name": "甲"})
}
