//! Makes a district and hands its lines over in the order of delivery.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::mailbag::Mailbag;
use crate::moment::Moment;
use crate::sender::{Pace, Sender};
use crate::town::Towns;
use crate::{District, Error, Feed, Planted, ordinary, planted};

/// Planted situations draw from streams of their own, so that ordinary people do not depend on them.
const PLANTED_STREAMS: u64 = 1 << 40;

/// One delivered line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who sends it.
    pub feed: Feed,
    /// One CloudEvent in structured mode, without a line break.
    pub json: String,
    /// Whether the contracts accept it. An accepted id may come again: then it is a duplicate.
    pub valid: bool,
}

/// What was made, and what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Lines of each feed.
    pub lines: BTreeMap<Feed, u64>,
    /// Valid lines whose id was accepted before.
    pub duplicates: u64,
    /// Invalid lines by cause.
    pub rejected: BTreeMap<&'static str, u64>,
    /// The situations and what must be found.
    pub planted: Vec<Planted>,
}

impl Summary {
    /// All lines.
    pub fn total(&self) -> u64 {
        self.lines.values().sum()
    }

    /// Lines whose event is accepted for the first time.
    pub fn accepted(&self) -> u64 {
        self.total() - self.duplicates - self.rejected.values().sum::<u64>()
    }
}

/// Makes the district and calls `line` for each line in the order of arrival (of one second, in a fixed
/// order), and `progress` with the number of lines handed over so far, every thousand and at the end; while
/// the district is made, before the first line, now and then with 0.
/// Memory is bounded: what does not fit is put aside in a nameless file in the system's folder for
/// temporary files, about 400 bytes a line.
///
/// # Errors
/// [`Error::District`] or [`Error::Write`] before the first line; afterwards what `line` returns, and
/// [`Error::Write`] if what was put aside cannot be read.
pub fn generate<E: From<Error>>(
    district: &District,
    line: &mut dyn FnMut(Line) -> Result<(), E>,
    progress: &mut dyn FnMut(u64),
) -> Result<Summary, E> {
    let mut own =
        |feed, valid, json: &str| -> Result<(), E> { line(Line { feed, json: json.to_owned(), valid }) };
    deliver(district, std::env::temp_dir(), &mut own, progress)
}

/// The same with borrowed texts, and a folder for what does not fit into memory.
pub(crate) fn deliver<E: From<Error>>(
    district: &District,
    aside: PathBuf,
    line: &mut dyn FnMut(Feed, bool, &str) -> Result<(), E>,
    progress: &mut dyn FnMut(u64),
) -> Result<Summary, E> {
    let window = district.window()?;
    let towns = Towns::load();
    let base = ChaCha8Rng::seed_from_u64(district.seed);
    let stream = |number: u64| {
        let mut rng = base.clone();
        rng.set_stream(number);
        rng
    };
    let mut bag = Mailbag::new(window.start, aside);
    let mut sender = Sender::new(&mut bag, stream(0), window, &district.division, Pace::Ordinary);
    ordinary::populate(district.people, district.resent_percent, &mut sender, &towns, stream, &mut || {
        progress(0)
    })?;
    let clock = Pace::Staged(Moment { day: window.start, second: 0 });
    let mut sender = Sender::new(&mut bag, stream(0), window, &district.division, clock);
    let rounds = 1 + district.people / 20_000;
    let planted = planted::plant(rounds, &mut sender, &towns, |number| stream(PLANTED_STREAMS + number));
    let mut summary = Summary {
        lines: BTreeMap::new(),
        duplicates: bag.duplicates,
        rejected: bag.rejected.clone(),
        planted,
    };
    let (mut done, mut lines) = (0, [0; Feed::ALL.len()]);
    bag.deliver(|feed, valid, text| {
        lines[feed as usize] += 1;
        line(feed, valid, text)?;
        done += 1;
        if done % 1000 == 0 {
            progress(done);
        }
        Ok::<(), E>(())
    })?;
    progress(done);
    summary.lines = Feed::ALL.into_iter().zip(lines).collect();
    Ok(summary)
}
