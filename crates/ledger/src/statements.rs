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
            let event = self.set.events().event(index);
            let sealed_id = self.set.events().sealed_id(index).to_vec();
            (event.feed, Statement { event: event.tag, sealed_id, time: claim.time, offset: 0, content })
        })
    }

    fn fact(&self, index: FactIndex) -> Fact {
        let entry = self.set.fact(index);
        let mut named =
            entry.named.iter().map(|(person, name)| Named { who: self.mention(*person), name: *name });
        let subject = match (entry.is_list, entry.named.len()) {
            (false, 1) => Subject::Person(named.next().expect("one is named")),
            (false, 0) => Subject::Nobody,
            _ => Subject::Members(named.collect()),
        };
        Fact { id: entry.id, feed: entry.feed, on: entry.on, subject, body: entry.body.clone() }
    }

    fn mention(&self, person: PersonIndex) -> Mention {
        let person = &self.people[person as usize];
        Mention { person: person.id, alone: person.alone, birth: person.birth }
    }
}
