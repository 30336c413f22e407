//! Dates and times as departments write them.

use std::fmt;

use sanzao_model::Day;

/// A day and a time of day in China.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The day.
    pub day: Day,
    /// Seconds since midnight.
    pub second: u32,
}

/// The date formats of a field that names none.
pub(crate) const DATES: [&str; 5] = ["YYYY-MM-DD", "YYYY/M/D", "YYYYMMDD", "YYYY年M月D日", "YYYY.M.D"];
/// The formats of months.
pub(crate) const MONTHS: [&str; 4] = ["YYYY-MM", "YYYYMM", "YYYY年M月", "YYYY/M"];
/// The formats of times, besides those of dates, which mean midnight.
pub(crate) const TIMES: [&str; 3] = ["YYYY-MM-DD hh:mm:ss", "YYYY/M/D h:mm:ss", "YYYY/M/D h:mm"];

/// A way to write a date, as `YYYY年M月D日`: `YYYY`, `MM`, `DD`, `hh`, `mm`, `ss` with all their digits, `M`, `D`, `h`
/// with one or two; anything else stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Part(Part, usize, usize),
    Literal(char),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

const PARTS: [(&str, Part, usize, usize); 9] = [
    ("YYYY", Part::Year, 4, 4),
    ("MM", Part::Month, 2, 2),
    ("M", Part::Month, 1, 2),
    ("DD", Part::Day, 2, 2),
    ("D", Part::Day, 1, 2),
    ("hh", Part::Hour, 2, 2),
    ("h", Part::Hour, 1, 2),
    ("mm", Part::Minute, 2, 2),
    ("ss", Part::Second, 2, 2),
];

impl Pattern {
    /// Reads a pattern; none where it has no year and month, or a letter that means nothing.
    pub fn parse(text: &str) -> Option<Pattern> {
        let (mut tokens, mut rest) = (Vec::new(), text);
        while let Some(first) = rest.chars().next() {
            if let Some((word, part, least, most)) =
                PARTS.into_iter().find(|(word, ..)| rest.starts_with(word))
            {
                tokens.push(Token::Part(part, least, most));
                rest = &rest[word.len()..];
                continue;
            }
            if first.is_ascii_alphanumeric() && first != 'T' {
                return None;
            }
            tokens.push(Token::Literal(first));
            rest = &rest[first.len_utf8()..];
        }
        let pattern = Pattern(tokens);
        (pattern.has(Part::Year) && pattern.has(Part::Month)).then_some(pattern)
    }

    fn has(&self, wanted: Part) -> bool {
        self.0.iter().any(|token| matches!(token, Token::Part(part, ..) if *part == wanted))
    }

    /// Whether it says the time of day, too.
    pub fn has_time(&self) -> bool {
        self.has(Part::Hour)
    }

    /// Whether it names a day.
    pub fn has_day(&self) -> bool {
        self.has(Part::Day)
    }

    /// Reads a text of this form. A month alone is its first day.
    pub fn read(&self, text: &str) -> Option<Moment> {
        let mut rest = text;
        let (mut year, mut month, mut day, mut clock) = (0, 0, 1, [0_u32; 3]);
        for token in &self.0 {
            match *token {
                Token::Literal(literal) => rest = rest.strip_prefix(literal)?,
                Token::Part(part, least, most) => {
                    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
                    if digits < least {
                        return None;
                    }
                    let number: u32 = rest[..digits].parse().ok()?;
                    rest = &rest[digits..];
                    match part {
                        Part::Year => year = i16::try_from(number).ok()?,
                        Part::Month => month = number as i8,
                        Part::Day => day = number as i8,
                        Part::Hour => clock[0] = number,
                        Part::Minute => clock[1] = number,
                        Part::Second => clock[2] = number,
                    }
                }
            }
        }
        let [hour, minute, second] = clock;
        if !rest.is_empty() || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        Some(Moment { day: Day::new(year, month, day)?, second: hour * 3_600 + minute * 60 + second })
    }
}

impl fmt::Display for Moment {
    /// As RFC 3339, in China's time zone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.second;
        write!(f, "{}T{:02}:{:02}:{:02}+08:00", self.day, second / 3_600, second / 60 % 60, second % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, text: &str) -> Option<String> {
        Pattern::parse(pattern).unwrap().read(text).map(|moment| moment.to_string())
    }

    #[test]
    fn the_formats_of_departments() {
        for (pattern, text) in [
            ("YYYY-MM-DD", "2026-03-05"),
            ("YYYY/M/D", "2026/3/5"),
            ("YYYY/M/D", "2026/03/05"),
            ("YYYYMMDD", "20260305"),
            ("YYYY年M月D日", "2026年3月5日"),
            ("YYYY.M.D", "2026.3.5"),
        ] {
            assert_eq!(read(pattern, text).as_deref(), Some("2026-03-05T00:00:00+08:00"), "{pattern}");
        }
        assert_eq!(read("YYYY年M月", "2026年3月").as_deref(), Some("2026-03-01T00:00:00+08:00"));
        assert_eq!(
            read("YYYY-MM-DD hh:mm:ss", "2026-03-05 09:07:59").as_deref(),
            Some("2026-03-05T09:07:59+08:00")
        );
    }

    #[test]
    fn nothing_that_only_looks_like_one() {
        for (pattern, text) in [
            ("YYYY-MM-DD", "2026-3-5"),
            ("YYYY-MM-DD", "2026-02-30"),
            ("YYYY-MM-DD", "2026-03-05 "),
            ("YYYY-MM-DD", "２０２６-03-05"),
            ("YYYYMMDD", "2026035"),
            ("YYYYMMDD", "00000101"),
            ("YYYY/M/D", "2026/13/1"),
            ("YYYY/M/D", "2026/300/1"),
            ("YYYY-MM-DD hh:mm:ss", "2026-03-05 24:00:00"),
            ("YYYY-MM-DD", ""),
        ] {
            assert_eq!(read(pattern, text), None, "{text}");
        }
        for pattern in ["", "YY-MM-DD", "DD", "YYYY-dd", "YYYY-MM-DDx"] {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
        for pattern in DATES.iter().chain(&MONTHS).chain(&TIMES) {
            assert!(Pattern::parse(pattern).is_some(), "{pattern}");
        }
    }
}
