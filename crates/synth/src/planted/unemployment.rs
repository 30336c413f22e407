//! `unemployment-benefit-exhausted`: working age; the newest unemployment-benefit event is an end as
//! exhausted 30 to 365 days ago; on D not employed and no active pension.

use super::stage::Stage;
use crate::money::yuan;
use crate::name::misspelt;
use crate::person::Person;
use crate::sender::Sent;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_day(s);
    by_age(s);
    by_work(s);
    by_record(s);
    other_day_or_age(s);
    has_work_or_pension(s);
    not_newest(s);
}

/// A year of benefit that was exhausted so many days ago.
fn exhausted(s: &mut Stage<'_, '_>, person: &Person, days: i64) -> Sent {
    s.out.dole_started(person, yuan(1_780), s.ago(days + 360), s.ago(days));
    s.out.dole_ended(person, "exhausted", s.ago(days))
}

fn by_day(s: &mut Stage<'_, '_>) {
    for (days, note) in [
        (30, "exhausted 30 days ago: the first day it holds"),
        (365, "exhausted 365 days ago: the last day it holds"),
        (120, "exhausted 120 days ago, no work and no pension since"),
    ] {
        s.scene();
        let person = s.resident(43);
        exhausted(s, &person, days);
        s.found(&person, note);
    }
}

fn by_age(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.turning_tomorrow(60);
    s.settle(&[&person]);
    exhausted(s, &person, 90);
    s.found(&person, "turns 60 tomorrow: still 59, of working age");

    s.scene();
    let person = s.turning(16);
    s.settle(&[&person]);
    s.out.dole_started(&person, yuan(900), s.ago(200), s.ago(40));
    s.out.dole_ended(&person, "exhausted", s.ago(40));
    s.found(&person, "turned 16 on the day: of working age");
}

fn by_work(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(50);
    exhausted(s, &person, 100);
    s.out.insured(&person, "flexible", None, s.ago(60));
    s.found(&person, "flexible insurance is not employment");

    s.scene();
    let person = s.resident(38);
    exhausted(s, &person, 200);
    s.out.insured(&person, "employee", Some(yuan(5_000)), s.ago(150));
    s.out.uninsured(&person, "employee", s.day);
    s.found(&person, "employee insurance stopped on the day, no wage: not employed");

    s.scene();
    let person = s.resident(36);
    exhausted(s, &person, 200);
    s.out.wage(&person, s.month(3), yuan(4_000));
    s.found(&person, "the last wage is three months before D's month; two would count");

    s.scene();
    let person = s.resident(56);
    exhausted(s, &person, 77);
    s.out.pension_started(&person, "employee", yuan(2_000), s.ago(70));
    s.out.pension_stopped(&person, "employee", s.ago(20));
    s.found(&person, "the pension was stopped");

    s.scene();
    let person = s.resident(47);
    exhausted(s, &person, 60);
    s.out.wage(&person.named(&misspelt(&person.name)), s.month(0), yuan(6_000));
    s.found(&person, "this month's wage has another name than police: held, no rule sees it");
}

fn by_record(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(41);
    s.out.dole_started(&person, yuan(1_780), s.ago(900), s.ago(600));
    s.out.dole_ended(&person, "re-employed", s.ago(700));
    exhausted(s, &person, 66);
    s.found(&person, "an earlier benefit ended by re-employment; the newest event is the exhaustion");

    s.scene();
    let person = s.resident(42);
    exhausted(s, &person, 150);
    let wrong = s.out.dole_started(&person, yuan(1_780), s.ago(20), s.ago(-300));
    s.out.retract(wrong, s.ago(10));
    s.found(&person, "a later start was retracted: the exhaustion is the newest event");

    s.scene();
    let person = s.resident(45);
    s.out.dole_started(&person, yuan(1_780), s.ago(420), s.ago(61));
    s.out.dole_ended(&person.short(), "exhausted", s.ago(61));
    s.found(&person, "the end has the 15-digit number of the same person");

    s.scene();
    let (former, present) = s.two_numbers(39);
    exhausted(s, &former, 250);
    s.found(&present, "the benefit was paid under the number that was corrected");

    s.scene();
    let person = s.resident(52);
    let wrong = exhausted(s, &person, 40);
    s.out.retract(wrong, s.ago(35));
    s.out.dole_ended(&person, "exhausted", s.ago(40));
    s.found(&person, "the end was retracted and stated again later: it holds again");
}

fn other_day_or_age(s: &mut Stage<'_, '_>) {
    for (days, note) in
        [(29, "exhausted 29 days ago: a day too early"), (366, "exhausted 366 days ago: a day too late")]
    {
        s.scene();
        let person = s.resident(43);
        exhausted(s, &person, days);
        s.absent(&person, note);
    }

    s.scene();
    let person = s.turning(60);
    s.settle(&[&person]);
    exhausted(s, &person, 90);
    s.absent(&person, "turned 60 on the day: not of working age");

    s.scene();
    let person = s.turning_tomorrow(16);
    s.settle(&[&person]);
    s.out.dole_started(&person, yuan(900), s.ago(200), s.ago(40));
    s.out.dole_ended(&person, "exhausted", s.ago(40));
    s.absent(&person, "turns 16 tomorrow: not of working age");
}

fn has_work_or_pension(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(40);
    exhausted(s, &person, 90);
    s.out.insured(&person, "employee", Some(yuan(4_500)), s.day);
    s.absent(&person, "employee insurance began on the day: employed");

    s.scene();
    let person = s.resident(40);
    exhausted(s, &person, 180);
    s.out.wage(&person, s.month(2), yuan(3_000));
    s.absent(&person, "a wage two months before D's month: employed");

    s.scene();
    let person = s.resident(57);
    exhausted(s, &person, 90);
    s.out.pension_started(&person, "employee", yuan(2_600), s.ago(30));
    s.absent(&person, "an active pension");
}

fn not_newest(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(34);
    exhausted(s, &person, 200);
    s.out.dole_started(&person, yuan(1_780), s.ago(10), s.ago(-170));
    s.absent(&person, "a benefit began again after it: the newest event is a start");

    s.scene();
    let person = s.resident(35);
    s.out.dole_started(&person, yuan(1_780), s.ago(400), s.ago(40));
    s.out.dole_ended(&person, "refused-work", s.ago(90));
    s.absent(&person, "ended for another reason");

    s.scene();
    let person = s.resident(37);
    let end = exhausted(s, &person, 90);
    s.out.retract(end, s.ago(50));
    s.absent(&person, "the end was retracted: the newest event is a start");
}
