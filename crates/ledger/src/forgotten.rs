//! What of an erased person may still come. Intake may hold a batch in its hands when somebody is erased, in another
//! process: its events had been received before, and are appended after. So an erasure says how far each feed had been
//! received, and what lies before that place says nothing about the person any more, whenever it is applied.
//!
//! A place is remembered until the ledger has passed it, because from there on nothing older is applied at all, and
//! under a hash of the number, so that neither memory nor a snapshot tells whom.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sanzao_model::{Body, Content, Fact, Feed, Named, PersonId, Statement, Subject};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ledger::{Ledger, Touched};

/// How far a partition of a feed's topic had been received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The feed.
    pub feed: Feed,
    /// Partition of its topic.
    pub partition: u32,
    /// The offset after the last event received.
    pub upto: u64,
}

/// A SHA-256 over the number's pseudonym, cut to 128 bits.
type Tag = [u8; 16];

/// Which erasures a ledger reflects, and what may still come of them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Forgotten {
    /// The offset in `facts` after the last erasure; 0 where nobody was erased.
    pub upto: u64,
    /// By partition of a feed, of whom nothing counts that lies before a place in it.
    before: BTreeMap<(Feed, u32), BTreeMap<Tag, u64>>,
}

/// The same, as a manifest tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasures {
    /// The offset in `facts` after the last erasure; 0 where nobody was erased.
    pub upto: u64,
    /// Of whom something may still be applied that does not count.
    pub pending: Vec<Pending>,
}

/// Of one person, in one partition of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// SHA-256 over the person's pseudonym, its first 32 hexadecimal digits.
    pub person: String,
    /// What lies before this place does not count.
    pub before: Received,
}

fn tag_of(person: PersonId) -> Tag {
    let digest = Sha256::new().chain_update(b"sanzao erased ").chain_update(person.0).finalize();
    digest[..16].try_into().expect("a SHA-256 has 32 bytes")
}

impl Forgotten {
    fn is_empty(&self) -> bool {
        self.before.is_empty()
    }

    fn is_forgotten(&self, person: PersonId, of: (Feed, u32), offset: u64) -> bool {
        let before = self.before.get(&of).and_then(|people| people.get(&tag_of(person)));
        before.is_some_and(|before| offset < *before)
    }

    /// Whether anything that lies here may not count.
    fn reaches(&self, of: (Feed, u32), offset: u64) -> bool {
        self.before.get(&of).is_some_and(|people| people.values().any(|before| offset < *before))
    }

    fn passed(&mut self, of: (Feed, u32), upto: u64) {
        if let Some(people) = self.before.get_mut(&of) {
            people.retain(|_, before| upto < *before);
            if people.is_empty() {
                self.before.remove(&of);
            }
        }
    }

    /// As a manifest tells it.
    pub fn told(&self) -> Erasures {
        let pending = self.before.iter().flat_map(|((feed, partition), people)| {
            people.iter().map(|(tag, upto)| Pending {
                person: tag.iter().map(|byte| format!("{byte:02x}")).collect(),
                before: Received { feed: *feed, partition: *partition, upto: *upto },
            })
        });
        Erasures { upto: self.upto, pending: pending.collect() }
    }

    /// What a manifest told; none where that is no hash.
    pub fn of(Erasures { upto, pending }: &Erasures) -> Option<Forgotten> {
        let mut forgotten = Forgotten { upto: *upto, before: BTreeMap::new() };
        for Pending { person, before } in pending {
            let tag = u128::from_str_radix(person, 16).ok().filter(|_| person.len() == 32)?.to_be_bytes();
            let people = forgotten.before.entry((before.feed, before.partition)).or_default();
            people.insert(tag, before.upto);
        }
        Some(forgotten)
    }
}

impl Ledger {
    /// Erases a number by a record of `facts` at this offset, which says how far feeds had been received then: what
    /// lies before these places does not count any more, though it is applied later. See [`Ledger::erase`].
    pub fn erase_received(&mut self, person: PersonId, offset: u64, received: &[Received]) -> Touched {
        self.forgotten.upto = self.forgotten.upto.max(offset + 1);
        for Received { feed, partition, upto } in received {
            if self.applied_upto(*feed, *partition) < *upto {
                let people = self.forgotten.before.entry((*feed, *partition)).or_default();
                let before = people.entry(tag_of(person)).or_default();
                *before = (*before).max(*upto);
            }
        }
        self.erase(person)
    }

    /// Nothing is applied any more that lies before this place.
    pub(crate) fn passed(&mut self, of: (Feed, u32), upto: u64) {
        if !self.forgotten.is_empty() {
            self.forgotten.passed(of, upto);
        }
    }

    /// What a statement says of people who were not erased since it was received; none where that is nothing.
    pub(crate) fn remembered<'s>(
        &self,
        of: (Feed, u32),
        statement: &'s Statement,
    ) -> Option<Cow<'s, Statement>> {
        let Content::Fact(fact) = &statement.content else { return Some(Cow::Borrowed(statement)) };
        if !self.forgotten.reaches(of, statement.offset) {
            return Some(Cow::Borrowed(statement));
        }
        let is_gone = |person| self.forgotten.is_forgotten(person, of, statement.offset);
        self.left(statement, fact, &is_gone)
    }

    /// What an erasure would have left of it, had it been applied before (see the module `erase`).
    fn left<'s>(
        &self,
        statement: &'s Statement,
        fact: &Fact,
        is_gone: &dyn Fn(PersonId) -> bool,
    ) -> Option<Cow<'s, Statement>> {
        let (rests_on_gone, body) = match &fact.body {
            Body::RelationRecorded { related, .. } => (is_gone(related.who.person), None),
            Body::IdentityCorrected { former } => (is_gone(former.person), None),
            Body::BirthCertified { child: Some(child) } if is_gone(child.person) => {
                (false, Some(Body::BirthCertified { child: None }))
            }
            _ => (false, None),
        };
        let named = fact.subject.named();
        let staying: Vec<Named> = named.iter().filter(|named| !is_gone(named.who.person)).copied().collect();
        if rests_on_gone || (staying.is_empty() && !named.is_empty() && !self.names_others(&fact.body)) {
            return None;
        }
        if staying.len() == named.len() && body.is_none() {
            return Some(Cow::Borrowed(statement));
        }
        let subject = match &fact.subject {
            Subject::Members(_) => Subject::Members(staying),
            Subject::Person(_) if staying.is_empty() => Subject::Nobody,
            subject => subject.clone(),
        };
        let fact = Fact { subject, body: body.unwrap_or_else(|| fact.body.clone()), ..fact.clone() };
        Some(Cow::Owned(Statement { content: Content::Fact(fact), ..statement.clone() }))
    }

    /// Whether it is about a benefit or settlement of which other facts name somebody: an older one of theirs would
    /// count again without it.
    fn names_others(&self, body: &Body) -> bool {
        if let Some(benefit) = body.benefit() {
            return self.benefits.get(&benefit).is_some_and(|entry| !entry.people.is_empty());
        }
        match body {
            Body::SettlementSettled { settlement, .. } | Body::SettlementReversed { settlement } => {
                let facts = self.settlements.facts(&self.set, *settlement);
                facts.iter().any(|fact| !self.set.named(*fact).is_empty())
            }
            _ => false,
        }
    }
}
