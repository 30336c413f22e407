//! Table rows written in TOML, by column names of `TABLES.md`, with labels for people, households and facts.

use std::collections::BTreeSet;

use sanzao_ledger::tables::*;
use sanzao_model::{Day, FactId, Feed, Fen, HouseholdId, PersonId, SubjectId};
use toml::{Table as Row, Value};

/// Labels in the order of their numbers.
#[derive(Default)]
pub struct Labels {
    pub people: Vec<String>,
    pub households: Vec<String>,
    pub facts: Vec<String>,
}

pub fn bytes(label: &str) -> [u8; 16] {
    let mut out = [0; 16];
    assert!(label.len() <= 16, "label {label} is too long");
    out[..label.len()].copy_from_slice(label.as_bytes());
    out
}

fn number(labels: &mut Vec<String>, label: &str) -> u32 {
    let at = labels.iter().position(|known| known == label).unwrap_or_else(|| {
        labels.push(label.to_owned());
        labels.len() - 1
    });
    at as u32
}

struct Reader<'a> {
    table: &'a str,
    row: &'a Row,
    labels: &'a mut Labels,
    read: BTreeSet<&'static str>,
}

impl Reader<'_> {
    fn get(&mut self, column: &'static str) -> Option<&Value> {
        self.read.insert(column);
        self.row.get(column)
    }
    fn text(&mut self, column: &'static str, default: &'static str) -> &'static str {
        self.text_or_none(column).unwrap_or(default)
    }
    fn text_or_none(&mut self, column: &'static str) -> Option<&'static str> {
        self.get(column).map(|value| &*Box::leak(value.as_str().expect(column).to_owned().into_boxed_str()))
    }
    fn flag(&mut self, column: &'static str, default: bool) -> bool {
        self.get(column).map_or(default, |value| value.as_bool().expect(column))
    }
    fn long(&mut self, column: &'static str, default: i64) -> i64 {
        self.long_or_none(column).unwrap_or(default)
    }
    fn long_or_none(&mut self, column: &'static str) -> Option<i64> {
        self.get(column).map(|value| value.as_integer().expect(column))
    }
    fn short_or_none(&mut self, column: &'static str) -> Option<i32> {
        self.long_or_none(column).map(|value| value as i32)
    }
    fn day(&mut self, column: &'static str, default: &str) -> Day {
        self.day_or_none(column).unwrap_or_else(|| default.parse().unwrap())
    }
    fn day_or_none(&mut self, column: &'static str) -> Option<Day> {
        self.get(column).map(|value| value.as_str().expect(column).parse().expect(column))
    }
    fn person(&mut self, column: &'static str) -> u32 {
        let label = self.text(column, "p");
        number(&mut self.labels.people, label)
    }
    fn household(&mut self) -> u32 {
        let label = self.text("household", "h");
        number(&mut self.labels.households, label)
    }
    fn fact(&mut self, column: &'static str) -> u32 {
        let label = self.text(column, "f");
        number(&mut self.labels.facts, label)
    }
    fn fact_or_none(&mut self, column: &'static str) -> Option<u32> {
        self.text_or_none(column).map(|label| number(&mut self.labels.facts, label))
    }
    fn done(self) {
        for column in self.row.keys() {
            assert!(self.read.contains(column.as_str()), "table {} has no column {column}", self.table);
        }
    }
}

/// The tables that `root` writes; every person and household is decided but those in `context`.
pub fn tables(root: &Row) -> (Tables, Labels) {
    let mut labels = Labels::default();
    let as_of = root["as_of"].as_str().expect("as_of").parse().expect("as_of");
    let mut tables = Tables { as_of, ..Tables::default() };
    for (name, value) in root {
        if name == "as_of" || name == "context" {
            continue;
        }
        for row in value.as_array().unwrap_or_else(|| panic!("{name} is no list of rows")) {
            let row = row.as_table().expect(name);
            let mut reader = Reader { table: name, row, labels: &mut labels, read: BTreeSet::new() };
            push(&mut tables, name, &mut reader);
            reader.done();
        }
    }
    tables.people = labels.people.iter().map(|label| PersonId(bytes(label))).collect();
    tables.households = labels.households.iter().map(|label| HouseholdId(bytes(label))).collect();
    tables.person_divisions = vec!["320614102001".parse().ok(); tables.people.len()];
    tables.household_divisions = vec![None; tables.households.len()];
    let fact = |label: &String| FactRef {
        id: FactId(bytes(label)),
        feed: Feed::Registry,
        kind: "kind",
        on: tables.as_of,
    };
    tables.facts = labels.facts.iter().map(fact).collect();
    let context: Vec<&str> = match root.get("context") {
        Some(list) => list.as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect(),
        None => Vec::new(),
    };
    let decided = |labels: &[String]| -> Vec<String> {
        labels.iter().filter(|label| !context.contains(&label.as_str())).cloned().collect()
    };
    let people = decided(&labels.people).into_iter().map(|label| SubjectId::Person(PersonId(bytes(&label))));
    let households =
        decided(&labels.households).into_iter().map(|label| SubjectId::Household(HouseholdId(bytes(&label))));
    tables.subjects = people.chain(households).collect();
    (tables, labels)
}

