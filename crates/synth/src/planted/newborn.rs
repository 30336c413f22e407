//! `newborn-not-counted`: a birth certified to somebody of the household in the last 180 days; active
//! `dibao` whose newest `members` list (grant or change) is dated before the day of birth.

use jiff::civil::Date;

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::money::yuan;
use crate::person::Person;
use crate::sender::Sent;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_day(s);
    by_list(s);
    by_mother(s);
    by_benefit(s);
    records(s);
    Telling {
        about: About::Program,
        years: 31,
        what: "a birth 40 days ago",
        before: |s, person, _| {
            s.grant_as(&s.fixed("B"), "dibao", &[person], s.ago(500), None);
        },
        event: |s, person| birth(s, person, s.ago(40)),
    }
    .plant(s);
}

/// A birth whose child has no number yet.
fn birth(s: &mut Stage<'_, '_>, mother: &Person, on: Date) -> Sent {
    s.out.birth_certified(mother, "张小宝", None, on)
}

/// A scene with a mother on a dibao of her own, granted so many days ago.
fn mother_on_dibao(s: &mut Stage<'_, '_>, granted: i64) -> (Person, String) {
    let mother = s.alone(31);
    let dibao = s.grant("dibao", &[&mother], s.ago(granted));
    (mother, dibao)
}

fn by_day(s: &mut Stage<'_, '_>) {
    for (expect, days, note) in [
        (true, 0, "born on the day"),
        (true, 179, "born on the first of the last 180 days"),
        (false, 180, "born 180 days ago: a day too early"),
    ] {
        let (mother, dibao) = mother_on_dibao(s, 700);
        birth(s, &mother, s.ago(days));
        s.program(expect, &dibao, note);
    }

    let (mother, dibao) = mother_on_dibao(s, 700);
    let on = s.ago(50);
    let child = s.born(on);
    s.out.birth_certified(&mother, &child.name, Some(&child.id), on);
    s.program(true, &dibao, "the certificate says the child's number");
}

fn by_list(s: &mut Stage<'_, '_>) {
    for (expect, granted, note) in [
        (true, 61, "granted the day before the birth"),
        (false, 60, "granted on the day of birth"),
        (false, 20, "granted after the birth"),
    ] {
        let (mother, dibao) = mother_on_dibao(s, granted);
        birth(s, &mother, s.ago(60));
        s.program(expect, &dibao, note);
    }

    let (person, dibao) = mother_on_dibao(s, 700);
    birth(s, &person, s.ago(60));
    s.out.amount_changed(&dibao, yuan(650), s.ago(50));
    s.program(true, &dibao, "changed after the birth, but only the amount: no list");

    let (person, dibao) = mother_on_dibao(s, 700);
    let husband = s.resident(33);
    s.out.members_changed(&dibao, &[&person, &husband], s.ago(100));
    birth(s, &person, s.ago(60));
    s.program(true, &dibao, "the list was changed before the birth, not since");

    let (person, dibao) = mother_on_dibao(s, 700);
    let on = s.ago(60);
    let child = s.born(on);
    birth(s, &person, on);
    s.out.members_changed(&dibao, &[&person, &child], s.ago(30));
    s.program(false, &dibao, "the newest list is dated after the birth, with the child");

    let (person, dibao) = mother_on_dibao(s, 700);
    birth(s, &person, s.ago(60));
    let sent = s.out.members_changed(&dibao, &[&person], s.ago(30));
    s.out.retract(sent, s.ago(20));
    s.program(true, &dibao, "the newer list was retracted");

    let (person, dibao) = mother_on_dibao(s, 700);
    birth(s, &person, s.ago(90));
    s.out.members_changed(&dibao, &[&person], s.ago(40));
    birth(s, &person, s.ago(10));
    s.program(true, &dibao, "counted after one birth, not after another");
}

fn by_mother(s: &mut Stage<'_, '_>) {
    s.scene();
    let (father, mother) = (s.aged(34), s.aged(30));
    s.settle(&[&father, &mother]);
    let dibao = s.grant("dibao", &[&father, &mother], s.ago(400));
    birth(s, &mother, s.ago(30));
    s.die(&mother, Source::Health, s.ago(29));
    s.program(
        true,
        &dibao,
        "the mother died, whom the dibao named on the day of death: births include the dead",
    );

    let (person, dibao) = mother_on_dibao(s, 400);
    s.grant("dibao-edge", &[&person], s.ago(20));
    birth(s, &person, s.ago(30));
    s.program(true, &dibao, "also on the list of a newer dibao-edge: dibao goes first");

    s.scene();
    let (father, mother) = (s.aged(34), s.aged(30));
    s.settle(&[&father, &mother]);
    let dibao = s.grant("dibao", &[&father], s.ago(400));
    birth(s, &mother, s.ago(30));
    s.program(false, &dibao, "the dibao names only the father, the mother is of another household");
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    let (person, dibao) = mother_on_dibao(s, 400);
    birth(s, &person, s.ago(30));
    s.out.suspended(&dibao, s.ago(10));
    s.program(true, &dibao, "the dibao is suspended, and suspended ones are active");

    let (person, dibao) = mother_on_dibao(s, 400);
    birth(s, &person, s.ago(30));
    s.out.ended(&dibao, s.day);
    s.program(false, &dibao, "the dibao ended on the day");

    for program in ["dibao-edge", "rigid-spending"] {
        let person = s.alone(30);
        let benefit = s.grant(program, &[&person], s.ago(400));
        birth(s, &person, s.ago(30));
        s.program(false, &benefit, &format!("{program} is no dibao"));
    }
}

fn records(s: &mut Stage<'_, '_>) {
    let (_, dibao) = mother_on_dibao(s, 400);
    s.program(false, &dibao, "no birth");

    let (person, dibao) = mother_on_dibao(s, 400);
    let sent = birth(s, &person, s.ago(200));
    s.out.retract(sent, s.ago(30));
    birth(s, &person, s.ago(170));
    s.program(true, &dibao, "the day of birth was retracted and stated right: 170 days ago");
}
