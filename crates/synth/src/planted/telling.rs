//! How an event may be told of somebody, whatever it says: what counts for them and what does not.
//! Every rule that rests on an event is asked each way once.

use super::stage::{Source, Stage};
use crate::Feed;
use crate::name::misspelt;
use crate::person::{Home, Person};
use crate::sender::Sent;

/// Whom the rule is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Person,
    /// A person, also a dead one.
    Dead,
    /// The police household.
    Home,
    /// The household of the benefit whose id is `fixed("B")`.
    Program,
}

/// An event on which a rule rests.
pub(super) struct Telling<'t> {
    pub about: About,
    /// The age of whom it names.
    pub years: i16,
    /// What is told.
    pub what: &'t str,
    /// What goes before it.
    pub before: Before,
    /// Tells it; the same content whenever it tells it of the same person.
    pub event: fn(&mut Stage<'_, '_>, &Person) -> Sent,
}

/// What goes before an event.
pub(super) type Before = fn(&mut Stage<'_, '_>, &Person, &Home);

/// Nothing goes before.
pub(super) const NOTHING: Before = |_, _, _| ();

impl Telling<'_> {
    pub(super) fn plant(self, s: &mut Stage<'_, '_>) {
        self.by_number(s);
        self.stated_again(s);
        self.with_another_name(s);
        self.retracted(s);
        if self.about != About::Dead {
            self.of_the_dead(s);
        }
    }

    fn scene(&self, s: &mut Stage<'_, '_>) -> (Person, Home) {
        s.scene();
        let person = s.aged(self.years);
        let home = s.settle(&[&person]);
        (person, home)
    }

    fn outcome(&self, s: &mut Stage<'_, '_>, expect: bool, of: (&Person, &Home), how: &str) {
        let note = format!("{}: {how}", self.what);
        match self.about {
            About::Person | About::Dead => s.person(expect, of.0, &note),
            About::Home => s.household(expect, of.1, &note),
            About::Program => s.program(expect, &s.fixed("B"), &note),
        }
    }

    fn by_number(&self, s: &mut Stage<'_, '_>) {
        let (person, home) = self.scene(s);
        // Who is born from 2000 on never had a 15-digit number.
        if person.birth.year() < 2000 {
            (self.before)(s, &person, &home);
            (self.event)(s, &person.short());
            self.outcome(s, true, (&person, &home), "told under the 15-digit number");
        }

        let (former, home) = self.scene(s);
        let present = s.renumbered_on(&former, s.ago(700));
        (self.before)(s, &present, &home);
        (self.event)(s, &former);
        self.outcome(s, true, (&present, &home), "told under the number that was corrected");
    }

    fn stated_again(&self, s: &mut Stage<'_, '_>) {
        let (person, home) = self.scene(s);
        (self.before)(s, &person, &home);
        let sent = (self.event)(s, &person);
        s.out.retract(sent, s.day);
        (self.event)(s, &person);
        self.outcome(s, true, (&person, &home), "retracted and stated again later");
    }

    fn with_another_name(&self, s: &mut Stage<'_, '_>) {
        let (person, home) = self.scene(s);
        (self.before)(s, &person, &home);
        let sent = (self.event)(s, &person.named(&misspelt(&person.name)));
        if sent.feed == Feed::Police {
            self.outcome(s, true, (&person, &home), "with another name, but what police say is never held");
        } else {
            self.outcome(s, false, (&person, &home), "with another name than police: held");
        }
    }

    fn retracted(&self, s: &mut Stage<'_, '_>) {
        let (person, home) = self.scene(s);
        (self.before)(s, &person, &home);
        let sent = (self.event)(s, &person);
        s.out.retract(sent, s.day);
        self.outcome(s, false, (&person, &home), "retracted");
    }

    fn of_the_dead(&self, s: &mut Stage<'_, '_>) {
        let (person, home) = self.scene(s);
        (self.before)(s, &person, &home);
        (self.event)(s, &person);
        s.die(&person, Source::Health, s.ago(3));
        let how = match self.about {
            About::Person | About::Dead => "the person died since",
            About::Home | About::Program => "who it is told of died since, and no other member has it",
        };
        self.outcome(s, false, (&person, &home), how);
    }
}
