//! `missed-disability-living`: valid certificate; an active `dibao`; no active `disability-living`, `tekun`,
//! `orphan` or `unattended-child`; no active injury nursing.
//! `missed-disability-nursing`: valid certificate of grade 1 or 2; no active `disability-nursing` or `tekun`;
//! no active injury nursing.

use super::stage::Stage;
use super::telling::{About, NOTHING, Telling};
use crate::money::yuan;
use crate::name::misspelt;
use crate::person::Person;

/// What both rules say of a certificate's days: expected outcome, what is told, and how.
type Certificates = (bool, &'static str, fn(&mut Stage<'_, '_>, &Person));

const CERTIFICATES: [Certificates; 6] = [
    (true, "valid until the day", |s, person| {
        s.out.certified_disabled(person, "mental", 2, s.ago(1_000), s.day);
    }),
    (true, "certified on the day", |s, person| {
        s.out.certified_disabled(person, "visual", 1, s.day, s.ago(-3_650));
    }),
    (true, "an expired certificate was renewed", |s, person| {
        s.out.certified_disabled(person, "hearing", 2, s.ago(4_000), s.ago(350));
        s.out.certified_disabled(person, "hearing", 1, s.ago(340), s.ago(-3_000));
    }),
    (false, "valid until yesterday", |s, person| {
        s.out.certified_disabled(person, "mental", 2, s.ago(1_000), s.ago(1));
    }),
    (false, "the newest certificate expired: an older one never revives", |s, person| {
        s.disabled(person, "mental", 2);
        s.out.certified_disabled(person, "mental", 2, s.ago(500), s.ago(20));
    }),
    (false, "never certified", |_, _| ()),
];

/// Injury nursing, which excludes both subsidies, perhaps stopped on the day.
fn nursing(s: &mut Stage<'_, '_>, person: &Person, over: bool) {
    s.out.nursing_started(person, yuan(2_100), s.ago(600));
    if over {
        s.out.nursing_stopped(person, s.day);
    }
}

pub(super) fn plant_living(s: &mut Stage<'_, '_>) {
    for (expect, note, certify) in CERTIFICATES {
        let person = s.alone(50);
        s.grant("dibao", &[&person], s.ago(300));
        certify(s, &person);
        s.person(expect, &person, &format!("has dibao; {note}"));
    }
    living_by_dibao(s);
    living_by_exclusion(s);
    Telling {
        about: About::Person,
        years: 51,
        what: "a certificate of grade 4",
        before: |s, person, _| {
            s.grant("dibao", &[person], s.ago(300));
        },
        event: |s, person| s.disabled(person, "physical", 4),
    }
    .plant(s);
}

/// Somebody with dibao and a valid certificate.
fn poor_and_disabled(s: &mut Stage<'_, '_>, years: i16) -> Person {
    let person = s.alone(years);
    s.grant("dibao", &[&person], s.ago(300));
    s.disabled(&person, "physical", 3);
    person
}

fn living_by_dibao(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, mother) = (s.resident(33), s.resident(66));
    s.disabled(&person, "speech", 3);
    let dibao = s.grant("dibao", &[&mother], s.ago(300));
    s.out.members_changed(&dibao, &[&mother, &person], s.day);
    s.found(&person, "put on the list of the mother's dibao on the day");

    s.scene();
    let person = s.resident(34);
    s.disabled(&person, "speech", 3);
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.suspended(&dibao, s.ago(30));
    s.found(&person, "the dibao is suspended, and suspended ones are active");

    s.scene();
    let (person, mother) = (s.aged(33), s.aged(66));
    s.settle(&[&mother, &person]);
    s.disabled(&person, "speech", 3);
    s.grant("dibao", &[&mother], s.ago(300));
    s.absent(&person, "the mother's dibao does not name the person");

    for program in ["dibao-edge", "rigid-spending"] {
        let person = s.alone(35);
        s.disabled(&person, "speech", 1);
        s.grant(program, &[&person], s.ago(300));
        s.absent(&person, &format!("{program} is no dibao"));
    }

    let person = s.alone(36);
    s.disabled(&person, "speech", 1);
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.ended(&dibao, s.day);
    s.absent(&person, "the dibao ended on the day");
}

