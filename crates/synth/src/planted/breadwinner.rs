//! `breadwinner-lost`: somebody of the household with a wage in the 6 calendar months before D's month
//! died, went into custody or had employee insurance stopped in the last 90 days, and no member is employed.

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::money::yuan;
use crate::person::{Home, Person};

type Happening = (&'static str, fn(&mut Stage<'_, '_>, &Person));

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    for (note, happens) in LOST {
        let (earner, _, home) = earning(s, 4);
        happens(s, &earner);
        s.household(true, &home, &format!("the earner {note}"));
    }
    for (note, happens) in NOT_LOST {
        let (earner, _, home) = earning(s, 4);
        happens(s, &earner);
        s.household(false, &home, &format!("the earner {note}"));
    }
    by_wage(s);
    by_others_work(s);
    by_household(s);
    Telling {
        about: About::Home,
        years: 44,
        what: "a wage of four months ago",
        before: |s, person, _| {
            s.out.uninsured(person, "employee", s.ago(30));
        },
        event: |s, person| s.out.wage(person, s.month(4), yuan(4_000)),
    }
    .plant(s);
}

/// A scene with an earner, whose last wage was so many months before D's month, and a spouse without work.
fn earning(s: &mut Stage<'_, '_>, months: i64) -> (Person, Person, Home) {
    s.scene();
    let (earner, spouse) = (s.aged(45), s.aged(44));
    let home = s.settle(&[&earner, &spouse]);
    s.out.wage(&earner, s.month(months), yuan(5_000));
    (earner, spouse, home)
}

const LOST: [Happening; 7] = [
    ("died on the day", |s, person| {
        s.die(person, Source::Health, s.day);
    }),
    ("died on the first of the last 90 days", |s, person| {
        s.die(person, Source::FuneralGrant, s.ago(89));
    }),
    ("was detained on the first of the last 90 days", |s, person| {
        s.out.custody_started(person, "detention", s.ago(89), None);
    }),
    ("was detained and released since: the event counts", |s, person| {
        s.out.custody_started(person, "detention", s.ago(30), None);
        s.out.custody_ended(person, s.ago(10));
    }),
    ("had employee insurance stopped on the first of the last 90 days", |s, person| {
        s.out.insured(person, "employee", Some(yuan(5_000)), s.ago(900));
        s.out.uninsured(person, "employee", s.ago(89));
    }),
    ("had employee insurance stopped on the day", |s, person| {
        s.out.insured(person, "employee", Some(yuan(5_000)), s.ago(900));
        s.out.uninsured(person, "employee", s.day);
    }),
    ("lost employee insurance, and has flexible insurance since, which is not employment", |s, person| {
        s.out.insured(person, "employee", Some(yuan(5_000)), s.ago(900));
        s.out.uninsured(person, "employee", s.ago(50));
        s.out.insured(person, "flexible", None, s.ago(40));
    }),
];

const NOT_LOST: [Happening; 8] = [
    ("lost nothing", |_, _| ()),
    ("died 90 days ago: a day too early", |s, person| {
        s.die(person, Source::Police, s.ago(90));
    }),
    ("died 90 days ago and was cremated later: the earliest day counts", |s, person| {
        s.die(person, Source::Health, s.ago(90));
        s.die(person, Source::Cremation, s.ago(87));
    }),
    ("was detained 90 days ago: a day too early", |s, person| {
        s.out.custody_started(person, "detention", s.ago(90), None);
    }),
    ("had employee insurance stopped 90 days ago: a day too early", |s, person| {
        s.out.insured(person, "employee", Some(yuan(5_000)), s.ago(900));
        s.out.uninsured(person, "employee", s.ago(90));
    }),
    ("had flexible insurance stopped, which is not employment", |s, person| {
        s.out.insured(person, "flexible", None, s.ago(900));
        s.out.uninsured(person, "flexible", s.ago(20));
    }),
    ("had employee insurance stopped and has it again: employed", |s, person| {
        s.out.insured(person, "employee", Some(yuan(5_000)), s.ago(900));
        s.out.uninsured(person, "employee", s.ago(50));
        s.out.insured(person, "employee", Some(yuan(5_000)), s.ago(10));
    }),
    ("died by a record that was retracted", |s, person| {
        let sent = s.die(person, Source::Police, s.ago(20));
        s.out.retract(sent, s.ago(10));
    }),
];

