//! Domain §3 and §4 for the rules that situations are planted for: slow, plain, and sharing nothing
//! with the platform or with the generator. It leaves out collective households.

#![allow(clippy::unwrap_used, reason = "a test: events here are valid")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::contract::id_number;

struct Fact {
    feed: String,
    /// Without feed and version.
    kind: String,
    data: Value,
    on: Date,
    /// Time and id of the latest statement that holds.
    order: (Date, Timestamp, String),
}

/// All facts of a day, and who is who.
pub struct World {
    day: Date,
    facts: Vec<Fact>,
    /// Every number to the one no correction gave up.
    person: HashMap<String, String>,
    /// Names that police recorded.
    names: HashMap<String, BTreeSet<String>>,
}

const LOW: [&str; 4] = ["dibao", "tekun", "dibao-edge", "rigid-spending"];
const HOUSEHOLD: [&str; 3] = ["dibao", "dibao-edge", "rigid-spending"];
const CHILD: [&str; 3] = ["orphan", "unattended-child", "child-in-difficulty"];

fn normal(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '•' | '・' => '·',
            '\u{f9e1}' => '李',
            other => other,
        })
        .collect()
}

fn canonical(data: &Value) -> Value {
    match data {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| {
                let id = key == "id_number" || key == "former_id_number";
                let value = if id {
                    id_number(value.as_str().unwrap(), "9999-12-31").unwrap().into()
                } else {
                    canonical(value)
                };
                (key.clone(), value)
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(list) => list.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

fn effective(data: &Value) -> Date {
    let text = match (&data["on"], &data["month"], &data["end"]) {
        (Value::String(on), _, _) => on.clone(),
        (_, Value::String(month), _) => format!("{month}-01"),
        (_, _, Value::String(end)) => end.clone(),
        _ => panic!("no day in {data}"),
    };
    text.parse().unwrap()
}

fn fen(value: &Value) -> i64 {
    (value.as_f64().unwrap() * 100.0).round() as i64
}

fn since(from: Date, to: Date) -> i64 {
    i64::from(from.until(to).unwrap().get_days())
}

impl World {
    /// What holds on a day, of accepted events.
    pub fn new(day: Date, events: &[Value]) -> World {
        type Statements = Vec<(Timestamp, String)>;
        let mut contents: BTreeMap<(String, String, String), Statements> = BTreeMap::new();
        let mut of_id: HashMap<(String, String), (String, String, String)> = HashMap::new();
        let mut retractions = Vec::new();
        for event in events {
            let text = |key: &str| event[key].as_str().unwrap().to_owned();
            let feed = text("source").rsplit('/').next().unwrap().to_owned();
            let kind = text("type")[feed.len() + 1..].trim_end_matches(".v1").to_owned();
            let time: Timestamp = text("time").parse().unwrap();
            if kind == "record.retracted" {
                retractions.push((feed, event["data"]["retracts"].as_str().unwrap().to_owned(), time));
                continue;
            }
            let content = (feed.clone(), kind, canonical(&event["data"]).to_string());
            of_id.insert((feed, text("id")), content.clone());
            contents.entry(content).or_default().push((time, text("id")));
        }
        for (feed, id, time) in retractions {
            let content = &of_id[&(feed, id.clone())];
            let statements = contents.get_mut(content).unwrap();
            statements.retain(|(stated, by)| *by != id && *stated > time);
        }
        let facts = contents.into_iter().filter_map(|((feed, kind, data), statements)| {
            let (time, id) = statements.into_iter().max()?;
            let data: Value = serde_json::from_str(&data).unwrap();
            let on = effective(&data);
            (on <= day).then_some(Fact { feed, kind, data, on, order: (on, time, id) })
        });
        let mut world = World { day, facts: facts.collect(), person: HashMap::new(), names: HashMap::new() };
        world.unite();
        world.learn_names();
        world
    }

    fn unite(&mut self) {
        let corrections: Vec<(String, String)> = self
            .facts
            .iter()
            .filter(|fact| fact.kind == "identity.corrected")
            .map(|fact| {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                (text(&fact.data["former_id_number"]), text(&fact.data["person"]["id_number"]))
            })
            .collect();
        for (former, _) in &corrections {
            let mut at = former;
            while let Some((_, next)) = corrections.iter().find(|(given_up, _)| given_up == at) {
                at = next;
            }
            self.person.insert(former.clone(), at.clone());
        }
    }

    fn who<'a>(&'a self, id: &'a str) -> &'a str {
        self.person.get(id).map_or(id, String::as_str)
    }

    fn learn_names(&mut self) {
        let mut names: HashMap<String, BTreeSet<String>> = HashMap::new();
        for fact in self.facts.iter().filter(|fact| fact.feed == "police") {
            for named in [&fact.data["person"], &fact.data["related"]].into_iter().filter(|v| v.is_object()) {
                let person = self.who(named["id_number"].as_str().unwrap()).to_owned();
                names.entry(person).or_default().insert(normal(named["name"].as_str().unwrap()));
            }
        }
        self.names = names;
    }

    /// Whether the person is this one, and whether the fact is held for them.
    fn named(&self, fact: &Fact, named: &Value, person: &str) -> Option<bool> {
        if self.who(named["id_number"].as_str()?) != person {
            return None;
        }
        let known = self.names.get(person);
        let name = normal(named["name"].as_str().unwrap());
        Some(fact.feed != "police" && known.is_some_and(|known| !known.contains(&name)))
    }

    /// Facts of kinds that begin so, whose `person` is this one and that are not held, by age.
    fn of<'a>(&'a self, person: &str, kind: &str) -> Vec<&'a Fact> {
        let mut facts: Vec<&Fact> = self
            .facts
            .iter()
            .filter(|f| f.kind.starts_with(kind) && self.named(f, &f.data["person"], person) == Some(false))
            .collect();
        facts.sort_by(|a, b| a.order.cmp(&b.order));
        facts
    }

    fn died(&self, person: &str) -> bool {
        let cancelled = self.of(person, "registration.cancelled");
        cancelled.iter().any(|fact| fact.data["reason"] == "death")
            || ["death.certified", "cremation.recorded", "funeral-grant.paid"]
                .iter()
                .any(|kind| !self.of(person, kind).is_empty())
    }

    fn age(&self, person: &str) -> i16 {
        let birth: Date =
            format!("{}-{}-{}", &person[6..10], &person[10..12], &person[12..14]).parse().unwrap();
        let had = (self.day.month(), self.day.day()) >= (birth.month(), birth.day());
        self.day.year() - birth.year() - i16::from(!had)
    }

    /// Benefits by id: the grant that counts.
    fn benefits(&self) -> BTreeMap<&str, &Fact> {
        let mut grants: BTreeMap<&str, &Fact> = BTreeMap::new();
        for fact in self.facts.iter().filter(|fact| fact.kind == "benefit.granted") {
            let held = &mut grants.entry(fact.data["benefit_id"].as_str().unwrap()).or_insert(fact);
            if held.order < fact.order {
                **held = fact;
            }
        }
        grants
    }

    fn about<'a>(&'a self, kind: &'a str, benefit: &'a str) -> impl Iterator<Item = &'a Fact> {
        self.facts.iter().filter(move |fact| fact.kind == kind && fact.data["benefit_id"] == benefit)
    }

    fn active(&self, benefit: &str, grant: &Fact) -> bool {
        let program = grant.data["program"].as_str().unwrap();
        program != "temporary-aid"
            && program != "funeral"
            && self.about("benefit.ended", benefit).next().is_none()
    }

    fn names_in_list(&self, benefit: &str, grant: &Fact, person: &str) -> bool {
        let mut lists: Vec<&Fact> = vec![grant];
        lists.extend(self.about("benefit.changed", benefit).filter(|fact| fact.data["members"].is_array()));
        lists.retain(|fact| fact.order >= grant.order);
        lists.sort_by(|a, b| b.order.cmp(&a.order));
        for list in lists {
            let entries: Vec<bool> = list.data["members"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|member| self.named(list, member, person))
                .collect();
            if entries.contains(&false) {
                return true;
            }
            if entries.is_empty() {
                return false;
            }
        }
        false
    }

    /// Active benefits that a person has: program, id, grant.
    fn has(&self, person: &str) -> Vec<(&str, &str, &Fact)> {
        self.benefits()
            .into_iter()
            .filter(|(benefit, grant)| self.active(benefit, grant))
            .filter(|(benefit, grant)| match &grant.data["members"] {
                Value::Array(_) => self.names_in_list(benefit, grant, person),
                _ => self.named(grant, &grant.data["person"], person) == Some(false),
            })
            .map(|(benefit, grant)| (grant.data["program"].as_str().unwrap(), benefit, grant))
            .collect()
    }

    fn has_any(&self, person: &str, programs: &[&str]) -> bool {
        self.has(person).iter().any(|(program, _, _)| programs.contains(program))
    }

    fn registration(&self, person: &str) -> Option<&Fact> {
        let mut records = self.of(person, "person.registered");
        records.extend(self.of(person, "household.moved"));
        let cancelled = self.of(person, "registration.cancelled");
        records.extend(cancelled.into_iter().filter(|fact| fact.data["reason"] != "death"));
        records.into_iter().max_by(|a, b| a.order.cmp(&b.order))
    }

    fn household(&self, person: &str) -> String {
        for program in HOUSEHOLD {
            let own = self.has(person);
            let mut of_program: Vec<_> = own.iter().filter(|(name, _, _)| *name == program).collect();
            of_program.sort_by(|a, b| a.2.order.cmp(&b.2.order));
            if let Some((_, benefit, _)) = of_program.last() {
                return format!("program:{benefit}");
            }
        }
        match self.registration(person).map(|fact| &fact.data["household_no"]) {
            Some(Value::String(number)) => format!("police:{number}"),
            _ => format!("person:{person}"),
        }
    }

    /// Whether a fact says this ID number or benefit id.
    pub fn mentions(&self, key: &str) -> bool {
        self.facts.iter().any(|fact| fact.data.to_string().contains(&format!("\"{key}\"")))
    }

    fn everybody(&self) -> BTreeSet<String> {
        let mut people = BTreeSet::new();
        for fact in &self.facts {
            let members = fact.data["members"].as_array().into_iter().flatten();
            for named in members.chain([&fact.data["person"], &fact.data["related"]]) {
                if let Some(id) = named["id_number"].as_str() {
                    people.insert(self.who(id).to_owned());
                }
            }
        }
        people
    }

    /// Living members.
    fn members(&self, household: &str) -> Vec<String> {
        let people = self.everybody().into_iter();
        people.filter(|person| !self.died(person) && self.household(person) == household).collect()
    }

    fn low_income(&self, household: &str) -> bool {
        self.members(household).iter().any(|member| self.has_any(member, &LOW))
    }

    /// The open spell on the day: its first start and its newest start or change.
    fn spell<'a>(
        &'a self,
        person: &str,
        kind: &str,
        scheme: Option<&str>,
        day: Date,
    ) -> Option<(Date, &'a Fact)> {
        let facts: Vec<&Fact> = self
            .of(person, kind)
            .into_iter()
            .filter(|fact| fact.on <= day && scheme.is_none_or(|scheme| fact.data["scheme"] == scheme))
            .collect();
        let ends = |fact: &&&Fact| fact.kind.ends_with("stopped") || fact.kind.ends_with("-ended");
        let end = facts.iter().rposition(|fact| ends(&fact)).map_or(0, |at| at + 1);
        let open = &facts[end..];
        Some((open.first()?.on, open.last()?))
    }

    fn pensions(&self, person: &str, day: Date) -> Vec<(Date, i64)> {
        ["employee", "flexible", "resident"]
            .iter()
            .filter_map(|scheme| self.spell(person, "pension.", Some(scheme), day))
            .map(|(began, newest)| (began, fen(&newest.data["monthly_amount"])))
            .collect()
    }

    fn dole(&self, person: &str, day: Date) -> Option<(Date, i64)> {
        let (began, newest) = self.spell(person, "unemployment.benefit", None, day)?;
        let until: Date = newest.data["until"].as_str().unwrap().parse().unwrap();
        (day <= until).then(|| (began, fen(&newest.data["monthly_amount"])))
    }

    /// The newest wage of a month from `first` to `last`.
    fn wage(&self, person: &str, first: Date, last: Date) -> Option<i64> {
        let wages = self.of(person, "wage.reported");
        wages.iter().rfind(|w| w.on >= first && w.on <= last).map(|w| fen(&w.data["amount"]))
    }

    fn month(&self, before: i64) -> Date {
        self.day.first_of_month() - before.months()
    }

    fn employed(&self, person: &str) -> bool {
        self.spell(person, "insurance.", Some("employee"), self.day).is_some()
            || self.wage(person, self.month(2), self.day).is_some()
    }
}

