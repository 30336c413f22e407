//! What people do with alerts and tasks, from the first look to the last word: given, when, then.

mod story;

use sanzao_casework::REPORT_RULE;
use sanzao_model::{
    AttachmentId, Instant, ItemId, ItemState, NoticeMeans, Order, Outcome, Procedure, Report, ReportSource,
    Second, SubjectId, TaskState,
};
use story::*;

const REVIEW: Rule =
    Rule { id: "moved-out-recipient", procedure: Procedure::Review, due_working_days: 5, periodic: false };

const NOTHING: [&str; 0] = [];

/// People asking one after the other, each a second after the one before.
struct Bureau {
    story: Story,
    asked: u8,
    now: i64,
}

impl Bureau {
    fn begin(day: &str, level: sanzao_model::Level) -> Bureau {
        let mut story = Story::begin();
        story.on(day, &[level]);
        Bureau { story, asked: 0, now: 0 }.at(day)
    }

    /// Nine in the morning of a day in China.
    fn at(mut self, day: &str) -> Bureau {
        self.set_day(day);
        self
    }

    fn set_day(&mut self, day: &str) {
        self.now = (i64::from(story::day(day).0) * 86_400 + 3_600) * 1_000_000_000;
    }

    fn on(&mut self, day: &str, levels: &[sanzao_model::Level]) -> Vec<String> {
        self.set_day(day);
        self.story.all_on(day, levels)
    }

    fn asks(&mut self, who: &str, item: ItemId, order: Order) -> Vec<String> {
        self.asked += 1;
        self.now += 1_000_000_000;
        let command = command(self.asked, who, item, order);
        self.story.asks(sanzao_model::Command { at: Instant(self.now), ..command })
    }
}

fn decide(outcome: Outcome) -> Order {
    Order::Decide { outcome, reason: "已核实".into(), reopen_on: None }
}

fn reason() -> String {
    "同意".into()
}

#[test]
fn a_review_goes_to_the_family_and_a_second_person() {
    let id = id_of(&REVIEW, "move");
    let mut bureau = Bureau::begin("2025-07-07", found(&REVIEW, &[finding("move")]));
    assert_eq!(bureau.asks("li", id, Order::Claim), ["moved to claimed"]);
    assert_eq!(bureau.asks("li", id, decide(Outcome::NotEligible)), ["moved to decided"]);
    assert_eq!(bureau.asks("wang", id, Order::Approve { reason: reason() }), ["refused NoticeMissing"]);
    let told = |answer_by: &str| Order::Notify {
        sent_on: day("2025-07-07"),
        means: NoticeMeans::Post,
        answer_by: day(answer_by),
    };
    assert_eq!(bureau.asks("li", id, told("2025-07-11")), ["refused DayOutOfRange"]);
    assert_eq!(bureau.asks("li", id, told("2025-07-14")), ["moved to decided"]);
    assert_eq!(bureau.asks("wang", id, Order::Approve { reason: reason() }), ["refused AnswerPending"]);
    bureau.on("2025-07-09", &[]);
    let answer = Order::Answer { on: day("2025-07-08"), agrees: false, text: "已搬回".into() };
    assert_eq!(bureau.asks("li", id, answer), ["moved to decided"]);
    assert_eq!(bureau.asks("li", id, Order::Approve { reason: reason() }), ["refused SecondPersonNeeded"]);
    assert_eq!(bureau.asks("wang", id, Order::SendBack { reason: reason() }), ["moved to claimed"]);
    assert_eq!(bureau.asks("li", id, decide(Outcome::NoAction)), ["moved to decided"]);
    assert_eq!(bureau.asks("wang", id, Order::Approve { reason: reason() }), ["moved to closed"]);
    let closure = bureau.story.state(&REVIEW, "move").closure().cloned().unwrap();
    assert_eq!(closure.decision.by, "li");
    assert_eq!(closure.approval.unwrap().by, "wang");
    assert_eq!(bureau.on("2025-07-10", &[found(&REVIEW, &[finding("move")])]), NOTHING);
}

#[test]
fn new_evidence_takes_a_decision_back_before_anybody_approves_it() {
    let id = id_of(&REVIEW, "move");
    let mut bureau = Bureau::begin("2025-07-07", found(&REVIEW, &[finding_on("move", "A")]));
    bureau.asks("li", id, Order::Claim);
    bureau.asks("li", id, decide(Outcome::NoAction));
    let then = bureau.on("2025-07-08", &[found(&REVIEW, &[finding_on("move", "AB")])]);
    assert_eq!(then, ["updated move", "woken to claimed, NewEvidence"]);
    assert_eq!(bureau.asks("wang", id, Order::Approve { reason: reason() }), ["refused WrongState"]);
    assert_eq!(bureau.on("2025-07-09", &[none(&REVIEW)]), ["moved to withdrawn"]);
}

