//! The vault as data officers and operators meet it: found, shown, handed out, erased, expired; and its keys lost,
//! changed and put back, while facts flow.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sanzao::Pipeline;
use sanzao::config::Config;
use sanzao::data_dir::DataDir;
use sanzao_journal::{NewRecord, Stream, Write};
use sanzao_model::{FactsRecord, Feed, IdNumber, PersonId};
use sanzao_tests::document::check_character;
use serde_json::{Value, json};
use support::*;
use ureq::http::Request;

const WHO: [&str; 4] = ["--actor", "tester", "--purpose", "a test looks"];
const MILLIS_A_DAY: i64 = 86_400_000;

/// Runs `sanzao vault` on a data directory.
fn vault(data: &Path, arguments: &[&str]) -> Value {
    json(&run(&[&["vault", "--data", text(data), "--json"], arguments].concat()))
}

/// What it says when it refuses.
fn refused(data: &Path, arguments: &[&str]) -> String {
    let arguments = [&["vault", "--data", text(data)], arguments].concat();
    let output = sanzao().args(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

fn reveal(data: &Path, person: &str) -> Value {
    vault(data, &[&["reveal", person][..], &WHO].concat())
}

/// Whom a search finds.
fn search(data: &Path, by: &str, line: &str) -> Vec<Value> {
    let mut child = sanzao()
        .args(["vault", "--data", text(data), "--json", "search", "--by", by])
        .args(WHO)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{line}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let found = json(&String::from_utf8(output.stdout).unwrap());
    found["people"].as_array().unwrap().clone()
}

/// The pseudonym of a number.
fn pseudonym(data: &Path, number: &str) -> String {
    let found = search(data, "number", number);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0]["person"].as_str().unwrap().to_owned()
}

/// The texts of a list of what was revealed.
fn values(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|known| known["value"].as_str().unwrap().to_owned()).collect()
}

fn pipeline(data: &Path) -> Pipeline {
    let config = Config { data: data.to_owned(), ..Config::default() };
    Pipeline::open(&config, DataDir::existing(&config).unwrap()).unwrap()
}

fn person(born: &str, nth: u32, name: &str) -> Value {
    let first_17 = format!("320614{born}{nth:03}");
    json!({"id_number": format!("{first_17}{}", check_character(&first_17)), "name": name})
}

fn number(person: &Value) -> &str {
    person["id_number"].as_str().unwrap()
}

fn event(id: &str, kind: &str, data: Value) -> Value {
    let feed = kind.split('.').next().unwrap();
    json!({"specversion": "1.0", "id": id, "source": format!("/320614/{feed}"), "type": format!("{kind}.v1"),
        "time": "2026-05-10T09:00:00+08:00", "data": data})
}

fn registered(id: &str, person: &Value, household: &str) -> Value {
    let data = json!({"person": person, "sex": "2", "household_no": household, "relation_to_head": "head",
        "division_code": "320614101200", "on": "2020-01-01"});
    event(id, "police.person.registered", data)
}

fn granted(id: &str, person: &Value) -> Value {
    let data = json!({"benefit_id": id, "program": "old-age-allowance", "person": person, "monthly_amount": 60,
        "on": "2026-01-01"});
    event(id, "registry.benefit.granted", data)
}

fn died(id: &str, person: &Value) -> Value {
    event(id, "health.death.certified", json!({"person": person, "certificate_no": id, "on": "2026-05-09"}))
}

/// Takes events in, each feed by itself.
fn take(data: &Path, events: &[Value]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let mut by_feed: BTreeMap<&str, String> = BTreeMap::new();
    for event in events {
        let feed = event["source"].as_str().unwrap().rsplit('/').next().unwrap();
        by_feed.entry(feed).or_default().push_str(&format!("{event}\n"));
    }
    let take = |(feed, lines): (&str, String)| {
        let file = folder.path().join(format!("{feed}.jsonl"));
        fs::write(&file, lines).unwrap();
        ingest(data, feed, &file)
    };
    by_feed.into_iter().map(take).collect()
}

/// The files in which a text stands in clear.
fn holding(folder: &Path, wanted: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, wanted));
        } else if String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(wanted) {
            found.push(path);
        }
    }
    found
}

/// A crash or a careless hand takes the vault's file.
fn lose_vault(data: &Path) {
    for name in ["vault.db", "vault.db-wal", "vault.db-shm"] {
        let _ = fs::remove_file(data.join(name));
    }
    assert!(!data.join("vault.db").exists());
}

/// Numbers and names, as police register them.
fn people_of(district: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut people: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in fs::read_to_string(district.join("police.jsonl")).unwrap().lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
        let who = &event["data"]["person"];
        if let (Some(number), Some(name)) = (who["id_number"].as_str(), who["name"].as_str())
            && event["type"] == "police.person.registered.v1"
            && number.len() == 18
        {
            people.entry(number.to_ascii_uppercase()).or_default().insert(name.to_owned());
        }
    }
    people
}

