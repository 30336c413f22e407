//! `ageing-out`: active child program and age at least 18.

use super::stage::Stage;
use super::telling::{About, NOTHING, Telling};
use crate::name::misspelt;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_age(s);
    by_benefit(s);
    Telling {
        about: About::Person,
        years: 19,
        what: "orphan at 19",
        before: NOTHING,
        event: |s, person| s.grant_as(&s.fixed("B"), "orphan", &[person], s.ago(900), None),
    }
    .plant(s);
}

fn by_age(s: &mut Stage<'_, '_>) {
    for program in ["orphan", "unattended-child", "child-in-difficulty"] {
        s.scene();
        let person = s.turning(18);
        s.settle(&[&person]);
        s.grant(program, &[&person], s.ago(900));
        s.found(&person, &format!("turned 18 on the day, with {program}"));

        s.scene();
        let person = s.turning_tomorrow(18);
        s.settle(&[&person]);
        s.grant(program, &[&person], s.ago(900));
        s.absent(&person, &format!("turns 18 tomorrow, with {program}"));

        let person = s.alone(22);
        s.grant(program, &[&person], s.day);
        s.found(&person, &format!("22; {program} granted on the day"));
    }

    let person = s.alone(10);
    s.grant("orphan", &[&person], s.ago(900));
    s.absent(&person, "10 years old");
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    let person = s.alone(18);
    let benefit = s.grant("child-in-difficulty", &[&person], s.ago(900));
    s.out.suspended(&benefit, s.ago(30));
    s.found(&person, "the program is suspended, and suspended ones are active");

    let person = s.alone(18);
    let first = s.grant("child-in-difficulty", &[&person], s.ago(900));
    s.grant("orphan", &[&person], s.ago(800));
    s.out.ended(&first, s.ago(30));
    s.found(&person, "one child program ended, another is active");

    let person = s.alone(20);
    let benefit = s.grant("orphan", &[&person], s.ago(900));
    let end = s.out.ended(&benefit, s.ago(90));
    s.out.retract(end, s.ago(60));
    s.found(&person, "the end was retracted");

    let person = s.alone(18);
    let benefit = s.grant("orphan", &[&person], s.ago(900));
    s.out.ended(&benefit, s.day);
    s.absent(&person, "the program ended on the day");

    let person = s.alone(19);
    s.grant("orphan", &[&person], s.ago(-1));
    s.absent(&person, "the program begins tomorrow");

    let person = s.alone(25);
    s.grant("disability-living", &[&person], s.ago(900));
    s.grant("orphan", &[&person.named(&misspelt(&person.name))], s.ago(900));
    s.absent(&person, "the child program was granted with another name than police: held");
}
