//! The schemas, examples and kept events under `schemas/feeds`, as files and as validators.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::{Registry, Validator};
use sanzao_model::{Feed, IdNumber};
use serde_json::Value;

use crate::sample::contract;

/// `schemas/feeds`.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/feeds")
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry can be read").file_name().into_string().expect("a plain name"))
        .collect();
    names.sort();
    names
}

pub fn text_of(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn json_of(path: &Path) -> Value {
    serde_json::from_str(&text_of(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The event types that the contract of a feed reads.
pub fn event_types(feed: Feed) -> Vec<&'static str> {
    contract(feed).events.iter().map(|event| event.name).chain(["record.retracted"]).collect()
}

/// One file below `examples`: `valid-…`, `invalid-…` or `beyond-schema-…`.
pub struct Example {
    pub feed: Feed,
    /// As `household.moved`.
    pub event: String,
    pub name: String,
    pub text: String,
}

pub fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    for feed in Feed::ALL {
        let folder = folder().join(feed.as_str()).join("examples");
        for versioned in names(&folder) {
            let event =
                versioned.strip_suffix(".v1").expect("a folder is named for an event and its version");
            for name in names(&folder.join(&versioned)) {
                let text = text_of(&folder.join(&versioned).join(&name));
                examples.push(Example { feed, event: event.to_owned(), name, text });
            }
        }
    }
    examples
}

/// Every schema, by its `$id`.
fn registry() -> Registry<'static> {
    let folder = folder();
    let mut paths = vec![folder.join("common.json"), folder.join("envelope.json")];
    for feed in Feed::ALL {
        let folder = folder.join(feed.as_str());
        paths.extend(names(&folder).iter().filter(|n| n.ends_with(".json")).map(|name| folder.join(name)));
    }
    let schemas = paths.iter().map(|path| {
        let schema = json_of(path);
        let id = schema["$id"].as_str().unwrap_or_else(|| panic!("{} has no $id", path.display()));
        (id.to_owned(), schema)
    });
    Registry::new().extend(schemas).expect("ids are URIs").prepare().expect("references lead to schemas")
}

/// The validator of a schema, with formats checked and those of our own known.
fn compiled(registry: &Registry<'_>, schema: &Value) -> Validator {
    let options = jsonschema::options()
        .with_registry(registry)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_format("sanzao-id-number", |text: &str| IdNumber::parse(text).is_ok())
        .with_format("sanzao-event-id", |text: &str| text.len() <= 256);
    options.build(schema).unwrap_or_else(|error| panic!("{}: {error}", schema["$id"]))
}

/// The schema of whole events.
pub static ENVELOPE: LazyLock<Validator> =
    LazyLock::new(|| compiled(&registry(), &json_of(&folder().join("envelope.json"))));

/// The schema of the `data` of one event type.
pub fn of_data(feed: Feed, event: &str) -> (Value, Validator) {
    let schema = json_of(&folder().join(feed.as_str()).join(format!("{event}.v1.json")));
    let validator = compiled(&registry(), &schema);
    (schema, validator)
}
