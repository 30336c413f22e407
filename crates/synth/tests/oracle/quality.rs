//! Rules of the procedure *quality*.

use super::{World, date};

impl World {
    pub(super) fn name_mismatch(&self, person: &str) -> bool {
        self.facts
            .iter()
            .any(|fact| World::named_by(fact).any(|named| self.named(fact, named, person) == Some(true)))
    }

    pub(super) fn activity_after_death(&self, person: &str) -> bool {
        let Some(died_on) = self.died_on(person) else { return false };
        let settled = self.settlements(person).iter().any(|fact| date(&fact.data["begin"]) > died_on);
        let others = self.of(person, &["stay.admitted", "wage.reported"]);
        settled || others.iter().any(|fact| fact.on > died_on)
    }
}
