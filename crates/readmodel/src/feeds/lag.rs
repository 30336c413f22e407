//! How late something was: a histogram of fixed buckets, from which median and the like are told.

/// How late, in words. The buckets are the same for ever: counts of them are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LagBucket {
    /// Dated later than it came: a wrong date, a wrong clock, or something announced.
    Future,
    /// Under an hour.
    UnderHour,
    /// Under a day; of whole days, the same day.
    UnderDay,
    /// One day to under three.
    From1Day,
    /// Three days to under seven.
    From3Days,
    /// Seven days to under thirty.
    From7Days,
    /// Thirty days to under ninety.
    From30Days,
    /// Ninety days and more.
    From90Days,
}

const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

impl LagBucket {
    /// Every bucket, from the earliest to the latest.
    pub const ALL: [LagBucket; 8] = [
        LagBucket::Future,
        LagBucket::UnderHour,
        LagBucket::UnderDay,
        LagBucket::From1Day,
        LagBucket::From3Days,
        LagBucket::From7Days,
        LagBucket::From30Days,
        LagBucket::From90Days,
    ];

    /// The bucket of a lag in seconds.
    pub fn of_seconds(seconds: i64) -> LagBucket {
        match seconds {
            i64::MIN..0 => LagBucket::Future,
            0..HOUR_SECONDS => LagBucket::UnderHour,
            _ => LagBucket::of_days(seconds / DAY_SECONDS),
        }
    }

    /// The bucket of a lag in whole days.
    pub fn of_days(days: i64) -> LagBucket {
        match days {
            i64::MIN..0 => LagBucket::Future,
            0 => LagBucket::UnderDay,
            1..3 => LagBucket::From1Day,
            3..7 => LagBucket::From3Days,
            7..30 => LagBucket::From7Days,
            30..90 => LagBucket::From30Days,
            90.. => LagBucket::From90Days,
        }
    }

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            LagBucket::Future => "future",
            LagBucket::UnderHour => "under-1h",
            LagBucket::UnderDay => "under-1d",
            LagBucket::From1Day => "1d-3d",
            LagBucket::From3Days => "3d-7d",
            LagBucket::From7Days => "7d-30d",
            LagBucket::From30Days => "30d-90d",
            LagBucket::From90Days => "90d-or-more",
        }
    }

    pub(crate) fn named(name: &str) -> Option<LagBucket> {
        LagBucket::ALL.into_iter().find(|bucket| bucket.as_str() == name)
    }
}

/// How late the events of a feed were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lag {
    /// Events by bucket, in the order of [`LagBucket::ALL`].
    pub counts: [u64; LagBucket::ALL.len()],
    /// The longest, in seconds; negative where every event was dated later than it came.
    pub worst_seconds: Option<i64>,
}

impl Lag {
    /// How many events were measured.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Counts an event.
    pub(crate) fn add(&mut self, bucket: LagBucket, seconds: i64) {
        self.counts[bucket as usize] += 1;
        self.worst_seconds = self.worst_seconds.max(Some(seconds));
    }

    /// The bucket that so many hundredths of the events do not exceed, 50 for the median; none without events.
    pub fn percentile(&self, percent: u64) -> Option<LagBucket> {
        let wanted = (self.total() * percent).div_ceil(100).max(1);
        let mut reached = 0;
        LagBucket::ALL.into_iter().zip(self.counts).find_map(|(bucket, count)| {
            reached += count;
            (reached >= wanted).then_some(bucket)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lag_has_the_bucket_that_its_name_says() {
        for (seconds, name) in [
            (i64::MIN, "future"),
            (-1, "future"),
            (0, "under-1h"),
            (3_599, "under-1h"),
            (3_600, "under-1d"),
            (86_399, "under-1d"),
            (86_400, "1d-3d"),
            (3 * 86_400 - 1, "1d-3d"),
            (3 * 86_400, "3d-7d"),
            (7 * 86_400, "7d-30d"),
            (30 * 86_400, "30d-90d"),
            (90 * 86_400 - 1, "30d-90d"),
            (90 * 86_400, "90d-or-more"),
            (i64::MAX, "90d-or-more"),
        ] {
            assert_eq!(LagBucket::of_seconds(seconds).as_str(), name, "{seconds} s");
        }
        assert_eq!(LagBucket::of_days(0), LagBucket::UnderDay);
        assert_eq!(LagBucket::of_days(-1), LagBucket::Future);
        for bucket in LagBucket::ALL {
            assert_eq!(LagBucket::named(bucket.as_str()), Some(bucket));
        }
    }

    #[test]
    fn percentiles_are_read_off_the_histogram() {
        let mut lag = Lag::default();
        assert_eq!(lag.percentile(50), None);
        for seconds in [0, 60, 7_200, 100_000, 9_000_000] {
            lag.add(LagBucket::of_seconds(seconds), seconds);
        }
        assert_eq!(lag.percentile(0), Some(LagBucket::UnderHour));
        assert_eq!(lag.percentile(40), Some(LagBucket::UnderHour));
        assert_eq!(lag.percentile(50), Some(LagBucket::UnderDay));
        assert_eq!(lag.percentile(80), Some(LagBucket::From1Day));
        assert_eq!(lag.percentile(90), Some(LagBucket::From90Days));
        assert_eq!(lag.worst_seconds, Some(9_000_000));
        assert_eq!(lag.total(), 5);
    }
}
