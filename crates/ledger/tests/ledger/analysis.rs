//! Snapshots open in DuckDB and in pandas, as `SNAPSHOTS.md` says.

use std::path::Path;
use std::process::Command;

use arrow::array::AsArray;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sanzao_ledger::{Position, Snapshots};
use sanzao_model::{Body, Content, Feed, Instant, PersonId, Statement};
use serde_json::{Value, json};

use crate::python::{python, scripts};
use crate::world::{BUREAU, delivered, empty_ledger, statements};

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A row as `SNAPSHOTS.md` says that it is, from the statement itself.
fn row(feed: Feed, statement: &Statement) -> Value {
    let mut row = json!({
        "event": hex(statement.event.0), "fact_id": hex(statement.content.id().0), "feed": feed.as_str(),
        "kind": "record.retracted", "on": null, "time": statement.time.0, "people": [],
        "household": null, "benefit": null, "retracts": null,
    });
    match &statement.content {
        Content::Retraction { retracts, .. } => row["retracts"] = hex(retracts.0).into(),
        Content::Fact(fact) => {
            let mut people: Vec<PersonId> =
                fact.subject.named().iter().map(|named| named.who.person).collect();
            match &fact.body {
                Body::RelationRecorded { related, .. } => people.push(related.who.person),
                Body::IdentityCorrected { former } => people.push(former.person),
                Body::BirthCertified { child } => people.extend(child.map(|child| child.person)),
                Body::PersonRegistered { household, .. } | Body::HouseholdMoved { household, .. } => {
                    row["household"] = hex(household.0).into();
                }
                body => row["benefit"] = body.benefit().map(|benefit| hex(benefit.0)).into(),
            }
            row["kind"] = fact.body.kind().into();
            row["on"] = fact.on.to_string().into();
            row["people"] = people.iter().map(|person| hex(person.0)).collect();
        }
    }
    row
}

/// The statements that a part restores.
fn restored(part: &Path) -> Vec<(Feed, Statement)> {
    let bytes = Bytes::from(std::fs::read(part).unwrap());
    let mut statements = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let blobs = batch.column_by_name("statement").unwrap().as_binary::<i32>();
        statements.extend(
            blobs.iter().map(|blob| postcard::from_bytes::<(Feed, Statement)>(blob.unwrap()).unwrap()),
        );
    }
    statements
}

#[test]
fn duckdb_and_pandas_read_what_the_ledger_says() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let snapshots =
        Snapshots::in_folder(folder.path().join("state/snapshots")).unwrap().with_rows_per_part(150);
    let mut ledger = empty_ledger();
    // Somebody whom nothing names: manifests tell of the erasure, and nothing else changes.
    ledger.erase_received(PersonId([1; 16]), 5, &[]);
    let mut runner = TestRunner::deterministic();
    let mut drawn: Vec<_> =
        (0..60).flat_map(|_| statements().new_tree(&mut runner).unwrap().current()).collect();
    // To the nanosecond.
    for (_, statement) in &mut drawn {
        statement.time = Instant(statement.time.0 + 1_718_000_000_123_456_789);
    }
    let batches = delivered(&drawn, 7);
    let (before, after) = batches.split_at(batches.len() / 2);
    // An older snapshot lies beside, of which nothing may be counted.
    for (facts_offset, batches) in [(20, before), (40, after)] {
        for batch in batches {
            ledger.apply(batch);
        }
        let position = Position { facts_offset, log: String::new(), state: json!({"day": "2025-06-30"}) };
        snapshots.write(&ledger, position, Instant(1_751_241_600_000_000_000)).unwrap();
    }
    let manifest = snapshots.list(BUREAU).unwrap().remove(0).manifest.unwrap();
    assert!(manifest.parts.len() > 3 && manifest.people > 10, "{manifest:?}");
    let bureau = folder.path().join("state/snapshots/320614");
    let rows: Vec<Value> = manifest
        .parts
        .iter()
        .flat_map(|part| restored(&bureau.join(&part.name)))
        .map(|(feed, statement)| row(feed, &statement))
        .collect();
    let (facts, events) = ledger.counts();
    let expected = json!({
        "rows": rows, "facts": facts, "events": events, "people": manifest.people,
        "parts": manifest.parts.iter().map(|part| &part.name).collect::<Vec<_>>(),
    });
    let expected_file = folder.path().join("expected.json");
    std::fs::write(&expected_file, expected.to_string()).unwrap();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("SNAPSHOTS.md");
    let output = Command::new(python)
        .arg(scripts().join("compare.py"))
        .args([&expected_file, &document])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}
