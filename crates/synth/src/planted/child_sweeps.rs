//! `child-quarterly-comparison` and `child-half-year-sweep`: active child program, whatever happened in the
//! quarter or half-year.

use super::stage::Stage;
use super::telling::{About, NOTHING, Telling};
use crate::money::yuan;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    for program in ["orphan", "unattended-child", "child-in-difficulty"] {
        let child = s.alone(9);
        s.grant(program, &[&child], s.ago(300));
        s.found(&child, program);
    }
    whatever_happened(s);
    by_benefit(s);
    Telling {
        about: About::Person,
        years: 28,
        what: "a child program granted 20 days ago; the rule asks no age",
        before: NOTHING,
        event: |s, person| s.grant_as(&s.fixed("B"), "child-in-difficulty", &[person], s.ago(20), None),
    }
    .plant(s);
}

fn whatever_happened(s: &mut Stage<'_, '_>) {
    let child = s.alone(8);
    s.grant("orphan", &[&child], s.ago(400));
    s.visit(&child, "child", s.ago(2));
    s.pay(&child, yuan(120), s.ago(10));
    s.found(&child, "visited and settled lately: it stays due until its period ends");

    let child = s.alone(12);
    let benefit = s.grant("unattended-child", &[&child], s.ago(400));
    s.out.verified(&benefit, "continues", s.day);
    s.found(&child, "verified on the day, which is no visit and no comparison");

    s.scene();
    let child = s.turning(18);
    s.settle(&[&child]);
    s.grant("orphan", &[&child], s.ago(400));
    s.found(&child, "turned 18 on the day: the rule asks no age");
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    let child = s.alone(7);
    s.grant("orphan", &[&child], s.day);
    s.found(&child, "granted on the day");

    let child = s.alone(11);
    let benefit = s.grant("child-in-difficulty", &[&child], s.ago(400));
    s.out.suspended(&benefit, s.ago(40));
    s.found(&child, "suspended, and suspended ones are active");

    let child = s.alone(11);
    let benefit = s.grant("child-in-difficulty", &[&child], s.ago(400));
    s.out.ended(&benefit, s.day);
    s.absent(&child, "ended on the day");

    let child = s.alone(6);
    s.grant("orphan", &[&child], s.ago(-1));
    s.absent(&child, "begins tomorrow");

    let child = s.alone(13);
    s.grant("disability-nursing", &[&child], s.ago(300));
    s.grant("temporary-aid", &[&child], s.ago(20));
    s.absent(&child, "none of these is a child program");

    s.scene();
    let (child, mother) = (s.aged(5), s.aged(30));
    s.settle(&[&mother, &child]);
    s.grant("dibao", &[&mother, &child], s.ago(300));
    s.absent(&child, "a child on a dibao's list has no child program by it");
}
