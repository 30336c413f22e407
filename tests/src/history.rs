//! Random histories, reproducible from a seed: small worlds in which the same few people, households, benefits and
//! days are used again and again, so that every clause of the domain meets every other.
//!
//! Every event is valid under domain §2: intake is meant to accept them all.

mod cast;
mod conditions;
mod noise;
mod records;
mod scenes;
mod told;
mod world;

use jiff::civil::Date;
use serde_json::Value;

use world::World;

/// How much happens in a history.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// ID numbers (some of them become one person by a correction).
    pub numbers: usize,
    /// Household numbers of the police.
    pub households: usize,
    /// Benefit ids for one person, and half as many for households.
    pub benefits: usize,
    /// Events, about.
    pub events: usize,
}

impl Size {
    /// A handful of people: the shortest counterexamples.
    pub const SMALL: Self = Self { numbers: 5, households: 2, benefits: 6, events: 40 };
    /// Two or three families.
    pub const MEDIUM: Self = Self { numbers: 12, households: 4, benefits: 8, events: 120 };
    /// Little but a household around the limit of a collective.
    pub const CROWD: Self = Self { numbers: 26, households: 2, benefits: 6, events: 110 };
    /// Enough people for a collective household, of which there is one around its limit.
    pub const LARGE: Self = Self { numbers: 40, households: 6, benefits: 12, events: 300 };
    /// A small town, for comparisons on every day of a year.
    pub const TOWN: Self = Self { numbers: 2_000, households: 700, benefits: 1_200, events: 14_000 };
}

/// What was sent, and the days on which it is worth looking at.
#[derive(Clone, Debug)]
pub struct History {
    /// CloudEvents, in a random order, with duplicates.
    pub events: Vec<Value>,
    /// As-of dates at which conditions begin or cease to hold, in order.
    pub days: Vec<Date>,
}

/// The history of a seed: the same for ever.
pub fn history(seed: u64, size: Size) -> History {
    let mut world = World::new(seed, size);
    scenes::open(&mut world);
    while world.events.len() < size.events * 2 / 3 {
        if world.one_in(2) { scenes::play(&mut world) } else { records::random(&mut world) }
    }
    while world.events.len() < size.events {
        noise::disturb(&mut world);
    }
    world.shuffle_events();
    let days = world.interesting_days();
    History { events: world.events, days }
}
