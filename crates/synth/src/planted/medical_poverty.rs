//! `rigid-medical-spending`: not low-income; self-paid in the last 12 months at least 5,000 yuan and at
//! least 60 % of 12 times the monthly income known (7.2 times that income; none counts as reached).

use super::stage::{Source, Stage};
use super::telling::{About, NOTHING, Telling};
use crate::contract::Settlement;
use crate::moment::add_days;
use crate::money::{Fen, yuan};
use crate::name::misspelt;
use crate::person::{Home, Person};

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    at_the_threshold(s);
    by_share(s);
    by_income(s);
    by_day(s);
    by_payer(s);
    collective(s);
    low_income(s);
    records(s);
    Telling {
        about: About::Home,
        years: 52,
        what: "6,000 self-paid, no income known",
        before: NOTHING,
        event: |s, person| {
            let bill = s.stay(1, yuan(6_000), s.ago(30));
            s.out.settled(person, &bill)
        },
    }
    .plant(s);
}

/// Somebody alone in a home.
fn alone(s: &mut Stage<'_, '_>, years: i16) -> (Person, Home) {
    s.scene();
    let person = s.aged(years);
    let home = s.settle(&[&person]);
    (person, home)
}

fn at_the_threshold(s: &mut Stage<'_, '_>) {
    for (expect, paid, note) in [
        (true, yuan(5_000), "exactly 5,000.00, no income known"),
        (false, Fen(499_999), "4,999.99, no income known: one fen below"),
    ] {
        let (person, home) = alone(s, 51);
        s.pay(&person, paid, s.day);
        s.household(expect, &home, note);
    }

    s.scene();
    let (husband, wife) = (s.aged(50), s.aged(49));
    let home = s.settle(&[&husband, &wife]);
    s.pay(&husband, Fen(234_567), s.ago(200));
    s.pay(&wife, Fen(265_433), s.ago(20));
    s.household(true, &home, "2,345.67 and 2,654.33 of two members: 5,000.00 to the fen");
}

fn by_share(s: &mut Stage<'_, '_>) {
    for (expect, paid, note) in [
        (true, Fen(720_000), "7,200.00 of 12 times 1,000: exactly 60 %"),
        (false, Fen(719_999), "7,199.99 of 12 times 1,000: one fen below 60 %"),
    ] {
        let (person, home) = alone(s, 66);
        s.out.pension_started(&person, "resident", yuan(1_000), s.ago(900));
        s.pay(&person, paid, s.ago(60));
        s.household(expect, &home, note);
    }

    for (expect, paid, note) in [
        (
            true,
            Fen(720_720),
            "7,207.20 is 60 % of 12 times a pension of 500, a wage of 201 and benefit of 300",
        ),
        (false, Fen(720_719), "7,207.19: one fen below 60 % of 12 times 500 + 201 + 300"),
    ] {
        s.scene();
        let (husband, wife) = (s.aged(62), s.aged(51));
        let home = s.settle(&[&husband, &wife]);
        s.out.pension_started(&husband, "employee", yuan(500), s.ago(500));
        s.out.wage(&wife, s.month(3), yuan(201));
        s.out.dole_started(&wife, yuan(300), s.ago(80), s.day);
        s.pay(&wife, paid, s.ago(100));
        s.household(expect, &home, note);
    }
}

fn by_income(s: &mut Stage<'_, '_>) {
    let (person, home) = alone(s, 44);
    s.out.wage(&person, s.month(4), yuan(8_000));
    s.pay(&person, yuan(5_500), s.ago(40));
    s.household(true, &home, "the newest wage is of the fourth month before D's: no income known");

    let (person, home) = alone(s, 45);
    s.out.wage(&person, s.month(3), yuan(8_000));
    s.out.wage(&person, s.month(1), yuan(700));
    s.pay(&person, yuan(5_100), s.ago(40));
    s.household(true, &home, "the newest wage, 700, is the income, not the 8,000 two months before it");

    let (person, home) = alone(s, 46);
    s.out.dole_started(&person, yuan(1_780), s.ago(150), s.ago(1));
    s.pay(&person, yuan(5_100), s.ago(40));
    s.household(true, &home, "unemployment benefit ran until yesterday: no income known");

    let (person, home) = alone(s, 70);
    s.out.pension_started(&person, "employee", yuan(3_000), s.ago(900));
    s.out.pension_stopped(&person, "employee", s.day);
    s.pay(&person, yuan(5_100), s.ago(40));
    s.household(true, &home, "the pension was stopped on the day");

    let (person, home) = alone(s, 61);
    s.out.pension_started(&person, "flexible", yuan(1_000), s.ago(900));
    s.pay(&person, yuan(5_100), s.ago(40));
    s.household(false, &home, "5,100 of 12 times a flexible pension of 1,000: less than 60 %");

    let (person, home) = alone(s, 47);
    s.out.wage(&person, s.month(3), yuan(8_000));
    s.pay(&person, yuan(30_000), s.ago(40));
    s.household(false, &home, "30,000 of 12 times a wage of 8,000: less than 60 %");
}

