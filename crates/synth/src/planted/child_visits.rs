//! `child-monthly-visit`: active child program and no `child` visit in D's month.

use super::stage::{Source, Stage};
use crate::moment::add_days;
use crate::name::misspelt;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_program(s);
    by_visit(s);
    by_benefit(s);
    visited(s);
    no_program(s);
}

fn granted(s: &mut Stage<'_, '_>, program: &str, years: i16) -> Person {
    s.scene();
    let child = s.resident(years);
    s.grant(program, &[&child], s.ago(300));
    child
}

fn by_program(s: &mut Stage<'_, '_>) {
    for (program, note) in [
        ("orphan", "orphan, never visited"),
        ("unattended-child", "unattended-child, never visited"),
        ("child-in-difficulty", "child-in-difficulty, never visited"),
    ] {
        let child = granted(s, program, 9);
        s.found(&child, note);
    }

    let person = granted(s, "orphan", 19);
    s.found(&person, "over 18, but the child program is still active; the rule asks no age");
}

fn by_visit(s: &mut Stage<'_, '_>) {
    let child = granted(s, "child-in-difficulty", 12);
    let last = add_days(s.month(0), -1);
    s.visit(&child, "child", last);
    s.found(&child, "visited on the last day of the month before");

    let child = granted(s, "orphan", 7);
    s.visit(&child, "elder", s.day);
    s.found(&child, "a visit of kind elder is no child visit");

    let child = granted(s, "orphan", 6);
    let (_, visit) = s.visit(&child, "child", s.month(0));
    s.out.retract(visit, s.day);
    s.found(&child, "this month's visit was retracted");

    let child = granted(s, "unattended-child", 13);
    s.visit(&child.named(&misspelt(&child.name)), "child", s.day);
    s.found(&child, "this month's visit has another name than police: held");

    let child = granted(s, "child-in-difficulty", 10);
    let sibling = s.resident(8);
    s.visit(&sibling, "child", s.day);
    s.found(&child, "another child was visited");
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    s.scene();
    let child = s.resident(11);
    let benefit = s.grant("child-in-difficulty", &[&child], s.ago(500));
    s.out.suspended(&benefit, s.ago(70));
    s.found(&child, "the program is suspended, and suspended ones are active");

    s.scene();
    let child = s.resident(5);
    s.grant("orphan", &[&child], s.day);
    s.found(&child, "granted on the day");

    s.scene();
    let child = s.resident(14);
    let first = s.grant("child-in-difficulty", &[&child], s.ago(500));
    s.out.ended(&first, s.ago(60));
    s.grant("unattended-child", &[&child], s.ago(60));
    s.found(&child, "one child program ended, another is active");

    s.scene();
    let (former, present) = s.two_numbers(15);
    s.grant("orphan", &[&former], s.ago(400));
    s.found(&present, "granted under the number that was corrected");
}

fn visited(s: &mut Stage<'_, '_>) {
    let child = granted(s, "orphan", 9);
    s.visit(&child, "child", s.month(0));
    s.absent(&child, "visited on the first day of the month");

    let child = granted(s, "unattended-child", 9);
    s.visit(&child, "child", s.day);
    s.absent(&child, "visited on the day");

    s.scene();
    let (former, present) = s.two_numbers(12);
    s.grant("child-in-difficulty", &[&present], s.ago(100));
    s.visit(&former, "child", s.day);
    s.absent(&present, "visited this month under the number that was corrected");

    let child = granted(s, "orphan", 8);
    let (visit_id, visit) = s.visit(&child, "child", s.month(0));
    s.out.retract(visit, s.month(0));
    s.out.visited(&child, &visit_id, "child", s.month(0));
    s.absent(&child, "this month's visit was retracted and stated again later");
}

fn no_program(s: &mut Stage<'_, '_>) {
    s.scene();
    let child = s.resident(16);
    let benefit = s.grant("child-in-difficulty", &[&child], s.ago(500));
    s.out.ended(&benefit, s.day);
    s.absent(&child, "the program ended on the day");

    s.scene();
    let child = s.resident(6);
    s.grant("orphan", &[&child], s.ago(-1));
    s.absent(&child, "the program begins tomorrow");

    let child = granted(s, "orphan", 4);
    s.die(&child, Source::Health, s.ago(7));
    s.absent(&child, "died: a rule about a person holds only while that person lives");
}
