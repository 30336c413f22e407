//! Short courses of events that bring somebody close to a rule, from either side. They happen to the same few
//! people, so that they disturb each other.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;

use super::world::World;
use super::{cast, records};
use crate::document;

/// How many scenes there are.
pub const SCENES: usize = 18;

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

/// Plays one scene.
pub fn play(world: &mut World) {
    let scene = if world.one_in(3) { world.below(SCENES) } else { world.pick(&world.focus.clone()) };
    match scene {
        0 => orphan(world),
        1 => benefit_exhausted(world),
        2 => self_paid(world),
        3 | 4 => income(world),
        5 => overlap(world),
        6 => old_age(world),
        7 => home_care(world),
        8 => child_visits(world),
        9 => elder_visits(world),
        10 => two_lists(world),
        11 => wrong_names(world),
        12 => restarts(world),
        13 => corrections(world),
        14 => parents_in_trouble(world),
        15 => spells_on_one_day(world),
        16 => programs_ended(world),
        _ => members_come_and_go(world),
    }
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

fn orphan(world: &mut World) {
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

fn benefit_exhausted(world: &mut World) {
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
fn self_paid(world: &mut World) {
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

/// A dibao of one to three people, and an income around the standard that begins or changes near the reference date.
fn income(world: &mut World) {
    let earner = world.below(world.cast.len());
    let mut members = vec![earner];
    for _ in 0..world.below(3) {
        members.push(world.below(world.cast.len()));
    }
    let (id, granted_on, reference) =
        (world.benefit_id(true), world.day_within(-90, -10), world.day_within(-60, -1));
    world.granted_to_members(members.clone(), "dibao", &id, granted_on);
    let heads = members.iter().collect::<BTreeSet<_>>().len();
    match world.below(3) {
        0 => world.verified(&id, reference),
        1 => world.assessed(members, reference),
        _ => {}
    }
    let standard_fen = 820_00 * i64::try_from(heads).expect("a household is small");
    let fen = standard_fen + world.pick(&[-1, 0, 1, 1, 100_00, 500_00]);
    match world.below(3) {
        0 => a_pension(world, earner, [granted_on, reference], fen),
        1 => a_wage(world, earner, fen),
        _ => an_unemployment_benefit(world, earner, [granted_on, reference], fen),
    }
}

/// A pension that rises around the reference date, or begins there.
fn a_pension(world: &mut World, earner: usize, [granted_on, reference]: [Date; 2], fen: i64) {
    let on = reference + world.pick(&[-1i64, 0, 1, 1]).days();
    let before = world.pick(&[fen, fen - 1, 0]).max(0);
    let starts = [(granted_on - 1.day(), before), (on, fen)];
    for (on, fen) in starts.into_iter().skip(world.below(2)) {
        let kind = world.pick(&["social-security.pension.started", "social-security.pension.changed"]);
        let data = json!({"person": world.person(earner), "scheme": "employee", "monthly_amount": world.yuan(fen),
            "on": on.to_string()});
        world.send(kind, data);
    }
}

/// A wage, with employee insurance that began about six months ago.
fn a_wage(world: &mut World, earner: usize, fen: i64) {
    let months = world.pick(&[-6i32, -6, -7, -12]);
    let on = world.today + months.months() + world.pick(&[-1i64, 0, 0, 1]).days();
    let data = json!({"person": world.person(earner), "scheme": "employee", "on": on.to_string()});
    world.send("social-security.insurance.started", data);
    let before = world.pick(&[fen, fen - 1, 0]).max(0);
    let months_ago = world.pick(&[0, 0, 1, 2, 3, 4]);
    let wages = [(months_ago + world.pick(&[1, 2, 12]), before), (months_ago, fen)];
    for (months_ago, fen) in wages.into_iter().skip(world.below(2)) {
        let month = world.months_ago(months_ago).strftime("%Y-%m").to_string();
        let data = json!({"person": world.person(earner), "month": month, "amount": world.yuan(fen)});
        world.send("social-security.wage.reported", data);
    }
}

/// An unemployment benefit that runs out about today.
fn an_unemployment_benefit(world: &mut World, earner: usize, [granted_on, reference]: [Date; 2], fen: i64) {
    let on = world.pick(&[granted_on, reference, reference + 1.day(), reference + 1.day()]);
    let until = world.day_within(-1, 60).max(on);
    let data = json!({"person": world.person(earner), "monthly_amount": world.yuan(fen), "on": on.to_string(),
        "until": until.to_string()});
    world.send("social-security.unemployment.benefit-started", data);
}

fn overlap(world: &mut World) {
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

fn old_age(world: &mut World) {
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

/// Due around today.
fn home_care(world: &mut World) {
    let (who, id) = (somebody(world, 60..110), world.benefit_id(false));
    let on = world.today - 6.months() + world.pick(&[-40i64, -1, 0, 1, 29, 30, 31, 32]).days();
    world.granted(who, "home-care", &id, on);
    if world.one_in(3) {
        let on = world.day();
        world.verified(&id, on);
    }
}

fn child_visits(world: &mut World) {
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
fn elder_visits(world: &mut World) {
    let (who, id, on) = (somebody(world, 60..110), world.benefit_id(false), world.day());
    world.granted(who, "care-visit", &id, on);
    let monday = i64::from(world.today.iso_week_date().weekday().to_monday_zero_offset());
    for _ in 0..3 + world.below(4) {
        let on = world.day_within(-monday, 0);
        world.visited(who, "elder", on);
    }
}

/// Somebody is on the lists of two benefits at once.
fn two_lists(world: &mut World) {
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
fn members_come_and_go(world: &mut World) {
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
fn wrong_names(world: &mut World) {
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
fn restarts(world: &mut World) {
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
fn corrections(world: &mut World) {
    let first = world.below(world.cast.len());
    for _ in 0..2 {
        let step = world.below(3);
        let (former, who) =
            ((first + step) % world.cast.len(), (first + step + 1 + world.below(2)) % world.cast.len());
        let on = world.day_within(-5, 1);
        world.corrected_to(former, who, on);
    }
}

/// Parents who are in custody, missing, disabled or dead, more than one thing at a time.
fn parents_in_trouble(world: &mut World) {
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

/// Several starts and ends of one spell, some of them on one day.
fn spells_on_one_day(world: &mut World) {
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
fn programs_ended(world: &mut World) {
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