impl World {
    /// Whether a rule holds of a person or household.
    pub fn holds(&self, rule: &str, subject: &str) -> bool {
        if rule == "income-above-standard" {
            return self.income_above_standard(subject);
        }
        if rule == "deceased-recipient" {
            return self.died(subject) && !self.has(subject).is_empty();
        }
        if self.died(subject) {
            return false;
        }
        match rule {
            "high-yearly-self-pay" => self.high_yearly_self_pay(subject),
            "unemployment-benefit-exhausted" => self.unemployment_benefit_exhausted(subject),
            "orphan" => self.orphan(subject),
            "overlapping-benefits" => self.overlapping(subject),
            "missed-old-age-allowance" => {
                let codes = ["320614", "322425", "320625", "329026", "320684"];
                let here = self.registration(subject).is_some_and(|fact| {
                    let code = fact.data["division_code"].as_str().unwrap_or("");
                    codes.iter().any(|prefix| code.starts_with(prefix))
                });
                self.age(subject) >= 80 && here && !self.has_any(subject, &["old-age-allowance"])
            }
            "home-care-recheck" => self.has(subject).iter().any(|(program, benefit, grant)| {
                let due = self.verified_on(benefit, grant) + 6.months();
                *program == "home-care" && due - 30.days() <= self.day
            }),
            "child-monthly-visit" => {
                self.has_any(subject, &CHILD) && self.visits(subject, "child", self.month(0)) == 0
            }
            "elder-weekly-visits" => {
                let monday = self.day - i64::from(self.day.weekday().to_monday_zero_offset()).days();
                self.has_any(subject, &["care-visit"]) && self.visits(subject, "elder", monday) < 4
            }
            "name-mismatch" => self.facts.iter().any(|fact| {
                let members = fact.data["members"].as_array().into_iter().flatten();
                members
                    .chain([&fact.data["person"]])
                    .any(|named| self.named(fact, named, subject) == Some(true))
            }),
            other => panic!("no such rule: {other}"),
        }
    }

