//! Where the records of facts lie in their feed's topic. No index holds that: `facts` is gone through from its
//! beginning, about three seconds for a million events, and not again before twenty times as long has passed, so that
//! looking takes a twentieth of a core at most. What was told of once, the outbox remembers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sanzao_exchange::ExchangeError;
use sanzao_journal::{Journal, Stream};
use sanzao_model::{FactId, FactsRecord, Place};

use crate::stage::StageError;

const READ_BYTES: usize = 8 << 20;

/// How many times as long as a look took there is none.
const REST: u32 = 20;
/// The longest rest.
const MOST_REST: Duration = Duration::from_secs(60);

/// Places of facts that are asked for.
pub(super) struct Places {
    journal: Arc<dyn Journal>,
    facts: Stream,
    found: BTreeMap<FactId, Place>,
    rest_until: Option<Instant>,
}

impl Places {
    pub fn new(journal: Arc<dyn Journal>, facts: Stream) -> Places {
        Places { journal, facts, found: BTreeMap::new(), rest_until: None }
    }

    /// Finds the places of some facts, in the place of those that were asked for before; false while it is too early to
    /// look. What lies nowhere has none.
    ///
    /// # Errors
    /// When the log or the outbox does not answer.
    pub fn find(
        &mut self,
        wanted: BTreeSet<FactId>,
        known: impl Fn(FactId) -> Result<Option<Place>, ExchangeError>,
    ) -> Result<bool, StageError> {
        let mut missing = BTreeSet::new();
        self.found.clear();
        for fact in wanted {
            match known(fact)? {
                Some(place) => drop(self.found.insert(fact, place)),
                None => drop(missing.insert(fact)),
            }
        }
        if missing.is_empty() {
            return Ok(true);
        }
        if self.rest_until.is_some_and(|until| Instant::now() < until) {
            return Ok(false);
        }
        let began = Instant::now();
        let looked = self.look(missing);
        self.rest_until = Some(Instant::now() + MOST_REST.min(began.elapsed() * REST));
        looked.map(|()| true)
    }

    /// Where a fact's record lies.
    pub fn get(&self, fact: FactId) -> Option<Place> {
        self.found.get(&fact).copied()
    }

    /// Of several records that state a fact the first counts: it is so whenever one looks.
    fn look(&mut self, mut missing: BTreeSet<FactId>) -> Result<(), StageError> {
        let mut position = self.journal.begin(&self.facts)?;
        while !missing.is_empty() {
            let batch = self.journal.read(&self.facts, position, READ_BYTES)?;
            if batch.next == position {
                break;
            }
            position = batch.next;
            for record in batch.records.iter().filter(|record| !record.is_claim()) {
                let read = FactsRecord::from_bytes(&record.value).map_err(|error| StageError::Record {
                    stream: self.facts.to_string(),
                    offset: record.offset,
                    error: error.to_string(),
                })?;
                let FactsRecord::Facts(facts) = read else { continue };
                for statement in &facts.statements {
                    let fact = statement.content.id();
                    if missing.remove(&fact) {
                        let place = Place { partition: facts.partition, offset: statement.offset };
                        self.found.insert(fact, place);
                    }
                }
            }
        }
        Ok(())
    }
}
