//! Every cell of the table, in words.

use sanzao_model::{
    Appeal, Approval, Closure, Completion, Day, Decision, Instant, Notice, NoticeAnswer, NoticeMeans, Order,
    Outcome, Procedure, RefusalCode,
};

use super::order::{Answer, Asked, answer};
use super::*;
use crate::calendar::Calendar;

const ALERTS: [&str; 9] = [
    "open",
    "claimed by A",
    "snoozed by A",
    "decided by A",
    "noticed",
    "answered",
    "closed",
    "appealed",
    "withdrawn",
];
const TASKS: [&str; 8] =
    ["planned", "due", "overdue", "reported", "done by data", "done by word", "missed", "cancelled"];

/// What happens by itself to alerts. `-` nothing, `show` stays and shows what is found now, `woken` claimed by A again,
/// else where it moves.
const OF_ALERTS: [(&str, [&str; 9]); 9] = [
    ("found", ["show", "show", "show", "show", "show", "show", "-", "-", "open"]),
    ("found otherwise", ["show", "show", "show", "show", "show", "show", "-", "-", "open"]),
    ("found higher", ["show", "show", "woken Higher", "show", "show", "show", "-", "-", "open"]),
    (
        "found anew",
        [
            "show",
            "show",
            "woken NewEvidence",
            "woken NewEvidence",
            "woken NewEvidence",
            "woken NewEvidence",
            "-",
            "-",
            "open",
        ],
    ),
    ("found on the day", ["show", "show", "woken Day", "show", "show", "show", "-", "-", "open"]),
    ("gone", ["withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn", "-", "-", "-"]),
    (
        "period over",
        ["withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn", "-", "-", "-"],
    ),
    (
        "nothing new",
        ["withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn", "withdrawn", "-", "-", "-"],
    ),
    ("renewed", ["-", "-", "-", "-", "-", "-", "anew", "anew", "-"]),
];

/// What happens by itself to tasks.
const OF_TASKS: [(&str, [&str; 8]); 9] = [
    ("found", ["due", "show", "due", "-", "due", "-", "due", "-"]),
    ("found far", ["show", "planned", "planned", "-", "planned", "-", "planned", "-"]),
    ("found late", ["overdue", "overdue", "show", "-", "overdue", "-", "overdue", "-"]),
    ("found otherwise", ["due", "show", "due", "due MoreToDo", "due", "-", "due", "-"]),
    ("found weeks later", ["due", "show", "due", "due NotSeen", "due", "-", "due", "-"]),
    ("gone", ["done", "done", "done", "done by data", "-", "-", "-", "-"]),
    ("period over", ["missed", "missed", "missed", "done by word", "-", "-", "-", "-"]),
    ("nothing new", ["-", "-", "-", "-", "-", "-", "-", "-"]),
    ("renewed", ["-", "-", "-", "-", "-", "-", "-", "-"]),
];

