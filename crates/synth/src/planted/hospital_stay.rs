//! `costly-hospital-stay`: an inpatient settlement in the last 90 days with at least 10,000 yuan self-paid,
//! or 6,000 in a low-income household.

use super::stage::{Source, Stage};
use super::telling::{About, NOTHING, Telling};
use crate::contract::Settlement;
use crate::money::{Fen, yuan};

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    at_the_threshold(s);
    low_income(s);
    not_low_income(s);
    collective(s);
    records(s);
    Telling {
        about: About::Person,
        years: 57,
        what: "an inpatient settlement of 12,000",
        before: NOTHING,
        event: |s, person| {
            let bill = s.stay(1, yuan(12_000), s.ago(20));
            s.out.settled(person, &bill)
        },
    }
    .plant(s);
}

fn at_the_threshold(s: &mut Stage<'_, '_>) {
    for (expect, own, days, note) in [
        (true, yuan(10_000), 0, "exactly 10,000.00, settled on the day"),
        (true, yuan(15_000), 89, "settled on the first of the last 90 days"),
        (false, Fen(999_999), 10, "9,999.99: one fen below"),
        (false, yuan(15_000), 90, "settled 90 days ago: a day too early"),
    ] {
        let person = s.alone(54);
        let bill = s.stay(1, own, s.ago(days));
        s.out.settled(&person, &bill);
        s.person(expect, &person, note);
    }

    let person = s.alone(61);
    for number in 0..3 {
        let bill = s.stay(number, yuan(9_000), s.ago(i64::from(number) * 20));
        s.out.settled(&person, &bill);
    }
    s.absent(&person, "three of 9,000: none of them is costly alone");

    for med_type in ["outpatient", "special"] {
        let person = s.alone(59);
        let bill = Settlement { med_type, ..s.stay(1, yuan(20_000), s.ago(10)) };
        s.out.settled(&person, &bill);
        s.absent(&person, &format!("20,000, but {med_type}"));
    }
}

fn low_income(s: &mut Stage<'_, '_>) {
    for program in ["dibao", "tekun", "dibao-edge", "rigid-spending"] {
        let person = s.alone(63);
        s.grant(program, &[&person], s.ago(400));
        let bill = s.stay(1, yuan(6_000), s.ago(40));
        s.out.settled(&person, &bill);
        s.found(&person, &format!("exactly 6,000.00, low-income by {program}"));
    }

    s.scene();
    let (person, brother) = (s.aged(64), s.aged(67));
    s.settle(&[&person, &brother]);
    s.grant("tekun", &[&brother], s.day);
    let bill = s.stay(1, yuan(6_500), s.ago(40));
    s.out.settled(&person, &bill);
    s.found(&person, "low-income by the tekun of the other member, granted on the day");

    let person = s.alone(62);
    s.grant("dibao", &[&person], s.ago(400));
    let bill = s.stay(1, Fen(599_999), s.ago(40));
    s.out.settled(&person, &bill);
    s.absent(&person, "low-income with 5,999.99: one fen below");
}

fn not_low_income(s: &mut Stage<'_, '_>) {
    let person = s.alone(60);
    let benefit = s.grant("dibao", &[&person], s.ago(500));
    let bill = s.stay(1, yuan(7_000), s.ago(20));
    s.out.settled(&person, &bill);
    s.out.ended(&benefit, s.day);
    s.absent(&person, "7,000, but the dibao ended on the day");

    s.scene();
    let (person, mother) = (s.aged(40), s.aged(70));
    s.settle(&[&person, &mother]);
    s.grant("dibao", &[&mother], s.ago(500));
    let bill = s.stay(1, yuan(7_000), s.ago(20));
    s.out.settled(&person, &bill);
    s.absent(&person, "7,000; the dibao names only the mother, whose household is another");

    s.scene();
    let (person, sister) = (s.aged(64), s.aged(60));
    s.settle(&[&person, &sister]);
    s.grant("tekun", &[&sister], s.ago(500));
    s.die(&sister, Source::Cremation, s.ago(2));
    let bill = s.stay(1, yuan(7_000), s.ago(20));
    s.out.settled(&person, &bill);
    s.absent(&person, "7,000, but who had the tekun died");
}

fn collective(s: &mut Stage<'_, '_>) {
    for (expect, note) in [
        (false, "7,000; another of more than 20 people of one number has tekun, who is another household"),
        (true, "7,000; another of just 20 living people of one number has tekun: one household"),
    ] {
        s.scene();
        let (people, _) = s.collective(75);
        s.grant("tekun", &[&people[7]], s.ago(300));
        if expect {
            s.die(&people[20], Source::Police, s.ago(90));
        }
        let bill = s.stay(1, yuan(7_000), s.ago(20));
        s.out.settled(&people[0], &bill);
        s.person(expect, &people[0], note);
    }
}

fn records(s: &mut Stage<'_, '_>) {
    let person = s.alone(47);
    let bill = s.stay(1, yuan(900), s.ago(15));
    s.out.settled(&person, &bill);
    s.out.settled(&person, &Settlement { own: yuan(12_000), ..bill });
    s.found(&person, "900, then the same setl_id with 12,000, recorded later: the newest counts");

    let person = s.alone(46);
    let bill = s.stay(1, yuan(12_000), s.ago(15));
    s.out.settled(&person, &bill);
    let sent = s.out.reversed(&person, &bill.setl_id, s.ago(5));
    s.out.retract(sent, s.day);
    s.found(&person, "the reversal was retracted");

    let person = s.alone(45);
    let bill = s.stay(1, yuan(12_000), s.ago(15));
    s.out.settled(&person, &bill);
    s.out.reversed(&person, &bill.setl_id, s.day);
    s.absent(&person, "reversed on the day");
}
