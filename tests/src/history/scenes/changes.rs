//! Lists, spells, numbers and names that change, often on one day.

use jiff::ToSpan;
use serde_json::json;

use crate::history::world::World;
use crate::history::{cast, records};

/// Somebody is on the lists of two benefits at once.
pub fn two_lists(world: &mut World) {
    let who = world.below(world.cast.len());
    for _ in 0..2 {
        let mut members = world.some_people();
        members.push(who);
        let program = world.pick(&["dibao", "dibao", "dibao-edge", "rigid-spending"]);
        let (id, on) = (world.benefit_id(true), world.day());
        world.granted_to_members(members, program, &id, on);
    }
}

/// One list after the other, and sometimes a name on it is wrong.
pub fn members_come_and_go(world: &mut World) {
    let id = world.benefit_id(true);
    let mut members = world.some_people();
    let on = world.day();
    world.granted_to_members(members.clone(), "dibao", &id, on);
    for _ in 0..1 + world.below(3) {
        if members.len() > 1 && world.one_in(2) {
            members.remove(0);
        } else {
            members.push(world.below(world.cast.len()));
        }
        let on = world.day();
        let data = json!({"benefit_id": id, "members": world.list(members.clone()), "on": on.to_string()});
        world.send("registry.benefit.changed", data);
    }
}

/// Other feeds have a name that police do not have, until they have it.
pub fn wrong_names(world: &mut World) {
    let who = world.below(world.cast.len());
    let (right, on) = (world.cast[who].name.clone(), world.day());
    world.cast[who].name = cast::wrong_name(&mut world.dice, &right);
    for _ in 0..1 + world.below(3) {
        records::random_about(world, who);
    }
    if world.one_in(3) {
        world.moved(who, on);
    }
    world.cast[who].name = right;
}

/// Something ends and begins again on one day, where it matters to somebody's benefits.
pub fn restarts(world: &mut World) {
    let (who, on) = (world.below(world.cast.len()), world.day_within(-60, 1));
    let person = |world: &mut World| json!({"person": world.person(who), "on": on.to_string()});
    let (mut starts, mut ends) = (person(world), person(world));
    starts["monthly_amount"] = world.yuan(2_460_01);
    let (start, end) = match world.below(3) {
        0 => {
            let id = world.benefit_id(false);
            world.granted(who, "disability-nursing", &id, on);
            ("social-security.injury-nursing.started", "social-security.injury-nursing.stopped")
        }
        1 => {
            let id = world.benefit_id(true);
            world.granted_to_members(vec![who], "dibao", &id, on - 1.day());
            (starts["scheme"], ends["scheme"]) = (json!("employee"), json!("employee"));
            ends["reason"] = json!("moved");
            ("social-security.pension.started", "social-security.pension.stopped")
        }
        _ => {
            starts["until"] = json!((world.today + 60.days()).to_string());
            ends["reason"] = json!("exhausted");
            ("social-security.unemployment.benefit-started", "social-security.unemployment.benefit-ended")
        }
    };
    world.send(start, starts);
    world.send(end, ends);
}

/// Two corrections among three numbers, on days near each other: chains, forks and circles.
pub fn corrections(world: &mut World) {
    let first = world.below(world.cast.len());
    for _ in 0..2 {
        let step = world.below(3);
        let (former, who) =
            ((first + step) % world.cast.len(), (first + step + 1 + world.below(2)) % world.cast.len());
        let on = world.day_within(-5, 1);
        world.corrected_to(former, who, on);
    }
}

/// Several starts and ends of one spell, some of them on one day.
pub fn spells_on_one_day(world: &mut World) {
    let (who, kind, on) = (world.below(world.cast.len()), world.below(5), world.day_within(-200, 1));
    for _ in 0..2 + world.below(3) {
        let on = if world.one_in(2) { on } else { world.day_within(-200, 1) };
        match kind {
            0 => world.custody(who, on),
            1 => world.missing(who, on),
            2 => world.unemployed(who, on),
            3 => world.enrolled(who, on),
            _ => world.long_term_care(who, on),
        }
    }
}

/// Household programs and what is paid once, ended or not, verified even then.
pub fn programs_ended(world: &mut World) {
    let (who, on) = (world.below(world.cast.len()), world.day());
    let mut members = world.some_people();
    members.push(who);
    let id = world.benefit_id(true);
    world.granted_to_members(members, "dibao", &id, on);
    let paid = world.benefit_id(false);
    let (program, on) = (world.pick(&["temporary-aid", "funeral", "care-visit"]), world.day());
    world.granted(who, program, &paid, on);
    for id in [id, paid] {
        if world.one_in(2) {
            let data = json!({"benefit_id": id, "reason": "checked", "on": world.day().to_string()});
            world.send("registry.benefit.ended", data);
        }
        if world.one_in(2) {
            let on = world.day();
            world.verified(&id, on);
        }
    }
    if world.one_in(2) {
        let on = world.day();
        world.refused(who, on);
    }
}

/// One id is granted again: for another program, other people or another day, before or after it ended.
pub fn granted_again(world: &mut World) {
    let (who, id) = (world.below(world.cast.len()), world.benefit_id(false));
    let programs = [
        "tekun",
        "home-care",
        "care-visit",
        "child-in-difficulty",
        "disability-nursing",
        "old-age-allowance",
    ];
    for _ in 0..2 {
        let (program, on) = (world.pick(&programs), world.day_within(-60, 1));
        let who = if world.one_in(3) { world.below(world.cast.len()) } else { who };
        world.granted(who, program, &id, on);
    }
    let on = world.day_within(-60, 1);
    let data = json!({"benefit_id": id, "reason": "checked", "on": on.to_string()});
    match world.below(5) {
        0 => world.send("registry.benefit.suspended", data),
        1 => world.ended(&id, on),
        2 => world.verified(&id, on),
        _ => {}
    }
}
