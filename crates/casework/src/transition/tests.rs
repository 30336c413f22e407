//! Every cell of the table, in words.

use super::*;

const STATES: [&str; 7] = ["open", "claimed by A", "resolved", "withdrawn", "due", "done", "overdue"];

/// A row for everything that can happen, a column for every state: open | claimed by A | resolved |
/// withdrawn | due | done | overdue. What follows: `-` nothing, `show` stays and shows what is found now,
/// `! code` refused, else where it moves.
const TABLE: [(&str, [&str; 7]); 14] = [
    ("found in time", ["show", "show", "-", "open", "show", "due", "due"]),
    ("found late", ["show", "show", "-", "open", "overdue", "overdue", "show"]),
    ("gone", ["withdrawn", "withdrawn", "-", "-", "done", "-", "done"]),
    ("period over", ["withdrawn", "withdrawn", "-", "-", "overdue", "-", "-"]),
    ("nothing new", ["withdrawn", "withdrawn", "-", "-", "-", "-", "-"]),
    ("renewed", ["-", "-", "anew", "-", "-", "-", "-"]),
    ("A claims", ["claimed by A", "-", "! state", "! state", "! task", "! task", "! task"]),
    ("B claims", ["claimed by B", "! another", "! state", "! state", "! task", "! task", "! task"]),
    ("A resolves", ["! state", "resolved", "! state", "! state", "! task", "! task", "! task"]),
    ("A resolves, look again", ["! state", "again", "! state", "! state", "! task", "! task", "! task"]),
    (
        "A resolves, look again today",
        ["! state", "! day", "! state", "! state", "! task", "! task", "! task"],
    ),
    ("B resolves", ["! state", "! another", "! state", "! state", "! task", "! task", "! task"]),
    ("A resolves, no reason", ["! state", "! reason", "! state", "! state", "! task", "! task", "! task"]),
    ("B resolves, no reason", ["! state", "! another", "! state", "! state", "! task", "! task", "! task"]),
];

const BEFORE: (Day, Instant) = (Day(4), Instant(40));
const TODAY: Day = Day(5);
const NOW: (Day, Instant) = (Day(5), Instant(50));

fn state(word: &str, (on, at): (Day, Instant)) -> ItemState {
    let outcome = Outcome::Helped;
    match word {
        "open" => ItemState::Alert(AlertState::Open),
        "claimed by A" => ItemState::Alert(AlertState::Claimed { by: "A".into(), at }),
        "claimed by B" => ItemState::Alert(AlertState::Claimed { by: "B".into(), at }),
        "resolved" => {
            let (by, reason) = ("A".into(), "visited".into());
            ItemState::Alert(AlertState::Resolved { by, at, outcome, reason, reopen_on: None })
        }
        "again" => {
            let (by, reason, reopen_on) = ("A".into(), "visited".into(), Some(TODAY.plus_days(1)));
            ItemState::Alert(AlertState::Resolved { by, at, outcome, reason, reopen_on })
        }
        "withdrawn" => ItemState::Alert(AlertState::Withdrawn { on, cause: "records".into() }),
        "due" => ItemState::Task(TaskState::Due),
        "done" => ItemState::Task(TaskState::Done { on }),
        "overdue" => ItemState::Task(TaskState::Overdue { on }),
        other => panic!("no state: {other}"),
    }
}

fn resolves(by: &'static str, reason: &'static str, reopen_on: Option<Day>) -> Input<'static> {
    Input::Resolve { by, at: NOW.1, outcome: Outcome::Helped, reason, reopen_on, today: TODAY }
}

fn input(words: &str) -> Input<'static> {
    let (on, at) = NOW;
    match words {
        "found in time" => Input::Found { on, late: false },
        "found late" => Input::Found { on, late: true },
        "gone" => Input::Gone { on, cause: "records" },
        "period over" => Input::PeriodOver { on, cause: "records" },
        "A claims" => Input::Claim { by: "A", at },
        "B claims" => Input::Claim { by: "B", at },
        "nothing new" => Input::NothingNew { on, cause: "records" },
        "renewed" => Input::Renewed,
        "A resolves" => resolves("A", " visited\u{3000}", None),
        "A resolves, look again" => resolves("A", "visited", Some(TODAY.plus_days(1))),
        "A resolves, look again today" => resolves("A", "visited", Some(TODAY)),
        "B resolves" => resolves("B", "visited", None),
        "A resolves, no reason" => resolves("A", " \u{3000}\n", None),
        "B resolves, no reason" => resolves("B", "", None),
        other => panic!("nothing that happens: {other}"),
    }
}

fn expected(word: &str) -> Next {
    match word {
        "-" => Next::Nothing,
        "show" => Next::Show,
        "! state" => Next::Refuse(RefusalCode::WrongState),
        "! another" => Next::Refuse(RefusalCode::ClaimedByAnother),
        "! task" => Next::Refuse(RefusalCode::NotAnAlert),
        "anew" => Next::Anew,
        "! day" => Next::Refuse(RefusalCode::ReopenDayOutOfRange),
        "! reason" => Next::Refuse(RefusalCode::ReasonMissing),
        moved => Next::To(state(moved, NOW)),
    }
}

#[test]
fn every_cell() {
    for (words, cells) in TABLE {
        for (from, cell) in STATES.iter().zip(cells) {
            assert_eq!(next(&state(from, BEFORE), input(words)), expected(cell), "{from}: {words}");
        }
    }
}

#[test]
fn new_items() {
    assert_eq!(opening(false, Day(5), false), state("open", NOW));
    assert_eq!(opening(false, Day(5), true), state("open", NOW));
    assert_eq!(opening(true, Day(5), false), state("due", NOW));
    assert_eq!(opening(true, Day(5), true), state("overdue", NOW));
}

#[test]
fn the_day_to_look_again_is_after_today_and_within_three_years() {
    let today: Day = "2024-02-29".parse().unwrap();
    let claimed = state("claimed by A", BEFORE);
    for (day, taken) in [
        ("2024-02-28", false),
        ("2024-02-29", false),
        ("2024-03-01", true),
        ("2027-02-28", true),
        ("2027-03-01", false),
    ] {
        let reopen_on = Some(day.parse().unwrap());
        let (by, at, outcome, reason) = ("A", NOW.1, Outcome::Helped, "visited");
        let next = next(&claimed, Input::Resolve { by, at, outcome, reason, reopen_on, today });
        assert_eq!(next != Next::Refuse(RefusalCode::ReopenDayOutOfRange), taken, "{day}");
    }
}
