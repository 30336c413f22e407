//! What is due: verifications, visits, certificates.

use jiff::ToSpan;

use super::somebody;
use crate::history::world::World;

/// Due around today.
pub fn home_care(world: &mut World) {
    let (who, id) = (somebody(world, 60..110), world.benefit_id(false));
    let on = world.today - 6.months() + world.pick(&[-40i64, -1, 0, 1, 29, 30, 31, 32]).days();
    world.granted(who, "home-care", &id, on);
    if world.one_in(3) {
        let on = world.day();
        world.verified(&id, on);
    }
}

pub fn child_visits(world: &mut World) {
    let (who, id, on) = (somebody(world, 0..19), world.benefit_id(false), world.day());
    let program = world.pick(&["orphan", "unattended-child", "child-in-difficulty"]);
    world.granted(who, program, &id, on);
    let first = world.today.first_of_month();
    if world.one_in(2) {
        let on = world.pick(&[first - 1.day(), first, world.today, world.today.last_of_month()]);
        world.visited(who, "child", on);
    }
}

/// Three to five visits this week, some of them on one day.
pub fn elder_visits(world: &mut World) {
    let (who, id, on) = (somebody(world, 60..110), world.benefit_id(false), world.day());
    world.granted(who, "care-visit", &id, on);
    let monday = i64::from(world.today.iso_week_date().weekday().to_monday_zero_offset());
    for _ in 0..3 + world.below(4) {
        let on = world.day_within(-monday, 0);
        world.visited(who, "elder", on);
    }
}

/// A benefit that is verified every twelve or six months, or runs out.
pub fn due(world: &mut World) {
    let (who, other) = (world.below(world.cast.len()), world.below(world.cast.len()));
    let (program, months) = world.pick(&[
        ("dibao", 12),
        ("dibao", 6),
        ("tekun", 12),
        ("rigid-spending", 12),
        ("rigid-spending", 12),
    ]);
    let days = world.pick(&[-40i64, -1, 0, 1, 29, 30, 30, 31, 32]);
    let on = world.today - months.months() + days.days();
    let id = world.benefit_id(program != "tekun");
    if program == "tekun" {
        world.granted(who, program, &id, on);
        world.shaken(who, program, &id);
    } else {
        world.granted_to_members(vec![who, other], program, &id, on);
        if world.one_in(5) {
            let on = world.day_within(-3, 1);
            world.ended(&id, on);
        }
    }
    if world.one_in(3) {
        let (on, until) = (world.day_within(-300, 1), world.day_within(-1, 300));
        world.certified_as(who, ("speech", 4), on, until);
    }
    if world.one_in(3) {
        let on = world.day_within(-40, 1);
        world.verified(&id, on);
    }
}

/// An elder of whom nothing is heard for a year after a day near today.
pub fn silence(world: &mut World) {
    let (who, id, on) = (somebody(world, 89..110), world.benefit_id(false), world.day_within(-100, -2));
    let program = world.pick(&["old-age-allowance", "care-visit", "tekun"]);
    world.granted(who, program, &id, on);
    let last = world.day_within(-3, 3);
    match world.below(3) {
        0 => world.verified(&id, last),
        1 => world.visited(who, "elder", last),
        _ => {}
    }
    for day in [364i64, 365, 366] {
        world.watch(last + day.days());
    }
    // By then nothing was heard of anybody for more than a year.
    let later = world.today + 400.days();
    world.watch(later);
}
