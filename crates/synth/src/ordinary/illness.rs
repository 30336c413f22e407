//! Settlements of medical insurance.

use jiff::civil::Date;
use rand::RngExt;

use super::household::{Household, Member};
use crate::contract::Settlement;
use crate::moment::{add_days, add_months, age};
use crate::money::Fen;
use crate::sender::Sender;

/// Each month of the window may bring a settlement, more often to the old.
pub(super) fn settle(sender: &mut Sender<'_>, household: &Household, member: &Member) {
    let window = sender.window;
    let often = match age(member.person.birth, window.start) {
        ..18 => 0.18,
        18..60 => 0.21,
        60..80 => 0.42,
        _ => 0.5,
    };
    let mut month = window.start;
    let mut number = 0;
    while month <= window.end {
        let next = add_months(month, 1);
        if sender.rng.random_bool(often) {
            let end = add_days(month, sender.rng.random_range(0..28));
            if end <= window.end && member.lives(end) {
                number += 1;
                one(sender, household, member, end, number);
            }
        }
        month = next;
    }
}

fn one(sender: &mut Sender<'_>, household: &Household, member: &Member, end: Date, number: u32) {
    let old = age(member.person.birth, end) >= 60;
    let rng = &mut sender.rng;
    let (med_type, days, total) = match rng.random_range(0..100u32) {
        0..4 => ("inpatient", rng.random_range(3..15), large(rng.random_range(0.0..1.0))),
        4..9 if old => ("inpatient", rng.random_range(3..20), large(rng.random_range(0.0..1.0))),
        9..19 => ("special", 0, rng.random_range(30_000..300_000)),
        _ => ("outpatient", 0, rng.random_range(4_000..70_000)),
    };
    let mut own = total * rng.random_range(22..50) / 100;
    let assistance = if household.poor { own * 7 / 10 } else { 0 };
    own -= assistance;
    // Some senders build their own identifiers of ID numbers.
    let person = member.on(end);
    let setl_id = if household.unit.is_multiple_of(16) {
        format!("{}-{number}", person.id)
    } else {
        format!("S{}-{}-{number}", household.unit, &person.id[6..17])
    };
    let settlement = Settlement {
        setl_id,
        med_type,
        begin: add_days(end, -days),
        end,
        fund: Fen(total - own),
        assistance: Fen(assistance),
        own: Fen(own),
    };
    sender.settled(person, &settlement);
    let back = add_days(end, sender.rng.random_range(1..20));
    if sender.rng.random_bool(0.007) && back <= sender.window.end {
        sender.reversed(person, &settlement.setl_id, back);
    }
}

/// Fees of a hospital stay in fen: 3,000 yuan and more, few above 50,000.
fn large(share: f64) -> u64 {
    300_000 + (7_000_000.0 * share.powi(4)) as u64
}
