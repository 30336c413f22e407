//! 低保 and the tiers above it, which are granted to everybody who lives in a household; and who applied in vain.

use jiff::civil::Date;
use rand::RngExt;

use super::benefit::reverify;
use super::household::Household;
use super::{earlier, figures, happens, some_day};
use crate::contract::Grant;
use crate::moment::add_days;
use crate::money::{Fen, yuan};
use crate::person::Person;
use crate::sender::Sender;

/// What the household is granted, and what becomes of it.
pub(super) fn grant(sender: &mut Sender<'_>, household: &Household) {
    let window = sender.window;
    let edge = figures::EDGE_OF_10_000;
    let rigid = edge + figures::RIGID_OF_10_000;
    let (program, prefix, months) = match sender.rng.random_range(0..10_000u32) {
        _ if household.collective() => return,
        _ if household.poor => ("dibao", "DB", 6),
        roll if roll < edge => ("dibao-edge", "BY", 12),
        roll if roll < rigid => ("rigid-spending", "ZC", 12),
        _ => return refuse(sender, household),
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
    let mut raises = 0;
    for year in window.start.year()..=window.end.year() {
        let raised = Date::new(year, 7, 1).expect("every year has a 1 July");
        if program == "dibao" && (window.start..=window.end).contains(&raised) {
            raises += 2_000;
            sender.amount_changed(&benefit_id, Fen(amount.0 + raises), raised);
        }
    }
    if !after_death(sender, household, &benefit_id) && happens(&mut sender.rng, window, 0.04) {
        let end = some_day(&mut sender.rng, window);
        sender.verified(&benefit_id, "ended", end);
        sender.ended(&benefit_id, end);
    }
}

/// The list of members is changed after a death, or the benefit ends with the last of them.
fn after_death(sender: &mut Sender<'_>, household: &Household, benefit_id: &str) -> bool {
    let Some(died) = household.members.iter().find_map(|member| member.died_on) else { return false };
    let day = add_days(died, sender.rng.random_range(5..50));
    let left: Vec<&Person> = household.members.iter().filter(|m| m.lives(day)).map(|m| m.on(day)).collect();
    if day > sender.window.end || sender.rng.random_bool(0.1) {
    } else if left.is_empty() {
        sender.ended_because(benefit_id, "家庭成员全部死亡", day);
    } else {
        sender.members_changed(benefit_id, &left, day);
    }
    true
}

/// A few apply and are refused.
fn refuse(sender: &mut Sender<'_>, household: &Household) {
    if happens(&mut sender.rng, sender.window, figures::REFUSED_YEARLY) {
        let on = some_day(&mut sender.rng, sender.window);
        let program = ["dibao", "dibao", "dibao-edge", "temporary-aid"][sender.rng.random_range(0..4)];
        let head = &household.members[0];
        if head.lives(on) {
            sender.refused(head.on(on), program, "家庭人均收入高于标准", on);
        }
    }
}
