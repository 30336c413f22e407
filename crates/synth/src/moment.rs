//! Days and moments in China's time, and how they are written in an event.

use jiff::civil::Date;

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
    /// Seconds after the beginning of a day that is not later.
    pub(crate) fn seconds_after(self, start: Date) -> u32 {
        (days_between(start, self.day) * DAY) as u32 + self.second as u32
    }

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
    from_number(number(day) + days)
}

/// The day so many calendar months later; it keeps the day, or takes the month's last.
pub(crate) fn add_months(day: Date, months: i64) -> Date {
    let span = i64::from(day.year()) * 12 + i64::from(day.month()) - 1 + months;
    let first = Date::new((span / 12) as i16, (span % 12 + 1) as i8, 1)
        .expect("districts end between 2015 and 2035, spans are lifetimes");
    let last = first.days_in_month();
    add_days(first, i64::from(day.day().min(last)) - 1)
}

/// Days from `from` to `to`.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    number(to) - number(from)
}

/// Days since 1 March of the year 0, by years that begin in March; a day is added several times for each
/// event, which is why this is not left to spans.
fn number(day: Date) -> i64 {
    let month = i64::from(day.month());
    let year = i64::from(day.year()) - i64::from(month < 3);
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day.day()) - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + in_year
}

/// The inverse of [`number`].
fn from_number(number: i64) -> Date {
    let (era, in_era) = (number / 146_097, number % 146_097);
    let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + i64::from(month >= 10);
    let month = if month < 10 { month + 3 } else { month - 9 };
    Date::new(year as i16, month as i8, day as i8)
        .expect("districts end between 2015 and 2035, spans are lifetimes")
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

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_and_months_are_those_of_the_calendar() {
        let mut day = date(1890, 1, 1);
        for _ in 0..60_000 {
            for days in [-400, -1, 0, 1, 31, 366] {
                assert_eq!(add_days(day, days), day + days.days());
                assert_eq!(days_between(day, day + days.days()), days);
            }
            for months in [-1_200, -13, -1, 0, 1, 6, 25] {
                assert_eq!(add_months(day, months), day + months.months());
            }
            day = day.tomorrow().unwrap();
        }
    }
}
