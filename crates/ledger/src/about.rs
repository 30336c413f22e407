//! Everything that is held about one person, for an export.

use sanzao_model::{Body, Day, EventTag, Feed, Instant, PersonId};

use crate::events::Said;
use crate::ledger::Ledger;
use crate::set::FactIndex;

/// A fact about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutFact {
    /// Who said it.
    pub feed: Feed,
    /// Event type without feed and version.
    pub kind: &'static str,
    /// From when it counts.
    pub on: Day,
    /// What it says.
    pub body: Body,
    /// In which role it names the person.
    pub role: Role,
    /// Whether a statement of it holds: none does where all are retracted.
    pub holds: bool,
    /// Every event that states it.
    pub statements: Vec<AboutStatement>,
}

/// How a fact is about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// As its `person`, or on its list of members.
    Subject,
    /// As `related`, child or former number.
    Beside,
    /// It is about a benefit that named the person, and names nobody itself.
    OfBenefit,
}

/// An event that states a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AboutStatement {
    /// Keyed hash of source and event id.
    pub event: EventTag,
    /// The event id, enciphered.
    pub sealed_id: Vec<u8>,
    /// When the source recorded it.
    pub time: Instant,
}

impl Ledger {
    /// Everything held about a number: the facts that name it in any role, and those about benefits of which some
    /// fact names it; in the order of the ledger. Of a person with several numbers each has its own.
    pub fn statements_about(&self, person: PersonId) -> Vec<AboutFact> {
        let Some(place) = self.place_of_number(person) else { return Vec::new() };
        let mut found = Vec::new();
        let naming = &self.people[place as usize].facts;
        for index in naming {
            let is_subject = self.set.named(*index).iter().any(|(named, _)| *named == place);
            found.push((*index, if is_subject { Role::Subject } else { Role::Beside }));
        }
        let benefits = naming.iter().filter_map(|index| self.set.fact(*index).told.benefit());
        for entry in benefits.filter_map(|benefit| self.benefits.get(&benefit)) {
            let of_nobody = entry.facts.iter().filter(|index| self.set.named(**index).is_empty());
            found.extend(of_nobody.map(|index| (*index, Role::OfBenefit)));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|(index, role)| self.about(index, role)).collect()
    }

    fn about(&self, index: FactIndex, role: Role) -> AboutFact {
        let fact = self.set.fact(index);
        let events = self.set.events();
        let body = self.set.body(index, fact.other().map(|other| self.mention(other)));
        let said = |event| {
            let claims = events.claims(event).filter(|claim| claim.said == Said::Fact(index));
            claims.map(move |claim| AboutStatement {
                event: events.tag(event),
                sealed_id: events.sealed_id(event).to_vec(),
                time: claim.time,
            })
        };
        AboutFact {
            feed: fact.feed,
            kind: body.kind(),
            on: fact.on,
            body,
            role,
            holds: fact.holds.is_some(),
            statements: self.set.stated_by(index).iter().copied().flat_map(said).collect(),
        }
    }
}
