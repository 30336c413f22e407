//! Taking facts out of the set again, for an erasure.

use sanzao_model::{EventTag, FactId};
use smallvec::SmallVec;

use super::entry::{LISTED, MaybePerson, NamedList, Stating, list_no};
use super::{
    Claim, EventIndex, FactIndex, FactSet, PersonIndex, Retraction, RetractionIndex, Said, Whoever,
    claim_hash,
};

impl FactSet {
    /// Removes a fact: every statement of it, every event that stated nothing else, and every retraction of such
    /// an event. Facts of which more or fewer statements hold then are added to `changed`.
    pub fn remove(&mut self, index: FactIndex, changed: &mut SmallVec<[FactIndex; 2]>) {
        let mut forgotten: Vec<EventTag> = Vec::new();
        for event in self.stated_by(index).to_vec() {
            self.remove_claims(event, Said::Fact(index), changed, &mut forgotten);
        }
        // A retraction names an event: of one that is forgotten it says nothing to anybody.
        while let Some(tag) = forgotten.pop() {
            self.remove_retractions_of(tag, changed, &mut forgotten);
        }
        let facts = &self.facts;
        self.by_id.remove(&facts[index as usize].id.0, |place| &facts[place as usize].id.0);
        self.kept.forget(self.fact(index).id);
        self.forget_list(index);
        if let Stating::Several(place) = self.fact(index).stated_by.read() {
            self.many_events[place] = Vec::new();
        }
        self.facts[index as usize].blank();
        self.gone += 1;
        changed.retain(|fact| *fact != index);
    }

    /// Whom a list names.
    fn forget_list(&mut self, index: FactIndex) {
        if let (LISTED, place) = self.fact(index).whom {
            self.lists[list_no(place)] = Box::default();
        }
    }

    fn remove_retractions_of(
        &mut self,
        tag: EventTag,
        changed: &mut SmallVec<[FactIndex; 2]>,
        forgotten: &mut Vec<EventTag>,
    ) {
        let of_this = |claim: Claim| match claim.said {
            Said::Retraction(index) => (self.retraction(index).retracts == tag).then_some(index),
            Said::Fact(_) => None,
        };
        let events = self.retracted_by.get(&tag).cloned().unwrap_or_default();
        // An event may say the same at several times: all of that goes at once, and it may be no more then.
        let mut said: Vec<(EventIndex, RetractionIndex)> = Vec::new();
        for event in events {
            for index in self.events.claims(event).filter_map(of_this) {
                if !said.contains(&(event, index)) {
                    said.push((event, index));
                }
            }
        }
        for (event, index) in &said {
            self.remove_claims(*event, Said::Retraction(*index), changed, forgotten);
        }
        self.retracted_by.remove(&tag);
        // Several events may say the same: what it is, is needed until the last of them is gone.
        said.into_iter().for_each(|(_, index)| self.forget_retraction(index));
    }

    fn forget_retraction(&mut self, index: RetractionIndex) {
        let nothing = Retraction { id: FactId::default(), retracts: EventTag::default() };
        let Retraction { id, .. } = std::mem::replace(&mut self.retractions[index as usize], nothing);
        self.retraction_by_id.remove(&id);
    }

    /// Takes what an event says out of it.
    fn remove_claims(
        &mut self,
        event: EventIndex,
        said: Said,
        changed: &mut SmallVec<[FactIndex; 2]>,
        forgotten: &mut Vec<EventTag>,
    ) {
        let tag = self.events.tag(event);
        let contents: SmallVec<[(Claim, FactId); 2]> =
            self.events.claims(event).map(|claim| (claim, self.content(claim))).collect();
        let content_of =
            |claim: &Claim| contents.iter().find(|(other, _)| other == claim).map(|(_, content)| *content);
        let greatest = |left: &[Claim]| {
            let greatest = left.iter().max_by_key(|claim| (claim.time, content_of(claim)));
            *greatest.expect("a claim is left")
        };
        let (out, is_gone) = self.events.remove(event, |claim| claim.said == said, greatest);
        for claim in &out {
            let content = content_of(claim).expect("it was one of the event's claims");
            self.set_hash = self.set_hash.wrapping_sub(claim_hash(tag, claim.time, content));
        }
        if is_gone {
            forgotten.push(tag);
        } else if !out.is_empty() {
            let holding = self.events.holding(event);
            self.recount_claim(&holding, event, changed);
        }
    }

    /// Takes a person off what a fact says of several; the fact keeps its id, by which it is known when it is
    /// stated again.
    pub fn strip(&mut self, index: FactIndex, person: PersonIndex) {
        let named: NamedList =
            self.named(index).iter().filter(|(named, _)| *named != person).copied().collect();
        self.forget_list(index);
        let whom = self.whom(named);
        let entry = &mut self.facts[index as usize];
        entry.whom = whom;
        if entry.other() == Some(person) {
            entry.other = MaybePerson::of(None);
        }
    }

    /// Gives a fact back whom it names, when it is stated again after [`FactSet::strip`].
    pub fn restore(&mut self, index: FactIndex, whoever: Whoever) {
        self.forget_list(index);
        let whom = self.whom(whoever.named);
        let entry = &mut self.facts[index as usize];
        (entry.whom, entry.other) = (whom, MaybePerson::of(whoever.other));
    }
}
