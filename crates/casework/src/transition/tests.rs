//! Every cell of the table, in words.

use super::*;

const STATES: [&str; 7] = ["open", "claimed by A", "resolved", "withdrawn", "due", "done", "overdue"];

/// A row for everything that can happen, a column for every state: open | claimed by A | resolved |
/// withdrawn | due | done | overdue. What follows: `-` nothing, `show` stays and shows what is found now,
/// `! code` refused, else where it moves.
const TABLE: [(&str, [&str; 7]); 10] = [
    ("found in time", ["show", "show", "-", "open", "show", "due", "due"]),
    ("found late", ["show", "show", "-", "open", "overdue", "overdue", "show"]),
    ("gone", ["withdrawn", "withdrawn", "-", "-", "done", "-", "done"]),
    ("period over", ["withdrawn", "withdrawn", "-", "-", "overdue", "-", "-"]),
    ("A claims", ["claimed by A", "-", "! state", "! state", "! task", "! task", "! task"]),
    ("B claims", ["claimed by B", "! another", "! state", "! state", "! task", "! task", "! task"]),
    ("A resolves", ["! state", "resolved", "! state", "! state", "! task", "! task", "! task"]),
    ("B resolves", ["! state", "! another", "! state", "! state", "! task", "! task", "! task"]),
    ("A resolves, no reason", ["! state", "! reason", "! state", "! state", "! task", "! task", "! task"]),
    ("B resolves, no reason", ["! state", "! another", "! state", "! state", "! task", "! task", "! task"]),
];

const BEFORE: (Day, Instant) = (Day(4), Instant(40));
const NOW: (Day, Instant) = (Day(5), Instant(50));

fn state(word: &str, (on, at): (Day, Instant)) -> ItemState {
    let outcome = Outcome::Helped;
    match word {
        "open" => ItemState::Alert(AlertState::Open),
        "claimed by A" => ItemState::Alert(AlertState::Claimed { by: "A".into(), at }),
        "claimed by B" => ItemState::Alert(AlertState::Claimed { by: "B".into(), at }),
        "resolved" => {
            ItemState::Alert(AlertState::Resolved { by: "A".into(), at, outcome, reason: "visited".into() })
        }
        "withdrawn" => ItemState::Alert(AlertState::Withdrawn { on, cause: "records".into() }),
        "due" => ItemState::Task(TaskState::Due),
        "done" => ItemState::Task(TaskState::Done { on }),
        "overdue" => ItemState::Task(TaskState::Overdue { on }),
        other => panic!("no state: {other}"),
    }
}

fn input(words: &str) -> Input<'static> {
    let (on, at) = NOW;
    let outcome = Outcome::Helped;
    match words {
        "found in time" => Input::Found { on, late: false },
        "found late" => Input::Found { on, late: true },
        "gone" => Input::Gone { on, cause: "records" },
        "period over" => Input::PeriodOver { on, cause: "records" },
        "A claims" => Input::Claim { by: "A", at },
        "B claims" => Input::Claim { by: "B", at },
        "A resolves" => Input::Resolve { by: "A", at, outcome, reason: " visited\u{3000}" },
        "B resolves" => Input::Resolve { by: "B", at, outcome, reason: "visited" },
        "A resolves, no reason" => Input::Resolve { by: "A", at, outcome, reason: " \u{3000}\n" },
        "B resolves, no reason" => Input::Resolve { by: "B", at, outcome, reason: "" },
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