fn by_wage(s: &mut Stage<'_, '_>) {
    for (expect, months, note) in [
        (true, 6, "the last wage is of the sixth month before D's"),
        (true, 1, "the last wage is of the month before D's, the earner is no member any more"),
        (false, 7, "the last wage is of the seventh month before D's: a month too early"),
        (false, 0, "the only wage is of D's month itself, not before it"),
    ] {
        let (earner, _, home) = earning(s, months);
        s.die(&earner, Source::Police, s.ago(3));
        s.household(expect, &home, note);
    }

    let (earner, _, home) = earning(s, 2);
    s.out.custody_started(&earner, "detention", s.ago(10), None);
    s.household(
        false,
        &home,
        "a wage two months before D's month: the earner in custody still counts as employed",
    );

    s.scene();
    let (husband, wife) = (s.aged(50), s.aged(47));
    let home = s.settle(&[&husband, &wife]);
    s.die(&husband, Source::Police, s.ago(3));
    s.household(false, &home, "who died had no wage");
}

fn by_others_work(s: &mut Stage<'_, '_>) {
    let (earner, spouse, home) = earning(s, 2);
    s.die(&earner, Source::Police, s.ago(30));
    s.out.wage(&spouse, s.month(3), yuan(3_000));
    s.household(true, &home, "the spouse's last wage is three months before D's month: not employed");

    let (earner, spouse, home) = earning(s, 2);
    s.die(&earner, Source::Police, s.ago(30));
    s.out.wage(&spouse, s.month(2), yuan(3_000));
    s.household(false, &home, "the spouse has a wage two months before D's month: employed");

    let (earner, spouse, home) = earning(s, 2);
    s.die(&earner, Source::Police, s.ago(30));
    s.out.insured(&spouse, "employee", Some(yuan(3_000)), s.day);
    s.household(false, &home, "the spouse has employee insurance since the day: employed");
}

fn by_household(s: &mut Stage<'_, '_>) {
    s.scene();
    let (earner, spouse) = (s.aged(41), s.aged(40));
    s.settle(&[&earner, &spouse]);
    let dibao = s.grant("dibao", &[&spouse, &earner], s.ago(500));
    s.out.wage(&earner, s.month(4), yuan(900));
    s.die(&earner, Source::Health, s.ago(40));
    s.out.members_changed(&dibao, &[&spouse], s.ago(20));
    s.program(
        true,
        &dibao,
        "the dibao named the dead earner on the day of death; low income does not matter",
    );

    s.scene();
    let (earner, spouse) = (s.resident(41), s.aged(40));
    let home = s.settle(&[&spouse]);
    s.out.wage(&earner, s.month(4), yuan(4_000));
    s.die(&earner, Source::Health, s.ago(40));
    s.household(false, &home, "the dead earner was registered in another household");

    s.scene();
    let (earner, spouse) = (s.aged(41), s.aged(40));
    let home = s.settle(&[&earner, &spouse]);
    s.out.wage(&earner, s.month(4), yuan(4_000));
    s.out.uninsured(&earner, "employee", s.ago(40));
    let away = s.home();
    s.out.moved(&earner, &away, "户主", s.ago(10));
    s.household(false, &home, "the earner has moved");
    s.household(true, &away, "the earner who lost the insurance is alone here, and a member");

    s.scene();
    let earner = s.aged(41);
    let home = s.settle(&[&earner]);
    s.out.wage(&earner, s.month(2), yuan(4_000));
    s.die(&earner, Source::Health, s.ago(40));
    s.household(false, &home, "the dead earner was alone: a rule about a household needs a living member");
}
