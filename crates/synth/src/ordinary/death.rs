//! Deaths, which several departments report, late and not always with the same day.

use rand::RngExt;

use super::household::{Household, Member, Role};
use super::{happens, some_day};
use crate::moment::{add_days, age};
use crate::money::yuan;
use crate::sender::Sender;

/// Decides who dies in the window.
pub(super) fn choose(sender: &mut Sender<'_>, household: &mut Household) {
    let window = sender.window;
    for member in &mut household.members {
        let yearly = match age(member.person.birth, window.start) {
            ..60 => 0.0015,
            60..80 => 0.014,
            80..90 => 0.07,
            _ => 0.18,
        };
        if happens(&mut sender.rng, window, yearly) {
            member.died_on = Some(some_day(&mut sender.rng, window));
        }
    }
}

/// Each source knows of most deaths, after its own time.
pub(super) fn report(sender: &mut Sender<'_>, member: &Member) {
    let Some(died) = member.died_on else { return };
    let end = sender.window.end;
    let person = member.on(died);
    if sender.rng.random_bool(0.85) {
        let delay = sender.rng.random_range(1..8);
        let number = format!("D{}", &person.id[6..17]);
        sender.after(delay).death_certified(person, &number, died);
    }
    let cremated = add_days(died, sender.rng.random_range(1..4));
    if sender.rng.random_bool(0.9) && cremated <= end {
        sender.cremated(person, cremated);
    }
    if sender.rng.random_bool(0.8) {
        let on = add_days(died, i64::from(sender.rng.random_range(0..20u32) == 0)).min(end);
        let delay = sender.rng.random_range(5..60);
        sender.after(delay).cancelled(person, "death", on);
    }
    let paid = add_days(died, sender.rng.random_range(15..90));
    let entitled = matches!(member.role, Role::Retired | Role::OldResident | Role::Employed);
    if entitled && sender.rng.random_bool(0.7) && paid <= end {
        sender.funeral_grant(person, yuan(6_000), paid);
    }
}
