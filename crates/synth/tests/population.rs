//! Who the ordinary people are: an aged district in the proportions of the census and of the bureau's report,
//! with everything that makes people hard to join. It counts lines, and knows nothing of how they are made.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use jiff::civil::Date;
use sanzao_synth::{District, Error, Line, generate};
use serde_json::Value;

/// A year of a town of 40,000, made once for all tests.
static TOWN: LazyLock<Vec<Event>> = LazyLock::new(|| events(&District::new(PEOPLE, 12, 3)));
const PEOPLE: u32 = 40_000;

struct Event {
    kind: String,
    time: Date,
    data: Value,
}

impl Event {
    fn text(&self, key: &str) -> &str {
        self.data[key].as_str().unwrap_or_default()
    }

    fn id(&self) -> &str {
        self.data["person"]["id_number"].as_str().unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.data["person"]["name"].as_str().unwrap_or_default()
    }

    fn on(&self) -> Date {
        self.text("on").parse().expect("a day")
    }
}

/// The ordinary people's valid events.
fn events(district: &District) -> Vec<Event> {
    let mut events = Vec::new();
    let mut keep = |line: Line| {
        if line.valid && line.json.contains("\"id\":\"a") {
            let mut event: Value = serde_json::from_str(&line.json).expect("valid lines are JSON");
            let text = |key: &str| event[key].as_str().expect("valid lines have it");
            let time = text("time")[..10].parse().expect("valid lines have a time");
            let kind = text("type").trim_end_matches(".v1").to_owned();
            events.push(Event { kind, time, data: event["data"].take() });
        }
        Ok::<(), Error>(())
    };
    generate(district, &mut keep, &mut |_| ()).expect("a possible district");
    events
}

fn of(kind: &str) -> impl Iterator<Item = &'static Event> {
    TOWN.iter().filter(move |event| event.kind == kind)
}

/// Those registered before the window: household number → ID numbers.
fn households() -> HashMap<&'static str, BTreeSet<&'static str>> {
    let mut households: HashMap<_, BTreeSet<_>> = HashMap::new();
    for event in of("police.person.registered").filter(|event| event.text("on") < "2025-07-01") {
        households.entry(event.text("household_no")).or_default().insert(event.id());
    }
    households
}

/// The age on 1 July 2025, where the number tells it.
fn age(id: &str) -> Option<i32> {
    let birth: i32 = id.get(6..14).filter(|_| id.len() == 18)?.parse().ok()?;
    Some((20_250_701 - birth) / 10_000)
}

#[test]
fn every_event_type_occurs() {
    let kinds: HashSet<&str> = TOWN.iter().map(|event| event.kind.as_str()).collect();
    for contract in [
        sanzao_feed_police::CONTRACT,
        sanzao_feed_social_security::CONTRACT,
        sanzao_feed_health::CONTRACT,
        sanzao_feed_medical_insurance::CONTRACT,
        sanzao_feed_registry::CONTRACT,
    ] {
        let feed = contract.feed.as_str();
        for name in contract.events.iter().map(|event| event.name).chain(["record.retracted"]) {
            assert!(kinds.contains(&*format!("{feed}.{name}")), "nobody sent {feed}.{name}");
        }
    }
}

#[test]
fn ages_and_households_are_those_of_the_census() {
    let households = households();
    let (collective, family): (Vec<_>, Vec<_>) = households.values().partition(|people| people.len() > 20);
    let people = family.iter().map(|people| people.len()).sum::<usize>() as f64;
    let all: Vec<&str> = households.values().flatten().copied().collect();
    let share = |is: &dyn Fn(&str) -> bool| all.iter().filter(|id| is(id)).count() as f64 / all.len() as f64;
    let aged = |from: i32, to: i32| share(&|id| age(id).is_some_and(|age| (from..to).contains(&age)));
    let alone = family.iter().filter(|people| people.len() == 1 && age(people.first().unwrap()) >= Some(60));
    for (what, found, expected, slack) in [
        ("people of a family household", people / family.len() as f64, 2.22, 0.12),
        ("0 to 14", aged(0, 15), 0.109, 0.02),
        ("15 to 59", aged(15, 60), 0.583, 0.03),
        ("60 and older", aged(60, 200), 0.308, 0.02),
        ("65 and older", aged(65, 200), 0.231, 0.02),
        ("men", share(&|id| id.len() == 18 && id.as_bytes()[16] % 2 == 1), 0.489, 0.012),
        ("80 and older, by the bureau's allowance", aged(80, 200), 0.058, 0.008),
        ("households of an elder alone", alone.count() as f64 / family.len() as f64, 0.11, 0.03),
        ("people in collective households", 1.0 - people / all.len() as f64, 0.018, 0.013),
    ] {
        println!("{what}: {found:.4}, expected {expected}");
        assert!((found - expected).abs() < slack, "{what}: {found:.4}, expected {expected}");
    }
    assert!(collective.len() > 3, "{} collective households", collective.len());
}

