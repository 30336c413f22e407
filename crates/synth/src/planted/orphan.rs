//! `orphan`: under 18; has recorded parents and every one has a death signal; no active `orphan`.

use super::stage::{Source, Stage};
use crate::name::misspelt;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_source(s);
    by_family(s);
    by_record(s);
    by_program(s);
    parent_living(s);
    not_needed(s);
}

/// A child with two recorded parents in one home.
fn family(s: &mut Stage<'_, '_>, child: &Person) -> [Person; 2] {
    let parents = [s.aged(41), s.aged(38)];
    s.settle(&[&parents[0], &parents[1], child]);
    for parent in &parents {
        s.out.relation(child, parent, "parent", child.birth);
    }
    parents
}

/// A child of that age whose two parents died.
fn orphan(s: &mut Stage<'_, '_>, years: i16) -> Person {
    let child = s.aged(years);
    let [father, mother] = family(s, &child);
    s.die(&father, Source::Police, s.ago(300));
    s.die(&mother, Source::Health, s.ago(60));
    child
}

fn by_source(s: &mut Stage<'_, '_>) {
    for (first, second, days, note) in [
        (Source::Police, Source::Health, 40, "father by police cancellation, mother by certificate"),
        (Source::Cremation, Source::FuneralGrant, 90, "father by cremation, mother by funeral grant"),
        (Source::Health, Source::Cremation, 0, "the second parent's death is dated on the day itself"),
    ] {
        s.scene();
        let child = s.aged(9);
        let [father, mother] = family(s, &child);
        s.die(&father, first, s.ago(days + 200));
        s.die(&mother, second, s.ago(days));
        s.found(&child, note);
    }
}

fn by_family(s: &mut Stage<'_, '_>) {
    s.scene();
    let (child, grandmother) = (s.aged(7), s.aged(66));
    s.settle(&[&grandmother, &child]);
    let (father, mother) = (s.resident(35), s.resident(33));
    for parent in [&father, &mother] {
        s.out.relation(&child, parent, "parent", child.birth);
        s.die(parent, Source::Police, s.ago(100));
    }
    s.out.relation(&child, &grandmother, "guardian", s.ago(90));
    s.found(&child, "both parents were registered in other households; a living guardian is no parent");

    s.scene();
    let (child, mother) = (s.aged(12), s.aged(40));
    s.settle(&[&mother, &child]);
    s.out.relation(&child, &mother, "parent", child.birth);
    s.die(&mother, Source::Cremation, s.ago(21));
    s.found(&child, "only one parent is recorded, and died");

    s.scene();
    let child = s.turning_tomorrow(18);
    let [father, mother] = family(s, &child);
    s.die(&father, Source::Health, s.ago(500));
    s.die(&mother, Source::Police, s.ago(50));
    s.found(&child, "turns 18 tomorrow: still 17");
}

fn by_record(s: &mut Stage<'_, '_>) {
    s.scene();
    let (child, mother) = (s.aged(10), s.resident(39));
    s.settle(&[&child]);
    s.out.relation(&child, &mother.short(), "parent", child.birth);
    s.die(&mother, Source::Health, s.ago(70));
    s.found(&child, "the relation has the mother's 15-digit number, her certificate the 18-digit one");

    s.scene();
    let child = s.aged(13);
    s.settle(&[&child]);
    let (former, present) = s.two_numbers(44);
    s.out.relation(&child, &former, "parent", child.birth);
    s.die(&present, Source::Police, s.ago(31));
    s.found(&child, "the relation has the father's former number, the cancellation his present one");

    s.scene();
    let child = s.aged(11);
    let [father, mother] = family(s, &child);
    let present = s.renumbered(&child);
    s.die(&father, Source::Police, s.ago(150));
    s.die(&mother, Source::Police, s.ago(150));
    s.found(&present, "the child's number was corrected: relations under the former one are the child's");

    s.scene();
    let child = s.aged(6);
    let [father, mother] = family(s, &child);
    s.die(&father, Source::Cremation, s.ago(120));
    let sent = s.die(&mother, Source::Health, s.ago(80));
    s.out.retract(sent, s.ago(75));
    s.die(&mother, Source::Health, s.ago(80));
    s.found(&child, "the mother's certificate was retracted and stated again later");

    s.scene();
    let child = orphan(s, 8);
    let other = s.resident(45);
    let wrong = s.out.relation(&child, &other, "parent", s.ago(200));
    s.out.retract(wrong, s.ago(20));
    s.found(&child, "a living third parent was recorded by mistake and retracted");
}

fn by_program(s: &mut Stage<'_, '_>) {
    s.scene();
    let child = orphan(s, 14);
    s.grant("unattended-child", &[&child], s.ago(200));
    s.found(&child, "has unattended-child, but no active orphan");

    s.scene();
    let child = orphan(s, 15);
    let benefit = s.grant("orphan", &[&child], s.ago(250));
    s.out.ended(&benefit, s.day);
    s.found(&child, "the orphan benefit ended on the day: not active");
}

fn parent_living(s: &mut Stage<'_, '_>) {
    s.scene();
    let child = s.aged(9);
    let [father, _] = family(s, &child);
    s.die(&father, Source::Police, s.ago(60));
    s.absent(&child, "the mother lives");

    s.scene();
    let child = s.aged(9);
    let [father, mother] = family(s, &child);
    s.die(&father, Source::Police, s.ago(60));
    s.out.cancelled(&mother, "moved-out", s.ago(50));
    s.absent(&child, "the mother moved out: no death signal");

    s.scene();
    let child = s.aged(9);
    let [father, mother] = family(s, &child);
    s.die(&father, Source::Cremation, s.ago(60));
    let sent = s.die(&mother, Source::Cremation, s.ago(30));
    s.out.retract(sent, s.ago(20));
    s.absent(&child, "the mother's cremation was retracted");

    s.scene();
    let child = s.aged(9);
    let [father, mother] = family(s, &child);
    s.die(&father, Source::Health, s.ago(60));
    s.die(&mother.named(&misspelt(&mother.name)), Source::Health, s.ago(30));
    s.absent(&child, "the mother's certificate has another name than police: held, she counts as living");

    s.scene();
    let child = orphan(s, 5);
    let adoptive = s.resident(47);
    s.out.relation(&child, &adoptive, "parent", s.ago(30));
    s.absent(&child, "a third, living parent is recorded");
}

fn not_needed(s: &mut Stage<'_, '_>) {
    s.scene();
    let child = s.turning(18);
    let [father, mother] = family(s, &child);
    s.die(&father, Source::Health, s.ago(500));
    s.die(&mother, Source::Police, s.ago(50));
    s.absent(&child, "turned 18 on the day");

    s.scene();
    let child = orphan(s, 10);
    s.grant("orphan", &[&child], s.day);
    s.absent(&child, "orphan was granted on the day");

    s.scene();
    let child = orphan(s, 10);
    let benefit = s.grant("orphan", &[&child], s.ago(200));
    s.out.suspended(&benefit, s.ago(30));
    s.absent(&child, "the orphan benefit is suspended, and suspended ones are active");

    s.scene();
    let (child, aunt) = (s.aged(10), s.aged(50));
    s.settle(&[&aunt, &child]);
    s.out.relation(&child, &aunt, "guardian", s.ago(900));
    s.die(&aunt, Source::Police, s.ago(40));
    s.absent(&child, "no parent is recorded; the guardian's death is not a parent's");

    s.scene();
    let child = orphan(s, 4);
    s.die(&child, Source::Health, s.ago(10));
    s.absent(&child, "the child died: a rule about a person holds only while that person lives");
}
