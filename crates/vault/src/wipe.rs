//! Looking for bytes that should be gone from the file.

use std::fs::File;
use std::io::Read;

use crate::error::file_error;
use crate::{Vault, VaultError, schema};

/// Longer texts lie in several pages of the file: of these, pieces are looked for, of which each page holds one.
const WHOLE: usize = 512;
const PIECE: usize = 16;
/// By its last bytes a needle is recognised.
const TAIL: usize = 8;

/// What is looked for in the file after something was deleted: sealed bytes and tags, which are like random ones.
#[derive(Default)]
pub(crate) struct Needles(Vec<Vec<u8>>);

impl Needles {
    /// Shorter than eight bytes nothing is sealed, and nothing is looked for.
    pub(crate) fn add(&mut self, bytes: Vec<u8>) {
        if bytes.len() <= WHOLE {
            self.0.extend(Some(bytes).filter(|bytes| bytes.len() >= TAIL));
            return;
        }
        let pieces = bytes.chunks(WHOLE).filter_map(|part| part.get(..PIECE));
        self.0.extend(pieces.map(<[u8]>::to_vec));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Finds any of many needles in one pass: a bit for each tail says where it is worth to look closer.
struct Finder<'a> {
    /// Sorted by tail.
    tails: Vec<(u64, &'a [u8])>,
    bits: Vec<u64>,
    shift: u32,
}

impl<'a> Finder<'a> {
    fn new(needles: &'a Needles) -> Finder<'a> {
        let tail =
            |needle: &'a Vec<u8>| needle.last_chunk().map(|tail| (u64::from_le_bytes(*tail), &needle[..]));
        let mut tails: Vec<_> = needles.0.iter().filter_map(tail).collect();
        tails.sort_unstable();
        // Sixteen bits for each, and a page at least.
        let bits = (tails.len() * 16).next_power_of_two().max(1 << 15);
        let mut finder = Finder { tails, bits: vec![0; bits / 64], shift: 64 - bits.trailing_zeros() };
        for at in 0..finder.tails.len() {
            let bit = finder.bit(finder.tails[at].0);
            finder.bits[bit / 64] |= 1 << (bit % 64);
        }
        finder
    }

    fn bit(&self, tail: u64) -> usize {
        (tail.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        bytes.windows(TAIL).enumerate().any(|(at, tail)| {
            let tail = u64::from_le_bytes(tail.try_into().expect("windows of as many bytes"));
            let bit = self.bit(tail);
            if self.bits[bit / 64] >> (bit % 64) & 1 == 0 {
                return false;
            }
            let from = self.tails.partition_point(|(known, _)| *known < tail);
            let same = self.tails[from..].iter().take_while(|(known, _)| *known == tail);
            same.into_iter().any(|(_, needle)| bytes[..at + TAIL].ends_with(needle))
        })
    }
}

impl Vault {
    /// Makes sure that nothing of what was deleted lies in the file; says whether it had to be written anew.
    ///
    /// SQLite overwrites what is deleted, but not the copies that moving rows between pages leaves in gaps.
    pub(crate) fn wipe(&mut self, needles: &Needles, was_wiped: bool) -> Result<bool, VaultError> {
        schema::checkpoint(&self.db)?;
        let compacts = !was_wiped || self.holds(needles)?;
        if compacts {
            self.compact()?;
        }
        Ok(compacts)
    }

    fn holds(&self, needles: &Needles) -> Result<bool, VaultError> {
        if needles.is_empty() {
            return Ok(false);
        }
        let finder = Finder::new(needles);
        let cannot_read = |error: std::io::Error| file_error(&self.path, &error);
        let mut file = File::open(&self.path).map_err(cannot_read)?;
        let mut window = Vec::new();
        loop {
            let read = file.by_ref().take(1 << 20).read_to_end(&mut window).map_err(cannot_read)?;
            if finder.is_in(&window) {
                return Ok(true);
            }
            if read == 0 {
                return Ok(false);
            }
            window.drain(..window.len().saturating_sub(WHOLE));
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn each_of_many_is_found_wherever_it_stands_and_nothing_else() {
        for seed in 0..30 {
            println!("seed {seed}");
            let mut rng = ChaCha20Rng::seed_from_u64(seed);
            let mut random = |length: usize| {
                let mut bytes = vec![0; length];
                rng.fill_bytes(&mut bytes);
                bytes
            };
            let (mut hay, mut whole) = (random(20_000), Vec::new());
            let mut needles = Needles::default();
            for length in [8, 16, 28, 500, 512, 513, 6_000] {
                whole.push(random(length));
                needles.add(whole[whole.len() - 1].clone());
            }
            let finder = Finder::new(&needles);
            assert!(!finder.is_in(&hay));
            for needle in whole {
                // Of a long one, what a page holds of it.
                let part = if needle.len() > WHOLE {
                    let from = rng.random_range(0..=needle.len() - WHOLE - PIECE.min(needle.len() - WHOLE));
                    &needle[from..(from + WHOLE + PIECE).min(needle.len())]
                } else {
                    &needle[..]
                };
                let at = rng.random_range(0..hay.len() - part.len());
                let kept = hay[at..at + part.len()].to_vec();
                hay[at..at + part.len()].copy_from_slice(part);
                assert!(finder.is_in(&hay), "{} bytes at {at}", needle.len());
                hay[at] ^= u8::from(needle.len() <= WHOLE);
                assert_eq!(finder.is_in(&hay), needle.len() > WHOLE, "{} bytes, changed", needle.len());
                hay[at..at + part.len()].copy_from_slice(&kept);
            }
        }
    }
}
