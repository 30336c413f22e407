//! Custody and missing people.

use jiff::civil::Date;
use rand::RngExt;

use super::household::{Household, Member};
use super::{earlier, figures, happens, some_day};
use crate::id_number::Sex;
use crate::moment::{add_days, add_months};
use crate::sender::Sender;

/// What a grandchild's parents do who live elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Work,
    /// The father is in prison.
    Prison,
    /// The father is in prison and the mother has been missing for long.
    Gone,
    /// Both died before the window.
    Dead,
}

/// The fate of the parents of this household's grandchild.
pub(super) fn fate(sender: &mut Sender<'_>, household: &Household) -> Fate {
    let [father, mother] = &household.elsewhere[..] else { return Fate::Work };
    let window = sender.window;
    let fate = match sender.rng.random_range(0..1000u32) {
        0..6 => Fate::Dead,
        6..12 => Fate::Gone,
        12..30 => Fate::Prison,
        _ => Fate::Work,
    };
    let long_ago = earlier(&mut sender.rng, window, 250..900);
    match fate {
        Fate::Work => {}
        Fate::Dead => {
            for parent in [father, mother] {
                sender.cancelled(&parent.person, "death", long_ago);
            }
        }
        Fate::Prison | Fate::Gone => {
            imprison(sender, father, long_ago);
            if fate == Fate::Gone {
                let on = earlier(&mut sender.rng, window, 250..900);
                sender.missing_reported(&mother.person, on);
            }
        }
    }
    fate
}

/// Years in prison, after the months before the sentence.
fn imprison(sender: &mut Sender<'_>, member: &Member, on: Date) {
    let until = add_months(on, sender.rng.random_range(18..120));
    sender.custody_started(member.on(on), "imprisonment", on, Some(until));
    if until <= sender.window.end && member.lives(until) {
        sender.custody_ended(member.on(until), until);
    }
}

/// What takes adults away in the window: custody, from detention to prison, and going missing.
pub(super) fn take_away(sender: &mut Sender<'_>, member: &Member) {
    let window = sender.window;
    let years = member.age(window.start);
    let custody = figures::CUSTODY[usize::from(member.person.sex == Sex::Woman)];
    if (18..60).contains(&years) && happens(&mut sender.rng, window, custody) {
        detain(sender, member);
    }
    if years >= 14 && happens(&mut sender.rng, window, figures::MISSING) {
        let on = some_day(&mut sender.rng, window);
        if member.lives(on) {
            sender.missing_reported(member.on(on), on);
            let back = add_days(on, sender.rng.random_range(1..40));
            if sender.rng.random_bool(0.85) && back <= window.end && member.lives(back) {
                sender.missing_closed(member.on(back), back);
            }
        }
    }
}

/// Half are released within weeks; the others are arrested, and most of these sentenced.
fn detain(sender: &mut Sender<'_>, member: &Member) {
    let window = sender.window;
    let on = some_day(&mut sender.rng, window);
    if !member.lives(on) {
        return;
    }
    let short = sender.rng.random_bool(0.5);
    let drugs = short && sender.rng.random_bool(0.1);
    let kind = if drugs { "compulsory-rehabilitation" } else { "detention" };
    let days = sender.rng.random_range(5..30);
    let until = if drugs { add_months(on, 24) } else { add_days(on, days) };
    sender.custody_started(member.on(on), kind, on, Some(until));
    if short {
        if until <= window.end && member.lives(until) {
            sender.custody_ended(member.on(until), until);
        }
        return;
    }
    if until > window.end || !member.lives(until) {
        return;
    }
    sender.custody_started(member.on(until), "arrest", until, None);
    let sentenced = add_days(until, sender.rng.random_range(60..160));
    if sentenced > window.end || !member.lives(sentenced) {
        return;
    }
    if sender.rng.random_bool(0.8) {
        imprison(sender, member, sentenced);
    } else {
        sender.custody_ended(member.on(sentenced), sentenced);
    }
}
