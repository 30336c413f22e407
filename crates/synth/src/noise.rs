//! What deliveries do to events: late, doubled, stated again, withdrawn and corrected, or wrong at first.
//! All shares are assumed.

use rand::RngExt;

use crate::invalid;
use crate::moment::{Moment, add_days, push_date};
use crate::sender::{Draft, Pace, Sender};

/// What happens to an event, in ten-thousandths of all events.
const LATE: u32 = 400;
const DOUBLED: u32 = 50;
const STATED_AGAIN: u32 = 70;
const CORRECTED: u32 = 15;
const INVALID_FIRST: u32 = 25;
/// Grants and lists of members are rare, and clerks type them: more of these are wrong at first.
const INVALID_GRANT_FIRST: u32 = 250;
const INVALID_LIST_FIRST: u32 = 1_500;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

impl Sender<'_> {
    /// Posts the closed draft.
    pub(crate) fn deliver(&mut self) {
        let roll = self.rng.random_range(0..10_000u32);
        let staged = matches!(self.pace, Pace::Staged(_));
        let mut bound = LATE;
        if roll < bound {
            let days = self.rng.random_range(1..40i64);
            return self.post_after(days * DAY);
        }
        bound += DOUBLED;
        if roll < bound {
            return self.post_doubled();
        }
        if staged {
            return self.post_soon();
        }
        bound += STATED_AGAIN;
        if roll < bound {
            return self.post_stated_again();
        }
        bound += CORRECTED;
        if roll < bound {
            return self.post_corrected();
        }
        bound += match self.draft.kind {
            _ if self.draft.text.contains("\"members\":[") => INVALID_LIST_FIRST,
            "benefit.granted" => INVALID_GRANT_FIRST,
            _ => INVALID_FIRST,
        };
        if roll < bound {
            return self.post_invalid_first();
        }
        self.post_soon()
    }

    fn post_soon(&mut self) {
        let seconds = self.rng.random_range(1..2 * HOUR);
        self.post_after(seconds);
    }

    fn post_after(&mut self, seconds: i64) {
        let arrival = self.within_window(self.recorded, seconds);
        self.bag.post(self.feed, arrival, true, &self.draft.text);
    }

    /// So many seconds after a moment; what would be after the window is some time until its end.
    fn within_window(&mut self, from: Moment, seconds: i64) -> Moment {
        let (wish, last) = (from.plus(seconds), self.window.last());
        if wish <= last {
            return wish;
        }
        let room = i64::from(last.seconds_after(from.day)) - i64::from(from.second);
        from.plus(self.rng.random_range(0..=room))
    }

    /// The same id and content twice: the platform answers `duplicate` to the second.
    fn post_doubled(&mut self) {
        self.post_soon();
        let seconds = self.rng.random_range(2 * HOUR..20 * DAY);
        self.post_after(seconds);
        self.bag.duplicates += 1;
    }

    /// The same content under a new id and a later time: accepted, but the same fact.
    fn post_stated_again(&mut self) {
        self.post_soon();
        let seconds = self.rng.random_range(DAY..35 * DAY);
        let time = self.within_window(self.recorded, seconds);
        let id = format!("{}r", self.draft.event_id());
        let text = self.draft.stated_again(&id, time, self.feed.utc());
        let arrival = self.within_window(time, 600);
        self.bag.post(self.feed, arrival, true, &text);
    }

    /// First stated wrong, then retracted, then stated right.
    fn post_corrected(&mut self) {
        let found = self.recorded.plus(self.rng.random_range(DAY..5 * DAY));
        let right = found.plus(self.rng.random_range(60..DAY));
        if right > self.window.last() {
            return self.post_soon();
        }
        let Some(wrong) = wrong_but_valid(&self.draft) else {
            return self.post_soon();
        };
        self.post_text(self.recorded, true, &wrong);
        let event = self.draft.event_id().to_owned();
        let retraction = self.retraction_text(&format!("{event}v"), found, &event);
        self.post_text(found, true, &retraction);
        let text = self.draft.stated_again(&format!("{event}c"), right, self.feed.utc());
        self.post_text(right, true, &text);
    }

    /// Refused at first; what is right then comes under the same id (a refused event does not use it
    /// up) or, half of the time, the wrong one had an id of its own.
    fn post_invalid_first(&mut self) {
        let (mut text, cause) = invalid::spoil(&self.draft, self.recorded.day, &mut self.rng);
        if self.rng.random_bool(0.5) {
            text.insert(self.draft.id.end, 'x');
        }
        *self.bag.rejected.entry(cause).or_default() += 1;
        self.post_text(self.recorded, false, &text);
        self.post_after(3 * HOUR);
    }

    fn post_text(&mut self, time: Moment, valid: bool, text: &str) {
        let seconds = self.rng.random_range(1..HOUR);
        let arrival = self.within_window(time, seconds);
        self.bag.post(self.feed, arrival, valid, text);
    }

    fn retraction_text(&self, id: &str, time: Moment, retracts: &str) -> String {
        let head = self.draft.stated_again(id, time, self.feed.utc());
        let data = head.find("\"data\":{").expect("every event has data") + "\"data\":{".len();
        let kind = format!("\"type\":\"{}.{}.v1\"", self.feed.as_str(), self.draft.kind);
        let retraction = format!("\"type\":\"{}.record.retracted.v1\"", self.feed.as_str());
        let mut text = head[..data].replacen(&kind, &retraction, 1);
        text.push_str(&format!("\"retracts\":\"{retracts}\",\"reason\":\"录入有误\"}}}}"));
        text
    }
}

/// The event with an error that no contract can see: one digit too many, or a day early.
fn wrong_but_valid(draft: &Draft) -> Option<String> {
    let text = &draft.text;
    if let Some(at) = text.find("\"amount\":") {
        let mut wrong = text.clone();
        wrong.insert(at + "\"amount\":".len(), '1');
        return Some(wrong);
    }
    // A settlement's days go together: its `begin` is moved, and stays on or before its `end`.
    let key = if draft.kind == "settlement.settled" { "\"begin\":\"" } else { "\"on\":\"" };
    let at = text[draft.data..].find(key)? + draft.data + key.len();
    let day = text[at..at + 10].parse().ok()?;
    let mut wrong = String::with_capacity(text.len());
    wrong.push_str(&text[..at]);
    push_date(&mut wrong, add_days(day, -1));
    wrong.push_str(&text[at + 10..]);
    Some(wrong)
}
