//! What a district is made of.

use jiff::civil::{Date, date};

use crate::Error;
use crate::moment::{Window, add_days, add_months};

/// The arguments of a synthetic district; equal ones give the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct District {
    /// Ordinary people at the beginning, 1 to 2,000,000.
    pub people: u32,
    /// Length of the window in calendar months, 1 to 120.
    pub months: u32,
    /// The source of all randomness.
    pub seed: u64,
    /// The last day, in 2015 to 2035: nothing is recorded or delivered after it. (Earlier, the oldest would be
    /// born before 1900; later, people of working age would have no 15-digit numbers.)
    pub end: Date,
    /// Of 100 households, those whose benefits and pensions the registry and social security send again, whole,
    /// each month under new event ids, as systems without changes do. 0 to 100; 5 unless told otherwise.
    pub resent_percent: u32,
    /// The receiving bureau, six digits. Only 320614 (南通市海门区) has towns here.
    pub division: String,
}

impl District {
    /// Haimen, up to 2026-06-30.
    pub fn new(people: u32, months: u32, seed: u64) -> District {
        let (end, division) = (date(2026, 6, 30), "320614".to_owned());
        District { people, months, seed, end, resent_percent: 5, division }
    }

    /// The days of its events: from the day after `end` minus `months` to `end`.
    pub(crate) fn window(&self) -> Result<Window, Error> {
        if !(1..=2_000_000).contains(&self.people) {
            return Err(Error::District("people must be 1 to 2,000,000"));
        }
        if !(1..=120).contains(&self.months) {
            return Err(Error::District("months must be 1 to 120"));
        }
        if !(2015..=2035).contains(&self.end.year()) {
            return Err(Error::District("end must be between 2015 and 2035"));
        }
        if self.resent_percent > 100 {
            return Err(Error::District("resent_percent must be 0 to 100"));
        }
        if self.division != "320614" {
            return Err(Error::District("division must be 320614, the only one with a list of towns"));
        }
        let start = add_days(add_months(self.end, -i64::from(self.months)), 1);
        Ok(Window { start, end: self.end })
    }
}
