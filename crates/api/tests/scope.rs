//! What lies outside an account's scope does not exist for it: random trees of divisions, items, territories and requests,
//! held against a plain reading of what a territory means.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::time::Duration;

use platform::{Answer, Platform, vault};
use proptest::prelude::*;
use sanzao_access::{Quota, Role, Territory};
use sanzao_api::Gate;
use sanzao_model::{Division, FactId, Identity, Level, LevelState, Procedure};
use serde_json::Value;

const RULES: [(&str, Procedure); 3] = [
    ("high-yearly-self-pay", Procedure::Help),
    ("deceased-recipient", Procedure::Review),
    ("home-care-recheck", Procedure::Recheck),
];

/// The district, under all its codes.
const DISTRICT: [&str; 5] = ["320614", "320684", "329026", "320625", "322425"];

/// What a territory means, digit by digit.
fn means(prefix: &str, code: &str) -> bool {
    code.starts_with(prefix) || DISTRICT.contains(&prefix) && DISTRICT.contains(&&code[..6])
}

fn is_within(territory: &[String], code: Option<&str>) -> bool {
    code.is_some_and(|code| territory.iter().any(|prefix| means(prefix, code)))
}

#[derive(Debug, Clone)]
struct Subject {
    rule: usize,
    code: Option<String>,
    fate: Fate,
    /// Where police say that they live, later.
    moves_to: Option<Option<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Waits,
    Claimed,
    Decided,
    /// Decided, and raised again where they live by then.
    Again,
}

#[derive(Debug, Clone)]
struct Ask {
    kind: &'static str,
    division: Option<String>,
    rule: Option<usize>,
    state: Option<&'static str>,
    due_to: Option<u8>,
    limit: usize,
}

#[derive(Debug, Clone)]
struct World {
    subjects: Vec<Subject>,
    cards: Vec<(usize, usize)>,
    territories: Vec<Vec<String>>,
    asks: Vec<Ask>,
}

/// Codes of a tree with few counties, towns and villages, so that scopes cut it.
fn code() -> impl Strategy<Value = String> {
    let county = prop::sample::select(vec!["320614", "320684", "320681", "110101"]);
    (county, 100..103_u32, 1..3_u32).prop_map(|(county, town, village)| format!("{county}{town}{village:03}"))
}

fn part_of_code() -> impl Strategy<Value = String> {
    (code(), prop::sample::select(vec![2_usize, 6, 6, 8, 9, 9, 12]))
        .prop_map(|(code, digits)| code[..digits].to_owned())
}

fn subject() -> impl Strategy<Value = Subject> {
    let fate = prop_oneof![
        3 => Just(Fate::Waits), 1 => Just(Fate::Claimed), 1 => Just(Fate::Decided), 2 => Just(Fate::Again),
    ];
    let place = || prop::option::weighted(0.9, code());
    (0..RULES.len(), place(), fate, prop::option::weighted(0.3, place()))
        .prop_map(|(rule, code, fate, moves_to)| Subject { rule, code, fate, moves_to })
}

fn ask() -> impl Strategy<Value = Ask> {
    let division = prop_oneof![3 => part_of_code(), 1 => Just("none".to_owned())];
    let kind = prop_oneof![
        (
            Just("alerts"),
            prop::option::of(prop::sample::select(vec!["open", "claimed", "closed", "open,decided"]))
        ),
        (Just("tasks"), prop::option::of(prop::sample::select(vec!["planned", "due", "planned,overdue"]))),
    ];
    (
        kind,
        prop::option::of(division),
        prop::option::of(0..RULES.len()),
        prop::option::of(0..20_u8),
        1..9_usize,
    )
        .prop_map(|((kind, state), division, rule, due_to, limit)| Ask {
            kind,
            division,
            rule,
            state,
            due_to,
            limit,
        })
}

fn world() -> impl Strategy<Value = World> {
    let many = |least, most| least..most;
    (
        prop::collection::vec(subject(), many(4, 24)),
        prop::collection::vec((0..24_usize, 0..24_usize), many(0, 6)),
        prop::collection::vec(prop::collection::vec(part_of_code(), many(1, 4)), many(1, 4)),
        prop::collection::vec(ask(), many(4, 12)),
    )
        .prop_map(|(subjects, cards, territories, asks)| World { subjects, cards, territories, asks })
}

