//! Benefits, in the proportions of the bureau's 2024 report.

use jiff::civil::Date;
use rand::RngExt;

use super::household::{Household, Member};
use super::{earlier, happens, some_day, visit};
use crate::contract::Grant;
use crate::moment::{add_days, add_months, age, birthday, month_start};
use crate::money::{Fen, yuan};
use crate::person::Person;
use crate::sender::Sender;

/// Everything the household is granted, and what follows from it.
pub(super) fn grant(sender: &mut Sender<'_>, household: &Household) {
    let window = sender.window;
    if household.members.len() <= 20 {
        grant_household(sender, household);
    }
    let alone = household.members.len() == 1;
    for (at, member) in household.members.iter().enumerate() {
        let years = age(member.person.birth, window.start);
        let id = |program: &str| format!("{program}{}-{at}", household.unit);
        old_age_allowance(sender, member);
        let tekun = alone && years >= 60 && !household.poor && sender.rng.random_bool(0.0155);
        if tekun {
            let on = personal(sender, member, &id("TK"), "tekun", yuan(1_066), None);
            reverify(sender, member, &id("TK"), on, 12);
        }
        if !tekun && sender.rng.random_bool(0.0104) {
            personal(sender, member, &id("CS"), "disability-living", yuan(410), None);
        }
        if !tekun && sender.rng.random_bool(0.0109) {
            personal(sender, member, &id("CH"), "disability-nursing", yuan(190), None);
        }
        if years < 17 && sender.rng.random_bool(0.001) {
            let program =
                ["orphan", "unattended-child", "child-in-difficulty"][sender.rng.random_range(0..3)];
            let on = personal(sender, member, &id("ET"), program, yuan(1_700), None);
            visit::children(sender, member, &id("ET"), on);
        }
        if years >= 60 && sender.rng.random_bool(0.012) {
            let category = if alone { "living-alone" } else { "disabled-elder" };
            let on = personal(sender, member, &id("JJ"), "home-care", yuan(135), Some(category));
            reverify(sender, member, &id("JJ"), on, 6);
        }
        if tekun || (alone && years >= 70 && sender.rng.random_bool(0.035)) {
            let on = personal(sender, member, &id("TF"), "care-visit", Fen(0), None);
            visit::elders(sender, member, &id("TF"), on);
        }
        if happens(&mut sender.rng, window, 0.000_2) {
            let on = some_day(&mut sender.rng, window);
            if member.lives(on) {
                give(sender, member.on(on), &id("LS"), "temporary-aid", yuan(2_400), on);
            }
        }
    }
}

fn give(sender: &mut Sender<'_>, person: &Person, benefit_id: &str, program: &str, amount: Fen, on: Date) {
    sender.granted(&Grant {
        benefit_id,
        program,
        people: &[person],
        amount,
        category: None,
        on,
        verified_on: None,
    });
}

/// Grants a program to one person, mostly before the window, and ends it if they die. Returns the day.
fn personal(
    sender: &mut Sender<'_>,
    member: &Member,
    benefit_id: &str,
    program: &str,
    amount: Fen,
    category: Option<&str>,
) -> Date {
    let window = sender.window;
    let on = if sender.rng.random_bool(0.85) {
        earlier(&mut sender.rng, window, 20..900).max(member.person.birth)
    } else {
        some_day(&mut sender.rng, window)
    };
    if !member.lives(on) {
        return on;
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
    on
}

/// Most benefits are ended within weeks of a death; some are forgotten.
fn end_at_death(sender: &mut Sender<'_>, member: &Member, benefit_id: &str) {
    if let Some(died) = member.died_on {
        let on = add_days(died, sender.rng.random_range(3..40));
        if sender.rng.random_bool(0.9) && on <= sender.window.end {
            sender.ended(benefit_id, on);
        }
    }
}

/// The allowance from the month after the 80th birthday; its benefit id is made of the ID number.
fn old_age_allowance(sender: &mut Sender<'_>, member: &Member) {
    let on = month_start(add_months(birthday(member.person.birth, 80), 1));
    if on > sender.window.end || !member.lives(on) || sender.rng.random_bool(0.015) {
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

/// 低保 and the tiers above it, to everybody who lives in the household.
fn grant_household(sender: &mut Sender<'_>, household: &Household) {
    let window = sender.window;
    let (program, prefix, months) = match sender.rng.random_range(0..10_000u32) {
        _ if household.poor => ("dibao", "DB", 6),
        0..18 => ("dibao-edge", "BY", 12),
        18..26 => ("rigid-spending", "ZC", 12),
        _ => return,
    };
    let on = earlier(&mut sender.rng, window, 10..700);
    let benefit_id = format!("{prefix}{}", household.unit);
    let people: Vec<&Person> = household.members.iter().map(|member| member.on(on)).collect();
    let per_head = if program == "dibao" { sender.rng.random_range(300..700) } else { 0 };
    let amount = yuan(per_head * people.len() as u64);
    let income = yuan(sender.rng.random_range(2_000..8_000) * people.len() as u64);
    sender.assessed(&people, income, add_days(on, -10));
    sender.granted(&Grant {
        benefit_id: &benefit_id,
        program,
        people: &people,
        amount,
        category: None,
        on,
        verified_on: None,
    });
    reverify(sender, &household.members[0], &benefit_id, on, months);
    // The standard rises on 1 July.
    let raised = Date::new(window.end.year(), 7, 1).expect("every year has a 1 July");
    if program == "dibao" && (window.start..=window.end).contains(&raised) {
        sender.amount_changed(&benefit_id, Fen(amount.0 + 2_000), raised);
    }
    let dead = household.members.iter().find_map(|member| member.died_on);
    if let Some(died) = dead {
        let day = add_days(died, sender.rng.random_range(5..50));
        let left: Vec<&Person> =
            household.members.iter().filter(|m| m.lives(day)).map(|m| m.on(day)).collect();
        if day > window.end || sender.rng.random_bool(0.1) {
        } else if left.is_empty() {
            sender.ended(&benefit_id, day);
        } else {
            sender.members_changed(&benefit_id, &left, day);
        }
    }
}

/// Verifications every so many months, nine of ten on time.
fn reverify(sender: &mut Sender<'_>, member: &Member, benefit_id: &str, granted: Date, months: i64) {
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
