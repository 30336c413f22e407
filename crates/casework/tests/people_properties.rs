//! Whatever people ask, in any order and racing, with findings, days and restarts in between: nobody approves their own
//! decision, nothing is decided without a reason, what is closed stays as it was decided, and a restored owner goes on
//! as the one before.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod story;

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use sanzao_model::{
    AlertState, AttachmentId, Command, CommandKey, Day, Finding, InboxRecord, Instant, Item, ItemId,
    ItemState, NoticeMeans, Order, Outcome, Procedure, Report, ReportSource, Second, WorkEvent, WorkRecord,
};
use story::*;

const REVIEW: Rule =
    Rule { id: "moved-out-recipient", procedure: Procedure::Review, due_working_days: 5, periodic: false };
const RULES: [&Rule; 4] = [&ORPHAN, &REVIEW, &MONTHLY_VISIT, &HOME_CARE];
const PEOPLE: [&str; 4] = ["li", "wang", "chen", "zhao"];
const FIRST: Day = Day(20_272);
const SECOND: i64 = 1_000_000_000;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody asks; so many seconds after what happened before.
    Asks { who: &'static str, which: usize, order: Order, seconds: i64 },
    /// Several ask the same thing of one item at once.
    Race { which: usize, order: Order },
    /// Findings of a rule: which letters are its evidence; nothing is found when none.
    Found { rule: usize, letters: &'static str },
    /// So many days pass.
    Days(i32),
    /// The owner stops, and another one goes on.
    Restart,
}

fn outcome() -> impl Strategy<Value = Outcome> {
    select(&[Outcome::Helped, Outcome::NotEligible, Outcome::WrongData, Outcome::NoAction][..])
}

fn reason() -> impl Strategy<Value = String> {
    prop_oneof![6 => Just("已核实".to_owned()), 1 => Just(" ".to_owned())]
}

/// Days are told from the first one on; most of them can be given at some time.
fn day() -> impl Strategy<Value = Day> {
    (-3..60_i32).prop_map(|days| FIRST.plus_days(days))
}

fn order() -> impl Strategy<Value = Order> {
    let who = || prop::option::of(select(&PEOPLE[..]).prop_map(str::to_owned));
    prop_oneof![
        6 => Just(Order::Claim),
        1 => Just(Order::Release),
        2 => (day(), reason()).prop_map(|(until, reason)| Order::Snooze { until, reason }),
        6 => (outcome(), reason(), prop::option::weighted(0.2, day()))
            .prop_map(|(outcome, reason, reopen_on)| Order::Decide { outcome, reason, reopen_on }),
        3 => (day(), day()).prop_map(|(sent_on, answer_by)| {
            Order::Notify { sent_on, means: NoticeMeans::Post, answer_by }
        }),
        2 => (day(), any::<bool>(), reason()).prop_map(|(on, agrees, text)| Order::Answer { on, agrees, text }),
        4 => reason().prop_map(|reason| Order::Approve { reason }),
        1 => reason().prop_map(|reason| Order::SendBack { reason }),
        3 => (day(), reason()).prop_map(|(on, text)| Order::Appeal { on, text }),
        3 => (prop::option::of(outcome()), reason())
            .prop_map(|(outcome, reason)| Order::DecideAppeal { outcome, reason }),
        2 => reason().prop_map(|reason| Order::Reopen { reason }),
        4 => (day(), reason(), any::<bool>())
            .prop_map(|(on, seen, is_sent)| Order::Complete { on, seen, is_sent }),
        1 => reason().prop_map(|reason| Order::Cancel { reason }),
        2 => who().prop_map(|to| Order::Assign { to }),
        1 => reason().prop_map(|text| Order::Comment { text }),
        1 => Just(Order::Attach { file: AttachmentId([1; 16]), media_type: "image/png".into(), bytes: 7 }),
        1 => (0..4_usize).prop_map(|with| Order::Group { with: Some(slot(with)) }),
        1 => Just(Order::Group { with: None }),
        12 => (outcome(), reason()).prop_map(|(outcome, reason)| Order::SecondOpinion { outcome, reason }),
        3 => Just(Order::Undo),
        1 => day().prop_map(|on| Order::Report(Box::new(Report {
            source: ReportSource::Hotline, subject: SOMEBODY, division: None, on,
        }))),
    ]
}

/// Items are named by the first of each rule, and a report that may come.
fn slot(which: usize) -> ItemId {
    match which % 5 {
        4 => ItemId([9; 16]),
        rule => id_of(RULES[rule], if RULES[rule].periodic { "2025-07" } else { "case" }),
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (select(&PEOPLE[..]), 0..5_usize, order(), prop_oneof![3 => 0..4_i64, 1 => 4..40_i64])
            .prop_map(|(who, which, order, seconds)| Step::Asks { who, which, order, seconds }),
        1 => (0..5_usize, order()).prop_map(|(which, order)| Step::Race { which, order }),
        3 => (0..4_usize, select(&["", "A", "A", "AB", "ABC"][..]))
            .prop_map(|(rule, letters)| Step::Found { rule, letters }),
        2 => (1..12_i32).prop_map(Step::Days),
        1 => Just(Step::Restart),
    ]
}

struct Run {
    story: Story,
    now: Instant,
    today: Day,
    keys: u32,
    reached: BTreeSet<&'static str>,
}

impl Run {
    fn begin() -> Run {
        let story = Story::begin();
        let mut run = Run { story, now: Instant(0), today: FIRST, keys: 0, reached: BTreeSet::new() };
        run.on(FIRST);
        for rule in 0..RULES.len() {
            run.found(rule, "A");
        }
        run
    }

    fn on(&mut self, day: Day) {
        self.today = day;
        self.now = Instant((i64::from(day.0) * 86_400 + 3_600) * SECOND);
        let batch = batch(u64::from(self.keys), day, &[]);
        self.story.record(&InboxRecord::Findings(batch));
    }

    fn found(&mut self, rule: usize, letters: &str) {
        let rule = RULES[rule];
        let finding = match rule.periodic {
            true => Finding { due: Some(day_of("2025-07-31")), ..finding_on("2025-07", letters) },
            false => finding_on("case", letters),
        };
        let levels = [found(rule, if letters.is_empty() { &[] } else { std::slice::from_ref(&finding) })];
        let batch = batch(u64::from(self.keys), self.today, &levels);
        self.story.record(&InboxRecord::Findings(batch));
    }

    fn asks(&mut self, who: &str, item: ItemId, order: &Order, seconds: i64) -> WorkRecord {
        self.keys += 1;
        self.now.0 += seconds * SECOND;
        let mut key = [0; 16];
        key[..4].copy_from_slice(&self.keys.to_be_bytes());
        let command = Command {
            key: CommandKey(key),
            fingerprint: key,
            actor: who.into(),
            at: self.now,
            item,
            order: order.clone(),
        };
        let before = self.story.casework.item(&item).cloned();
        let work = self.story.record(&InboxRecord::Command(command.clone()));
        self.check(before.as_ref(), &command, &work);
        // The same command again changes nothing, and neither does its key on something else.
        let again = self.story.casework.clone();
        assert!(self.story.record(&InboxRecord::Command(command.clone())).events.is_empty());
        assert_eq!(self.story.casework.item(&item), again.item(&item));
        work
    }

    /// What holds of every command.
    fn check(&mut self, before: Option<&Item>, command: &Command, work: &WorkRecord) {
        let after = self.story.casework.item(&command.item);
        if let [WorkEvent::Refused { .. }] = work.events.as_slice() {
            assert_eq!(before, after, "a refusal changes nothing");
            return;
        }
        let Some(item) = after else { return };
        self.reached.insert(item.state.as_str());
        let (who, was) = (command.actor.as_str(), before.map(|item| &item.state));
        match (&command.order, &item.state) {
            (Order::Approve { .. }, ItemState::Alert(AlertState::Closed(closure))) => {
                assert_ne!(closure.decision.by, who, "nobody approves their own decision");
                let notice = closure.notice.as_ref();
                let is_told = matches!(closure.decision.outcome, Outcome::WrongData | Outcome::NoAction)
                    || notice.is_some_and(|notice| notice.answer.is_some() || self.today > notice.answer_by);
                assert!(is_told, "the family was told, and had time: {closure:?} on {}", self.today);
            }
            (Order::DecideAppeal { .. }, ItemState::Alert(AlertState::Closed(closure))) => {
                let before = was.and_then(ItemState::closure).unwrap();
                assert_ne!(before.decision.by, who);
                assert_ne!(before.approval.as_ref().map(|approval| approval.by.as_str()), Some(who));
                assert_eq!(closure.appeals, before.appeals + 1);
            }
            (Order::Decide { .. }, ItemState::Alert(AlertState::Closed(_))) => {
                assert_ne!(item.procedure, Procedure::Review, "a review needs a second person");
            }
            (Order::SecondOpinion { .. }, _) => {
                let Some(Second::Given(opinion)) = &item.handling.second else { panic!("{item:?}") };
                assert_ne!(item.state.closure().unwrap().decision.by, opinion.by);
                self.reached.insert("second opinion");
            }
            (Order::Undo, _) => {
                assert!(before.is_some());
                self.reached.insert("undone");
            }
            _ => {}
        }
        if let Some(closure) = item.state.closure() {
            assert!(!closure.decision.reason.trim().is_empty());
            // Only people open again what people have closed, or take it back.
            if let Some(before) = was.and_then(ItemState::closure)
                && !matches!(command.order, Order::Undo | Order::DecideAppeal { .. })
            {
                assert_eq!(before.decision, closure.decision);
            }
        }
    }

    fn takes(&mut self, step: &Step) {
        let closed: Vec<Item> =
            self.story.casework.items().filter(|item| item.state.closure().is_some()).cloned().collect();
        let is_asked = matches!(step, Step::Asks { .. } | Step::Race { .. });
        match step {
            Step::Asks { who, which, order, seconds } => {
                self.asks(who, slot(*which), order, *seconds);
            }
            Step::Race { which, order } => self.race(slot(*which), order),
            Step::Found { rule, letters } => self.found(*rule, letters),
            Step::Days(days) => self.on(self.today.plus_days(*days)),
            Step::Restart => self.story.restarts(),
        }
        if !is_asked {
            for before in closed {
                let now = self.story.casework.item(&before.id).unwrap();
                let told = (&now.state, &now.handling.second);
                assert_eq!(
                    told,
                    (&before.state, &before.handling.second),
                    "only people change what is closed"
                );
            }
        }
        assert!(self.story.restored() == self.story.casework, "restored and live state");
        let all: usize = self.story.casework.counts().by_state().iter().map(|(_, count)| count).sum();
        assert_eq!(all, self.story.casework.items().len());
    }

    /// Of several who want the same exactly one has it, where only one can.
    fn race(&mut self, item: ItemId, order: &Order) {
        let is_open = |run: &Run| {
            let item = run.story.casework.item(&item);
            item.is_some_and(|item| {
                item.state == ItemState::Alert(AlertState::Open) && item.handling.assignee.is_none()
            })
        };
        let was_open = is_open(self);
        let mut won = 0;
        for who in PEOPLE {
            let work = self.asks(who, item, order, 0);
            won += usize::from(matches!(work.events.first(), Some(WorkEvent::Acted { .. })));
        }
        if *order == Order::Claim && was_open {
            assert_eq!(won, 1, "one of all has it");
            self.reached.insert("race");
        }
    }
}

fn day_of(text: &str) -> Day {
    text.parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn whatever_people_ask(steps in vec(step(), 1..60)) {
        let mut run = Run::begin();
        for step in &steps {
            run.takes(step);
        }
    }
}

/// The steps above reach every state and every kind of end, or they would show little.
#[test]
fn the_steps_reach_everything() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut reached = BTreeSet::new();
    for _ in 0..600 {
        let steps = vec(step(), 60..120).new_tree(&mut runner).unwrap().current();
        let mut run = Run::begin();
        steps.iter().for_each(|step| run.takes(step));
        let states = run.story.casework.items().map(|item| item.state.as_str());
        reached.extend(run.reached.iter().copied().chain(states));
    }
    let expected = [
        "appealed",
        "cancelled",
        "claimed",
        "closed",
        "decided",
        "done",
        "due",
        "missed",
        "open",
        "overdue",
        "planned",
        "race",
        "reported",
        "second opinion",
        "snoozed",
        "undone",
        "withdrawn",
    ];
    assert_eq!(reached.into_iter().collect::<Vec<_>>(), expected);
}