    fn visits(&self, person: &str, kind: &str, first: Date) -> usize {
        let visits = self.of(person, "visit.recorded");
        visits.iter().filter(|visit| visit.on >= first && visit.data["kind"] == kind).count()
    }

    fn verified_on(&self, benefit: &str, grant: &Fact) -> Date {
        let stated = grant.data["verified_on"].as_str().map(|text| text.parse().unwrap());
        let verified = self.about("verification.recorded", benefit).map(|fact| fact.on);
        verified.chain(stated.filter(|on| *on <= self.day)).chain([grant.on]).max().unwrap()
    }

    fn high_yearly_self_pay(&self, person: &str) -> bool {
        let mut newest: BTreeMap<&str, &Fact> = BTreeMap::new();
        for fact in self.of(person, "settlement.settled") {
            newest.insert(fact.data["setl_id"].as_str().unwrap(), fact);
        }
        for fact in self.of(person, "settlement.reversed") {
            newest.remove(fact.data["setl_id"].as_str().unwrap());
        }
        let this_year = newest.values().filter(|fact| fact.on.year() == self.day.year());
        let paid: i64 = this_year.map(|fact| fen(&fact.data["psn_part_amt"])).sum();
        paid >= if self.low_income(&self.household(person)) { 500_000 } else { 2_000_000 }
    }

