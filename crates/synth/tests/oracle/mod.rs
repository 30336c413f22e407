//! Domain §3 and §4 once more: slow, plain, and sharing nothing with the platform or with the generator.
//! Here are facts and names; `life`, `benefit`, `household` and `money` are the terms of §3, the others
//! the rules of §4 by procedure.

#![allow(clippy::unwrap_used, reason = "a test: events here are valid")]

mod benefit;
mod entitlement;
mod help;
mod household;
mod life;
mod money;
mod quality;
mod recheck;
mod review;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::contract::id_number;

/// What an event says, with the latest statement of it.
pub struct Fact {
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

/// Low-income programs.
const LOW: [&str; 4] = ["dibao", "tekun", "dibao-edge", "rigid-spending"];
/// Household programs, the one that decides a household first.
const HOUSEHOLD: [&str; 3] = ["dibao", "dibao-edge", "rigid-spending"];
/// Child programs.
const CHILD: [&str; 3] = ["orphan", "unattended-child", "child-in-difficulty"];
/// Disability subsidies.
const SUBSIDY: [&str; 2] = ["disability-living", "disability-nursing"];

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

fn date(value: &Value) -> Date {
    value.as_str().unwrap().parse().unwrap()
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

    /// Facts of these kinds whose `person` is this one and that are not held, by age.
    fn of<'a>(&'a self, person: &str, kinds: &[&str]) -> Vec<&'a Fact> {
        let mut facts: Vec<&Fact> = self
            .facts
            .iter()
            .filter(|f| kinds.contains(&&*f.kind) && self.named(f, &f.data["person"], person) == Some(false))
            .collect();
        facts.sort_by(|a, b| a.order.cmp(&b.order));
        facts
    }

    /// Those of them in the last so many days.
    fn within<'a>(&'a self, days: i64, person: &str, kinds: &[&str]) -> Vec<&'a Fact> {
        let mut facts = self.of(person, kinds);
        facts.retain(|fact| since(fact.on, self.day) < days);
        facts
    }

    /// Everybody whom a fact names in any role.
    fn named_by(fact: &Fact) -> impl Iterator<Item = &Value> {
        let members = fact.data["members"].as_array().into_iter().flatten();
        members.chain([&fact.data["person"], &fact.data["related"]]).filter(|named| named.is_object())
    }

    fn everybody(&self) -> BTreeSet<&str> {
        let named = self.facts.iter().flat_map(World::named_by);
        named.map(|named| self.who(named["id_number"].as_str().unwrap())).collect()
    }

    /// Whether a rule holds of a person (an ID number) or a household (its key).
    pub fn holds(&self, rule: &str, subject: &str) -> bool {
        if subject.contains(':') {
            let members = self.members(subject);
            return !members.is_empty() && self.holds_of_household(rule, subject, &members);
        }
        if self.died_on(subject).is_some() {
            return match rule {
                "deceased-recipient" => !self.has(subject).is_empty(),
                "funeral-overlap" => self.funeral_overlap(subject),
                "activity-after-death" => self.activity_after_death(subject),
                _ => false,
            };
        }
        self.holds_of_living(rule, subject)
    }

    fn holds_of_household(&self, rule: &str, household: &str, members: &[&str]) -> bool {
        match rule {
            "rigid-medical-spending" => self.rigid_medical_spending(household, members),
            "exit-watch" => self.exit_watch(household, members),
            "many-disabled" => self.many_disabled(household, members),
            "breadwinner-lost" => self.breadwinner_lost(household, members),
            "newborn-not-counted" => self.newborn_not_counted(household),
            "income-above-standard" => self.income_above_standard(household, members),
            "dibao-recheck" => self.dibao_recheck(household, members),
            "rigid-spending-expiry" => self.rigid_spending_expiry(household),
            other => panic!("no such rule about households: {other}"),
        }
    }

    fn holds_of_living(&self, rule: &str, person: &str) -> bool {
        match rule {
            "deceased-recipient" | "funeral-overlap" | "activity-after-death" => false,
            "costly-hospital-stay" => self.costly_hospital_stay(person),
            "high-yearly-self-pay" => self.high_yearly_self_pay(person),
            "unemployment-benefit-exhausted" => self.unemployment_benefit_exhausted(person),
            "long-unemployed" => self.long_unemployed(person),
            "major-illness" => self.major_illness(person),
            "severe-mental-disorder" => self.severe_mental_disorder(person),
            "frail-elder-without-care" => self.frail_elder_without_care(person),
            "orphan" => self.orphan(person),
            "unattended-child" => self.unattended_child(person),
            "child-parent-event" => self.child_parent_event(person),
            "elder-living-alone" => self.elder_living_alone(person),
            "released-without-work" => self.released_without_work(person),
            "missed-disability-living" => self.missed_disability_living(person),
            "missed-disability-nursing" => self.missed_disability_nursing(person),
            "missed-old-age-allowance" => self.missed_old_age_allowance(person),
            "uninsured-recipient" => self.uninsured_recipient(person),
            "moved-out-recipient" => self.moved_out_recipient(person),
            "overlapping-benefits" => self.overlapping_benefits(person),
            "recipient-in-custody" => self.recipient_in_custody(person),
            "ageing-out" => self.has_any(person, &CHILD) && self.age(person) >= 18,
            "certificate-expired" => self.certificate_expired(person),
            "home-care-not-at-home" => self.home_care_not_at_home(person),
            "home-care-category-lost" => self.home_care_category_lost(person),
            "tekun-recheck" => self.recheck_due(person, "tekun", 12),
            "home-care-recheck" => self.recheck_due(person, "home-care", 6),
            "certificate-expiry" => self.certificate_expiry(person),
            "child-monthly-visit" => self.child_monthly_visit(person),
            "child-quarterly-comparison" | "child-half-year-sweep" => self.has_any(person, &CHILD),
            "elder-weekly-visits" => self.elder_weekly_visits(person),
            "long-silence" => self.long_silence(person),
            "name-mismatch" => self.name_mismatch(person),
            other => panic!("no such rule about people: {other}"),
        }
    }
}
