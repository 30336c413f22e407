//! Phones and addresses, of whom the bureau has to reach.

use rand::RngExt;

use super::household::Household;
use super::{earlier, happens, some_day};
use crate::money::push_number;
use crate::sender::Sender;

/// The bureau knows how to reach the poor, elders who live alone, and some others.
pub(super) fn record(sender: &mut Sender<'_>, household: &Household) {
    let window = sender.window;
    let head = &household.members[0];
    let alone = household.members.len() == 1 && head.age(window.start) >= 70;
    let known = if household.poor || alone { 0.85 } else { 0.08 };
    if !sender.rng.random_bool(known) {
        return;
    }
    let address = format!(
        "南通市海门区{}{}村{}组{}号",
        household.town,
        ["新丰", "长虹", "中心", "海晏", "双桥", "永兴"][sender.rng.random_range(0..6)],
        sender.rng.random_range(1..40u32),
        sender.rng.random_range(1..90u32)
    );
    let address = sender.rng.random_bool(0.9).then_some(&*address);
    let on = earlier(&mut sender.rng, window, 1..900);
    let number = phone(sender);
    sender.contact(head.on(on), Some(&number), address, on);
    let changed = some_day(&mut sender.rng, window);
    if happens(&mut sender.rng, window, 0.06) && head.lives(changed) {
        let number = phone(sender);
        sender.contact(head.on(changed), Some(&number), None, changed);
    }
}

fn phone(sender: &mut Sender<'_>) -> String {
    let mut text = ["138", "139", "150", "186"][sender.rng.random_range(0..4)].to_owned();
    push_number(&mut text, sender.rng.random_range(10_000_000..100_000_000));
    text
}