    fn unemployment_benefit_exhausted(&self, person: &str) -> bool {
        let exhausted = self.of(person, "unemployment.benefit").last().is_some_and(|newest| {
            newest.data["reason"] == "exhausted" && (30..=365).contains(&since(newest.on, self.day))
        });
        exhausted
            && (16..60).contains(&self.age(person))
            && !self.employed(person)
            && self.pensions(person, self.day).is_empty()
    }

    fn orphan(&self, person: &str) -> bool {
        let relations = self.of(person, "relation.recorded");
        let parents: Vec<&str> = relations
            .iter()
            .filter(|fact| fact.data["kind"] == "parent")
            .map(|fact| self.who(fact.data["related"]["id_number"].as_str().unwrap()))
            .collect();
        self.age(person) < 18
            && !parents.is_empty()
            && parents.iter().all(|parent| self.died(parent))
            && !self.has_any(person, &["orphan"])
    }

    fn overlapping(&self, person: &str) -> bool {
        let mut programs: Vec<&str> = self.has(person).into_iter().map(|(program, _, _)| program).collect();
        let has = |program: &str| programs.contains(&program);
        let nursing = self.spell(person, "injury-nursing.", None, self.day).is_some();
        let pairs = (has("tekun") && (has("dibao") || has("disability-living") || has("disability-nursing")))
            || (has("disability-nursing") && nursing)
            || (has("orphan") && has("disability-living"));
        let count = programs.len();
        programs.sort_unstable();
        programs.dedup();
        pairs || programs.len() < count
    }

