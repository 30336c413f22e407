//! Events of which the scene says what matters; the rest is drawn.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::world::World;

impl World {
    /// A day so many days before today, or a neighbour of it: where a window ends.
    pub fn edge(&mut self, days_ago: i64) -> Date {
        self.today - days_ago.days() + self.pick(&[-1i64, 0, 0, 1]).days()
    }

    /// A day of the last so many, or where they end.
    pub fn lately(&mut self, days: i64) -> Date {
        if self.one_in(2) { self.edge(days) } else { self.day_within(-days + 2, 0) }
    }

    /// A day so many months before today, or a neighbour of it.
    pub fn edge_of_months(&mut self, months_ago: i64) -> Date {
        self.today - months_ago.months() + self.pick(&[-1i64, 0, 0, 1]).days()
    }

    /// Sends an event about a person with these fields.
    pub fn tell(&mut self, kind: &str, who: usize, on: Date, fields: Value) {
        let mut data = json!({"person": self.person(who), "on": on.to_string()});
        let Value::Object(fields) = fields else { panic!("fields are an object") };
        data.as_object_mut().expect("data is an object").extend(fields);
        self.send(kind, data);
    }

    /// `settlement.settled` of an amount, under one of the person's few ids.
    pub fn billed(&mut self, who: usize, own_fen: i64, med_type: &str, on: Date) {
        let (fund, amount) = (self.pick(&[0, 1, 800_00]), own_fen);
        let begin = on - self.pick(&[0i64, 3]).days();
        let fields = json!({"setl_id": format!("S{who}-{}", self.below(4)), "insutype": "390",
            "med_type": med_type, "begin": begin.to_string(), "end": on.to_string(),
            "medfee_sumamt": self.yuan(amount + fund), "fund_pay_sumamt": self.yuan(fund),
            "maf_pay": self.yuan(0), "psn_part_amt": self.yuan(amount)});
        self.tell("medical-insurance.settlement.settled", who, on, fields);
    }

    /// `diagnosis.recorded` of a category.
    pub fn diagnosed_with(&mut self, who: usize, category: &str, on: Date) {
        self.tell("health.diagnosis.recorded", who, on, json!({"icd10": "C34.1", "category": category}));
    }

    /// `ability.assessed` at a level.
    pub fn assessed_at(&mut self, who: usize, level: i64, on: Date) {
        self.tell("health.ability.assessed", who, on, json!({"level": level}));
    }

    /// `disability.certified` of a category and grade.
    pub fn certified_as(&mut self, who: usize, (category, grade): (&str, i64), on: Date, until: Date) {
        let fields = json!({"category": category, "grade": grade, "valid_until": until.to_string()});
        self.tell("registry.disability.certified", who, on, fields);
    }

    /// `custody.started` of a kind.
    pub fn taken(&mut self, who: usize, kind: &str, on: Date, until: Option<Date>) {
        let mut fields = json!({"kind": kind});
        if let Some(until) = until {
            fields["expected_until"] = json!(until.to_string());
        }
        self.tell("police.custody.started", who, on, fields);
    }

    /// `custody.ended`.
    pub fn released(&mut self, who: usize, on: Date) {
        self.tell("police.custody.ended", who, on, json!({}));
    }

    /// `household.moved` to a household of the district.
    pub fn moved_to(&mut self, who: usize, household: &str, on: Date) {
        let fields = json!({"household_no": household, "relation_to_head": "other",
            "division_code": "320614101200"});
        self.tell("police.household.moved", who, on, fields);
    }

    /// Several people move into one household, today's or long ago.
    pub fn family(&mut self, people: &[usize]) -> String {
        let household = self.pick(&self.households.clone());
        let on = self.day_within(-420, -370);
        for who in people {
            self.moved_to(*who, &household, on);
        }
        household
    }

    /// `employee` insurance, started or stopped.
    pub fn insured(&mut self, who: usize, is_start: bool, on: Date) {
        if is_start {
            self.tell("social-security.insurance.started", who, on, json!({"scheme": "employee"}));
        } else {
            let fields = json!({"scheme": "employee", "reason": "left"});
            self.tell("social-security.insurance.stopped", who, on, fields);
        }
    }

    /// A household program for these people, of which nothing else is said; not always.
    pub fn now_and_then_helped(&mut self, members: &[usize], programs: &[&str]) {
        if self.one_in(3) {
            let (id, program) = (self.benefit_id(true), self.pick(programs));
            let on = if self.one_in(2) { self.day() } else { self.day_within(-2, 1) };
            self.granted_to_members(members.to_vec(), program, &id, on);
        }
    }

    /// `benefit.granted` of home care in a category.
    pub fn home_care_for(&mut self, who: usize, category: &str, id: &str, on: Date) {
        let data = json!({"person": self.person(who), "category": category});
        self.send_grant(data, "home-care", id, on);
    }

    /// `benefit.ended`.
    pub fn ended(&mut self, id: &str, on: Date) {
        let data = json!({"benefit_id": id, "reason": "checked", "on": on.to_string()});
        self.send("registry.benefit.ended", data);
    }

    /// Now and then a benefit is suspended, resumed, ended or granted anew about today.
    pub fn shaken(&mut self, who: usize, program: &str, id: &str) {
        let on = self.day_within(-2, 1);
        let data = json!({"benefit_id": id, "reason": "checked", "on": on.to_string()});
        match self.below(8) {
            0 => self.send("registry.benefit.suspended", data),
            1 => {
                self.send("registry.benefit.suspended", data.clone());
                self.send("registry.benefit.resumed", data);
            }
            2 => self.ended(id, on),
            3 => self.granted(who, program, id, on),
            _ => {}
        }
    }
}
