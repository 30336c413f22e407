//! Taking facts out of the set again, for an erasure.

use sanzao_model::{
    Body, Day, EventTag, FactId, HouseholdId, Mention, NameTag, Named, PersonId, RelationKind,
};
use smallvec::SmallVec;

use super::{
    Claim, EventIndex, FactEntry, FactIndex, FactSet, PersonIndex, Retraction, RetractionIndex, Said,
    claim_hash,
};

impl FactSet {
    /// Removes a fact: every statement of it, every event that stated nothing else, and every retraction of such
    /// an event. Facts of which more or fewer statements hold then are added to `changed`.
    pub fn remove(&mut self, index: FactIndex, changed: &mut SmallVec<[FactIndex; 2]>) {
        let mut forgotten: Vec<EventTag> = Vec::new();
        for event in std::mem::take(&mut self.facts[index as usize].stated_by) {
            self.remove_claims(event, Said::Fact(index), changed, &mut forgotten);
        }
        // A retraction names an event: of one that is forgotten it says nothing to anybody.
        while let Some(tag) = forgotten.pop() {
            self.remove_retractions_of(tag, changed, &mut forgotten);
        }
        let facts = &self.facts;
        self.by_id.remove(&facts[index as usize].id.0, |place| &facts[place as usize].id.0);
        self.facts[index as usize].blank();
        self.gone += 1;
        changed.retain(|fact| *fact != index);
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
        let said: Vec<(EventIndex, RetractionIndex)> = events
            .iter()
            .flat_map(|event| self.events.claims(*event).filter_map(of_this).map(|index| (*event, index)))
            .collect();
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
        let tag = self.events.event(event).tag;
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
            let holding = self.events.event(event).holding;
            self.recount_claim(&holding, changed);
        }
    }

    /// Takes a person off what a fact says of several; the fact keeps its id, by which it is known when it is
    /// stated again.
    pub fn strip(&mut self, index: FactIndex, person: PersonIndex) {
        let entry = &mut self.facts[index as usize];
        entry.named.retain(|(named, _)| *named != person);
        if entry.other == Some(person) {
            entry.other = None;
            entry.overwrite_body(Body::BirthCertified { child: None });
        }
    }

    /// Gives a fact back whom it names, when it is stated again after [`FactSet::strip`].
    pub fn restore(
        &mut self,
        index: FactIndex,
        named: SmallVec<[(PersonIndex, NameTag); 1]>,
        other: Option<PersonIndex>,
        body: &Body,
    ) {
        let entry = &mut self.facts[index as usize];
        (entry.named, entry.other, entry.body) = (named, other, body.clone());
    }
}

impl FactEntry {
    /// Overwrites all that it says.
    fn blank(&mut self) {
        let nobody = Mention { person: PersonId::default(), alone: HouseholdId::default(), birth: None };
        let related = Named { who: nobody, name: NameTag::default() };
        self.overwrite_body(Body::RelationRecorded { related, kind: RelationKind::Parent });
        self.named.iter_mut().for_each(|named| *named = (PersonIndex::MAX, NameTag::default()));
        self.named = SmallVec::new();
        (self.id, self.on, self.other, self.holds) = (FactId::default(), Day::default(), None, None);
    }

    /// A body of another kind may leave bytes of the one before it: a relation reaches over whoever it named.
    fn overwrite_body(&mut self, body: Body) {
        let nobody = Mention { person: PersonId::default(), alone: HouseholdId::default(), birth: None };
        let related = Named { who: nobody, name: NameTag::default() };
        self.body = Body::RelationRecorded { related, kind: RelationKind::Parent };
        self.body = body;
    }
}