fn living_by_exclusion(s: &mut Stage<'_, '_>) {
    for (program, years) in
        [("disability-living", 45), ("tekun", 62), ("orphan", 14), ("unattended-child", 13)]
    {
        let person = poor_and_disabled(s, years);
        s.grant(program, &[&person], s.day);
        s.absent(&person, &format!("has {program}, granted on the day"));

        let person = poor_and_disabled(s, years);
        let benefit = s.grant(program, &[&person], s.ago(200));
        s.out.ended(&benefit, s.day);
        s.found(&person, &format!("{program} ended on the day"));
    }

    let person = poor_and_disabled(s, 46);
    s.grant("disability-nursing", &[&person], s.ago(200));
    s.found(&person, "the other disability subsidy excludes nothing");

    let person = poor_and_disabled(s, 47);
    s.grant("disability-living", &[&person.named(&misspelt(&person.name))], s.ago(200));
    s.found(&person, "the subsidy was granted with another name than police: held");

    let person = poor_and_disabled(s, 48);
    nursing(s, &person, true);
    s.found(&person, "injury nursing was stopped on the day");

    let person = poor_and_disabled(s, 49);
    nursing(s, &person, false);
    s.absent(&person, "active injury nursing");
}

pub(super) fn plant_nursing(s: &mut Stage<'_, '_>) {
    for (expect, note, certify) in CERTIFICATES {
        let person = s.alone(50);
        certify(s, &person);
        s.person(expect, &person, note);
    }
    nursing_by_grade(s);
    nursing_by_exclusion(s);
    Telling {
        about: About::Person,
        years: 51,
        what: "a certificate of grade 2",
        before: NOTHING,
        event: |s, person| s.disabled(person, "physical", 2),
    }
    .plant(s);
}

/// Somebody with a valid certificate of grade 1.
fn severely_disabled(s: &mut Stage<'_, '_>, years: i16) -> Person {
    let person = s.alone(years);
    s.disabled(&person, "multiple", 1);
    person
}

fn nursing_by_grade(s: &mut Stage<'_, '_>) {
    for grade in 1..=4 {
        let person = s.alone(42);
        s.disabled(&person, "intellectual", grade);
        s.person(grade <= 2, &person, &format!("grade {grade}"));
    }

    let person = s.alone(8);
    s.disabled(&person, "intellectual", 4);
    s.out.certified_disabled(&person, "intellectual", 2, s.ago(10), s.ago(-900));
    s.found(&person, "grade 4, and a newer certificate of grade 2");

    let person = s.alone(43);
    s.disabled(&person, "physical", 1);
    s.out.certified_disabled(&person, "physical", 3, s.ago(10), s.ago(-900));
    s.absent(&person, "grade 1, and a newer certificate of grade 3");
}

fn nursing_by_exclusion(s: &mut Stage<'_, '_>) {
    for program in ["disability-nursing", "tekun"] {
        let person = severely_disabled(s, 61);
        s.grant(program, &[&person], s.day);
        s.absent(&person, &format!("has {program}, granted on the day"));

        let person = severely_disabled(s, 62);
        let benefit = s.grant(program, &[&person], s.ago(200));
        s.out.ended(&benefit, s.day);
        s.found(&person, &format!("{program} ended on the day"));
    }

    for (years, program) in [(63, "disability-living"), (12, "orphan"), (64, "dibao")] {
        let person = severely_disabled(s, years);
        s.grant(program, &[&person], s.ago(200));
        s.found(&person, &format!("{program} excludes nothing here"));
    }

    let person = severely_disabled(s, 48);
    nursing(s, &person, true);
    s.found(&person, "injury nursing was stopped on the day");

    let person = severely_disabled(s, 49);
    nursing(s, &person, false);
    s.absent(&person, "active injury nursing");
}
