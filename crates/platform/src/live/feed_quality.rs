//! The loop of the counts of feeds, and its metrics.

use std::time::Duration;

use sanzao_readmodel::{FeedCounts, LagBucket};

use super::Stage;
use crate::metrics::Status;
use crate::stage::{FeedQualityStage, StageError};

impl Stage for FeedQualityStage {
    /// Never says that it is behind: alerts are as current without it, and its own answers say when they are not.
    fn step(&mut self) -> Result<bool, StageError> {
        FeedQualityStage::step(self).map(|_| false)
    }

    fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        FeedQualityStage::wait(self, timeout)
    }

    fn observe(&mut self, status: &Status) {
        if !self.has_news() {
            return;
        }
        // What cannot be read now is told the next time.
        let Ok(feeds) = self.reader().feeds() else { return };
        self.told();
        for (feed, counts) in feeds {
            let FeedCounts { accepted, duplicate, rejected, .. } = counts;
            for (outcome, count) in [("accepted", accepted), ("duplicate", duplicate), ("rejected", rejected)]
            {
                let labels = format!("feed=\"{feed}\",outcome=\"{outcome}\"");
                status.set("sanzao_feed_events_total", &labels, count as f64);
            }
            for warning in &counts.warnings {
                let labels = format!("feed=\"{feed}\",warning=\"{}\"", warning.name);
                status.set("sanzao_feed_warnings_total", &labels, warning.count as f64);
            }
            for (bucket, count) in LagBucket::ALL.into_iter().zip(counts.arrived.counts) {
                let labels = format!("feed=\"{feed}\",lag=\"{}\"", bucket.as_str());
                status.set("sanzao_feed_arrived_after", &labels, count as f64);
            }
            if let Some(newest) = counts.newest_arrival {
                let labels = format!("feed=\"{feed}\"");
                status.set("sanzao_feed_newest_arrival_timestamp_seconds", &labels, newest.0 as f64 / 1e9);
            }
        }
    }
}
