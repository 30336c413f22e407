//! Holds `deploy/security.md`: every requirement of the standard is answered once, what is named is there, nothing is met
//! without a test; and what it says of limits, keys, components and connections is so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ANSWERS: [&str; 5] = ["met", "met by the operator", "not applicable", "not met", "not met yet"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").to_owned()
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn document() -> String {
    text("deploy/security.md")
}

/// A requirement, answered.
struct Row {
    number: String,
    answer: String,
    reason: String,
    files: Vec<String>,
    tests: Vec<String>,
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inside.split('|').map(str::trim).collect())
}

/// What stands between backquotes.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn rows(document: &str) -> Vec<Row> {
    let answers = document.split("\n## Answers\n").nth(1).expect("there is a part of answers");
    let is_number = |text: &str| {
        text.split('.').count() == 3 && text.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit())
    };
    let mut rows = Vec::new();
    for cells in answers.lines().filter_map(cells).filter(|cells| is_number(cells[0])) {
        assert_eq!(cells.len(), 5, "{}: expected five cells", cells[0]);
        let (answer, reason) = cells[2].split_once(':').unwrap_or((cells[2], ""));
        rows.push(Row {
            number: cells[0].to_owned(),
            answer: answer.trim().to_owned(),
            reason: reason.trim().to_owned(),
            files: quoted(cells[3]),
            tests: quoted(cells[4]),
        });
    }
    rows
}

/// The part of the document under a heading.
fn part(document: &str, heading: &str) -> String {
    let from = document.split(&format!("\n## {heading}\n")).nth(1);
    let from = from.unwrap_or_else(|| panic!("deploy/security.md has no part {heading}"));
    from.split("\n## ").next().unwrap_or_default().to_owned()
}

#[test]
fn every_requirement_is_answered_once() {
    let numbers = text("tests/asvs-5.0.0.csv");
    let asked: BTreeSet<&str> = numbers
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!(asked.len(), 237);
    let document = document();
    let rows = rows(&document);
    let mut answered = BTreeSet::new();
    for row in &rows {
        assert!(asked.contains(row.number.as_str()), "{}: no such requirement", row.number);
        assert!(answered.insert(row.number.as_str()), "{}: answered twice", row.number);
        assert!(ANSWERS.contains(&row.answer.as_str()), "{}: {:?} is no answer", row.number, row.answer);
    }
    let missing: Vec<_> = asked.difference(&answered).collect();
    assert!(missing.is_empty(), "not answered: {missing:?}");
    for answer in ANSWERS {
        let count = rows.iter().filter(|row| row.answer == answer).count();
        assert!(document.contains(&format!("| {answer} | {count} |")), "{answer}: there are {count}");
    }
}

/// Whether a file has a test function of that name.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(at, line)| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let is_named = line.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(name));
        is_named.is_some_and(|rest| rest.starts_with('('))
            && lines[..at]
                .iter()
                .rev()
                .take_while(|before| before.starts_with('#'))
                .any(|before| *before == "#[test]")
    })
}

