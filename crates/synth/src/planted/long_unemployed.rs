//! `long-unemployed`: working age; registered as unemployed for at least 90 days, no active unemployment
//! benefit, not employed; household not low-income.

use super::stage::Stage;
use super::telling::{About, NOTHING, Telling};
use crate::money::yuan;
use crate::name::misspelt;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_day(s);
    by_spell(s);
    by_age(s);
    by_benefit(s);
    by_work(s);
    by_household(s);
    Telling {
        about: About::Person,
        years: 41,
        what: "registered as unemployed 150 days ago",
        before: NOTHING,
        event: |s, person| s.out.unemployed(person, s.ago(150)),
    }
    .plant(s);
}

/// Somebody of that age who has been registered as unemployed for so many days.
fn unemployed(s: &mut Stage<'_, '_>, years: i16, days: i64) -> Person {
    let person = s.alone(years);
    s.out.unemployed(&person, s.ago(days));
    person
}

fn by_day(s: &mut Stage<'_, '_>) {
    for (expect, days, note) in [
        (true, 90, "registered 90 days ago: the first day it holds"),
        (true, 900, "registered years ago"),
        (false, 89, "registered 89 days ago: a day too early"),
    ] {
        let person = unemployed(s, 43, days);
        s.person(expect, &person, note);
    }
}

fn by_spell(s: &mut Stage<'_, '_>) {
    let person = unemployed(s, 38, 200);
    s.out.unemployed(&person, s.ago(30));
    s.found(&person, "registered again 30 days ago without an end: the spell began with its first start");

    let person = unemployed(s, 39, 500);
    s.out.no_longer_unemployed(&person, s.ago(300));
    s.out.unemployed(&person, s.ago(90));
    s.found(&person, "deregistered, and registered again 90 days ago");

    let person = unemployed(s, 40, 200);
    let sent = s.out.no_longer_unemployed(&person, s.ago(50));
    s.out.retract(sent, s.ago(40));
    s.found(&person, "the deregistration was retracted");

    let person = unemployed(s, 42, 200);
    s.out.no_longer_unemployed(&person, s.day);
    s.absent(&person, "deregistered on the day");

    let person = unemployed(s, 44, 400);
    s.out.no_longer_unemployed(&person, s.ago(100));
    s.out.unemployed(&person, s.ago(80));
    s.absent(&person, "the spell of 300 days ended, the open one began 80 days ago");
}

fn by_age(s: &mut Stage<'_, '_>) {
    for (expect, years, tomorrow, note) in [
        (true, 60, true, "turns 60 tomorrow: still of working age"),
        (false, 60, false, "turned 60 on the day"),
        (true, 16, false, "turned 16 on the day: of working age"),
        (false, 16, true, "turns 16 tomorrow"),
    ] {
        let person = turning(s, years, tomorrow);
        s.person(expect, &person, note);
    }
}

/// A scene with somebody unemployed who turns so many years old on the day or tomorrow.
fn turning(s: &mut Stage<'_, '_>, years: i16, tomorrow: bool) -> Person {
    s.scene();
    let person = if tomorrow { s.turning_tomorrow(years) } else { s.turning(years) };
    s.settle(&[&person]);
    s.out.unemployed(&person, s.ago(120));
    person
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    let person = unemployed(s, 48, 300);
    s.out.dole_started(&person, yuan(1_780), s.ago(290), s.ago(1));
    s.found(&person, "unemployment benefit ran until yesterday");

    let person = unemployed(s, 49, 300);
    s.out.dole_started(&person, yuan(1_780), s.ago(290), s.ago(-60));
    s.out.dole_ended(&person, "refused-work", s.day);
    s.found(&person, "unemployment benefit ended on the day");

    let person = unemployed(s, 50, 300);
    s.out.dole_started(&person, yuan(1_780), s.ago(290), s.day);
    s.absent(&person, "unemployment benefit runs until the day itself");
}

fn by_work(s: &mut Stage<'_, '_>) {
    let person = unemployed(s, 35, 200);
    s.out.insured(&person, "flexible", None, s.ago(100));
    s.found(&person, "flexible insurance is not employment");

    let person = unemployed(s, 36, 200);
    s.out.wage(&person, s.month(3), yuan(4_000));
    s.found(&person, "the last wage is three months before D's month; two would count");

    let person = unemployed(s, 37, 200);
    s.out.insured(&person.named(&misspelt(&person.name)), "employee", Some(yuan(5_000)), s.ago(40));
    s.found(&person, "employee insurance has another name than police: held");

    let person = unemployed(s, 34, 200);
    s.out.wage(&person, s.month(2), yuan(4_000));
    s.absent(&person, "a wage two months before D's month: employed");

    let person = unemployed(s, 33, 200);
    s.out.insured(&person, "employee", Some(yuan(5_000)), s.day);
    s.absent(&person, "employee insurance began on the day: employed");
}

fn by_household(s: &mut Stage<'_, '_>) {
    let person = unemployed(s, 51, 200);
    let benefit = s.grant("dibao-edge", &[&person], s.ago(700));
    s.out.ended(&benefit, s.day);
    s.found(&person, "dibao-edge ended on the day: not low-income");

    s.scene();
    let (person, mother) = (s.aged(45), s.aged(72));
    s.settle(&[&mother, &person]);
    s.grant("dibao", &[&mother], s.ago(300));
    s.out.unemployed(&person, s.ago(130));
    s.found(&person, "the dibao names only the mother, whose household is another");

    for program in ["dibao", "dibao-edge", "rigid-spending", "tekun"] {
        let person = unemployed(s, 52, 200);
        s.grant(program, &[&person], s.day);
        s.absent(&person, &format!("low-income by {program}, granted on the day"));
    }

    s.scene();
    let (person, brother) = (s.aged(46), s.aged(53));
    s.settle(&[&person, &brother]);
    s.grant("tekun", &[&brother], s.ago(300));
    s.out.unemployed(&person, s.ago(130));
    s.absent(&person, "low-income by the tekun of another member");
}
