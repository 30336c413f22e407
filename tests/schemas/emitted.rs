//! The schemas and examples under `schemas/events`, as files and as validators.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

/// `schemas`.
pub fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

/// `schemas/events`.
pub fn folder() -> PathBuf {
    schemas().join("events")
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry can be read").file_name().into_string().expect("a plain name"))
        .collect();
    names.sort();
    names
}

pub fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn json_of(path: &Path) -> Value {
    serde_json::from_str(&text_of(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every schema of emitted events.
pub fn all() -> Vec<(String, Value)> {
    let files = names(&folder()).into_iter().filter(|name| name.ends_with(".json"));
    files.map(|name| (name.clone(), json_of(&folder().join(name)))).collect()
}

/// One file below `examples`.
pub struct Example {
    /// As `alert.opened`.
    pub event: String,
    pub name: String,
    pub document: Value,
}

pub fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    let folder = folder().join("examples");
    for versioned in names(&folder) {
        let event = versioned.strip_suffix(".v1").expect("a folder is named for an event and its version");
        for name in names(&folder.join(&versioned)) {
            let document = json_of(&folder.join(&versioned).join(&name));
            examples.push(Example { event: event.to_owned(), name, document });
        }
    }
    examples
}

/// The same schema, without room for what it does not describe.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(entries) => {
            let mut closed: serde_json::Map<_, _> =
                entries.iter().map(|(key, value)| (key.clone(), closed(value))).collect();
            if entries.get("type") == Some(&json!("object")) && entries.contains_key("properties") {
                closed.insert("unevaluatedProperties".into(), json!(false));
            }
            Value::Object(closed)
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

/// The validator of whole events, or of what an event type says, in the form that `form` gives each schema.
pub fn validator(id: &str, form: fn(&Value) -> Value) -> Validator {
    let schemas = all()
        .into_iter()
        .map(|(_, schema)| (schema["$id"].as_str().expect("a schema has an $id").to_owned(), form(&schema)));
    let registry = Registry::new().extend(schemas).expect("ids are URIs").prepare();
    let registry = registry.expect("references lead to schemas");
    let options = jsonschema::options().with_registry(&registry).should_validate_formats(true);
    options.build(&json!({"$ref": id})).unwrap_or_else(|error| panic!("{id}: {error}"))
}

/// The schema of whole events, as readers have it.
pub static ENVELOPE: LazyLock<Validator> =
    LazyLock::new(|| validator("urn:sanzao:events:envelope", Value::clone));

/// The same, and nothing that is not described.
pub static CLOSED: LazyLock<Validator> = LazyLock::new(|| validator("urn:sanzao:events:envelope", closed));

pub fn faults(validator: &Validator, document: &Value) -> Vec<String> {
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