#[test]
fn what_is_named_is_there_and_nothing_is_met_without_a_test() {
    let mut wrong = Vec::new();
    let rows = rows(&document());
    for row in &rows {
        let mut say = |what: String| wrong.push(format!("{}: {what}", row.number));
        for file in row.files.iter().filter(|file| !root().join(file).exists()) {
            say(format!("there is no {file}"));
        }
        for test in &row.tests {
            let Some((file, name)) = test.split_once("::") else {
                say(format!("{test} is no test: expected file::name"));
                continue;
            };
            let text = fs::read_to_string(root().join(file));
            if !text.is_ok_and(|text| has_test(&text, name)) {
                say(format!("there is no test {test}"));
            }
        }
        match row.answer.as_str() {
            "met" if row.tests.is_empty() || row.files.is_empty() => {
                say("met, but where, and shown by what?".into())
            }
            "met" => {}
            _ if row.reason.is_empty() => say(format!("{}, but why, or how?", row.answer)),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_operator_does_is_said_and_asked_for() {
    let document = document();
    let told: BTreeSet<String> = part(&document, "What the operator does")
        .lines()
        .filter_map(|line| Some(cells(line)?[0].to_owned()))
        .filter(|name| name.starts_with('O'))
        .collect();
    let mut asked = BTreeSet::new();
    for row in rows(&document) {
        let words = row.reason.split(|character: char| !character.is_ascii_alphanumeric());
        let is_name = |word: &&str| {
            word.strip_prefix('O')
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        let names: Vec<String> = words.filter(is_name).map(str::to_owned).collect();
        assert!(row.answer != "met by the operator" || !names.is_empty(), "{}: by doing what?", row.number);
        asked.extend(names);
    }
    assert_eq!(asked, told);
}

#[test]
fn what_is_to_be_documented_is() {
    let document = document();
    let mut parts = BTreeSet::new();
    for row in rows(&document) {
        let is_here = row.answer == "met" && row.files.iter().any(|file| file == "deploy/security.md");
        if is_here && !row.reason.is_empty() {
            let name = row.reason.trim_matches(['“', '”']).to_owned();
            assert!(
                part(&document, &name).split_whitespace().count() > 60,
                "{}: {name} says nothing",
                row.number
            );
            parts.insert(name);
        }
    }
    assert!(parts.len() >= 9, "{parts:?}");
}

/// The numbers that the text of a constant comes to.
fn value(text: &str) -> String {
    let text = ["Duration::from_secs(", "Duration::from_millis("].iter().fold(text, |text, call| {
        text.strip_prefix(call).and_then(|rest| rest.strip_suffix(')')).unwrap_or(text)
    });
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().ok();
    let product = || text.split('*').map(number).product::<Option<u64>>();
    let shifted = || text.split_once("<<").and_then(|(bits, by)| Some(number(bits)? << number(by)?));
    if let Some(value) = product().or_else(shifted) {
        return value.to_string();
    }
    let digits = text.split(|character: char| !(character.is_ascii_digit() || character == '_'));
    let numbers: Vec<String> = digits.filter_map(number).map(|number| number.to_string()).collect();
    numbers.join(", ")
}

#[test]
fn limits_are_those_of_the_code() {
    let mut checked = 0;
    for cells in part(&document(), "Limits").lines().filter_map(cells) {
        let Some(place) = quoted(cells[3]).pop() else { continue };
        let (file, name) = place.split_once("::").expect("a limit is named by file and constant");
        let code = text(file);
        let line = code.lines().find(|line| line.contains(&format!("const {name}: ")));
        let line = line.unwrap_or_else(|| panic!("{file} has no constant {name}"));
        let told = line.split_once(" = ").and_then(|(_, value)| value.strip_suffix(';'));
        let told = value(told.unwrap_or_else(|| panic!("{place}: its value stands in another line")));
        assert_eq!(cells[1], told, "{place}");
        checked += 1;
    }
    assert!(checked > 20, "{checked}");
}

/// The manifests of the crates, by name.
fn manifests() -> BTreeMap<String, toml::Table> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(root().join("crates")).expect("the crates can be listed") {
        let folder = entry.expect("a crate can be listed").path();
        let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        all.insert(name, manifest.parse().expect("a manifest is TOML"));
    }
    assert!(all.len() >= 20, "found only {} crates", all.len());
    all
}

fn uses(manifest: &toml::Table, library: &str) -> bool {
    manifest
        .get("dependencies")
        .and_then(|table| table.as_table())
        .is_some_and(|table| table.contains_key(library))
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let workspace: toml::Table = text("Cargo.toml").parse().expect("a manifest is TOML");
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for (name, manifest) in manifests() {
        let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        assert_eq!(inherits.and_then(toml::Value::as_bool), Some(true), "{name}: lints.workspace = true");
    }
}

#[test]
fn every_cryptographic_library_is_in_the_inventory() {
    const KNOWN: [&str; 25] = [
        "aes",
        "aes-gcm",
        "argon2",
        "blake2",
        "blake3",
        "cbc",
        "chacha20poly1305",
        "ctr",
        "ed25519-dalek",
        "hkdf",
        "hmac",
        "md-5",
        "openssl",
        "p256",
        "ring",
        "rsa",
        "rustls",
        "sha1",
        "sha2",
        "sm2",
        "sm3",
        "sm4",
        "subtle",
        "x25519-dalek",
        "zeroize",
    ];
    let keys = part(&document(), "Keys");
    let mut found = BTreeSet::new();
    for (name, manifest) in manifests() {
        for library in KNOWN.into_iter().filter(|library| uses(&manifest, library)) {
            assert!(
                keys.contains(&format!("`{library}`")),
                "{name} uses {library}, which “Keys” does not name"
            );
            found.insert(library);
        }
    }
    assert!(found.contains("aes-gcm") && found.contains("argon2"), "{found:?}");
}

#[test]
fn no_weak_hash_is_used() {
    for (name, manifest) in manifests() {
        for weak in ["md-5", "md4", "md5", "sha1", "sha-1", "ripemd"] {
            assert!(!uses(&manifest, weak), "{name} uses {weak}");
        }
    }
}

#[test]
fn every_key_is_in_the_inventory() {
    let keys = part(&document(), "Keys");
    let mut found = BTreeSet::new();
    for (file, code) in sources() {
        for name in code.split('"').filter(|text| text.ends_with(".key") && text.len() > 4) {
            if name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-.".contains(&byte)) {
                assert!(keys.contains(&format!("`{name}`")), "{file}: “Keys” does not name {name}");
                found.insert(name.to_owned());
            }
        }
    }
    assert!(found.len() >= 4, "{found:?}");
}

#[test]
fn every_way_out_is_documented() {
    let part = part(&document(), "Connections");
    let told: BTreeSet<(String, String)> = part
        .lines()
        .filter_map(cells)
        .filter_map(|cells| Some((quoted(cells[0]).pop()?, quoted(cells[1]).pop()?)))
        .collect();
    let mut found = BTreeSet::new();
    for (name, manifest) in manifests() {
        let networks = ["axum", "hyper", "rdkafka", "reqwest", "tonic", "tungstenite", "ureq"];
        for library in networks.into_iter().filter(|library| uses(&manifest, library)) {
            found.insert((name.clone(), library.to_owned()));
        }
    }
    assert_eq!(found, told);
    for (file, code) in sources() {
        // The benchmark asks its own server, on the same machine.
        let is_benchmark = file.starts_with("crates/platform/src/command/bench/");
        // The same brokers as their client, to find out what is wrong.
        let is_probe = file == "crates/journal/src/kafka/probe.rs";
        let connects = code.contains("TcpStream::connect");
        assert!(is_benchmark || is_probe || !connects, "{file} connects by itself");
        let clients = code.matches("config_builder()").count();
        assert_eq!(code.matches(".proxy(None)").count(), clients, "{file}: proxies of the environment");
        assert_eq!(code.matches(".max_redirects(0)").count(), clients, "{file}: redirections");
    }
}

/// Source files of the product without their tests, by path.
fn sources() -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of the checkout can be read") {
            let path = entry.expect("an entry of the checkout can be read").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if path.is_dir() {
                if !["tests", "benches", "examples", "target"].contains(&name.as_str()) {
                    collect(&path, found);
                }
            } else if name.ends_with(".rs") && name != "tests.rs" && !name.ends_with("_tests.rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&root().join("crates"), &mut found);
    assert!(found.len() > 200, "found only {} source files", found.len());
    let name = |path: &PathBuf| path.strip_prefix(root()).unwrap_or(path).display().to_string();
    let product = |code: String| code.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
    found.iter().map(|path| (name(path), product(text(path)))).collect()
}

#[test]
fn the_program_starts_no_other() {
    for (file, code) in sources() {
        for word in ["process::Command", "Command::new", "exec("] {
            assert!(!code.contains(word), "{file}: {word}");
        }
    }
    for (name, manifest) in manifests() {
        assert!(!uses(&manifest, "regex"), "{name} uses regex");
    }
}

#[test]
fn randomness_comes_from_the_system() {
    let mut drawn = 0;
    // Numbers of traces are no secrets, and made from a seed that the platform draws.
    let of_traces = text(root().join("crates/platform/src/following.rs"));
    assert!(of_traces.contains("SysRng"), "the seed of traces comes from elsewhere");
    let others = |file: &str| !file.starts_with("crates/synth/") && !file.starts_with("crates/traces/");
    for (file, code) in sources().iter().filter(|(file, _)| others(file)) {
        drawn += code.matches("SysRng").count();
        for word in ["thread_rng", "seed_from_u64", "from_seed(", "SmallRng", "rand_chacha", "fastrand"] {
            assert!(!code.contains(word), "{file}: {word}");
        }
        let seeded = code.matches("StdRng::").count();
        assert_eq!(
            code.matches("StdRng::try_from_rng(&mut SysRng)").count(),
            seeded,
            "{file}: seeded otherwise"
        );
    }
    assert!(drawn > 0);
}

/// What is written into queries, by file: names of tables, indexes and columns that the program made, codes of states and
/// digits of divisions. Each was looked at; constants need not be named.
const WRITTEN: [(&str, &[&str]); 3] = [
    ("crates/journal/src/embedded", &["", "id"]),
    ("crates/readmodel/src/lane.rs", &["", "below", "column", "few", "from", "index", "queue", "rule_is"]),
    ("crates/vault/src/rewrap.rs", &["table"]),
];

#[test]
fn queries_are_made_of_constants_and_digits() {
    let owners: Vec<String> = manifests()
        .into_iter()
        .filter(|(_, manifest)| uses(manifest, "rusqlite"))
        .map(|(name, _)| name)
        .collect();
    let (mut queries, mut wrong) = (0, Vec::new());
    let is_owned = |file: &str| owners.iter().any(|name| file.starts_with(&format!("crates/{name}/")));
    for (file, code) in sources().iter().filter(|(file, _)| is_owned(file)) {
        for query in code.split("format!(").skip(1).filter_map(literal) {
            let words =
                ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WHERE ", "PRAGMA ", "FROM ", " AND ", " = {"];
            if !words.iter().any(|word| query.contains(word)) {
                continue;
            }
            queries += 1;
            for hole in query.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                let is_constant =
                    !hole.is_empty() && hole.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
                let is_known = |(of, names): &(&str, &[&str])| file.starts_with(of) && names.contains(&hole);
                if !is_constant && !WRITTEN.iter().any(is_known) {
                    wrong.push(format!(
                        "{file}: {{{hole}}} is written into {query:?}: bind it as a parameter"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(queries > 10, "{queries}");
}

/// The literal that a macro begins with.
fn literal(made: &str) -> Option<&str> {
    made.trim_start().strip_prefix('"')?.split('"').next()
}

#[test]
fn every_component_comes_from_the_registry_with_its_checksum() {
    let lock: toml::Table = text("Cargo.lock").parse().expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("there are packages");
    assert!(packages.len() > 100);
    for package in packages {
        let name = package["name"].as_str().expect("a package has a name");
        let Some(source) = package.get("source").and_then(toml::Value::as_str) else {
            assert!(name.starts_with("sanzao"), "{name} comes from nowhere");
            continue;
        };
        assert_eq!(source, "registry+https://github.com/rust-lang/crates.io-index", "{name}");
        assert_eq!(package.get("checksum").and_then(toml::Value::as_str).map(str::len), Some(64), "{name}");
    }
    let deny: toml::Table = text("deny.toml").parse().expect("deny.toml is TOML");
    for kind in ["unknown-registry", "unknown-git"] {
        assert_eq!(deny["sources"][kind].as_str(), Some("deny"));
    }
}

#[test]
fn no_address_holds_anything_personal() {
    let document: serde_json::Value =
        serde_json::from_str(&text("schemas/openapi.json")).expect("it is JSON");
    let mut names = BTreeSet::new();
    for operations in document["paths"].as_object().expect("there are paths").values() {
        for operation in operations.as_object().expect("a path has operations").values() {
            let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
            let in_address = parameters.iter().filter(|one| one["in"] == "query" || one["in"] == "path");
            // Names of accounts and of saved views.
            names.extend(in_address.filter_map(|one| one["name"].as_str().map(str::to_owned)));
        }
    }
    assert!(names.contains("division") && names.contains("id"), "{names:?}");
    for personal in ["id_number", "number", "phone", "address", "purpose", "password", "token", "q", "text"] {
        assert!(!names.contains(personal), "{personal} stands in an address");
    }
}

#[test]
fn the_checks_can_fail() {
    let code = "    #[test]\n    #[ignore]\n    fn one(\n    fn other() {\n";
    assert!(has_test(code, "one") && !has_test(code, "other") && !has_test(code, "on"));
    assert_eq!(value("60 * 1024"), "61440");
    assert_eq!(value("10 << 20"), "10485760");
    assert_eq!(value("Duration::from_secs(15 * 60)"), "900");
    assert_eq!(value("Quota { burst: 300, per_minute: 3_000 }"), "300, 3000");
    assert_eq!(literal("\n  \"SELECT {x}\", y"), Some("SELECT {x}"));
}