#[test]
fn who_somebody_is_comes_out_for_a_purpose_and_on_record_alone() {
    let folder = tempfile::tempdir().unwrap();
    let district = district(folder.path(), 300, 31);
    let data = data_dir(folder.path(), "data");
    ingest_all(&data, &district, &FEEDS);
    let people = people_of(&district);
    assert!(people.len() > 200);
    let status = vault(&data, &["status"]);
    assert!(status["people"].as_u64().unwrap() as usize > people.len() / 2, "{status}");
    assert_eq!((&status["suite"], &status["accesses"]), (&json!("aes-256-gcm"), &json!(0)));

    let mut accesses = 0;
    let mut shown = Vec::new();
    for (number, names) in people.iter().take(8) {
        let found = search(&data, "number", number);
        accesses += 1;
        // Some of what a district sends is refused, and some names are mistyped.
        let [found] = found.as_slice() else { continue };
        let person = found["person"].as_str().unwrap();
        assert_eq!(found["last_four"].as_str().unwrap(), &number[14..]);
        let revealed = reveal(&data, person);
        accesses += 1;
        assert_eq!(values(&revealed["numbers"]), BTreeSet::from([number.clone()]));
        let told = values(&revealed["names"]);
        let known = told.intersection(names).next().expect("a name of the file comes out").clone();
        assert!(found["name"].as_str().unwrap().ends_with("**"), "{found}");
        let by_name = search(&data, "name", &known);
        accesses += 1;
        assert!(by_name.iter().any(|one| one["person"] == found["person"]), "not found by name");
        shown.push((person.to_owned(), number.clone(), known));
    }
    assert!(shown.len() >= 4, "too few were found");

    let (person, number, name) = &shown[0];
    let records = run(&["vault", "--data", text(&data), "--json", "accesses", "--limit", "1000"]);
    let records: Vec<Value> = records.lines().map(json).collect();
    assert_eq!(records.len(), accesses);
    assert_eq!(records[1]["act"], "reveal");
    assert_eq!((&records[1]["actor"], &records[1]["people"]), (&json!("tester"), &json!([person])));
    assert!(records.iter().all(|record| !record.to_string().contains(number.as_str())));
    // It stands on the audit record as well, and in what the person is told.
    let told = run(&["audit", "--data", text(&data), "--json", "person", person]);
    let told: Vec<Value> = told.lines().map(json).collect();
    assert!(told.iter().any(|entry| entry["actor"] == "command-line:tester"), "{told:?}");
    // What cannot be said in the record is not shown, and nobody is shown whom nobody named.
    let purpose = format!("looking for {number}");
    let told = refused(&data, &["reveal", person, "--actor", "tester", "--purpose", &purpose]);
    assert!(told.contains("--purpose") && !told.contains(number.as_str()), "{told}");
    let told = refused(&data, &[&["reveal", "00000000000000000000000000000000"][..], &WHO].concat());
    assert!(told.contains("nobody is held"), "{told}");

    for (_, number, name) in &shown {
        for wanted in [number, name] {
            assert_eq!(holding(&data, wanted), Vec::<PathBuf>::new(), "in clear");
        }
    }
    assert!(!holding(&district, name).is_empty(), "the check cannot fail");
}

#[test]
fn everything_about_one_person_is_handed_out_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let (one, other) = (person("19400301", 1, "欧阳秀兰"), person("19410301", 2, "司徒建国"));
    let mut wrong = died("w1", &one);
    wrong["data"]["on"] = "no day".into();
    take(
        &data,
        &[
            registered("r1", &one, "H1"),
            registered("r2", &other, "H2"),
            granted("g1", &one),
            died("d1", &one),
            wrong,
        ],
    );
    drain_expecting_nothing(&data);
    let person = pseudonym(&data, number(&one));
    let out = folder.path().join("export.json");
    let export = [&["export", &person, "--out", text(&out)][..], &WHO].concat();
    let counts = vault(&data, &export);
    assert_eq!((&counts["facts"], &counts["raw_events"]), (&json!(3), &json!(4)), "{counts}");
    let mode = fs::metadata(&out).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let whole = json(&fs::read_to_string(&out).unwrap());
    assert_eq!(values(&whole["vault"]["identity"]["names"]), BTreeSet::from(["欧阳秀兰".to_owned()]));
    // The search for the number and this export.
    assert_eq!(whole["vault"]["accesses"].as_array().unwrap().len(), 2);
    let kinds: BTreeSet<&str> =
        whole["facts"].as_array().unwrap().iter().map(|fact| fact["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["person.registered", "benefit.granted", "death.certified"]));
    let opened = |entry: &&Value| entry["event"]["Opened"]["rule"] == "deceased-recipient";
    assert_eq!(whole["work"].as_array().unwrap().iter().filter(opened).count(), 1, "{}", whole["work"]);
    assert!(!whole.to_string().contains("司徒建国"), "somebody else is in it");

    let told = refused(&data, &export);
    assert!(told.contains("export.json"), "a file that is there is not overwritten: {told}");
    // Half an export is none.
    let half = folder.path().join("half.json");
    let purpose = "long ".repeat(101);
    let who = ["--actor", "tester", "--purpose", &purpose];
    let told = refused(&data, &[&["export", &person, "--out", text(&half)][..], &who].concat());
    assert!(told.contains("500 characters"), "{told}");
    assert!(!half.exists());
}

/// Lines of `sanzao findings` that speak of a person.
fn about<'a>(found: &'a str, person: &str) -> Vec<&'a str> {
    found.lines().filter(|line| line.contains(person)).collect()
}