#[test]
fn what_is_put_off_wakes_by_its_day_new_evidence_or_a_greater_amount() {
    let id = id_of(&ORPHAN, "death");
    let amount = |letters: &str, fen: u32| {
        let values = format!("{{\"days\":{fen},\"self_paid_fen\":{fen}}}");
        found(&ORPHAN, &[sanzao_model::Finding { values, ..finding_on("death", letters) }])
    };
    let until = |text: &str| Order::Snooze { until: day(text), reason: "住院".into() };
    let mut bureau = Bureau::begin("2025-07-07", amount("A", 500));
    bureau.asks("li", id, Order::Claim);
    assert_eq!(bureau.asks("li", id, until("2025-07-07")), ["refused DayOutOfRange"]);
    assert_eq!(bureau.asks("li", id, until("2026-01-08")), ["refused DayOutOfRange"]);
    assert_eq!(bureau.asks("li", id, until("2025-07-20")), ["moved to snoozed"]);
    assert_eq!(bureau.on("2025-07-08", &[amount("A", 400)]), ["updated death"]);
    assert_eq!(bureau.on("2025-07-09", &[amount("A", 401)]), ["updated death", "woken to claimed, Higher"]);
    assert_eq!(bureau.asks("li", id, until("2025-07-20")), ["moved to snoozed"]);
    assert_eq!(
        bureau.on("2025-07-10", &[amount("AB", 401)]),
        ["updated death", "woken to claimed, NewEvidence"]
    );
    assert_eq!(bureau.asks("li", id, until("2025-07-20")), ["moved to snoozed"]);
    // Its first day has passed long ago, but somebody has put it off.
    assert_eq!(bureau.on("2025-07-19", &[]), NOTHING);
    assert_eq!(bureau.on("2025-07-20", &[]), ["woken to claimed, Day", "escalated"]);
    assert_eq!(bureau.asks("wang", id, until("2025-07-25")), ["refused ClaimedByAnother"]);
}

#[test]
fn an_appeal_leaves_the_decision_in_force_until_somebody_else_has_looked() {
    let id = id_of(&ORPHAN, "death");
    let mut bureau = Bureau::begin("2025-07-07", found(&ORPHAN, &[finding_on("death", "A")]));
    bureau.asks("li", id, Order::Claim);
    bureau.asks("li", id, decide(Outcome::NotEligible));
    let appeal = |on: &str| Order::Appeal { on: day(on), text: "家庭有困难".into() };
    assert_eq!(bureau.asks("wang", id, appeal("2025-07-08")), ["refused DayOutOfRange"]);
    assert_eq!(bureau.asks("wang", id, appeal("2025-07-07")), ["moved to appealed"]);
    assert_eq!(bureau.on("2025-07-08", &[found(&ORPHAN, &[finding_on("death", "A")])]), NOTHING);
    // New evidence is a case of its own meanwhile.
    let then = bureau.on("2025-07-09", &[found(&ORPHAN, &[finding_on("death", "AB")])]);
    assert!(then.iter().any(|words| words.ends_with("episode 2")), "{then:?}");
    assert_eq!(bureau.on("2025-07-22", &[]).iter().filter(|words| *words == "escalated").count(), 2);
    let uphold = Order::DecideAppeal { outcome: Some(Outcome::Helped), reason: "重新核算".into() };
    assert_eq!(bureau.asks("li", id, uphold.clone()), ["refused SecondPersonNeeded"]);
    assert_eq!(bureau.asks("wang", id, uphold.clone()), ["moved to closed"]);
    assert_eq!(bureau.asks("wang", id, uphold), ["refused WrongState"]);
    let closure = bureau.story.state(&ORPHAN, "death").closure().cloned().unwrap();
    assert_eq!((closure.decision.outcome, closure.appeals), (Outcome::Helped, 1));
}

