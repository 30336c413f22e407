//! Tables and mappings: the first byte says what the others are.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sanzao_files::{Format, Mapping, Options, Outcome, read_bytes};
use sanzao_fuzz::judge;
use sanzao_model::Feed;

/// Every mapping of `schemas/mappings`.
static MAPPINGS: LazyLock<Vec<Mapping>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/mappings");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("there are mappings")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    let text = |path| std::fs::read_to_string(path).expect("a mapping can be read");
    paths.iter().map(|path| Mapping::parse(&text(path)).expect("a mapping of ours is right")).collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let format = match first % 4 {
        0 => Format::Xlsx,
        1 => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                let _ = Mapping::parse(text);
            }
            return;
        }
        _ => Format::Csv,
    };
    let mapping = &MAPPINGS[usize::from(first / 4) % MAPPINGS.len()];
    let options = Options { time: Some("2026-01-07T09:12:33+08:00".to_owned()), sheet: None };
    if let Ok(outcomes) = read_bytes(mapping, &options, format, bytes) {
        let feed: Feed = mapping.feed();
        for outcome in outcomes {
            // What a row becomes is judged as any event: intake takes it only if the schema does.
            if let Outcome::Event(event) = outcome {
                judge(feed, &event.value);
            }
        }
    }
});
