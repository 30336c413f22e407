//! Somebody who may need help: sick, out of work, old, or a child whose parents are gone.

use jiff::ToSpan;
use serde_json::json;

use super::somebody;
use crate::history::world::World;

pub fn orphan(world: &mut World) {
    let child = somebody(world, 0..19);
    for _ in 0..1 + world.below(2) {
        let parent = (child + 1 + world.below(world.cast.len() - 1)) % world.cast.len();
        let (on, died_on) = (world.day(), world.day());
        world.related(child, parent, "parent", on);
        if !world.one_in(4) {
            world.death(parent, died_on);
        }
    }
    if world.one_in(4) {
        let (id, on) = (world.benefit_id(false), world.day());
        world.granted(child, "orphan", &id, on);
    }
}

pub fn benefit_exhausted(world: &mut World) {
    let who = somebody(world, 15..61);
    let days_ago = world.pick(&[28i64, 29, 30, 31, 60, 180, 364, 365, 366]);
    let ended_on = world.today - days_ago.days();
    let person = world.person(who);
    let data = json!({"person": person, "reason": "exhausted", "on": ended_on.to_string()});
    world.send("social-security.unemployment.benefit-ended", data);
    if world.one_in(3) {
        let month = world.pick(&[0, 1, 2, 3, 4]);
        let day = world.months_ago(month);
        world.wage(who, day);
    }
    if world.one_in(4) {
        let on = world.day();
        world.insurance(who, on);
    }
}

/// Settlements of one person, and perhaps a benefit in their household.
pub fn self_paid(world: &mut World) {
    let who = world.below(world.cast.len());
    for _ in 0..1 + world.below(4) {
        let on = world.day_within(-20, 2);
        world.settlement(who, on);
    }
    let other = world.below(world.cast.len());
    let on = world.day();
    match world.below(4) {
        0 => {
            let id = world.benefit_id(false);
            world.granted(other, "tekun", &id, on);
        }
        1 => {
            let (id, program) =
                (world.benefit_id(true), world.pick(&["dibao", "dibao-edge", "rigid-spending"]));
            world.granted_to_members(vec![who, other], program, &id, on);
        }
        2 => world.reversal(who, on),
        _ => {}
    }
}

/// Parents who are in custody, missing, disabled or dead, more than one thing at a time.
pub fn parents_in_trouble(world: &mut World) {
    let child = somebody(world, 0..19);
    for _ in 0..2 {
        let parent = (child + 1 + world.below(world.cast.len() - 1)) % world.cast.len();
        let on = world.day();
        world.related(child, parent, "parent", on);
        for _ in 0..2 {
            let on = world.day();
            match world.below(4) {
                0 => world.custody(parent, on),
                1 => world.missing(parent, on),
                2 => world.certified(parent, on),
                _ => world.death(parent, on),
            }
        }
    }
    if world.one_in(2) {
        let (id, on) = (world.benefit_id(false), world.day());
        world.granted(child, "unattended-child", &id, on);
    }
}

/// What a household paid in a year, or one of them for one stay in hospital, beside what it earns.
pub fn great_bills(world: &mut World) {
    let (who, other) = (world.below(world.cast.len()), world.below(world.cast.len()));
    world.family(&[who, other]);
    match world.below(3) {
        0 => {
            let own = world.pick(&[5_999_99, 6_000_00, 9_999_99, 10_000_00, 10_000_00]);
            let (kind, on) = (world.pick(&["inpatient", "inpatient", "outpatient"]), world.lately(90));
            world.billed(who, own, kind, on);
        }
        1 => {
            let (first, second) = world.pick(&[(2_500_00, 2_500_00), (4_999_99, 1), (4_999_99, 0)]);
            let on = world.edge_of_months(12);
            world.billed(who, first, "inpatient", on);
            let on = world.day_within(-30, 1);
            world.billed(other, second, "outpatient", on);
        }
        // 60 % of twelve months of 1,000.00 are 7,200.00.
        _ => {
            let fen = world.pick(&[7_199_99, 7_200_00]);
            let on = world.day_within(-60, 1);
            world.billed(who, fen, "special", on);
            let on = world.day_within(-300, 1);
            let monthly = world.yuan(1_000_00);
            let fields = json!({"scheme": "resident", "monthly_amount": monthly});
            world.tell("social-security.pension.started", other, on, fields);
        }
    }
    if world.one_in(4) {
        let on = world.day_within(-3, 1);
        world.death(other, on);
    }
    world.now_and_then_helped(&[other], &["dibao", "dibao-edge", "rigid-spending"]);
}

