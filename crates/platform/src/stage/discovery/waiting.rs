//! What waits for an owner elsewhere to deal with it, by offsets in `facts`, and how much that is.

use std::collections::VecDeque;

/// Things that wait, each with its size.
pub(super) struct Waiting<T> {
    things: VecDeque<(u64, usize, T)>,
    sum: usize,
}

impl<T> Waiting<T> {
    pub fn new() -> Waiting<T> {
        Waiting { things: VecDeque::new(), sum: 0 }
    }

    /// Adds what came of the record at an offset, behind all others.
    pub fn push(&mut self, offset: u64, size: usize, thing: T) {
        self.sum += size;
        self.things.push_back((offset, size, thing));
    }

    /// Forgets what came of the records before an offset.
    pub fn forget_before(&mut self, offset: u64) {
        while let Some((_, size, _)) = self.things.pop_front_if(|(at, ..)| *at < offset) {
            self.sum -= size;
        }
    }

    /// Takes all, in order.
    pub fn take(&mut self) -> impl Iterator<Item = T> {
        self.sum = 0;
        std::mem::take(&mut self.things).into_iter().map(|(_, _, thing)| thing)
    }

    /// The sizes of all together.
    pub fn sum(&self) -> usize {
        self.sum
    }

    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Waiting;

    #[test]
    fn the_sum_is_that_of_what_waits() {
        let mut waiting = Waiting::new();
        for (offset, size) in [(3, 10), (4, 0), (9, 7), (9, 5)] {
            waiting.push(offset, size, (offset, size));
        }
        assert_eq!(waiting.sum(), 22);
        waiting.forget_before(4);
        assert_eq!(waiting.sum(), 12);
        waiting.forget_before(9);
        assert_eq!(waiting.sum(), 12);
        assert_eq!(waiting.take().collect::<Vec<_>>(), [(9, 7), (9, 5)]);
        assert!(waiting.is_empty() && waiting.sum() == 0);
        waiting.forget_before(100);
        waiting.push(101, 1, (101, 1));
        assert_eq!(waiting.sum(), 1);
    }
}