fn by_day(s: &mut Stage<'_, '_>) {
    let start = s.months_ago(12);
    for (expect, on, note) in [
        (true, add_days(start, 1), "settled on the first day of the last 12 months"),
        (false, start, "settled a day before the last 12 months"),
    ] {
        let (person, home) = alone(s, 55);
        s.pay(&person, yuan(9_000), on);
        s.household(expect, &home, note);
    }
}

fn by_payer(s: &mut Stage<'_, '_>) {
    s.scene();
    let (husband, wife) = (s.aged(58), s.aged(57));
    let home = s.settle(&[&husband, &wife]);
    s.out.pension_started(&husband, "employee", yuan(4_000), s.ago(900));
    s.pay(&husband, yuan(3_000), s.ago(60));
    s.pay(&wife, yuan(2_000), s.ago(50));
    s.die(&husband, Source::Police, s.ago(40));
    s.household(true, &home, "what the dead paid counts, their pension is no member's income");

    s.scene();
    let (mother, son) = (s.aged(68), s.aged(40));
    let home = s.settle(&[&mother, &son]);
    s.pay(&son, yuan(9_000), s.ago(80));
    let away = s.home();
    s.out.moved(&son, &away, "户主", s.ago(10));
    s.household(false, &home, "who paid has moved: it belongs to the household of the day");
    s.household(true, &away, "paid before the move: it belongs to the household of the day");

    s.scene();
    let person = s.aged(39);
    s.pay(&person, yuan(5_000), s.ago(100));
    s.single(true, &person, "never registered: a household of their own");
}

fn collective(s: &mut Stage<'_, '_>) {
    for (living, single) in [(21, true), (20, false)] {
        s.scene();
        let (residents, home) = s.collective(74);
        if living == 20 {
            s.die(&residents[20], Source::Cremation, s.ago(30));
        }
        s.pay(&residents[0], yuan(5_000), s.ago(9));
        s.household(!single, &home, "a collective only with more than 20 living people");
        s.single(single, &residents[0], "more than 20 living people of one number are alone as households");
    }
}

fn low_income(s: &mut Stage<'_, '_>) {
    for program in ["dibao", "dibao-edge", "rigid-spending"] {
        let (person, _) = alone(s, 60);
        let benefit = s.grant(program, &[&person], s.ago(30));
        s.pay(&person, yuan(8_000), s.ago(60));
        s.program(false, &benefit, &format!("low-income by {program}"));
    }

    s.scene();
    let (person, brother) = (s.aged(64), s.aged(67));
    let home = s.settle(&[&person, &brother]);
    s.grant("tekun", &[&brother], s.day);
    s.pay(&person, yuan(8_000), s.ago(60));
    s.household(false, &home, "low-income by the tekun of the other member, granted on the day");

    let (person, home) = alone(s, 61);
    let benefit = s.grant("dibao", &[&person], s.ago(600));
    s.out.ended(&benefit, s.day);
    s.pay(&person, yuan(8_000), s.ago(60));
    s.household(true, &home, "the dibao ended on the day: not low-income");

    let (person, home) = alone(s, 83);
    s.grant("temporary-aid", &[&person], s.ago(20));
    s.grant("old-age-allowance", &[&person], s.ago(600));
    s.pay(&person, yuan(8_000), s.ago(60));
    s.household(true, &home, "temporary aid and old-age allowance make nobody low-income");
}

fn records(s: &mut Stage<'_, '_>) {
    let (person, home) = alone(s, 48);
    let bill = s.pay(&person, yuan(6_000), s.ago(50));
    s.out.reversed(&person, &bill.setl_id, s.day);
    s.household(false, &home, "the settlement was reversed on the day");

    let (person, home) = alone(s, 49);
    let bill = s.stay(1, yuan(6_000), s.ago(50));
    s.out.settled(&person, &bill);
    s.out.settled(&person, &Settlement { own: yuan(600), ..bill });
    s.household(false, &home, "6,000, then the same setl_id with 600, recorded later: the newest counts");

    let (person, home) = alone(s, 50);
    let bill = s.pay(&person, yuan(6_000), s.ago(50));
    s.out.reversed(&person.named(&misspelt(&person.name)), &bill.setl_id, s.ago(20));
    s.household(true, &home, "the reversal has another name than police: held, the settlement counts");
}
