//! `exit-watch`: not low-income; in the last 365 days a household program ended whose newest list names a
//! member, or a member's application for any program was refused; and in the last 90 days the household paid
//! 2,000 yuan or more itself, or a member registered as unemployed, went into custody or was certified
//! disabled.

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::money::{Fen, yuan};
use crate::name::misspelt;
use crate::person::{Home, Person};

type Happening = (&'static str, fn(&mut Stage<'_, '_>, &Person));

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    for (note, happens) in HARDSHIPS {
        let (person, home) = refused(s);
        happens(s, &person);
        s.household(true, &home, &format!("refused 100 days ago; {note}"));
    }
    for (note, happens) in NO_HARDSHIPS {
        let (person, home) = refused(s);
        happens(s, &person);
        s.household(false, &home, &format!("refused 100 days ago; {note}"));
    }
    for (note, happens) in EXITS {
        let (person, home) = unemployed(s);
        happens(s, &person);
        s.household(true, &home, &format!("registered as unemployed; {note}"));
    }
    for (note, happens) in NO_EXITS {
        let (person, home) = unemployed(s);
        happens(s, &person);
        s.household(false, &home, &format!("registered as unemployed; {note}"));
    }
    by_members(s);
    low_income(s);
    by_telling(s);
}

fn alone(s: &mut Stage<'_, '_>) -> (Person, Home) {
    s.scene();
    let person = s.aged(48);
    let home = s.settle(&[&person]);
    (person, home)
}

fn refused(s: &mut Stage<'_, '_>) -> (Person, Home) {
    let (person, home) = alone(s);
    s.out.refused(&person, "dibao", "收入超过标准", s.ago(100));
    (person, home)
}

fn unemployed(s: &mut Stage<'_, '_>) -> (Person, Home) {
    let (person, home) = alone(s);
    s.out.unemployed(&person, s.ago(20));
    (person, home)
}

const HARDSHIPS: [Happening; 7] = [
    ("exactly 2,000.00 self-paid on the first of the last 90 days", |s, person| {
        s.pay(person, yuan(2_000), s.ago(89));
    }),
    ("1,200.50 and 799.50 self-paid", |s, person| {
        s.pay(person, Fen(120_050), s.ago(50));
        s.pay(person, Fen(79_950), s.day);
    }),
    ("registered as unemployed on the first of the last 90 days", |s, person| {
        s.out.unemployed(person, s.ago(89));
    }),
    ("registered as unemployed and deregistered since: the event counts", |s, person| {
        s.out.unemployed(person, s.ago(40));
        s.out.no_longer_unemployed(person, s.ago(10));
    }),
    ("went into custody on the first of the last 90 days", |s, person| {
        s.out.custody_started(person, "detention", s.ago(89), None);
    }),
    ("certified disabled on the first of the last 90 days", |s, person| {
        s.out.certified_disabled(person, "hearing", 4, s.ago(89), s.ago(-900));
    }),
    ("certified disabled on the day", |s, person| {
        s.out.certified_disabled(person, "mental", 2, s.day, s.ago(-900));
    }),
];

const NO_HARDSHIPS: [Happening; 7] = [
    ("nothing else happened", |_, _| ()),
    ("1,999.99 self-paid: one fen below", |s, person| {
        s.pay(person, Fen(199_999), s.ago(50));
    }),
    ("2,500 self-paid 90 days ago: a day too early", |s, person| {
        s.pay(person, yuan(2_500), s.ago(90));
    }),
    ("registered as unemployed 90 days ago: a day too early", |s, person| {
        s.out.unemployed(person, s.ago(90));
    }),
    ("went into custody 90 days ago, and came out since", |s, person| {
        s.out.custody_started(person, "detention", s.ago(90), None);
        s.out.custody_ended(person, s.ago(60));
    }),
    ("certified disabled 90 days ago: a day too early", |s, person| {
        s.out.certified_disabled(person, "hearing", 4, s.ago(90), s.ago(-900));
    }),
    ("2,500 self-paid, and reversed since", |s, person| {
        let bill = s.pay(person, yuan(2_500), s.ago(50));
        s.out.reversed(person, &bill.setl_id, s.ago(20));
    }),
];

fn ended(s: &mut Stage<'_, '_>, person: &Person, program: &str, days: i64) {
    let benefit = s.grant(program, &[person], s.ago(900));
    s.out.ended(&benefit, s.ago(days));
}

const EXITS: [Happening; 5] = [
    ("a dibao ended on the first of the last 365 days", |s, person| ended(s, person, "dibao", 364)),
    ("dibao-edge ended", |s, person| ended(s, person, "dibao-edge", 60)),
    ("rigid-spending ended on the day", |s, person| ended(s, person, "rigid-spending", 0)),
    ("refused home-care on the first of the last 365 days: any program counts", |s, person| {
        s.out.refused(person, "home-care", "不符合条件", s.ago(364));
    }),
    ("refused temporary aid on the day", |s, person| {
        s.out.refused(person, "temporary-aid", "不符合条件", s.day);
    }),
];

