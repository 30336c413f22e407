//! Writes one event after another as text, stamps it with the time of its record, and posts it.

use std::ops::Range;

use jiff::civil::Date;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::Feed;
use crate::id_number::short_form;
use crate::mailbag::Mailbag;
use crate::moment::{Moment, Window, add_days, push_date, push_month};
use crate::money::{Fen, push_number};
use crate::name::misspelt;
use crate::person::Person;
use crate::redelivery::Stock;

/// The text of the event being written, and where its parts are.
#[derive(Clone, Default)]
pub(crate) struct Draft {
    pub text: String,
    pub id: Range<usize>,
    pub time: Range<usize>,
    /// Where the first field of `data` begins.
    pub data: usize,
    /// `person.registered` and the like.
    pub kind: &'static str,
}

impl Draft {
    /// The same event with another id and time.
    pub(crate) fn stated_again(&self, id: &str, time: Moment, utc: bool) -> String {
        let mut text = String::with_capacity(self.text.len() + 4);
        text.push_str(&self.text[..self.id.start]);
        text.push_str(id);
        text.push_str(&self.text[self.id.end..self.time.start]);
        time.write(&mut text, utc);
        text.push_str(&self.text[self.time.end..]);
        text
    }

    /// The event's id.
    pub(crate) fn event_id(&self) -> &str {
        &self.text[self.id.clone()]
    }
}

/// How the time of record follows the effective date.
pub(crate) enum Pace {
    /// Some days after it, with delivery noise.
    Ordinary,
    /// Events are recorded in the order they are written, at least a minute apart; deliveries may be
    /// late or doubled, but nothing else happens to them.
    Staged(Moment),
}

/// An event that was sent: what a retraction names.
#[derive(Clone, Copy)]
pub(crate) struct Sent {
    pub feed: Feed,
    pub number: u32,
}

/// Sends the events of one unit (a household or a planted situation).
pub(crate) struct Sender<'a> {
    pub bag: &'a mut Mailbag,
    pub rng: ChaCha8Rng,
    pub window: Window,
    pub pace: Pace,
    pub draft: Draft,
    pub feed: Feed,
    pub recorded: Moment,
    division: &'a str,
    unit: String,
    number: u32,
    delay_days: Option<u32>,
    /// What is delivered again each month, while it is kept.
    pub(crate) stock: Option<Vec<Stock>>,
}

