//! Which items a list holds.

use std::fmt;
use std::str::FromStr;

use sanzao_model::{Day, Procedure, RuleId};
use serde::Serialize;

use crate::{Kind, StateName};

/// Which items a list holds: those that fulfil every condition given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Alerts or tasks.
    pub kind: Kind,
    /// Registered in this division. Items whose subject has no division known are in none.
    pub division: Option<DivisionPrefix>,
    /// Found by this rule.
    pub rule: Option<RuleId>,
    /// Of this procedure.
    pub procedure: Option<Procedure>,
    /// In one of these states; all when empty. States of the other kind match nothing.
    pub states: Vec<StateName>,
    /// Due on this day or later.
    pub due_from: Option<Day>,
    /// Due on this day or earlier.
    pub due_to: Option<Day>,
}

impl Filter {
    /// Every item of a kind.
    pub fn all(kind: Kind) -> Filter {
        Filter {
            kind,
            division: None,
            rule: None,
            procedure: None,
            states: Vec::new(),
            due_from: None,
            due_to: None,
        }
    }

    /// The states asked for that items of the kind can have, each once.
    pub(crate) fn states(&self) -> impl Iterator<Item = StateName> {
        let asked = |state: &&StateName| self.states.is_empty() || self.states.contains(state);
        self.kind.states().iter().filter(asked).copied()
    }

    /// Tells lists apart: equal filters have equal marks, in every process of one version.
    pub(crate) fn mark(&self) -> u64 {
        let text = serde_json::to_vec(self).expect("a filter is plain data");
        // FNV-1a: the mark finds mix-ups, it does not withstand forgery, and has nothing to protect.
        text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

/// The first 1 to 12 digits of a division code: a province, city, county, town or village. A county's
/// former codes are other prefixes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct DivisionPrefix(String);

/// Why a text is no prefix. Reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the first 1 to 12 digits of a division code")]
pub struct PrefixError;

/// How many digits of a division code name the town.
const TOWN_DIGITS: usize = 9;

impl DivisionPrefix {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The smallest and the first too great text of divisions that begin so.
    pub(crate) fn divisions(&self) -> (String, String) {
        range(&self.0)
    }

    /// The smallest and the first too great text of the towns of such divisions.
    pub(crate) fn towns(&self) -> (String, String) {
        range(&self.0[..self.0.len().min(TOWN_DIGITS)])
    }
}

/// `:` is the character after `9`.
fn range(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}:"))
}

/// The town of a division: its first nine digits.
pub(crate) fn town(division: &str) -> &str {
    &division[..TOWN_DIGITS]
}

impl FromStr for DivisionPrefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<DivisionPrefix, PrefixError> {
        let form = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if form { Ok(DivisionPrefix(text.to_owned())) } else { Err(PrefixError) }
    }
}

impl fmt::Display for DivisionPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
