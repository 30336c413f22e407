//! The district's ordinary people: households and what happens to them in the window, by the shares and
//! rates of `figures.rs`.

mod absence;
mod benefit;
mod birth;
mod care;
mod contact;
mod death;
mod disability;
mod figures;
mod household;
mod illness;
mod low_income;
mod plan;
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

/// Sends the events of as many households as hold `people`; the benefits and pensions of `resent_percent` of
/// the households are sent again, whole, each month. Calls `alive` now and then.
pub(crate) fn populate(
    people: u32,
    resent_percent: u32,
    sender: &mut Sender<'_>,
    towns: &Towns,
    stream: impl Fn(u64) -> ChaCha8Rng,
    alive: &mut dyn FnMut(),
) -> Result<(), Error> {
    let mut issuer = Issuer::ordinary();
    let (mut left, mut unit) = (people, 0u32);
    while left > 0 {
        unit += 1;
        sender.next_unit(format!("a{unit}"), stream(u64::from(unit)));
        let mut household = Household::settle(sender, &mut issuer, towns, unit, left);
        left -= household.members.len() as u32;
        let resent = sender.rng.random_range(0..100) < resent_percent;
        sender.keep_stock(resent);
        live(sender, &mut issuer, towns, &mut household);
        sender.deliver_stock();
        if unit.is_multiple_of(1_000) {
            alive();
        }
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
    disability::choose(sender, household);
    care::choose(sender, household);
    let fate = absence::fate(sender, household);
    let tekun = benefit::tekun(sender, household);
    low_income::grant(sender, household);
    for (at, member) in household.members.iter().enumerate() {
        work::earn(sender, household, member);
        benefit::old_age_allowance(sender, member);
        benefit::children(sender, household, at, fate);
        benefit::temporary_aid(sender, household, at);
        disability::certify(sender, household, at, tekun);
        care::look_after(sender, household, at, tekun);
        illness::ail(sender, household, at);
        absence::take_away(sender, member);
        death::report(sender, household, at);
    }
    contact::record(sender, household);
    register::move_about(sender, towns, household);
    birth::bear(sender, issuer, household);
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
