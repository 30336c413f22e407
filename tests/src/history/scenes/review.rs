//! Somebody who has what they may not have any more.

use jiff::ToSpan;
use serde_json::json;

use super::somebody;
use crate::history::world::World;

pub fn overlap(world: &mut World) {
    let who = world.below(world.cast.len());
    let programs = ["tekun", "disability-living", "disability-nursing", "orphan", "care-visit"];
    for _ in 0..2 {
        let (program, id, on) = (world.pick(&programs), world.benefit_id(false), world.day());
        world.granted(who, program, &id, on);
    }
    let on = world.day();
    if world.one_in(2) {
        world.injury_nursing(who, on);
    } else {
        let id = world.benefit_id(true);
        world.granted_to_members(vec![who], "dibao", &id, on);
    }
}

/// Somebody with a benefit leaves the district, or is only registered elsewhere.
pub fn leaves(world: &mut World) {
    let who = world.below(world.cast.len());
    let programs = ["care-visit", "tekun", "old-age-allowance", "child-in-difficulty"];
    let (program, id, on) = (world.pick(&programs), world.benefit_id(false), world.day_within(-200, 1));
    world.granted(who, program, &id, on);
    world.shaken(who, program, &id);
    let on = world.day_within(-60, 1);
    match world.below(4) {
        0 => {
            let reason = world.pick(&["moved-out", "emigrated", "enlisted"]);
            world.tell("police.registration.cancelled", who, on, json!({"reason": reason}));
        }
        1 => world.registered(who, on),
        _ => world.moved(who, on),
    }
}

/// Somebody with dibao or a subsidy is in custody.
pub fn custody(world: &mut World) {
    let (who, on) = (world.below(world.cast.len()), world.day_within(-100, 1));
    let kinds = ["imprisonment", "compulsory-rehabilitation", "detention"];
    let kind = world.pick(&kinds);
    world.taken(who, kind, on, None);
    if world.one_in(3) {
        let (kind, on) = (world.pick(&kinds), world.day_within(-20, 1));
        world.taken(who, kind, on, None);
    }
    if world.one_in(3) {
        let on = world.day_within(-5, 1);
        world.released(who, on);
    }
    let on = world.day_within(-60, 1);
    if world.one_in(2) {
        let id = world.benefit_id(true);
        world.granted_to_members(vec![who], "dibao", &id, on);
    } else {
        let program = world.pick(&["disability-living", "disability-nursing", "tekun"]);
        let id = world.benefit_id(false);
        world.granted(who, program, &id, on);
        world.shaken(who, program, &id);
    }
}

/// A child with a child's benefit grows up.
pub fn grown_up(world: &mut World) {
    let (who, id, on) = (somebody(world, 17..30), world.benefit_id(false), world.day_within(-200, 1));
    let program = world.pick(&["orphan", "unattended-child", "child-in-difficulty"]);
    world.granted(who, program, &id, on);
    world.shaken(who, program, &id);
}

/// A subsidy for a disability, and a certificate that runs out or is renewed.
pub fn subsidy(world: &mut World) {
    let (who, id, on) = (world.below(world.cast.len()), world.benefit_id(false), world.day_within(-200, 1));
    let program = world.pick(&["disability-living", "disability-nursing"]);
    world.granted(who, program, &id, on);
    world.shaken(who, program, &id);
    for _ in 0..1 + world.below(2) {
        let days = world.pick(&[-30i64, -1, 0, 1, 90, 179, 180, 181, 400]);
        let (on, until) = (world.day_within(-400, 1), world.today + days.days());
        world.certified_as(who, ("mental", 2), on, until);
    }
}

/// Home care for somebody who may be in a hospital or an institution.
pub fn away_from_home(world: &mut World) {
    let (who, id, on) = (somebody(world, 60..110), world.benefit_id(false), world.day_within(-100, 1));
    world.granted(who, "home-care", &id, on);
    world.shaken(who, "home-care", &id);
    if world.one_in(3) {
        let on = world.day_within(-40, 1);
        return world.long_term_care(who, on);
    }
    let on = world.edge(31);
    world.tell("health.stay.admitted", who, on, json!({"facility": "H1"}));
    if world.one_in(2) {
        let (facility, left_on) = (world.pick(&["H1", "H1", "H2"]), world.day_within(-10, 1));
        let admitted_on = on + world.pick(&[0i64, 0, 1]).days();
        let fields = json!({"facility": facility, "admitted_on": admitted_on.to_string()});
        world.tell("health.stay.discharged", who, left_on, fields);
    }
}

/// Home care for a reason that may have gone.
pub fn category(world: &mut World) {
    let (who, id, on) = (somebody(world, 60..110), world.benefit_id(false), world.day_within(-100, -1));
    let categories = ["disabled-elder", "low-income", "living-alone", "other"];
    let category = world.pick(&categories);
    world.home_care_for(who, category, &id, on);
    if world.one_in(3) {
        let (category, on) = (world.pick(&categories), world.day_within(-100, 1));
        let data = json!({"benefit_id": id, "category": category, "on": on.to_string()});
        world.send("registry.benefit.changed", data);
    }
    world.shaken(who, "home-care", &id);
    let other = (who + 1 + world.below(world.cast.len() - 1)) % world.cast.len();
    let nth = categories.iter().position(|one| *one == category).unwrap_or(0);
    match if world.one_in(2) { nth } else { world.below(4) } {
        0 => {
            let (level, on) = (world.pick(&[1, 1, 2]), world.day_within(-30, 1));
            world.assessed_at(who, level, on);
        }
        1 => {
            world.family(&[who, other]);
            world.now_and_then_helped(&[other], &["dibao"]);
        }
        2 => {
            let household = format!("3206149{who:03}");
            let (on, left_on) = (world.day_within(-30, 1), world.day_within(-3, 1));
            world.moved_to(who, &household, on);
            world.moved_to(other, &household, on);
            if world.one_in(2) {
                world.death(other, left_on);
            }
        }
        _ => {}
    }
}

/// A funeral paid for twice, or not.
pub fn funeral(world: &mut World) {
    let (who, on) = (world.below(world.cast.len()), world.day_within(-100, 1));
    let id = format!("F{who}");
    world.granted(who, "funeral", &id, on);
    if !world.one_in(4) {
        let on = world.day_within(-100, 1);
        let amount = world.monthly();
        world.tell("social-security.funeral-grant.paid", who, on, json!({"amount": amount}));
    } else {
        world.death(who, on);
    }
    if world.one_in(3) {
        let on = world.day_within(-5, 1);
        world.ended(&id, on);
    }
}

/// Something is recorded of somebody after their death, or before.
pub fn after_death(world: &mut World) {
    let (who, died_on) = (world.below(world.cast.len()), world.day_within(-60, -5));
    world.death(who, died_on);
    if world.one_in(3) {
        let on = died_on + world.pick(&[-3i64, 1]).days();
        world.death(who, on);
    }
    let on = died_on + world.pick(&[-1i64, 0, 1, 4]).days();
    match world.below(4) {
        0 => world.tell("health.stay.admitted", who, on, json!({"facility": "H1"})),
        1 => world.wage(who, on + 20.days()),
        _ => world.billed(who, 1, "inpatient", on),
    }
    if world.one_in(3) {
        let on = world.day_within(-4, 1);
        let id = format!("S{who}-{}", world.below(4));
        world.tell("medical-insurance.settlement.reversed", who, on, json!({"setl_id": id}));
    }
}