#[test]
fn a_supervisor_gives_work_to_somebody_and_nobody_else_takes_it() {
    let id = id_of(&ORPHAN, "death");
    let mut bureau = Bureau::begin("2025-07-07", found(&ORPHAN, &[finding_on("death", "A")]));
    let to = |who: Option<&str>| Order::Assign { to: who.map(str::to_owned) };
    assert_eq!(bureau.asks("chen", id, to(Some("li"))), ["assigned to li"]);
    assert_eq!(bureau.asks("chen", id, to(Some("li"))), NOTHING);
    assert_eq!(bureau.asks("wang", id, Order::Claim), ["refused AssignedToAnother"]);
    assert_eq!(bureau.asks("li", id, Order::Claim), ["moved to claimed"]);
    assert_eq!(bureau.asks("chen", id, to(Some("wang"))), ["assigned to wang", "moved to open"]);
    assert_eq!(bureau.asks("chen", id, Order::Undo), ["back to claimed", "assigned to li"]);
    assert_eq!(bureau.story.item(&ORPHAN, "death").handling.assignee.as_deref(), Some("li"));
    assert_eq!(bureau.asks("chen", id, to(Some("wang"))), ["assigned to wang", "moved to open"]);
    assert_eq!(bureau.asks("li", id, decide(Outcome::Helped)), ["refused WrongState"]);
    assert_eq!(bureau.asks("wang", id, Order::Claim), ["moved to claimed"]);
    assert_eq!(bureau.asks("wang", id, decide(Outcome::Helped)), ["moved to closed"]);
    assert_eq!(bureau.asks("chen", id, to(None)), ["refused WrongState"]);
    // Whoever had the case has it again.
    bureau.on("2025-07-08", &[found(&ORPHAN, &[finding_on("death", "AB")])]);
    assert_eq!(bureau.story.live(&ORPHAN, SOMEBODY).handling.assignee.as_deref(), Some("wang"));
}

#[test]
fn for_ten_seconds_one_may_take_back_what_one_did_if_nothing_has_happened() {
    let id = id_of(&ORPHAN, "death");
    let level = found(&ORPHAN, &[finding_on("death", "A")]);
    let mut bureau = Bureau::begin("2025-07-07", level.clone());
    assert_eq!(bureau.asks("li", id, Order::Undo), ["refused NothingToUndo"]);
    bureau.asks("li", id, Order::Claim);
    assert_eq!(bureau.asks("wang", id, Order::Undo), ["refused NothingToUndo"]);
    bureau.asks("li", id, decide(Outcome::Helped));
    assert_eq!(bureau.asks("li", id, Order::Undo), ["back to claimed"]);
    assert_eq!(bureau.asks("li", id, Order::Undo), ["refused NothingToUndo"]);
    // Nothing is covered any more: what is gone is withdrawn, and what is found is shown.
    assert_eq!(bureau.story.casework.still_found(&id).count(), 0);
    bureau.asks("li", id, decide(Outcome::Helped));
    bureau.now += 10_000_000_001;
    assert_eq!(bureau.asks("li", id, Order::Undo), ["refused TooLateToUndo"]);
    // What happens meanwhile by itself makes it too late, too.
    bureau.story.on("2025-07-08", &[found(&ORPHAN, &[finding_on("death", "AB")])]);
    let second = bureau.story.live(&ORPHAN, SOMEBODY).id;
    bureau.asks("li", second, Order::Claim);
    bureau.asks("li", second, decide(Outcome::Helped));
    bureau.story.on("2025-07-09", &[none(&ORPHAN)]);
    assert_eq!(bureau.asks("li", second, Order::Undo), ["refused NothingToUndo"]);
}

#[test]
fn a_card_and_what_was_done_by_word_are_taken_back_too() {
    let (one, other) = (id_of(&ORPHAN, "a"), id_of(&ORPHAN, "b"));
    let mut bureau =
        Bureau::begin("2025-07-07", found(&ORPHAN, &[finding_on("a", "A"), finding_on("b", "B")]));
    bureau.asks("li", one, Order::Group { with: Some(other) });
    assert_eq!(bureau.asks("li", one, Order::Undo), ["back to open", "grouped false"]);
    assert_eq!(bureau.asks("li", one, Order::Undo), ["refused NothingToUndo"]);
    let visit = id_of(&MONTHLY_VISIT, "2025-07");
    let mut bureau =
        Bureau::begin("2025-07-01", found(&MONTHLY_VISIT, &[finding_due("2025-07", "2025-07-31")]));
    let done = Order::Complete { on: day("2025-07-01"), seen: "一切都好".into(), is_sent: false };
    assert_eq!(bureau.asks("li", visit, done), ["moved to done"]);
    assert_eq!(bureau.asks("li", visit, Order::Undo), ["back to planned"]);
}

