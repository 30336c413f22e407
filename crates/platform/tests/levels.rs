//! When findings reach casework: not while a load is half done, again each day, and not at all from a rule
//! that fails.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::BTreeMap;
use std::path::Path;

use sanzao::Pipeline;
use sanzao::config::Config;
use sanzao::data_dir::DataDir;
use sanzao::stage::sent_levels;
use sanzao_discovery::Parameters;
use sanzao_journal::{NewRecord, Write};
use sanzao_model::{Bureau, Day, FactsRecord, Feed};
use sanzao_tests::document::check_character;
use serde_json::{Value, json};

struct Bench {
    pipeline: Pipeline,
    bureau: Bureau,
}

impl Bench {
    /// No feed is expected, so that none of those that these tests do without is late.
    fn open(root: &Path, rules: Option<&Path>) -> Bench {
        Bench::open_with(root, rules, 0)
    }

    fn open_with(root: &Path, rules: Option<&Path>, rhythm_days: u32) -> Bench {
        std::fs::create_dir_all(root).unwrap();
        let parameters = root.join("parameters.toml");
        std::fs::write(&parameters, with_rhythm(rhythm_days)).unwrap();
        let (rules, parameters) = (rules.map(Path::to_owned), Some(parameters));
        let config = Config { data: root.to_owned(), rules, parameters, ..Config::default() };
        let pipeline = Pipeline::open(&config, DataDir::create(root).unwrap()).unwrap();
        let bureau = pipeline.topics.bureaus()[0];
        Bench { pipeline, bureau }
    }

    fn send(&self, kind: &str, id: &str, data: &Value) {
        let (name, _) = kind.split_once('.').unwrap();
        let feed: Feed = name.parse().unwrap();
        let event = json!({"specversion": "1.0", "id": id, "source": format!("/320614/{name}"),
            "type": format!("{kind}.v1"), "time": "2026-05-10T09:00:00+08:00", "data": data});
        let records = vec![NewRecord { value: event.to_string().into_bytes(), ..NewRecord::default() }];
        let appends = vec![(self.pipeline.topics.feed(feed, 0), records)];
        self.pipeline.journal.write(Write { appends, commits: Vec::new() }).unwrap();
    }

    fn tick(&self, day: &str) {
        self.pipeline.tick(self.bureau, day.parse::<Day>().unwrap()).unwrap();
    }

    /// Works everything off with fresh owners; how many evaluations it took, and items by rule and state.
    fn work(&self) -> (u64, BTreeMap<(String, String), usize>) {
        self.pipeline.drain_intakes(&|_| {}).unwrap();
        let mut discovery = self.pipeline.discovery(self.bureau, Some("test")).unwrap();
        while discovery.step().unwrap() {}
        let mut casework = self.pipeline.casework(self.bureau, "test").unwrap();
        while casework.step().unwrap() {}
        let mut items = BTreeMap::new();
        let watched = |rule: &str| ["deceased-recipient", "child-monthly-visit"].contains(&rule);
        for item in casework.state().items().filter(|item| watched(&item.rule.0)) {
            *items.entry((item.rule.0.clone(), item.state.as_str().to_owned())).or_default() += 1;
        }
        (discovery.evaluations.0, items)
    }

    fn items(&self) -> BTreeMap<(String, String), usize> {
        self.work().1
    }

    fn died_with_an_allowance(&self) {
        self.send(
            "registry.benefit.granted",
            "g1",
            &json!({"benefit_id": "B1", "program": "old-age-allowance",
            "person": person("19400301"), "monthly_amount": 60, "on": "2026-01-01"}),
        );
        self.send(
            "health.death.certified",
            "d1",
            &json!({"person": person("19400301"), "certificate_no": "C1",
            "on": "2026-05-09"}),
        );
    }
}

fn person(born: &str) -> Value {
    let first_17 = format!("320614{born}001");
    json!({"id_number": format!("{first_17}{}", check_character(&first_17)), "name": "王一"})
}

/// The built-in numbers, with every feed expected so often.
fn with_rhythm(days: u32) -> String {
    let mut toml = Parameters::DEFAULT_TOML.to_owned();
    for feed in Feed::ALL {
        let name = format!("name = \"rhythm_{}_days\"\nvalue = ", feed.as_str().replace('-', "_"));
        let (before, after) = toml.split_once(&name).unwrap();
        let (_, rest) = after.split_once('\n').unwrap();
        toml = format!("{before}{name}{days}\n{rest}");
    }
    toml
}

