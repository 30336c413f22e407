//! `dibao-recheck`: due 12 months after *verified on*, 6 when a member is of working age without valid
//! certificate. `tekun-recheck`: 12 months after *verified on*. `rigid-spending-expiry`: 12 months after the
//! grant. Each is true from 30 days before.

use jiff::civil::Date;

use super::stage::{Source, Stage};
use super::telling::{About, NOTHING, Telling};
use crate::moment::{add_days, add_months};
use crate::person::Person;

/// The latest day from which something due so many months later is true on the day.
fn last_due(s: &Stage<'_, '_>, months: i64) -> Date {
    let mut from = s.ago(25 * months);
    while add_days(add_months(from, months), -30) > s.day {
        from = add_days(from, -1);
    }
    from
}

pub(super) fn plant_dibao(s: &mut Stage<'_, '_>) {
    dibao_by_members(s);
    dibao_by_household(s);
    dibao_by_verification(s);
    dibao_not_active(s);
    Telling {
        about: About::Program,
        years: 68,
        what: "a dibao of 14 months ago",
        before: NOTHING,
        event: |s, person| s.grant_as(&s.fixed("B"), "dibao", &[person], s.months_ago(14), None),
    }
    .plant(s);
}

/// A scene for a dibao granted on the last or the first day that differs, for members as given.
fn edges(s: &mut Stage<'_, '_>, months: i64, note: &str, members: fn(&mut Stage<'_, '_>) -> Vec<Person>) {
    let edge = last_due(s, months);
    for (expect, on, when) in
        [(true, edge, "30 days before it is due"), (false, add_days(edge, 1), "31 days before it is due")]
    {
        s.scene();
        let people = members(s);
        let dibao = s.grant("dibao", &people.iter().collect::<Vec<_>>(), on);
        s.program(expect, &dibao, &format!("{note}: {when}"));
    }
}

fn dibao_by_members(s: &mut Stage<'_, '_>) {
    edges(s, 12, "two elders, 12 months", |s| vec![s.resident(70), s.resident(66)]);
    edges(s, 12, "an elder and a child, 12 months", |s| vec![s.resident(70), s.resident(9)]);
    edges(s, 12, "who turned 60 on the day is not of working age, 12 months", |s| {
        let person = s.turning(60);
        s.settle(&[&person]);
        vec![person]
    });
    edges(s, 12, "who turns 16 tomorrow is not of working age, 12 months", |s| {
        let child = s.turning_tomorrow(16);
        s.settle(&[&child]);
        vec![child, s.resident(72)]
    });
    edges(s, 12, "of working age with a certificate until the day, 12 months", |s| {
        let person = s.resident(45);
        s.out.certified_disabled(&person, "mental", 4, s.ago(3_000), s.day);
        vec![person]
    });
    edges(s, 12, "the member of working age died, 12 months", |s| {
        let (mother, son) = (s.resident(70), s.resident(45));
        s.die(&son, Source::Police, s.ago(1));
        vec![mother, son]
    });
    edges(s, 6, "a member of working age, 6 months", |s| vec![s.resident(70), s.resident(45)]);
    edges(s, 6, "who turns 60 tomorrow is of working age, 6 months", |s| {
        let person = s.turning_tomorrow(60);
        s.settle(&[&person]);
        vec![person]
    });
    edges(s, 6, "who turned 16 on the day is of working age, 6 months", |s| {
        let child = s.turning(16);
        s.settle(&[&child]);
        vec![child, s.resident(72)]
    });
    edges(s, 6, "of working age with a certificate until yesterday, 6 months", |s| {
        let person = s.resident(45);
        s.out.certified_disabled(&person, "mental", 1, s.ago(3_000), s.ago(1));
        vec![person]
    });
    edges(s, 6, "one of two of working age has a certificate, 6 months", |s| {
        let (first, second) = (s.resident(45), s.resident(43));
        s.disabled(&first, "mental", 1);
        vec![first, second]
    });
}

