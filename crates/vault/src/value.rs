//! What is known of somebody, and who said it when.

use std::fmt;

use sanzao_model::{Feed, Instant, PersonId};
use serde::{Deserialize, Serialize};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Number,
    Name,
    Phone,
    Address,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Number, Kind::Name, Kind::Phone, Kind::Address];

    pub(crate) fn code(self) -> u8 {
        match self {
            Kind::Number => 1,
            Kind::Name => 2,
            Kind::Phone => 3,
            Kind::Address => 4,
        }
    }

    pub(crate) fn of_code(code: u8) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

fn feed_code(feed: Feed) -> u8 {
    match feed {
        Feed::Police => 1,
        Feed::SocialSecurity => 2,
        Feed::Health => 3,
        Feed::MedicalInsurance => 4,
        Feed::Registry => 5,
    }
}

fn slot(feed: Feed) -> usize {
    usize::from(feed_code(feed)) - 1
}

/// A feed that stated a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// The feed.
    pub feed: Feed,
    /// The earliest time at which the source recorded a statement of it.
    pub first: Instant,
    /// The latest.
    pub last: Instant,
}

/// A value and everybody who stated it. Personal data: `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Known {
    /// As it was stated.
    pub value: String,
    /// By feed, in the order of [`Feed::ALL`]; never empty.
    pub sources: Vec<Source>,
}

impl Known {
    /// When it was last stated, by whichever feed.
    pub fn last(&self) -> Instant {
        self.sources.iter().map(|source| source.last).max().unwrap_or_default()
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known(…)")
    }
}

/// First and last time by feed; a feed that stated nothing has first after last. The union of two is the same in
/// any order and however often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sources([(i64, i64); 5]);

const NOTHING: (i64, i64) = (i64::MAX, i64::MIN);
const SOURCE_BYTES: usize = 17;

impl Sources {
    pub(crate) const NONE: Sources = Sources([NOTHING; 5]);

    pub(crate) fn add(&mut self, feed: Feed, time: Instant) {
        let (first, last) = &mut self.0[slot(feed)];
        *first = time.0.min(*first);
        *last = time.0.max(*last);
    }

    pub(crate) fn union(&self, other: &Sources) -> Sources {
        let mut both = *self;
        for ((first, last), (other_first, other_last)) in both.0.iter_mut().zip(other.0) {
            *first = other_first.min(*first);
            *last = other_last.max(*last);
        }
        both
    }

    /// Bytes in a row: for each feed its code, first, last.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SOURCE_BYTES);
        for source in self.list() {
            bytes.push(feed_code(source.feed));
            bytes.extend(source.first.0.to_be_bytes());
            bytes.extend(source.last.0.to_be_bytes());
        }
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Sources> {
        let mut sources = Sources::NONE;
        for chunk in bytes.chunks(SOURCE_BYTES) {
            let (code, times) = chunk.split_first()?;
            let feed = Feed::ALL.into_iter().find(|feed| feed_code(*feed) == *code)?;
            let (first, last) = times.split_first_chunk::<8>()?;
            let times = (i64::from_be_bytes(*first), i64::from_be_bytes(last.try_into().ok()?));
            sources.0[slot(feed)] = times;
        }
        Some(sources)
    }

    pub(crate) fn list(&self) -> Vec<Source> {
        let stated = |feed: Feed| {
            let (first, last) = self.0[slot(feed)];
            (first <= last).then_some(Source { feed, first: Instant(first), last: Instant(last) })
        };
        Feed::ALL.into_iter().filter_map(stated).collect()
    }
}

/// What a value is sealed for: a row that stands with another person, kind or tag does not open.
pub(crate) fn context(person: PersonId, kind: Kind, tag: &[u8; 16]) -> Vec<u8> {
    [b"sanzao/vault/value".as_slice(), &person.0, &[kind.code()], tag].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_there_and_back() {
        let mut sources = Sources::NONE;
        assert_eq!(Sources::decode(&sources.encode()), Some(sources));
        for (feed, time) in [(Feed::Registry, 5), (Feed::Police, -7), (Feed::Registry, 3), (Feed::Police, 9)]
        {
            sources.add(feed, Instant(time));
        }
        assert_eq!(Sources::decode(&sources.encode()), Some(sources));
        let expected = [(Feed::Police, -7, 9), (Feed::Registry, 3, 5)].map(|(feed, first, last)| Source {
            feed,
            first: Instant(first),
            last: Instant(last),
        });
        assert_eq!(sources.list(), expected);
        assert_eq!(sources.union(&Sources::NONE), sources);
        assert_eq!(Sources::decode(&sources.encode()[..20]), None);
        assert_eq!(Sources::decode(&[9; 17]), None);
    }
}
