//! What a batch goes on with: several sampled events may come together in it.

use crate::TraceParent;

/// Spans, beside its parent, that a span is linked with at most.
pub const MOST_LINKS: usize = 16;

/// The spans of which a batch comes. The first is the parent of its span, the others are linked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Joined {
    pub(crate) known: Vec<TraceParent>,
    pub(crate) left_out: u32,
}

impl Joined {
    /// One more, if it is not known.
    pub fn add(&mut self, parent: TraceParent) {
        if self.known.contains(&parent) {
            return;
        }
        if self.known.len() <= MOST_LINKS {
            self.known.push(parent);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

impl From<TraceParent> for Joined {
    fn from(parent: TraceParent) -> Joined {
        Joined { known: vec![parent], left_out: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SpanId, TraceId};

    #[test]
    fn each_counts_once_and_no_more_are_kept_than_may_be() {
        let parent = |number: u8| TraceParent {
            trace: TraceId([number + 1; 16]),
            span: SpanId([1; 8]),
            is_sampled: true,
        };
        let mut joined = Joined::default();
        assert!(joined.is_empty());
        for number in [0, 0, 1, 1].into_iter().chain(2..40) {
            joined.add(parent(number));
        }
        assert_eq!(joined.known[0], parent(0));
        assert_eq!((joined.known.len(), joined.left_out), (1 + MOST_LINKS, 40 - 17));
    }
}
