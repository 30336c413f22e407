//! How completely each feed covers those whom the registry names.

use rustc_hash::FxHashMap;
use sanzao_model::{Feed, NameTag};
use smallvec::SmallVec;

use crate::ledger::Ledger;
use crate::set::{FactEntry, PersonIndex};
use crate::told::Told;

impl Ledger {
    /// For each feed: of the people whom the registry names, how many are named by a fact of the feed. Facts count
    /// whatever their date, but not if they are retracted, or held by the names that police ever recorded; numbers
    /// ever united are one person. One pass through the facts in their order, so that a million people take a part
    /// of a second.
    pub fn completeness(&self) -> Vec<(Feed, usize, usize)> {
        let united = United::of(self);
        let names = self.names_police_ever_recorded(&united);
        let mut feeds = vec![0_u8; self.people.len()];
        for fact in self.holding() {
            for (number, name) in self.set.named_by(fact) {
                let person = united.head(*number);
                let known = names.get(&person).map_or(&[][..], SmallVec::as_slice);
                if fact.feed == Feed::Police || known.is_empty() || known.contains(name) {
                    feeds[person as usize] |= 1 << fact.feed as u8;
                }
            }
            // Who is named beside the subject is never held.
            if let Some(other) = fact.other() {
                feeds[united.head(other) as usize] |= 1 << fact.feed as u8;
            }
        }
        let has = |feeds: u8, feed: Feed| feeds & 1 << feed as u8 != 0;
        let recipients: Vec<u8> = feeds.into_iter().filter(|feeds| has(*feeds, Feed::Registry)).collect();
        let named = |feed| recipients.iter().filter(|feeds| has(**feeds, feed)).count();
        Feed::ALL.into_iter().map(|feed| (feed, named(feed), recipients.len())).collect()
    }

    fn holding(&self) -> impl Iterator<Item = &FactEntry> {
        self.set.facts().iter().filter(|fact| fact.holds.is_some())
    }

    fn names_police_ever_recorded(&self, united: &United) -> FxHashMap<PersonIndex, SmallVec<[NameTag; 1]>> {
        let mut names: FxHashMap<PersonIndex, SmallVec<[NameTag; 1]>> = FxHashMap::default();
        let mut note = |number: PersonIndex, name: NameTag| {
            let known = names.entry(united.head(number)).or_default();
            if !known.contains(&name) {
                known.push(name);
            }
        };
        for fact in self.holding().filter(|fact| fact.feed == Feed::Police) {
            self.set.named_by(fact).iter().for_each(|(number, name)| note(*number, *name));
            if let (Told::RelationRecorded { name, .. }, Some(other)) = (&fact.told, fact.other()) {
                note(other, *name);
            }
        }
        names
    }
}

/// Numbers that corrections ever united; who is not in it stands alone.
struct United(FxHashMap<PersonIndex, PersonIndex>);

impl United {
    fn of(ledger: &Ledger) -> United {
        let mut united = United(FxHashMap::default());
        for fact in ledger.holding() {
            if let (Told::IdentityCorrected, Some(other)) = (&fact.told, fact.other()) {
                for (number, _) in ledger.set.named_by(fact) {
                    let (one, another) = (united.head(*number), united.head(other));
                    if one != another {
                        united.0.insert(one.max(another), one.min(another));
                    }
                }
            }
        }
        united
    }

    fn head(&self, number: PersonIndex) -> PersonIndex {
        let mut head = number;
        while let Some(next) = self.0.get(&head) {
            head = *next;
        }
        head
    }
}