    fn income_above_standard(&self, household: &str) -> bool {
        let benefit = household.strip_prefix("program:").expect("planted for programs");
        let Some(grant) = self.benefits().remove(benefit) else { return false };
        let members = self.members(household);
        if !self.active(benefit, grant) || grant.data["program"] != "dibao" || members.is_empty() {
            return false;
        }
        let mut reference = self.verified_on(benefit, grant);
        for fact in self.facts.iter().filter(|fact| fact.kind == "income.assessed") {
            let list = fact.data["members"].as_array().unwrap();
            let names =
                |member: &String| list.iter().any(|named| self.named(fact, named, member) == Some(false));
            if members.iter().any(names) {
                reference = reference.max(fact.on);
            }
        }
        let (mut sum, mut new) = (0, false);
        for member in &members {
            let then = self.pensions(member, reference);
            for (began, amount) in self.pensions(member, self.day) {
                sum += amount;
                new |= began > reference || !then.iter().any(|(_, before)| *before == amount);
            }
            if let Some((began, amount)) = self.dole(member, self.day) {
                sum += amount;
                new |=
                    began > reference || self.dole(member, reference).map(|(_, then)| then) != Some(amount);
            }
            let insured = self.spell(member, "insurance.", Some("employee"), self.day);
            if insured.is_some_and(|(began, _)| began + 6.months() <= self.day)
                && let Some(wage) = self.wage(member, self.month(3), self.day)
            {
                sum += wage;
                new |= self.wage(member, Date::MIN, reference) != Some(wage);
            }
        }
        sum > 82_000 * members.len() as i64 && new
    }
}
