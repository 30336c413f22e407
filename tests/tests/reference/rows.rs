//! The ledger's tables against the reference, row by row, over random histories: also those that no rule reads.

use std::collections::BTreeMap;

use sanzao_intake::{Contract, Desk, Incoming, OrderKey, PseudonymKey, Pseudonyms, SealKey};
use sanzao_ledger::tables::{FactNo, PersonNo, Tables};
use sanzao_ledger::{Ledger, Scope};
use sanzao_model::{BenefitId, Bureau, Day, FactBatch, Feed, HouseholdId, IdNumber, Instant, PersonId};
use sanzao_tests::history::{History, Size, history};
use sanzao_tests::reference::Reference;
use serde_json::Value;

const BUREAU: Bureau = Bureau(320614);

fn key() -> PseudonymKey {
    PseudonymKey::new([0x5a; 32])
}

fn contract(feed: Feed) -> Contract {
    match feed {
        Feed::Police => sanzao_feed_police::CONTRACT,
        Feed::SocialSecurity => sanzao_feed_social_security::CONTRACT,
        Feed::Health => sanzao_feed_health::CONTRACT,
        Feed::MedicalInsurance => sanzao_feed_medical_insurance::CONTRACT,
        Feed::Registry => sanzao_feed_registry::CONTRACT,
    }
}

fn ledger(events: &[Value]) -> Ledger {
    let order = OrderKey::derive(&key());
    let mut ledger = Ledger::new(BUREAU, Box::new(move |event, sealed| order.open(event, sealed)));
    let desks = Feed::ALL.map(|feed| Desk::new(contract(feed), &key(), &SealKey::new([1; 32]), [BUREAU]));
    for (offset, event) in events.iter().enumerate() {
        let feed: Feed = event["source"].as_str().unwrap().rsplit('/').next().unwrap().parse().unwrap();
        let (value, offset) = (serde_json::to_vec(event).unwrap(), offset as u64);
        let incoming = Incoming { headers: &[], value: &value, partition: 0, offset };
        let accepted = desks[feed as usize].read(&incoming);
        let accepted = accepted.unwrap_or_else(|rejection| panic!("{rejection:?}: {event}"));
        let statements = vec![accepted.statement];
        ledger.apply(&FactBatch {
            feed,
            partition: 0,
            upto: offset + 1,
            received: Instant(0),
            statements,
            notes: Vec::new(),
        });
    }
    ledger
}

/// Leaves out what the domain does not decide: of one event id with two contents of the same time "the greater
/// content" holds, which the reference takes from the text and the ledger from the keyed hash.
fn without_ties(history: &mut History) {
    let mut first: BTreeMap<(String, String, Instant), (Value, Value)> = BTreeMap::new();
    history.events.retain(|event| {
        let time: Instant = event["time"].as_str().unwrap().parse().unwrap();
        let key = (event["source"].to_string(), event["id"].to_string(), time);
        let content = (event["type"].clone(), event["data"].clone());
        *first.entry(key).or_insert_with(|| content.clone()) == content
    });
}

/// What pseudonyms stand for.
struct Words {
    people: BTreeMap<PersonId, String>,
    households: BTreeMap<HouseholdId, String>,
    benefits: BTreeMap<BenefitId, String>,
}

impl Words {
    fn of(events: &[Value]) -> Words {
        let pseudonyms = Pseudonyms::new(&key());
        let mut words =
            Words { people: BTreeMap::new(), households: BTreeMap::new(), benefits: BTreeMap::new() };
        let mut texts = Vec::new();
        events.iter().for_each(|event| collect(&event["data"], &mut texts));
        for (field, text) in texts {
            match field.as_str() {
                "id_number" | "former_id_number" => {
                    let number = IdNumber::parse(&text).unwrap();
                    words.people.insert(pseudonyms.person(&number), number.as_str().to_owned());
                    let alone = format!("person:{}", number.as_str());
                    words.households.insert(pseudonyms.household(&alone), alone);
                }
                "household_no" => {
                    let household = format!("police:{text}");
                    words.households.insert(pseudonyms.household(&household), household);
                }
                "benefit_id" => {
                    let household = format!("program:{text}");
                    let id = pseudonyms.household(&household);
                    words.benefits.insert(BenefitId(id.0), text);
                    words.households.insert(id, household);
                }
                _ => {}
            }
        }
        words
    }
}

