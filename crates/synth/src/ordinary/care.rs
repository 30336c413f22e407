//! Elders who need care: assessments of ability, care insurance, care at home, and visits.

use jiff::civil::Date;
use rand::RngExt;

use super::benefit::{personal, reverify};
use super::figures::{self, band};
use super::household::{Household, Member};
use super::plan::Kind;
use super::{earlier, some_day, visit};
use crate::moment::add_days;
use crate::money::{Fen, yuan};
use crate::sender::Sender;

/// Decides whose ability was assessed, and with what level.
pub(super) fn choose(sender: &mut Sender<'_>, household: &mut Household) {
    let start = sender.window.start;
    for member in &mut household.members {
        let years = member.age(start);
        if years < 60 {
            continue;
        }
        let frail = figures::FRAIL[band(years, &[80, 90])];
        member.ability = match sender.rng.random_range(0.0..1.0) {
            share if share < frail => Some(sender.rng.random_range(2..5)),
            share if share < frail + 0.015 => Some(sender.rng.random_range(0..2)),
            _ => None,
        };
    }
}

/// What follows for one elder. Somebody on 特困 who lives alone is visited in any case.
pub(super) fn look_after(sender: &mut Sender<'_>, household: &Household, at: usize, tekun: bool) {
    let window = sender.window;
    let member = &household.members[at];
    let alone = household.members.len() == 1;
    if let Some(level) = member.ability {
        let on = earlier(&mut sender.rng, window, 5..700);
        sender.ability_assessed(member.on(on), level, on);
        let again = some_day(&mut sender.rng, window);
        if sender.rng.random_bool(0.2) && member.lives(again) {
            let worse = (level + u8::from(sender.rng.random_bool(0.3))).min(4);
            sender.ability_assessed(member.on(again), worse, again);
        }
        if level >= 2 {
            care(sender, household, at, level, on);
        }
    }
    let visited = alone
        && match member.age(window.end) {
            80.. => sender.rng.random_bool(figures::CARE_VISIT_FROM_80),
            70.. => sender.rng.random_bool(figures::CARE_VISIT_FROM_70),
            _ => false,
        };
    if tekun || visited {
        let id = format!("TF{}-{at}", household.unit);
        if let Some(on) = personal(sender, member, &id, "care-visit", Fen(0), None, member.person.birth) {
            visit::elders(sender, member, &id, on);
        }
    }
}

/// Six in ten are cared for by the care insurance, most of the others by the bureau's care at home.
fn care(sender: &mut Sender<'_>, household: &Household, at: usize, level: u8, since: Date) {
    let window = sender.window;
    let member = &household.members[at];
    let institution = household.kind == Kind::EldersHome || sender.rng.random_bool(0.12);
    if institution || sender.rng.random_bool(0.45) {
        let on = add_days(since, sender.rng.random_range(5..60));
        if on <= window.end && member.lives(on) {
            let mode = if institution { "institution" } else { "home" };
            let text = ["", "", "中度", "重度", "重度"][usize::from(level)];
            sender.care_approved(member.on(on), text, mode, yuan(if institution { 1_500 } else { 600 }), on);
            end_of_care(sender, member, on);
        }
    } else if sender.rng.random_bool(0.96) {
        let category = match household.members.len() {
            _ if household.poor => "low-income",
            1 if sender.rng.random_bool(0.5) => "living-alone",
            _ => "disabled-elder",
        };
        let id = format!("JJ{}-{at}", household.unit);
        if let Some(on) = personal(sender, member, &id, "home-care", yuan(135), Some(category), since) {
            reverify(sender, member, &id, on, 6);
            let changed = some_day(&mut sender.rng, window);
            if sender.rng.random_bool(0.02) && category == "living-alone" && changed > on {
                sender.category_changed(&id, "disabled-elder", changed);
            }
        }
    }
}

fn end_of_care(sender: &mut Sender<'_>, member: &Member, since: Date) {
    let end = sender.window.end;
    let died = member.died_on.map(|died| add_days(died, sender.rng.random_range(1..30)));
    let better = some_day(&mut sender.rng, sender.window);
    let off = died.or_else(|| sender.rng.random_bool(0.02).then_some(better));
    if let Some(off) = off.filter(|off| *off > since && *off <= end) {
        sender.care_ended(member.on(off), off);
    }
}
