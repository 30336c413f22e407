//! Work, unemployment and pensions, and the medical insurance that goes with them.

use jiff::civil::Date;
use rand::RngExt;

use super::household::{Household, Member, Role};
use super::{earlier, figures, happens, some_day};
use crate::moment::{add_days, add_months, birthday, month_start};
use crate::money::{Fen, yuan};
use crate::sender::Sender;

/// The events of one person's working life in the window, and what it began with.
pub(super) fn earn(sender: &mut Sender<'_>, household: &Household, member: &Member) {
    let window = sender.window;
    let uninsured = if household.poor { figures::UNINSURED_POOR } else { figures::UNINSURED };
    let employee = matches!(member.role, Role::Employed | Role::Retired);
    if !employee && !sender.rng.random_bool(uninsured) {
        let on = earlier(&mut sender.rng, window, 30..3000).max(member.person.birth);
        sender.enrolled(member.on(on), "390", on);
    }
    match member.role {
        Role::Child => {}
        Role::Employed => employed(sender, member),
        Role::Flexible => insured(sender, member, "flexible"),
        Role::Resident => {
            if !household.poor {
                insured(sender, member, "resident");
            } else if sender.rng.random_bool(0.01) {
                odd_job(sender, member);
            }
            if sender.rng.random_bool(0.005) && member.age(window.start) < 58 {
                long_unemployed(sender, member);
            }
            resident_pension(sender, member);
        }
        Role::Retired => {
            let on = earlier(&mut sender.rng, window, 30..3000);
            sender.enrolled(member.on(on), "310", on);
            let amount = Fen(sender.rng.random_range(230_000..560_000));
            pension(sender, member, "employee", amount);
        }
        Role::OldResident => resident_pension(sender, member),
    }
}

fn resident_pension(sender: &mut Sender<'_>, member: &Member) {
    let amount = Fen(sender.rng.random_range(23_000..62_000));
    pension(sender, member, "resident", amount);
}

/// Insurance that was begun long ago and ends with the pension age.
fn insured(sender: &mut Sender<'_>, member: &Member, scheme: &'static str) {
    let on = earlier(&mut sender.rng, sender.window, 60..4000).max(birthday(member.person.birth, 16));
    sender.insured(member.on(on), scheme, None, on);
    let retires = member.retires();
    if retires <= sender.window.end && member.lives(retires) {
        sender.uninsured(member.on(retires), scheme, retires);
    }
}

/// Somebody in a poor household finds work for some months.
fn odd_job(sender: &mut Sender<'_>, member: &Member) {
    let on = some_day(&mut sender.rng, sender.window);
    if member.lives(on) {
        let base = yuan(2_490);
        sender.insured(member.on(on), "employee", Some(base), on);
        wages(sender, member, on, sender.window.end, base);
    }
}

fn long_unemployed(sender: &mut Sender<'_>, member: &Member) {
    let on = earlier(&mut sender.rng, sender.window, 30..400);
    sender.unemployed(member.on(on), on);
    let off = some_day(&mut sender.rng, sender.window);
    if sender.rng.random_bool(0.7) && member.lives(off) {
        sender.no_longer_unemployed(member.on(off), off);
    }
}

fn employed(sender: &mut Sender<'_>, member: &Member) {
    let window = sender.window;
    let base = yuan(sender.rng.random_range(30..120u64) * 100);
    let hired = if happens(&mut sender.rng, window, figures::HIRED) {
        some_day(&mut sender.rng, window)
    } else {
        earlier(&mut sender.rng, window, 60..5000).max(birthday(member.person.birth, 18))
    };
    if !member.lives(hired) {
        return;
    }
    sender.insured(member.on(hired), "employee", Some(base), hired);
    sender.enrolled(member.on(hired), "310", hired);
    let left =
        happens(&mut sender.rng, window, figures::LEAVE_WORK).then(|| some_day(&mut sender.rng, window));
    let retires = member.retires();
    let left = left.filter(|left| *left > hired && *left < retires && member.lives(*left));
    let last = left.unwrap_or(window.end).min(add_days(retires, -1));
    wages(sender, member, hired.max(window.start), last, base);
    if let Some(left) = left {
        sender.uninsured(member.on(left), "employee", left);
        lose_work(sender, member, left, base);
    } else if retires <= window.end && member.lives(retires) {
        sender.uninsured(member.on(retires), "employee", retires);
        pension(sender, member, "employee", Fen(base.0 * 45 / 100));
    }
}

/// The wages of the months that begin from `first` to `last`.
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

/// After work: registered as unemployed or not, with the benefit or without, and mostly employed again.
fn lose_work(sender: &mut Sender<'_>, member: &Member, left: Date, base: Fen) {
    let end = sender.window.end;
    let stopped = add_days(left, 30);
    if stopped <= end && member.lives(stopped) {
        sender.unenrolled(member.on(stopped), "310", stopped);
        sender.enrolled(member.on(stopped), "390", stopped);
    }
    let registers = sender.rng.random_bool(0.6);
    let on = add_days(left, sender.rng.random_range(3..25));
    let again = add_days(on, sender.rng.random_range(30..260));
    let works = sender.rng.random_bool(0.75);
    let listed = registers && on <= end && member.lives(on);
    if listed {
        sender.unemployed(member.on(on), on);
        draw_benefit(sender, member, on, works.then_some(again));
    }
    if works && again <= end && member.lives(again) {
        if listed {
            sender.no_longer_unemployed(member.on(again), again);
        }
        sender.insured(member.on(again), "employee", Some(base), again);
        if again > stopped {
            sender.unenrolled(member.on(again), "390", again);
            sender.enrolled(member.on(again), "310", again);
        }
        wages(sender, member, again, end, base);
    }
}

/// Three in four who register have paid for long enough.
fn draw_benefit(sender: &mut Sender<'_>, member: &Member, registered: Date, again: Option<Date>) {
    let end = sender.window.end;
    let on = add_days(registered, sender.rng.random_range(5..30));
    let months = sender.rng.random_range(3..19);
    let reason = sender.rng.random_range(0..100u32);
    if sender.rng.random_bool(0.25) || on > end || !member.lives(on) || again.is_some_and(|day| day <= on) {
        return;
    }
    let until = add_months(on, months);
    sender.dole_started(member.on(on), yuan(1_780), on, until);
    let (stop, reason) = match again {
        Some(day) if day < until => (day, "re-employed"),
        None if reason < 6 => (add_days(on, 45).min(until), "refused-work"),
        _ => (until, "exhausted"),
    };
    if stop <= end && member.lives(stop) {
        sender.dole_ended(member.on(stop), reason, stop);
    }
}

/// From the month of the pension on, raised each January, stopped after a death.
fn pension(sender: &mut Sender<'_>, member: &Member, scheme: &'static str, amount: Fen) {
    let window = sender.window;
    let began = member.retires();
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
