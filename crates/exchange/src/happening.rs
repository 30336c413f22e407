//! What happened to an alert, as far as departments are told of it.

use sanzao_model::{Day, Evidence, ItemId, Outcome};

use crate::Verdict;

/// What happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// It was closed.
    Closed {
        /// What came of it.
        outcome: Outcome,
    },
    /// The family appealed against what was decided.
    Appealed,
    /// The appeal was decided.
    AppealDecided {
        /// The outcome that holds now: the one before if the appeal was refused.
        outcome: Outcome,
    },
    /// It was closed, and is open again: somebody took the decision back.
    Reopened,
    /// Data withdrew it. Nobody looked into the records.
    Withdrawn,
}

/// What happened to one alert, and on what it rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemNews {
    /// Which alert.
    pub item: ItemId,
    /// The alert before it on the same case (`Item::previous`), whose word it takes the place of: about one case the
    /// newest decision counts, and the two are not in dispute.
    pub previous: Option<ItemId>,
    /// On which day.
    pub on: Day,
    /// What.
    pub happening: Happening,
    /// The facts that the alert rests on. Only triggers are told of.
    pub evidence: Vec<Evidence>,
}

/// The table of what an alert says of its triggers after something happened, by what it said before.
pub(crate) fn says(before: Option<Verdict>, happening: Happening) -> Option<Verdict> {
    match (before, happening) {
        (_, Happening::Closed { outcome } | Happening::AppealDecided { outcome }) => {
            Some(Verdict::of(outcome))
        }
        (_, Happening::Appealed) => Some(Verdict::InDispute),
        // What was told is open again; what was never told needs no taking back.
        (Some(_), Happening::Reopened) => Some(Verdict::InDispute),
        (None, Happening::Reopened) => None,
        (before, Happening::Withdrawn) => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_alert_says() {
        let befores = [None, Some(Verdict::Confirmed), Some(Verdict::Wrong), Some(Verdict::InDispute)];
        for before in befores {
            for outcome in [Outcome::Helped, Outcome::NotEligible, Outcome::WrongData, Outcome::NoAction] {
                let decided = Some(Verdict::of(outcome));
                assert_eq!(says(before, Happening::Closed { outcome }), decided);
                assert_eq!(says(before, Happening::AppealDecided { outcome }), decided);
            }
            assert_eq!(says(before, Happening::Appealed), Some(Verdict::InDispute));
            assert_eq!(says(before, Happening::Reopened), before.map(|_| Verdict::InDispute));
            assert_eq!(says(before, Happening::Withdrawn), before);
        }
    }
}
