//! Departments whose systems know no changes: each month they send all that is in force again, under new event
//! ids. It says what was said before, so it changes nothing.

use jiff::civil::Date;

use crate::Feed;
use crate::moment::{Moment, add_months, month_start};
use crate::sender::{Draft, Sender};

/// The day of the month of such a delivery, and its first hour.
const DAY_OF_MONTH: i64 = 5;
const HOUR: i32 = 1;

/// A benefit or pension in force.
pub(crate) struct Stock {
    feed: Feed,
    draft: Draft,
    /// What its changes and its end name, within the unit: the benefit, or the scheme of the latest pension.
    key: String,
    recorded: Moment,
    /// Not in force from this day on.
    until: Option<Date>,
}

impl Sender<'_> {
    /// Begins to keep what is in force, or stops to.
    pub(crate) fn keep_stock(&mut self, keep: bool) {
        self.stock = keep.then(Vec::new);
    }

    /// Looks whether the event that was sent puts something in force, changes or ends it.
    pub(crate) fn put_in_stock(&mut self) {
        let Some(stock) = &mut self.stock else { return };
        let (named_by, begins, ends) = match self.draft.kind {
            "benefit.granted" => ("\"benefit_id\":\"", true, false),
            "benefit.ended" => ("\"benefit_id\":\"", false, true),
            "pension.started" => ("\"scheme\":\"", true, false),
            "pension.changed" => ("\"scheme\":\"", true, true),
            "pension.stopped" => ("\"scheme\":\"", false, true),
            _ => return,
        };
        let key = value(&self.draft, named_by).to_owned();
        let open = stock.iter_mut().rev().find(|kept| kept.key == key && kept.until.is_none());
        if let Some(open) = open.filter(|_| ends) {
            open.until = Some(self.recorded.day);
        }
        if begins {
            let (feed, recorded) = (self.feed, self.recorded);
            stock.push(Stock { feed, draft: self.draft.clone(), key, recorded, until: None });
        }
    }

    /// Posts what was in force at each delivery of the window.
    pub(crate) fn deliver_stock(&mut self) {
        let window = self.window;
        for (at, kept) in self.stock.take().into_iter().flatten().enumerate() {
            let mut month = month_start(kept.recorded.day);
            let mut number = 0;
            loop {
                let day = crate::moment::add_days(month, DAY_OF_MONTH - 1);
                if day > window.end || kept.until.is_some_and(|until| until <= day) {
                    break;
                }
                if day > kept.recorded.day {
                    number += 1;
                    let time = Moment { day, second: HOUR * 3600 }.plus(at as i64);
                    let id = format!("{}m{number}", kept.draft.event_id());
                    let text = kept.draft.stated_again(&id, time, kept.feed.utc());
                    self.bag.post(kept.feed, time.plus(1_800), true, &text);
                }
                month = add_months(month, 1);
            }
        }
    }
}

/// The value of a text field of `data`.
fn value<'a>(draft: &'a Draft, key: &str) -> &'a str {
    let data = &draft.text[draft.data..];
    let start = data.find(key).expect("an event of this kind has the field") + key.len();
    data[start..].split('"').next().expect("a split has a first part")
}
