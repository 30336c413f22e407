//! Somebody who does not have what they could have.

use jiff::ToSpan;
use serde_json::json;

use super::somebody;
use crate::history::world::World;

pub fn old_age(world: &mut World) {
    let who = somebody(world, 79..110);
    let on = world.day();
    match world.below(3) {
        0 => world.registered(who, on),
        1 => world.moved(who, on),
        _ => {
            let id = world.benefit_id(false);
            world.granted(who, "old-age-allowance", &id, on);
        }
    }
}

/// A certificate, and benefits that go with it or shut it out.
pub fn disabled(world: &mut World) {
    let who = world.below(world.cast.len());
    let grade = world.pick(&[1, 2, 2, 3]);
    let (on, until) = (world.day_within(-300, 1), world.day_within(-1, 300));
    world.certified_as(who, ("physical", grade), on, until);
    if !world.one_in(3) {
        let (id, on) = (world.benefit_id(true), world.day_within(-100, 1));
        world.granted_to_members(vec![who], "dibao", &id, on);
    }
    if world.one_in(2) {
        let programs = ["disability-living", "disability-nursing", "tekun", "orphan", "unattended-child"];
        let (program, id, on) = (world.pick(&programs), world.benefit_id(false), world.day_within(-30, 1));
        world.granted(who, program, &id, on);
        world.shaken(who, program, &id);
    } else if world.one_in(3) {
        let on = world.day_within(-30, 1);
        world.injury_nursing(who, on);
    }
}

/// A household with a low-income program, insured or not.
pub fn uninsured(world: &mut World) {
    let (who, other) = (world.below(world.cast.len()), world.below(world.cast.len()));
    let (id, on) = (world.benefit_id(true), world.day_within(-100, 1));
    let program = world.pick(&["dibao", "dibao-edge", "rigid-spending"]);
    world.granted_to_members(vec![who, other], program, &id, on);
    for _ in 0..1 + world.below(2) {
        let on = world.day_within(-30, 1);
        world.enrolled(who, on);
    }
}

/// A birth beside the list of a dibao.
pub fn newborn(world: &mut World) {
    let (mother, other) = (somebody(world, 16..50), world.below(world.cast.len()));
    let born_on = if world.one_in(2) { world.edge(180) } else { world.day_within(-100, 1) };
    world.birth(mother, born_on);
    let (id, granted_on) = (world.benefit_id(true), born_on - world.pick(&[200i64, 1, 0]).days());
    world.granted_to_members(vec![mother, other], "dibao", &id, granted_on);
    let on = born_on + world.pick(&[-1i64, 0, 5]).days();
    if world.one_in(3) {
        let list = world.list(vec![mother, other]);
        let data = json!({"benefit_id": id, "members": list, "on": on.to_string()});
        world.send("registry.benefit.changed", data);
    } else if world.one_in(3) {
        world.death(mother, on);
    }
}
