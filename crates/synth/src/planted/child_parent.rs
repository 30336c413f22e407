//! `child-parent-event`: under 18; a recorded parent died, was taken into custody or was reported missing
//! in the last 90 days; `orphan` and `unattended-child` not true of the child on D; no active child program.

use super::stage::{Source, Stage};
use crate::name::misspelt;
use crate::person::Person;

/// What happened to a parent.
type Happening = (&'static str, fn(&mut Stage<'_, '_>, &Person));

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    for (note, happens) in RECENT {
        s.scene();
        let (child, [father, _]) = s.child(10);
        happens(s, &father);
        s.found(&child, &format!("a parent {note}"));
    }
    for (note, happens) in NOT_RECENT {
        s.scene();
        let (child, [father, _]) = s.child(10);
        happens(s, &father);
        s.absent(&child, &format!("a parent {note}"));
    }
    by_family(s);
    by_age(s);
    by_other_rule(s);
    by_program(s);
}

const RECENT: [Happening; 9] = [
    ("died on the day", |s, parent| {
        s.die(parent, Source::Health, s.day);
    }),
    ("died on the first of the last 90 days", |s, parent| {
        s.die(parent, Source::Cremation, s.ago(89));
    }),
    ("was detained on the first of the last 90 days", |s, parent| {
        s.out.custody_started(parent, "detention", s.ago(89), None);
    }),
    ("was imprisoned 20 days ago, for less than 180 days", |s, parent| {
        s.out.custody_started(parent, "imprisonment", s.ago(20), Some(s.ago(-100)));
    }),
    ("was detained 40 days ago and released since: the event counts", |s, parent| {
        s.out.custody_started(parent, "detention", s.ago(40), None);
        s.out.custody_ended(parent, s.ago(10));
    }),
    ("was reported missing on the first of the last 90 days", |s, parent| {
        s.out.missing_reported(parent, s.ago(89));
    }),
    ("was reported missing 60 days ago and found since: the event counts", |s, parent| {
        s.out.missing_reported(parent, s.ago(60));
        s.out.missing_closed(parent, s.ago(50));
    }),
    ("died; the certificate was retracted and stated again later", |s, parent| {
        let sent = s.die(parent, Source::Health, s.ago(30));
        s.out.retract(sent, s.ago(20));
        s.die(parent, Source::Health, s.ago(30));
    }),
    ("died; the certificate has the 15-digit number", |s, parent| {
        s.die(&parent.short(), Source::Health, s.ago(30));
    }),
];

const NOT_RECENT: [Happening; 9] = [
    ("died 90 days ago: a day too early", |s, parent| {
        s.die(parent, Source::Police, s.ago(90));
    }),
    ("died 90 days ago and was cremated later: the earliest day counts", |s, parent| {
        s.die(parent, Source::Health, s.ago(90));
        s.die(parent, Source::Cremation, s.ago(86));
    }),
    ("was arrested 90 days ago: a day too early", |s, parent| {
        s.out.custody_started(parent, "arrest", s.ago(90), None);
    }),
    ("was reported missing 90 days ago: a day too early", |s, parent| {
        s.out.missing_reported(parent, s.ago(90));
    }),
    ("was released 10 days ago: an end is no taking into custody", |s, parent| {
        s.out.custody_started(parent, "detention", s.ago(120), None);
        s.out.custody_ended(parent, s.ago(10));
    }),
    ("was detained; the record was retracted", |s, parent| {
        let sent = s.out.custody_started(parent, "detention", s.ago(40), None);
        s.out.retract(sent, s.ago(30));
    }),
    ("died by a certificate with another name than police: held", |s, parent| {
        s.die(&parent.named(&misspelt(&parent.name)), Source::Health, s.ago(20));
    }),
    ("moved out: not dead, not missing", |s, parent| {
        s.out.cancelled(parent, "moved-out", s.ago(20));
    }),
    ("became severely disabled, which is no such event", |s, parent| {
        s.out.certified_disabled(parent, "physical", 1, s.ago(20), s.ago(-900));
    }),
];

fn by_family(s: &mut Stage<'_, '_>) {
    s.scene();
    let (child, father, mother, grandmother) = (s.aged(6), s.resident(35), s.resident(33), s.aged(62));
    s.settle(&[&grandmother, &child]);
    for parent in [&father, &mother] {
        s.out.relation(&child, parent, "parent", child.birth);
    }
    s.die(&mother, Source::FuneralGrant, s.ago(30));
    s.found(&child, "both parents are registered elsewhere");

    s.scene();
    let (child, mother) = (s.aged(7), s.aged(33));
    s.settle(&[&mother, &child]);
    s.out.relation(&child, &mother, "parent", child.birth);
    s.out.custody_started(&mother, "imprisonment", s.ago(30), Some(s.ago(-900)));
    s.found(&child, "the only recorded parent was imprisoned: unattended-child asks for two parents");

    s.scene();
    let (child, [father, _]) = s.child(8);
    let present = s.renumbered(&child);
    s.die(&father, Source::Health, s.ago(30));
    s.found(&present, "the child's number was corrected: relations under the former one are the child's");

    s.scene();
    let (child, aunt) = (s.aged(9), s.aged(44));
    s.settle(&[&aunt, &child]);
    s.out.relation(&child, &aunt, "guardian", s.ago(900));
    s.die(&aunt, Source::Health, s.ago(30));
    s.absent(&child, "a guardian died, who is no parent");

    s.scene();
    let (child, [father, _]) = s.child(8);
    s.die(&father, Source::Health, s.ago(30));
    s.die(&child, Source::Health, s.ago(30));
    s.absent(&child, "the child died: a rule about a person holds only while that person lives");
}

fn by_age(s: &mut Stage<'_, '_>) {
    for (expect, note) in [(true, "turns 18 tomorrow: still 17"), (false, "turned 18 on the day")] {
        s.scene();
        let child = if expect { s.turning_tomorrow(18) } else { s.turning(18) };
        let [father, _] = s.parents(&child);
        s.die(&father, Source::Police, s.ago(30));
        s.person(expect, &child, note);
    }
}

fn by_other_rule(s: &mut Stage<'_, '_>) {
    s.scene();
    let (child, [father, mother]) = s.child(11);
    s.die(&father, Source::Health, s.ago(30));
    s.out.missing_reported(&mother, s.ago(179));
    s.found(&child, "one died, the other is missing for 179 days: not unattended yet");

    s.scene();
    let (child, [father, mother]) = s.child(11);
    s.die(&father, Source::Health, s.ago(30));
    s.out.missing_reported(&mother, s.ago(180));
    s.absent(&child, "one died, the other is missing for 180 days: unattended-child is true");

    s.scene();
    let (child, [father, mother]) = s.child(11);
    s.die(&father, Source::Health, s.ago(30));
    s.die(&mother, Source::Police, s.ago(200));
    s.absent(&child, "both died: orphan is true");
}

fn by_program(s: &mut Stage<'_, '_>) {
    for program in ["orphan", "unattended-child", "child-in-difficulty"] {
        s.scene();
        let (child, [father, _]) = s.child(12);
        s.die(&father, Source::Police, s.ago(30));
        s.grant(program, &[&child], s.day);
        s.absent(&child, &format!("{program}, granted on the day"));
    }

    s.scene();
    let (child, [father, _]) = s.child(12);
    s.die(&father, Source::Police, s.ago(30));
    let benefit = s.grant("child-in-difficulty", &[&child], s.ago(300));
    s.out.ended(&benefit, s.day);
    s.found(&child, "child-in-difficulty ended on the day");
}
