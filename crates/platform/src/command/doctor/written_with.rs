//! Whether what lies in log, folder and bucket was written with the key of this machine and by a version that is read here.

use std::collections::BTreeSet;

use sanzao_intake::Pseudonyms;
use sanzao_journal::{Journal, JournalError};
use sanzao_ledger::snapshot::{Damage, FORMAT};
use sanzao_ledger::{Listed, Snapshots};
use sanzao_model::{Bureau, FactsRecord};

use super::Diagnosis;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::snapshot_stores::SnapshotStores;
use crate::topics::Topics;

/// Whose facts they are stands in the first records: more than one where two processes began them at once.
const FIRST_BYTES: usize = 64 << 10;

/// Whether a bureau's facts were written with the pseudonym key of this machine, and with one alone.
pub(super) fn key(config: &Config, journal: &dyn Journal, topics: &Topics, bureau: Bureau) -> Diagnosis {
    let what = format!("key of {bureau}");
    let checks = match key_checks(journal, topics, bureau) {
        Ok(checks) => checks,
        Err(error) => return Diagnosis::wrong(what, error.to_string(), "see what it says"),
    };
    // Asked for its key, a data directory without one would make it.
    if !config.data.join("pseudonym.key").exists() {
        return match checks.is_empty() {
            true => Diagnosis::well(what, "nothing was written yet, and there is no key yet"),
            false => Diagnosis::wrong(
                what,
                "facts were written, and pseudonym.key is missing here",
                "copy pseudonym.key and seal.key from another process or their backup",
            ),
        };
    }
    let data = DataDir::existing(config).or_else(|_| DataDir::create(&config.data));
    let key = data.and_then(|data| data.pseudonym_key()).and_then(|key| Ok(key.parse()?));
    let own = match key {
        Ok(key) => Pseudonyms::new(&key).key_check(),
        Err(error) => {
            return Diagnosis::wrong(what, format!("{error:#}"), "restore pseudonym.key from its backup");
        }
    };
    told(what, &checks, own)
}

fn told(what: String, checks: &[[u8; 16]], own: [u8; 16]) -> Diagnosis {
    let different: BTreeSet<&[u8; 16]> = checks.iter().collect();
    match checks.first() {
        None => Diagnosis::well(what, "nothing was written yet"),
        Some(first) if *first != own => Diagnosis::wrong(
            what,
            "the facts were written with another pseudonym.key than the one here: everybody would be a stranger",
            "put the pseudonym.key and seal.key of the other processes, or their backup, in place of those here",
        ),
        Some(_) if different.len() > 1 => Diagnosis::wrong(
            what,
            "two processes began these facts at once, with different keys",
            "the key here is the one that holds: copy pseudonym.key and seal.key to all other processes; if one of \
             them has taken in events with its own, begin anew with other topics",
        ),
        Some(_) => Diagnosis::well(what, "the facts were written with the one here"),
    }
}

fn key_checks(journal: &dyn Journal, topics: &Topics, bureau: Bureau) -> Result<Vec<[u8; 16]>, JournalError> {
    let facts = topics.facts(bureau);
    let first = journal.read(&facts, journal.begin(&facts)?, FIRST_BYTES)?.records;
    let checks = first.iter().filter_map(|record| match FactsRecord::from_bytes(&record.value) {
        Ok(FactsRecord::Of { key_check, .. }) => Some(key_check),
        _ => None,
    });
    Ok(checks.collect())
}

/// Whether snapshots in folder and bucket can be read by this version.
pub(super) fn snapshots(config: &Config, bureaus: &[Bureau]) -> Vec<Diagnosis> {
    if !config.data.join("state").exists() && config.snapshots.bucket.is_none() {
        return Vec::new();
    }
    let stores = DataDir::create(&config.data).and_then(|data| SnapshotStores::open(config, &data));
    match stores {
        Ok(stores) => stores.at_a_start().into_iter().map(|store| in_store(store, bureaus)).collect(),
        Err(error) => vec![Diagnosis::wrong("snapshots", format!("{error:#}"), "see what it says")],
    }
}

fn in_store(store: &Snapshots, bureaus: &[Bureau]) -> Diagnosis {
    let what = format!("snapshots in {}", store.place());
    let listed: Result<Vec<Vec<Listed>>, _> = bureaus.iter().map(|bureau| store.list(*bureau)).collect();
    let listed: Vec<Listed> = match listed {
        Ok(listed) => listed.into_iter().flatten().collect(),
        Err(error) => {
            let advice = "starts go on without it; mend what it says, or copies stay behind";
            return Diagnosis::warning(what, error.to_string(), advice);
        }
    };
    let damages = listed.iter().filter_map(|it| it.manifest.as_ref().err().map(|damage| (&it.name, damage)));
    let (other, broken): (Vec<_>, Vec<_>) =
        damages.partition(|(_, damage)| matches!(damage, Damage::Format { .. }));
    if let Some((name, damage)) = other.first() {
        let advice = "nothing, if an upgrade goes on: each version skips those of the other, and reads the log where it \
                      has none; else run the version that wrote them";
        return Diagnosis::warning(
            what,
            format!("{} of another version ({name}: {damage})", other.len()),
            advice,
        );
    }
    if let Some((name, damage)) = broken.first() {
        let advice =
            "they are skipped; delete them, and look at the disk: `sanzao snapshot verify` reads all";
        return Diagnosis::warning(
            what,
            format!("{} cannot be used ({name}: {damage})", broken.len()),
            advice,
        );
    }
    Diagnosis::well(what, format!("{}, of format {FORMAT}", listed.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::doctor::State;

    #[test]
    fn another_key_is_wrong_and_so_are_two() {
        let wrong = |checks: &[[u8; 16]]| match told("key".into(), checks, [1; 16]).state {
            State::Wrong(found, advice) => Some(format!("{found}; {advice}")),
            State::Well(_) | State::Warning(..) => None,
        };
        assert_eq!(wrong(&[]), None);
        assert_eq!(wrong(&[[1; 16], [1; 16]]), None);
        assert!(wrong(&[[2; 16]]).unwrap().contains("in place of those here"));
        assert!(wrong(&[[2; 16], [1; 16]]).unwrap().contains("another pseudonym.key"));
        assert!(wrong(&[[1; 16], [2; 16]]).unwrap().contains("copy pseudonym.key"));
    }
}