#[test]
fn taken_back_a_decision_covers_nothing() {
    let id = id_of(&ORPHAN, "death");
    let mut bureau = Bureau::begin("2025-07-07", found(&ORPHAN, &[finding_on("death", "A")]));
    let fresh = bureau.story.casework.clone();
    bureau.asks("li", id, Order::Claim);
    let claimed = bureau.story.casework.clone();
    bureau.asks("li", id, decide(Outcome::Helped));
    bureau.asks("li", id, Order::Undo);
    assert_eq!(bureau.story.casework.item(&id), claimed.item(&id));
    assert_eq!(bureau.asks("li", id, Order::Release), ["moved to open"]);
    assert_eq!(bureau.story.casework.item(&id), fresh.item(&id));
    assert_eq!(bureau.on("2025-07-08", &[none(&ORPHAN)]), ["moved to withdrawn"]);
    assert_eq!(
        bureau.on("2025-07-09", &[found(&ORPHAN, &[finding_on("death", "A")])]),
        ["updated death", "moved to open"]
    );
}

#[test]
fn asked_for_it_is_raised_again_while_it_is_found() {
    let id = id_of(&ORPHAN, "death");
    let level = found(&ORPHAN, &[finding_on("death", "A")]);
    let mut bureau = Bureau::begin("2025-07-07", level.clone());
    let again = || Order::Reopen { reason: "情况有变".into() };
    assert_eq!(bureau.asks("chen", id, again()), ["refused WrongState"]);
    bureau.asks("li", id, Order::Claim);
    bureau.asks("li", id, decide(Outcome::NoAction));
    let then = bureau.asks("chen", id, again());
    assert_eq!(then, ["death no longer found of person 1", "opened death open, due 2025-07-10, episode 2"]);
    assert_eq!(bureau.asks("chen", id, again()), ["refused NoLongerFound"]);
    // It stays, though nothing is new; and it is withdrawn when it is not found any more.
    assert_eq!(bureau.on("2025-07-08", &[level]), NOTHING);
    assert_eq!(bureau.on("2025-07-09", &[none(&ORPHAN)]), ["moved to withdrawn"]);
    let mut bureau = Bureau::begin("2025-07-07", found(&ORPHAN, &[finding_on("death", "A")]));
    bureau.asks("li", id, Order::Claim);
    bureau.asks("li", id, decide(Outcome::NoAction));
    bureau.on("2025-07-08", &[none(&ORPHAN)]);
    assert_eq!(bureau.asks("chen", id, again()), ["refused NoLongerFound"]);
}

#[test]
fn a_visit_is_reported_and_the_data_show_it() {
    let level = |remaining: u32| {
        let values = format!("{{\"remaining\":{remaining}}}");
        found(&MONTHLY_VISIT, &[sanzao_model::Finding { values, ..finding_due("2025-07", "2025-07-31") }])
    };
    let id = id_of(&MONTHLY_VISIT, "2025-07");
    let visit = |on: &str| Order::Complete { on: day(on), seen: "一切都好".into(), is_sent: true };
    let mut bureau = Bureau::begin("2025-07-01", level(2));
    assert_eq!(bureau.story.state(&MONTHLY_VISIT, "2025-07"), ItemState::Task(TaskState::Planned));
    assert_eq!(bureau.on("2025-07-24", &[]), ["moved to due"]);
    assert_eq!(bureau.asks("li", id, visit("2025-07-25")), ["refused DayOutOfRange"]);
    assert_eq!(bureau.asks("li", id, visit("2025-07-24")), ["moved to reported"]);
    assert_eq!(bureau.asks("li", id, Order::Undo), ["refused NothingToUndo"]);
    assert_eq!(bureau.on("2025-07-25", &[level(2)]), NOTHING);
    // There is one more to do.
    assert_eq!(bureau.on("2025-07-26", &[level(1)]), ["updated 2025-07", "woken to due, MoreToDo"]);
    assert_eq!(bureau.asks("li", id, visit("2025-07-26")), ["moved to reported"]);
    assert_eq!(bureau.on("2025-07-27", &[none(&MONTHLY_VISIT)]), ["moved to done"]);
    // What showed it was wrong.
    assert_eq!(bureau.on("2025-07-28", &[level(1)]), ["updated 2025-07", "moved to due"]);
    assert_eq!(bureau.on("2025-08-01", &[none(&MONTHLY_VISIT)]), ["moved to missed"]);
    assert_eq!(bureau.asks("li", id, visit("2025-07-28")), ["moved to done"]);
}