fn dibao_by_household(s: &mut Stage<'_, '_>) {
    s.scene();
    let (mother, son) = (s.resident(70), s.resident(45));
    let older = s.grant("dibao", &[&mother, &son], s.ago(250));
    let newer = s.grant("dibao", &[&son], s.ago(200));
    s.program(
        false,
        &older,
        "the son belongs to the newer of two dibao that name him: 12 months without him",
    );
    s.program(true, &newer, "the son belongs to the newer of two dibao that name him: 6 months with him");

    s.scene();
    let (mother, son) = (s.resident(70), s.resident(45));
    let dibao = s.grant("dibao", &[&mother, &son], s.ago(250));
    s.grant("dibao-edge", &[&son], s.ago(200));
    s.program(true, &dibao, "dibao goes before a newer dibao-edge: 6 months with the son");
}

fn dibao_by_verification(s: &mut Stage<'_, '_>) {
    let edge = last_due(s, 12);
    for (expect, on, note) in [
        (true, edge, "counted from the last verification: 30 days before it is due"),
        (false, add_days(edge, 1), "counted from the last verification: 31 days before it is due"),
        (false, s.day, "verified on the day"),
    ] {
        let person = s.alone(71);
        let dibao = s.grant("dibao", &[&person], s.ago(1_500));
        s.out.verified(&dibao, "continues", on);
        s.program(expect, &dibao, note);
    }

    for (expect, verified_on, note) in [
        (true, edge, "counted from verified_on of the grant: 30 days before it is due"),
        (false, add_days(edge, 1), "counted from verified_on of the grant: 31 days before it is due"),
        (false, s.day, "verified_on of the grant is the day"),
        (true, s.ago(-1), "verified_on of the grant is tomorrow: only up to the day it counts"),
    ] {
        let person = s.alone(72);
        let dibao = s.fixed("B");
        s.grant_as(&dibao, "dibao", &[&person], s.ago(900), Some(verified_on));
        s.program(expect, &dibao, note);
    }

    let person = s.alone(73);
    let dibao = s.grant("dibao", &[&person], s.ago(900));
    let wrong = s.out.verified(&dibao, "changed", s.ago(20));
    s.out.retract(wrong, s.ago(10));
    s.program(true, &dibao, "the last verification was retracted");

    let person = s.alone(74);
    let dibao = s.grant("dibao", &[&person], s.ago(900));
    s.out.suspended(&dibao, s.ago(60));
    s.out.resumed(&dibao, s.ago(30));
    s.program(true, &dibao, "a resumption is no verification");
}

fn dibao_not_active(s: &mut Stage<'_, '_>) {
    let person = s.alone(75);
    let dibao = s.grant("dibao", &[&person], s.ago(900));
    s.out.ended(&dibao, s.day);
    s.program(false, &dibao, "ended on the day");

    let person = s.alone(76);
    let benefit = s.grant("dibao-edge", &[&person], s.ago(900));
    s.program(false, &benefit, "dibao-edge is no dibao");
}

pub(super) fn plant_tekun(s: &mut Stage<'_, '_>) {
    let edge = last_due(s, 12);
    for (expect, on, when) in
        [(true, edge, "30 days before it is due"), (false, add_days(edge, 1), "31 days before it is due")]
    {
        let person = s.alone(70);
        s.grant("tekun", &[&person], on);
        s.person(expect, &person, &format!("counted from the grant: {when}"));

        let person = s.alone(71);
        let tekun = s.grant("tekun", &[&person], s.ago(1_500));
        s.out.verified(&tekun, "continues", on);
        s.person(expect, &person, &format!("counted from the last verification: {when}"));

        let person = s.alone(72);
        s.grant_as(&s.fixed("B"), "tekun", &[&person], s.ago(900), Some(on));
        s.person(expect, &person, &format!("counted from verified_on of the grant: {when}"));
    }
    tekun_by_benefit(s);
    Telling {
        about: About::Person,
        years: 78,
        what: "a tekun of 14 months ago",
        before: NOTHING,
        event: |s, person| s.grant_as(&s.fixed("B"), "tekun", &[person], s.months_ago(14), None),
    }
    .plant(s);
}

