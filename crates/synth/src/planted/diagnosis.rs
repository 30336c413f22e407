//! `major-illness`: a `major-illness` diagnosis in the last 60 days; household not low-income.
//! `severe-mental-disorder`: a diagnosis of that category ever; household without active `dibao`, `tekun`
//! or `dibao-edge`.

use super::stage::{Source, Stage};
use super::telling::{About, NOTHING, Telling};
use crate::person::Person;

/// Codes and categories that neither rule asks for.
const OTHERS: [(&str, &str); 3] = [("A15.0", "tuberculosis"), ("I10", "chronic"), ("J18.9", "other")];

pub(super) fn plant_major(s: &mut Stage<'_, '_>) {
    by_day(s);
    major_by_household(s);
    for (code, category) in OTHERS.into_iter().chain([("F20.0", "severe-mental-disorder")]) {
        let person = s.alone(44);
        s.out.diagnosed(&person, code, category, s.ago(5));
        s.absent(&person, &format!("a diagnosis of category {category}"));
    }
    Telling {
        about: About::Person,
        years: 53,
        what: "a major illness diagnosed 20 days ago",
        before: NOTHING,
        event: |s, person| s.out.diagnosed(person, "C34.9", "major-illness", s.ago(20)),
    }
    .plant(s);
}

/// Somebody of that age with a major illness since so many days.
fn ill(s: &mut Stage<'_, '_>, years: i16, days: i64) -> Person {
    let person = s.alone(years);
    s.out.diagnosed(&person, "N18.5", "major-illness", s.ago(days));
    person
}

fn by_day(s: &mut Stage<'_, '_>) {
    for (expect, years, days, note) in [
        (true, 52, 0, "diagnosed on the day"),
        (true, 7, 59, "a child, diagnosed on the first of the last 60 days"),
        (false, 50, 60, "diagnosed 60 days ago: a day too early"),
        (false, 49, -1, "dated tomorrow: only what is dated up to the day counts"),
    ] {
        let person = ill(s, years, days);
        s.person(expect, &person, note);
    }

    let person = ill(s, 61, 400);
    s.out.diagnosed(&person, "C50.9", "major-illness", s.ago(30));
    s.found(&person, "an old diagnosis and one of the last 60 days");

    let person = ill(s, 62, 25);
    s.out.diagnosed(&person, "I10", "chronic", s.ago(10));
    s.found(&person, "a later diagnosis of another category takes nothing back");
}

fn major_by_household(s: &mut Stage<'_, '_>) {
    let person = ill(s, 63, 10);
    let benefit = s.grant("rigid-spending", &[&person], s.ago(300));
    s.out.ended(&benefit, s.day);
    s.found(&person, "rigid-spending ended on the day: not low-income");

    s.scene();
    let (person, mother) = (s.aged(42), s.aged(70));
    s.settle(&[&mother, &person]);
    s.grant("dibao", &[&mother], s.ago(300));
    s.out.diagnosed(&person, "C16.9", "major-illness", s.ago(10));
    s.found(&person, "the dibao names only the mother, whose household is another");

    s.scene();
    let (person, brother) = (s.aged(60), s.aged(66));
    s.settle(&[&person, &brother]);
    s.grant("tekun", &[&brother], s.ago(300));
    s.die(&brother, Source::FuneralGrant, s.ago(15));
    s.out.diagnosed(&person, "C16.9", "major-illness", s.ago(10));
    s.found(&person, "who had the tekun died: not low-income");

    for program in ["dibao", "tekun", "dibao-edge", "rigid-spending"] {
        let person = ill(s, 64, 10);
        s.grant(program, &[&person], s.day);
        s.absent(&person, &format!("low-income by {program}, granted on the day"));
    }

    s.scene();
    let (person, brother) = (s.aged(59), s.aged(66));
    s.settle(&[&person, &brother]);
    s.grant("tekun", &[&brother], s.ago(300));
    s.out.diagnosed(&person, "C16.9", "major-illness", s.ago(10));
    s.absent(&person, "low-income by the tekun of another member");
}

pub(super) fn plant_mental(s: &mut Stage<'_, '_>) {
    for (years, code, days, note) in [
        (33, "F20.0", 0, "diagnosed on the day"),
        (58, "F25.9", 3_000, "diagnosed years ago: ever counts"),
        (16, "F31.2", 61, "under age, diagnosed 61 days ago"),
    ] {
        let person = s.alone(years);
        s.out.diagnosed(&person, code, "severe-mental-disorder", s.ago(days));
        s.found(&person, note);
    }
    mental_by_household(s);
    for (code, category) in OTHERS.into_iter().chain([("C34.9", "major-illness")]) {
        let person = s.alone(44);
        s.out.diagnosed(&person, code, category, s.ago(5));
        s.absent(&person, &format!("a diagnosis of category {category}"));
    }
    Telling {
        about: About::Person,
        years: 47,
        what: "a severe mental disorder diagnosed 400 days ago",
        before: NOTHING,
        event: |s, person| s.out.diagnosed(person, "F20.3", "severe-mental-disorder", s.ago(400)),
    }
    .plant(s);
}

/// Somebody with a severe mental disorder.
fn disordered(s: &mut Stage<'_, '_>, years: i16) -> Person {
    let person = s.alone(years);
    s.out.diagnosed(&person, "F20.0", "severe-mental-disorder", s.ago(700));
    person
}

fn mental_by_household(s: &mut Stage<'_, '_>) {
    let person = disordered(s, 36);
    s.grant("rigid-spending", &[&person], s.ago(100));
    s.found(&person, "rigid-spending is none of the three programs");

    let person = disordered(s, 37);
    s.grant("disability-nursing", &[&person], s.ago(100));
    s.found(&person, "a disability subsidy is none of the three programs");

    let person = disordered(s, 38);
    let benefit = s.grant("dibao", &[&person], s.ago(900));
    s.out.ended(&benefit, s.day);
    s.found(&person, "the dibao ended on the day");

    s.scene();
    let (person, mother) = (s.aged(35), s.aged(66));
    s.settle(&[&mother, &person]);
    s.grant("dibao-edge", &[&mother], s.ago(300));
    s.out.diagnosed(&person, "F20.0", "severe-mental-disorder", s.ago(700));
    s.found(&person, "dibao-edge names only the mother, whose household is another");

    for program in ["dibao", "tekun", "dibao-edge"] {
        let person = disordered(s, 39);
        s.grant(program, &[&person], s.day);
        s.absent(&person, &format!("{program}, granted on the day"));
    }

    let person = disordered(s, 40);
    let benefit = s.grant("dibao", &[&person], s.ago(300));
    s.out.suspended(&benefit, s.ago(30));
    s.absent(&person, "the dibao is suspended, and suspended ones are active");

    s.scene();
    let (person, mother) = (s.aged(35), s.aged(66));
    s.settle(&[&mother, &person]);
    s.grant("tekun", &[&mother], s.ago(300));
    s.out.diagnosed(&person, "F20.0", "severe-mental-disorder", s.ago(700));
    s.absent(&person, "tekun of another member of the household");
}
