//! How long things took, as Prometheus adds it up.

use std::fmt::Write;

/// Upper bounds in seconds, of batches and of the way from event to alert.
const BOUNDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Counts by how long it took.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram {
    counts: [u64; BOUNDS.len()],
    count: u64,
    sum_seconds: f64,
}

impl Histogram {
    pub fn add(&mut self, seconds: f64) {
        if let Some(place) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            self.counts[place] += 1;
        }
        self.count += 1;
        self.sum_seconds += seconds;
    }

    /// Its lines, under labels that may be empty.
    pub fn write(&self, text: &mut String, name: &str, labels: &str) {
        let more = if labels.is_empty() { String::new() } else { format!("{labels},") };
        let mut below = 0;
        for (bound, count) in BOUNDS.iter().zip(self.counts) {
            below += count;
            let _ = writeln!(text, "{name}_bucket{{{more}le=\"{bound}\"}} {below}");
        }
        let _ = writeln!(text, "{name}_bucket{{{more}le=\"+Inf\"}} {}", self.count);
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(text, "{name}_sum{labels} {}", self.sum_seconds);
        let _ = writeln!(text, "{name}_count{labels} {}", self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative_and_end_with_all() {
        let mut histogram = Histogram::default();
        [0.001, 0.09, 0.1, 700.0].into_iter().for_each(|seconds| histogram.add(seconds));
        let mut text = String::new();
        histogram.write(&mut text, "took", "stage=\"intake\"");
        for line in [
            "took_bucket{stage=\"intake\",le=\"0.001\"} 1\n",
            "took_bucket{stage=\"intake\",le=\"0.05\"} 1\n",
            "took_bucket{stage=\"intake\",le=\"0.1\"} 3\n",
            "took_bucket{stage=\"intake\",le=\"60\"} 3\n",
            "took_bucket{stage=\"intake\",le=\"+Inf\"} 4\n",
            "took_count{stage=\"intake\"} 4\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        let mut text = String::new();
        histogram.write(&mut text, "took", "");
        assert!(text.contains("took_bucket{le=\"0.1\"} 3\n") && text.contains("took_count 4\n"), "{text}");
    }
}