/// What people ask of alerts. `! code` refused, else where it moves.
const ASKED_OF_ALERTS: [(&str, [&str; 9]); 25] = [
    (
        "A claims",
        ["claimed by A", "-", "claimed by A", "claimed by A", "claimed by A", "claimed by A", "!", "!", "!"],
    ),
    (
        "B claims",
        ["claimed by B", "! another", "! another", "! another", "! another", "! another", "!", "!", "!"],
    ),
    (
        "B claims what is A's",
        ["! assigned", "! another", "! another", "! another", "! another", "! another", "!", "!", "!"],
    ),
    ("A releases", ["!", "open", "open", "!", "!", "!", "!", "!", "!"]),
    ("B releases", ["!", "! another", "! another", "!", "!", "!", "!", "!", "!"]),
    ("A snoozes", ["!", "snoozed by A", "snoozed by A", "!", "!", "!", "!", "!", "!"]),
    ("A snoozes until today", ["!", "! day", "! day", "!", "!", "!", "!", "!", "!"]),
    ("B snoozes", ["!", "! another", "! another", "!", "!", "!", "!", "!", "!"]),
    ("A decides", ["!", "closed", "!", "!", "!", "!", "!", "!", "!"]),
    ("A decides a review", ["!", "decided by A", "!", "!", "!", "!", "!", "!", "!"]),
    ("A decides without a reason", ["!", "! reason", "!", "!", "!", "!", "!", "!", "!"]),
    ("A decides, look again today", ["!", "! day", "!", "!", "!", "!", "!", "!", "!"]),
    ("B decides", ["!", "! another", "! another", "!", "!", "!", "!", "!", "!"]),
    ("A notifies", ["!", "!", "!", "noticed", "!", "!", "!", "!", "!"]),
    ("A notifies with little time", ["!", "!", "!", "! day", "!", "!", "!", "!", "!"]),
    ("A takes down an answer", ["!", "!", "!", "! notice", "answered", "!", "!", "!", "!"]),
    ("A approves", ["!", "!", "!", "! second", "! second", "! second", "!", "!", "!"]),
    ("B approves", ["!", "!", "!", "! notice", "! pending", "approved", "!", "!", "!"]),
    ("B approves without a reason", ["!", "!", "!", "! notice", "! pending", "! reason", "!", "!", "!"]),
    (
        "B approves when time is up",
        ["!", "!", "!", "! notice", "approved unanswered", "approved later", "!", "!", "!"],
    ),
    ("B sends back", ["!", "!", "!", "claimed by A", "claimed by A", "claimed by A", "!", "!", "!"]),
    ("A sends back", ["!", "!", "!", "! second", "! second", "! second", "!", "!", "!"]),
    ("A takes down an appeal", ["!", "!", "!", "!", "!", "!", "appealed", "!", "!"]),
    ("A dismisses the appeal", ["!", "!", "!", "!", "!", "!", "!", "! second", "!"]),
    ("C dismisses the appeal", ["!", "!", "!", "!", "!", "!", "!", "dismissed", "!"]),
];

/// What people ask of tasks.
const ASKED_OF_TASKS: [(&str, [&str; 8]); 6] = [
    (
        "A completes, which is sent",
        ["reported", "reported", "reported", "reported", "!", "!", "done by word", "!"],
    ),
    ("A completes", ["done by word", "done by word", "done by word", "!", "!", "!", "done by word", "!"]),
    (
        "A completes without a word",
        ["! reason", "! reason", "! reason", "! reason", "! reason", "! reason", "! reason", "! reason"],
    ),
    ("A completes tomorrow", ["! day", "! day", "! day", "! day", "! day", "! day", "! day", "! day"]),
    ("A cancels", ["cancelled", "cancelled", "cancelled", "cancelled", "!", "!", "cancelled", "!"]),
    (
        "A cancels without a reason",
        ["! reason", "! reason", "! reason", "! reason", "! reason", "! reason", "! reason", "! reason"],
    ),
];

/// Monday 2025-07-07 in China; and 09:00 there.
const TODAY: Day = Day(20_276);
const NOW: Instant = Instant((20_276 * 86_400 + 3_600) * 1_000_000_000);
/// Monday the week after: five working days to answer.
const ANSWER_BY: Day = Day(20_283);

fn who(name: &str) -> String {
    name.to_owned()
}

fn decision() -> Decision {
    let (outcome, reason) = (Outcome::NotEligible, "visited".into());
    Decision { by: who("A"), at: NOW, outcome, reason, reopen_on: None }
}

fn notice(answered: bool) -> Notice {
    let answer = NoticeAnswer { by: who("A"), at: NOW, on: TODAY, agrees: false, text: "no".into() };
    let (sent_on, means, answer_by) = (TODAY, NoticeMeans::InPerson, ANSWER_BY);
    Notice { by: who("A"), at: NOW, sent_on, means, answer_by, answer: answered.then_some(answer) }
}

fn closure(notice: Option<Notice>, approved: bool) -> Closure {
    let approval = Approval { by: who("B"), at: NOW, reason: "agreed".into() };
    Closure { decision: decision(), notice, approval: approved.then_some(approval), appeals: 0 }
}

fn completion() -> Completion {
    Completion { by: who("A"), at: NOW, on: TODAY, seen: "well".into() }
}

