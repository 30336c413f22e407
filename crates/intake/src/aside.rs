//! What an event tells beside what it states: who people are, and what is odd about it.

use std::cell::{Cell, RefCell};

use sanzao_model::{Feed, IdNumber, Identity, Instant, Mention, PersonId, Warning};

/// Collected while the fields are read; of no use when the event is refused in the end.
pub(crate) struct Aside {
    feed: Feed,
    time: Instant,
    identities: RefCell<Vec<Identity>>,
    unknown_prefix: Cell<bool>,
    unknown_division: Cell<bool>,
}

impl Aside {
    pub(crate) fn new(feed: Feed, time: Instant) -> Aside {
        Aside {
            feed,
            time,
            identities: RefCell::default(),
            unknown_prefix: Cell::default(),
            unknown_division: Cell::default(),
        }
    }

    /// Somebody is named by number; answers where a name is to be put.
    pub(crate) fn number(&self, number: &IdNumber, mention: &Mention) -> usize {
        let mut identities = self.identities.borrow_mut();
        identities.push(Identity {
            person: mention.person,
            number: number.as_str().to_owned(),
            name: None,
            phone: None,
            address: None,
            feed: self.feed,
            time: self.time,
        });
        identities.len() - 1
    }

    /// The name of the one at that place.
    pub(crate) fn name(&self, at: usize, name: &str) {
        self.identities.borrow_mut()[at].name = Some(name.to_owned());
    }

    /// How somebody who was named is reached.
    pub(crate) fn contact(&self, person: PersonId, phone: Option<&str>, address: Option<&str>) {
        let mut identities = self.identities.borrow_mut();
        for identity in identities.iter_mut().filter(|identity| identity.person == person) {
            identity.phone = phone.map(str::to_owned);
            identity.address = address.map(str::to_owned);
        }
    }

    pub(crate) fn warn_of_prefix(&self) {
        self.unknown_prefix.set(true);
    }

    pub(crate) fn warn_of_division(&self) {
        self.unknown_division.set(true);
    }

    /// Identities, each once, and warnings, both sorted.
    pub(crate) fn finish(self) -> (Vec<Identity>, Vec<Warning>) {
        let mut identities = self.identities.into_inner();
        identities.sort_unstable();
        identities.dedup();
        let mut warnings = Vec::new();
        warnings.extend(self.unknown_prefix.get().then_some(Warning::UnknownNumberPrefix));
        warnings.extend(self.unknown_division.get().then_some(Warning::UnknownDivision));
        (identities, warnings)
    }
}
