//! The only clock of the platform.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use sanzao_model::{Day, Instant};

/// Says by how many seconds the clock of a trial is to be ahead, for tests of what a wrong clock does: what sets clocks
/// wrong from outside stops the client of Kafka, too.
const AHEAD: &str = "SANZAO_CLOCK_AHEAD_SECONDS";

/// Set by a trial alone, before anybody asks what time it is.
static AHEAD_MILLIS: OnceLock<i64> = OnceLock::new();

/// Sets the clock of a trial wrong, where the environment says so.
pub(crate) fn be_wrong_in_trials() {
    let seconds = std::env::var(AHEAD).ok().and_then(|text| text.parse::<i32>().ok());
    if let Some(seconds) = seconds {
        let _ = AHEAD_MILLIS.set(i64::from(seconds) * 1_000);
    }
}

fn ahead_millis() -> i64 {
    AHEAD_MILLIS.get().copied().unwrap_or(0)
}

/// Milliseconds since 1970-01-01T00:00:00Z.
pub fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(ahead_millis())
}

/// Nanoseconds since 1970-01-01T00:00:00Z, for spans.
pub(crate) fn now_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
    u64::try_from(nanos.saturating_add(ahead_millis() * 1_000_000)).unwrap_or(0)
}

/// Now.
pub fn now() -> Instant {
    Instant::from_millis(now_millis())
}

/// Today in China.
pub fn today() -> Day {
    now().day_in_china()
}

/// The day in China at a time in milliseconds since 1970-01-01T00:00:00Z.
pub fn day_at(millis: i64) -> Day {
    Instant::from_millis(millis).day_in_china()
}

/// The time of day that it is now in China, on another day.
pub fn now_on(day: Day) -> Instant {
    let now = now();
    let days = i64::from(day.0) - i64::from(now.day_in_china().0);
    Instant(now.0 + days * 86_400 * 1_000_000_000)
}
