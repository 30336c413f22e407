//! What people ask: given, when, then.

mod story;

use sanzao_casework::{Counts, item_id};
use sanzao_model::{AlertState, CommandKey, InboxRecord, Instant, ItemState, Order, RuleId};
use story::*;

const NOTHING: [&str; 0] = [];

fn with_an_alert() -> (Story, sanzao_model::ItemId) {
    let mut story = Story::begin();
    story.on("2025-07-04", &[found(&ORPHAN, &[finding("death")])]);
    (story, id_of(&ORPHAN, "death"))
}

#[test]
fn the_first_to_claim_has_it() {
    let (mut story, id) = with_an_alert();
    assert_eq!(story.asks(command(1, "li", id, Order::Claim)), ["moved to claimed"]);
    let claimed = AlertState::Claimed { by: "li".into(), at: Instant(1_001) };
    assert_eq!(story.state(&ORPHAN, "death"), ItemState::Alert(claimed.clone()));
    assert_eq!(story.asks(command(2, "wang", id, Order::Claim)), ["refused ClaimedByAnother"]);
    assert_eq!(story.asks(command(3, "wang", id, resolve("done"))), ["refused ClaimedByAnother"]);
    assert_eq!(story.asks(command(4, "li", id, Order::Claim)), NOTHING);
    assert_eq!(story.state(&ORPHAN, "death"), ItemState::Alert(claimed));
    assert_eq!(story.casework.counts(), Counts { claimed: 1, ..Counts::default() });
}

#[test]
fn what_is_found_otherwise_leaves_the_claim() {
    let (mut story, id) = with_an_alert();
    story.asks(command(1, "li", id, Order::Claim));
    let then = story.on("2025-07-05", &[found(&ORPHAN, &[finding_due("death", "2025-08-01")])]);
    assert_eq!(then, ["updated death"]);
    assert_eq!(story.state(&ORPHAN, "death").as_str(), "claimed");
}

#[test]
fn nobody_resolves_what_nobody_claimed_or_without_a_reason() {
    let (mut story, id) = with_an_alert();
    assert_eq!(story.asks(command(1, "li", id, resolve("done"))), ["refused WrongState"]);
    story.asks(command(2, "li", id, Order::Claim));
    assert_eq!(story.asks(command(3, "li", id, resolve(" \u{3000}"))), ["refused ReasonMissing"]);
    assert_eq!(story.asks(command(4, "li", id, resolve("done"))), ["moved to closed"]);
    assert_eq!(story.asks(command(5, "li", id, resolve("done"))), ["refused WrongState"]);
    assert_eq!(story.asks(command(6, "li", id, Order::Claim)), ["refused WrongState"]);
}

#[test]
fn withdrawn_alerts_tasks_and_strangers_are_refused() {
    let (mut story, id) = with_an_alert();
    story.on("2025-07-05", &[none(&ORPHAN), found(&HOME_CARE, &[finding_due("b", "2025-08-01")])]);
    assert_eq!(story.asks(command(1, "li", id, Order::Claim)), ["refused WrongState"]);
    let task = id_of(&HOME_CARE, "b");
    assert_eq!(story.asks(command(2, "li", task, Order::Claim)), ["refused NotAnAlert"]);
    assert_eq!(story.asks(command(3, "li", task, resolve("done"))), ["refused NotAnAlert"]);
    let stranger = item_id(&RuleId("orphan".into()), &SOMEBODY, "another");
    assert_eq!(story.asks(command(4, "li", stranger, Order::Claim)), ["refused UnknownItem"]);
}

#[test]
fn one_key_is_one_command() {
    let (mut story, id) = with_an_alert();
    let claim = command(1, "li", id, Order::Claim);
    story.asks(claim.clone());
    story.on("2025-07-05", &[none(&ORPHAN)]);
    story.on("2025-07-06", &[found(&ORPHAN, &[finding("death")])]);
    // The alert is open again; what was asked before does not claim it a second time.
    let again = story.record(&InboxRecord::Command(claim.clone()));
    assert!(again.events.is_empty());
    assert_eq!(again.answers, Some((claim.key, claim.fingerprint)));
    assert_eq!(story.state(&ORPHAN, "death").as_str(), "open");
    // Another command by the same key is refused, and does not take the key over.
    let other = command(1, "li", id, resolve("done"));
    assert_eq!(story.asks(other), ["refused KeyReused"]);
    assert_eq!(story.casework.answered(&claim.key), Some(claim.fingerprint));
    assert_eq!(story.asks(claim), NOTHING);
    assert_eq!(story.casework.answered(&CommandKey([2; 16])), None);
}

#[test]
fn a_refusal_is_an_answer_too() {
    let (mut story, id) = with_an_alert();
    let early = command(1, "li", id, resolve("done"));
    assert_eq!(story.asks(early.clone()), ["refused WrongState"]);
    story.asks(command(2, "li", id, Order::Claim));
    assert_eq!(story.asks(early), NOTHING);
    assert_eq!(story.state(&ORPHAN, "death").as_str(), "claimed");
}
