//! The keys of people: wrapped anew, backed up, restored.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use sanzao_vault::MasterId;
use serde_json::json;

use crate::clock;
use crate::erasures_heard::erasures_in_log;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::progress;

/// People whose keys are wrapped anew in one transaction.
const PEOPLE_AT_ONCE: usize = 5_000;

/// Adds a random master key to the file; it is the current one from then on.
pub(super) fn add_master(pipeline: &Pipeline, id: &str) -> Result<()> {
    let id: MasterId = id.parse()?;
    let Some(path) = pipeline.identities().master_key_file() else {
        bail!("the master keys are in a key service: have it rotate its key, then run rotate without --add");
    };
    // What is wrong with the file is said before it is changed.
    pipeline.identities().with(|vault| vault.masters_in_use())?;
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let has = |line: &str| line.split_whitespace().next() == Some(id.as_str());
    ensure!(!text.lines().any(has), "{} holds a key {id} already: choose another id", path.display());
    let line_break = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let key = crate::data_dir::random_key()?;
    let mut file = OpenOptions::new().append(true).open(&path)?;
    let written =
        file.write_all(format!("{line_break}{id} {key}\n").as_bytes()).and_then(|()| file.sync_all());
    written.with_context(|| format!("cannot write {}", path.display()))?;
    pipeline.identities().close();
    Ok(())
}

pub(super) fn rotate(pipeline: &Pipeline, as_json: bool) -> Result<()> {
    let people = pipeline.identities().with(|vault| vault.status())?.people;
    let bar = progress::bar(people, "wrapping keys anew");
    let mut moved = 0;
    loop {
        let step = pipeline.identities().with(|vault| vault.rewrap(PEOPLE_AT_ONCE))?;
        moved += step.moved;
        bar.set_position(people - step.left.min(people));
        if step.left == 0 {
            break;
        }
    }
    bar.finish_and_clear();
    let masters = pipeline.identities().with(|vault| vault.masters_in_use())?;
    if as_json {
        let masters: Vec<_> =
            masters.iter().map(|(id, keys)| json!({"id": id.as_str(), "keys": keys})).collect();
        return say!("{}", json!({"moved": moved, "masters": masters}));
    }
    say!("{moved} keys wrapped anew")?;
    for (id, keys) in masters {
        say!("master key {id} wraps {keys} keys")?;
    }
    say!("a former key may go once no backup of the keys or copy of vault.db needs it")
}

pub(super) fn backup(pipeline: &Pipeline, file: &Path, as_json: bool) -> Result<()> {
    ensure!(!file.exists(), "{} is there already: choose another name", file.display());
    let keys = pipeline.identities().with(|vault| vault.backup_keys(file, clock::now()))?;
    if as_json {
        return say!("{}", json!({"file": file, "keys": keys}));
    }
    say!("{keys} keys in {}; keep it apart from the master key, and destroy former ones", file.display())
}

pub(super) fn restore(pipeline: &Pipeline, file: &Path, as_json: bool) -> Result<()> {
    // Erasures stand in the log, too, even if the vault's file was lost since.
    let erased = erasures_in_log(pipeline.journal.as_ref(), &pipeline.topics)?;
    let restored = pipeline.identities().with(|vault| vault.restore_keys(file, &erased))?;
    if as_json {
        let report = json!({
            "keys": restored.keys, "present": restored.present, "erased": restored.erased,
            "erased_here": restored.erased_here,
        });
        return say!("{report}");
    }
    say!(
        "{} keys restored, {} were here, {} are of people erased since and stay destroyed",
        restored.keys,
        restored.present,
        restored.erased
    )
}

/// Copies the vault's file without the keys of people.
pub(super) fn copy(pipeline: &Pipeline, file: &Path, as_json: bool) -> Result<()> {
    pipeline.identities().with(|vault| vault.copy_without_keys(file))?;
    if as_json {
        return say!("{}", json!({"file": file}));
    }
    say!("{} holds no keys: with a backup of them it is a vault again", file.display())
}

pub(super) fn compact(pipeline: &Pipeline, as_json: bool) -> Result<()> {
    pipeline.identities().with(sanzao_vault::Vault::compact)?;
    if as_json { say!("{}", json!({"compacted": true})) } else { say!("the vault's file is written anew") }
}