fn of(rule: &str, state: &str, count: usize) -> BTreeMap<(String, String), usize> {
    BTreeMap::from([((rule.to_owned(), state.to_owned()), count)])
}

#[test]
fn half_a_load_raises_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(folder.path(), None);
    bench.tick("2026-05-31");
    let load = || "monthly".to_owned();
    bench.pipeline.append_facts(bench.bureau, &FactsRecord::LoadOpened { load: load() }).unwrap();
    bench.died_with_an_allowance();
    assert_eq!(bench.work(), (0, BTreeMap::new()), "raised before the load was closed");
    bench.pipeline.append_facts(bench.bureau, &FactsRecord::LoadClosed { load: load() }).unwrap();
    assert_eq!(bench.items(), of("deceased-recipient", "open", 1));
    // A load of records that take back what the alert rests on.
    bench.pipeline.append_facts(bench.bureau, &FactsRecord::LoadOpened { load: load() }).unwrap();
    bench.send("health.record.retracted", "x1", &json!({"retracts": "d1", "reason": "another person"}));
    assert_eq!(bench.items(), of("deceased-recipient", "open", 1));
    bench.pipeline.append_facts(bench.bureau, &FactsRecord::LoadClosed { load: load() }).unwrap();
    assert_eq!(bench.items(), of("deceased-recipient", "withdrawn", 1));
}

#[test]
fn time_alone_makes_tasks_and_days_with_a_later_one_behind_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(folder.path(), None);
    bench.send(
        "registry.benefit.granted",
        "g1",
        &json!({"benefit_id": "B1", "program": "orphan",
        "person": person("20150301"), "monthly_amount": 1500, "on": "2026-05-01"}),
    );
    bench.tick("2026-05-31");
    assert_eq!(bench.items(), of("child-monthly-visit", "due", 1));
    bench.tick("2026-06-01");
    let mut both = of("child-monthly-visit", "planned", 1);
    both.extend(of("child-monthly-visit", "missed", 1));
    assert_eq!(bench.items(), both, "May's is missed, June's is planned");
    for day in ["2026-06-02", "2026-06-03", "2026-06-04"] {
        bench.tick(day);
    }
    let (evaluations, items) = bench.work();
    assert_eq!((evaluations, items), (1, both.clone()), "three days wait: only the last is evaluated");
    bench.tick("2026-06-03");
    assert_eq!(bench.work(), (0, both), "a day that has been is no new day");
}

/// The process ends after findings were sent and before casework had read them; the next owner claims first.
#[test]
fn what_was_sent_before_a_restart_reaches_casework() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::open(folder.path(), None);
    bench.tick("2026-05-31");
    assert_eq!(bench.items(), BTreeMap::new());
    bench.died_with_an_allowance();
    bench.pipeline.drain_intakes(&|_| {}).unwrap();
    let mut discovery = bench.pipeline.discovery(bench.bureau, Some("stopped")).unwrap();
    while discovery.step().unwrap() {}
    drop(discovery);
    assert_eq!(bench.items(), of("deceased-recipient", "open", 1));
}

/// A folder with one rule: the built-in text with one condition more.
fn rules(folder: &Path, condition: &str) -> std::path::PathBuf {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../discovery/rules/deceased-recipient.sql");
    let text = std::fs::read_to_string(built_in).unwrap();
    let text = text.replace("GROUP BY d.person", &format!("WHERE {condition}\nGROUP BY d.person"));
    let rules = folder.join("rules");
    std::fs::create_dir_all(&rules).unwrap();
    std::fs::write(rules.join("deceased-recipient.sql"), text).unwrap();
    rules
}

#[test]
fn a_rule_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let bench = Bench::open(&data, Some(&rules(folder.path(), "TRUE")));
    bench.died_with_an_allowance();
    bench.tick("2026-05-31");
    let open = of("deceased-recipient", "open", 1);
    assert_eq!(bench.items(), open);
    drop(bench);

    // Division by zero as soon as there is a row.
    let fails = "1 / (length(b.program) - length(b.program)) > 0";
    let bench = Bench::open(&data, Some(&rules(folder.path(), fails)));
    bench.send("health.record.retracted", "x1", &json!({"retracts": "d1", "reason": "another person"}));
    bench.send(
        "health.death.certified",
        "d2",
        &json!({"person": person("19400301"), "certificate_no": "C2",
        "on": "2026-05-08"}),
    );
    bench.tick("2026-06-01");
    assert_eq!(bench.items(), open, "unknown is neither true nor false");
    drop(bench);

    let bench = Bench::open(&data, Some(&rules(folder.path(), "FALSE")));
    bench.tick("2026-06-02");
    assert_eq!(bench.items(), of("deceased-recipient", "withdrawn", 1));
}

