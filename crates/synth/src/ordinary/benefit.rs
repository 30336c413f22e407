//! Benefits of single people, in the proportions of the bureau's 2024 report.

use jiff::civil::Date;
use rand::RngExt;

use super::absence::Fate;
use super::figures;
use super::household::{Household, Member};
use super::plan::Kind;
use super::{earlier, happens, some_day, visit};
use crate::contract::Grant;
use crate::moment::{add_days, add_months, age, birthday, month_start};
use crate::money::{Fen, yuan};
use crate::person::Person;
use crate::sender::Sender;

/// 特困 of an elder who lives alone. Says whether it was granted.
pub(super) fn tekun(sender: &mut Sender<'_>, household: &Household) -> bool {
    let [member] = &household.members[..] else { return false };
    let lone = household.kind == Kind::Family && member.age(sender.window.start) >= 60;
    if !lone || household.poor || !sender.rng.random_bool(figures::TEKUN_OF_LONE_ELDERS) {
        return false;
    }
    let id = format!("TK{}", household.unit);
    let granted = personal(sender, member, &id, "tekun", yuan(1_066), None, member.person.birth);
    if let Some(on) = granted {
        reverify(sender, member, &id, on, 12);
    }
    granted.is_some()
}

/// The programs for children, by what became of their parents. They end with the 18th birthday.
pub(super) fn children(sender: &mut Sender<'_>, household: &Household, at: usize, fate: Fate) {
    let member = &household.members[at];
    let grown = birthday(member.person.birth, 18);
    if grown <= sender.window.start {
        return;
    }
    let program = match fate {
        Fate::Dead => "orphan",
        Fate::Gone => "unattended-child",
        Fate::Prison | Fate::Work if sender.rng.random_bool(figures::CHILD_IN_DIFFICULTY) => {
            "child-in-difficulty"
        }
        Fate::Prison if sender.rng.random_bool(0.2) => "child-in-difficulty",
        _ => return,
    };
    if sender.rng.random_bool(0.05) {
        return;
    }
    let id = format!("ET{}-{at}", household.unit);
    if let Some(on) = personal(sender, member, &id, program, yuan(1_700), None, member.person.birth) {
        visit::children(sender, member, &id, on, grown);
        if grown > on && grown <= sender.window.end && sender.rng.random_bool(0.9) {
            sender.ended_because(&id, "年满十八周岁", grown);
        }
    }
}

/// 临时救助, paid once.
pub(super) fn temporary_aid(sender: &mut Sender<'_>, household: &Household, at: usize) {
    if happens(&mut sender.rng, sender.window, figures::TEMPORARY_AID_YEARLY) {
        let on = some_day(&mut sender.rng, sender.window);
        let member = &household.members[at];
        if member.lives(on) {
            let id = format!("LS{}-{at}", household.unit);
            give(sender, member.on(on), &id, "temporary-aid", yuan(2_400), on);
        }
    }
}

/// Grants something without a category or a verification.
pub(super) fn give(
    sender: &mut Sender<'_>,
    person: &Person,
    benefit_id: &str,
    program: &str,
    amount: Fen,
    on: Date,
) {
    let people = &[person];
    sender.granted(&Grant { benefit_id, program, people, amount, category: None, on, verified_on: None });
}

/// Grants a program to one person, mostly before the window and not before `since`, and ends it if they
/// die. Returns the day, if it was granted.
pub(super) fn personal(
    sender: &mut Sender<'_>,
    member: &Member,
    benefit_id: &str,
    program: &str,
    amount: Fen,
    category: Option<&str>,
    since: Date,
) -> Option<Date> {
    let window = sender.window;
    let on = if sender.rng.random_bool(0.85) {
        earlier(&mut sender.rng, window, 20..900).max(since)
    } else {
        some_day(&mut sender.rng, window).max(since)
    };
    if on > window.end || !member.lives(on) {
        return None;
    }
    let people = &[member.on(on)];
    let verified_on = sender.rng.random_bool(0.1).then(|| add_days(on, -5));
    sender.granted(&Grant { benefit_id, program, people, amount, category, on, verified_on });
    if happens(&mut sender.rng, window, 0.01) {
        let pause = some_day(&mut sender.rng, window);
        let again = add_days(pause, 45);
        if on < pause && again <= window.end && member.lives(again) {
            sender.suspended(benefit_id, pause);
            sender.resumed(benefit_id, again);
        }
    }
    end_at_death(sender, member, benefit_id);
    Some(on)
}

/// Most benefits are ended within weeks of a death; some are forgotten.
fn end_at_death(sender: &mut Sender<'_>, member: &Member, benefit_id: &str) {
    if let Some(died) = member.died_on {
        let on = add_days(died, sender.rng.random_range(3..40));
        if sender.rng.random_bool(0.9) && on <= sender.window.end {
            sender.ended_because(benefit_id, "本人死亡", on);
        }
    }
}

/// 尊老金 from the month after the 80th birthday; its benefit id is made of the ID number.
pub(super) fn old_age_allowance(sender: &mut Sender<'_>, member: &Member) {
    let on = month_start(add_months(birthday(member.person.birth, 80), 1));
    if on > sender.window.end || !member.lives(on) || sender.rng.random_bool(figures::ALLOWANCE_MISSED) {
        return;
    }
    let amount = match age(member.person.birth, sender.window.start) {
        ..90 => yuan(50),
        90..100 => yuan(100),
        _ => yuan(300),
    };
    let benefit_id = format!("ZL{}", member.person.id);
    give(sender, member.on(on), &benefit_id, "old-age-allowance", amount, on);
    end_at_death(sender, member, &benefit_id);
}

/// Verifications every so many months, nine of ten on time.
pub(super) fn reverify(
    sender: &mut Sender<'_>,
    member: &Member,
    benefit_id: &str,
    granted: Date,
    months: i64,
) {
    let window = sender.window;
    let mut due = add_months(granted, months);
    while due <= window.end && member.lives(due) {
        let late = if sender.rng.random_bool(0.9) { -10 } else { 30 };
        let on = add_days(due, late);
        if on > window.start && on <= window.end && member.lives(on) && sender.rng.random_bool(0.98) {
            let outcome = if sender.rng.random_bool(0.95) { "continues" } else { "changed" };
            sender.verified(benefit_id, outcome, on);
        } else if on <= window.start && add_months(due, months) > window.start {
            // The last one before the window belongs to what is delivered at its beginning.
            sender.verified(benefit_id, "continues", on);
        }
        due = add_months(due, months);
    }
}
