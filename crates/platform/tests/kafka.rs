//! The same run through a real Kafka, fed by a client that is not ours (kcat).
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use sanzao::topics::Topics;
use sanzao_journal::{Journal, KafkaConfig, KafkaJournal, NewRecord, Write};
use sanzao_model::Bureau;
use support::*;

/// What the names of this run's topics and groups begin with.
fn prefix() -> &'static str {
    static PREFIX: LazyLock<String> = LazyLock::new(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        format!("k{:x}-{}.", now.as_micros(), std::process::id())
    });
    &PREFIX
}

/// Sends each line of a file as one message.
fn produce(broker: &str, topic: &str, file: &Path) {
    let output = Command::new("kcat").args(["-P", "-b", broker, "-t", topic, "-l", text(file)]).output();
    let output = output.expect("kcat is needed to feed Kafka: install it");
    assert!(output.status.success(), "kcat: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_foreign_client_and_kafka_give_the_same_alerts() {
    let Ok(broker) = std::env::var("SANZAO_KAFKA") else {
        eprintln!("THE RUN THROUGH KAFKA DID NOT TAKE PLACE: SANZAO_KAFKA names no broker");
        assert!(std::env::var_os("CI").is_none(), "in CI a broker is needed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let district = district(folder.path(), 1_500, 31);
    let embedded = data_dir(folder.path(), "embedded");
    ingest_all(&embedded, &district, &FEEDS);
    let expected = drain(&embedded);

    let data = data_dir(folder.path(), "kafka");
    let config = folder.path().join("sanzao.toml");
    let data_text = text(&data);
    // kcat in plain text, the platform over TLS.
    let told = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is what kafka.sh env says"));
    let (servers, ca) = (told("SANZAO_KAFKA_TLS"), told("SANZAO_KAFKA_CA"));
    let settings = format!(
        "data = {data_text:?}\n[kafka]\nbootstrap_servers = {servers:?}\nca_file = {ca:?}\ntopic_prefix = {:?}\n",
        prefix()
    );
    std::fs::write(&config, settings).unwrap();
    let drain = || json(&run(&["run", "--config", text(&config), "--drain", "--day", AS_OF, "--json"]));
    topics_are_made_by_hand(&config);
    let before = drain();
    assert_eq!(before["accepted"], 0, "the broker holds events already: use a fresh one");
    for feed in FEEDS {
        produce(&broker, &format!("{}feed.{feed}", prefix()), &district.join(format!("{feed}.jsonl")));
    }
    let found = drain();
    assert!(found["open"].as_u64().unwrap() > 50, "{found}");
    for what in ["rejected", "open", "withdrawn", "planned", "due", "done", "overdue", "missed"] {
        let expected = if what == "rejected" { rejected(&district) } else { expected[what].clone() };
        assert_eq!(found[what], expected, "{what}: {found}");
    }
    let findings = |data: &Path, config: &[&str]| {
        run(&[&["findings", "--data", text(data), "--as-of", AS_OF], config].concat())
    };
    let on_kafka = ["--config", text(&config)];
    assert!(
        findings(&data, &on_kafka) == findings(&embedded, &[]),
        "findings differ between the two journals"
    );
    run(&["verify", "--config", text(&config)]);
    let again = drain();
    for what in ["open", "withdrawn", "planned", "due", "done", "overdue", "missed"] {
        assert_eq!(again[what], found[what], "{what} changed by a restart: {again}");
    }

    // A feed that is taken in again changes nothing.
    let sent = json(&run(&["topics", "replay", "health", "--config", text(&config), "--json"]));
    let again = drain();
    let known = again["duplicate"].as_u64().unwrap() + again["rejected"].as_u64().unwrap();
    assert!(known > 100 && again["accepted"] == 0 && sent["sent"] == known, "{sent} {again}");
    for what in ["open", "withdrawn", "planned", "due", "done", "overdue", "missed"] {
        assert_eq!(again[what], found[what], "{what} changed by a replay: {again}");
    }
    for topic in ["facts", "inbox", "work", "receipts.health"] {
        let shown = run(&["topics", "tail", topic, "--config", text(&config), "--limit", "3"]);
        assert!((2..=3).contains(&shown.lines().count()), "{shown}");
        for record in shown.lines().map(json) {
            assert!(
                record["record"].is_object() && record["record"]["unreadable"].is_null(),
                "{topic}: {record}"
            );
        }
    }
    let raw = run(&["topics", "tail", "feed.health", "--config", text(&config), "--limit", "1"]);
    assert!(json(&raw)["record"]["bytes"].as_u64().unwrap() > 100 && !raw.contains("id_number"), "{raw}");
    let doctor = run(&["doctor", "--config", text(&config)]);
    assert!(
        doctor.contains("clocks: ") && doctor.contains("ok   topics: ") && !doctor.contains("BAD"),
        "{doctor}"
    );
}

/// Of what is not as it has to be on a machine, at the brokers and between them.
#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let Ok(broker) = std::env::var("SANZAO_KAFKA") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (data, prefix) = (data_dir(folder.path(), "data"), format!("d{}", prefix()));
    let config = |broker: &str| {
        let config = folder.path().join("sanzao.toml");
        let kafka =
            format!("bootstrap_servers = {broker:?}\nsecurity = \"plaintext\"\ntopic_prefix = {prefix:?}\n");
        std::fs::write(&config, format!("data = {:?}\n[kafka]\n{kafka}", text(&data))).unwrap();
        config
    };
    let says = |config: &Path, ahead: &str| {
        let doctor = sanzao()
            .args(["doctor", "--dev", "--config", text(config)])
            .env("SANZAO_CLOCK_AHEAD_SECONDS", ahead)
            .output()
            .unwrap();
        (doctor.status.success(), String::from_utf8(doctor.stdout).unwrap())
    };
    let away = says(&config("127.0.0.1:1"), "0");
    assert!(!away.0 && away.1.contains("BAD  brokers: ") && away.1.contains("topics check"), "{away:?}");

    let config = config(&broker);
    run(&["topics", "apply", "--dev", "--config", text(&config)]);
    let well = says(&config, "0");
    assert!(well.0 && !well.1.contains("BAD") && well.1.contains("ok   clocks: "), "{well:?}");
    let wrong = says(&config, "-300");
    assert!(
        !wrong.0 && wrong.1.contains("BAD  clocks: ") && wrong.1.contains("ahead of this machine's by"),
        "{wrong:?}"
    );
    assert!(wrong.1.contains("NTP"), "{wrong:?}");

    let bureau = data.join("state/snapshots/320614");
    std::fs::create_dir_all(&bureau).unwrap();
    let manifest = "{\"manifest\": {\"format\": 99}}";
    std::fs::write(bureau.join("manifest-00000000000000000007.json"), manifest).unwrap();
    let other = says(&config, "0");
    assert!(
        other.0 && other.1.contains("1 of another version") && other.1.contains("if an upgrade goes on"),
        "{other:?}"
    );

    let journal = KafkaJournal::connect(KafkaConfig::new(&broker, "doctor")).unwrap();
    let topics = Topics::new(vec![Bureau(320_614)], 1).with_prefix(&prefix);
    let record = NewRecord { value: vec![9, 0, 0], ..NewRecord::default() };
    journal.write(Write::append(topics.facts(Bureau(320_614)), vec![record])).unwrap();
    let newer = says(&config, "0");
    assert!(
        !newer.0 && newer.1.contains("version 9") && newer.1.contains("run the version that wrote it"),
        "{newer:?}"
    );
}

/// Nothing flows before the topics are as they have to be.
fn topics_are_made_by_hand(config: &Path) {
    let refused = |arguments: &[&str]| {
        let output = sanzao().args(arguments).args(["--config", text(config)]).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let told = refused(&["run", "--drain"]);
    assert!(told.contains("run `sanzao topics apply`") && told.contains("facts is missing"), "{told}");
    assert!(refused(&["topics", "check"]).contains("facts is missing"));
    assert!(refused(&["doctor"]).contains("run `sanzao topics apply`"));
    run(&["topics", "apply", "--config", text(config)]);
    let told = run(&["topics", "check", "--config", text(config)]);
    assert!(told.contains("as they have to be"), "{told}");
}

/// How many lines intake refuses, as an embedded ingest counts them.
fn rejected(district: &Path) -> serde_json::Value {
    let folder = tempfile::tempdir().unwrap();
    let data = data_dir(folder.path(), "count");
    let totals = ingest_all(&data, district, &FEEDS);
    totals.iter().map(|one| one["rejected"].as_u64().unwrap()).sum::<u64>().into()
}
