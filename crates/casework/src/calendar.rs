//! Working days.

use std::collections::{BTreeMap, BTreeSet};

use sanzao_model::Day;

/// Monday to Friday, but for the days that the State Council's yearly holiday notice moves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// Days off, whatever their weekday.
    pub holidays: BTreeSet<Day>,
    /// Days worked to make up for holidays (调休), whatever their weekday; they win over `holidays`.
    pub make_up_days: BTreeSet<Day>,
    /// By year the notice that says so. In a year without one only weekends are days off.
    pub notices: BTreeMap<i16, Notice>,
}

/// A yearly notice of the State Council's General Office on the arrangement of holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its title.
    pub title: String,
    /// Its number, as `国办发明电〔2025〕7号`.
    pub number: String,
    /// Its date.
    pub published: Day,
}

/// No period of a rule is longer than about ten years of working days; a rule that says more, by a slip,
/// must not make the search below endless.
const MAX_WORKING_DAYS: u32 = 2_600;

impl Calendar {
    /// Whether offices are open on a day.
    pub fn is_working(&self, day: Day) -> bool {
        // 1970-01-01, day 0, was a Thursday: day -3 was a Monday.
        let weekday = (day.0 + 3).rem_euclid(7);
        self.make_up_days.contains(&day) || (weekday < 5 && !self.holidays.contains(&day))
    }

    /// Whether the holidays of a year are known.
    pub fn covers(&self, year: i16) -> bool {
        self.notices.contains_key(&year)
    }

    /// The last day whose holidays are known, with all days before it from the first known year on; none where no
    /// notice is known. What is counted beyond it takes only weekends off, so a period that ends there may prove too
    /// short: add the notice of the next year when it is published, in October or November.
    pub fn known_until(&self) -> Option<Day> {
        let mut years = self.notices.keys();
        let first = *years.next()?;
        let last = years.zip(first + 1..).take_while(|(year, next)| *year == next).last();
        Day::new(last.map_or(first, |(year, _)| *year), 12, 31)
    }

    /// The last day of a period of so many working days, of which the first is the first working day
    /// after `from`. None: `from` itself. More than 2,600 count as 2,600.
    pub fn working_days_after(&self, from: Day, working_days: u32) -> Day {
        let mut day = from;
        for _ in 0..working_days.min(MAX_WORKING_DAYS) {
            day = day.plus_days(1);
            while !self.is_working(day) {
                day = day.plus_days(1);
            }
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_do_not_count() {
        let calendar = Calendar::default();
        // 2025-07-04 was a Friday.
        for (from, count, last) in [
            ("2025-07-04", 0, "2025-07-04"),
            ("2025-07-04", 1, "2025-07-07"),
            ("2025-07-03", 1, "2025-07-04"),
            ("2025-07-05", 1, "2025-07-07"),
            ("2025-07-06", 5, "2025-07-11"),
            ("2025-07-07", 5, "2025-07-14"),
            ("2025-07-07", 10, "2025-07-21"),
            ("1969-12-31", 2, "1970-01-02"),
            ("1969-12-26", 1, "1969-12-29"),
        ] {
            assert_eq!(calendar.working_days_after(day(from), count), day(last), "{count} after {from}");
        }
    }

    #[test]
    fn holidays_and_make_up_days_move_it() {
        // The notice for 2025 gave 1 to 5 May off, for work on Sunday 27 April.
        let calendar = Calendar {
            holidays: (1..=5).filter_map(|date| Day::new(2025, 5, date)).collect(),
            make_up_days: [day("2025-04-27")].into(),
            ..Calendar::default()
        };
        assert_eq!(calendar.working_days_after(day("2025-04-25"), 1), day("2025-04-27"));
        assert_eq!(calendar.working_days_after(day("2025-04-30"), 1), day("2025-05-06"));
        assert_eq!(calendar.working_days_after(day("2025-04-25"), 5), day("2025-05-06"));
    }

    #[test]
    fn a_slip_in_a_rule_ends() {
        let last = Calendar::default().working_days_after(day("2025-01-01"), u32::MAX);
        assert_eq!(last, Calendar::default().working_days_after(day("2025-01-01"), 2_600));
    }
}
