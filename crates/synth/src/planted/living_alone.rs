//! `elder-living-alone`: age at least 80; in a police household with no other living person; no active
//! `care-visit`.

use super::stage::{Source, Stage};
use crate::name::misspelt;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_age(s);
    nobody_else(s);
    somebody_else(s);
    collective(s);
    no_household(s);
    by_program(s);
}

fn by_age(s: &mut Stage<'_, '_>) {
    for (expect, note) in [(true, "turned 80 on the day"), (false, "turns 80 tomorrow")] {
        s.scene();
        let person = if expect { s.turning(80) } else { s.turning_tomorrow(80) };
        s.settle(&[&person]);
        s.person(expect, &person, note);
    }
    let person = s.alone(93);
    s.found(&person, "93, alone in the household");

    s.scene();
    let (_, present) = s.two_numbers(84);
    s.found(&present, "two numbers are one person: nobody else is in the household");

    s.scene();
    let (person, home) = (s.aged(87), s.home());
    s.out.registered(&person.short(), &home, "户主", s.ago(2_000));
    s.found(&person, "police have the 15-digit number, whose birth date is of the 20th century");
}

/// A scene with an elder and another in one home, the elder first.
fn two(s: &mut Stage<'_, '_>, years: i16, other: i16) -> (Person, Person) {
    s.scene();
    let pair = (s.aged(years), s.aged(other));
    s.settle(&[&pair.1, &pair.0]);
    pair
}

fn nobody_else(s: &mut Stage<'_, '_>) {
    let (person, husband) = two(s, 82, 85);
    s.die(&husband, Source::Health, s.day);
    s.found(&person, "the husband died on the day");

    let (person, son) = two(s, 83, 55);
    let away = s.home();
    s.out.moved(&son, &away, "户主", s.ago(10));
    s.found(&person, "the son moved to another household");

    let (person, son) = two(s, 84, 55);
    s.out.cancelled(&son, "emigrated", s.ago(10));
    s.found(&person, "the son emigrated: he is in no police household");

    let (person, son) = two(s, 85, 55);
    let home = s.home();
    s.out.moved(&person, &home, "户主", s.ago(10));
    s.found(&person, "moved to a household of their own");
    s.absent(&son, "of the same household before, under 80");

    s.scene();
    let (person, daughter) = (s.resident(86), s.resident(58));
    s.grant("dibao", &[&daughter, &person], s.ago(300));
    s.found(&person, "a dibao with a daughter who is registered elsewhere: she is no co-resident");
}

fn somebody_else(s: &mut Stage<'_, '_>) {
    let (person, _) = two(s, 82, 85);
    s.absent(&person, "the husband lives");

    let (person, wife) = two(s, 81, 80);
    s.die(&wife.named(&misspelt(&wife.name)), Source::Health, s.ago(20));
    s.absent(&person, "the wife's certificate has another name than police: held, she counts as living");

    let (person, son) = two(s, 83, 54);
    s.grant("dibao", &[&son], s.ago(300));
    s.absent(&person, "the son has a dibao without the person, and stays a co-resident");

    let (person, son) = two(s, 83, 54);
    let away = s.home();
    let wrong = s.out.moved(&son, &away, "户主", s.ago(60));
    s.out.retract(wrong, s.ago(30));
    s.absent(&person, "the son's move was retracted");

    let (person, grandson) = two(s, 88, 30);
    s.out.custody_started(&grandson, "imprisonment", s.ago(100), None);
    s.absent(&person, "the grandson is in custody, but registered there and living");
}

fn collective(s: &mut Stage<'_, '_>) {
    s.scene();
    let (people, _) = s.collective(86);
    s.absent(&people[3], "more than 20 people of one number are alone as households, and stay co-residents");
}

fn no_household(s: &mut Stage<'_, '_>) {
    let person = s.alone(84);
    s.out.cancelled(&person, "moved-out", s.ago(60));
    s.absent(&person, "moved out: in no police household");

    let person = s.alone(84);
    s.die(&person, Source::Police, s.ago(5));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}

fn by_program(s: &mut Stage<'_, '_>) {
    let person = s.alone(85);
    let benefit = s.grant("care-visit", &[&person], s.ago(300));
    s.out.ended(&benefit, s.day);
    s.found(&person, "care-visit ended on the day");

    let person = s.alone(86);
    s.grant("care-visit", &[&person.named(&misspelt(&person.name))], s.ago(300));
    s.found(&person, "care-visit was granted with another name than police: held");

    let person = s.alone(87);
    s.grant("home-care", &[&person], s.ago(300));
    s.found(&person, "home-care is no care-visit");

    let person = s.alone(88);
    s.grant("care-visit", &[&person], s.day);
    s.absent(&person, "care-visit granted on the day");

    let person = s.alone(89);
    let benefit = s.grant("care-visit", &[&person], s.ago(300));
    s.out.suspended(&benefit, s.ago(10));
    s.absent(&person, "care-visit is suspended, and suspended ones are active");
}
