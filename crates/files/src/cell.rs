//! One cell of a table, as its file says it.

use sanzao_model::Day;

use crate::{Code, Moment};

/// A cell. Text is without white space at its ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A number of a workbook, as exact decimal text.
    Number(String),
    /// A date or time of a workbook.
    Date(Moment),
    /// Nothing that can be used, and why.
    Wrong(Code),
}

impl Cell {
    /// Text without white space at its ends (also U+3000, U+00A0, U+FEFF).
    pub(crate) fn of_text(text: &str) -> Cell {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        match text {
            "" => Cell::Empty,
            _ if text.contains(char::REPLACEMENT_CHARACTER) => Cell::Wrong(Code::TextReplaced),
            _ => Cell::Text(text.to_owned()),
        }
    }

    /// A number of a workbook. Excel keeps 15 digits: of a whole number with more the others are lost; behind a point
    /// they are noise of binary fractions, which Excel does not show either.
    pub(crate) fn of_number(number: f64) -> Cell {
        if !number.is_finite() || number.abs() >= 1e15 {
            return Cell::Wrong(Code::CellPrecision);
        }
        let fifteen: f64 =
            format!("{number:.14e}").parse().expect("a number that was just written can be read");
        Cell::Number(if fifteen == 0.0 { "0".into() } else { fifteen.to_string() })
    }

    /// A day as a serial number of Excel: with its time of day, if any.
    pub(crate) fn of_serial(serial: f64, is_1904: bool) -> Cell {
        moment_of(serial, is_1904).map_or(Cell::Wrong(Code::CellDate), Cell::Date)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Cell::Empty
    }
}

/// The moment of a serial number. Excel's calendar has a 29 February 1900, which was none.
pub(crate) fn moment_of(serial: f64, is_1904: bool) -> Option<Moment> {
    const LAST: f64 = 2_958_466.0; // 9999-12-31
    if !(0.0..LAST).contains(&serial) {
        return None;
    }
    let seconds = ((serial - serial.floor()) * 86_400.0).round() as u32;
    let days = serial.floor() as i32 + i32::from(seconds == 86_400);
    let epoch = match (is_1904, days) {
        (true, _) => Day::new(1904, 1, 1)?,
        (false, 0 | 60) => return None,
        (false, 1..60) => Day::new(1899, 12, 31)?,
        (false, _) => Day::new(1899, 12, 30)?,
    };
    Some(Moment { day: epoch.plus_days(days), second: seconds % 86_400 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_refused() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1234.5, "1234.5"),
            (0.1 + 0.2, "0.3"),
            (1234.5600000000002, "1234.56"),
            (110_105_491_231_002.0, "110105491231002"),
            (999_999_999_999_999.0, "999999999999999"),
            (-12.05, "-12.05"),
            (0.000001, "0.000001"),
        ] {
            assert_eq!(Cell::of_number(number), Cell::Number(text.into()));
        }
        for number in [110_105_194_912_310_020.0, 1.10105e17, 1e15, f64::NAN, f64::INFINITY] {
            assert_eq!(Cell::of_number(number), Cell::Wrong(Code::CellPrecision), "{number}");
        }
    }

    #[test]
    fn serial_numbers_of_both_calendars() {
        let day = |serial, is_1904| {
            moment_of(serial, is_1904).map(|moment| (moment.day.to_string(), moment.second))
        };
        assert_eq!(day(45_292.0, false), Some(("2024-01-01".into(), 0)));
        assert_eq!(day(45_292.0 - 1462.0, true), Some(("2024-01-01".into(), 0)));
        assert_eq!(day(45_292.5, false), Some(("2024-01-01".into(), 43_200)));
        assert_eq!(day(45_291.999_999_9, false), Some(("2024-01-01".into(), 0)));
        assert_eq!(
            (day(1.0, false), day(59.0, false)),
            (Some(("1900-01-01".into(), 0)), Some(("1900-02-28".into(), 0)))
        );
        assert_eq!(day(61.0, false), Some(("1900-03-01".into(), 0)));
        for serial in [0.0, 60.0, -1.0, 3e6, f64::NAN] {
            assert_eq!(day(serial, false), None, "{serial}");
        }
    }

    #[test]
    fn text_is_trimmed_and_damage_seen() {
        assert_eq!(Cell::of_text("\u{3000}张三\t\u{a0}"), Cell::Text("张三".into()));
        assert_eq!(Cell::of_text(" \u{3000}"), Cell::Empty);
        assert_eq!(Cell::of_text("张\u{fffd}"), Cell::Wrong(Code::TextReplaced));
    }
}
