//! The statements of a ledger, as they were applied: what a snapshot writes.

use sanzao_model::{Content, Fact, Feed, Mention, Named, Statement, Subject};

use crate::events::Said;
use crate::ledger::Ledger;
use crate::set::{FactIndex, PersonIndex, Retraction};

impl Ledger {
    /// Every statement of the set once, with the feed that sent it; offsets are zero. Facts come in the
    /// order in which the ledger met them, retractions last.
    pub(crate) fn statements(&self) -> impl Iterator<Item = (Feed, Statement)> + '_ {
        self.set.claims().map(|(index, claim)| {
            let content = match claim.said {
                Said::Fact(index) => Content::Fact(self.fact(index)),
                Said::Retraction(index) => {
                    let Retraction { id, retracts } = self.set.retraction(index);
                    Content::Retraction { id, retracts }
                }
            };
            let events = self.set.events();
            let (event, sealed_id) = (events.tag(index), events.sealed_id(index).to_vec());
            (events.feed(index), Statement { event, sealed_id, time: claim.time, offset: 0, content })
        })
    }

    fn fact(&self, index: FactIndex) -> Fact {
        let entry = self.set.fact(index);
        let names = self.set.named(index);
        let mut named = names.iter().map(|(person, name)| Named { who: self.mention(*person), name: *name });
        let subject = match (entry.is_list, names.len()) {
            (false, 1) => Subject::Person(named.next().expect("one is named")),
            (false, 0) => Subject::Nobody,
            _ => Subject::Members(named.collect()),
        };
        let body = self.set.body(index, entry.other().map(|other| self.mention(other)));
        Fact { id: entry.id, feed: entry.feed, on: entry.on, subject, body }
    }

    pub(crate) fn mention(&self, person: PersonIndex) -> Mention {
        let person = &self.people[person as usize];
        Mention { person: person.id, alone: person.alone, birth: person.birth }
    }
}
