//! Times of RFC 3339, and nothing that only looks like one.

use sanzao_model::{Day, Instant};

const NANOS: i128 = 1_000_000_000;

/// Reads the `date-time` of RFC 3339 §5.6: `T` and `Z` in either case, any number of fraction digits (those
/// beyond nanoseconds are cut off), a leap second, at the end of a day of UTC, as the second after. None where the
/// text is no such time or lies outside the years that nanoseconds since 1970 reach, 1677 to 2262.
pub(crate) fn rfc3339(text: &str) -> Option<Instant> {
    let day: Day = text.get(..10)?.parse().ok()?;
    let clock = text.get(11..19)?.as_bytes();
    if !matches!(text.as_bytes()[10], b'T' | b't') || clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (two(&clock[..2], 23)?, two(&clock[3..5], 59)?, two(&clock[6..], 60)?);
    let (nanos, zone) = fraction(text.get(19..)?)?;
    let seconds = i64::from(day.0) * 86_400 + hour * 3_600 + minute * 60 + second - offset(zone)?;
    if second == 60 && seconds.rem_euclid(86_400) != 0 {
        return None;
    }
    i64::try_from(i128::from(seconds) * NANOS + i128::from(nanos)).ok().map(Instant)
}

fn two(digits: &[u8], most: i64) -> Option<i64> {
    let [ten, one] = digits else { return None };
    if !ten.is_ascii_digit() || !one.is_ascii_digit() {
        return None;
    }
    let number = i64::from(ten - b'0') * 10 + i64::from(one - b'0');
    (number <= most).then_some(number)
}

/// Nanoseconds, and what follows them.
fn fraction(rest: &str) -> Option<(i64, &str)> {
    let Some(digits) = rest.strip_prefix('.') else { return Some((0, rest)) };
    let end = digits.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    if end == 0 {
        return None;
    }
    let kept = digits[..end].bytes().chain(std::iter::repeat(b'0')).take(9);
    Some((kept.fold(0, |sum, b| sum * 10 + i64::from(b - b'0')), &digits[end..]))
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    match zone.as_bytes() {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), hours @ .., b':', a, b] => {
            let seconds = two(hours, 23)? * 3_600 + two(&[*a, *b], 59)? * 60;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_of_the_standard() {
        for (text, same) in [
            ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
            ("2024-03-01t07:59:59.000+08:00", "2024-02-29T23:59:59Z"),
            ("2024-01-01T00:00:00.1234567899-00:30", "2024-01-01T00:30:00.123456789Z"),
            ("1960-01-01T00:00:00.5z", "1960-01-01T00:00:00.5Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2017-01-01T07:59:60+08:00", "2017-01-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(text), Some(same.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn nothing_else() {
        for text in [
            "2016-12-31T12:00:60Z",
            "",
            "2024-02-29",
            "2024-02-29T23:59:59",
            "2024-02-29 23:59:59Z",
            "2024-02-29T23:59Z",
            "2024-02-29T23:59:59.Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T23:60:00Z",
            "2024-02-29T23:59:61Z",
            "2023-02-29T00:00:00Z",
            "2024-02-29T23:59:59+0800",
            "2024-02-29T23:59:59+8:00",
            "2024-02-29T23:59:59+08:00[Asia/Shanghai]",
            "2024-02-29T23:59:59 Z",
            "20240229T235959Z",
            "1492-01-01T00:00:00Z",
            "2024-02-29张23:59:59Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_calendar_and_never_panics(nanos in any::<i64>(), noise in "\\PC{0,40}") {
            // 64 bits of nanoseconds end within the years that are read.
            let text = Instant(nanos).to_string();
            prop_assert_eq!(rfc3339(&text), Some(Instant(nanos)), "{}", text);
            let _ = rfc3339(&noise);
        }
    }
}
