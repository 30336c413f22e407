//! What is said of a record, and what several alerts say of it together.

use std::fmt;

use sanzao_model::Outcome;
use serde::{Deserialize, Serialize};

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Somebody looked into it, and nothing is wrong with it.
    Confirmed,
    /// Somebody looked into it, and it is wrong: the department should correct or retract it.
    Wrong,
    /// It is not settled: an appeal is open, or alerts that rest on it were decided differently.
    InDispute,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Verdict; 3] = [Verdict::Confirmed, Verdict::Wrong, Verdict::InDispute];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Confirmed => "confirmed",
            Verdict::Wrong => "wrong",
            Verdict::InDispute => "in-dispute",
        }
    }

    /// What the outcome of an alert says of the records that made its case. Whether somebody was helped or not is no
    /// matter of the record.
    pub fn of(outcome: Outcome) -> Verdict {
        match outcome {
            Outcome::Helped | Outcome::NotEligible | Outcome::NoAction => Verdict::Confirmed,
            Outcome::WrongData => Verdict::Wrong,
        }
    }

    /// The table of what two alerts on one record say together: in dispute until they agree.
    #[must_use]
    pub fn beside(self, other: Verdict) -> Verdict {
        use Verdict::{Confirmed, InDispute, Wrong};
        match (self, other) {
            (Confirmed, Confirmed) => Confirmed,
            (Wrong, Wrong) => Wrong,
            (Confirmed, Wrong) | (Wrong, Confirmed) => InDispute,
            (InDispute, Confirmed | Wrong | InDispute) | (Confirmed | Wrong, InDispute) => InDispute,
        }
    }

    /// What all of them say together; none when nobody says anything.
    pub fn together(verdicts: impl IntoIterator<Item = Verdict>) -> Option<Verdict> {
        verdicts.into_iter().reduce(Verdict::beside)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Confirmed, InDispute, Wrong};
    use super::*;

    #[test]
    fn two_agree_or_are_in_dispute() {
        let table = [
            (Confirmed, Confirmed, Confirmed),
            (Confirmed, Wrong, InDispute),
            (Confirmed, InDispute, InDispute),
            (Wrong, Confirmed, InDispute),
            (Wrong, Wrong, Wrong),
            (Wrong, InDispute, InDispute),
            (InDispute, Confirmed, InDispute),
            (InDispute, Wrong, InDispute),
            (InDispute, InDispute, InDispute),
        ];
        assert_eq!(table.len(), Verdict::ALL.len().pow(2));
        for (one, other, both) in table {
            assert_eq!(one.beside(other), both, "{one} beside {other}");
        }
    }

    /// In whatever order alerts are heard, and however often.
    #[test]
    fn together_is_of_a_set() {
        for a in Verdict::ALL {
            assert_eq!(a.beside(a), a);
            for b in Verdict::ALL {
                assert_eq!(a.beside(b), b.beside(a));
                for c in Verdict::ALL {
                    assert_eq!(a.beside(b).beside(c), a.beside(b.beside(c)));
                }
            }
        }
        assert_eq!(Verdict::together([]), None);
        assert_eq!(Verdict::together([Wrong]), Some(Wrong));
        assert_eq!(Verdict::together([Wrong, Confirmed, Wrong]), Some(InDispute));
    }

    #[test]
    fn only_wrong_data_says_that_a_record_is_wrong() {
        assert_eq!(Verdict::of(Outcome::Helped), Confirmed);
        assert_eq!(Verdict::of(Outcome::NotEligible), Confirmed);
        assert_eq!(Verdict::of(Outcome::NoAction), Confirmed);
        assert_eq!(Verdict::of(Outcome::WrongData), Wrong);
    }
}
