//! What is known of a provider, and when to ask again. Pure: times are arguments.

use sanzao_model::Instant;

use super::OidcError;
use super::discovery::{Keys, Metadata};
use super::key::Key;

const SECOND: i64 = 1_000_000_000;
/// Keys are asked for again after an hour, so that one that the provider took back does not hold for long.
const FRESH: i64 = 3600 * SECOND;
/// While the provider is away, they hold for a day.
const USABLE: i64 = 24 * FRESH;
/// Whatever is not known, whoever sends it: the provider is asked once a minute at most.
const BETWEEN: i64 = 60 * SECOND;

/// What is known of a provider.
#[derive(Default)]
pub(crate) struct KeyCache {
    known: Option<Known>,
    /// When it was asked last, and why there was no answer.
    tried: Option<(Instant, Option<OidcError>)>,
}

struct Known {
    metadata: Metadata,
    keys: Keys,
    fetched: Instant,
}

/// What to do about something that is looked up.
#[derive(Debug)]
pub(crate) enum Next<T> {
    /// Use it; nothing when the provider has no such key.
    Use(Option<T>),
    /// Ask again, and use it meanwhile, or if there is no answer.
    Should(T),
    /// Ask first.
    Must,
    /// There is nothing to use, and it was asked just now. Why there was no answer.
    Away(OidcError),
}

/// Whether less than that has passed. A clock that went back has not.
fn within(since: Instant, now: Instant, nanoseconds: i64) -> bool {
    (0..nanoseconds).contains(&now.0.saturating_sub(since.0))
}

impl KeyCache {
    /// The key of an id.
    pub(crate) fn look(&self, id: &str, now: Instant) -> Next<Key> {
        self.next(now, |known| known.keys.get(id).cloned())
    }

    /// Where the provider is asked what.
    pub(crate) fn look_metadata(&self, now: Instant) -> Next<Metadata> {
        self.next(now, |known| Some(known.metadata.clone()))
    }

    fn next<T>(&self, now: Instant, find: impl Fn(&Known) -> Option<T>) -> Next<T> {
        let just_tried = self.tried.as_ref().is_some_and(|(tried, _)| within(*tried, now, BETWEEN));
        let usable = self.known.as_ref().filter(|known| within(known.fetched, now, USABLE));
        match (usable, just_tried) {
            (Some(known), false) => match find(known) {
                Some(found) if within(known.fetched, now, FRESH) => Next::Use(Some(found)),
                Some(found) => Next::Should(found),
                None => Next::Must,
            },
            (Some(known), true) => Next::Use(find(known)),
            (None, false) => Next::Must,
            (None, true) => {
                let reason = self.tried.as_ref().and_then(|(_, reason)| reason.clone());
                Next::Away(reason.unwrap_or(OidcError::bug("keys that were just fetched are old")))
            }
        }
    }

    pub(crate) fn put(&mut self, metadata: Metadata, keys: Keys, now: Instant) {
        self.known = Some(Known { metadata, keys, fetched: now });
        self.tried = Some((now, None));
    }

    pub(crate) fn failed(&mut self, error: OidcError, now: Instant) {
        self.tried = Some((now, Some(error)));
    }
}
