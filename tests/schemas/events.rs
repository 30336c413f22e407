//! `schemas/events` against what the platform emits: every byte of it is as described, and every word of the code
//! is in the schemas and the reverse.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[path = "../../crates/intake/tests/contract/mod.rs"]
mod contract;
mod emitted;
#[path = "../../crates/api/tests/platform/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "each test file uses its part of the platform")]
mod platform;
#[path = "../../crates/intake/tests/sample/mod.rs"]
mod sample;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use contract::table as tables;
use emitted::{CLOSED, ENVELOPE, all, examples, faults, folder, json_of, text_of};
use sample::{desk, incoming};
use sanzao_exchange::{
    PersonIdentity, Question, Record, RecordResult, RequestId, RequestState, ResultId, Verdict,
    VerificationRequest, asked_event, cancelled_event,
};
use sanzao_intake::Code;
use sanzao_model::{
    Day, EventTag, EvidenceRole, FactId, Feed, IdNumber, Instant, ItemId, NoticeMeans, Outcome, PersonId,
    Place, Procedure, Receipt, ReceiptBatch, ReceiptOutcome, Rejection, ReportSource, Sensitivity, Warning,
};
use sanzao_readmodel::StateName;
use serde_json::{Value, json};

const RECEIVED: Instant = Instant(1_781_000_000_123_000_000);

/// The words that a schema lists at a place.
fn words(schema: &Value, pointer: &str) -> BTreeSet<String> {
    let place = schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer} is not there"));
    let listed = place["oneOf"].as_array().or(place["enum"].as_array()).expect("a list of words");
    let word = |entry: &Value| entry.get("const").unwrap_or(entry).as_str().expect("a word").to_owned();
    let words: BTreeSet<_> = listed.iter().map(word).collect();
    assert_eq!(words.len(), listed.len(), "{pointer} lists a word twice");
    let is_explained = |entry: &Value| entry["title"].as_str().is_none_or(|title| !title.is_ascii());
    assert!(listed.iter().all(is_explained), "{pointer}: a word is not explained in Chinese");
    words
}

fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    texts.into_iter().map(str::to_owned).collect()
}

/// The event types that the code knows: those of changes are in the description of the API.
fn event_types() -> BTreeSet<String> {
    let api: Value = serde_json::from_str(&sanzao_api::openapi()).unwrap();
    let mut types = words(&api, "/components/schemas/ChangeEvent/properties/type");
    let rejection = rejections().into_values().next().unwrap();
    let exchanged = [result(Verdict::Wrong).to_bytes(), asked(Question::AbilityAndStay)];
    for bytes in
        exchanged.into_iter().chain([rejection.to_bytes(), batch(vec![receipt(&rejection)]).to_bytes()])
    {
        types.insert(document(&bytes)["type"].as_str().unwrap().to_owned());
    }
    types
}

#[test]
fn every_event_type_has_a_schema_and_every_schema_an_event_type() {
    let expected: BTreeSet<_> = event_types();
    assert_eq!(expected.len(), 22);
    let mut found = BTreeSet::new();
    for (name, schema) in all() {
        assert!(jsonschema::meta::is_valid(&schema), "{name} is no schema");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(
            schema["description"].as_str().is_some_and(|text| !text.is_ascii()),
            "{name} is not described"
        );
        let Some(event) = name.strip_suffix(".v1.json") else {
            assert!(["common.json", "envelope.json"].contains(&name.as_str()), "{name}");
            assert_eq!(schema["$id"], format!("urn:sanzao:events:{}", name.strip_suffix(".json").unwrap()));
            continue;
        };
        assert_eq!(schema["$id"], format!("urn:sanzao:events:{event}:v1"));
        found.insert(format!("sanzao.{event}.v1"));
    }
    assert_eq!(found, expected);
    let envelope = json_of(&folder().join("envelope.json"));
    assert_eq!(words(&envelope, "/properties/type"), expected);
}

/// Each field of a schema, at whatever depth.
fn fields<'a>(schema: &'a Value, found: &mut Vec<(&'a str, &'a Value)>) {
    if schema["type"] == "object"
        && let Some(properties) = schema["properties"].as_object()
    {
        found.extend(properties.iter().map(|(name, field)| (name.as_str(), field)));
    }
    let children = schema.as_object().into_iter().flat_map(|entries| entries.values());
    children.chain(schema.as_array().into_iter().flatten()).for_each(|child| fields(child, found));
}

