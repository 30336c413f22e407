//! One event of each kind that the rules read.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::world::World;
use super::{cast, conditions};

/// Programs granted to one person.
const PERSON_PROGRAMS: [&str; 11] = [
    "tekun",
    "orphan",
    "unattended-child",
    "child-in-difficulty",
    "disability-living",
    "disability-nursing",
    "old-age-allowance",
    "home-care",
    "care-visit",
    "temporary-aid",
    "funeral",
];
const HOUSEHOLD_PROGRAMS: [&str; 4] = ["dibao", "dibao", "dibao-edge", "rigid-spending"];
/// Amounts a month, in fen: around the dibao standard for one, two and three heads.
const MONTHLY_FEN: [i64; 10] = [0, 1, 410_00, 819_99, 820_00, 820_01, 1_640_00, 1_640_01, 2_460_00, 2_460_01];
/// What people pay themselves, in fen: sums reach 5,000 and 20,000 exactly, and miss them by a fen.
const SELF_PAID_FEN: [i64; 9] =
    [0, 1, 2_500_00, 4_999_99, 5_000_00, 10_000_00, 15_000_00, 19_999_99, 20_000_00];

/// Sends a random event about random people.
pub fn random(world: &mut World) {
    let who = world.below(world.cast.len());
    random_about(world, who);
}

/// Sends a random event, about this person where it is about one.
pub fn random_about(world: &mut World, who: usize) {
    let on = world.day();
    match world.below(32) {
        0 | 1 => world.registered(who, on),
        2 | 3 => world.moved(who, on),
        4 => world.cancelled(who, on),
        5 => world.relation(who, on),
        6 if world.one_in(3) => world.corrected(on),
        6..=8 => world.insurance(who, on),
        9 | 10 => world.wage(who, on),
        11 => world.unemployment_benefit(who, on),
        12 | 13 => world.pension(who, on),
        14 => world.injury_nursing(who, on),
        15 if world.one_in(3) => world.death(who, on),
        15 | 16 => world.settlement(who, on),
        17 => world.reversal(who, on),
        18 | 19 => world.grant(who, on),
        20 | 21 => world.benefit_event(on),
        22 => world.verification(on),
        23 => world.assessment(on),
        24 => world.visit(who, on),
        _ => conditions::random(world, who, on),
    }
}

impl World {
    /// Somebody as an event names them: mostly right, in many notations, sometimes by a wrong name.
    pub fn person(&mut self, who: usize) -> Value {
        let human = self.cast[who].clone();
        let number = cast::written_number(&mut self.dice, &human.number);
        let name = match self.below(30) {
            0 => cast::wrong_name(&mut self.dice, &human.name),
            _ => cast::written_name(&mut self.dice, &human.name),
        };
        json!({"id_number": number, "name": name})
    }

    /// A `members` list, in the order of the cast or the reverse; now and then somebody is on it twice.
    pub fn list(&mut self, mut members: Vec<usize>) -> Value {
        members.sort_unstable();
        members.dedup();
        if self.one_in(8) {
            members.push(members[members.len() - 1]);
        }
        if self.one_in(4) {
            members.reverse();
        }
        Value::Array(members.into_iter().map(|who| self.person(who)).collect())
    }

    /// One to four random people.
    pub fn some_people(&mut self) -> Vec<usize> {
        let count = 1 + self.below(4);
        (0..count).map(|_| self.below(self.cast.len())).collect()
    }

    /// An amount as JSON writes it: with and without a fraction.
    pub fn yuan(&mut self, fen: i64) -> Value {
        if fen % 100 == 0 && !self.one_in(4) {
            return Value::from(fen / 100);
        }
        let text = format!("{}.{:02}", fen / 100, fen % 100);
        Value::from(text.parse::<f64>().expect("an amount is a decimal number"))
    }

    /// An amount a month.
    pub fn monthly(&mut self) -> Value {
        let fen = self.pick(&MONTHLY_FEN);
        self.yuan(fen)
    }

