//! `uninsured-recipient`: member of a low-income household without active enrolment of any insutype.

use super::stage::{Source, Stage};
use super::telling::{About, NOTHING, Telling};
use crate::name::misspelt;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_program(s);
    by_household(s);
    by_enrolment(s);
    enrolled(s);
    Telling {
        about: About::Person,
        years: 66,
        what: "has tekun and was never enrolled",
        before: NOTHING,
        event: |s, person| s.grant_as(&s.fixed("B"), "tekun", &[person], s.ago(300), None),
    }
    .plant(s);
}

/// Somebody of that age with dibao.
fn poor(s: &mut Stage<'_, '_>, years: i16) -> Person {
    let person = s.alone(years);
    s.grant("dibao", &[&person], s.ago(300));
    person
}

fn by_program(s: &mut Stage<'_, '_>) {
    for program in ["dibao", "tekun", "dibao-edge", "rigid-spending"] {
        let person = s.alone(61);
        s.grant(program, &[&person], s.day);
        s.found(&person, &format!("never enrolled; {program} granted on the day"));
    }

    for program in ["old-age-allowance", "disability-living", "temporary-aid"] {
        let person = s.alone(84);
        s.grant(program, &[&person], s.ago(200));
        s.absent(&person, &format!("never enrolled, but {program} is no low-income program"));
    }

    let person = s.alone(62);
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.ended(&dibao, s.day);
    s.absent(&person, "never enrolled, but the dibao ended on the day");
}

fn by_household(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, brother) = (s.aged(60), s.aged(64));
    s.settle(&[&brother, &person]);
    s.grant("tekun", &[&brother], s.ago(300));
    s.out.enrolled(&brother, "390", s.ago(900));
    s.found(&person, "low-income by the brother's tekun; only the brother is enrolled");
    s.absent(&brother, "enrolled");

    s.scene();
    let (mother, child) = (s.resident(36), s.aged(4));
    s.settle(&[&child]);
    s.grant("dibao", &[&mother, &child], s.ago(300));
    s.out.enrolled(&mother, "390", s.ago(900));
    s.found(&child, "on the list of the mother's dibao, registered elsewhere");

    s.scene();
    let (mother, son) = (s.aged(66), s.aged(36));
    s.settle(&[&mother, &son]);
    s.grant("dibao", &[&mother], s.ago(300));
    s.absent(&son, "the dibao names only the mother, whose household is another");

    s.scene();
    let (person, brother) = (s.aged(60), s.aged(64));
    s.settle(&[&brother, &person]);
    s.grant("tekun", &[&brother], s.ago(300));
    s.die(&brother, Source::Health, s.ago(5));
    s.absent(&person, "the brother with the tekun died: not low-income");
}

fn by_enrolment(s: &mut Stage<'_, '_>) {
    for insutype in ["310", "390"] {
        let person = poor(s, 57);
        s.out.enrolled(&person, insutype, s.ago(900));
        s.out.unenrolled(&person, insutype, s.day);
        s.found(&person, &format!("enrolment {insutype} was stopped on the day"));
    }

    let person = poor(s, 58);
    s.out.enrolled(&person, "390", s.ago(-1));
    s.found(&person, "enrolled from tomorrow");

    let person = poor(s, 59);
    s.out.enrolled(&person.named(&misspelt(&person.name)), "390", s.ago(600));
    s.found(&person, "the enrolment has another name than police: held");

    let person = poor(s, 60);
    let wrong = s.out.enrolled(&person, "390", s.ago(600));
    s.out.retract(wrong, s.ago(200));
    s.found(&person, "the enrolment was retracted");
}

fn enrolled(s: &mut Stage<'_, '_>) {
    for insutype in ["310", "390"] {
        let person = poor(s, 50);
        s.out.enrolled(&person, insutype, s.day);
        s.absent(&person, &format!("enrolled in {insutype} on the day"));
    }

    let person = poor(s, 51);
    s.out.enrolled(&person, "310", s.ago(900));
    s.out.enrolled(&person, "390", s.ago(300));
    s.out.unenrolled(&person, "310", s.ago(200));
    s.absent(&person, "310 was stopped, 390 is open: any insutype will do");

    let person = poor(s, 52);
    s.out.enrolled(&person, "390", s.ago(900));
    s.out.unenrolled(&person, "390", s.ago(400));
    s.out.enrolled(&person, "390", s.ago(30));
    s.absent(&person, "stopped and enrolled again");

    let person = poor(s, 53);
    s.out.enrolled(&person.short(), "390", s.ago(900));
    s.absent(&person, "enrolled under the 15-digit number of the same person");
}
