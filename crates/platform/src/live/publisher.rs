//! When the owner of a bureau tells other processes what it has counted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sanzao_casework::outcomes::OutcomeTable;

use crate::clock;
use crate::overview::{Completed, Overview};
use crate::stage::DiscoveryStage;

/// How often it is looked whether there is something to tell.
const LOOK: Duration = Duration::from_secs(2);
/// How often what differs in numbers alone is told: a new day, and what was not known at all, is told at once.
const PAUSE: Duration = Duration::from_secs(600);

/// What was told last, and when.
#[derive(Default)]
pub(super) struct Publisher {
    look_at: Option<Instant>,
    told: Option<(Overview, Instant)>,
    /// Evaluations of this owner, and when it noticed the last of them.
    evaluated: Option<(u64, sanzao_model::Instant)>,
}

impl Publisher {
    /// What is to be told now, if anything.
    pub fn due(&mut self, stage: &DiscoveryStage, table: Option<Arc<OutcomeTable>>) -> Option<Vec<u8>> {
        let count = stage.evaluations.0;
        if self.evaluated.is_none_or(|(known, _)| known != count) {
            let now = clock::now_millis() + stage.log_ahead_ms();
            self.evaluated = Some((count, sanzao_model::Instant::from_millis(now)));
        }
        if self.look_at.is_some_and(|at| Instant::now() < at) {
            return None;
        }
        self.look_at = Some(Instant::now() + LOOK);
        let overview = Overview {
            day: stage.day()?,
            evaluated: self.evaluated?.1,
            completeness: Some(Completed::from(stage.completeness.as_ref()?)),
            outcomes: table.map(|table| (*table).clone()),
        };
        if self.told.as_ref().is_some_and(|(told, at)| !is_due(told, &overview, at.elapsed())) {
            return None;
        }
        let bytes = overview.to_bytes();
        self.told = Some((overview, Instant::now()));
        Some(bytes)
    }

    /// What was to be told was not: it is told later.
    pub fn failed(&mut self) {
        (self.look_at, self.told) = (Some(Instant::now() + PAUSE), None);
    }

    /// Another owner may have told something since.
    pub fn forget(&mut self) {
        *self = Publisher::default();
    }
}

fn is_due(told: &Overview, now: &Overview, since: Duration) -> bool {
    let day = |of: &Overview| (of.day, of.outcomes.as_ref().map(|table| table.day));
    day(told) != day(now) || since >= PAUSE && told != now
}

#[cfg(test)]
mod tests {
    use super::*;
    use sanzao_api::Completeness;
    use sanzao_model::Day;

    #[test]
    fn a_new_day_is_told_at_once_and_numbers_after_a_while() {
        let completeness = Completeness { day: Day(1), registry_people: 3, named: Vec::new() };
        let of = |day, at| Overview {
            day: Day(day),
            evaluated: sanzao_model::Instant(at),
            completeness: Some(Completed::from(&completeness)),
            outcomes: None,
        };
        assert!(is_due(&of(1, 5), &of(2, 5), Duration::ZERO));
        assert!(!is_due(&of(1, 5), &of(1, 6), Duration::ZERO));
        assert!(is_due(&of(1, 5), &of(1, 6), PAUSE));
        assert!(!is_due(&of(1, 5), &of(1, 5), PAUSE));
        let table = OutcomeTable { day: Day(1), everybody: Vec::new(), rules: Vec::new() };
        assert!(is_due(&of(1, 5), &Overview { outcomes: Some(table), ..of(1, 5) }, Duration::ZERO));
    }
}