    fn residence(&mut self, who: usize, on: Date) -> Value {
        let household = self.pick(&self.households.clone());
        let division = self.pick(&[
            "320614101200",
            "320614101200",
            "320684117001",
            "320625100000",
            "322425001000",
            "329026001000",
            "320602001002",
            "320681100200",
        ]);
        json!({"person": self.person(who), "household_no": household, "relation_to_head": "other",
            "division_code": division, "on": on.to_string()})
    }

    /// `person.registered`.
    pub fn registered(&mut self, who: usize, on: Date) {
        let mut data = self.residence(who, on);
        data["sex"] = Value::from(self.pick(&["1", "2", "0", "9"]));
        self.send("police.person.registered", data);
    }

    /// `household.moved`.
    pub fn moved(&mut self, who: usize, on: Date) {
        let data = self.residence(who, on);
        self.send("police.household.moved", data);
    }

    /// `registration.cancelled`, seldom for death.
    pub fn cancelled(&mut self, who: usize, on: Date) {
        let reason = self.pick(&["moved-out", "moved-out", "enlisted", "emigrated", "duplicate", "death"]);
        let data = json!({"person": self.person(who), "reason": reason, "on": on.to_string()});
        self.send("police.registration.cancelled", data);
    }

    /// `relation.recorded` to somebody else.
    pub fn relation(&mut self, who: usize, on: Date) {
        let related = (who + 1 + self.below(self.cast.len() - 1)) % self.cast.len();
        let kind = self.pick(&["parent", "parent", "spouse", "guardian"]);
        self.related(who, related, kind, on);
    }

    /// `relation.recorded`.
    pub fn related(&mut self, who: usize, related: usize, kind: &str, on: Date) {
        let data = json!({"person": self.person(who), "related": self.person(related), "kind": kind,
            "on": on.to_string()});
        self.send("police.relation.recorded", data);
    }

    /// `identity.corrected` among any two numbers, mostly neighbours: chains, crossings and circles.
    pub fn corrected(&mut self, on: Date) {
        let former = self.below(self.cast.len());
        let step = if self.one_in(4) {
            self.below(self.cast.len() - 1)
        } else {
            self.below(2.min(self.cast.len() - 1))
        };
        let who = (former + 1 + step) % self.cast.len();
        self.corrected_to(former, who, on);
    }

    /// `identity.corrected`: the number of one is given up for that of another.
    pub fn corrected_to(&mut self, former: usize, who: usize, on: Date) {
        let former = self.cast[former].number.clone();
        let former = cast::written_number(&mut self.dice, &former);
        let data = json!({"person": self.person(who), "former_id_number": former, "on": on.to_string()});
        self.send("police.identity.corrected", data);
    }

    /// `insurance.started` or `.stopped`.
    pub fn insurance(&mut self, who: usize, on: Date) {
        let scheme = self.pick(&["employee", "employee", "employee", "flexible", "resident"]);
        let mut data = json!({"person": self.person(who), "scheme": scheme, "on": on.to_string()});
        if self.one_in(3) {
            data["reason"] = Value::from("left");
            return self.send("social-security.insurance.stopped", data);
        }
        if self.one_in(3) {
            data["wage_base"] = self.monthly();
        }
        self.send("social-security.insurance.started", data);
    }

    /// `wage.reported` for the month of a day.
    pub fn wage(&mut self, who: usize, day: Date) {
        let data = json!({"person": self.person(who), "month": day.strftime("%Y-%m").to_string(),
            "amount": self.monthly()});
        self.send("social-security.wage.reported", data);
    }

    /// `unemployment.benefit-started` or `-ended`.
    pub fn unemployment_benefit(&mut self, who: usize, on: Date) {
        let mut data = json!({"person": self.person(who), "on": on.to_string()});
        if self.one_in(2) {
            let reasons = ["exhausted", "exhausted", "exhausted", "re-employed", "pension", "refused-work"];
            data["reason"] = Value::from(self.pick(&reasons));
            return self.send("social-security.unemployment.benefit-ended", data);
        }
        let until = if self.one_in(3) { self.today } else { self.day() }.max(on);
        data["until"] = Value::from(until.to_string());
        data["monthly_amount"] = self.monthly();
        self.send("social-security.unemployment.benefit-started", data);
    }