fn state(word: &str) -> ItemState {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};
    let at = NOW;
    let alert = match word {
        "open" => Open,
        "claimed by A" => Claimed { by: who("A"), at },
        "claimed by B" => Claimed { by: who("B"), at },
        "snoozed by A" => Snoozed { by: who("A"), at, until: TODAY.plus_days(9), reason: "away".into() },
        "decided by A" => Decided { decision: Box::new(decision()), notice: None },
        "noticed" => Decided { decision: Box::new(decision()), notice: Some(Box::new(notice(false))) },
        "answered" => Decided { decision: Box::new(decision()), notice: Some(Box::new(notice(true))) },
        "closed" => Closed(Box::new(closure(None, false))),
        "approved" => Closed(Box::new(closure(Some(notice(true)), true))),
        "approved unanswered" => Closed(Box::new(closure(Some(notice(false)), true))),
        "approved later" => Closed(Box::new(closure(Some(notice(true)), true))),
        "appealed" => {
            let due = Calendar::default().working_days_after(TODAY, 10);
            let appeal = Appeal { by: who("A"), at, on: TODAY, text: "no".into(), due };
            Appealed { closure: Box::new(closure(None, false)), appeal: Box::new(appeal) }
        }
        "dismissed" => Closed(Box::new(Closure { appeals: 1, ..closure(None, false) })),
        "withdrawn" => Withdrawn { on: TODAY, cause: "records".into() },
        _ => {
            return ItemState::Task(match word {
                "planned" => Planned,
                "due" => Due,
                "overdue" => Overdue { on: TODAY },
                "reported" => Reported(completion()),
                "done" => Done { on: TODAY, proof: Proof::Data(None) },
                "done by data" => Done { on: TODAY, proof: Proof::Data(Some(completion())) },
                "done by word" => Done { on: TODAY, proof: Proof::Word(completion()) },
                "missed" => Missed { on: TODAY },
                "cancelled" => Cancelled { by: who("A"), at, reason: "moved".into() },
                other => panic!("no state: {other}"),
            });
        }
    };
    ItemState::Alert(alert)
}

fn input(words: &str) -> Input<'static> {
    let on = TODAY;
    let found = |on, nearness, news| Input::Found { on, nearness, news };
    match words {
        "found" => found(on, Nearness::Near, News::None),
        "found far" => found(on, Nearness::Far, News::None),
        "found late" => found(on, Nearness::Past, News::None),
        "found otherwise" => found(on, Nearness::Near, News::Other),
        "found higher" => found(on, Nearness::Near, News::Higher),
        "found anew" => found(on, Nearness::Near, News::Evidence),
        "found on the day" => found(on.plus_days(9), Nearness::Near, News::Other),
        "found weeks later" => found(on.plus_days(8), Nearness::Near, News::None),
        "gone" => Input::Gone { on, cause: "records" },
        "period over" => Input::PeriodOver { on, cause: "records" },
        "nothing new" => Input::NothingNew { on, cause: "records" },
        "renewed" => Input::Renewed,
        other => panic!("nothing that happens: {other}"),
    }
}

/// Compares where an item moves, but for the days on which it was seen.
fn follows(next: &Next) -> String {
    let name = |state: &ItemState| {
        let names = ALERTS.iter().chain(&TASKS).chain(&["done"]);
        let same = |word: &&&str| without_days(&self::state(word)) == without_days(state);
        (*names.copied().collect::<Vec<_>>().iter().find(same).expect("a state of the table")).to_owned()
    };
    match next {
        Next::Nothing => "-".into(),
        Next::Show => "show".into(),
        Next::Anew => "anew".into(),
        Next::To(state) => name(state),
        Next::Wake(ItemState::Alert(state), cause) => {
            assert_eq!(ItemState::Alert(state.clone()), self::state("claimed by A"));
            format!("woken {cause:?}")
        }
        Next::Wake(state, cause) => format!("{} {cause:?}", name(state)),
    }
}

fn without_days(state: &ItemState) -> ItemState {
    let mut state = state.clone();
    if let ItemState::Task(
        TaskState::Overdue { on } | TaskState::Done { on, .. } | TaskState::Missed { on },
    ) = &mut state
    {
        *on = Day(0);
    }
    state
}

