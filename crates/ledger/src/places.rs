//! Places in a list by a pseudonym that its entries carry: five bytes an entry, where a map would keep
//! the sixteen bytes of the pseudonym a second time.

use hashbrown::HashTable;

/// See the module. The list itself is elsewhere: whoever asks says how to read the
/// pseudonym of the entry at a place.
#[derive(Default)]
pub(crate) struct Places {
    table: HashTable<u32>,
}

/// Pseudonyms are keyed hashes: any eight bytes of one spread as well as a hash of it.
fn hash(pseudonym: &[u8; 16]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *pseudonym;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

impl Places {
    /// Where an entry with this pseudonym is.
    pub fn find<'l>(&self, pseudonym: &[u8; 16], at: impl Fn(u32) -> &'l [u8; 16]) -> Option<u32> {
        self.table.find(hash(pseudonym), |place| at(*place) == pseudonym).copied()
    }

    /// Notes the place of an entry that is not yet known.
    pub fn insert<'l>(&mut self, pseudonym: &[u8; 16], place: u32, at: impl Fn(u32) -> &'l [u8; 16]) {
        self.table.insert_unique(hash(pseudonym), place, |place| hash(at(*place)));
    }

    /// Forgets an entry, while it can still be read.
    pub fn remove<'l>(&mut self, pseudonym: &[u8; 16], at: impl Fn(u32) -> &'l [u8; 16]) {
        if let Ok(entry) = self.table.find_entry(hash(pseudonym), |place| at(*place) == pseudonym) {
            entry.remove();
        }
    }

    /// Makes room for so many more.
    pub fn reserve<'l>(&mut self, count: usize, at: impl Fn(u32) -> &'l [u8; 16]) {
        self.table.reserve(count, |place| hash(at(*place)));
    }
}