#[test]
fn who_is_erased_is_gone_from_everywhere_and_nobody_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let (dead, elder) = (person("19400301", 1, "欧阳秀兰"), person("19410301", 2, "司徒建国"));
    take(
        &data,
        &[
            registered("r1", &dead, "H1"),
            registered("r2", &elder, "H2"),
            granted("g1", &dead),
            died("d1", &dead),
        ],
    );
    // Of the elder both that no allowance is paid and that nobody lives there.
    assert_eq!(drain_expecting_nothing(&data)["open"], 3);
    let (erased, other) = (pseudonym(&data, number(&dead)), pseudonym(&data, number(&elder)));
    let before = findings(&data);
    assert!(!about(&before, &erased).is_empty() && !about(&before, &other).is_empty(), "{before}");
    let elder_before = reveal(&data, &other);
    let backup = folder.path().join("keys");
    assert_eq!(vault(&data, &["backup", text(&backup)])["keys"], 2);

    let usage = sanzao().args(["vault", "--data", text(&data), "erase", &erased]).args(WHO).output().unwrap();
    assert_eq!(usage.status.code(), Some(2), "without --yes nothing is erased");
    let done = vault(&data, &[&["erase", &erased, "--yes"][..], &WHO].concat());
    assert_eq!((&done["key_destroyed"], &done["values_deleted"]), (&json!(true), &json!(2)), "{done}");
    let remains: BTreeSet<&str> =
        done["remains"].as_array().unwrap().iter().map(|of| of["where"].as_str().unwrap()).collect();
    assert!(remains.contains("topic facts") && remains.contains("backups of the vault's keys"), "{done}");

    let after = findings(&data);
    assert!(about(&after, &erased).is_empty(), "{after}");
    assert_eq!(about(&after, &other), about(&before, &other));
    let counts = drain_expecting_nothing(&data);
    assert_eq!((&counts["open"], &counts["withdrawn"]), (&json!(2), &json!(1)));
    refused(&data, &[&["reveal", &erased][..], &WHO].concat());
    assert!(search(&data, "number", number(&dead)).is_empty());
    assert!(search(&data, "name", "欧阳秀兰").is_empty());
    assert_eq!(values(&reveal(&data, &other)["names"]), values(&elder_before["names"]));
    for wanted in ["欧阳秀兰", number(&dead)] {
        assert_eq!(holding(&data, wanted), Vec::<PathBuf>::new(), "in clear");
    }
    nothing_in_ledger_and_snapshot(&data, &erased);

    // Whoever has the backup, too, does not bring the key back; nor does a lost file, though the log is read again.
    let restored = vault(&data, &["restore", text(&backup)]);
    assert_eq!(
        (&restored["keys"], &restored["present"], &restored["erased"]),
        (&json!(0), &json!(1), &json!(1))
    );
    lose_vault(&data);
    refused(&data, &[&["reveal", &erased][..], &WHO].concat());
    assert_eq!(values(&reveal(&data, &other)["names"]), values(&elder_before["names"]));

    // Named again, the person is there again, under a new key.
    let tallies = take(&data, &[registered("r3", &dead, "H1")]);
    assert_eq!(tallies[0]["accepted"], 1, "the fact was forgotten, so it is no duplicate: {tallies:?}");
    assert_eq!(values(&reveal(&data, &erased)["names"]), BTreeSet::from(["欧阳秀兰".to_owned()]));
    assert_eq!(vault(&data, &["restore", text(&backup)])["erased"], 1, "the old key stays destroyed");
    assert_eq!(values(&reveal(&data, &erased)["names"]), BTreeSet::from(["欧阳秀兰".to_owned()]));
    // And again after a loss: what was stated after the erasure is no older for it.
    lose_vault(&data);
    assert_eq!(values(&reveal(&data, &erased)["names"]), BTreeSet::from(["欧阳秀兰".to_owned()]));
    assert_eq!(vault(&data, &["status"])["erased"], 1);
    an_erasure_replaces_snapshots(&data);
}