/// Registered unemployed for about ninety days.
pub fn long_out_of_work(world: &mut World) {
    let on = if world.one_in(2) { world.edge(90) } else { world.day_within(-400, -100) };
    let who = somebody(world, 16..60);
    world.tell("social-security.unemployment.registered", who, on, json!({}));
    let (again, now) = (world.day_within(-40, 1), world.day_within(-2, 1));
    match world.below(5) {
        0 => world.tell("social-security.unemployment.registered", who, again, json!({})),
        1 => world.tell("social-security.unemployment.deregistered", who, now, json!({})),
        2 => world.unemployment_benefit(who, now),
        3 => world.insured(who, true, now),
        _ => {}
    }
    if world.one_in(2) {
        world.now_and_then_helped(&[who], &["dibao", "rigid-spending"]);
    }
}

/// A diagnosis, and perhaps help of one kind or another.
pub fn diagnosis(world: &mut World) {
    let (who, other, on) = (world.below(world.cast.len()), world.below(world.cast.len()), world.lately(60));
    let category =
        world.pick(&["major-illness", "major-illness", "major-illness", "severe-mental-disorder", "chronic"]);
    world.diagnosed_with(who, category, on);
    if world.one_in(2) {
        world.family(&[who, other]);
        world.now_and_then_helped(&[other], &["dibao", "dibao-edge", "rigid-spending"]);
    } else {
        world.now_and_then_helped(&[who], &["dibao", "dibao-edge", "rigid-spending"]);
    }
}

/// An elder who cannot do everything alone.
pub fn frail_elder(world: &mut World) {
    let (who, on) = (somebody(world, 59..110), world.day_within(-30, 1));
    let level = world.pick(&[1, 2, 2, 4]);
    world.assessed_at(who, level, on);
    let on = world.day_within(-2, 1);
    match world.below(4) {
        0 => {
            let id = world.benefit_id(false);
            world.granted(who, "home-care", &id, on);
            world.shaken(who, "home-care", &id);
        }
        1 => world.long_term_care(who, on),
        2 => {
            let level = world.pick(&[0, 1, 3]);
            world.assessed_at(who, level, on);
        }
        _ => {}
    }
}

/// A parent who died, was taken away or went missing about ninety days ago.
pub fn parent_event(world: &mut World) {
    let child = somebody(world, 0..19);
    let parent = (child + 1 + world.below(world.cast.len() - 1)) % world.cast.len();
    let on = world.day_within(-300, 0);
    world.related(child, parent, "parent", on);
    if world.one_in(2) {
        let other = (parent + 1 + world.below(world.cast.len() - 1)) % world.cast.len();
        world.related(child, other, "parent", on);
    }
    let on = world.lately(90);
    match world.below(3) {
        0 => world.death(parent, on),
        1 => world.taken(parent, "detention", on, None),
        _ => world.tell("police.missing.reported", parent, on, json!({})),
    }
    if world.one_in(4) {
        let on = world.day_within(-60, 1);
        world.released(parent, on);
    }
    if world.one_in(4) {
        let (program, id, on) = (
            world.pick(&["child-in-difficulty", "orphan"]),
            world.benefit_id(false),
            world.day_within(-60, 1),
        );
        world.granted(child, program, &id, on);
    }
}

/// Two parents who both cannot care, or nearly: each at an edge of what counts.
pub fn unattended(world: &mut World) {
    let child = somebody(world, 0..18);
    let (first, second) = (
        (child + 1) % world.cast.len(),
        (child + 2 + world.below(world.cast.len().saturating_sub(3).max(1))) % world.cast.len(),
    );
    for parent in [first, second] {
        let on = world.day_within(-500, -100);
        world.related(child, parent, "parent", on);
        let on = if world.one_in(2) { world.edge(180) } else { world.day_within(-300, -181) };
        let (grade, until) = (world.pick(&[2, 3, 3, 4]), world.day_within(-1, 300));
        match world.below(5) {
            0 => world.death(parent, on),
            1 => world.tell("police.missing.reported", parent, on, json!({})),
            2 => world.taken(parent, "imprisonment", on, None),
            3 => {
                let on = world.day_within(-40, 1);
                let until = on + world.pick(&[179i64, 180, 180, 181]).days();
                world.taken(parent, "arrest", on, Some(until));
            }
            _ => {
                let category = world.pick(&["mental", "intellectual", "physical"]);
                world.certified_as(parent, (category, grade), on, until);
            }
        }
    }
    if world.one_in(4) {
        let (program, id, on) = (
            world.pick(&["unattended-child", "orphan", "child-in-difficulty"]),
            world.benefit_id(false),
            world.day_within(-60, 1),
        );
        world.granted(child, program, &id, on);
    }
}

