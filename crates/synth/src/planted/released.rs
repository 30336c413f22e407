//! `released-without-work`: the newest custody event is an end 14 to 180 days ago; working age; not
//! employed; the person has no active low-income program.

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::money::yuan;
use crate::name::misspelt;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_day(s);
    by_age(s);
    by_work(s);
    by_program(s);
    not_newest(s);
    Telling {
        about: About::Person,
        years: 42,
        what: "released 60 days ago",
        before: |s, person, _| {
            s.out.custody_started(person, "imprisonment", s.ago(800), None);
        },
        event: |s, person| s.out.custody_ended(person, s.ago(60)),
    }
    .plant(s);
}

fn custody(s: &mut Stage<'_, '_>, person: &Person, days: i64) {
    s.out.custody_started(person, "imprisonment", s.ago(days + 400), None);
    s.out.custody_ended(person, s.ago(days));
}

/// Somebody of that age who was released so many days ago.
fn released(s: &mut Stage<'_, '_>, years: i16, days: i64) -> Person {
    let person = s.alone(years);
    custody(s, &person, days);
    person
}

fn by_day(s: &mut Stage<'_, '_>) {
    for (expect, days, note) in [
        (true, 14, "released 14 days ago: the first day it holds"),
        (true, 180, "released 180 days ago: the last day it holds"),
        (false, 13, "released 13 days ago: a day too early"),
        (false, 181, "released 181 days ago: a day too late"),
    ] {
        let person = released(s, 35, days);
        s.person(expect, &person, note);
    }
}

fn by_age(s: &mut Stage<'_, '_>) {
    for (expect, years, tomorrow, note) in [
        (true, 60, true, "turns 60 tomorrow: still of working age"),
        (false, 60, false, "turned 60 on the day"),
        (true, 16, false, "turned 16 on the day: of working age"),
        (false, 16, true, "turns 16 tomorrow"),
    ] {
        s.scene();
        let person = if tomorrow { s.turning_tomorrow(years) } else { s.turning(years) };
        s.settle(&[&person]);
        s.out.custody_started(&person, "detention", s.ago(70), None);
        s.out.custody_ended(&person, s.ago(50));
        s.person(expect, &person, note);
    }
}

fn by_work(s: &mut Stage<'_, '_>) {
    let person = released(s, 36, 100);
    s.out.wage(&person, s.month(3), yuan(4_000));
    s.found(&person, "the last wage is three months before D's month; two would count");

    let person = released(s, 37, 100);
    s.out.insured(&person, "resident", None, s.ago(60));
    s.found(&person, "residents' insurance is not employment");

    let person = released(s, 38, 100);
    s.out.insured(&person, "employee", Some(yuan(5_000)), s.ago(60));
    s.out.uninsured(&person, "employee", s.day);
    s.found(&person, "employee insurance stopped on the day");

    let person = released(s, 39, 100);
    s.out.insured(&person, "employee", Some(yuan(5_000)), s.day);
    s.absent(&person, "employee insurance began on the day: employed");

    let person = released(s, 40, 100);
    s.out.wage(&person, s.month(2), yuan(4_000));
    s.absent(&person, "a wage two months before D's month: employed");
}

fn by_program(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, mother) = (s.aged(41), s.aged(70));
    s.settle(&[&mother, &person]);
    s.grant("tekun", &[&mother], s.ago(400));
    custody(s, &person, 30);
    s.found(&person, "the mother's tekun is not the person's own");

    let person = released(s, 43, 30);
    let dibao = s.grant("dibao", &[&person], s.ago(900));
    s.out.ended(&dibao, s.day);
    s.found(&person, "the dibao ended on the day");

    s.scene();
    let (person, mother) = (s.aged(41), s.aged(70));
    s.settle(&[&mother, &person]);
    s.grant("dibao", &[&mother, &person.named(&misspelt(&person.name))], s.ago(20));
    custody(s, &person, 30);
    s.found(&person, "the dibao's list has another name than police: it says nothing about this person");

    for program in ["dibao", "tekun", "dibao-edge", "rigid-spending"] {
        let person = released(s, 44, 30);
        s.grant(program, &[&person], s.day);
        s.absent(&person, &format!("has {program}, granted on the day"));
    }
}

fn not_newest(s: &mut Stage<'_, '_>) {
    let person = released(s, 45, 700);
    custody(s, &person, 25);
    s.found(&person, "released years ago, taken again, and released 25 days ago");

    let person = released(s, 46, 90);
    let wrong = s.out.custody_started(&person, "detention", s.ago(20), None);
    s.out.retract(wrong, s.ago(10));
    s.found(&person, "a later detention was retracted");

    let person = released(s, 47, 90);
    s.out.custody_started(&person, "detention", s.ago(20), None);
    s.absent(&person, "taken into custody again: the newest event is a start");

    let person = released(s, 48, 90);
    s.out.custody_started(&person, "detention", s.ago(20), None);
    s.out.custody_ended(&person, s.ago(5));
    s.absent(&person, "released 90 days ago, and again 5 days ago: the newest end is too young");

    let person = released(s, 49, 90);
    s.die(&person, Source::FuneralGrant, s.ago(40));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}
