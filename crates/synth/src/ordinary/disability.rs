//! Certificates of disability and the two subsidies.

use jiff::civil::Date;
use rand::RngExt;

use super::benefit::personal;
use super::figures::{self, band};
use super::household::{Disability, Household, Member, Role};
use super::plan::Kind;
use super::{earlier, happens, some_day};
use crate::moment::{add_days, add_months};
use crate::money::{Fen, yuan};
use crate::sender::Sender;

/// A certificate is valid for ten years.
const VALID_MONTHS: i64 = 120;

/// Decides who is disabled: families with several, the poor, and others by age.
pub(super) fn choose(sender: &mut Sender<'_>, household: &mut Household) {
    if household.kind == Kind::Dormitory {
        return;
    }
    let start = sender.window.start;
    let several = household.members.len() > 1 && sender.rng.random_bool(figures::DISABLED_FAMILY);
    let poor = household.poor;
    for (at, member) in household.members.iter_mut().enumerate() {
        let share = match member.age(start) {
            _ if several && at < 2 => 1.0,
            _ if poor => figures::DISABLED_POOR,
            years => figures::DISABLED[band(years, &[18, 60])],
        };
        if sender.rng.random_bool(share) {
            member.disability = Some(disability(sender));
        }
    }
}

fn disability(sender: &mut Sender<'_>) -> Disability {
    let category = match sender.rng.random_range(0..100u32) {
        0..48 => "physical",
        48..62 => "visual",
        62..76 => "hearing",
        76..78 => "speech",
        78..88 => "intellectual",
        88..96 => "mental",
        _ => "multiple",
    };
    let mut roll = sender.rng.random_range(0..100u32);
    let mut grade = 1;
    for share in &figures::GRADES[..3] {
        if roll < *share {
            break;
        }
        roll -= share;
        grade += 1;
    }
    Disability { category, grade }
}

/// Certificates, renewed before they expire but for a few, and the subsidies that follow.
pub(super) fn certify(sender: &mut Sender<'_>, household: &Household, at: usize, tekun: bool) {
    let window = sender.window;
    let member = &household.members[at];
    let Some(disability) = member.disability else { return };
    let born = member.person.birth;
    let mut on = earlier(&mut sender.rng, window, 20..3_600).max(add_days(born, 200).min(window.end));
    let first = on;
    while on <= window.end && member.lives(on) {
        let valid_until = add_days(add_months(on, VALID_MONTHS), -1);
        sender.certified_disabled(member.on(on), disability.category, disability.grade, on, valid_until);
        if sender.rng.random_bool(0.03) {
            break;
        }
        on = add_days(valid_until, -sender.rng.random_range(10..120));
    }
    if !tekun {
        subsidies(sender, household, at, disability, first);
    }
    if happens(&mut sender.rng, window, 0.01) && member.role != Role::Child {
        nursing_of_injury(sender, member);
    }
}

fn subsidies(sender: &mut Sender<'_>, household: &Household, at: usize, disability: Disability, since: Date) {
    let member = &household.members[at];
    let severe = disability.grade <= 2;
    let living = household.poor || (severe && sender.rng.random_bool(figures::LIVING_SUBSIDY));
    if living && sender.rng.random_bool(figures::SUBSIDY_CLAIMED) {
        let id = format!("CS{}-{at}", household.unit);
        personal(sender, member, &id, "disability-living", yuan(410), None, since);
    }
    if severe && sender.rng.random_bool(figures::SUBSIDY_CLAIMED) {
        let id = format!("CH{}-{at}", household.unit);
        personal(sender, member, &id, "disability-nursing", yuan(190), None, since);
    }
}

/// Somebody injured at work draws a nursing allowance for a time.
fn nursing_of_injury(sender: &mut Sender<'_>, member: &Member) {
    let on = some_day(&mut sender.rng, sender.window);
    if !member.lives(on) || member.disability.is_some_and(|disability| disability.grade <= 2) {
        return;
    }
    sender.nursing_started(member.on(on), Fen(248_000), on);
    let off = add_months(on, 4);
    if off <= sender.window.end && member.lives(off) {
        sender.nursing_stopped(member.on(off), off);
    }
}
