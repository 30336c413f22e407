//! Outcomes of a running platform: discovery counts the residents with each sweep, casework counts its items over them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sanzao_api::Outcomes;
use sanzao_casework::outcomes::{OutcomeTable, Population};
use sanzao_casework::{Casework, outcomes};
use sanzao_model::Day;

/// However much people decide, it is counted again at most so often: of a million people it takes casework a part of
/// a second.
const PAUSE: Duration = Duration::from_secs(60);

/// What discovery, casework and the API share of outcomes.
#[derive(Default)]
pub(crate) struct OutcomeBoard {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    population: Option<Arc<Population>>,
    counted: Option<Counted>,
}

struct Counted {
    day: Day,
    /// What of `inbox` casework had taken in.
    upto: u64,
    at: Instant,
    table: Arc<OutcomeTable>,
    outcomes: Arc<Outcomes>,
}

impl OutcomeBoard {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the residents.
    pub fn set_population(&self, population: Option<Arc<Population>>) {
        self.lock().population = population;
    }

    /// As they were counted last.
    pub fn outcomes(&self) -> Option<Arc<Outcomes>> {
        self.lock().counted.as_ref().map(|counted| Arc::clone(&counted.outcomes))
    }

    /// The same, as it is told to other processes.
    pub fn table(&self) -> Option<Arc<OutcomeTable>> {
        self.lock().counted.as_ref().map(|counted| Arc::clone(&counted.table))
    }

    /// Counts, where there is something new and the time for it has come.
    pub fn count(&self, casework: &Casework) {
        let Some(population) = self.due(casework) else { return };
        let table = outcomes::Outcomes::of(casework.items(), &population).published();
        let (day, upto, at) = (population.day(), casework.upto(), Instant::now());
        let (outcomes, table) = (Arc::new(Outcomes::from(&table)), Arc::new(table));
        self.lock().counted = Some(Counted { day, upto, at, table, outcomes });
    }

    /// The residents to count items over, if that is due.
    fn due(&self, casework: &Casework) -> Option<Arc<Population>> {
        let inner = self.lock();
        let population = inner.population.as_ref()?;
        // The findings of that day have to be in: the residents are known before.
        if casework.day() < Some(population.day()) {
            return None;
        }
        let is_due = inner.counted.as_ref().is_none_or(|counted| {
            let is_old = counted.upto != casework.upto() && counted.at.elapsed() >= PAUSE;
            counted.day != population.day() || is_old
        });
        is_due.then(|| Arc::clone(population))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sanzao_casework::Calendar;
    use sanzao_model::{Bureau, FindingBatch, InboxRecord};

    fn casework_on(casework: &mut Casework, offset: u64, day: Day) {
        let batch = FindingBatch {
            upto: offset,
            day,
            new_day: true,
            ages: Vec::new(),
            levels: Vec::new(),
            suspensions: Vec::new(),
            more: false,
        };
        let record = casework.decide(offset, &InboxRecord::Findings(batch));
        casework.apply_record(&record).unwrap();
    }

    fn day_of(board: &OutcomeBoard) -> Option<String> {
        let outcomes = board.outcomes()?;
        let outcomes = serde_json::to_value(&*outcomes).unwrap();
        outcomes["day"].as_str().map(str::to_owned)
    }

    #[test]
    fn it_is_counted_once_a_day_when_the_findings_of_the_day_are_in() {
        let (board, mut casework) = (OutcomeBoard::default(), Casework::new(Calendar::default()));
        let residents = |day| Some(Arc::new(Population::of(Bureau(320_614), day, [])));
        let (first, second) = (Day(20_000), Day(20_001));
        casework_on(&mut casework, 1, first);
        board.count(&casework);
        assert_eq!(day_of(&board), None, "nobody has counted the residents");
        board.set_population(residents(second));
        board.count(&casework);
        assert_eq!(day_of(&board), None, "the findings of the second day are not in");
        board.set_population(residents(first));
        board.count(&casework);
        assert_eq!(day_of(&board), Some(first.to_string()));
        let counted = board.outcomes().unwrap();
        casework_on(&mut casework, 2, first);
        board.count(&casework);
        assert!(Arc::ptr_eq(&counted, &board.outcomes().unwrap()), "not again so soon");
        board.set_population(residents(second));
        casework_on(&mut casework, 3, second);
        board.count(&casework);
        assert_eq!(day_of(&board), Some(second.to_string()));
    }
}
