//! `activity-after-death`: a death signal, and a settlement (not reversed) whose `begin`, an admission whose
//! `on`, or a wage whose month begins after `died_on`.

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::contract::Settlement;
use crate::moment::add_days;
use crate::money::yuan;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_settlement(s);
    by_admission(s);
    by_wage(s);
    by_signal(s);
    records(s);
    Telling {
        about: About::Dead,
        years: 74,
        what: "a stay in hospital after the certified death",
        before: |s, person, _| {
            s.die(person, Source::Health, s.ago(60));
        },
        event: |s, person| {
            let bill = s.stay(1, yuan(2_000), s.ago(20));
            s.out.settled(person, &bill)
        },
    }
    .plant(s);
    Telling {
        about: About::Dead,
        years: 76,
        what: "a cremation before an admission",
        before: |s, person, _| {
            s.out.admitted(person, "海门区人民医院", None, s.ago(15));
        },
        event: |s, person| s.die(person, Source::Cremation, s.ago(30)),
    }
    .plant(s);
}

fn dead(s: &mut Stage<'_, '_>, days: i64) -> Person {
    let person = s.alone(58);
    s.die(&person, Source::Health, s.ago(days));
    person
}

fn by_settlement(s: &mut Stage<'_, '_>) {
    for (expect, begin, note) in [
        (true, 39, "a settlement begins the day after the death"),
        (false, 40, "a settlement begins on the day of death, and ends later"),
        (false, 45, "a settlement begins before the death, and ends later"),
    ] {
        let person = dead(s, 40);
        let bill = Settlement { begin: s.ago(begin), ..s.stay(1, yuan(3_000), s.ago(30)) };
        s.out.settled(&person, &bill);
        s.person(expect, &person, note);
    }

    let person = dead(s, 40);
    let bill = Settlement { med_type: "outpatient", begin: s.day, ..s.stay(1, yuan(30), s.day) };
    s.out.settled(&person, &bill);
    s.found(&person, "an outpatient settlement on the day");

    let person = dead(s, 40);
    let bill = s.pay(&person, yuan(3_000), s.ago(10));
    s.out.reversed(&person, &bill.setl_id, s.day);
    s.absent(&person, "the settlement was reversed on the day");
}

fn by_admission(s: &mut Stage<'_, '_>) {
    for (expect, on, note) in [
        (true, 39, "admitted the day after the death"),
        (true, 0, "admitted on the last day"),
        (false, 40, "admitted on the day of death"),
        (false, 60, "admitted before the death"),
    ] {
        let person = dead(s, 40);
        s.out.admitted(&person, "海门区人民医院", None, s.ago(on));
        s.person(expect, &person, note);
    }

    let person = dead(s, 40);
    s.out.discharged(&person, "海门区人民医院", s.ago(50), s.ago(35));
    s.absent(&person, "a discharge after the death is no admission");
}

fn by_wage(s: &mut Stage<'_, '_>) {
    let month = s.month(1);
    for (expect, died_on, note) in [
        (true, add_days(month, -1), "the wage of the month that begins the day after the death"),
        (true, s.month(3), "a wage two months after the month of death"),
        (false, month, "the wage of the month that begins on the day of death"),
        (false, add_days(month, 20), "the wage of the month of death"),
    ] {
        let person = s.alone(50);
        s.die(&person, Source::Police, died_on);
        s.out.wage(&person, month, yuan(4_000));
        s.person(expect, &person, note);
    }
}

fn by_signal(s: &mut Stage<'_, '_>) {
    for source in [Source::Police, Source::Cremation, Source::FuneralGrant] {
        let person = s.alone(70);
        s.die(&person, source, s.ago(30));
        s.out.admitted(&person, "海门区人民医院", None, s.ago(10));
        s.found(&person, "admitted after the death, whatever its source");
    }

    let person = dead(s, 50);
    s.die(&person, Source::Cremation, s.ago(20));
    s.out.admitted(&person, "海门区人民医院", None, s.ago(30));
    s.found(&person, "admitted between two death signals: the earliest is the day of death");

    let person = s.alone(70);
    s.out.cancelled(&person, "emigrated", s.ago(30));
    s.out.admitted(&person, "海门区人民医院", None, s.ago(10));
    s.absent(&person, "cancelled as emigrated: no death signal");

    let person = dead(s, 30);
    s.out.insured(&person, "resident", None, s.ago(10));
    s.visit(&person, "elder", s.ago(10));
    s.absent(&person, "insurance and a visit after the death are none of the three");
}

fn records(s: &mut Stage<'_, '_>) {
    let person = dead(s, 40);
    let wrong = s.stay(1, yuan(3_000), s.ago(10));
    s.out.settled(&person, &wrong);
    let right = Settlement { begin: s.ago(50), ..wrong };
    s.out.settled(&person, &right);
    s.absent(
        &person,
        "the same setl_id again with a begin before the death, recorded later: the newest counts",
    );

    let person = dead(s, 40);
    let bill = s.stay(1, yuan(3_000), s.ago(10));
    s.out.settled(&person, &bill);
    let sent = s.out.reversed(&person, &bill.setl_id, s.ago(5));
    s.out.retract(sent, s.day);
    s.found(&person, "the reversal was retracted");
}
