//! Days of China's calendar and instants.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A calendar day in China (`YYYY-MM-DD`), as days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(pub i32);

/// Why a text is no day. Reject: the sender must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a calendar date as YYYY-MM-DD")]
pub struct DayError;

/// Why a text is no instant. Reject: the sender must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a time with offset as RFC 3339 has it")]
pub struct InstantError;

/// A moment, in nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Instant(pub i64);

/// A calendar month, shown as `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month(Day);

/// A week of ISO 8601, Monday to Sunday, shown as `YYYY-Www`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IsoWeek(Day);

const EPOCH: Date = Date::constant(1970, 1, 1);

impl Day {
    /// The day of a year, month and day of month, if there is one; there is no year 0.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Day> {
        Date::new(year, month, day).ok().filter(|date| date.year() > 0).map(Day::from)
    }

    fn date(self) -> Date {
        EPOCH.saturating_add(self.0.days())
    }

    /// `(year, month, day of month)`.
    pub fn parts(self) -> (i16, i8, i8) {
        let date = self.date();
        (date.year(), date.month(), date.day())
    }

    /// The day so many days later (earlier when negative).
    pub fn plus_days(self, days: i32) -> Day {
        Day(self.0 + days)
    }

    /// The same day of a month so many months later, or that month's last day (domain §3); the last or
    /// first day of the calendar where it ends: senders write 9999-12-31 for "for ever".
    pub fn plus_months(self, months: i32) -> Day {
        Day::from(self.date().saturating_add(months.months()))
    }

    /// The month it lies in.
    pub fn month(self) -> Month {
        Month(Day::from(self.date().first_of_month()))
    }

    /// The ISO week it lies in.
    pub fn iso_week(self) -> IsoWeek {
        let back = self.date().weekday().since(Weekday::Monday);
        IsoWeek(self.plus_days(-i32::from(back)))
    }

    /// 1 January of its year.
    pub fn year_start(self) -> Day {
        Day::from(self.date().first_of_year())
    }

    /// Full years since `birth`; a birthday counts from that day, 29 February from 1 March in common
    /// years (domain §3). Nothing before birth.
    pub fn age_of(self, birth: Day) -> Option<i32> {
        if self < birth {
            return None;
        }
        let (year, month, day) = self.parts();
        let (birth_year, birth_month, birth_day) = birth.parts();
        let had_birthday = (month, day) >= (birth_month, birth_day);
        Some(i32::from(year) - i32::from(birth_year) - i32::from(!had_birthday))
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Day {
        let days = date.since(EPOCH).expect("days between two dates are in range").get_days();
        Day(days)
    }
}

impl FromStr for Day {
    type Err = DayError;

    /// Exactly `YYYY-MM-DD`, ASCII digits, a day that exists, of the years 0001 to 9999.
    fn from_str(text: &str) -> Result<Day, DayError> {
        let bytes = text.as_bytes();
        let form = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
        if !form {
            return Err(DayError);
        }
        let number = |part: &[u8]| part.iter().fold(0_i16, |sum, b| sum * 10 + i16::from(b - b'0'));
        Day::new(number(&bytes[..4]), number(&bytes[5..7]) as i8, number(&bytes[8..]) as i8).ok_or(DayError)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        if deserializer.is_human_readable() {
            let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            i32::deserialize(deserializer).map(Day)
        }
    }
}

impl Instant {
    /// China Standard Time is eight hours ahead of UTC all year.
    const CHINA_OFFSET_NANOS: i64 = 8 * 3_600 * 1_000_000_000;
    const DAY_NANOS: i64 = 24 * 3_600 * 1_000_000_000;

    /// The calendar day in China.
    pub fn day_in_china(self) -> Day {
        let local = i128::from(self.0) + i128::from(Self::CHINA_OFFSET_NANOS);
        Day(local.div_euclid(i128::from(Self::DAY_NANOS)) as i32)
    }

    /// Day and minute in China, as people read it: `2026-07-01 09:05`.
    pub fn minute_in_china(self) -> String {
        const MINUTE_NANOS: i128 = 60 * 1_000_000_000;
        let local = i128::from(self.0) + i128::from(Self::CHINA_OFFSET_NANOS);
        let minutes = local.rem_euclid(i128::from(Self::DAY_NANOS)) / MINUTE_NANOS;
        format!("{} {:02}:{:02}", self.day_in_china(), minutes / 60, minutes % 60)
    }

