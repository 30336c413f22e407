//! `recipient-in-custody`: in custody as `imprisonment` or `compulsory-rehabilitation`; an active `dibao` or
//! disability subsidy.

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::name::misspelt;
use crate::person::Person;

const KINDS: [&str; 2] = ["imprisonment", "compulsory-rehabilitation"];
const PROGRAMS: [&str; 3] = ["dibao", "disability-living", "disability-nursing"];

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    for kind in KINDS {
        for program in PROGRAMS {
            let person = recipient(s, program);
            s.out.custody_started(&person, kind, s.day, None);
            s.found(&person, &format!("{kind} since the day, with {program}"));
        }
    }
    by_spell(s);
    by_benefit(s);
    Telling {
        about: About::Person,
        years: 39,
        what: "imprisoned 100 days ago, with dibao",
        before: |s, person, _| {
            s.grant("dibao", &[person], s.ago(300));
        },
        event: |s, person| s.out.custody_started(person, "imprisonment", s.ago(100), Some(s.ago(-400))),
    }
    .plant(s);
}

fn recipient(s: &mut Stage<'_, '_>, program: &str) -> Person {
    let person = s.alone(41);
    s.grant(program, &[&person], s.ago(500));
    person
}

fn by_spell(s: &mut Stage<'_, '_>) {
    let person = recipient(s, "dibao");
    s.out.custody_started(&person, "detention", s.ago(200), None);
    s.out.custody_started(&person, "arrest", s.ago(180), None);
    s.out.custody_started(&person, "imprisonment", s.ago(20), Some(s.ago(-700)));
    s.found(&person, "detained, arrested, and imprisoned 20 days ago: the kind of the newest start");

    let person = recipient(s, "dibao");
    s.out.custody_started(&person, "imprisonment", s.ago(900), Some(s.ago(30)));
    s.found(&person, "expected until 30 days ago, but no end was reported");

    let person = recipient(s, "dibao");
    s.out.custody_started(&person, "imprisonment", s.ago(300), None);
    let wrong = s.out.custody_ended(&person, s.ago(100));
    s.out.retract(wrong, s.ago(90));
    s.found(&person, "the end was retracted");

    for kind in ["detention", "arrest"] {
        let person = recipient(s, "dibao");
        s.out.custody_started(&person, kind, s.ago(300), None);
        s.absent(&person, &format!("{kind} is neither kind"));
    }

    let person = recipient(s, "dibao");
    s.out.custody_started(&person, "imprisonment", s.ago(300), None);
    s.out.custody_ended(&person, s.day);
    s.absent(&person, "released on the day");

    let person = recipient(s, "dibao");
    s.out.custody_started(&person, "imprisonment", s.ago(300), None);
    s.out.custody_ended(&person, s.ago(200));
    s.out.custody_started(&person, "detention", s.ago(10), None);
    s.absent(&person, "released from prison, and only detained since");

    let person = recipient(s, "dibao");
    s.out.custody_started(&person, "imprisonment", s.ago(-1), None);
    s.absent(&person, "imprisoned from tomorrow");
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, mother) = (s.aged(40), s.aged(70));
    s.settle(&[&mother, &person]);
    s.grant("dibao", &[&mother, &person], s.ago(300));
    s.out.custody_started(&person, "imprisonment", s.ago(30), None);
    s.found(&person, "on the list of the family's dibao");
    s.absent(&mother, "on the same list, not in custody");

    s.scene();
    let (person, mother) = (s.aged(40), s.aged(70));
    s.settle(&[&mother, &person]);
    s.grant("dibao", &[&mother, &person.named(&misspelt(&person.name))], s.ago(300));
    s.out.custody_started(&person, "imprisonment", s.ago(30), None);
    s.absent(&person, "the list has another name than police: it says nothing about this person");

    let person = s.alone(42);
    let benefit = s.grant("disability-living", &[&person], s.ago(300));
    s.out.suspended(&benefit, s.ago(20));
    s.out.custody_started(&person, "imprisonment", s.ago(30), None);
    s.found(&person, "the subsidy is suspended, and suspended ones are active");

    let person = s.alone(43);
    let benefit = s.grant("disability-living", &[&person], s.ago(300));
    s.out.custody_started(&person, "imprisonment", s.ago(30), None);
    s.out.ended(&benefit, s.day);
    s.absent(&person, "the subsidy ended on the day");

    for program in ["tekun", "dibao-edge", "home-care"] {
        let person = recipient(s, program);
        s.out.custody_started(&person, "imprisonment", s.ago(30), None);
        s.absent(&person, &format!("{program} is none of these benefits"));
    }

    let person = recipient(s, "dibao");
    s.out.custody_started(&person, "imprisonment", s.ago(30), None);
    s.die(&person, Source::Police, s.ago(2));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}
