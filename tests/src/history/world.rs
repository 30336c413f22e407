//! The stage: few people, households, ids, days and instants, from which everything is drawn.

use std::collections::{BTreeSet, HashSet};

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::Size;
use super::cast::{self, Human};

/// Days around which histories happen: leap days, ends of months, quarters, half-years and years, ends
/// of weeks.
const TODAYS: [Date; 13] = [
    Date::constant(2024, 2, 29),
    Date::constant(2024, 6, 30),
    Date::constant(2024, 7, 1),
    Date::constant(2024, 10, 1),
    Date::constant(2024, 3, 31),
    Date::constant(2024, 8, 31),
    Date::constant(2024, 10, 27),
    Date::constant(2024, 12, 30),
    Date::constant(2025, 1, 1),
    Date::constant(2025, 2, 28),
    Date::constant(2025, 3, 1),
    Date::constant(2025, 6, 15),
    Date::constant(2027, 1, 3),
];
/// Distances at which the domain draws a line, and their neighbours.
const OFFSETS_DAYS: [i64; 36] = [
    -400, -396, -366, -365, -364, -335, -214, -213, -212, -184, -183, -182, -181, -180, -153, -152, -151,
    -122, -92, -61, -45, -31, -30, -29, -7, -6, -5, -3, -2, -1, 0, 1, 2, 6, 20, 31,
];

/// What a history is made of while it is being made.
pub struct World {
    /// Everything random comes from here.
    pub dice: ChaCha8Rng,
    /// The day around which it all happens.
    pub today: Date,
    /// The people.
    pub cast: Vec<Human>,
    /// Household numbers of the police.
    pub households: Vec<String>,
    /// How many ids of benefits there are.
    pub benefits: usize,
    /// Whether a benefit id may be granted again for a program of the other kind.
    pub mixes_programs: bool,
    /// Scenes that are played more often than others, so that they meet each other.
    pub focus: [usize; 4],
    /// What was sent so far.
    pub events: Vec<Value>,
    days: Vec<Date>,
    watched: BTreeSet<Date>,
    seconds: Vec<i64>,
    ids: HashSet<(String, String)>,
    size: Size,
}

impl World {
    /// A world without events.
    pub fn new(seed: u64, size: Size) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let today = TODAYS[dice.random_range(0..TODAYS.len())];
        let cast = cast::cast(&mut dice, today, size.numbers);
        let households = (1..=size.households).map(|nth| format!("32061400{nth}")).collect();
        let midnight = format!("{}T00:00:00Z", today - 30.days()).parse::<Timestamp>().expect("an instant");
        let second = |dice: &mut ChaCha8Rng| {
            midnight.as_second() + dice.random_range(0..45) * 86_400 + dice.random_range(0..24) * 3_600
        };
        let seconds = (0..8).map(|_| second(&mut dice)).collect();
        let mixes_programs = dice.random_range(0..6) == 0;
        let focus = std::array::from_fn(|_| dice.random_range(0..crate::history::scenes::SCENES.len()));
        let benefits = size.benefits;
        let mut world = Self {
            dice,
            today,
            cast,
            households,
            benefits,
            mixes_programs,
            focus,
            events: Vec::new(),
            days: Vec::new(),
            watched: BTreeSet::new(),
            seconds,
            ids: HashSet::new(),
            size,
        };
        world.days = (0..9).map(|_| world.any_day()).collect();
        world
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.dice.random_range(0..end)
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// A day, mostly one of few.
    pub fn day(&mut self) -> Date {
        if self.one_in(4) { self.any_day() } else { self.days[self.dice.random_range(0..self.days.len())] }
    }

    fn any_day(&mut self) -> Date {
        let week = self.today.iso_week_date();
        let line = [
            self.today.first_of_month(),
            self.today.first_of_month() - 1.day(),
            self.today.first_of_year(),
            self.today.first_of_year() - 1.day(),
            self.today - i64::from(week.weekday().since(Weekday::Monday)).days(),
            self.today - 6.months(),
            self.today - 6.months() + 1.day(),
            self.today - 6.months() + 30.days(),
            self.today - 12.months(),
            self.today.last_of_month(),
        ];
        if self.one_in(3) { self.pick(&line) } else { self.today + self.pick(&OFFSETS_DAYS).days() }
    }

