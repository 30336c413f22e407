//! `long-silence`: age at least 90, an active benefit, and no fact in the last 365 days, not held, of any feed,
//! in any role, names the person; a verification, also of an ended benefit, counts for those it names.

use super::stage::{Source, Stage};
use super::telling::{About, NOTHING, Telling};
use crate::money::yuan;
use crate::name::misspelt;
use crate::person::Person;

type Happening = (&'static str, fn(&mut Stage<'_, '_>, &Person));

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    for (note, happens) in SILENT {
        let person = silent(s);
        happens(s, &person);
        s.found(&person, note);
    }
    for (note, happens) in HEARD_OF {
        let person = silent(s);
        happens(s, &person);
        s.absent(&person, note);
    }
    by_age(s);
    by_benefit(s);
    by_verification(s);
    Telling {
        about: About::Person,
        years: 95,
        what: "an old-age allowance of 900 days ago, and nothing since",
        before: NOTHING,
        event: |s, person| s.grant_as(&s.fixed("B"), "old-age-allowance", &[person], s.ago(900), None),
    }
    .plant(s);
}

/// Somebody of 92 with an allowance, of whom nothing was heard for long.
fn silent(s: &mut Stage<'_, '_>) -> Person {
    let person = s.alone(92);
    s.grant("old-age-allowance", &[&person], s.ago(900));
    person
}

const SILENT: [Happening; 6] = [
    ("nothing since a grant of 900 days ago", |_, _| ()),
    ("a contact 365 days ago: a day before the last 365", |s, person| {
        s.out.contact(person, Some("13900000000"), None, s.ago(365));
    }),
    ("a settlement 30 days ago with another name than police: held", |s, person| {
        s.pay(&person.named(&misspelt(&person.name)), yuan(200), s.ago(30));
    }),
    ("a visit 30 days ago that was retracted", |s, person| {
        let (_, sent) = s.visit(person, "elder", s.ago(30));
        s.out.retract(sent, s.ago(20));
    }),
    ("a visit of tomorrow: only what is dated up to the day counts", |s, person| {
        s.visit(person, "elder", s.ago(-1));
    }),
    ("only somebody else was visited", |s, _| {
        let other = s.resident(91);
        s.visit(&other, "elder", s.ago(30));
    }),
];

const HEARD_OF: [Happening; 9] = [
    ("a contact on the first of the last 365 days", |s, person| {
        s.out.contact(person, None, Some("海门街道"), s.ago(364));
    }),
    ("a settlement on the day", |s, person| {
        s.pay(person, yuan(80), s.day);
    }),
    ("police recorded somebody's spouse: the person is the related one", |s, person| {
        let spouse = s.resident(88);
        s.out.relation(&spouse, person, "spouse", s.ago(200));
    }),
    ("named on a list of an income assessment", |s, person| {
        let son = s.resident(61);
        s.out.assessed(&[&son, person], yuan(9_000), s.ago(100));
    }),
    ("an ability assessment under the 15-digit number", |s, person| {
        s.out.ability_assessed(&person.short(), 1, s.ago(100));
    }),
    ("a refused application", |s, person| {
        s.out.refused(person, "home-care", "不符合条件", s.ago(200));
    }),
    ("moved 300 days ago", |s, person| {
        let home = s.home();
        s.out.moved(person, &home, "母亲", s.ago(300));
    }),
    ("a visit was retracted and stated again later", |s, person| {
        let (id, sent) = s.visit(person, "elder", s.ago(60));
        s.out.retract(sent, s.ago(50));
        s.out.visited(person, &id, "elder", s.ago(60));
    }),
    ("the number was corrected 200 days ago, a fact about the person", |s, person| {
        // The person is then known by the other number: the correction gives up one that was never used.
        let former = s.born(person.birth);
        s.out.corrected(person, &former.id, s.ago(200));
    }),
];

fn by_age(s: &mut Stage<'_, '_>) {
    for (expect, note) in [(true, "turned 90 on the day"), (false, "turns 90 tomorrow")] {
        s.scene();
        let person = if expect { s.turning(90) } else { s.turning_tomorrow(90) };
        s.settle(&[&person]);
        s.grant("old-age-allowance", &[&person], s.ago(800));
        s.person(expect, &person, note);
    }
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    for program in ["care-visit", "dibao", "disability-nursing"] {
        let person = s.alone(94);
        s.grant(program, &[&person], s.ago(366));
        s.found(&person, &format!("{program} since 366 days"));
    }

    s.scene();
    let (former, present) = (s.resident(93), s.aged(93));
    s.out.corrected(&present, &former.id, s.ago(500));
    s.grant("tekun", &[&former], s.ago(700));
    s.found(&present, "two numbers of one person, nothing about either for a year");

    let person = s.alone(94);
    s.absent(&person, "no benefit");

    let person = s.alone(94);
    let benefit = s.grant("old-age-allowance", &[&person], s.ago(900));
    s.out.ended(&benefit, s.ago(400));
    s.absent(&person, "the only benefit ended");

    let person = s.alone(95);
    s.grant("old-age-allowance", &[&person], s.ago(364));
    s.absent(&person, "the grant itself is of the last 365 days");

    let person = s.alone(96);
    s.grant("old-age-allowance", &[&person], s.ago(900));
    s.die(&person, Source::FuneralGrant, s.ago(400));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}

fn by_verification(s: &mut Stage<'_, '_>) {
    let person = s.alone(91);
    let benefit = s.grant("old-age-allowance", &[&person], s.ago(900));
    s.out.verified(&benefit, "continues", s.ago(364));
    s.absent(&person, "the benefit was verified on the first of the last 365 days");

    let person = s.alone(91);
    s.grant("old-age-allowance", &[&person], s.ago(900));
    let other = s.grant("home-care", &[&person], s.ago(800));
    s.out.ended(&other, s.ago(500));
    s.out.verified(&other, "ended", s.ago(200));
    s.absent(&person, "another benefit was verified, which has ended");

    s.scene();
    let (person, son) = (s.resident(91), s.resident(62));
    let dibao = s.grant("dibao", &[&son, &person], s.ago(700));
    s.out.verified(&dibao, "continues", s.ago(50));
    s.absent(&person, "the family's dibao was verified, whose list names the person");

    let person = s.alone(91);
    let benefit = s.grant("old-age-allowance", &[&person], s.ago(900));
    s.out.verified(&benefit, "continues", s.ago(365));
    s.found(&person, "verified 365 days ago: a day before the last 365");

    s.scene();
    let (person, other) = (s.resident(91), s.resident(84));
    s.grant("old-age-allowance", &[&person], s.ago(900));
    let benefit = s.grant("old-age-allowance", &[&other], s.ago(900));
    s.out.verified(&benefit, "continues", s.ago(50));
    s.found(&person, "only somebody else's benefit was verified");
}
