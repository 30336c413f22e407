//! Whose log it is, and what it was written with: keys are never made anew beside a log that holds something.

use anyhow::{Result, bail};
use sanzao_journal::{Journal, NewRecord, Record, Write};
use sanzao_model::{Bureau, FactsRecord, Feed};

use crate::topics::Topics;

/// Whether anything was taken in with the keys of this installation.
pub(crate) fn holds_records(journal: &dyn Journal, topics: &Topics) -> Result<bool> {
    let facts = topics.bureaus().iter().map(|bureau| topics.facts(*bureau));
    let rejected = Feed::ALL.into_iter().map(|feed| topics.rejected(feed));
    for stream in facts.chain(rejected) {
        if journal.end(&stream)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a vault has kept identities of this log.
pub(crate) fn was_vault_kept(journal: &dyn Journal, topics: &Topics) -> Result<bool> {
    for bureau in topics.bureaus() {
        if journal.committed("vault", &topics.identities(*bureau))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Says at the beginning of `facts` whose they are, and by which key; refuses another bureau's or key's.
pub(crate) fn own(journal: &dyn Journal, topics: &Topics, bureau: Bureau, key_check: [u8; 16]) -> Result<()> {
    let facts = topics.facts(bureau);
    let first = || -> Result<Option<Record>> {
        Ok(journal.read(&facts, journal.begin(&facts)?, 1)?.records.into_iter().next())
    };
    let mut first_record = first()?;
    if first_record.is_none() {
        let value = FactsRecord::Of { bureau, key_check }.to_bytes();
        let records = vec![NewRecord { value, ..NewRecord::default() }];
        journal.write(Write { appends: vec![(facts.clone(), records)], commits: Vec::new() })?;
        // Of two that start first at once, with keys of their own, one is first.
        first_record = first()?;
    }
    let Some(first) = first_record else { return Ok(()) };
    match FactsRecord::from_bytes(&first.value) {
        Ok(FactsRecord::Of { bureau: owner, .. }) if owner != bureau => {
            bail!("{facts} is of bureau {owner}, not {bureau}: correct bureaus in the configuration")
        }
        Ok(FactsRecord::Of { key_check: theirs, .. }) if theirs != key_check => {
            bail!(
                "{facts} was written with another pseudonym.key: restore that one, or everybody would be a stranger"
            )
        }
        _ => Ok(()),
    }
}