#[test]
fn every_cell_of_what_happens_by_itself() {
    for (words, cells) in OF_ALERTS {
        for (from, cell) in ALERTS.iter().zip(cells) {
            assert_eq!(follows(&next(&state(from), input(words))), cell, "{from}: {words}");
        }
    }
    for (words, cells) in OF_TASKS {
        for (from, cell) in TASKS.iter().zip(cells) {
            assert_eq!(follows(&next(&state(from), input(words))), cell, "{from}: {words}");
        }
    }
}

fn order(words: &str) -> Order {
    let (today, outcome) = (TODAY, Outcome::NotEligible);
    let decide = |reason: &str, reopen_on| Order::Decide { outcome, reason: reason.into(), reopen_on };
    match words {
        "claims" | "claims what is A's" => Order::Claim,
        "releases" => Order::Release,
        "snoozes" => Order::Snooze { until: today.plus_days(9), reason: " away".into() },
        "snoozes until today" => Order::Snooze { until: today, reason: "away".into() },
        "decides" | "decides a review" => decide(" visited\u{3000}", None),
        "decides without a reason" => decide(" \u{3000}\n", None),
        "decides, look again today" => decide("visited", Some(today)),
        "notifies" => Order::Notify { sent_on: today, means: NoticeMeans::InPerson, answer_by: ANSWER_BY },
        "notifies with little time" => {
            let answer_by = ANSWER_BY.plus_days(-3);
            Order::Notify { sent_on: today, means: NoticeMeans::InPerson, answer_by }
        }
        "takes down an answer" => Order::Answer { on: today, agrees: false, text: "no".into() },
        "approves" | "approves when time is up" => Order::Approve { reason: "agreed".into() },
        "approves without a reason" => Order::Approve { reason: String::new() },
        "sends back" => Order::SendBack { reason: "look again".into() },
        "takes down an appeal" => Order::Appeal { on: today, text: "no".into() },
        "dismisses the appeal" => Order::DecideAppeal { outcome: None, reason: "as it was".into() },
        "completes, which is sent" => Order::Complete { on: today, seen: "well".into(), is_sent: true },
        "completes" => Order::Complete { on: today, seen: "well".into(), is_sent: false },
        "completes without a word" => Order::Complete { on: today, seen: " ".into(), is_sent: false },
        "completes tomorrow" => {
            Order::Complete { on: today.plus_days(1), seen: "well".into(), is_sent: false }
        }
        "cancels" => Order::Cancel { reason: "moved".into() },
        "cancels without a reason" => Order::Cancel { reason: String::new() },
        other => panic!("nothing to ask: {other}"),
    }
}

fn check_asked(words: &str, from: &str, cell: &str) {
    let calendar = Calendar::default();
    let (by, what) = words.split_once(' ').unwrap();
    let is_late = words.ends_with("when time is up");
    let asked = Asked {
        by,
        at: NOW,
        today: if is_late { ANSWER_BY.plus_days(1) } else { TODAY },
        procedure: if words.ends_with("a review") { Procedure::Review } else { Procedure::Help },
        assignee: words.ends_with("what is A's").then_some("A"),
        calendar: &calendar,
    };
    let expected = match cell {
        "-" => Answer::Nothing,
        "!" => Answer::Refuse(RefusalCode::WrongState),
        "! another" => Answer::Refuse(RefusalCode::ClaimedByAnother),
        "! assigned" => Answer::Refuse(RefusalCode::AssignedToAnother),
        "! reason" => Answer::Refuse(RefusalCode::ReasonMissing),
        "! day" => Answer::Refuse(RefusalCode::DayOutOfRange),
        "! second" => Answer::Refuse(RefusalCode::SecondPersonNeeded),
        "! notice" => Answer::Refuse(RefusalCode::NoticeMissing),
        "! pending" => Answer::Refuse(RefusalCode::AnswerPending),
        moved => {
            let answered = answer(&state(from), &order(what), &asked);
            let Answer::Moves { to, .. } = answered else { panic!("{from}: {words}: {answered:?}") };
            assert_eq!(to, state(moved), "{from}: {words}");
            return;
        }
    };
    assert_eq!(answer(&state(from), &order(what), &asked), expected, "{from}: {words}");
}

