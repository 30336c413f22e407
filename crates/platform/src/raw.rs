//! Raw events are sealed before the platform appends them, so that the log holds no personal data in clear.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, SeedableRng};
use sanzao_intake::{RawSealer, SealKey, Unsealed};
use sanzao_journal::{NewRecord, Record};
use sanzao_model::{Feed, Place};

/// Makes the records of feeds.
pub(crate) struct RawRecords {
    sealers: BTreeMap<Feed, RawSealer>,
    /// Nonces.
    random: Mutex<StdRng>,
}

impl RawRecords {
    /// Seals under this key.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn new(key: &SealKey) -> Result<RawRecords> {
        let random = StdRng::try_from_rng(&mut SysRng).context("the system gives no random numbers")?;
        let sealers = Feed::ALL.into_iter().map(|feed| (feed, RawSealer::new(key, feed))).collect();
        Ok(RawRecords { sealers, random: Mutex::new(random) })
    }

    /// A record's event as its sender gave it, sealed or not; None when it does not open.
    pub fn original(&self, feed: Feed, record: &Record) -> Option<Unsealed> {
        self.sealers[&feed].original(&record.headers, &record.value)
    }

    /// The record of an event; with the rejected event that it repairs.
    pub fn record(
        &self,
        feed: Feed,
        headers: &[(String, Vec<u8>)],
        value: &[u8],
        repairs: Option<Place>,
    ) -> NewRecord {
        let mut nonce = [0; 12];
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut nonce);
        let sealer = &self.sealers[&feed];
        let (headers, value) = match repairs {
            Some(place) => sealer.seal_repair(nonce, headers, value, place),
            None => sealer.seal(nonce, headers, value),
        };
        NewRecord { key: Vec::new(), headers, value }
    }
}
