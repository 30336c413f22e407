//! `high-yearly-self-pay`: self-paid since 1 January of D's year at least 20,000 yuan, or 5,000 if the
//! household is low-income on D.

use jiff::civil::Date;

use super::stage::{Source, Stage};
use crate::contract::Settlement;
use crate::moment::{add_days, days_between};
use crate::money::{Fen, yuan};
use crate::name::misspelt;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    at_the_threshold(s);
    low_income(s);
    low_income_by_others(s);
    records(s);
    too_little(s);
    not_low_income(s);
    not_counted(s);
}

/// 1 January of the day's year.
fn new_year(s: &Stage<'_, '_>) -> Date {
    s.day.first_of_year()
}

/// A day between 1 January and the day: so many tenths of the way.
fn during(s: &Stage<'_, '_>, tenths: i64) -> Date {
    add_days(new_year(s), days_between(new_year(s), s.day) * tenths / 10)
}

fn at_the_threshold(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(55);
    s.pay(&person, yuan(20_000), s.day);
    s.found(&person, "one settlement of exactly 20,000.00, settled on the day");

    s.scene();
    let person = s.resident(48);
    s.pay(&person, Fen(1_234_567), during(s, 3));
    s.pay(&person, Fen(765_433), during(s, 7));
    s.found(&person, "12,345.67 + 7,654.33 = 20,000.00 to the fen");

    s.scene();
    let person = s.resident(33);
    s.pay(&person, yuan(20_000), new_year(s));
    s.found(&person, "settled on 1 January, the first day of the year");

    s.scene();
    let person = s.resident(71);
    for tenths in 1..10 {
        s.pay(&person, Fen(250_000 + tenths as u64), during(s, tenths));
    }
    s.found(&person, "nine settlements of 2,500.01 to 2,500.09: 22,500.45");
}

fn low_income(s: &mut Stage<'_, '_>) {
    for (program, note) in [
        ("dibao", "5,000.00 exactly, with an active dibao"),
        ("tekun", "5,000.00 exactly, with an active tekun of their own"),
        ("dibao-edge", "5,000.00 exactly, with an active dibao-edge"),
        ("rigid-spending", "5,000.00 exactly, with an active rigid-spending"),
    ] {
        s.scene();
        let person = s.resident(62);
        s.grant(program, &[&person], s.ago(300));
        s.pay(&person, yuan(5_000), during(s, 5));
        s.found(&person, note);
    }

    s.scene();
    let person = s.resident(58);
    s.pay(&person, yuan(5_200), during(s, 2));
    s.grant("dibao", &[&person], s.day);
    s.found(&person, "dibao granted on the day itself: low-income on D, whenever the money was paid");

    s.scene();
    let person = s.resident(58);
    let benefit = s.grant("dibao", &[&person], s.ago(200));
    s.out.suspended(&benefit, s.ago(15));
    s.pay(&person, yuan(5_001), during(s, 8));
    s.found(&person, "the dibao is suspended, and suspended ones are active");
}

fn low_income_by_others(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, brother) = (s.aged(64), s.aged(67));
    s.settle(&[&person, &brother]);
    s.grant("tekun", &[&brother], s.ago(500));
    s.pay(&person, yuan(6_000), during(s, 6));
    s.found(
        &person,
        "the other living member of the police household has tekun: the household is low-income",
    );

    s.scene();
    let (person, son) = (s.resident(66), s.resident(41));
    s.grant("dibao", &[&son, &person], s.ago(320));
    s.pay(&person, yuan(5_800), during(s, 4));
    s.found(&person, "member of the dibao of a relative who is registered elsewhere");
}