const NO_EXITS: [Happening; 6] = [
    ("never refused, nothing ended", |_, _| ()),
    ("a dibao ended 365 days ago: a day too early", |s, person| ended(s, person, "dibao", 365)),
    ("refused 365 days ago: a day too early", |s, person| {
        s.out.refused(person, "dibao", "收入超过标准", s.ago(365));
    }),
    ("the old-age allowance ended, which is no household program", |s, person| {
        ended(s, person, "old-age-allowance", 60);
    }),
    ("tekun ended, which is no household program", |s, person| ended(s, person, "tekun", 60)),
    ("a dibao ended; the grant was retracted", |s, person| {
        let benefit = s.fixed("B");
        let grant = s.grant_as(&benefit, "dibao", &[person], s.ago(900), None);
        s.out.ended(&benefit, s.ago(60));
        s.out.retract(grant, s.ago(30));
    }),
];

fn by_members(s: &mut Stage<'_, '_>) {
    s.scene();
    let (husband, wife) = (s.aged(58), s.aged(56));
    let home = s.settle(&[&husband, &wife]);
    s.out.refused(&husband, "dibao", "收入超过标准", s.ago(200));
    s.out.certified_disabled(&wife, "physical", 3, s.ago(30), s.ago(-900));
    s.household(true, &home, "one member was refused, another was certified disabled");

    s.scene();
    let (mother, son) = (s.aged(66), s.aged(38));
    let home = s.settle(&[&mother, &son]);
    ended(s, &mother, "dibao", 100);
    s.out.unemployed(&son, s.ago(30));
    s.household(true, &home, "the dibao that ended named only one of two members");

    s.scene();
    let (husband, wife) = (s.aged(68), s.aged(66));
    let home = s.settle(&[&husband, &wife]);
    s.out.refused(&wife, "rigid-spending", "支出未达标准", s.ago(200));
    s.pay(&husband, yuan(1_500), s.ago(40));
    s.pay(&wife, yuan(500), s.ago(20));
    s.die(&husband, Source::Police, s.ago(30));
    s.household(true, &home, "2,000 self-paid, 1,500 of it by the dead");

    s.scene();
    let (mother, son) = (s.aged(66), s.aged(38));
    let home = s.settle(&[&mother, &son]);
    let benefit = s.grant("dibao", &[&mother, &son], s.ago(700));
    s.out.members_changed(&benefit, &[&mother], s.ago(300));
    s.out.ended(&benefit, s.ago(100));
    let away = s.home();
    s.out.moved(&son, &away, "户主", s.ago(250));
    s.out.unemployed(&son, s.ago(30));
    s.household(false, &away, "the newest list of the dibao that ended does not name the son any more");
    s.household(false, &home, "the dibao ended, but who is unemployed lives elsewhere");

    let (person, home) = unemployed(s);
    let other = s.resident(50);
    s.out.refused(&other, "dibao", "收入超过标准", s.ago(100));
    s.out.refused(&person.named(&misspelt(&person.name)), "dibao", "收入超过标准", s.ago(90));
    s.household(false, &home, "somebody of another household was refused; the own refusal is held");
}

fn low_income(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, brother) = (s.aged(52), s.aged(63));
    let home = s.settle(&[&person, &brother]);
    s.out.refused(&person, "dibao", "收入超过标准", s.ago(100));
    s.out.unemployed(&person, s.ago(20));
    s.grant("tekun", &[&brother], s.day);
    s.household(false, &home, "low-income by the tekun of a member, granted on the day");

    let (person, _) = unemployed(s);
    ended(s, &person, "dibao", 100);
    let benefit = s.grant("dibao-edge", &[&person], s.ago(99));
    s.program(false, &benefit, "the dibao became dibao-edge: still low-income");

    s.scene();
    let (person, brother) = (s.aged(52), s.aged(63));
    let home = s.settle(&[&person, &brother]);
    s.out.refused(&person, "dibao", "收入超过标准", s.ago(100));
    s.out.unemployed(&person, s.ago(20));
    let tekun = s.grant("tekun", &[&brother], s.ago(800));
    s.out.ended(&tekun, s.day);
    s.household(true, &home, "the member's tekun ended on the day: not low-income");
}

fn by_telling(s: &mut Stage<'_, '_>) {
    Telling {
        about: About::Home,
        years: 45,
        what: "refused 30 days ago, in custody since 10",
        before: |s, person, _| {
            s.out.custody_started(person, "detention", s.ago(10), None);
        },
        event: |s, person| s.out.refused(person, "dibao", "收入超过标准", s.ago(30)),
    }
    .plant(s);
    Telling {
        about: About::Home,
        years: 46,
        what: "certified disabled 10 days ago, a dibao ended before",
        before: |s, person, _| ended(s, person, "dibao", 200),
        event: |s, person| s.out.certified_disabled(person, "speech", 3, s.ago(10), s.ago(-2_000)),
    }
    .plant(s);
}
