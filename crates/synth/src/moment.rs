//! Days and moments in China's time, and how they are written in an event.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// China is eight hours ahead of UTC, without summer time.
const CHINA: i64 = 8 * 3600;

/// A moment in China's time, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub day: Date,
    /// Seconds since midnight.
    pub second: i32,
}

impl Moment {
    /// The moment so many seconds later (or earlier, if negative).
    pub(crate) fn plus(self, seconds: i64) -> Moment {
        let sum = i64::from(self.second) + seconds;
        Moment { day: add_days(self.day, sum.div_euclid(DAY)), second: sum.rem_euclid(DAY) as i32 }
    }

    /// Appends RFC 3339 text, in China's offset or in UTC.
    pub(crate) fn write(self, text: &mut String, utc: bool) {
        let shown = if utc { self.plus(-CHINA) } else { self };
        push_date(text, shown.day);
        text.push('T');
        push_two(text, (shown.second / 3600) as u8);
        text.push(':');
        push_two(text, (shown.second / 60 % 60) as u8);
        text.push(':');
        push_two(text, (shown.second % 60) as u8);
        text.push_str(if utc { "Z" } else { "+08:00" });
    }
}

/// The days a district's events are recorded in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub start: Date,
    pub end: Date,
}

impl Window {
    /// The last second of the last day: nothing arrives later.
    pub(crate) fn last(self) -> Moment {
        Moment { day: self.end, second: (DAY - 1) as i32 }
    }

    /// Number of days, the first and the last included.
    pub(crate) fn days(self) -> i64 {
        days_between(self.start, self.end) + 1
    }
}

/// The day so many days later (or earlier, if negative).
pub(crate) fn add_days(day: Date, days: i64) -> Date {
    if days == 0 { day } else { shift(day, days.days()) }
}

/// The day so many calendar months later; it keeps the day, or takes the month's last.
pub(crate) fn add_months(day: Date, months: i64) -> Date {
    shift(day, months.months())
}

fn shift(day: Date, span: Span) -> Date {
    day.checked_add(span).expect("districts end between 2015 and 2035, spans are lifetimes")
}

/// Days from `from` to `to`.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// Full years on `day`; somebody born on 29 February has their birthday on 1 March in common years.
pub(crate) fn age(birth: Date, day: Date) -> i16 {
    let had = (day.month(), day.day()) >= (birth.month(), birth.day());
    day.year() - birth.year() - i16::from(!had)
}

/// The day somebody becomes so many years old.
pub(crate) fn birthday(birth: Date, years: i16) -> Date {
    let year = birth.year() + years;
    Date::new(year, birth.month(), birth.day())
        .unwrap_or_else(|_| Date::new(year, 3, 1).expect("every year has a 1 March"))
}

/// The first day of a day's month.
pub(crate) fn month_start(day: Date) -> Date {
    day.first_of_month()
}

/// Appends `YYYY-MM-DD`.
pub(crate) fn push_date(text: &mut String, day: Date) {
    push_month(text, day);
    text.push('-');
    push_two(text, day.day() as u8);
}

/// Appends `YYYY-MM`.
pub(crate) fn push_month(text: &mut String, day: Date) {
    let year = day.year() as u16;
    push_two(text, (year / 100) as u8);
    push_two(text, (year % 100) as u8);
    text.push('-');
    push_two(text, day.month() as u8);
}

fn push_two(text: &mut String, number: u8) {
    text.push((b'0' + number / 10) as char);
    text.push((b'0' + number % 10) as char);
}