    /// `pension.started`, `.changed` or `.stopped`.
    pub fn pension(&mut self, who: usize, on: Date) {
        let scheme = self.pick(&["employee", "employee", "resident"]);
        let mut data = json!({"person": self.person(who), "scheme": scheme, "on": on.to_string()});
        if self.one_in(4) {
            data["reason"] = Value::from("stopped");
            return self.send("social-security.pension.stopped", data);
        }
        data["monthly_amount"] = self.monthly();
        let kind = self.pick(&["social-security.pension.started", "social-security.pension.changed"]);
        self.send(kind, data);
    }

    /// `injury-nursing.started` or `.stopped`.
    pub fn injury_nursing(&mut self, who: usize, on: Date) {
        let mut data = json!({"person": self.person(who), "on": on.to_string()});
        if self.one_in(3) {
            return self.send("social-security.injury-nursing.stopped", data);
        }
        data["monthly_amount"] = self.monthly();
        self.send("social-security.injury-nursing.started", data);
    }

    /// A death signal, from one of the four feeds that send one.
    pub fn death(&mut self, who: usize, on: Date) {
        let mut data = json!({"person": self.person(who), "on": on.to_string()});
        let kind = match self.below(4) {
            0 => {
                data["reason"] = Value::from("death");
                "police.registration.cancelled"
            }
            1 => {
                data["certificate_no"] = Value::from(format!("C{}", self.below(9)));
                "health.death.certified"
            }
            2 => "registry.cremation.recorded",
            _ => {
                data["amount"] = self.monthly();
                "social-security.funeral-grant.paid"
            }
        };
        self.send(kind, data);
    }

    fn setl_id(&mut self, who: usize) -> String {
        let whose = if self.one_in(8) { self.below(self.cast.len()) } else { who };
        format!("S{whose}-{}", self.below(3))
    }

    /// `settlement.settled` of an amount drawn around the thresholds, under one of few ids.
    pub fn settlement(&mut self, who: usize, on: Date) {
        let own = self.pick(&SELF_PAID_FEN);
        let fund = self.pick(&[0, 0, 1, 30_000_00]);
        let aid = fund / self.pick(&[1, 2, 3]);
        let begin = on - self.pick(&[0i64, 1, 12]).days();
        let data = json!({"person": self.person(who), "setl_id": self.setl_id(who),
            "insutype": self.pick(&["310", "390"]), "med_type": self.pick(&["inpatient", "outpatient", "special"]),
            "begin": begin.to_string(), "end": on.to_string(), "medfee_sumamt": self.yuan(own + fund),
            "fund_pay_sumamt": self.yuan(fund), "maf_pay": self.yuan(aid), "psn_part_amt": self.yuan(own),
            "on": on.to_string()});
        self.send("medical-insurance.settlement.settled", data);
    }

    /// `settlement.reversed`.
    pub fn reversal(&mut self, who: usize, on: Date) {
        let data = json!({"person": self.person(who), "setl_id": self.setl_id(who), "on": on.to_string()});
        self.send("medical-insurance.settlement.reversed", data);
    }

    /// An id of a benefit for a household (`D…`) or a person (`P…`).
    pub fn benefit_id(&mut self, is_for_household: bool) -> String {
        if is_for_household {
            format!("D{}", self.below(self.benefits.div_ceil(2)))
        } else {
            format!("P{}", self.below(self.benefits))
        }
    }

    fn grant(&mut self, who: usize, on: Date) {
        if self.one_in(3) {
            let program = self.pick(&HOUSEHOLD_PROGRAMS);
            let mut members = self.some_people();
            members.push(who);
            let id = self.benefit_id(true);
            return self.granted_to_members(members, program, &id, on);
        }
        let program = self.pick(&PERSON_PROGRAMS);
        let crosses = self.mixes_programs && self.one_in(4);
        let id = self.benefit_id(crosses);
        self.granted(who, program, &id, on);
    }