#[test]
fn every_cell_of_what_people_ask() {
    for (words, cells) in ASKED_OF_ALERTS {
        ALERTS.iter().zip(cells).for_each(|(from, cell)| check_asked(words, from, cell));
    }
    for (words, cells) in ASKED_OF_TASKS {
        TASKS.iter().zip(cells).for_each(|(from, cell)| check_asked(words, from, cell));
    }
}

#[test]
fn nothing_of_tasks_is_asked_of_alerts_nor_the_reverse() {
    let calendar = Calendar::default();
    let (by, at, today, procedure) = ("A", NOW, TODAY, Procedure::Recheck);
    let asked = Asked { by, at, today, procedure, assignee: None, calendar: &calendar };
    for (words, _) in ASKED_OF_TASKS {
        let order = order(words.split_once(' ').unwrap().1);
        for from in ALERTS {
            let refused = Answer::Refuse(RefusalCode::NotATask);
            assert_eq!(answer(&state(from), &order, &asked), refused, "{from}: {words}");
        }
    }
    for (words, _) in ASKED_OF_ALERTS {
        let order = order(words.split_once(' ').unwrap().1);
        for from in TASKS {
            let refused = Answer::Refuse(RefusalCode::NotAnAlert);
            assert_eq!(answer(&state(from), &order, &asked), refused, "{from}: {words}");
        }
    }
}

#[test]
fn new_items() {
    for nearness in [Nearness::Far, Nearness::Near, Nearness::Past] {
        assert_eq!(opening(false, TODAY, nearness), state("open"));
    }
    assert_eq!(opening(true, TODAY, Nearness::of(TODAY.plus_days(8), TODAY)), state("planned"));
    assert_eq!(opening(true, TODAY, Nearness::of(TODAY.plus_days(7), TODAY)), state("due"));
    assert_eq!(opening(true, TODAY, Nearness::of(TODAY, TODAY)), state("due"));
    assert_eq!(opening(true, TODAY, Nearness::of(TODAY.plus_days(-1), TODAY)), state("overdue"));
}

#[test]
fn an_appeal_is_decided_by_somebody_else_and_may_set_the_decision_aside() {
    let calendar = Calendar::default();
    let (at, today, procedure) = (NOW, TODAY, Procedure::Review);
    let appeal = Appeal { by: who("D"), at, on: TODAY, text: "no".into(), due: TODAY };
    let closure = closure(Some(notice(true)), true);
    let appealed = ItemState::Alert(AlertState::Appealed {
        closure: Box::new(closure.clone()),
        appeal: Box::new(appeal),
    });
    let order = Order::DecideAppeal { outcome: Some(Outcome::NoAction), reason: "they are right".into() };
    for (by, taken) in [("A", false), ("B", false), ("C", true), ("D", true)] {
        let asked = Asked { by, at, today, procedure, assignee: None, calendar: &calendar };
        match answer(&appealed, &order, &asked) {
            Answer::Moves { to, .. } if taken => {
                let now = to.closure().unwrap();
                assert_eq!((now.decision.by.as_str(), now.decision.outcome), (by, Outcome::NoAction));
                assert_eq!(
                    (now.appeals, &now.notice, &now.approval),
                    (1, &closure.notice, &closure.approval)
                );
            }
            other => assert_eq!(other, Answer::Refuse(RefusalCode::SecondPersonNeeded), "{by}"),
        }
    }
}

#[test]
fn the_day_to_look_again_is_after_today_and_within_three_years() {
    let (today, calendar): (Day, _) = ("2024-02-29".parse().unwrap(), Calendar::default());
    for (day, taken) in [
        ("2024-02-28", false),
        ("2024-02-29", false),
        ("2024-03-01", true),
        ("2027-02-28", true),
        ("2027-03-01", false),
    ] {
        let reopen_on = Some(day.parse().unwrap());
        let order = Order::Decide { outcome: Outcome::Helped, reason: "visited".into(), reopen_on };
        let (by, at, procedure) = ("A", NOW, Procedure::Help);
        let asked = Asked { by, at, today, procedure, assignee: None, calendar: &calendar };
        let answer = answer(&state("claimed by A"), &order, &asked);
        assert_eq!(answer != Answer::Refuse(RefusalCode::DayOutOfRange), taken, "{day}");
    }
}
