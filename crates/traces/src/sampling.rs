//! Which events are followed: decided once, where they come in.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::TraceParent;

/// Whether an event is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampled {
    /// It is not.
    No,
    /// It is drawn: a trace begins with it.
    Drawn,
    /// Its sender has begun a trace.
    By(TraceParent),
}

/// Draws events.
#[derive(Debug)]
pub struct Sampler {
    /// Of so many below 2^32 one is drawn where it is below this.
    below: u64,
    random: StdRng,
}

impl Sampler {
    pub(crate) fn new(ratio: f64, seed: u64) -> Sampler {
        // 0 and 1 are exact: none, and all.
        Sampler { below: (ratio * 2f64.powi(32)) as u64, random: StdRng::seed_from_u64(seed) }
    }

    /// Whether an event is followed, which came with this header. What its sender has decided holds.
    pub fn decide(&mut self, sender: Option<TraceParent>) -> Sampled {
        match sender {
            Some(sender) if sender.is_sampled => Sampled::By(sender),
            Some(_) => Sampled::No,
            None if u64::from(self.random.next_u32()) < self.below => Sampled::Drawn,
            None => Sampled::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SpanId, TraceId};

    #[test]
    fn as_many_are_drawn_as_was_asked_for() {
        for (ratio, least, most) in
            [(0.0, 0, 0), (0.01, 800, 1_200), (0.5, 49_000, 51_000), (1.0, 100_000, 100_000)]
        {
            let mut sampler = Sampler::new(ratio, 7);
            let drawn = (0..100_000).filter(|_| sampler.decide(None) == Sampled::Drawn).count();
            assert!((least..=most).contains(&drawn), "{ratio}: {drawn}");
        }
    }

    #[test]
    fn what_the_sender_decided_holds() {
        let sender = |is_sampled| TraceParent { trace: TraceId([1; 16]), span: SpanId([1; 8]), is_sampled };
        assert_eq!(Sampler::new(0.0, 1).decide(Some(sender(true))), Sampled::By(sender(true)));
        assert_eq!(Sampler::new(1.0, 1).decide(Some(sender(false))), Sampled::No);
    }
}
