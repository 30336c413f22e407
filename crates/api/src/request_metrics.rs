//! How many requests there were and how long they took.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counts by method, path template and status. No path as it was asked for, no address, no account.
#[derive(Debug, Default)]
pub(crate) struct RequestMetrics {
    series: Mutex<BTreeMap<Labels, Histogram>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Labels {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Default)]
struct Histogram {
    /// Requests not slower than each bound, but slower than the one before.
    buckets: [u64; BOUNDS_SECONDS.len()],
    count: u64,
    sum_seconds: f64,
}

/// Around the goal of 10 ms for a page, and up to the five seconds that a command may wait.
const BOUNDS_SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

impl RequestMetrics {
    pub(crate) fn count(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let histogram = series.entry(Labels { route: route.to_owned(), method, status }).or_default();
        let seconds = took.as_secs_f64();
        if let Some(bucket) = BOUNDS_SECONDS.iter().position(|bound| seconds <= *bound) {
            histogram.buckets[bucket] += 1;
        }
        histogram.count += 1;
        histogram.sum_seconds += seconds;
    }

    /// As Prometheus text.
    pub(crate) fn text(&self) -> String {
        let series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counters = String::from(
            "# HELP sanzao_api_requests_total Requests answered.\n# TYPE sanzao_api_requests_total counter\n",
        );
        let mut histograms = String::from(
            "# HELP sanzao_api_request_duration_seconds Time until the answer began.\n\
             # TYPE sanzao_api_request_duration_seconds histogram\n",
        );
        for (Labels { route, method, status }, histogram) in series.iter() {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            let Histogram { buckets, count, sum_seconds } = histogram;
            let mut text = String::new();
            let mut until = 0;
            for (bound, bucket) in BOUNDS_SECONDS.iter().zip(buckets) {
                until += bucket;
                line(&mut text, "_bucket", &format!("{labels},le=\"{bound}\""), until);
            }
            line(&mut text, "_bucket", &format!("{labels},le=\"+Inf\""), count);
            line(&mut text, "_sum", &labels, sum_seconds);
            line(&mut text, "_count", &labels, count);
            histograms += &text;
            writeln!(counters, "sanzao_api_requests_total{{{labels}}} {count}").expect("a string takes all");
        }
        counters + &histograms
    }
}

fn line(text: &mut String, suffix: &str, labels: &str, value: impl std::fmt::Display) {
    writeln!(text, "sanzao_api_request_duration_seconds{suffix}{{{labels}}} {value}")
        .expect("a string takes all");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up() {
        let metrics = RequestMetrics::default();
        for millis in [1, 3, 20_000] {
            metrics.count("GET", "/v1/alerts", 200, Duration::from_millis(millis));
        }
        let text = metrics.text();
        let labels = "method=\"GET\",route=\"/v1/alerts\",status=\"200\"";
        for expected in [
            format!("sanzao_api_requests_total{{{labels}}} 3\n"),
            format!("sanzao_api_request_duration_seconds_bucket{{{labels},le=\"0.0005\"}} 0\n"),
            format!("sanzao_api_request_duration_seconds_bucket{{{labels},le=\"0.001\"}} 1\n"),
            format!("sanzao_api_request_duration_seconds_bucket{{{labels},le=\"0.005\"}} 2\n"),
            format!("sanzao_api_request_duration_seconds_bucket{{{labels},le=\"10\"}} 2\n"),
            format!("sanzao_api_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 3\n"),
            format!("sanzao_api_request_duration_seconds_sum{{{labels}}} 20.004\n"),
        ] {
            assert!(text.contains(&expected), "{expected}{text}");
        }
    }
}
