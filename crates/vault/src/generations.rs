//! A bounded memory of what was used last.

use std::collections::HashMap;
use std::hash::Hash;

/// Two maps: when the newer is full it becomes the older, and the older is forgotten. What was used since the last
/// change is kept, at the price of two look-ups instead of a linked list.
pub(crate) struct Generations<K, V> {
    newer: HashMap<K, V>,
    older: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash + Clone, V: Clone> Generations<K, V> {
    /// Holds at most `most` entries.
    pub(crate) fn new(most: usize) -> Generations<K, V> {
        Generations { newer: HashMap::new(), older: HashMap::new(), half: (most / 2).max(1) }
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<&V> {
        if !self.newer.contains_key(key) {
            let value = self.older.get(key)?.clone();
            self.insert(key.clone(), value);
        }
        self.newer.get(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.newer.len() >= self.half && !self.newer.contains_key(&key) {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.newer.remove(key);
        self.older.remove(key);
    }

    pub(crate) fn clear(&mut self) {
        self.newer.clear();
        self.older.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bounded_and_keeps_what_is_used() {
        let mut memory = Generations::new(10);
        memory.insert(0, 'a');
        for other in 1..100 {
            assert_eq!(memory.get(&0), Some(&'a'), "after {other}");
            memory.insert(other, 'b');
            assert!(memory.newer.len() + memory.older.len() <= 10);
        }
        assert_eq!(memory.get(&1), None);
        memory.remove(&0);
        assert_eq!(memory.get(&0), None, "it was in both halves");
        memory.insert(0, 'c');
        memory.clear();
        assert_eq!(memory.get(&0), None);
    }

    #[test]
    fn the_newest_value_counts() {
        let mut memory = Generations::new(4);
        (0..3).for_each(|key| memory.insert(key, 'a'));
        memory.insert(0, 'b');
        assert_eq!(memory.get(&0), Some(&'b'));
    }
}