/// An elder in a household of their own, into which somebody moves, or not.
pub fn alone_at_home(world: &mut World) {
    let (who, on) = (somebody(world, 79..110), world.day_within(-300, 1));
    let household = format!("3206149{who:03}");
    world.moved_to(who, &household, on);
    let other = (who + 1 + world.below(world.cast.len() - 1)) % world.cast.len();
    if world.one_in(2) {
        let on = world.day_within(-200, 1);
        world.moved_to(other, &household, on);
    }
    let on = world.day_within(-3, 1);
    match world.below(4) {
        0 => world.death(other, on),
        1 => world.moved(other, on),
        2 => {
            let id = world.benefit_id(false);
            world.granted(who, "care-visit", &id, on);
            world.shaken(who, "care-visit", &id);
        }
        _ => {}
    }
}

/// Out of custody for two weeks or half a year.
pub fn released(world: &mut World) {
    let (who, on) = (somebody(world, 16..60), world.day_within(-500, -190));
    world.taken(who, "imprisonment", on, None);
    let days_ago = world.pick(&[14, 60, 180]);
    let on = world.edge(days_ago);
    world.released(who, on);
    let on = world.day_within(-10, 1);
    match world.below(5) {
        0 => world.insured(who, true, on),
        1 => world.taken(who, "detention", on, None),
        2 => {
            let id = world.benefit_id(false);
            world.granted(who, "tekun", &id, on);
        }
        _ => {}
    }
    world.now_and_then_helped(&[who], &["dibao"]);
}

/// Dibao ended or was refused about a year ago, and something happens.
pub fn after_the_exit(world: &mut World) {
    let (who, other) = (world.below(world.cast.len()), world.below(world.cast.len()));
    world.family(&[who, other]);
    let on = world.lately(365);
    if world.one_in(2) {
        let (id, program) = (format!("X{who}"), world.pick(&["dibao", "dibao-edge"]));
        world.granted_to_members(vec![other, who], program, &id, on - 300.days());
        world.ended(&id, on);
    } else {
        world.refused(who, on);
    }
    let on = world.lately(90);
    match world.below(5) {
        0 => {
            let fen = world.pick(&[1_999_99, 2_000_00]);
            world.billed(other, fen, "outpatient", on);
        }
        1 => world.tell("social-security.unemployment.registered", other, on, json!({})),
        2 => world.taken(who, "detention", on, None),
        3 => world.certified_as(who, ("visual", 3), on, on + 600.days()),
        _ => {}
    }
    world.now_and_then_helped(&[other], &["dibao", "rigid-spending"]);
}

/// Several disabled people, or one among elders.
pub fn disabled_family(world: &mut World) {
    let (first, elder) = (world.below(world.cast.len()), somebody(world, 58..110));
    let mut people = vec![first, elder];
    if world.one_in(3) {
        people.push(world.below(world.cast.len()));
    }
    world.family(&people);
    let disabled = if world.one_in(3) { 1 } else { 2 };
    for who in people.into_iter().take(disabled) {
        let (on, until) = (world.day_within(-300, 0), world.day_within(-1, 300));
        world.certified_as(who, ("hearing", 3), on, until);
    }
    world.now_and_then_helped(&[elder], &["dibao", "dibao-edge"]);
}

/// Who earned does not any more.
pub fn lost_breadwinner(world: &mut World) {
    let (who, other) = (world.below(world.cast.len()), world.below(world.cast.len()));
    world.family(&[who, other]);
    let months = world.pick(&[1, 3, 5, 6, 6, 7]);
    let day = world.months_ago(months);
    world.wage(who, day);
    let on = world.lately(90);
    match world.below(3) {
        0 => world.death(who, on),
        1 => world.taken(who, "arrest", on, None),
        _ => world.insured(who, false, on),
    }
    if world.one_in(4) {
        let on = world.day_within(-5, 1);
        world.insured(other, true, on);
    }
}
