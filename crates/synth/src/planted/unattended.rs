//! `unattended-child`: under 18; at least two recorded parents; each is dead, missing for at least 180
//! days, in custody (the spell began at least 180 days ago, or `expected_until` is at least 180 days after
//! it began), or has a valid certificate of grade 1 or 2, or 3 intellectual or mental; at least one not
//! dead; no active `unattended-child` or `orphan`.

use super::stage::{Source, Stage};
use crate::moment::add_days;
use crate::name::misspelt;
use crate::person::Person;

/// What happened to the other parent.
type Happening = (&'static str, fn(&mut Stage<'_, '_>, &Person));

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    for (note, happens) in UNABLE {
        let child = other_parent(s, happens);
        s.found(&child, &format!("one parent died, the other {note}"));
    }
    for (note, happens) in ABLE {
        let child = other_parent(s, happens);
        s.absent(&child, &format!("one parent died, the other {note}"));
    }
    by_family(s);
    by_record(s);
    by_program(s);
    by_age(s);
    not_two(s);
}

/// A child of whom one parent died and something happened to the other.
fn other_parent(s: &mut Stage<'_, '_>, happens: fn(&mut Stage<'_, '_>, &Person)) -> Person {
    s.scene();
    let (child, [father, mother]) = s.child(9);
    s.die(&father, Source::Police, s.ago(400));
    happens(s, &mother);
    child
}

fn certified(s: &mut Stage<'_, '_>, person: &Person, category: &str, grade: u8, valid_days: i64) {
    s.out.certified_disabled(person, category, grade, s.ago(900), s.ago(-valid_days));
}

const UNABLE: [Happening; 10] = [
    ("is missing for 180 days", |s, parent| {
        s.out.missing_reported(parent, s.ago(180));
    }),
    ("was missing, came back, and is missing again for 200 days", |s, parent| {
        s.out.missing_reported(parent, s.ago(500));
        s.out.missing_closed(parent, s.ago(400));
        s.out.missing_reported(parent, s.ago(200));
    }),
    ("is in detention for 180 days", |s, parent| {
        s.out.custody_started(parent, "detention", s.ago(180), None);
    }),
    ("is in custody since 10 days, expected for 180", |s, parent| {
        let began = s.ago(10);
        s.out.custody_started(parent, "imprisonment", began, Some(add_days(began, 180)));
    }),
    ("is in a custody that began 180 days ago and became an arrest 5 days ago", |s, parent| {
        s.out.custody_started(parent, "detention", s.ago(180), None);
        s.out.custody_started(parent, "arrest", s.ago(5), None);
    }),
    ("is in compulsory rehabilitation for years", |s, parent| {
        s.out.custody_started(parent, "compulsory-rehabilitation", s.ago(700), Some(s.ago(-30)));
    }),
    ("has a certificate of grade 1", |s, parent| certified(s, parent, "visual", 1, 700)),
    ("has a certificate of grade 2 that is valid until the day", |s, parent| {
        certified(s, parent, "physical", 2, 0);
    }),
    ("has an intellectual disability of grade 3", |s, parent| certified(s, parent, "intellectual", 3, 700)),
    ("has a mental disability of grade 3", |s, parent| certified(s, parent, "mental", 3, 700)),
];

const ABLE: [Happening; 12] = [
    ("is missing for 179 days", |s, parent| {
        s.out.missing_reported(parent, s.ago(179));
    }),
    ("was missing and was found on the day", |s, parent| {
        s.out.missing_reported(parent, s.ago(400));
        s.out.missing_closed(parent, s.day);
    }),
    ("was missing for long, and is missing again for 30 days", |s, parent| {
        s.out.missing_reported(parent, s.ago(500));
        s.out.missing_closed(parent, s.ago(100));
        s.out.missing_reported(parent, s.ago(30));
    }),
    ("is in custody for 179 days, nothing is expected", |s, parent| {
        s.out.custody_started(parent, "arrest", s.ago(179), None);
    }),
    ("is in custody since 20 days, expected for 179", |s, parent| {
        let began = s.ago(20);
        s.out.custody_started(parent, "imprisonment", began, Some(add_days(began, 179)));
    }),
    ("was released on the day", |s, parent| {
        s.out.custody_started(parent, "imprisonment", s.ago(900), Some(s.ago(-900)));
        s.out.custody_ended(parent, s.day);
    }),
    ("has a physical disability of grade 3", |s, parent| certified(s, parent, "physical", 3, 700)),
    ("has a mental disability of grade 4", |s, parent| certified(s, parent, "mental", 4, 700)),
    ("had a certificate of grade 2 until yesterday", |s, parent| certified(s, parent, "physical", 2, -1)),
    ("has a certificate of grade 1, and a newer one of grade 4", |s, parent| {
        certified(s, parent, "speech", 1, 700);
        s.out.certified_disabled(parent, "speech", 4, s.ago(50), s.ago(-900));
    }),
    ("has a certificate of grade 1 with another name than police: held", |s, parent| {
        certified(s, &parent.named(&misspelt(&parent.name)), "mental", 1, 700);
    }),
    ("moved out: not dead, not missing", |s, parent| {
        s.out.cancelled(parent, "moved-out", s.ago(300));
    }),
];