impl<'a> Sender<'a> {
    /// A sender for a unit whose name begins its event ids.
    pub(crate) fn new(
        bag: &'a mut Mailbag,
        rng: ChaCha8Rng,
        window: Window,
        division: &'a str,
        pace: Pace,
    ) -> Sender<'a> {
        let recorded = Moment { day: window.start, second: 0 };
        let (draft, unit) = (Draft::default(), String::new());
        let feed = Feed::Police;
        Sender {
            bag,
            rng,
            window,
            pace,
            draft,
            feed,
            recorded,
            division,
            unit,
            number: 0,
            delay_days: None,
            stock: None,
        }
    }

    /// Goes on with another unit and its own source of randomness.
    pub(crate) fn next_unit(&mut self, unit: String, rng: ChaCha8Rng) {
        self.unit = unit;
        self.rng = rng;
        self.number = 0;
        if let Pace::Staged(clock) = &mut self.pace {
            *clock = Moment { day: self.window.start, second: 8 * 3600 };
        }
    }

    /// The next event is recorded so many days after its effective date.
    pub(crate) fn after(&mut self, days: u32) -> &mut Self {
        self.delay_days = Some(days);
        self
    }

    /// The id of an event that was sent.
    pub(crate) fn id_of(&self, sent: Sent) -> String {
        format!("{}-{}", self.unit, sent.number)
    }

    fn stamp(&mut self, on: Date) -> Moment {
        let delay = self.delay_days.take();
        let Window { start, end } = self.window;
        if let Pace::Staged(clock) = &mut self.pace {
            let wish = Moment { day: on.clamp(start, end), second: 9 * 3600 };
            *clock = wish.max(clock.plus(60));
            debug_assert!(clock.day <= end, "a situation has too many events for its last day");
            return *clock;
        }
        if on < start && delay.is_none() {
            return Moment { day: start, second: self.rng.random_range(0..6 * 3600) };
        }
        let days = i64::from(delay.unwrap_or_else(|| self.rng.random_range(0..3u32)));
        let day = add_days(on, days).clamp(start, end);
        Moment { day, second: self.rng.random_range(7 * 3600..21 * 3600) }
    }

    /// Begins an event of `kind` that takes effect on a day.
    pub(crate) fn begin(&mut self, feed: Feed, kind: &'static str, on: Date) -> &mut Self {
        self.recorded = self.stamp(on);
        self.number += 1;
        self.feed = feed;
        let draft = &mut self.draft;
        draft.kind = kind;
        let text = &mut draft.text;
        text.clear();
        text.push_str("{\"specversion\":\"1.0\",\"id\":\"");
        let id = text.len();
        text.push_str(&self.unit);
        text.push('-');
        push_number(text, u64::from(self.number));
        draft.id = id..text.len();
        text.push_str("\",\"source\":\"/");
        text.push_str(self.division);
        text.push('/');
        text.push_str(feed.as_str());
        text.push_str("\",\"type\":\"");
        text.push_str(feed.as_str());
        text.push('.');
        text.push_str(kind);
        text.push_str(".v1\",\"time\":\"");
        let time = text.len();
        self.recorded.write(text, feed.utc());
        draft.time = time..text.len();
        text.push_str("\",\"datacontenttype\":\"application/json\",\"data\":{");
        draft.data = text.len();
        self
    }

    fn key(&mut self, key: &str) -> &mut String {
        let text = &mut self.draft.text;
        if text.len() > self.draft.data {
            text.push(',');
        }
        text.push('"');
        text.push_str(key);
        text.push_str("\":");
        text
    }

    /// A text field.
    pub(crate) fn text(&mut self, key: &str, value: &str) -> &mut Self {
        quote(self.key(key), value);
        self
    }

    /// A date field.
    pub(crate) fn date(&mut self, key: &str, day: Date) -> &mut Self {
        let text = self.key(key);
        text.push('"');
        push_date(text, day);
        text.push('"');
        self
    }

    /// A month field, `YYYY-MM`.
    pub(crate) fn month(&mut self, key: &str, day: Date) -> &mut Self {
        let text = self.key(key);
        text.push('"');
        push_month(text, day);
        text.push('"');
        self
    }

    /// An amount.
    pub(crate) fn money(&mut self, key: &str, amount: Fen) -> &mut Self {
        amount.write(self.key(key));
        self
    }

    /// A small whole number.
    pub(crate) fn number(&mut self, key: &str, value: u8) -> &mut Self {
        push_number(self.key(key), u64::from(value));
        self
    }

    /// A newborn child: its name, and its number if it has one already.
    pub(crate) fn child(&mut self, key: &str, name: &str, id_number: Option<&str>) -> &mut Self {
        let text = self.key(key);
        text.push_str("{\"name\":");
        quote(text, name);
        if let Some(id) = id_number {
            text.push_str(",\"id_number\":\"");
            text.push_str(id);
            text.push('"');
        }
        text.push('}');
        self
    }

    /// A truth value.
    pub(crate) fn flag(&mut self, key: &str, value: bool) -> &mut Self {
        self.key(key).push_str(if value { "true" } else { "false" });
        self
    }

    /// A person: ID number and name.
    pub(crate) fn person(&mut self, key: &str, person: &Person) -> &mut Self {
        self.key(key);
        self.write_person(person);
        self
    }

    /// A list of people.
    pub(crate) fn people(&mut self, key: &str, people: &[&Person]) -> &mut Self {
        self.key(key).push('[');
        for (at, person) in people.iter().enumerate() {
            if at > 0 {
                self.draft.text.push(',');
            }
            self.write_person(person);
        }
        self.draft.text.push(']');
        self
    }

    /// Departments other than the police write some numbers and names in their own way, all but the
    /// misspelt ones (one in 10,000) stating the same person.
    fn write_person(&mut self, person: &Person) {
        let roll = match self.pace {
            Pace::Ordinary if self.feed != Feed::Police => self.rng.random_range(0..10_000u32),
            _ => u32::MAX,
        };
        let text = &mut self.draft.text;
        text.push_str("{\"id_number\":\"");
        match roll {
            0..20 => text.push_str(&short_form(&person.id).unwrap_or_else(|| person.id.clone())),
            20..2000 if person.id.ends_with('X') => {
                text.push_str(&person.id[..17]);
                text.push('x');
            }
            _ => text.push_str(&person.id),
        }
        text.push_str("\",\"name\":");
        match roll {
            5000..=5000 => quote(text, &misspelt(&person.name)),
            5001..8000 if person.name.contains('·') => quote(text, &person.name.replace('·', "•")),
            5001..9999 if person.name.contains(' ') => quote(text, &person.name.replace(' ', "")),
            8000..9999 if person.name.contains('·') => quote(text, &person.name.replace('·', " ・ ")),
            _ => quote(text, &person.name),
        }
        text.push('}');
    }

    /// Closes the event and posts it, with what delivery does to it.
    pub(crate) fn send(&mut self) -> Sent {
        self.draft.text.push_str("}}");
        self.deliver();
        self.put_in_stock();
        Sent { feed: self.feed, number: self.number }
    }
}

/// Appends a JSON string.
fn quote(text: &mut String, value: &str) {
    if value.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        text.push_str(&serde_json::to_string(value).expect("a string is always serialisable"));
    } else {
        text.push('"');
        text.push_str(value);
        text.push('"');
    }
}
