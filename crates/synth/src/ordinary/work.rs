//! Work, unemployment and pensions.

use jiff::civil::Date;
use rand::RngExt;

use super::household::{Household, Member, Role};
use super::{earlier, happens, some_day};
use crate::moment::{add_days, add_months, birthday, month_start};
use crate::money::{Fen, yuan};
use crate::sender::Sender;

/// The events of one person's working life in the window.
pub(super) fn earn(sender: &mut Sender<'_>, household: &Household, member: &Member) {
    let window = sender.window;
    match member.role {
        Role::Child => {}
        Role::Employed => employed(sender, member),
        Role::Flexible => {
            let on = earlier(&mut sender.rng, window, 60..4000);
            sender.insured(member.on(on), "flexible", None, on);
        }
        Role::Resident if household.poor => {}
        Role::Resident => {
            let on = earlier(&mut sender.rng, window, 60..4000);
            sender.insured(member.on(on), "resident", None, on);
        }
        Role::Retired => {
            let amount = Fen(sender.rng.random_range(230_000..560_000));
            pension(sender, member, "employee", amount);
        }
        Role::OldResident => {
            let amount = Fen(sender.rng.random_range(23_000..62_000));
            pension(sender, member, "resident", amount);
        }
    }
}

fn employed(sender: &mut Sender<'_>, member: &Member) {
    let window = sender.window;
    let base = yuan(sender.rng.random_range(30..120u64) * 100);
    let hired = earlier(&mut sender.rng, window, 60..5000);
    sender.insured(member.on(hired), "employee", Some(base), hired);
    let left = happens(&mut sender.rng, window, 0.025).then(|| some_day(&mut sender.rng, window));
    let last = left.unwrap_or(window.end);
    wages(sender, member, window.start, last, base);
    if let Some(left) = left.filter(|left| member.lives(*left)) {
        sender.uninsured(member.on(left), "employee", left);
        unemployed(sender, member, left, base);
    }
}

fn wages(sender: &mut Sender<'_>, member: &Member, first: Date, last: Date, base: Fen) {
    let mut month = month_start(first);
    if month < first {
        month = add_months(month, 1);
    }
    while month <= last && member.lives(month) {
        let varies = sender.rng.random_range(0..10u32) < 3;
        let amount = if varies { Fen(base.0 + sender.rng.random_range(0..90_000)) } else { base };
        let delay = sender.rng.random_range(10..28);
        sender.after(delay).wage(member.on(month), month, amount);
        month = add_months(month, 1);
    }
}

fn unemployed(sender: &mut Sender<'_>, member: &Member, left: Date, base: Fen) {
    let end = sender.window.end;
    let on = add_days(left, sender.rng.random_range(10..40));
    if sender.rng.random_bool(0.4) || on > end || !member.lives(on) {
        return;
    }
    let until = add_months(on, sender.rng.random_range(3..13));
    sender.dole_started(member.on(on), yuan(1_780), on, until);
    let again = add_days(on, sender.rng.random_range(30..200));
    if sender.rng.random_bool(0.5) && again < until {
        if again <= end && member.lives(again) {
            sender.dole_ended(member.on(again), "re-employed", again);
            sender.insured(member.on(again), "employee", Some(base), again);
            wages(sender, member, again, end, base);
        }
    } else if until <= end && member.lives(until) {
        sender.dole_ended(member.on(until), "exhausted", until);
    }
}

fn pension(sender: &mut Sender<'_>, member: &Member, scheme: &'static str, amount: Fen) {
    let window = sender.window;
    let began = month_start(add_months(birthday(member.person.birth, 60), 1));
    if began > window.end || !member.lives(began) {
        return;
    }
    sender.pension_started(member.on(began), scheme, amount, began);
    let mut amount = amount;
    for year in window.start.year()..=window.end.year() {
        let day = Date::new(year, 1, 1).expect("every year has a 1 January");
        let in_window = (window.start..=window.end).contains(&day) && began < day;
        if in_window && member.lives(day) && sender.rng.random_bool(0.8) {
            amount = Fen(amount.0 * 103 / 100);
            sender.after(20).pension_changed(member.on(day), scheme, amount, day);
        }
    }
    if let Some(died) = member.died_on {
        let stop = month_start(add_months(died, 1));
        if stop <= window.end && sender.rng.random_bool(0.9) {
            sender.pension_stopped(member.on(stop), scheme, stop);
        }
    }
}