fn by_family(s: &mut Stage<'_, '_>) {
    s.scene();
    let (child, [father, mother]) = s.child(5);
    s.out.custody_started(&father, "imprisonment", s.ago(300), None);
    s.out.missing_reported(&mother, s.ago(250));
    s.found(&child, "one parent in custody, the other missing: none needs to be dead");

    s.scene();
    let (child, [father, mother]) = s.child(12);
    let third = s.resident(50);
    s.out.relation(&child, &third, "parent", s.ago(900));
    s.disabled(&third, "multiple", 2);
    s.die(&father, Source::Cremation, s.ago(500));
    s.out.custody_started(&mother, "arrest", s.ago(200), None);
    s.found(&child, "three recorded parents: dead, in custody, severely disabled");

    s.scene();
    let (child, [father, mother]) = s.child(11);
    s.die(&father, Source::Health, s.ago(50));
    s.die(&mother, Source::Police, s.ago(40));
    s.absent(&child, "both parents are dead: an orphan");

    s.scene();
    let (child, [father, mother]) = s.child(8);
    let third = s.resident(50);
    s.out.relation(&child, &third, "parent", s.ago(900));
    s.die(&father, Source::Cremation, s.ago(500));
    s.out.custody_started(&mother, "arrest", s.ago(200), None);
    s.absent(&child, "a third recorded parent is able");

    s.scene();
    let (child, [father, mother]) = s.child(8);
    s.die(&father, Source::Cremation, s.ago(500));
    s.out.custody_started(&mother, "arrest", s.ago(200), None);
    s.die(&child, Source::Health, s.ago(10));
    s.absent(&child, "the child died: a rule about a person holds only while that person lives");
}

fn by_record(s: &mut Stage<'_, '_>) {
    s.scene();
    let (child, [father, mother]) = s.child(10);
    let present = s.renumbered(&mother);
    s.die(&father, Source::Cremation, s.ago(500));
    s.disabled(&present, "mental", 2);
    s.found(&child, "the relation has the mother's former number, the certificate her present one");

    s.scene();
    let (child, [father, mother]) = s.child(10);
    s.die(&father.short(), Source::Cremation, s.ago(500));
    s.disabled(&mother.short(), "mental", 2);
    s.found(&child, "death and certificate have the 15-digit numbers of the parents");

    s.scene();
    let (child, [father, mother]) = s.child(10);
    s.die(&father, Source::Cremation, s.ago(500));
    s.out.missing_reported(&mother, s.ago(300));
    let sent = s.out.missing_closed(&mother, s.ago(100));
    s.out.retract(sent, s.ago(90));
    s.found(&child, "that the mother was found was retracted");

    s.scene();
    let (child, [father, mother]) = s.child(10);
    s.die(&father, Source::Cremation, s.ago(500));
    let sent = s.out.custody_started(&mother, "imprisonment", s.ago(300), None);
    s.out.retract(sent, s.ago(90));
    s.absent(&child, "the mother's custody was retracted");
}

/// A child whose father is in prison and whose mother is missing.
fn unattended(s: &mut Stage<'_, '_>, child: &Person) {
    let [father, mother] = s.parents(child);
    s.out.custody_started(&father, "imprisonment", s.ago(300), None);
    s.out.missing_reported(&mother, s.ago(250));
}

fn by_program(s: &mut Stage<'_, '_>) {
    for (program, expect) in [("child-in-difficulty", true), ("unattended-child", false), ("orphan", false)] {
        s.scene();
        let child = s.aged(13);
        unattended(s, &child);
        s.grant(program, &[&child], s.day);
        s.person(expect, &child, &format!("{program}, granted on the day"));
    }

    s.scene();
    let child = s.aged(14);
    unattended(s, &child);
    let benefit = s.grant("unattended-child", &[&child], s.ago(200));
    s.out.ended(&benefit, s.day);
    s.found(&child, "unattended-child ended on the day");
}

fn by_age(s: &mut Stage<'_, '_>) {
    for (expect, note) in [(true, "turns 18 tomorrow: still 17"), (false, "turned 18 on the day")] {
        s.scene();
        let child = if expect { s.turning_tomorrow(18) } else { s.turning(18) };
        unattended(s, &child);
        s.person(expect, &child, note);
    }
}

fn not_two(s: &mut Stage<'_, '_>) {
    s.scene();
    let (child, mother) = (s.aged(9), s.aged(36));
    s.settle(&[&mother, &child]);
    s.out.relation(&child, &mother, "parent", child.birth);
    s.out.custody_started(&mother, "imprisonment", s.ago(300), None);
    s.absent(&child, "only one parent is recorded");

    s.scene();
    let (child, mother, aunt) = (s.aged(9), s.aged(36), s.aged(45));
    s.settle(&[&mother, &aunt, &child]);
    s.out.relation(&child, &mother, "parent", child.birth);
    s.out.relation(&child, &aunt, "guardian", s.ago(300));
    s.out.custody_started(&mother, "imprisonment", s.ago(300), None);
    s.out.missing_reported(&aunt, s.ago(250));
    s.absent(&child, "one parent and one guardian: a guardian is no parent");
}