/// Intake of another process has read these events when somebody is erased, and appends what they say afterwards.
#[test]
fn what_intake_had_in_its_hands_does_not_bring_an_erased_person_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let (dead, elder) = (person("19400301", 1, "欧阳秀兰"), person("19410301", 2, "司徒建国"));
    take(&data, &[registered("r1", &dead, "H1")]);
    let erased = pseudonym(&data, number(&dead));
    let in_hand = |events: &[Value]| {
        let records = events.iter().map(|event| {
            let value = event.to_string().into_bytes();
            NewRecord { value, ..NewRecord::default() }
        });
        let pipeline = pipeline(&data);
        let write = Write::append(pipeline.topics.feed(Feed::Police, 0), records.collect());
        pipeline.journal.write(write).unwrap();
    };
    let taken_in = || {
        let pipeline = pipeline(&data);
        pipeline.drain_intakes(&|_| {}).unwrap();
        let bureau = pipeline.topics.bureaus()[0];
        let mut stage = pipeline.discovery(bureau, None).unwrap();
        while stage.step().unwrap() {}
        let mut vault = pipeline.vault_stage();
        while vault.step().unwrap() {}
        let from_log = pipeline.ledger_upto(bureau, stage.position()).unwrap();
        assert_eq!(from_log.ledger().set_hash(), stage.ledger().set_hash(), "a replay finds another set");
        stage.ledger().statements_about(erased.parse().unwrap()).len()
    };
    in_hand(&[registered("r2", &dead, "H3"), registered("r3", &elder, "H2")]);
    vault(&data, &[&["erase", &erased, "--yes"][..], &WHO].concat());
    assert_eq!(taken_in(), 0, "the facts came back");
    refused(&data, &[&["reveal", &erased][..], &WHO].concat());
    assert!(search(&data, "number", number(&dead)).is_empty(), "the identity came back");
    // Somebody else of the same batch is there, and what comes later counts.
    assert_eq!(search(&data, "number", number(&elder)).len(), 1);
    in_hand(&[registered("r4", &dead, "H1")]);
    assert_eq!(taken_in(), 1);
    assert_eq!(values(&reveal(&data, &erased)["names"]), BTreeSet::from(["欧阳秀兰".to_owned()]));
    run(&["run", "--data", text(&data), "--drain", "--day", AS_OF, "--json"]);
    run(&["verify", "--data", text(&data)]);
    // Nor does it come back into a vault that is made anew.
    lose_vault(&data);
    assert_eq!(values(&reveal(&data, &erased)["names"]), BTreeSet::from(["欧阳秀兰".to_owned()]));
    let exported = folder.path().join("export.json");
    vault(&data, &[&["export", &erased, "--out", text(&exported)][..], &WHO].concat());
    let exported = json(&fs::read_to_string(&exported).unwrap());
    assert_eq!(exported["facts"].as_array().unwrap().len(), 1, "{exported}");
}

/// So that a replay at the same time has not to wait longer for it.
#[test]
fn an_erasure_that_takes_long_is_said_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let who = person("19400301", 1, "欧阳秀兰");
    take(&data, &[registered("r1", &who, "H1"), granted("g1", &who)]);
    let erased = pseudonym(&data, number(&who));
    let erasing = ["vault", "--data", text(&data), "--json", "erase", &erased, "--yes"];
    let output = sanzao().args(erasing).args(WHO).env("SANZAO_SLOW_WRITES_MS", "1100").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let done = json(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(done["key_destroyed"], true, "it tells of the first time: {done}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("erase again"),
        "nobody hears that the log is slow"
    );
    refused(&data, &[&["reveal", &erased][..], &WHO].concat());
    let accesses = run(&["vault", "--data", text(&data), "--json", "accesses", "--limit", "1000"]);
    let erasures = accesses.lines().map(json).filter(|record| record["act"] == "erase").count();
    assert_eq!(erasures, 3, "the vault has to know how far each time, too: {accesses}");
    let pipeline = pipeline(&data);
    let facts = pipeline.topics.facts(pipeline.topics.bureaus()[0]);
    let records = pipeline.journal.read(&facts, 0, 1 << 20).unwrap().records;
    let is_erased = |bytes: &[u8]| matches!(FactsRecord::from_bytes(bytes), Ok(FactsRecord::Erased { .. }));
    assert_eq!(records.iter().filter(|record| is_erased(&record.value)).count(), 3);
}

fn nothing_in_ledger_and_snapshot(data: &Path, erased: &str) {
    let erased: PersonId = erased.parse().unwrap();
    let config = Config { data: data.to_owned(), snapshot_facts: 1, ..Config::default() };
    let pipeline = Pipeline::open(&config, DataDir::existing(&config).unwrap()).unwrap();
    let bureau = pipeline.topics.bureaus()[0];
    let mut stage = pipeline.discovery(bureau, None).unwrap();
    while stage.step().unwrap() {}
    assert_eq!(stage.ledger().statements_about(erased), []);
    assert_eq!(pipeline.ledger_upto(bureau, stage.position()).unwrap().ledger().statements_about(erased), []);
    // One more event makes the next snapshot due.
    let other = registered("r9", &person("19500301", 9, "诸葛建设"), "H9").to_string();
    let record = NewRecord { value: other.into_bytes(), ..NewRecord::default() };
    pipeline.journal.write(Write::append(pipeline.topics.feed(Feed::Police, 0), vec![record])).unwrap();
    pipeline.drain_intakes(&|_| {}).unwrap();
    while stage.step().unwrap() {}
    let again = pipeline.discovery(bureau, None).unwrap();
    assert!(again.position() > 0, "no snapshot was written");
    assert_eq!(again.ledger().statements_about(erased), []);
    assert!(again.ledger().people_count() >= 2, "the others are in it");
}