    /// `benefit.granted` to one person.
    pub fn granted(&mut self, who: usize, program: &str, id: &str, on: Date) {
        let data = json!({"person": self.person(who)});
        self.send_grant(data, program, id, on);
    }

    /// `benefit.granted` to members.
    pub fn granted_to_members(&mut self, members: Vec<usize>, program: &str, id: &str, on: Date) {
        let data = json!({"members": self.list(members)});
        self.send_grant(data, program, id, on);
    }

    /// `benefit.granted` to whom `data` names.
    pub fn send_grant(&mut self, mut data: Value, program: &str, id: &str, on: Date) {
        data["benefit_id"] = Value::from(id);
        data["program"] = Value::from(program);
        data["monthly_amount"] = self.monthly();
        data["on"] = Value::from(on.to_string());
        if program == "home-care" && data.get("category").is_none() && self.one_in(2) {
            data["category"] = Value::from(self.pick(&["disabled-elder", "low-income", "living-alone"]));
        }
        if self.one_in(4) {
            data["verified_on"] = Value::from(self.day().to_string());
        }
        self.send("registry.benefit.granted", data);
    }

    /// `benefit.changed`, `.suspended`, `.resumed` or `.ended`.
    pub fn benefit_event(&mut self, on: Date) {
        let is_for_household = self.one_in(2);
        let mut data = json!({"benefit_id": self.benefit_id(is_for_household), "on": on.to_string()});
        let kind = self.below(5);
        if kind < 2 {
            if is_for_household && !self.one_in(4) {
                let members = self.some_people();
                data["members"] = self.list(members);
            }
            if data.get("members").is_none() || self.one_in(3) {
                data["monthly_amount"] = self.monthly();
            }
            // By the day and not by the dice: all else in the histories stays as it was.
            let categories = ["disabled-elder", "low-income", "living-alone", "urban"];
            if let Some(category) = usize::try_from(on.day()).ok().and_then(|day| categories.get(day % 8)) {
                data["category"] = Value::from(*category);
            }
            return self.send("registry.benefit.changed", data);
        }
        data["reason"] = Value::from("checked");
        if kind == 4 && !self.one_in(3) {
            return;
        }
        let kinds = ["registry.benefit.suspended", "registry.benefit.resumed", "registry.benefit.ended"];
        self.send(kinds[kind - 2], data);
    }

    fn verification(&mut self, on: Date) {
        let is_for_household = self.one_in(2);
        let id = self.benefit_id(is_for_household);
        self.verified(&id, on);
    }

    /// `verification.recorded`.
    pub fn verified(&mut self, id: &str, on: Date) {
        let outcome = self.pick(&["continues", "changed", "ended"]);
        let data = json!({"benefit_id": id, "outcome": outcome, "on": on.to_string()});
        self.send("registry.verification.recorded", data);
    }

    fn assessment(&mut self, on: Date) {
        let members = self.some_people();
        self.assessed(members, on);
    }

    /// `income.assessed`.
    pub fn assessed(&mut self, members: Vec<usize>, on: Date) {
        let data = json!({"members": self.list(members), "annual_income": self.monthly(),
            "property_ok": self.one_in(2), "on": on.to_string()});
        self.send("registry.income.assessed", data);
    }

    /// `visit.recorded`.
    pub fn visit(&mut self, who: usize, on: Date) {
        let kind = self.pick(&["child", "elder"]);
        self.visited(who, kind, on);
    }

    /// `visit.recorded` of a kind, under one of few ids.
    pub fn visited(&mut self, who: usize, kind: &str, on: Date) {
        let data = json!({"person": self.person(who), "visit_id": format!("V{}", self.below(12)), "kind": kind,
            "on": on.to_string()});
        self.send("registry.visit.recorded", data);
    }

    /// The first day of the month that is some months before today's.
    pub fn months_ago(&self, months: i64) -> Date {
        self.today.first_of_month() - months.months()
    }
}
