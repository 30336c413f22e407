//! The State Council's yearly notices, read from a table.

use sanzao_model::Day;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use crate::calendar::{Calendar, Notice};

/// Why a text is no table of notices. Reject: whoever wrote it must mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar, line {line}, column {column}: {message}")]
pub struct CalendarError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Where in the text, in bytes, and what is wrong there.
type Fault = (usize, String);

/// No holiday is longer: Spring Festival and National Day have been nine days with weekends. More is a slip.
const MOST_DAYS: i32 = 15;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Vec<YearEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearEntry {
    year: Spanned<i16>,
    title: Spanned<String>,
    number: Spanned<String>,
    published: Spanned<Datetime>,
    holiday: Vec<HolidayEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayEntry {
    name: Spanned<String>,
    from: Spanned<Datetime>,
    to: Spanned<Datetime>,
    #[serde(default)]
    make_up: Vec<Spanned<Datetime>>,
}

impl Calendar {
    /// The text of [`Calendar::built_in`].
    pub const BUILT_IN_TOML: &'static str = include_str!("../calendar.toml");

    /// The notices that were known when this program was written: `calendar.toml` of this crate.
    pub fn built_in() -> Calendar {
        Calendar::parse(Calendar::BUILT_IN_TOML).expect("a test reads the built-in calendar")
    }

    /// Reads `[[year]]` entries of `year`, `title`, `number` and `published` (a date), one after the other without a
    /// gap, each with its `[[year.holiday]]` below it: `name`, `from` and `to` (dates, both of them off), and
    /// `make_up`, a list of the days worked for it.
    ///
    /// # Errors
    /// The first entry that is not as it must be: an unknown, missing or wrong key; a year out of order; a day that is
    /// in no December before, nor in the year itself; a day that is given twice; a make-up day that is no Saturday or
    /// Sunday, or that a holiday takes off.
    pub fn parse(text: &str) -> Result<Calendar, CalendarError> {
        let error = |(at, message): Fault| {
            let before = &text[..text.floor_char_boundary(at)];
            let line_start = before.rfind('\n').map_or(0, |end| end + 1);
            CalendarError {
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                message,
            }
        };
        let file: File = toml::from_str(text).map_err(|wrong| {
            error((wrong.span().map_or(0, |span| span.start), wrong.message().to_owned()))
        })?;
        let mut calendar = Calendar::default();
        let mut make_up_days = Vec::new();
        for year in file.year {
            read_year(year, &mut calendar, &mut make_up_days).map_err(error)?;
        }
        // Once all holidays are known: a day may be worked for one year's holiday and lie in another's.
        for (at, day) in make_up_days {
            add_make_up_day(&mut calendar, day).map_err(|message| error((at, message)))?;
        }
        Ok(calendar)
    }
}

fn read_year(
    entry: YearEntry,
    calendar: &mut Calendar,
    make_up_days: &mut Vec<(usize, Day)>,
) -> Result<(), Fault> {
    let (at, year) = (entry.year.span().start, entry.year.into_inner());
    if let Some((last, _)) = calendar.notices.last_key_value()
        && Some(year) != last.checked_add(1)
    {
        let message =
            format!("year {year} follows {last}: give the years in order, each once, without a gap");
        return Err((at, message));
    }
    if !(2000..=2999).contains(&year) {
        return Err((at, format!("year {year}: expected a year of this millennium, as 2026")));
    }
    let notice = Notice {
        title: filled(entry.title, "title")?,
        number: filled(entry.number, "number")?,
        published: date(&entry.published, "published")?,
    };
    if entry.holiday.is_empty() {
        return Err((at, format!("year {year} has no holiday: a notice gives all of a year")));
    }
    calendar.notices.insert(year, notice);
    for holiday in entry.holiday {
        let (first, last) = (day_of(&holiday.from, "from", year)?, day_of(&holiday.to, "to", year)?);
        let at = holiday.to.span().start;
        let name = filled(holiday.name, "name")?;
        if last < first || last.0 - first.0 >= MOST_DAYS {
            let message = format!("{name} is from {first} to {last}: expected 1 to {MOST_DAYS} days");
            return Err((at, message));
        }
        for day in (first.0..=last.0).map(Day) {
            if !calendar.holidays.insert(day) {
                return Err((at, format!("{day} of {name} is off already: give each day once")));
            }
        }
        for day in holiday.make_up {
            make_up_days.push((day.span().start, day_of(&day, "make_up", year)?));
        }
    }
    Ok(())
}

fn add_make_up_day(calendar: &mut Calendar, day: Day) -> Result<(), String> {
    if calendar.holidays.contains(&day) {
        return Err(format!("{day} is both off and a make-up day: remove one"));
    }
    if calendar.is_working(day) && !calendar.make_up_days.contains(&day) {
        return Err(format!(
            "{day} is a make-up day, but a working day anyway: expected a Saturday or Sunday"
        ));
    }
    if !calendar.make_up_days.insert(day) {
        return Err(format!("{day} is a make-up day twice: remove one"));
    }
    Ok(())
}

fn filled(text: Spanned<String>, key: &str) -> Result<String, Fault> {
    let at = text.span().start;
    let text = text.into_inner();
    if text.trim().is_empty() { Err((at, format!("`{key}` is empty: fill it in"))) } else { Ok(text) }
}

fn date(date: &Spanned<Datetime>, key: &str) -> Result<Day, Fault> {
    let text = date.get_ref().to_string();
    text.parse().map_err(|_| {
        let message = format!("`{key}` is {text}: expected a date without a time, as 2026-02-14");
        (date.span().start, message)
    })
}

/// A day of the year, or of the December before it: New Year's Day may be joined with a weekend there.
fn day_of(given: &Spanned<Datetime>, key: &str, year: i16) -> Result<Day, Fault> {
    let day = date(given, key)?;
    let (in_year, month, _) = day.parts();
    if in_year == year || (in_year == year - 1 && month == 12) {
        return Ok(day);
    }
    Err((given.span().start, format!("`{key}` is {day}, which is not in {year}: move it to its year")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[[year]]\nyear = 2026\ntitle = \"通知\"\nnumber = \"7号\"\npublished = 2025-11-04\n";

    fn holiday(from: &str, to: &str, make_up: &str) -> String {
        format!("[[year.holiday]]\nname = \"节\"\nfrom = {from}\nto = {to}\nmake_up = [{make_up}]\n")
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_column() {
        let new_year = holiday("2026-01-01", "2026-01-03", "2026-01-04");
        let good = format!("{HEAD}{new_year}");
        assert!(Calendar::parse(&good).is_ok());
        let later = good.replace("2026-", "2027-").replace("year = 2026", "year = 2027");
        let gap = good.replace("2026-", "2028-").replace("year = 2026", "year = 2028");
        let second = |from, to, make_up| format!("{good}{}", holiday(from, to, make_up));
        for (text, line, column, words) in [
            (format!("{good}{good}"), 12, 8, "follows 2026"),
            (format!("{later}{good}"), 12, 8, "in order"),
            (format!("{good}{gap}"), 12, 8, "without a gap"),
            (good.replace("2026\n", "26\n"), 2, 8, "this millennium"),
            (HEAD.to_owned() + "holiday = []", 2, 8, "no holiday"),
            (HEAD.to_owned(), 1, 1, "missing field"),
            (good.replace("name", "名"), 7, 1, ""),
            (good.replace("name", "names"), 7, 1, "unknown field"),
            (good.clone() + "note = 1\n", 11, 1, "unknown field"),
            (good.replace("\"通知\"", "\" \""), 3, 9, "`title` is empty"),
            (good.replace("\"节\"", "\"\""), 7, 8, "`name` is empty"),
            (good.replace("published = 2025-11-04", "published = 08:00:00"), 5, 13, "without a time"),
            (good.replace("to = 2026-01-03", "to = 2026-01-03T00:00:00"), 9, 6, "without a time"),
            (good.replace("to = 2026-01-03", "to = 2025-12-31"), 9, 6, "expected 1 to"),
            (good.replace("to = 2026-01-03", "to = 2026-01-16"), 9, 6, "expected 1 to"),
            (good.replace("to = 2026-01-03", "to = 2026-02-30"), 9, 6, ""),
            (good.replace("from = 2026-01-01", "from = 2025-11-30"), 8, 8, "not in 2026"),
            (good.replace("to = 2026-01-03", "to = 2027-01-01"), 9, 6, "not in 2026"),
            (second("2026-01-03", "2026-01-05", ""), 14, 6, "2026-01-03 of 节 is off already"),
            (second("2026-01-04", "2026-01-05", ""), 10, 12, "both off and a make-up day"),
            (second("2026-05-01", "2026-05-05", "2026-05-09, 2026-05-05"), 15, 24, "both off"),
            (second("2026-05-01", "2026-05-05", "2026-05-09, 2026-05-06"), 15, 24, "working day anyway"),
            (second("2026-05-01", "2026-05-05", "2026-05-09, 2026-05-09"), 15, 24, "twice"),
        ] {
            let error = Calendar::parse(&text).expect_err(words);
            assert!(error.message.contains(words), "{error}, not {words}");
            assert_eq!((error.line, error.column), (line, column), "{error}");
        }
    }

    #[test]
    fn new_year_may_begin_in_december() {
        // As in the notice for 2023.
        let text = HEAD.replace("2026", "2023") + &holiday("2022-12-31", "2023-01-02", "");
        let calendar = Calendar::parse(&text).unwrap();
        assert!(!calendar.is_working("2023-01-02".parse().unwrap()));
        assert_eq!(calendar.holidays.len(), 3);
    }
}