/// However many events are to lie between two snapshots: one that holds the erased is replaced at once.
fn an_erasure_replaces_snapshots(data: &Path) {
    let config = Config { data: data.to_owned(), snapshot_facts: 0, ..Config::default() };
    let pipeline = Pipeline::open(&config, DataDir::existing(&config).unwrap()).unwrap();
    let bureau = pipeline.topics.bureaus()[0];
    let other = IdNumber::parse(number(&person("19500301", 9, "诸葛建设"))).unwrap();
    let other = pipeline.pseudonyms().person(&other);
    let mut stage = pipeline.discovery(bureau, None).unwrap();
    assert!(!stage.ledger().statements_about(other).is_empty(), "the snapshot holds the person");
    pipeline.append_facts(bureau, &FactsRecord::Erased { person: other }).unwrap();
    while stage.step().unwrap() {}
    let fresh = pipeline.discovery(bureau, None).unwrap();
    assert_eq!(fresh.position(), stage.position(), "no snapshot was written after the erasure");
    assert_eq!(fresh.ledger().statements_about(other), []);
    let files = fs::read_dir(data.join("state/snapshots").join(bureau.to_string())).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("manifest-")).count(), 1, "an older one is left");
}

#[test]
fn master_keys_are_changed_and_keys_come_back_from_a_backup() {
    let folder = tempfile::tempdir().unwrap();
    let district = district(folder.path(), 120, 32);
    let data = data_dir(folder.path(), "data");
    ingest_all(&data, &district, &["police", "registry"]);
    let people = vault(&data, &["status"])["people"].clone();
    let someone = people_of(&district).into_keys().find_map(|number| {
        let found = search(&data, "number", &number);
        Some(found.first()?["person"].as_str()?.to_owned())
    });
    let someone = someone.expect("somebody of the file is found");
    let shown = reveal(&data, &someone);

    let backup = folder.path().join("keys-1");
    assert_eq!(vault(&data, &["backup", text(&backup)])["keys"], people);
    let told = refused(&data, &["backup", text(&backup)]);
    assert!(told.contains("is there already"), "{told}");
    let rotated = vault(&data, &["rotate", "--add", "2026-07"]);
    assert_eq!(rotated, json!({"moved": people, "masters": [{"id": "2026-07", "keys": people}]}));
    let told = refused(&data, &["rotate", "--add", "2026-07"]);
    assert!(told.contains("holds a key 2026-07 already"), "{told}");
    let master = data.join("vault-master.key");
    let keys = fs::read_to_string(&master).unwrap();
    assert_eq!((keys.lines().count(), keys.starts_with("1 ")), (2, true));
    // The former key goes: nothing needs it but the first backup.
    fs::write(&master, keys.lines().nth(1).unwrap()).unwrap();
    assert_eq!(reveal(&data, &someone), shown);
    let second = folder.path().join("keys-2");
    vault(&data, &["backup", text(&second)]);
    let copy = folder.path().join("copy.db");
    vault(&data, &["copy", text(&copy)]);

    // The file is lost: the keys come back first, then the log is read again.
    lose_vault(&data);
    let told = refused(&data, &["restore", text(&backup)]);
    assert!(told.contains("1 is not among the master keys"), "{told}");
    let restored = vault(&data, &["restore", text(&second)]);
    assert_eq!((&restored["keys"], &restored["erased"]), (&people, &json!(0)));
    assert_eq!(reveal(&data, &someone), shown);
    // From a copy without keys: nobody can be read before the keys are back.
    lose_vault(&data);
    fs::copy(&copy, data.join("vault.db")).unwrap();
    let told = refused(&data, &[&["reveal", &someone][..], &WHO].concat());
    assert!(told.contains("restore the backup of the keys"), "{told}");
    assert_eq!(vault(&data, &["restore", text(&second)])["keys"], people);
    assert_eq!(reveal(&data, &someone), shown);
    assert_eq!(vault(&data, &["status"])["people"], people);
}

#[test]
fn no_key_is_made_anew_beside_a_vault_or_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let one = person("19400301", 1, "欧阳秀兰");
    take(&data, &[registered("r1", &one, "H1")]);
    let person = pseudonym(&data, number(&one));
    for key in ["vault-index.key", "vault-master.key"] {
        let away = folder.path().join(key);
        fs::rename(data.join(key), &away).unwrap();
        let told = refused(&data, &[&["reveal", &person][..], &WHO].concat());
        assert!(told.contains(key), "{told}");
        let file = folder.path().join("vault.db");
        fs::rename(data.join("vault.db"), &file).unwrap();
        let told = refused(&data, &[&["reveal", &person][..], &WHO].concat());
        assert!(told.contains(key), "the log says that there was a vault: {told}");
        assert!(!data.join(key).exists() && !data.join("vault.db").exists());
        // Facts flow meanwhile.
        let tally = take(&data, &[granted(key, &one)]);
        assert_eq!(tally[0]["accepted"], 1);
        drain_expecting_nothing(&data);
        fs::rename(away, data.join(key)).unwrap();
        fs::rename(file, data.join("vault.db")).unwrap();
        assert_eq!(values(&reveal(&data, &person)["names"]), BTreeSet::from(["欧阳秀兰".to_owned()]));
    }
}

fn bounds(pipeline: &Pipeline, stream: &Stream) -> (u64, u64) {
    (pipeline.journal.begin(stream).unwrap(), pipeline.journal.end(stream).unwrap())
}