fn records(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(52);
    let bill = s.bill(yuan(900), during(s, 5));
    s.out.settled(&person, &bill);
    s.out.settled(&person, &Settlement { own: yuan(21_000), fund: yuan(40_000), ..bill });
    s.found(&person, "two settlements with one setl_id and day: the later recorded, of 21,000, counts");

    s.scene();
    let person = s.resident(63);
    let back = s.pay(&person, yuan(9_000), during(s, 2));
    s.pay(&person, yuan(20_500), during(s, 6));
    s.out.reversed(&person, &back.setl_id, s.day);
    s.found(&person, "one settlement is reversed, the other alone reaches 20,000");

    s.scene();
    let person = s.resident(49);
    let bill = s.pay(&person, yuan(23_000), during(s, 3));
    let sent = s.out.reversed(&person, &bill.setl_id, during(s, 5));
    s.out.retract(sent, s.day);
    s.found(&person, "the reversal was retracted: the settlement counts");

    s.scene();
    let person = s.resident(57);
    s.pay(&person.short(), yuan(11_000), during(s, 3));
    s.pay(&person, yuan(11_000), during(s, 6));
    s.found(&person, "half of it under the 15-digit number of the same person");

    s.scene();
    let (former, present) = s.two_numbers(61);
    s.pay(&former, yuan(12_000), during(s, 1));
    s.pay(&present, yuan(12_000), during(s, 8));
    s.found(&present, "half of it under the number that was corrected");

    s.scene();
    let person = s.resident(44);
    let bill = s.bill(yuan(30_000), during(s, 4));
    let sent = s.out.settled(&person, &bill);
    s.out.retract(sent, during(s, 5));
    s.out.settled(&person, &Settlement { own: yuan(20_300), ..bill });
    s.found(&person, "the settlement was retracted and stated right, with 20,300");
}

fn too_little(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(55);
    s.pay(&person, Fen(1_999_999), during(s, 5));
    s.absent(&person, "19,999.99: one fen below");

    s.scene();
    let person = s.resident(62);
    s.grant("dibao", &[&person], s.ago(300));
    s.pay(&person, Fen(499_999), during(s, 5));
    s.absent(&person, "low-income with 4,999.99: one fen below");

    s.scene();
    let person = s.resident(47);
    s.pay(&person, yuan(25_000), add_days(new_year(s), -1));
    s.pay(&person, yuan(12_000), during(s, 5));
    s.absent(&person, "25,000 on 31 December belong to the year before; 12,000 since");
}

fn not_low_income(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(60);
    let benefit = s.grant("dibao", &[&person], s.ago(500));
    s.pay(&person, yuan(6_000), during(s, 5));
    s.out.ended(&benefit, s.day);
    s.absent(&person, "6,000, but the dibao ended on the day: not low-income on D");

    s.scene();
    let (person, brother) = (s.aged(64), s.aged(67));
    s.settle(&[&person, &brother]);
    s.grant("tekun", &[&brother], s.ago(500));
    s.pay(&person, yuan(6_000), during(s, 5));
    s.die(&brother, Source::Police, s.day);
    s.absent(&person, "6,000, but who had the tekun died: no living member has a low-income program");

    s.scene();
    let (person, mother) = (s.aged(40), s.aged(70));
    s.settle(&[&person, &mother]);
    s.grant("dibao", &[&mother], s.ago(500));
    s.pay(&person, yuan(6_000), during(s, 5));
    s.absent(
        &person,
        "6,000; the dibao names only the mother, whose household is the program's: not this person's",
    );
}

fn not_counted(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(54);
    let bill = s.pay(&person, yuan(22_000), during(s, 3));
    s.out.reversed(&person, &bill.setl_id, s.day);
    s.absent(&person, "the settlement is reversed, on the day");

    s.scene();
    let person = s.resident(53);
    s.pay(&person.named(&misspelt(&person.name)), yuan(22_000), during(s, 6));
    s.absent(&person, "the settlement has another name than police: held");

    s.scene();
    let person = s.resident(51);
    let bill = s.pay(&person, yuan(12_000), during(s, 5));
    s.out.settled(&person, &bill);
    s.absent(&person, "12,000 stated under two event ids: one fact, not 24,000");

    s.scene();
    let person = s.resident(50);
    let bill = s.pay(&person, yuan(21_000), during(s, 5));
    s.out.settled(&person, &Settlement { own: yuan(1_000), ..bill });
    s.absent(&person, "21,000, then the same setl_id again with 1,000, recorded later: the newest counts");
}