#[test]
fn programs_have_the_figures_of_the_bureaus_report() {
    let mut grants: BTreeMap<&str, HashMap<&str, usize>> = BTreeMap::new();
    let mut ended = HashSet::new();
    for event in TOWN.iter() {
        match event.kind.as_str() {
            "registry.benefit.granted" => {
                let people = event.data["members"].as_array().map_or(1, Vec::len);
                grants.entry(event.text("program")).or_default().insert(event.text("benefit_id"), people);
            }
            "registry.benefit.ended" => drop(ended.insert(event.text("benefit_id"))),
            _ => {}
        }
    }
    for (program, per_million) in [
        ("dibao", 4_887.0),
        ("tekun", 889.0),
        ("old-age-allowance", 57_622.0),
        ("disability-living", 10_413.0),
        ("disability-nursing", 10_854.0),
        ("care-visit", 2_984.0),
        ("temporary-aid", 190.0),
    ] {
        let active = grants[program].iter().filter(|(benefit, _)| !ended.contains(*benefit));
        let found = active.map(|(_, people)| people).sum::<usize>() as f64 * 1e6 / f64::from(PEOPLE);
        println!("{program}: {found:.0} per million, {per_million:.0} reported");
        // Three deviations of a count of households of two, and one in eight.
        let slack = 0.125 + 3.0 * (2.0 * 1e6 / (per_million * f64::from(PEOPLE))).sqrt();
        assert!((found / per_million - 1.0).abs() < slack, "{program}: {found} instead of {per_million}");
    }
    let children: usize = ["orphan", "unattended-child", "child-in-difficulty"]
        .map(|p| grants.get(p).map_or(0, HashMap::len))
        .iter()
        .sum();
    assert!((1..=20).contains(&children), "{children} children, 7 expected");
    let visits: HashSet<&str> = of("registry.visit.recorded").map(|event| event.text("visit_id")).collect();
    let visits = visits.len() as f64 / f64::from(PEOPLE);
    assert!((0.4..0.85).contains(&visits), "{visits} visits a person and year, 0.62 reported");
}

#[test]
fn deaths_are_known_late_and_not_to_everybody() {
    let mut knows: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    let mut late = 0;
    for event in TOWN.iter() {
        let death = match event.kind.as_str() {
            "police.registration.cancelled" => {
                event.text("reason") == "death" && event.text("on") > "2025-07"
            }
            kind => ["health.death.certified", "registry.cremation.recorded"].contains(&kind),
        };
        if death {
            knows.entry(event.id()).or_default().insert(&event.kind);
            late += u32::from(event.time.duration_since(event.on()).as_hours() > 65 * 24);
        }
    }
    let one = knows.values().filter(|sources| sources.len() == 1).count();
    let police = knows.values().filter(|sources| sources.contains("police.registration.cancelled")).count();
    println!(
        "{} deaths, {one} known to one source, {police} to the police, {late} recorded late",
        knows.len()
    );
    let rate = knows.len() as f64 / f64::from(PEOPLE);
    assert!((0.007..0.013).contains(&rate), "{rate} die in a year");
    assert!(one * 20 > knows.len() && one * 3 < knows.len(), "{one} of {} known to one source", knows.len());
    assert!(police * 10 < knows.len() * 9 && police * 10 > knows.len() * 6);
    assert!(late > 2, "{late} recorded after 65 days");
}