fn collect(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(list) => list.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Some(text) = value.as_str() {
                    found.push((name.clone(), text.to_owned()));
                }
                collect(value, found);
            }
        }
        _ => {}
    }
}

/// Rows of one batch as the reference writes them.
struct Writer<'t> {
    t: &'t Tables,
    words: &'t Words,
    lines: Vec<String>,
}

fn maybe(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl Writer<'_> {
    fn by(&self, fact: FactNo) -> String {
        let fact = &self.t.facts[fact as usize];
        format!("{}.{} {}", fact.feed, fact.kind, fact.on)
    }

    fn by_some(&self, fact: Option<FactNo>) -> String {
        fact.map(|fact| self.by(fact)).unwrap_or_default()
    }

    fn who(&self, person: PersonNo) -> &str {
        &self.words.people[&self.t.people[person as usize]]
    }

    fn household(&self, household: u32) -> &str {
        &self.words.households[&self.t.households[household as usize]]
    }

    fn benefit(&self, benefit: BenefitId) -> &str {
        &self.words.benefits[&benefit]
    }

    fn line(&mut self, table: &str, person: PersonNo, said: String) {
        let line = format!("{table} {} {said}", self.who(person));
        self.lines.push(line);
    }

    fn people(&mut self) {
        for r in &self.t.registration {
            let said = format!("{} {} {} {}", r.event, maybe(r.reason), r.on, r.in_district);
            self.line("registration", r.person, format!("{said} by {}", self.by(r.fact)));
        }
        for r in &self.t.co_residence {
            assert_eq!(r.others > 0, r.fact_other.is_some());
            assert_eq!(r.other_on, r.fact_other.map(|fact| self.t.facts[fact as usize].on));
            // Which of several others is told, the domain does not say.
            let is_the_only = r.others == 1;
            let (on, other) = (r.other_on.filter(|_| is_the_only), r.fact_other.filter(|_| is_the_only));
            let facts = format!("{}, {}", self.by(r.fact), self.by_some(other));
            self.line("co_residence", r.person, format!("{} {} by {facts}", r.others, maybe(on)));
        }
        for r in &self.t.relative {
            let said = format!(
                "{} {} missing {} custody {} {} certificate {} {} by {}, {}, {}, {}",
                self.who(r.relative),
                r.kind,
                maybe(r.missing_since),
                maybe(r.custody_since),
                maybe(r.custody_until),
                maybe(r.grade),
                maybe(r.category),
                self.by(r.fact),
                self.by_some(r.fact_missing),
                self.by_some(r.fact_custody),
                self.by_some(r.fact_certificate),
            );
            self.line("relative", r.person, said);
        }
        for r in &self.t.relative_event {
            let said = format!("{} {} {} {}", self.who(r.relative), r.kind, r.event, r.on);
            let facts = format!("{}, {}", self.by(r.fact), self.by(r.fact_relation));
            self.line("relative_event", r.person, format!("{said} by {facts}"));
        }
    }

    fn benefits(&mut self) {
        for r in &self.t.benefit {
            let list = self.by(r.fact_newest_list.unwrap_or(r.fact_grant));
            let category = self.by_some(r.fact_category);
            let said = format!("{} {} listed {}", self.benefit(r.benefit), maybe(r.category), r.listed_on);
            self.line("benefit", r.person, format!("{said} by {list}, {category}"));
        }
        for r in &self.t.household_program {
            let said = format!("{} {} by {}", r.program, r.granted_on, self.by(r.fact_grant));
            self.line("household_program", r.person, said);
        }
        for r in &self.t.ended_benefit {
            let (benefit, household) = (self.benefit(r.benefit), self.household(r.household));
            let facts = format!("{}, {}", self.by(r.fact), self.by(r.fact_list));
            let said = format!("{benefit} {household} {} {} by {facts}", r.program, r.ended_on);
            self.line("ended_benefit", r.person, said);
        }
        for r in &self.t.once_paid {
            let said = format!("{} {} {} {}", self.benefit(r.benefit), r.program, r.on, r.amount.0);
            self.line("once_paid", r.person, format!("{said} by {}", self.by(r.fact)));
        }
        for r in &self.t.refusal {
            let said = format!("{} {} {}", self.household(r.household), r.program, r.on);
            self.line("refusal", r.person, format!("{said} by {}", self.by(r.fact)));
        }
    }

    fn spells(&mut self) {
        for r in &self.t.enrolment {
            let said = format!("{} {} by {}", r.insutype, r.began_on, self.by(r.fact));
            self.line("enrolment", r.person, said);
        }
        for r in &self.t.unemployment {
            self.line("unemployment", r.person, format!("{} by {}", r.began_on, self.by(r.fact)));
        }
        for r in &self.t.missing {
            self.line("missing", r.person, format!("{} by {}", r.began_on, self.by(r.fact)));
        }
        for r in &self.t.long_term_care {
            let said = format!("{} {} {} {}", r.mode, r.began_on, r.approved_on, r.monthly.0);
            self.line("long_term_care", r.person, format!("{said} by {}", self.by(r.fact)));
        }
        for r in &self.t.custody {
            let more = match r.kind {
                Some(kind) => format!(" {kind} {} {}", maybe(r.began_on), maybe(r.expected_until)),
                None => String::new(),
            };
            self.line("custody", r.person, format!("{} {}{more} by {}", r.event, r.on, self.by(r.fact)));
        }
    }

    fn conditions(&mut self) {
        for r in &self.t.certificate {
            let household = self.household(r.household);
            let said =
                format!("{household} {} {} {} {} {}", r.category, r.grade, r.on, r.valid_until, r.valid);
            self.line("certificate", r.person, format!("{said} by {}", self.by(r.fact)));
        }
        for r in &self.t.ability {
            self.line("ability", r.person, format!("{} {} by {}", r.level, r.on, self.by(r.fact)));
        }
        for r in &self.t.diagnosis {
            self.line("diagnosis", r.person, format!("{} {} by {}", r.category, r.on, self.by(r.fact)));
        }
        for r in &self.t.stay {
            let facts = format!("{}, {}", self.by(r.fact), self.by_some(r.fact_discharge));
            self.line("stay", r.person, format!("{} {} by {facts}", r.admitted_on, r.discharged));
        }
    }

    fn events(&mut self) {
        for r in &self.t.event {
            let said = format!("{} {} {} by {}", self.household(r.household), r.event, r.on, self.by(r.fact));
            self.line("event", r.person, said);
        }
        for r in &self.t.birth {
            let said = format!("{} {} by {}", self.household(r.household), r.on, self.by(r.fact));
            self.line("birth", r.person, said);
        }
        for r in &self.t.activity_after_death {
            let said = format!("{} {} by {}", r.activity, r.began_on, self.by(r.fact));
            self.line("activity_after_death", r.person, said);
        }
        for r in &self.t.last_fact {
            self.line("last_fact", r.person, format!("{} {} by {}", r.feed, r.on, self.by(r.fact)));
        }
        for r in &self.t.quarter_fact {
            self.line("quarter_fact", r.person, format!("{} {} by {}", r.feed, r.on, self.by(r.fact)));
        }
    }

    fn money(&mut self) {
        for r in &self.t.settlement {
            self.line("settlement", r.person, format!("{} {} by {}", r.begin, r.on, self.by(r.fact)));
        }
        for r in &self.t.income {
            let said = format!("{} {} {}", self.household(r.household), r.source, r.monthly.0);
            self.line("income", r.person, format!("{said} by {}", self.by(r.fact)));
        }
        for r in &self.t.wage {
            let (household, month) = (self.household(r.household), r.month_start.month());
            let said = format!("{household} {} {month} {}", r.month_start, r.amount.0);
            self.line("wage", r.person, format!("{said} by {}", self.by(r.fact)));
        }
        for r in &self.t.income_assessment {
            let said = format!("{} {} {} {}", self.household(r.household), r.on, r.annual.0, r.property_ok);
            self.line("income_assessment", r.person, format!("{said} by {}", self.by(r.fact)));
        }
    }
}

