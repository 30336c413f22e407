//! A household with dibao, and what it earns.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;

use crate::history::world::World;

/// A dibao of one to three people, and an income around the standard that begins or changes near the reference date.
pub fn income(world: &mut World) {
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
