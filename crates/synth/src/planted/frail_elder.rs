//! `frail-elder-without-care`: age at least 60; newest ability level at least 2; no active `home-care`, no
//! active long-term care.

use super::stage::Stage;
use super::telling::{About, NOTHING, Telling};
use crate::money::yuan;
use crate::name::misspelt;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_level(s);
    by_age(s);
    by_home_care(s);
    by_long_term_care(s);
    Telling {
        about: About::Person,
        years: 79,
        what: "assessed with level 3",
        before: NOTHING,
        event: |s, person| s.out.ability_assessed(person, 3, s.ago(90)),
    }
    .plant(s);
}

/// Somebody of that age who was assessed so.
fn assessed(s: &mut Stage<'_, '_>, years: i16, level: u8) -> Person {
    let person = s.alone(years);
    s.out.ability_assessed(&person, level, s.ago(200));
    person
}

fn by_level(s: &mut Stage<'_, '_>) {
    for level in 0..=4 {
        let person = assessed(s, 77, level);
        s.person(level >= 2, &person, &format!("level {level}"));
    }

    let person = assessed(s, 78, 1);
    s.out.ability_assessed(&person, 2, s.day);
    s.found(&person, "level 1, and 2 on the day");

    let person = assessed(s, 79, 4);
    s.out.ability_assessed(&person, 1, s.ago(10));
    s.absent(&person, "level 4, and 1 since: the newest counts");

    let person = assessed(s, 80, 3);
    s.out.ability_assessed(&person.named(&misspelt(&person.name)), 0, s.ago(10));
    s.found(&person, "the newer level 0 has another name than police: held");

    let person = assessed(s, 81, 3);
    let wrong = s.out.ability_assessed(&person, 0, s.ago(10));
    s.out.retract(wrong, s.ago(5));
    s.found(&person, "the newer level 0 was retracted");

    let person = s.alone(88);
    s.absent(&person, "never assessed");
}

fn by_age(s: &mut Stage<'_, '_>) {
    for (expect, note) in [(true, "turned 60 on the day"), (false, "turns 60 tomorrow")] {
        s.scene();
        let person = if expect { s.turning(60) } else { s.turning_tomorrow(60) };
        s.settle(&[&person]);
        s.out.ability_assessed(&person, 2, s.ago(20));
        s.person(expect, &person, note);
    }
}

fn by_home_care(s: &mut Stage<'_, '_>) {
    let person = assessed(s, 82, 2);
    let benefit = s.grant("home-care", &[&person], s.ago(500));
    s.out.ended(&benefit, s.day);
    s.found(&person, "home-care ended on the day");

    let person = assessed(s, 83, 2);
    s.grant("home-care", &[&person], s.ago(-1));
    s.found(&person, "home-care begins tomorrow");

    let person = assessed(s, 84, 2);
    s.grant("care-visit", &[&person], s.ago(500));
    s.found(&person, "care-visit is no home-care");

    let person = assessed(s, 76, 2);
    s.grant("home-care", &[&person], s.day);
    s.absent(&person, "home-care granted on the day");

    let person = assessed(s, 75, 2);
    let benefit = s.grant("home-care", &[&person], s.ago(500));
    s.out.suspended(&benefit, s.ago(20));
    s.absent(&person, "home-care is suspended, and suspended ones are active");
}

fn by_long_term_care(s: &mut Stage<'_, '_>) {
    let person = assessed(s, 74, 4);
    s.out.care_approved(&person, "重度二级", "institution", yuan(1_500), s.ago(300));
    s.out.care_ended(&person, s.day);
    s.found(&person, "long-term care ended on the day");

    for mode in ["home", "institution"] {
        let person = assessed(s, 73, 4);
        s.out.care_approved(&person, "重度二级", mode, yuan(1_500), s.day);
        s.absent(&person, &format!("long-term care of mode {mode} since the day"));
    }

    let person = assessed(s, 72, 4);
    s.out.care_approved(&person, "重度一级", "home", yuan(900), s.ago(300));
    s.out.care_ended(&person, s.ago(200));
    s.out.care_approved(&person, "重度二级", "home", yuan(1_200), s.ago(100));
    s.absent(&person, "long-term care ended and began again");
}