fn rows(ledger: &Ledger, scope: &Scope, day: Day, words: &Words) -> Vec<String> {
    let tables = ledger.tables(scope, day);
    let mut writer = Writer { t: &tables, words, lines: Vec::new() };
    writer.people();
    writer.benefits();
    writer.spells();
    writer.conditions();
    writer.events();
    writer.money();
    let mut lines = writer.lines;
    lines.sort();
    lines
}

/// The events that name somebody, or nobody, for whoever reads a failure.
fn story(events: &[Value], line: &str) -> String {
    let number = line.split(' ').nth(1).unwrap();
    let old_form =
        if number.len() == 18 { format!("{}{}", &number[..6], &number[8..17]) } else { "-".into() };
    let lower = number.to_lowercase();
    let about = |event: &&Value| {
        let text = event["data"].to_string();
        let names_nobody = event["data"]["person"].is_null() && event["data"]["members"].is_null();
        names_nobody || [number, &*old_form, &*lower].iter().any(|form| text.contains(form))
    };
    let told =
        |event: &Value| format!("{} {} {} {}", event["type"], event["time"], event["id"], event["data"]);
    let mut lines: Vec<String> = events.iter().filter(about).map(told).collect();
    lines.sort();
    lines.dedup();
    lines.join("\n")
}