#[test]
fn names_and_documents_are_of_every_awkward_kind() {
    let names: HashSet<&str> = of("police.person.registered").map(Event::name).collect();
    for part in ["𠮷", "㛃", "𬭎", "·", " ", "欧阳", "上官"] {
        assert!(names.iter().any(|name| name.contains(part)), "nobody's name has {part:?}");
    }
    let elsewhere: HashSet<&str> = TOWN.iter().map(Event::name).collect();
    assert!(elsewhere.iter().any(|name| name.contains('•')), "nobody writes a dot in another way");
    let ids: HashSet<&str> = TOWN.iter().map(Event::id).collect();
    for (what, is) in [
        ("a 15-digit number", (|id| id.len() == 15 && id.starts_with("32")) as fn(&str) -> bool),
        ("a small x", |id| id.ends_with('x')),
        ("a residence permit", |id| ["81", "82", "83"].iter().any(|form| id.starts_with(form))),
        ("a foreigner's card of 2023", |id| id.len() == 18 && id.starts_with('9')),
        ("a foreigner's card of 2017", |id| id.as_bytes().first().is_some_and(u8::is_ascii_uppercase)),
        ("the prefix 322425", |id| id.starts_with("322425")),
        ("the prefix 329026", |id| id.starts_with("329026")),
        ("the prefix 320614", |id| id.starts_with("320614")),
    ] {
        assert!(ids.iter().any(|id| is(id)), "nobody has {what}");
    }
    assert!(of("police.identity.corrected").count() > 3);
    for event in of("police.identity.corrected") {
        assert_ne!(event.id(), event.text("former_id_number"));
    }
}

#[test]
fn families_in_difficulty_are_there() {
    let disabled: HashSet<&str> = of("registry.disability.certified").map(Event::id).collect();
    let several = |people: &&BTreeSet<&str>| people.iter().filter(|id| disabled.contains(*id)).count() > 1;
    let families = households();
    let several = families.values().filter(|people| people.len() <= 20).filter(several).count();
    assert!(several > 20, "{several} families with several disabled");
    let parents: HashSet<&str> = of("police.relation.recorded")
        .filter(|event| event.text("kind") == "parent")
        .filter_map(|event| event.data["related"]["id_number"].as_str())
        .collect();
    let held = of("police.custody.started").filter(|event| parents.contains(event.id())).count();
    assert!(held > 2, "{held} parents in custody");
    let born = of("health.birth.certified").map(|event| event.name()).collect::<HashSet<_>>().len();
    let registered = of("police.person.registered").map(Event::id).collect::<HashSet<_>>();
    let babies = registered.iter().filter(|id| id.get(6..14).is_some_and(|birth| birth > "20250701")).count();
    println!(
        "{several} families with several disabled, {held} parents in custody, {born} births, {babies} registered"
    );
    assert!(born > babies && babies * 2 > born, "{babies} of {born} newborn are registered");
    let within =
        of("police.household.moved").filter(|event| event.text("division_code").starts_with("320614"));
    let (within, all) = (within.count(), of("police.household.moved").count());
    assert!(within > 20 && all > within, "{within} of {all} move within the district");
    let into = of("police.person.registered")
        .filter(|event| event.text("on") >= "2025-07-01" && age(event.id()).is_some_and(|age| age > 1));
    assert!(into.count() > 10, "nobody moves into the district");
}

#[test]
fn lines_come_roughly_in_the_order_of_their_time() {
    let (mut latest, mut early, mut last_day) = (HashMap::new(), 0, 0);
    let end = TOWN.iter().map(|event| event.time).max().expect("a town has events");
    for event in TOWN.iter() {
        let feed = event.kind.split('.').next().unwrap();
        let latest = latest.entry(feed).or_insert(event.time);
        *latest = event.time.max(*latest);
        early += usize::from(latest.duration_since(event.time).as_hours() > 24);
        last_day += usize::from(event.time == end);
    }
    assert!(early * 100 < TOWN.len() * 6, "{early} of {} come more than a day after a later one", TOWN.len());
    assert!(early * 100 > TOWN.len() * 2, "only {early} of {} come late", TOWN.len());
    assert!(last_day * 100 < TOWN.len(), "{last_day} of {} are of the last day", TOWN.len());
}