#[test]
fn what_was_reported_and_never_seen_is_to_be_done_again() {
    let id = id_of(&HOME_CARE, "benefit");
    let mut bureau = Bureau::begin("2025-07-01", found(&HOME_CARE, &[finding_due("benefit", "2025-07-03")]));
    let visit = Order::Complete { on: day("2025-07-01"), seen: "仍符合".into(), is_sent: true };
    assert_eq!(bureau.asks("li", id, visit), ["moved to reported"]);
    assert_eq!(bureau.on("2025-07-08", &[]), NOTHING);
    assert_eq!(bureau.on("2025-07-09", &[]), ["woken to overdue, NotSeen", "escalated"]);
    let said = Order::Cancel { reason: "已入住机构".into() };
    assert_eq!(bureau.asks("chen", id, said), ["moved to cancelled"]);
    assert_eq!(
        bureau.on("2025-07-10", &[found(&HOME_CARE, &[finding_due("benefit", "2025-07-12")])]),
        NOTHING
    );
}

#[test]
fn cards_comments_files_and_a_report_from_outside() {
    let id = id_of(&ORPHAN, "death");
    let mut bureau = Bureau::begin("2025-07-07", found(&ORPHAN, &[finding("death")]));
    let told = ItemId([9; 16]);
    let (source, subject) = (ReportSource::VillageAide, SubjectId::Person(sanzao_model::PersonId([3; 16])));
    let report = Report { source, subject, division: None, on: day("2025-07-06") };
    let order = Order::Report(Box::new(report));
    let then = bureau.asks("li", told, order.clone());
    assert_eq!(then, [format!("opened {told} open, due 2025-07-10")]);
    assert_eq!(bureau.asks("li", told, order), ["refused WrongState"]);
    let item = bureau.story.casework.item(&told).unwrap();
    assert_eq!((item.rule.0.as_str(), item.handling.report), (REPORT_RULE, Some(source)));
    assert_eq!(bureau.asks("li", told, Order::Group { with: Some(id) }), ["grouped true", "grouped true"]);
    assert_eq!(bureau.asks("li", told, Order::Group { with: Some(id) }), NOTHING);
    assert_eq!(bureau.asks("li", told, Order::Group { with: Some(told) }), ["refused WrongState"]);
    assert_eq!(bureau.story.casework.item(&told).unwrap().handling.card, Some(id));
    assert_eq!(bureau.asks("li", told, Order::Group { with: None }), ["grouped false"]);
    assert_eq!(bureau.asks("li", told, Order::Comment { text: " 已联系 ".into() }), ["commented 已联系"]);
    assert_eq!(bureau.asks("li", told, Order::Comment { text: " ".into() }), ["refused ReasonMissing"]);
    let file = Order::Attach { file: AttachmentId([1; 16]), media_type: "image/png".into(), bytes: 9 };
    assert_eq!(bureau.asks("li", told, file), ["attached image/png"]);
    bureau.asks("li", told, Order::Claim);
    assert_eq!(bureau.asks("li", told, decide(Outcome::Helped)), ["moved to closed"]);
}

#[test]
fn some_are_reviewed_by_somebody_who_does_not_know_the_decision() {
    let mut drawn = 0;
    for number in 0..60_u8 {
        let occasion = format!("death {number}");
        let id = id_of(&ORPHAN, &occasion);
        let mut bureau = Bureau::begin("2025-07-07", found(&ORPHAN, &[finding(&occasion)]));
        let opinion = |outcome| Order::SecondOpinion { outcome, reason: "看过材料".into() };
        bureau.asks("li", id, Order::Claim);
        assert_eq!(bureau.asks("wang", id, opinion(Outcome::Helped)), ["refused WrongState"]);
        bureau.asks("li", id, decide(Outcome::Helped));
        if bureau.story.item(&ORPHAN, &occasion).handling.second != Some(Second::Drawn) {
            assert_eq!(bureau.asks("wang", id, opinion(Outcome::Helped)), ["refused WrongState"]);
            continue;
        }
        drawn += 1;
        assert_eq!(bureau.asks("li", id, opinion(Outcome::Helped)), ["refused SecondPersonNeeded"]);
        let (outcome, then) = match number % 2 {
            0 => (Outcome::Helped, "reviewed, agrees: true"),
            _ => (Outcome::NotEligible, "reviewed, agrees: false"),
        };
        assert_eq!(bureau.asks("wang", id, opinion(outcome)), [then]);
        assert_eq!(bureau.asks("chen", id, opinion(outcome)), ["refused WrongState"]);
    }
    assert!((1..10).contains(&drawn), "{drawn}");
}
