//! Which statements of a fact hold: retractions void some (domain §3).

use sanzao_model::Instant;
use smallvec::SmallVec;

use super::{Claim, EventIndex, FactIndex, FactSet, Said, Stamp};

impl FactSet {
    /// Counts anew the fact that a change of this claim of an event can have touched.
    pub(super) fn recount_claim(
        &mut self,
        claim: &Claim,
        of: EventIndex,
        changed: &mut SmallVec<[FactIndex; 2]>,
    ) {
        let touched = match claim.said {
            Said::Fact(index) => Some(index),
            Said::Retraction(index) => {
                let retracted = self.events.find(self.retraction(index).retracts);
                retracted.and_then(|event| self.fact_said_by(event))
            }
        };
        let Some(index) = touched else { return };
        let holds = self.count(index);
        self.note_holding(index, holds, of, changed);
    }

    /// Counts a fact that one more event states, by an id that was never seen before. Where senders state all they
    /// have again and again a fact has many statements: those before are not gone through for each.
    pub(super) fn count_one_more(
        &mut self,
        index: FactIndex,
        event: EventIndex,
        changed: &mut SmallVec<[FactIndex; 2]>,
    ) {
        let holds = match self.stamp(index).filter(|_| self.retracted_at(event).is_none()) {
            // Nothing else is void than before, and what held is later than what is.
            Some(known) => {
                let one_more = Stamp { time: self.events.holding(event).time, event };
                Some(if self.by_stamp(known, one_more).is_lt() { one_more } else { known })
            }
            None => self.count(index),
        };
        self.note_holding(index, holds, event, changed);
    }

    /// Notes by which statement a fact holds, after a change of the event `of`.
    fn note_holding(
        &mut self,
        index: FactIndex,
        holds: Option<Stamp>,
        of: EventIndex,
        changed: &mut SmallVec<[FactIndex; 2]>,
    ) {
        let holds = holds.map(|stamp| stamp.event);
        let entry = &mut self.facts[index as usize];
        // The event itself may have another time than before.
        if entry.holds != holds || holds == Some(of) {
            entry.holds = holds;
            if !changed.contains(&index) {
                changed.push(index);
            }
        }
    }

    pub(super) fn fact_said_by(&self, event: EventIndex) -> Option<FactIndex> {
        match self.events.holding(event).said {
            Said::Fact(index) => Some(index),
            Said::Retraction(_) => None,
        }
    }

    /// The latest time of the retractions in force that name an event.
    fn retracted_at(&self, event: EventIndex) -> Option<Instant> {
        let tag = self.events.tag(event);
        let by = self.retracted_by.get(&tag)?;
        let in_force = by.iter().filter_map(|retracting| {
            let Claim { time, said } = self.events.holding(*retracting);
            let Said::Retraction(index) = said else { return None };
            (self.retraction(index).retracts == tag).then_some(time)
        });
        in_force.max()
    }

    /// A fact's latest statement that holds (domain §3): a retraction voids the event it names, whatever
    /// its time, and every other statement of the same fact with a time up to its own.
    fn count(&self, index: FactIndex) -> Option<Stamp> {
        let states = |event: &&EventIndex| self.fact_said_by(**event) == Some(index);
        let stating = || self.stated_by(index).iter().filter(states).copied();
        let cutoff = stating().filter_map(|event| self.retracted_at(event)).max();
        let valid = stating().filter_map(|event| {
            let time = self.events.holding(event).time;
            let void = cutoff.is_some_and(|cutoff| time <= cutoff || self.retracted_at(event).is_some());
            (!void).then_some(Stamp { time, event })
        });
        valid.max_by(|a, b| self.by_stamp(*a, *b))
    }
}
