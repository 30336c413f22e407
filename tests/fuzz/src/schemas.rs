//! The validators of `schemas/feeds`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::{Registry, Validator};
use sanzao_model::{Feed, IdNumber};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/feeds")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry can be read").path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

fn read(path: &Path) -> Value {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let folders = Feed::ALL.iter().map(|feed| folder().join(feed.as_str()));
    let schemas = [folder()].into_iter().chain(folders).flat_map(|folder| files(&folder)).map(|path| {
        let schema = read(&path);
        (schema["$id"].as_str().expect("a schema has an $id").to_owned(), schema)
    });
    Registry::new().extend(schemas).expect("ids are URIs").prepare().expect("references lead to schemas")
});

fn compiled(schema: &Value) -> Validator {
    let options = jsonschema::options()
        .with_registry(&REGISTRY)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .with_format("sanzao-id-number", |text: &str| IdNumber::parse(text).is_ok())
        .with_format("sanzao-event-id", |text: &str| text.len() <= 256);
    options.build(schema).unwrap_or_else(|error| panic!("{}: {error}", schema["$id"]))
}

/// The schema of whole events.
pub static ENVELOPE: LazyLock<Validator> = LazyLock::new(|| compiled(&read(&folder().join("envelope.json"))));

static DATA: LazyLock<HashMap<String, Validator>> = LazyLock::new(|| {
    let of_feed = |feed: Feed| files(&folder().join(feed.as_str())).into_iter().map(move |path| (feed, path));
    let all = Feed::ALL.into_iter().flat_map(of_feed);
    all.map(|(feed, path)| {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        (format!("{feed}/{name}"), compiled(&read(&path)))
    })
    .collect()
});

/// The schema of the data of one event type, if there is such a type.
pub fn of_data(feed: Feed, event: &str) -> Option<&'static Validator> {
    DATA.get(&format!("{feed}/{event}.v1.json"))
}
