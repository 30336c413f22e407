//! Short courses of events that bring somebody close to a rule, from either side. They happen to the same few
//! people, so that they disturb each other.

mod changes;
mod entitlement;
mod help;
mod income;
mod recheck;
mod review;

use serde_json::json;

use super::world::World;
use crate::document;

/// All scenes. Those that reach their rule seldom stand here more than once.
pub const SCENES: [fn(&mut World); 62] = [
    help::orphan,
    help::benefit_exhausted,
    help::benefit_exhausted,
    help::self_paid,
    help::parents_in_trouble,
    help::great_bills,
    help::great_bills,
    help::long_out_of_work,
    help::long_out_of_work,
    help::diagnosis,
    help::diagnosis,
    help::diagnosis,
    help::frail_elder,
    help::frail_elder,
    help::parent_event,
    help::parent_event,
    help::unattended,
    help::unattended,
    help::alone_at_home,
    help::released,
    help::released,
    help::released,
    help::after_the_exit,
    help::after_the_exit,
    help::disabled_family,
    help::disabled_family,
    help::lost_breadwinner,
    income::income,
    income::income,
    entitlement::old_age,
    entitlement::disabled,
    entitlement::uninsured,
    entitlement::newborn,
    entitlement::newborn,
    review::overlap,
    review::leaves,
    review::custody,
    review::grown_up,
    review::subsidy,
    review::subsidy,
    review::away_from_home,
    review::away_from_home,
    review::category,
    review::funeral,
    review::funeral,
    review::after_death,
    recheck::home_care,
    recheck::child_visits,
    recheck::elder_visits,
    recheck::due,
    recheck::due,
    recheck::silence,
    recheck::silence,
    recheck::silence,
    changes::two_lists,
    changes::members_come_and_go,
    changes::wrong_names,
    changes::restarts,
    changes::corrections,
    changes::spells_on_one_day,
    changes::programs_ended,
    changes::granted_again,
];

/// The first events: most of the cast is registered; a large cast has a collective household around its limit.
pub fn open(world: &mut World) {
    for who in 0..world.cast.len() {
        if !world.one_in(4) {
            let on = world.day_within(-400, -100);
            world.registered(who, on);
        }
    }
    if world.cast.len() > 24 && !world.one_in(4) {
        collective(world);
    }
}

/// Plays one scene: in small worlds mostly one of few, so that they meet; large ones have room for all.
pub fn play(world: &mut World) {
    let scene = if world.cast.len() > 100 || world.one_in(3) {
        world.below(SCENES.len())
    } else {
        world.pick(&world.focus.clone())
    };
    SCENES[scene](world);
}

/// Somebody of an age on the day of the history, or anybody where there is none.
fn somebody(world: &mut World, ages: std::ops::Range<i16>) -> usize {
    let age = |number: &str| {
        let birth = document::birth(number)?;
        Some((world.today - birth).get_days() / 365)
    };
    let fitting: Vec<usize> = (0..world.cast.len())
        .filter(|who| {
            age(&world.cast[*who].number).is_some_and(|age| ages.contains(&i16::try_from(age).unwrap_or(0)))
        })
        .collect();
    if fitting.is_empty() { world.below(world.cast.len()) } else { world.pick(&fitting) }
}

/// People under one household number, of whom about twenty stay: others leave by what happens later. One has tekun.
fn collective(world: &mut World) {
    let people = 19 + world.below(7);
    let (household, residents) = (world.households[0].clone(), (0..people).collect::<Vec<_>>());
    for who in &residents {
        let on = world.day_within(-99, -3);
        let data = json!({"person": world.person(*who), "household_no": household,
            "relation_to_head": "resident", "division_code": "320614101200", "on": on.to_string()});
        world.send("police.household.moved", data);
    }
    for _ in 0..world.below(3) {
        let (who, on) = (world.pick(&residents), world.day_within(-2, 2));
        if world.one_in(2) { world.death(who, on) } else { world.moved(who, on) }
    }
    let (poor, id, on) = (world.pick(&residents), world.benefit_id(false), world.day_within(-60, 1));
    world.granted(poor, "tekun", &id, on);
    for _ in 0..8 {
        let (who, on) = (world.pick(&residents), world.day_within(-20, 2));
        world.settlement(who, on);
    }
}
