//! The only clock of the platform.

use std::time::{SystemTime, UNIX_EPOCH};

use sanzao_model::{Day, Instant};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
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