#[test]
fn every_field_is_described_in_chinese() {
    for (file, schema) in all() {
        let mut found = Vec::new();
        fields(&schema, &mut found);
        for (name, field) in found {
            let description = field["description"].as_str().or(field["$ref"].as_str());
            assert!(
                description.is_some_and(|text| !text.is_ascii() || text.contains("#/$defs/")),
                "{file} {name}"
            );
        }
    }
}

/// Every outcome; another one does not compile here.
fn outcomes() -> Vec<Outcome> {
    let all = [Outcome::Helped, Outcome::NotEligible, Outcome::WrongData, Outcome::NoAction];
    for outcome in all {
        match outcome {
            Outcome::Helped | Outcome::NotEligible | Outcome::WrongData | Outcome::NoAction => {}
        }
    }
    all.to_vec()
}

/// Every way to tell a family; another one does not compile here.
fn notice_means() -> Vec<NoticeMeans> {
    let all = [NoticeMeans::InPerson, NoticeMeans::Post, NoticeMeans::Phone, NoticeMeans::PublicNotice];
    for means in all {
        match means {
            NoticeMeans::InPerson | NoticeMeans::Post | NoticeMeans::Phone | NoticeMeans::PublicNotice => {}
        }
    }
    all.to_vec()
}

/// Everybody outside who may tell of something; another one does not compile here.
fn report_sources() -> Vec<ReportSource> {
    let all =
        [ReportSource::Resident, ReportSource::VillageAide, ReportSource::Hotline, ReportSource::Office];
    for source in all {
        match source {
            ReportSource::Resident
            | ReportSource::VillageAide
            | ReportSource::Hotline
            | ReportSource::Office => {}
        }
    }
    all.to_vec()
}

/// As they are written.
fn written(words: Vec<impl serde::Serialize>) -> BTreeSet<String> {
    let text = |word| serde_json::to_value(word).unwrap().as_str().unwrap().to_owned();
    words.into_iter().map(text).collect()
}