    /// One of the first of these days: close enough to today to matter by themselves.
    pub fn day_within(&mut self, from: i64, to: i64) -> Date {
        self.today + self.dice.random_range(from..=to).days()
    }

    /// An instant, mostly one of few, in one of several notations.
    pub fn time(&mut self) -> String {
        let at = self.below(self.seconds.len());
        let second = self.seconds[at] + if self.one_in(8) { 1 } else { 0 };
        let zulu = |second: i64| Timestamp::from_second(second).expect("a time of this century").to_string();
        match self.below(6) {
            0 => zulu(second + 8 * 3_600).replace('Z', "+08:00"),
            1 => zulu(second - 5 * 3_600).replace('Z', "-05:00"),
            2 => zulu(second).replace('Z', ".000Z"),
            3 => zulu(second).replace('Z', ".5Z"),
            _ => zulu(second),
        }
    }

    /// Sends an event under an id and at a time that the world chooses.
    pub fn send(&mut self, kind: &str, data: Value) {
        let id = self.unused_id(feed_of(kind));
        let time = self.time();
        self.send_as(&id, &time, kind, data);
    }

    /// Sends an event.
    pub fn send_as(&mut self, id: &str, time: &str, kind: &str, data: Value) {
        self.ids.insert((feed_of(kind).to_owned(), id.to_owned()));
        self.events.push(json!({
            "specversion": "1.0", "id": id, "source": format!("/320614/{}", feed_of(kind)),
            "type": format!("{kind}.v1"), "time": time, "datacontenttype": "application/json", "data": data,
        }));
    }

    /// An id that the feed has not used; other feeds may have. Ids sort by their bytes, not by their numbers.
    pub fn unused_id(&mut self, feed: &str) -> String {
        loop {
            let shape = self.below(4);
            let number = self.dice.random_range(0..self.size.events.max(2_000));
            let id = format!("{}{number}", ["e", "E-", "1", "事"][shape]);
            if !self.ids.contains(&(feed.to_owned(), id.clone())) {
                return id;
            }
        }
    }

    /// A day on which the history is worth looking at.
    pub fn watch(&mut self, day: Date) {
        self.watched.insert(day);
    }

    /// The events came in some order.
    pub fn shuffle_events(&mut self) {
        self.events.shuffle(&mut self.dice);
    }

    /// Days on which something begins or ceases to hold: fifteen at most, today among them.
    pub fn interesting_days(&mut self) -> Vec<Date> {
        let mut days = BTreeSet::from([self.today, self.today + 1.day(), self.today - 1.day()]);
        let month = self.today.first_of_month();
        let lines =
            [month, self.today.last_of_month(), self.today.last_of_month() + 1.day(), self.today + 30.days()];
        days.extend([self.pick(&lines), self.pick(&lines)]);
        for _ in 0..4 {
            let on = self.days[self.dice.random_range(0..self.days.len())];
            let later = self.pick(&[0i64, 0, -1, 1, 6, 7, 29, 30, 31, 365, 366]);
            days.insert(on + later.days());
        }
        let births: Vec<Date> =
            self.cast.iter().filter_map(|human| crate::document::birth(&human.number)).collect();
        for birth in births {
            let age = self.pick(&[16i16, 18, 60, 80, 90]);
            let birthday = birth + age.years();
            if (birthday - self.today).get_days().abs() < 60 && days.len() < 12 {
                days.insert(birthday + self.pick(&[-1i64, 0, 1]).days());
            }
        }
        let watched: Vec<Date> = self.watched.iter().copied().collect();
        if !watched.is_empty() {
            days.extend([self.pick(&watched), self.pick(&watched), self.pick(&watched)]);
        }
        days.into_iter().collect()
    }
}

/// The feed of a kind `<feed>.<event>`.
pub fn feed_of(kind: &str) -> &str {
    kind.split('.').next().expect("a split has a first part")
}
