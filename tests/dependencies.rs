//! Holds who may depend on whom (design §3) and which crate owns which heavy library.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// For each crate the workspace crates it may use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("access", &["model"]),
    ("journal", &["model"]),
    ("intake", &["model"]),
    ("feed-police", &["model", "intake"]),
    ("feed-social-security", &["model", "intake"]),
    ("feed-health", &["model", "intake"]),
    ("feed-medical-insurance", &["model", "intake"]),
    ("feed-registry", &["model", "intake"]),
    ("files", &["model"]),
    ("vault", &["model"]),
    ("audit", &["model"]),
    ("ledger", &["model"]),
    ("discovery", &["model", "ledger"]),
    ("casework", &["model"]),
    ("exchange", &["model"]),
    ("readmodel", &["model"]),
    ("api", &["model", "access", "audit", "exchange", "readmodel", "casework", "vault", "journal"]),
    ("synth", &["model"]),
    ("traces", &[]),
];

/// Heavy libraries and the crates that may use them directly.
const OWNERS: &[(&str, &[&str])] = &[
    ("rdkafka", &["journal"]),
    ("datafusion", &["discovery"]),
    ("axum", &["api"]),
    ("rusqlite", &["audit", "exchange", "journal", "readmodel", "vault"]),
    // Snapshots; what a back-test found, which is of no ledger; and lists as files.
    ("parquet", &["api", "ledger", "platform"]),
    ("object_store", &["ledger"]),
    ("rusty-s3", &["ledger"]),
    ("calamine", &["files"]),
    ("prost", &["traces"]),
    // The client of Kafka is linked with it.
    ("openssl", &["journal"]),
    // Signatures of providers of identity; it comes with TLS.
    ("ring", &["access"]),
];

/// The dependencies of each crate under `crates/`, those for tests aside.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("in the workspace").join("crates");
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(crates).expect("the crates can be listed") {
        let folder = entry.expect("a crate can be listed").path();
        let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
        let mut names = BTreeSet::new();
        for section in ["dependencies", "build-dependencies"] {
            let table = manifest.get(section).and_then(|value| value.as_table());
            names.extend(table.into_iter().flat_map(|table| table.keys().cloned()));
        }
        all.insert(
            folder.file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned(),
            names,
        );
    }
    all
}

#[test]
fn crates_use_only_whom_they_may() {
    let mut wrong = Vec::new();
    let all = dependencies();
    assert!(all.len() >= ALLOWED.len(), "found only {} crates", all.len());
    for (name, used) in &all {
        if name == "platform" {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| known == name) else {
            wrong.push(format!("crates/{name} is not in the table: say whom it may use"));
            continue;
        };
        for other in used.iter().filter_map(|other| other.strip_prefix("sanzao-")) {
            if !allowed.contains(&other) {
                wrong.push(format!("crates/{name} uses {other}, which it must not know"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn heavy_libraries_have_one_owner() {
    let mut wrong = Vec::new();
    for (name, used) in dependencies() {
        for (library, owners) in OWNERS {
            if used.contains(*library) && !owners.contains(&name.as_str()) {
                wrong
                    .push(format!("crates/{name} uses {library}, which belongs to {}", owners.join(" and ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn cargo_deny_holds_the_same_owners() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("in the workspace").join("deny.toml");
    let deny: toml::Table =
        fs::read_to_string(path).expect("deny.toml is there").parse().expect("it is TOML");
    let bans = deny["bans"]["deny"].as_array().expect("bans.deny is a list");
    for (library, owners) in OWNERS {
        let ban = bans.iter().find(|ban| ban["crate"].as_str() == Some(library));
        let ban = ban.unwrap_or_else(|| panic!("deny.toml names no wrappers of {library}"));
        let wrappers: Vec<_> =
            ban["wrappers"].as_array().expect("a list").iter().filter_map(|w| w.as_str()).collect();
        for owner in *owners {
            let package = match *owner {
                "platform" => "sanzao".to_owned(),
                owner => format!("sanzao-{owner}"),
            };
            assert!(wrappers.contains(&package.as_str()), "{library}: {package} is missing in deny.toml");
        }
        let ours = wrappers.iter().filter(|wrapper| wrapper.starts_with("sanzao")).count();
        assert_eq!(ours, owners.len(), "{library}: deny.toml allows other crates of the workspace");
    }
}
