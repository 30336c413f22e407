//! When a message is tried again: the schedule that Standard Webhooks 1.0.0 gives as an example.

use sanzao_model::Instant;

/// Seconds before the second and each later attempt: ten attempts within about three days.
const DELAYS_SECONDS: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

const NANOS: i64 = 1_000_000_000;

/// When to try again. It does nothing itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule;

impl Schedule {
    /// How often a message is tried at most.
    pub const ATTEMPTS: u32 = DELAYS_SECONDS.len() as u32 + 1;

    /// The longest that anything is put off, in seconds: the last delay and its jitter. What lies farther ahead was put
    /// off by a clock that was wrong.
    pub const LONGEST_SECONDS: u64 = 95_040;

    /// When to try again after so many attempts, the first included; none when it was tried often enough. A tenth of
    /// the delay earlier or later, by `random`, so that what failed together does not come back together.
    pub fn next(attempts: u32, now: Instant, random: u64) -> Option<Instant> {
        let delay = DELAYS_SECONDS.get(usize::try_from(attempts.checked_sub(1)?).ok()?)?;
        let nanos = *delay as i64 * NANOS;
        let tenth = nanos / 10;
        let jitter = (random % (2 * tenth as u64 + 1)) as i64 - tenth;
        Some(Instant(now.0.saturating_add(nanos + jitter)))
    }

    /// After so many seconds, as a receiver asked for (`Retry-After`), within a day.
    pub(crate) fn after(seconds: u64, now: Instant) -> Instant {
        Instant(now.0.saturating_add(seconds.min(86_400) as i64 * NANOS))
    }

    /// Whether the time has come; also when it is so far ahead that the clock was wrong when it was set.
    pub(crate) fn is_due(next: Instant, now: Instant) -> bool {
        next <= now || next.0.saturating_sub(now.0) > Schedule::LONGEST_SECONDS as i64 * NANOS
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Instant = Instant(1_790_000_000 * NANOS);

    #[test]
    fn three_days_and_no_longer() {
        // The specification's own table adds up to 75:35:05.
        assert_eq!(DELAYS_SECONDS.iter().sum::<u64>(), 75 * 3_600 + 35 * 60 + 5);
        assert_eq!(Schedule::next(0, NOW, 0), None);
        assert!(Schedule::next(Schedule::ATTEMPTS - 1, NOW, 0).is_some());
        assert_eq!(Schedule::next(Schedule::ATTEMPTS, NOW, 0), None);
        assert_eq!(Schedule::next(u32::MAX, NOW, 0), None);
    }

    #[test]
    fn a_clock_that_was_wrong_holds_nothing_up() {
        let day = 86_400 * NANOS;
        assert!(Schedule::is_due(Instant(NOW.0 + 400 * day), NOW));
        assert!(!Schedule::is_due(Instant(NOW.0 + day), NOW));
        assert!(Schedule::is_due(NOW, NOW));
        assert_eq!(Schedule::after(u64::MAX, NOW), Instant(NOW.0 + day));
    }

    proptest! {
        #[test]
        fn delays_keep_to_a_tenth(attempts in 1_u32..10, random: u64) {
            let delay = DELAYS_SECONDS[attempts as usize - 1] as f64;
            let next = Schedule::next(attempts, NOW, random).unwrap();
            let seconds = (next.0 - NOW.0) as f64 / NANOS as f64;
            prop_assert!(seconds >= 0.9 * delay && seconds <= 1.1 * delay, "{seconds} of {delay}");
            prop_assert!(!Schedule::is_due(next, NOW), "nothing that was put off is due at once");
        }
    }
}