#[test]
fn what_identifies_people_expires_once_it_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let (one, other) = (person("19400301", 1, "欧阳秀兰"), person("19410301", 2, "司徒建国"));
    let mut wrong = registered("w1", &one, "H1");
    wrong["data"]["on"] = "no day".into();
    take(&data, &[registered("r1", &one, "H1"), wrong]);
    {
        let pipeline = pipeline(&data);
        let bureau = pipeline.topics.bureaus()[0];
        let (feed, rejected) =
            (pipeline.topics.feed(Feed::Police, 0), pipeline.topics.rejected(Feed::Police));
        let (identities, facts) = (pipeline.topics.identities(bureau), pipeline.topics.facts(bureau));
        let late = NewRecord {
            value: registered("r2", &other, "H2").to_string().into_bytes(),
            ..NewRecord::default()
        };
        pipeline.journal.write(Write::append(feed.clone(), vec![late])).unwrap();
        let facts_before = bounds(&pipeline, &facts);
        let today = sanzao::clock::now_millis();
        let at = |days: i64| sanzao_model::Instant::from_millis(today + days * MILLIS_A_DAY);
        assert_eq!(pipeline.expiry().run(at(179)).unwrap(), 0, "nothing is old enough");
        // Two raw events and a rejection; not the event that intake, nor the identity that the vault has to read.
        assert_eq!(pipeline.expiry().run(at(181)).unwrap(), 3);
        assert_eq!(bounds(&pipeline, &feed), (2, 3));
        assert_eq!(bounds(&pipeline, &rejected), (1, 1));
        assert_eq!(bounds(&pipeline, &identities), (0, 1));
        let mut stage = pipeline.vault_stage();
        while stage.step().unwrap() {}
        assert_eq!(stage.kept, (1, 2));
        assert_eq!(pipeline.expiry().run(at(181)).unwrap(), 1);
        assert_eq!(bounds(&pipeline, &identities), (1, 1));
        assert_eq!(bounds(&pipeline, &facts), facts_before, "facts stay");
        assert_eq!(pipeline.expiry().run(at(100_000)).unwrap(), 0);
    }
    // It goes on: the late event is taken in, and who was kept is still known.
    assert_eq!(drain_expecting_nothing(&data)["accepted"], 1);
    let known = pseudonym(&data, number(&one));
    assert_eq!(values(&reveal(&data, &known)["names"]), BTreeSet::from(["欧阳秀兰".to_owned()]));
    // A file that was made anew has not read what the lost one had: that stays until it has.
    lose_vault(&data);
    let pipeline = pipeline(&data);
    let identities = pipeline.topics.identities(pipeline.topics.bureaus()[0]);
    let late = sanzao_model::Instant::from_millis(sanzao::clock::now_millis() + 181 * MILLIS_A_DAY);
    pipeline.expiry().run(late).unwrap();
    assert_eq!(bounds(&pipeline, &identities), (1, 2));
    let mut stage = pipeline.vault_stage();
    while stage.step().unwrap() {}
    assert_eq!(stage.kept.0, 1, "the late event's person");
    pipeline.expiry().run(late).unwrap();
    assert_eq!(bounds(&pipeline, &identities), (2, 2));
    // Of a file that is older than all that is left nothing is waited for.
    lose_vault(&data);
    pipeline.identities().close();
    let mut stage = pipeline.vault_stage();
    while stage.step().unwrap() {}
    let soon = Duration::from_millis(10);
    assert!(!stage.wait(soon).unwrap(), "a reader that never comes to the end spins");
}