#[test]
fn the_words_of_schemas_and_code_are_the_same() {
    let common = json_of(&folder().join("common.json"));
    let of = |pointer: &str| words(&common, &format!("/$defs/{pointer}"));
    assert_eq!(of("feed"), texts(Feed::ALL.map(Feed::as_str)));
    assert_eq!(of("code"), texts(Code::ALL.iter().map(|code| code.as_str())));
    assert_eq!(of("warning"), texts(Warning::ALL.map(Warning::as_str)));
    let roles = [EvidenceRole::Context, EvidenceRole::Link, EvidenceRole::Trigger];
    assert_eq!(of("fact/properties/role"), texts(roles.map(EvidenceRole::as_str)));
    assert_eq!(of("reopening/properties/cause"), texts(["new-evidence", "expired", "asked"]));
    let item = |name: &str| of(&format!("item/properties/{name}"));
    assert_eq!(item("procedure"), texts(Procedure::ALL.map(Procedure::as_str)));
    assert_eq!(item("state"), texts(StateName::ALL.map(StateName::as_str)));
    assert_eq!(item("reported_by"), written(report_sources()));
    assert_eq!(of("sensitivity"), texts(Sensitivity::ALL.map(Sensitivity::as_str)));
    assert_eq!(of("outcome"), written(outcomes()));
    assert_eq!(of("notice/properties/means"), written(notice_means()));
    for (kind, name) in [(sanzao_readmodel::Kind::Alert, "alert"), (sanzao_readmodel::Kind::Task, "task")] {
        let states = of(&format!("{name}/allOf/1/properties/state"));
        assert_eq!(states, texts(kind.states().iter().map(|state| state.as_str())));
    }

    let results = json_of(&folder().join("result.v1.json"));
    assert_eq!(words(&results, "/properties/verdict"), texts(Verdict::ALL.map(Verdict::as_str)));
    let requests = json_of(&folder().join("verification.v1.json"));
    assert_eq!(words(&requests, "/properties/question"), texts(Question::ALL.map(Question::as_str)));
    let points = Question::ALL.into_iter().flat_map(|question| question.points());
    assert_eq!(words(&requests, "/properties/points/items"), texts(points.map(|point| point.as_str())));
    let states = [asked(Question::AbilityAndStay), cancelled_event(RequestId([7; 16]), Feed::Health)];
    let states = states.map(|event| document(&event)["data"]["state"].as_str().unwrap().to_owned());
    assert_eq!(words(&requests, "/properties/state"), states.into());

    let receipts = json_of(&folder().join("receipts.v1.json"));
    let listed = words(&receipts, "/properties/receipts/items/properties/outcome");
    let rejected = || ReceiptOutcome::Rejected {
        code: Code::JsonSyntax.as_str().into(),
        pointer: String::new(),
        expected: String::new(),
    };
    let written: BTreeSet<String> = [ReceiptOutcome::Accepted, ReceiptOutcome::Duplicate, rejected()]
        .into_iter()
        .map(|outcome| {
            // Another outcome does not compile here.
            match &outcome {
                ReceiptOutcome::Accepted | ReceiptOutcome::Duplicate | ReceiptOutcome::Rejected { .. } => {}
            }
            let rejection = rejections().into_values().next().unwrap();
            let event = document(&batch(vec![Receipt { outcome, ..receipt(&rejection) }]).to_bytes());
            event["data"]["receipts"][0]["outcome"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(listed, written);
}

#[test]
fn examples_say_what_their_names_say() {
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for example in examples() {
        let name = format!("{}/{}", example.event, example.name);
        assert_eq!(example.document["type"], format!("sanzao.{}.v1", example.event), "{name}");
        let found = faults(&ENVELOPE, &example.document);
        let is_valid = example.name.starts_with("valid-");
        assert!(is_valid || example.name.starts_with("invalid-"), "{name}");
        assert_eq!(found.is_empty(), is_valid, "{name}: {found:?}");
        if is_valid {
            assert_eq!(faults(&CLOSED, &example.document), Vec::<String>::new(), "{name}");
        }
        if let Some(is_read) = is_read(&example.document) {
            assert_eq!(is_read, is_valid || !is_form_fault(&name), "{name}");
        }
        counts.entry(format!("sanzao.{}.v1", example.event)).or_default()[usize::from(is_valid)] += 1;
    }
    for kind in event_types() {
        let [invalid, valid] = counts.remove(&kind).unwrap_or_default();
        assert!(valid >= 1 && invalid >= 3, "{kind}: {valid} valid, {invalid} invalid examples");
    }
    assert!(counts.is_empty(), "examples of no event type: {:?}", counts.keys());
}

/// Whether our own reader takes an event; none where it has no reader.
fn is_read(event: &Value) -> Option<bool> {
    let bytes = event.to_string().into_bytes();
    match event["type"].as_str()? {
        "sanzao.receipts.v1" => Some(ReceiptBatch::from_bytes(&bytes).is_ok()),
        "sanzao.rejection.v1" => Some(Rejection::from_bytes(&bytes).is_ok()),
        _ => None,
    }
}

/// What is wrong with these is seen by our reader too. It passes over unknown words and what it does not need.
fn is_form_fault(name: &str) -> bool {
    ["unknown-outcome", "rejected-without-reason", "as-text", "in-clear", "no-base64", "missing-offset"]
        .iter()
        .any(|fault| name.contains(fault))
}

fn document(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn receipt(rejection: &Rejection) -> Receipt {
    let Rejection { feed, partition, offset, event, repairs, .. } = *rejection;
    let (code, pointer) = (rejection.code.clone(), rejection.pointer.clone());
    let outcome = ReceiptOutcome::Rejected { code, pointer, expected: rejection.expected.clone() };
    Receipt { feed, partition, offset, event, received: RECEIVED, repairs, warnings: Vec::new(), outcome }
}

fn batch(receipts: Vec<Receipt>) -> ReceiptBatch {
    ReceiptBatch { receipts }
}

/// What became of a record.
fn result(verdict: Verdict) -> RecordResult {
    let record = Record {
        feed: Feed::Health,
        place: Place { partition: 3, offset: 1 << 40 },
        kind: "stay.admitted".to_owned(),
    };
    RecordResult {
        id: ResultId([1; 16]),
        record,
        fact: FactId([2; 16]),
        verdict,
        since: Day(20_000),
        item: ItemId([3; 16]),
        number: 2,
    }
}

/// The event that asks a department.
fn asked(question: Question) -> Vec<u8> {
    let request = VerificationRequest {
        id: RequestId([7; 16]),
        item: ItemId([3; 16]),
        person: PersonId([4; 16]),
        question,
        asked_by: "wang".to_owned(),
        asked_at: RECEIVED,
        deadline: Day(20_700),
        state: RequestState::Asked,
    };
    let fits = |last| IdNumber::parse(&format!("32068419800101001{last}")).ok();
    let id_number = "0123456789X".chars().find_map(fits).expect("one check character fits");
    asked_event(&request, &PersonIdentity { id_number, name: "赵一".to_owned() })
}

#[test]
fn what_departments_are_told_and_asked_is_as_described() {
    for verdict in Verdict::ALL {
        is_as_described(&result(verdict).to_bytes());
    }
    for question in Question::ALL {
        is_as_described(&asked(question));
        is_as_described(&cancelled_event(RequestId([7; 16]), question.feed()));
    }
    let mut more = document(&result(Verdict::Wrong).to_bytes());
    more["data"]["person"] = json!("张三");
    assert!(!faults(&CLOSED, &more).is_empty());
}

/// What intake says of all that the tables of the contracts have, by feed and code.
fn rejections() -> BTreeMap<(Feed, String), Rejection> {
    let mut rejections = BTreeMap::new();
    for (feed, (name, fields)) in tables::all() {
        for (data, _) in contract::variations(fields) {
            let event = contract::event(sample::contract(feed), name, &data).to_string();
            if let Err(rejection) = desk(feed).read(&incoming(event.as_bytes())) {
                rejections.insert((feed, rejection.code.clone()), *rejection);
            }
        }
        for text in ["", "{\"a\":1,\"a\":2}", "[]", "{}", "{\"specversion\":\"1.0\",\"id\":\"\"}"] {
            let rejection = desk(feed).read(&incoming(text.as_bytes())).unwrap_err();
            rejections.insert((feed, rejection.code.clone()), *rejection);
        }
    }
    rejections
}

#[track_caller]
fn is_as_described(bytes: &[u8]) {
    let event = document(bytes);
    assert_eq!(faults(&CLOSED, &event), Vec::<String>::new(), "{event}");
}

#[test]
fn what_intake_says_is_as_described() {
    let rejections = rejections();
    let codes: BTreeSet<_> = rejections.keys().map(|(_, code)| code.clone()).collect();
    assert!(codes.len() >= 18, "{codes:?}");
    for ((feed, code), rejection) in &rejections {
        let bytes = rejection.to_bytes();
        is_as_described(&bytes);
        assert_eq!(Rejection::from_bytes(&bytes).as_ref(), Ok(rejection));
        let repairs = Some(Place { partition: 1, offset: 7 });
        let short = Rejection { repairs, event: None, ..rejection.clone() };
        is_as_described(
            &Rejection { original: sanzao_model::SealedOriginal { bytes: Vec::new() }, ..short }.to_bytes(),
        );
        is_as_described(
            &batch(vec![receipt(rejection), Receipt { repairs, ..receipt(rejection) }]).to_bytes(),
        );
        let text = String::from_utf8(bytes).unwrap();
        // As the numbers and names of the samples begin.
        assert!(!text.contains("32068419800101") && !text.contains('赵'), "{feed} {code} tells who: {text}");
    }
}

#[test]
fn receipts_of_accepted_events_are_as_described() {
    let mut receipts = Vec::new();
    for (at, (feed, (name, fields))) in (0_u64..).zip(tables::all()) {
        if feed != Feed::Police {
            continue;
        }
        let event = contract::event(sample::contract(feed), name, &contract::full(fields)).to_string();
        let accepted = desk(feed).read(&incoming(event.as_bytes())).unwrap();
        receipts.push(Receipt {
            feed,
            partition: 0,
            offset: at,
            event: Some(accepted.statement.event),
            received: Instant(RECEIVED.0 + at as i64),
            repairs: (at % 2 == 0).then_some(Place { partition: 3, offset: at }),
            warnings: Warning::ALL[..at as usize % 4].to_vec(),
            outcome: if at % 3 == 0 { ReceiptOutcome::Duplicate } else { ReceiptOutcome::Accepted },
        });
    }
    assert!(receipts.len() > 5);
    is_as_described(&batch(receipts).to_bytes());
    let unread = Receipt {
        feed: Feed::Registry,
        partition: 0,
        offset: 0,
        event: Some(EventTag([0; 16])),
        received: Instant(0),
        repairs: None,
        warnings: Vec::new(),
        outcome: ReceiptOutcome::Accepted,
    };
    is_as_described(&batch(vec![unread]).to_bytes());
}

/// The words and lists that a schema describes of an object; not what is always null.
fn described(common: &Value, pointer: &str) -> BTreeSet<String> {
    let properties = common.pointer(&format!("/$defs/{pointer}/properties")).expect("an object");
    let is_said = |(_, field): &(&String, &Value)| field["type"] != "null";
    properties.as_object().unwrap().iter().filter(is_said).map(|(name, _)| name.clone()).collect()
}

#[test]
fn what_happens_to_alerts_and_tasks_is_as_described() {
    let changes = work::everything();
    for change in &changes {
        assert_eq!(faults(&CLOSED, change), Vec::<String>::new(), "{change}");
    }
    let told: BTreeSet<_> =
        changes.iter().map(|change| change["type"].as_str().unwrap().to_owned()).collect();
    let mut known = event_types();
    known.retain(|kind| kind.contains(".alert.") || kind.contains(".task."));
    assert_eq!(told, known);
    let causes: BTreeSet<_> =
        changes.iter().filter_map(|change| change["data"]["reopening"]["cause"].as_str()).collect();
    assert_eq!(causes, BTreeSet::from(["asked", "expired", "new-evidence"]));

    let common = json_of(&folder().join("common.json"));
    for (described_at, pointer) in [
        ("item", "/data"),
        ("item/properties/state_details", "/data/state_details"),
        ("reopening", "/data/reopening"),
        ("notice", "/data/state_details/notice"),
        ("appeal", "/data/state_details/appeal"),
        ("second_review", "/data/second_review"),
        ("person", "/data/people/0"),
    ] {
        let objects = changes.iter().filter_map(|change| change.pointer(pointer)?.as_object());
        let said = objects.flatten().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.clone());
        assert_eq!(said.collect::<BTreeSet<_>>(), described(&common, described_at), "{pointer}");
    }
}

#[test]
fn what_people_write_and_who_they_are_is_in_no_change() {
    for change in work::everything() {
        assert!(!change.to_string().contains(work::WORDS), "{change}");
        for person in change["data"]["people"].as_array().unwrap() {
            assert!(person["name"].is_null() && person["last_four"].is_null(), "{change}");
        }
    }
}

/// What was emitted once is read for ever, and stays valid. New valid examples are added with `SANZAO_BLESS=1` by
/// this test; nothing is ever taken out.
#[test]
fn what_was_emitted_stays_readable() {
    let bless = std::env::var_os("SANZAO_BLESS").is_some();
    for kind in ["receipts", "rejection", "result", "verification", "alert", "task"] {
        let path = folder().join(format!("compat/{kind}.jsonl"));
        let mut kept = if bless && !path.exists() { String::new() } else { text_of(&path) };
        let mut events = BTreeSet::new();
        for (at, line) in kept.lines().enumerate() {
            let place = format!("{}:{}", path.display(), at + 1);
            let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}"));
            let found = faults(&ENVELOPE, &event);
            assert!(found.is_empty(), "{place}: no longer valid: {found:?}; make a new version");
            assert_ne!(is_read(&event), Some(false), "{place}: no longer read; make a new version");
            assert!(events.insert(event.to_string()), "{place} stands twice");
        }
        let of_kind = |event: &str| event == kind || event.starts_with(&format!("{kind}."));
        for example in examples().into_iter().filter(|e| of_kind(&e.event) && e.name.starts_with("valid-")) {
            let text = example.document.to_string();
            if !events.contains(&text) {
                assert!(bless, "{} {} is not kept: run with SANZAO_BLESS=1", example.event, example.name);
                kept.push_str(&text);
                kept.push('\n');
            }
        }
        assert!(!kept.is_empty());
        if bless {
            fs::write(&path, kept).unwrap();
        }
    }
}

#[test]
fn the_checks_can_fail() {
    let rejection = rejections().into_values().next().unwrap();
    let event = document(&rejection.to_bytes());
    let mut more = event.clone();
    more["data"]["more"] = json!(1);
    assert!(faults(&CLOSED, &event).is_empty());
    assert!(faults(&ENVELOPE, &more).is_empty() && !faults(&CLOSED, &more).is_empty());
    let mut attribute = event.clone();
    attribute["traceparent"] = json!("00-ab");
    assert!(faults(&ENVELOPE, &attribute).is_empty() && !faults(&CLOSED, &attribute).is_empty());
    let mut change = work::everything().swap_remove(0);
    assert!(faults(&CLOSED, &change).is_empty());
    change["data"]["state_details"]["mood"] = json!("good");
    assert!(!faults(&CLOSED, &change).is_empty());
}

/// This package is tested apart from what is heavy: it is to stay so.
#[test]
fn nothing_heavy_is_asked_for() {
    let manifest = include_str!("Cargo.toml");
    for heavy in ["sanzao-platform", "sanzao-discovery", "sanzao-ledger", "sanzao-journal", "datafusion"] {
        let is_used = manifest.lines().any(|line| line.starts_with(heavy));
        assert!(!is_used, "{heavy} would be compiled a second time");
    }
}