fn tekun_by_benefit(s: &mut Stage<'_, '_>) {
    let person = s.alone(40);
    s.grant("tekun", &[&person], s.ago(250));
    s.absent(&person, "of working age: that shortens nothing for tekun");

    let person = s.alone(73);
    let tekun = s.grant("tekun", &[&person], s.ago(900));
    s.out.suspended(&tekun, s.ago(60));
    s.found(&person, "suspended, and suspended ones are active");

    let person = s.alone(79);
    s.grant("tekun", &[&person], s.ago(3_000));
    s.found(&person, "never verified since a grant of years ago");

    let person = s.alone(80);
    let tekun = s.grant("tekun", &[&person], s.ago(900));
    let wrong = s.out.verified(&tekun, "continues", s.ago(20));
    s.out.retract(wrong, s.ago(10));
    s.found(&person, "the last verification was retracted");

    let person = s.alone(74);
    s.grant("tekun", &[&person], s.ago(900));
    let other = s.grant("home-care", &[&person], s.ago(900));
    s.out.verified(&other, "continues", s.ago(10));
    s.found(&person, "only another benefit of the same person was verified");

    let person = s.alone(75);
    let tekun = s.grant("tekun", &[&person], s.ago(900));
    s.out.verified(&tekun, "changed", s.day);
    s.absent(&person, "verified on the day, whatever the outcome");

    let person = s.alone(76);
    let tekun = s.grant("tekun", &[&person], s.ago(900));
    s.out.ended(&tekun, s.day);
    s.absent(&person, "ended on the day");
}

pub(super) fn plant_rigid(s: &mut Stage<'_, '_>) {
    let edge = last_due(s, 12);
    for (expect, on, when) in
        [(true, edge, "30 days before it runs out"), (false, add_days(edge, 1), "31 days before it runs out")]
    {
        for years in [70, 41] {
            let person = s.alone(years);
            let benefit = s.grant("rigid-spending", &[&person], on);
            s.program(expect, &benefit, &format!("granted to somebody of {years}: {when}"));
        }
    }
    rigid_by_benefit(s);
    Telling {
        about: About::Program,
        years: 58,
        what: "rigid-spending of 14 months ago",
        before: NOTHING,
        event: |s, person| s.grant_as(&s.fixed("B"), "rigid-spending", &[person], s.months_ago(14), None),
    }
    .plant(s);
}

fn rigid_by_benefit(s: &mut Stage<'_, '_>) {
    let person = s.alone(63);
    let benefit = s.grant("rigid-spending", &[&person], s.ago(900));
    s.out.verified(&benefit, "continues", s.ago(10));
    s.program(true, &benefit, "a verification lengthens nothing: counted from the grant");

    let person = s.alone(64);
    let benefit = s.grant("rigid-spending", &[&person], s.ago(900));
    s.out.members_changed(&benefit, &[&person], s.ago(100));
    s.program(true, &benefit, "a newer list of members lengthens nothing");

    let person = s.alone(68);
    let benefit = s.grant("rigid-spending", &[&person], s.ago(500));
    s.out.suspended(&benefit, s.ago(100));
    s.program(true, &benefit, "suspended, and suspended ones are active");

    let person = s.alone(69);
    let benefit = s.grant("rigid-spending", &[&person], s.ago(500));
    let end = s.out.ended(&benefit, s.ago(100));
    s.out.retract(end, s.ago(90));
    s.program(true, &benefit, "the end was retracted");

    s.scene();
    let (mother, son) = (s.aged(66), s.aged(39));
    s.settle(&[&mother, &son]);
    let benefit = s.grant("rigid-spending", &[&mother, &son], s.ago(500));
    s.die(&mother, Source::Health, s.ago(20));
    s.program(true, &benefit, "one of two members died, the other lives");

    let person = s.alone(65);
    let benefit = s.fixed("B");
    s.grant_as(&benefit, "rigid-spending", &[&person], s.ago(900), None);
    s.grant_as(&benefit, "rigid-spending", &[&person], s.ago(100), None);
    s.program(false, &benefit, "granted again under the same benefit id: the newest grant counts");

    let person = s.alone(66);
    let benefit = s.grant("rigid-spending", &[&person], s.ago(900));
    s.out.ended(&benefit, s.day);
    s.program(false, &benefit, "ended on the day");

    let person = s.alone(67);
    let benefit = s.grant("dibao-edge", &[&person], s.ago(900));
    s.program(false, &benefit, "dibao-edge does not run out");
}