/// A running platform.
struct Live {
    child: Child,
    address: String,
    agent: ureq::Agent,
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Live {
    fn start(config: &Path) -> Live {
        let mut child = sanzao()
            .args(["run", "--config", text(config), "--day", AS_OF])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("serving on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Live { child, address, agent }
    }

    fn get(&self, path: &str) -> (u16, Value) {
        let request = Request::get(format!("{}{path}", self.address));
        let request =
            request.header("authorization", format!("Bearer {}", token_for(path))).body(()).unwrap();
        answer(self.agent.run(request).unwrap())
    }

    fn post(&self, path: &str, kind: &str, body: &Value) -> (u16, Value) {
        let request = Request::post(format!("{}{path}", self.address)).header("content-type", kind);
        let request = request
            .header("authorization", format!("Bearer {}", token_for(path)))
            .body(body.to_string())
            .unwrap();
        answer(self.agent.run(request).unwrap())
    }

    fn reveal(&self, person: &str) -> (u16, Value) {
        let purpose = json!({"purpose": "a test looks"});
        self.post(&format!("/v1/people/{person}/reveal"), "application/json", &purpose)
    }

    /// Tries until there is something.
    fn until<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < deadline, "not {what} after a minute: {:?}", self.get("/readyz"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn answer(mut answer: ureq::http::Response<ureq::Body>) -> (u16, Value) {
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[test]
fn without_the_vault_facts_flow_and_reveals_say_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let (one, elder) = (person("19600301", 1, "欧阳秀兰"), person("19410301", 2, "司徒建国"));
    take(&data, &[registered("r1", &one, "H1")]);
    let known = pseudonym(&data, number(&one));
    let config = folder.path().join("sanzao.toml");
    let parameters = expects_nothing(folder.path());
    let settings = format!(
        "data = {:?}\n{parameters}[api]\nlisten = \"127.0.0.1:0\"\n{}",
        text(&data),
        accounts(folder.path())
    );
    fs::write(&config, settings).unwrap();
    let (master, away) = (data.join("vault-master.key"), folder.path().join("away"));
    fs::rename(&master, &away).unwrap();

    let live = Live::start(&config);
    live.until("ready", || (live.get("/readyz").0 == 200).then_some(()));
    let batch = json!([registered("r2", &elder, "H2")]);
    let (status, told) = live.post("/v1/events", "application/cloudevents-batch+json", &batch);
    assert_eq!(status, 202, "{told}");
    let alert = live.until("an alert", || {
        let (_, page) = live.get("/v1/alerts?rule=missed-old-age-allowance&state=open");
        page["items"].as_array()?.first().cloned()
    });
    let subject = alert["subject"]["id"].as_str().unwrap().to_owned();
    let is_down = |reason: &str| {
        live.until(reason, || {
            let (status, problem) = live.reveal(&known);
            assert_eq!((status, &problem["type"]), (503, &json!("urn:sanzao:problem:vault")), "{problem}");
            problem["detail"].as_str().unwrap().contains(reason).then_some(())
        });
        let (_, metrics) = live.get("/metrics");
        assert!(metrics.as_str().unwrap().contains("sanzao_stage_up{stage=\"vault\"} 0\n"), "{metrics}");
        assert_eq!(live.get("/readyz").0, 200);
    };
    is_down("vault-master.key is missing");
    let (status, problem) = live.post(
        &format!("/v1/people/{known}/erase"),
        "application/json",
        &json!({"purpose": "a test erases"}),
    );
    assert_eq!(status, 503, "{problem}");

    fs::set_permissions(&away, Permissions::from_mode(0o644)).unwrap();
    fs::rename(&away, &master).unwrap();
    is_down("chmod 600");
    fs::set_permissions(&master, Permissions::from_mode(0o600)).unwrap();
    // Without a restart; and who was stated meanwhile is known as well.
    for (person, name) in [(&known, "欧阳秀兰"), (&subject, "司徒建国")] {
        let shown = live.until("shown again", || {
            let (status, shown) = live.reveal(person);
            (status == 200).then_some(shown)
        });
        assert_eq!(values(&shown["names"]), BTreeSet::from([name.to_owned()]));
    }
    // What came over HTTP lies sealed in the log, too.
    drop(live);
    for wanted in ["司徒建国", number(&elder)] {
        assert_eq!(holding(&data, wanted), Vec::<PathBuf>::new(), "in clear");
    }
}

#[test]
fn an_erasure_while_it_runs_withdraws_the_alert_and_lets_the_person_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "data");
    let config = folder.path().join("sanzao.toml");
    let parameters = expects_nothing(folder.path());
    let settings = format!(
        "data = {:?}\n{parameters}[api]\nlisten = \"127.0.0.1:0\"\n{}",
        text(&data),
        accounts(folder.path())
    );
    fs::write(&config, settings).unwrap();
    let live = Live::start(&config);
    let elder = person("19410301", 2, "司徒建国");
    let send = |id: &str| {
        let structured = "application/cloudevents+json";
        let (status, told) = live.post("/v1/events", structured, &registered(id, &elder, "H2"));
        assert_eq!(status, 202, "{told}");
    };
    let alerts = |state: &str| {
        live.until(state, || {
            let (_, page) = live.get(&format!("/v1/alerts?rule=missed-old-age-allowance&state={state}"));
            page["items"].as_array()?.first().cloned()
        })
    };
    let shown = |person: &str| {
        live.until("shown", || {
            let (status, shown) = live.reveal(person);
            assert!(status == 200 || status == 404, "{shown}");
            (status == 200).then_some(shown)
        })
    };
    send("r1");
    let person = alerts("open")["subject"]["id"].as_str().unwrap().to_owned();
    assert_eq!(values(&shown(&person)["names"]), BTreeSet::from(["司徒建国".to_owned()]));
    let purpose = json!({"purpose": "a test erases"});
    let (status, done) = live.post(&format!("/v1/people/{person}/erase"), "application/json", &purpose);
    assert_eq!((status, &done["key_destroyed"]), (200, &json!(true)), "{done}");
    alerts("withdrawn");
    assert_eq!(live.reveal(&person).0, 404);
    // The same process passes the identity on again, though it did so before.
    send("r2");
    assert_eq!(values(&shown(&person)["names"]), BTreeSet::from(["司徒建国".to_owned()]));
}

/// A key service: the transit engine, as far as it is asked, with keys that are no secret.
struct Transit {
    address: String,
    version: Arc<AtomicU64>,
    is_away: Arc<AtomicBool>,
}

impl Transit {
    fn start() -> Transit {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (version, is_away) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicBool::new(false)));
        let (newest, away) = (Arc::clone(&version), Arc::clone(&is_away));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (status, body) = match asked(stream.as_ref().unwrap()) {
                    _ if away.load(Ordering::SeqCst) => (503, json!({"errors": ["sealed"]})),
                    Some((path, body)) => transit(&path, &body, newest.load(Ordering::SeqCst)),
                    None => (403, json!({"errors": ["permission denied"]})),
                };
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\nconnection: close\r\n"
                );
                let _ = write!(stream.unwrap(), "{head}content-length: {}\r\n\r\n{body}", body.len());
            }
        });
        Transit { address, version, is_away }
    }
}

