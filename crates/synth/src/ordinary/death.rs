//! Deaths, which several departments report, late and not always with the same day. At the end of the window
//! some deaths are known to one of them only.

use jiff::civil::Date;
use rand::RngExt;

use super::benefit::give;
use super::figures::{self, band};
use super::household::{Household, Member, Role};
use super::{happens, some_day};
use crate::moment::add_days;
use crate::money::yuan;
use crate::sender::Sender;

/// Decides who dies in the window.
pub(super) fn choose(sender: &mut Sender<'_>, household: &mut Household) {
    let window = sender.window;
    for member in &mut household.members {
        let yearly = figures::DEATHS[band(member.age(window.start), &[60, 80, 90])];
        if happens(&mut sender.rng, window, yearly) {
            member.died_on = Some(some_day(&mut sender.rng, window));
        }
    }
}

/// The days that a source takes; none if that is after the window.
fn delay(sender: &mut Sender<'_>, from: Date, days: std::ops::Range<u32>) -> Option<u32> {
    let days = sender.rng.random_range(days);
    (add_days(from, i64::from(days)) <= sender.window.end).then_some(days)
}

/// Each source knows of most deaths, after its own time: hospitals and the funeral home within days, the
/// police and the funeral grant after weeks, a few after months.
pub(super) fn report(sender: &mut Sender<'_>, household: &Household, at: usize) {
    let member = &household.members[at];
    let Some(died) = member.died_on else { return };
    let end = sender.window.end;
    let person = member.on(died);
    if sender.rng.random_bool(0.85)
        && let Some(days) = delay(sender, died, 1..8)
    {
        let number = format!("D{}-{at}", household.unit);
        sender.after(days).death_certified(person, &number, died);
    }
    let cremated = add_days(died, sender.rng.random_range(1..4));
    if sender.rng.random_bool(0.9) && cremated <= end {
        sender.cremated(person, cremated);
    }
    let late = if sender.rng.random_bool(0.08) { 60..300 } else { 5..60 };
    if sender.rng.random_bool(0.9)
        && let Some(days) = delay(sender, died, late)
    {
        let on = add_days(died, i64::from(sender.rng.random_range(0..20u32) == 0));
        sender.after(days).cancelled(person, "death", on);
    }
    bury(sender, household, at, died);
    close_accounts(sender, member, died);
}

/// The funeral grant of social security, or the bureau's own; one in a hundred has both.
fn bury(sender: &mut Sender<'_>, household: &Household, at: usize, died: Date) {
    let member = &household.members[at];
    let end = sender.window.end;
    let paid = add_days(died, sender.rng.random_range(15..90));
    let entitled = matches!(member.role, Role::Retired | Role::OldResident | Role::Employed);
    let granted = entitled && sender.rng.random_bool(0.7);
    if granted && paid <= end {
        sender.funeral_grant(member.on(died), yuan(6_000), paid);
    }
    let own = add_days(died, sender.rng.random_range(3..12));
    let chance = if granted { 0.01 } else { 0.5 };
    if sender.rng.random_bool(chance) && own <= end {
        let id = format!("HM{}-{at}", household.unit);
        give(sender, member.on(died), &id, "funeral", yuan(1_000), own);
    }
}

/// Insurance is stopped some weeks later, mostly.
fn close_accounts(sender: &mut Sender<'_>, member: &Member, died: Date) {
    let end = sender.window.end;
    let person = member.on(died);
    let scheme = match member.role {
        Role::Employed => Some("employee"),
        Role::Flexible => Some("flexible"),
        Role::Resident => Some("resident"),
        _ => None,
    };
    let stop = add_days(died, sender.rng.random_range(10..45));
    if stop > end || !sender.rng.random_bool(0.85) {
        return;
    }
    if let Some(scheme) = scheme.filter(|_| died < member.retires()) {
        sender.uninsured(person, scheme, stop);
    }
    let insutype = if matches!(member.role, Role::Employed | Role::Retired) { "310" } else { "390" };
    sender.unenrolled(person, insutype, stop);
}
