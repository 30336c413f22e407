//! `elder-weekly-visits`: active `care-visit` and fewer than 4 `elder` visits in D's ISO week.

use jiff::civil::Date;

use super::stage::{Source, Stage};
use crate::moment::add_days;
use crate::name::misspelt;
use crate::person::Person;
use crate::sender::Sent;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    too_few(s);
    not_counted(s);
    by_benefit(s);
    enough(s);
    no_care_visit(s);
}

/// Monday of the day's ISO week.
fn monday(s: &Stage<'_, '_>) -> Date {
    add_days(s.day, -i64::from(s.day.weekday().to_monday_zero_offset()))
}

/// A resident with care visits.
fn elder(s: &mut Stage<'_, '_>) -> Person {
    s.scene();
    let person = s.resident(83);
    s.grant("care-visit", &[&person], s.ago(400));
    person
}

/// So many visits from Monday to the day, several on a day where the week is too short for them.
fn visits(s: &mut Stage<'_, '_>, person: &Person, count: i64) -> (String, Date, Sent) {
    let mut last = None;
    for number in 0..count {
        let on = add_days(monday(s), number).min(s.day);
        let (id, sent) = s.visit(person, "elder", on);
        last = Some((id, on, sent));
    }
    last.expect("at least one visit is asked for")
}

fn too_few(s: &mut Stage<'_, '_>) {
    let person = elder(s);
    s.found(&person, "no visit at all");

    for (count, note) in
        [(1, "one visit this week"), (2, "two visits this week"), (3, "three visits this week, one below")]
    {
        let person = elder(s);
        visits(s, &person, count);
        s.found(&person, note);
    }

    let person = elder(s);
    let sunday = add_days(monday(s), -1);
    for _ in 0..4 {
        s.visit(&person, "elder", sunday);
    }
    s.found(&person, "four visits on Sunday of the week before");
}

fn not_counted(s: &mut Stage<'_, '_>) {
    let person = elder(s);
    let (_, _, last) = visits(s, &person, 4);
    s.out.retract(last, s.day);
    s.found(&person, "four visits, one of them retracted");

    let person = elder(s);
    visits(s, &person, 3);
    s.visit(&person, "child", s.day);
    s.found(&person, "three visits and one of kind child");

    let person = elder(s);
    visits(s, &person, 3);
    s.visit(&person.named(&misspelt(&person.name)), "elder", s.day);
    s.found(&person, "three visits and one that has another name than police: held");

    let person = elder(s);
    let (id, on, _) = visits(s, &person, 3);
    s.out.visited(&person, &id, "elder", on);
    s.found(&person, "three visits, one stated under two event ids: one fact");
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(79);
    let benefit = s.grant("care-visit", &[&person], s.ago(300));
    s.out.suspended(&benefit, s.ago(30));
    s.found(&person, "the program is suspended, and suspended ones are active");

    s.scene();
    let (former, present) = s.two_numbers(88);
    s.grant("care-visit", &[&former], s.ago(300));
    visits(s, &present, 3);
    s.found(&present, "granted under the number that was corrected, three visits under the present one");

    s.scene();
    let person = s.resident(75);
    s.grant("care-visit", &[&person], s.day);
    s.found(&person, "granted on the day, no visit yet");
}

fn enough(s: &mut Stage<'_, '_>) {
    let person = elder(s);
    visits(s, &person, 4);
    s.absent(&person, "four visits this week, two on one day differ by visit_id");

    let person = elder(s);
    for _ in 0..4 {
        s.visit(&person, "elder", s.day);
    }
    s.absent(&person, "four visits on the day itself");

    let person = elder(s);
    for _ in 0..4 {
        s.visit(&person, "elder", monday(s));
    }
    s.absent(&person, "four visits on Monday, the first day of the week");

    let person = elder(s);
    let (id, on, last) = visits(s, &person, 4);
    s.out.retract(last, s.day);
    s.out.visited(&person, &id, "elder", on);
    s.absent(&person, "one of four visits was retracted and stated again later");

    s.scene();
    let (former, present) = s.two_numbers(85);
    s.grant("care-visit", &[&present], s.ago(300));
    visits(s, &former, 2);
    visits(s, &present, 2);
    s.absent(&present, "two visits under each of two united numbers");

    let person = elder(s);
    visits(s, &person.short(), 2);
    visits(s, &person, 2);
    s.absent(&person, "two of four visits have the 15-digit number of the same person");
}

fn no_care_visit(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(84);
    let benefit = s.grant("care-visit", &[&person], s.ago(500));
    s.out.ended(&benefit, s.day);
    s.absent(&person, "care-visit ended on the day");

    let person = elder(s);
    s.die(&person, Source::Cremation, s.ago(3));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}
