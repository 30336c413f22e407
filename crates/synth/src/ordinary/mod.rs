//! The district's ordinary people: households and what happens to them in the window. Every share and
//! rate here is assumed, chosen so that the whole comes near the figures of domain §1.

mod benefit;
mod death;
mod household;
mod illness;
mod register;
mod visit;
mod work;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::Error;
use crate::id_number::Issuer;
use crate::moment::{Window, add_days};
use crate::sender::Sender;
use crate::town::Towns;

pub(crate) use household::Household;

/// Sends the events of as many households as hold `people`.
pub(crate) fn populate(
    people: u32,
    sender: &mut Sender<'_>,
    towns: &Towns,
    stream: impl Fn(u64) -> ChaCha8Rng,
) -> Result<(), Error> {
    let mut issuer = Issuer::ordinary();
    let (mut left, mut unit) = (people, 0u32);
    while left > 0 {
        unit += 1;
        sender.next_unit(format!("a{unit}"), stream(u64::from(unit)));
        let mut household = Household::settle(sender, &mut issuer, towns, unit, left);
        left -= household.members.len() as u32;
        live(sender, &mut issuer, towns, &mut household);
        if let Some(failure) = sender.bag.failed() {
            return Err(failure);
        }
    }
    Ok(())
}

fn live(sender: &mut Sender<'_>, issuer: &mut Issuer, towns: &Towns, household: &mut Household) {
    register::register(sender, household);
    register::change_numbers(sender, issuer, household);
    death::choose(sender, household);
    benefit::grant(sender, household);
    for member in &household.members {
        work::earn(sender, household, member);
        illness::settle(sender, household, member);
        death::report(sender, member);
    }
    register::move_about(sender, towns, household);
    register::bear(sender, issuer, household);
}

/// Whether something happens that happens with this probability in a year, over the window's length.
fn happens(rng: &mut ChaCha8Rng, window: Window, yearly: f64) -> bool {
    let years = window.days() as f64 / 365.25;
    rng.random_bool((yearly * years).clamp(0.0, 1.0))
}

/// A day of the window.
fn some_day(rng: &mut ChaCha8Rng, window: Window) -> jiff::civil::Date {
    add_days(window.start, rng.random_range(0..window.days()))
}

/// A day between so many days before the window: never in it.
fn earlier(rng: &mut ChaCha8Rng, window: Window, days: std::ops::Range<i64>) -> jiff::civil::Date {
    add_days(window.start, -rng.random_range(days))
}