/// An alert or a task, as the whole bureau sees it.
#[derive(Debug, Clone)]
struct Known {
    path: String,
    id: String,
    person: String,
    code: Option<String>,
    rule: String,
    state: String,
}

fn identity(person: u32) -> Identity {
    Identity { name: Some(format!("欧阳{person:06}")), ..vault::identity(person) }
}

fn level(subject: &Subject, person: u32, code: Option<&str>) -> Level {
    let (rule, procedure) = RULES[subject.rule];
    let division = code.map(|code| code.parse::<Division>().unwrap());
    Level { division, ..platform::level(rule, procedure, person) }
}

fn build(world: &World) -> Platform {
    let platform = Platform::start_with(|accounts| {
        Gate::new(accounts, false).with_quota(Quota { burst: 1_000_000, per_minute: 1_000_000 })
    });
    let people = || (1..).zip(&world.subjects);
    platform.stages.keep(&people().map(|(person, _)| identity(person)).collect::<Vec<_>>());
    let first = people().map(|(person, subject)| level(subject, person, subject.code.as_deref()));
    platform.stages.levels(first.collect());
    for known in all(&platform) {
        let person = u32::from_str_radix(&known.person[..8], 16).unwrap();
        let fate = world.subjects[person as usize - 1].fate;
        if fate != Fate::Waits && known.path.starts_with("/v1/alerts") {
            assert_eq!(platform.claim(&known.path, &format!("c{person}")).status, 200);
        }
        if matches!(fate, Fate::Decided | Fate::Again) && known.path.starts_with("/v1/alerts") {
            let body = r#"{"outcome":"helped","reason":"已办"}"#;
            assert_eq!(platform.decide(&known.path, &format!("d{person}"), body).status, 200);
        }
    }
    let later = people().filter_map(|(person, subject)| {
        let code = subject.moves_to.as_ref().unwrap_or(&subject.code);
        let mut level = level(subject, person, code.as_deref());
        if subject.fate == Fate::Again
            && let LevelState::Known(findings) = &mut level.state
        {
            let mut fact = [9; 16];
            fact[..4].copy_from_slice(&person.to_be_bytes());
            findings[0].evidence[0].fact = FactId(fact);
        }
        (subject.fate == Fate::Again || subject.moves_to.is_some()).then_some(level)
    });
    platform.stages.levels(later.collect());
    let items = all(&platform);
    for (at, (one, other)) in world.cards.iter().enumerate() {
        let (one, other) = (&items[one % items.len()], &items[other % items.len()]);
        // Some are refused: who is on a card stands there already, or it is the same.
        platform.act(&one.path, &format!("g{at}"), &format!(r#"{{"act":"group","with":"{}"}}"#, other.id));
    }
    // Departments are asked for every task.
    let ask = r#"{"questions":["registration-and-living"],"deadline":"2025-06-19"}"#;
    for task in items.iter().filter(|item| item.path.contains("/tasks/")) {
        let told = platform.send_by("operator", "POST", &format!("{}/verification", task.path), Some(ask));
        assert_eq!(told.status, 200, "{told:?}");
    }
    platform
}

fn all(platform: &Platform) -> Vec<Known> {
    let mut all = Vec::new();
    for kind in ["alerts", "tasks"] {
        let page = platform.get(&format!("/v1/{kind}?limit=500")).json();
        for item in page["items"].as_array().unwrap() {
            let text = |name: &str| item[name].as_str().unwrap().to_owned();
            all.push(Known {
                path: format!("/v1/{kind}/{}", text("id")),
                id: text("id"),
                person: item["people"][0]["id"].as_str().unwrap().to_owned(),
                code: item["division"].as_str().map(str::to_owned),
                rule: text("rule"),
                state: text("state"),
            });
        }
    }
    all
}

/// One account's view.
struct View<'a> {
    platform: &'a Platform,
    bearer: String,
    territory: &'a [String],
    items: &'a [Known],
    /// What no answer may hold.
    secrets: BTreeSet<String>,
}

impl<'a> View<'a> {
    fn new(platform: &'a Platform, items: &'a [Known], at: usize, territory: &'a [String]) -> View<'a> {
        let name = format!("scoped{at}");
        let prefixes = territory.iter().map(|prefix| prefix.parse().unwrap()).collect();
        platform.add_account(&name, &[Role::Caseworker, Role::Supervisor], Territory::Divisions(prefixes));
        let mut secrets = BTreeSet::new();
        let (inside, outside): (Vec<_>, Vec<_>) =
            items.iter().partition(|item| is_within(territory, item.code.as_deref()));
        let seen: BTreeSet<&str> = inside.iter().map(|item| item.person.as_str()).collect();
        for item in outside {
            secrets.insert(item.id.clone());
            if !seen.contains(item.person.as_str()) {
                let person = identity(u32::from_str_radix(&item.person[..8], 16).unwrap());
                secrets.extend([item.person.clone(), person.number.clone()]);
                secrets.insert(person.name.unwrap().to_string());
            }
        }
        View { platform, bearer: platform.bearer(&name), territory, items, secrets }
    }

    fn sees(&self, item: &Known) -> bool {
        is_within(self.territory, item.code.as_deref())
    }

    fn ask(&self, method: &str, path: &str, body: Option<&str>) -> Answer {
        let key = [
            ("authorization", self.bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", "scoped"),
            ("if-match", "*"),
        ];
        let answer = self.platform.send(method, path, &key, body.map(str::as_bytes));
        self.check(path, &answer.text);
        answer
    }

    fn check(&self, what: &str, text: &str) {
        for secret in &self.secrets {
            assert!(!text.contains(secret), "{what} tells {secret} to {:?}: {text}", self.territory);
        }
    }

    /// Asks for something outside and for something that is nowhere: not a byte tells them apart.
    fn is_nowhere(&self, method: &str, outside: &str, nowhere: &str, body: Option<&str>) {
        let [outside, nowhere] = [outside, nowhere].map(|path| {
            let mut answer = self.ask(method, path, body);
            for varies in ["x-request-id", "date"] {
                answer.headers.remove(varies);
            }
            answer
        });
        nowhere.is_problem(404, "not-found");
        let parts = |answer: &Answer| (answer.status, answer.text.clone(), format!("{:?}", answer.headers));
        assert_eq!(parts(&outside), parts(&nowhere));
    }
}

fn query(ask: &Ask) -> String {
    let mut query = format!("/v1/{}?limit={}", ask.kind, ask.limit);
    if let Some(division) = &ask.division {
        query += &format!("&division={division}");
    }
    if let Some(rule) = ask.rule {
        query += &format!("&rule={}", RULES[rule].0);
    }
    if let Some(state) = ask.state {
        query += &format!("&state={state}");
    }
    if let Some(day) = ask.due_to {
        query += &format!("&due_to=2025-06-{:02}", 12 + day % 18);
    }
    query
}

/// All pages.
fn walk(path: &str, ask: impl Fn(&str) -> Answer) -> Vec<Value> {
    let (mut path, mut found) = (path.to_owned(), Vec::new());
    loop {
        let answer = ask(&path);
        assert_eq!(answer.status, 200, "{path} {answer:?}");
        found.extend(answer.json()["items"].as_array().unwrap().clone());
        let link = answer.header("link");
        if link.is_empty() {
            return found;
        }
        path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    }
}

fn id(item: &Value) -> &str {
    item["id"].as_str().unwrap()
}

/// What the whole bureau lists, of items that the account sees.
fn lists(view: &View<'_>, asks: &[Ask]) {
    let codes: BTreeMap<&str, &Known> = view.items.iter().map(|item| (item.id.as_str(), item)).collect();
    for ask in asks {
        let path = query(ask);
        let whole = walk(&path, |path| view.platform.get(path));
        let expected: Vec<&str> = whole.iter().map(id).filter(|id| view.sees(codes[id])).collect();
        let found = walk(&path, |path| view.ask("GET", path, None));
        assert_eq!(found.iter().map(id).collect::<Vec<_>>(), expected, "{path} {:?}", view.territory);
        // A cursor of somebody who sees more leads to no more.
        if let Some(cursor) = view.platform.get(&path).json()["next"].as_str() {
            view.ask("GET", &format!("{path}&cursor={cursor}"), None);
        }
    }
    for item in view.items {
        for filter in [format!("person={}", item.person), format!("card={}", item.id)] {
            for kind in ["alerts", "tasks"] {
                for found in walk(&format!("/v1/{kind}?{filter}"), |path| view.ask("GET", path, None)) {
                    assert!(view.sees(codes[id(&found)]));
                }
            }
        }
    }
}

fn details_and_acts(view: &View<'_>) {
    let inside = view.items.iter().find(|item| view.sees(item));
    let nowhere = "e".repeat(32);
    for item in view.items {
        let kind = item.path.split('/').nth(2).unwrap();
        if view.sees(item) {
            assert_eq!(view.ask("GET", &item.path, None).status, 200);
            continue;
        }
        let elsewhere = format!("/v1/{kind}/{nowhere}");
        view.is_nowhere("GET", &item.path, &elsewhere, None);
        let acts = |path: &str| format!("{path}/acts");
        for body in
            [r#"{"act":"claim"}"#, r#"{"act":"comment","text":"好"}"#, r#"{"act":"group","with":null}"#]
        {
            view.is_nowhere("POST", &acts(&item.path), &acts(&elsewhere), Some(body));
        }
        // Nor can one of theirs be put on a card with it.
        if let Some(inside) = inside {
            let group = |with: &str| {
                let body = format!(r#"{{"act":"group","with":"{with}"}}"#);
                let answer = view.ask("POST", &acts(&inside.path), Some(&body));
                (answer.status, answer.text)
            };
            let refused = group(&item.id);
            assert_eq!(refused, group(&nowhere));
            assert!(refused.0 == 404 || refused.0 == 403, "{refused:?}");
        }
    }
}

fn counts(view: &View<'_>) {
    let mut rules: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut towns: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for item in view.items.iter().filter(|item| view.sees(item)) {
        *rules.entry((&item.rule, &item.state)).or_default() += 1;
        *towns.entry((&item.code.as_ref().unwrap()[..9], &item.state)).or_default() += 1;
    }
    let told = view.ask("GET", "/v1/statistics", None).json();
    let list = |name: &str| told[name].as_array().unwrap().clone();
    let text = |count: &Value, name: &str| count[name].as_str().unwrap().to_owned();
    let counted: BTreeMap<_, _> = list("rules")
        .iter()
        .map(|count| ((text(count, "rule"), text(count, "state")), count["count"].as_u64().unwrap()))
        .collect();
    let owned = |counts: &BTreeMap<(&str, &str), u64>| -> BTreeMap<(String, String), u64> {
        counts
            .iter()
            .map(|((one, other), count)| (((*one).to_owned(), (*other).to_owned()), *count))
            .collect()
    };
    assert_eq!(counted, owned(&rules), "{:?}", view.territory);
    let expected = owned(&towns);
    assert_eq!(list("towns").len(), expected.len(), "{told} {:?}", view.territory);
    for count in list("towns") {
        let really = expected[&(text(&count, "town"), text(&count, "state"))];
        assert!(count["count"].is_null() || count["count"] == really, "{count} {really}");
    }
    assert_eq!(told["unknown"], serde_json::json!([]));
}

/// What happened to items that the account sees, and that lay within its scope then, as a list and as a stream.
fn changes(view: &View<'_>) {
    let codes: BTreeMap<&str, &Known> = view.items.iter().map(|item| (item.id.as_str(), item)).collect();
    let whole = walk("/v1/changes?limit=500", |path| view.platform.get(path));
    let is_told = |event: &&Value| {
        view.sees(codes[event["subject"].as_str().unwrap()])
            && is_within(view.territory, event["data"]["division"].as_str())
    };
    let expected: Vec<&str> = whole.iter().filter(is_told).map(id).collect();
    let found = walk("/v1/changes?limit=3", |path| view.ask("GET", path, None));
    assert_eq!(found.iter().map(id).collect::<Vec<_>>(), expected);

    let request = ureq::http::Request::builder()
        .uri(format!("http://{}/v1/changes", view.platform.address))
        .header("authorization", &view.bearer)
        .header("accept", "text/event-stream");
    let timeout = Some(Duration::from_secs(30));
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_recv_body(timeout).build().into();
    let body = agent.run(request.body(()).unwrap()).unwrap().into_body();
    let lines = BufReader::new(body.into_reader()).lines();
    let mut events = lines.filter_map(|line| {
        let line = line.unwrap();
        view.check("stream", &line);
        line.strip_prefix("data: ").map(|text| serde_json::from_str::<Value>(text).unwrap())
    });
    let streamed: Vec<Value> = events.by_ref().take(expected.len()).collect();
    assert_eq!(streamed, found);
}

/// Files of lists, cards, and what departments were asked: whatever is asked, `View::check` looks at the answer.
fn exports_and_cards(view: &View<'_>) {
    for kind in ["alerts", "tasks"] {
        let csv = view.ask("GET", &format!("/v1/{kind}/export?format=csv"), None);
        assert_eq!(csv.status, 200, "{csv:?}");
        let is_of_kind = |item: &&Known| item.path.starts_with(&format!("/v1/{kind}/"));
        for item in view.items.iter().filter(is_of_kind).filter(|item| view.sees(item)) {
            assert!(csv.text.contains(&item.id), "{} is missing: {}", item.id, csv.text);
        }
    }
    for item in view.items {
        view.ask("GET", &format!("/v1/cards/{}", item.id), None);
    }
    let asked = view.ask("GET", "/v1/verifications?limit=200", None);
    let count = asked.json()["items"].as_array().unwrap().len();
    let seen = view.items.iter().filter(|item| view.sees(item) && item.path.contains("/tasks/")).count();
    assert_eq!(count, seen, "each task was asked for: {asked:?}");
    for (path, status) in [("/v1/outcomes", 403), ("/v1/views", 200)] {
        assert_eq!(view.ask("GET", path, None).status, status, "{path}");
    }
}

fn people(view: &View<'_>) {
    let seen: BTreeSet<&str> =
        view.items.iter().filter(|item| view.sees(item)).map(|item| item.person.as_str()).collect();
    let nowhere = "e".repeat(32);
    let purpose = r#"{"purpose":"核对"}"#;
    let all: BTreeSet<_> = view.items.iter().map(|item| item.person.as_str()).collect();
    for (at, person) in all.into_iter().enumerate() {
        let is_seen = seen.contains(person);
        let identity = identity(u32::from_str_radix(&person[..8], 16).unwrap());
        // Each by something else: a search takes its time, because it is on record twice.
        let words = [
            ("id_number", identity.number.as_str()),
            ("name", identity.name.as_deref().unwrap()),
            ("phone", identity.phone.as_deref().unwrap()),
        ];
        for (by, value) in words.into_iter().cycle().skip(at).take(1) {
            let body = format!(r#"{{"purpose":"核对","{by}":"{value}"}}"#);
            let found = view.ask("POST", "/v1/people/search", Some(&body)).json();
            let found = found["people"].as_array().unwrap().iter().any(|found| found["person"] == person);
            assert_eq!(found, is_seen, "{by}");
        }
        let path = |person: &str| format!("/v1/people/{person}/reveal");
        if is_seen {
            assert_eq!(
                view.ask("POST", &path(person), Some(purpose)).json()["numbers"][0]["value"],
                identity.number
            );
        } else {
            view.is_nowhere("POST", &path(person), &path(&nowhere), Some(purpose));
            let erase = |person: &str| format!("/v1/people/{person}/erase");
            view.is_nowhere("POST", &erase(person), &erase(&nowhere), Some(purpose));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_outside_the_scope_is_in_any_answer(world in world()) {
        let platform = build(&world);
        let items = all(&platform);
        let inbox = platform.stages.inbox();
        for (at, territory) in world.territories.iter().enumerate() {
            let view = View::new(&platform, &items, at, territory);
            lists(&view, &world.asks);
            exports_and_cards(&view);
            counts(&view);
            changes(&view);
            people(&view);
            details_and_acts(&view);
        }
        prop_assert_eq!(platform.stages.inbox(), inbox, "nothing was done to what lies outside");
    }
}

#[test]
fn the_plain_reading_is_what_it_should_be() {
    assert!(means("320614", "320684100001") && means("3206", "320681100001"));
    assert!(!means("320614", "320681100001") && !means("320614100", "320684100001"));
    assert!(!is_within(&["32".to_owned()], None));
}