/// Compares one history on all its days; how many rows of each table there were.
fn compare(seed: u64, size: Size, seen: &mut BTreeMap<String, usize>) {
    let mut history = history(seed, size);
    without_ties(&mut history);
    let (reference, words) = (Reference::new(&history.events), Words::of(&history.events));
    let ledger = ledger(&history.events);
    let whole = ledger.sweep(usize::MAX).next().unwrap();
    let completeness = ledger.completeness().into_iter().map(|(feed, n, of)| (feed.to_string(), n, of));
    assert_eq!(completeness.collect::<Vec<_>>(), reference.completeness(), "seed {seed}");
    for day in &history.days {
        let (said, expected) = (rows(&ledger, &whole, Day::from(*day), &words), reference.rows(*day));
        for line in &expected {
            *seen.entry(line.split(' ').next().unwrap().to_owned()).or_default() += 1;
        }
        if said != expected {
            let missing: Vec<&String> = expected.iter().filter(|line| !said.contains(line)).collect();
            let extra: Vec<&String> = said.iter().filter(|line| !expected.contains(line)).collect();
            let story = missing.iter().chain(&extra).next().map(|line| story(&history.events, line));
            panic!(
                "seed {seed}, {day}: the ledger lacks {missing:#?}, and has {extra:#?} ({} rows, {} expected)\n{}",
                said.len(),
                expected.len(),
                story.unwrap_or_default()
            );
        }
    }
}

#[test]
fn tables_say_what_the_domain_says() {
    let seeds: u64 = std::env::var("SANZAO_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let mut seen = BTreeMap::new();
    for seed in 1..=seeds {
        let size = [Size::SMALL, Size::MEDIUM, Size::CROWD, Size::LARGE][(seed % 4) as usize];
        compare(seed, size, &mut seen);
    }
    println!("{seeds} histories, rows compared: {seen:#?}");
    let tables = [
        "ability",
        "activity_after_death",
        "benefit",
        "birth",
        "certificate",
        "co_residence",
        "custody",
        "diagnosis",
        "ended_benefit",
        "enrolment",
        "event",
        "household_program",
        "income",
        "income_assessment",
        "last_fact",
        "long_term_care",
        "missing",
        "once_paid",
        "quarter_fact",
        "refusal",
        "registration",
        "relative",
        "relative_event",
        "settlement",
        "stay",
        "unemployment",
        "wage",
    ];
    assert_eq!(seen.keys().map(String::as_str).collect::<Vec<_>>(), tables);
    assert!(seen.values().all(|count| *count >= 40), "too few rows: {seen:#?}");
}

/// What table and rest of a line say of somebody on a day, in the ledger and in the reference alike.
pub fn lines_about(events: &[Value], day: &str, table: &str, number: &str) -> Vec<String> {
    let day: jiff::civil::Date = day.parse().unwrap();
    let ledger = ledger(events);
    let whole = ledger.sweep(usize::MAX).next().unwrap();
    let said = rows(&ledger, &whole, Day::from(day), &Words::of(events));
    let expected = Reference::new(events).rows(day);
    assert_eq!(said, expected);
    let head = format!("{table} {number} ");
    said.iter().filter_map(|line| line.strip_prefix(&head)).map(str::to_owned).collect()
}
