//! `funeral-overlap`: a `funeral` benefit granted for the person (not ended), and a social-security funeral
//! grant paid for the same person.

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::money::yuan;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    both(s);
    only_one(s);
    over(s);
    Telling {
        about: About::Dead,
        years: 81,
        what: "a funeral benefit, and a funeral grant before it",
        before: |s, person, _| {
            s.die(person, Source::FuneralGrant, s.ago(70));
        },
        event: |s, person| s.grant_as(&s.fixed("B"), "funeral", &[person], s.ago(60), None),
    }
    .plant(s);
    Telling {
        about: About::Dead,
        years: 77,
        what: "a funeral grant, and a funeral benefit before it",
        before: |s, person, _| {
            s.grant("funeral", &[person], s.ago(60));
        },
        event: |s, person| s.out.funeral_grant(person, yuan(7_000), s.ago(40)),
    }
    .plant(s);
}

/// Somebody who died, certified, so many days ago.
fn dead(s: &mut Stage<'_, '_>, years: i16, days: i64) -> Person {
    let person = s.alone(years);
    s.die(&person, Source::Health, s.ago(days));
    person
}

fn both(s: &mut Stage<'_, '_>) {
    for (benefit, grant, note) in [
        (20, 10, "the funeral benefit first, then the grant"),
        (10, 20, "the grant first, then the funeral benefit"),
        (0, 0, "both on the day"),
        (900, 400, "both long ago: no window"),
    ] {
        let person = dead(s, 82, benefit.max(grant));
        s.grant("funeral", &[&person], s.ago(benefit));
        s.out.funeral_grant(&person, yuan(6_000), s.ago(grant));
        s.found(&person, note);
    }

    let person = s.alone(80);
    s.grant("funeral", &[&person], s.ago(30));
    s.out.funeral_grant(&person, yuan(6_000), s.ago(10));
    s.found(&person, "no other death signal than the grant itself");

    let person = dead(s, 79, 50);
    let first = s.grant("funeral", &[&person], s.ago(40));
    s.grant("funeral", &[&person], s.ago(30));
    s.out.ended(&first, s.ago(30));
    s.out.funeral_grant(&person, yuan(6_000), s.ago(10));
    s.found(&person, "one funeral benefit ended, another did not");

    let person = dead(s, 78, 50);
    let benefit = s.grant("funeral", &[&person], s.ago(40));
    let end = s.out.ended(&benefit, s.ago(30));
    s.out.retract(end, s.ago(25));
    s.out.funeral_grant(&person, yuan(6_000), s.ago(10));
    s.found(&person, "the end of the funeral benefit was retracted");
}

fn only_one(s: &mut Stage<'_, '_>) {
    let person = dead(s, 83, 40);
    s.grant("funeral", &[&person], s.ago(30));
    s.absent(&person, "a funeral benefit, no funeral grant");

    let person = dead(s, 83, 40);
    s.out.funeral_grant(&person, yuan(6_000), s.ago(10));
    s.absent(&person, "a funeral grant, no funeral benefit");

    let person = dead(s, 83, 40);
    s.grant("temporary-aid", &[&person], s.ago(100));
    s.out.funeral_grant(&person, yuan(6_000), s.ago(10));
    s.absent(&person, "temporary aid is no funeral benefit");

    let person = dead(s, 84, 40);
    let wife = s.resident(81);
    s.grant("funeral", &[&person], s.ago(30));
    s.out.funeral_grant(&wife, yuan(6_000), s.ago(10));
    s.absent(&person, "the funeral grant was paid for somebody else");
    s.absent(&wife, "the funeral benefit was granted for somebody else");
}

fn over(s: &mut Stage<'_, '_>) {
    let person = dead(s, 85, 40);
    let benefit = s.grant("funeral", &[&person], s.ago(30));
    s.out.funeral_grant(&person, yuan(6_000), s.ago(10));
    s.out.ended(&benefit, s.day);
    s.absent(&person, "the funeral benefit was ended on the day");

    let person = dead(s, 85, 40);
    s.grant("funeral", &[&person], s.ago(-1));
    s.out.funeral_grant(&person, yuan(6_000), s.ago(10));
    s.absent(&person, "the funeral benefit is granted from tomorrow");
}
