//! Visits: to children in the programs each month, to elders four times a week.

use jiff::civil::Date;
use rand::RngExt;

use super::household::Member;
use crate::moment::{add_days, add_months, month_start};
use crate::sender::Sender;

/// Days of the week of the four care visits, counted from Monday.
const CARE_DAYS: [i64; 4] = [0, 2, 4, 5];

/// A visit a month until they are grown, with one in thirty forgotten.
pub(super) fn children(
    sender: &mut Sender<'_>,
    member: &Member,
    benefit_id: &str,
    granted: Date,
    grown: Date,
) {
    let window = sender.window;
    let mut month = month_start(granted.max(window.start));
    let mut number = 0;
    while month <= window.end {
        let on = add_days(month, sender.rng.random_range(0..28));
        let due =
            on >= granted && on < grown && (window.start..=window.end).contains(&on) && member.lives(on);
        if due && sender.rng.random_range(0..30u32) > 0 {
            number += 1;
            sender.visited(member.on(on), &format!("F{benefit_id}-{number}"), "child", on);
        }
        month = add_months(month, 1);
    }
}

/// Four visits a week, with one in a hundred forgotten.
pub(super) fn elders(sender: &mut Sender<'_>, member: &Member, benefit_id: &str, granted: Date) {
    let window = sender.window;
    let first = granted.max(window.start);
    let mut monday = add_days(first, -i64::from(first.weekday().to_monday_zero_offset()));
    let mut number = 0;
    while monday <= window.end {
        for day in CARE_DAYS {
            let on = add_days(monday, day);
            if on < first || on > window.end || !member.lives(on) || sender.rng.random_range(0..100u32) == 0 {
                continue;
            }
            number += 1;
            sender.visited(member.on(on), &format!("F{benefit_id}-{number}"), "elder", on);
        }
        monday = add_days(monday, 7);
    }
}