/// What casework was told of suspensions: the feeds that are late.
fn late(bench: &Bench) -> Vec<String> {
    let inbox = bench.pipeline.topics.inbox(bench.bureau);
    let sent = sent_levels(bench.pipeline.journal.as_ref(), &inbox).unwrap().unwrap();
    let rules = sent.suspensions.iter().filter(|suspension| suspension.rule.0 == "deceased-recipient");
    rules.map(|suspension| suspension.feed.to_string()).collect()
}

/// The rule as if it made something of the silence of every feed.
fn rule_that_needs_all(folder: &Path) -> std::path::PathBuf {
    let rules = rules(folder, "TRUE");
    let file = rules.join("deceased-recipient.sql");
    let text = std::fs::read_to_string(&file).unwrap();
    let feeds = Feed::ALL.map(|feed| feed.as_str()).join(", ");
    let is_of_feeds = |line: &&str| line.starts_with("-- feeds:") || line.starts_with("-- also:");
    let kept: Vec<&str> = text.lines().filter(|line| !is_of_feeds(line)).collect();
    std::fs::write(&file, format!("-- feeds: {feeds}\n{}\n", kept.join("\n"))).unwrap();
    rules
}

/// Every feed has sent something; then police say nothing for longer than is expected of them.
#[test]
fn a_rule_whose_feed_is_late_is_held_back_and_catches_up() {
    let folder = tempfile::tempdir().unwrap();
    let (data, rules) = (folder.path().join("data"), rule_that_needs_all(folder.path()));
    let bench = Bench::open_with(&data, Some(&rules), 45);
    bench.died_with_an_allowance();
    bench.tick("2026-05-31");
    assert_eq!(bench.items(), BTreeMap::new(), "three feeds have never sent anything");
    assert_eq!(late(&bench), ["police", "social-security", "medical-insurance"]);

    // One after the other catches up: the alert comes with the last.
    let other = person("19500301");
    let registered = json!({"person": other, "sex": "1", "household_no": "H1", "relation_to_head": "head",
        "division_code": "320614101200", "on": "2026-05-01"});
    bench.send("police.person.registered", "p1", &registered);
    let insured = json!({"person": other, "scheme": "resident", "on": "2026-05-01"});
    bench.send("social-security.insurance.started", "s1", &insured);
    assert_eq!(bench.items(), BTreeMap::new());
    assert_eq!(late(&bench), ["medical-insurance"]);
    let enrolled = json!({"person": other, "insutype": "390", "on": "2026-05-01"});
    bench.send("medical-insurance.enrolment.started", "m1", &enrolled);
    assert_eq!(
        bench.items(),
        of("deceased-recipient", "open", 1),
        "it catches up by itself, on the same day"
    );
    assert_eq!(late(&bench), Vec::<String>::new());

    // All are of 10 May: 45 days later they are in time, a day after that they are late.
    bench.tick("2026-06-24");
    assert_eq!(bench.items(), of("deceased-recipient", "open", 1));
    assert_eq!(late(&bench), Vec::<String>::new());
    bench.send("health.record.retracted", "x1", &json!({"retracts": "d1", "reason": "another person"}));
    bench.tick("2026-06-25");
    assert_eq!(
        bench.items(),
        of("deceased-recipient", "open", 1),
        "what a late feed says, and what it does not say, changes nothing"
    );
    assert_eq!(late(&bench).len(), 5);
    // A restart does not forget who is suspended.
    assert_eq!(bench.items(), of("deceased-recipient", "open", 1));

    // What is expected is a number like any other.
    drop(bench);
    let bench = Bench::open_with(&data, Some(&rules), 60);
    assert_eq!(bench.items(), of("deceased-recipient", "withdrawn", 1));
    assert_eq!(late(&bench), Vec::<String>::new());
}
