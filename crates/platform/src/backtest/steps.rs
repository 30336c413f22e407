//! The days that are evaluated, and the weeks that what opens is counted in.

use sanzao_model::Day;

/// More days than this are a mistake: a sweep of a million people takes seconds.
const MOST_STEPS: i32 = 4_000;

/// Days from the first to the last, some apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    days: Vec<Day>,
}

/// Why there are no such days. Reject: other arguments are needed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepsError {
    /// The last is before the first.
    #[error("--from {from} is after --to {to}: exchange them")]
    Backwards {
        /// The first.
        from: Day,
        /// The last.
        to: Day,
    },
    /// The last has not been.
    #[error("--to {to} lies in the future: the last day of which anything is known is {last}")]
    Future {
        /// The last.
        to: Day,
        /// The last possible.
        last: Day,
    },
    /// Too many.
    #[error(
        "from {from} to {to} are more than {MOST_STEPS} evaluations: take a shorter time, or --every week"
    )]
    TooMany {
        /// The first.
        from: Day,
        /// The last.
        to: Day,
    },
}

impl Steps {
    /// The first day, each so many days after it, and the last. `known` is the last day that can be asked for.
    ///
    /// # Errors
    /// See [`StepsError`].
    pub fn new(from: Day, to: Day, apart_days: i32, known: Day) -> Result<Steps, StepsError> {
        if to > known {
            return Err(StepsError::Future { to, last: known });
        }
        if from > to {
            return Err(StepsError::Backwards { from, to });
        }
        if (to.0 - from.0) / apart_days > MOST_STEPS {
            return Err(StepsError::TooMany { from, to });
        }
        let count = (to.0 - from.0) / apart_days;
        let mut days: Vec<Day> = (0..=count).map(|step| from.plus_days(step * apart_days)).collect();
        if days.last() != Some(&to) {
            days.push(to);
        }
        Ok(Steps { days })
    }

    /// The days, in order.
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// The first day.
    pub fn first(&self) -> Day {
        self.days[0]
    }

    /// The last day.
    pub fn last(&self) -> Day {
        self.days[self.days.len() - 1]
    }

    /// The week in which what is first seen on a day opened, counted from the first day; none of the first day,
    /// because what is there then may be there for long.
    pub fn week_of(&self, day: Day) -> Option<usize> {
        usize::try_from(day.0 - self.first().0 - 1).ok().map(|days| days / 7)
    }

    /// First and last day of each week: seven days each, the last what is left.
    pub fn weeks(&self) -> Vec<(Day, Day)> {
        let count = self.week_of(self.last()).map_or(0, |last| last + 1);
        let week = |week: usize| {
            let begin = self.first().plus_days(week as i32 * 7 + 1);
            (begin, begin.plus_days(6).min(self.last()))
        };
        (0..count).map(week).collect()
    }

    /// How many weeks there are, the last counted by its days.
    pub fn length_weeks(&self) -> f64 {
        f64::from(self.last().0 - self.first().0) / 7.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn steps(from: &str, to: &str, apart_days: i32) -> Result<Steps, StepsError> {
        Steps::new(day(from), day(to), apart_days, day("2026-06-30"))
    }

    #[test]
    fn the_first_and_the_last_are_among_them() {
        let weekly = steps("2026-06-01", "2026-06-17", 7).unwrap();
        let days: Vec<String> = weekly.days().iter().map(ToString::to_string).collect();
        assert_eq!(days, ["2026-06-01", "2026-06-08", "2026-06-15", "2026-06-17"]);
        assert_eq!(steps("2026-06-01", "2026-06-15", 7).unwrap().days().len(), 3);
        assert_eq!(steps("2026-06-01", "2026-06-15", 1).unwrap().days().len(), 15);
        let one = steps("2026-06-01", "2026-06-01", 7).unwrap();
        assert_eq!((one.days().len(), one.weeks().len()), (1, 0));
    }

    #[test]
    fn weeks_begin_after_the_first_day() {
        let steps = steps("2026-06-01", "2026-06-17", 1).unwrap();
        let weeks: Vec<String> = steps.weeks().iter().map(|(from, to)| format!("{from} {to}")).collect();
        assert_eq!(weeks, ["2026-06-02 2026-06-08", "2026-06-09 2026-06-15", "2026-06-16 2026-06-17"]);
        for (text, week) in
            [("2026-06-01", None), ("2026-06-02", Some(0)), ("2026-06-08", Some(0)), ("2026-06-09", Some(1))]
        {
            assert_eq!(steps.week_of(day(text)), week, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_asked_for() {
        let told = |from, to, apart| steps(from, to, apart).unwrap_err().to_string();
        assert!(told("2026-06-02", "2026-06-01", 7).contains("exchange them"));
        assert!(told("2026-06-02", "2026-07-01", 7).contains("in the future"));
        assert!(told("1926-06-02", "2026-06-01", 1).contains("--every week"));
    }
}