    /// From milliseconds since 1970, as brokers stamp records.
    pub fn from_millis(millis: i64) -> Instant {
        Instant(millis.saturating_mul(1_000_000))
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    fn from_str(text: &str) -> Result<Instant, InstantError> {
        let timestamp: Timestamp = text.parse().map_err(|_| InstantError)?;
        i64::try_from(timestamp.as_nanosecond()).map(Instant).map_err(|_| InstantError)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(timestamp) => write!(f, "{timestamp}"),
            Err(_) => write!(f, "{}ns", self.0),
        }
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Month {
    /// Its first day.
    pub fn first_day(self) -> Day {
        self.0
    }

    /// Its last day.
    pub fn last_day(self) -> Day {
        self.0.plus_months(1).plus_days(-1)
    }

    /// The month so many months later (earlier when negative).
    pub fn plus(self, months: i32) -> Month {
        Month(self.0.plus_months(months))
    }
}

impl FromStr for Month {
    type Err = DayError;

    /// Exactly `YYYY-MM`.
    fn from_str(text: &str) -> Result<Month, DayError> {
        if text.len() != 7 {
            return Err(DayError);
        }
        format!("{text}-01").parse().map(Month)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, _) = self.0.parts();
        write!(f, "{year:04}-{month:02}")
    }
}

impl IsoWeek {
    /// Its Monday.
    pub fn first_day(self) -> Day {
        self.0
    }

    /// Its Sunday.
    pub fn last_day(self) -> Day {
        self.0.plus_days(6)
    }
}

impl fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let week = self.0.date().iso_week_date();
        write!(f, "{:04}-W{:02}", week.year(), week.week())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn only_real_days_in_the_one_form() {
        assert_eq!(day("1970-01-02"), Day(1));
        assert_eq!(day("2024-02-29").to_string(), "2024-02-29");
        for text in
            ["2023-02-29", "2023-13-01", "2023-1-01", "2023-01-01T00:00:00Z", "２023-01-01", "20230101", ""]
        {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    #[test]
    fn months_keep_the_day_or_take_the_last() {
        assert_eq!(day("2024-08-31").plus_months(6), day("2025-02-28"));
        assert_eq!(day("2023-08-31").plus_months(6), day("2024-02-29"));
        assert_eq!(day("2024-03-31").plus_months(-12), day("2023-03-31"));
        assert_eq!(day("2024-02-10").month().last_day(), day("2024-02-29"));
        assert_eq!(day("9999-12-31").plus_months(6), day("9999-12-31"));
    }

    #[test]
    fn ages_turn_on_the_birthday() {
        assert_eq!(day("2025-06-29").age_of(day("2007-06-30")), Some(17));
        assert_eq!(day("2025-06-30").age_of(day("2007-06-30")), Some(18));
        assert_eq!(day("2025-02-28").age_of(day("2004-02-29")), Some(20));
        assert_eq!(day("2025-03-01").age_of(day("2004-02-29")), Some(21));
        assert_eq!(day("2024-02-29").age_of(day("2004-02-29")), Some(20));
        assert_eq!(day("2004-02-28").age_of(day("2004-02-29")), None);
    }

    #[test]
    fn weeks_of_year_ends() {
        assert_eq!(day("2024-12-30").iso_week().to_string(), "2025-W01");
        assert_eq!(day("2021-01-03").iso_week().to_string(), "2020-W53");
        assert_eq!(day("2021-01-03").iso_week().first_day(), day("2020-12-28"));
    }

    #[test]
    fn instants_fall_on_chinese_days() {
        let instant: Instant = "2025-06-30T16:00:00Z".parse().unwrap();
        assert_eq!(instant.day_in_china(), day("2025-07-01"));
        assert!(instant.minute_in_china().starts_with("2025-07-01 "), "{}", instant.minute_in_china());
        let before = "1969-12-31T16:04:59Z".parse::<Instant>().unwrap();
        assert_eq!(before.minute_in_china(), "1970-01-01 00:04");
        assert_eq!("2025-07-01T00:00:00+08:00".parse(), Ok(instant));
        assert!("2025-07-01T00:00:00".parse::<Instant>().is_err());
        assert!("2025-07-01".parse::<Instant>().is_err());
    }
}