fn push(tables: &mut Tables, name: &str, r: &mut Reader<'_>) {
    match name {
        "person" => tables.person.push(PersonRow {
            person: r.person("person"),
            household: r.household(),
            living: r.flag("living", true),
            died_on: r.day_or_none("died_on"),
            age: r.short_or_none("age"),
            in_district: r.flag("in_district", true),
            fact_registration: r.fact_or_none("fact_registration"),
            employed: r.flag("employed", false),
            has_pension: r.flag("has_pension", false),
            low_income: r.flag("low_income", false),
            fact_low_income: r.fact_or_none("fact_low_income"),
        }),
        "household" => tables.household.push(HouseholdRow {
            household: r.household(),
            members: r.long("members", 1) as i32,
            low_income: r.flag("low_income", false),
        }),
        "benefit" => tables.benefit.push(BenefitRow {
            benefit: r.text("benefit", "b").to_owned(),
            person: r.person("person"),
            household: r.household(),
            program: r.text("program", "dibao"),
            category: r.text_or_none("category"),
            monthly: Fen(r.long("monthly_fen", 0)),
            granted_on: r.day("granted_on", "2020-01-01"),
            suspended: r.flag("suspended", false),
            verified_on: r.day("verified_on", "2020-01-01"),
            fact_grant: r.fact("fact_grant"),
            fact_verification: r.fact_or_none("fact_verification"),
        }),
        "relative" => tables.relative.push(RelativeRow {
            person: r.person("person"),
            relative: r.person("relative"),
            kind: r.text("kind", "parent"),
            living: r.flag("living", true),
            died_on: r.day_or_none("died_on"),
            fact: r.fact("fact"),
            fact_death: r.fact_or_none("fact_death"),
        }),
        "death_signal" => tables.death_signal.push(DeathSignalRow {
            person: r.person("person"),
            on: r.day("on_day", "2025-01-01"),
            feed: r.text("feed", "police"),
            fact: r.fact("fact"),
        }),
        "unemployment_benefit" => tables.unemployment_benefit.push(UnemploymentBenefitRow {
            person: r.person("person"),
            event: r.text("event", "ended"),
            reason: r.text_or_none("reason"),
            on: r.day("on_day", "2025-01-01"),
            active: r.flag("active", false),
            fact: r.fact("fact"),
        }),
        _ => push_more(tables, name, r),
    }
}

fn push_more(tables: &mut Tables, name: &str, r: &mut Reader<'_>) {
    match name {
        "settlement" => tables.settlement.push(SettlementRow {
            person: r.person("person"),
            household: r.household(),
            on: r.day("on_day", "2025-01-01"),
            inpatient: r.flag("inpatient", false),
            self_paid: Fen(r.long("self_paid_fen", 0)),
            fact: r.fact("fact"),
        }),
        "visit" => tables.visit.push(VisitRow {
            person: r.person("person"),
            kind: r.text("kind", "child"),
            on: r.day("on_day", "2025-01-01"),
            fact: r.fact("fact"),
        }),
        "held_fact" => tables.held_fact.push(HeldFactRow {
            person: r.person("person"),
            feed: r.text("feed", "health"),
            on: r.day("on_day", "2025-01-01"),
            fact: r.fact("fact"),
        }),
        "pension" | "injury_nursing" => {
            let row = SpellRow {
                person: r.person("person"),
                scheme: r.text("scheme", ""),
                began_on: r.day("began_on", "2025-01-01"),
                monthly: Fen(r.long("monthly_fen", 0)),
                fact: r.fact("fact"),
            };
            if name == "pension" { tables.pension.push(row) } else { tables.injury_nursing.push(row) }
        }
        "dibao_income" => tables.dibao_income.push(DibaoIncomeRow {
            household: r.household(),
            benefit: r.text("benefit", "b").to_owned(),
            fact_grant: r.fact("fact_grant"),
            members: r.long("members", 1) as i32,
            reference_on: r.day("reference_on", "2025-01-01"),
            fact_reference: r.fact_or_none("fact_reference"),
            person: r.person("person"),
            source: r.text("source", "pension"),
            monthly: Fen(r.long("monthly_fen", 0)),
            monthly_then: r.long_or_none("monthly_then_fen").map(Fen),
            is_new: r.flag("is_new", true),
            months_insured: r.short_or_none("months_insured"),
            fact: r.fact("fact"),
        }),
        other => panic!("there is no table {other}"),
    }
}