/// Path and body of a request; none without the token.
fn asked(stream: &TcpStream) -> Option<(String, Value)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut has_token) = (0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let (name, value) = header.trim_end().split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "" => break,
            "content-length" => length = value.parse().unwrap(),
            "x-vault-token" => has_token = value == "a-token-of-the-service",
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    has_token.then_some((path, body))
}

fn transit(path: &str, body: &Value, newest: u64) -> (u16, Value) {
    let each = |make: &dyn Fn(&Value) -> Option<Value>| {
        let results: Option<Vec<Value>> = body["batch_input"].as_array().unwrap().iter().map(make).collect();
        match results {
            Some(results) => (200, json!({"data": {"batch_results": results}})),
            None => (400, json!({"errors": ["invalid ciphertext"]})),
        }
    };
    match path {
        "/v1/transit/keys/people" => (200, json!({"data": {"latest_version": newest}})),
        "/v1/transit/encrypt/people" => each(&|part| {
            let plain: String = part["plaintext"].as_str()?.chars().rev().collect();
            Some(json!({"ciphertext": format!("vault:v{}:{plain}", part["key_version"])}))
        }),
        "/v1/transit/decrypt/people" => each(&|part| {
            let (_, turned) = part["ciphertext"].as_str()?.strip_prefix("vault:v")?.split_once(':')?;
            Some(json!({"plaintext": turned.chars().rev().collect::<String>()}))
        }),
        _ => (404, json!({"errors": []})),
    }
}

#[test]
fn a_key_service_wraps_the_keys_and_may_be_away() {
    let folder = tempfile::tempdir().unwrap();
    let (data, service) = (data_dir(folder.path(), "data"), Transit::start());
    let (config, token) = (folder.path().join("sanzao.toml"), folder.path().join("service-token"));
    let settings = format!(
        "data = {:?}\n[vault]\nsuite = \"sm4-gcm\"\n[vault.key_service]\nurl = {:?}\nkey = \"people\"\ntoken_file = {:?}\n",
        text(&data),
        service.address,
        text(&token)
    );
    fs::write(&config, settings).unwrap();
    fs::write(&token, "a-token-of-the-service\n").unwrap();
    let one = person("19400301", 1, "欧阳秀兰");
    take(&data, &[registered("r1", &one, "H1")]);
    let with = |arguments: &[&str]| {
        let mut command = sanzao();
        // No proxy of the environment is asked: it would read the keys.
        command.env("ALL_PROXY", "http://127.0.0.1:1").env_remove("NO_PROXY").env_remove("no_proxy");
        command.args(["vault", "--config", text(&config), "--json"]).args(arguments);
        let output = command.output().unwrap();
        let (out, told) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        if output.status.success() { Ok(json(&out)) } else { Err(told) }
    };
    let status = with(&["status"]).unwrap();
    assert_eq!(status["suite"], "sm4-gcm");
    assert_eq!(status["masters"], json!([{"id": "transit/people:v1", "keys": 1}]));
    assert!(!data.join("vault-master.key").exists());
    let person = pipeline(&data).pseudonyms().person(&IdNumber::parse(number(&one)).unwrap()).to_string();
    let reveal = [&["reveal", &person][..], &WHO].concat();
    let shown = with(&reveal).unwrap();
    assert_eq!(values(&shown["names"]), BTreeSet::from(["欧阳秀兰".to_owned()]));

    service.version.store(2, Ordering::SeqCst);
    let told = with(&["rotate", "--add", "2"]).unwrap_err();
    assert!(told.contains("key service"), "{told}");
    let rotated = with(&["rotate"]).unwrap();
    assert_eq!(rotated, json!({"moved": 1, "masters": [{"id": "transit/people:v2", "keys": 1}]}));
    assert_eq!(with(&reveal).unwrap(), shown);

    service.is_away.store(true, Ordering::SeqCst);
    let told = with(&reveal).unwrap_err();
    assert!(told.contains("the key service is away") && told.contains("503"), "{told}");
    service.is_away.store(false, Ordering::SeqCst);
    fs::write(&token, "another\n").unwrap();
    let told = with(&reveal).unwrap_err();
    assert!(told.contains("403") && !told.contains("another"), "{told}");
    fs::write(&token, "a-token-of-the-service\n").unwrap();
    assert_eq!(with(&reveal).unwrap(), shown);
    let elsewhere = fs::read_to_string(&config).unwrap().replace("127.0.0.1", "192.0.2.1");
    fs::write(&config, elsewhere).unwrap();
    let told = with(&reveal).unwrap_err();
    assert!(told.contains("on this machine"), "{told}");
}
