//! `moved-out-recipient`: the newest registration record is a cancellation as moved-out or emigrated, or a
//! move outside the district; the person has an active benefit.

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_record(s);
    by_order(s);
    not_out(s);
    by_benefit(s);
    Telling {
        about: About::Person,
        years: 66,
        what: "cancelled as moved-out, with home-care",
        before: |s, person, _| {
            s.grant("home-care", &[person], s.ago(300));
        },
        event: |s, person| s.out.cancelled(person, "moved-out", s.ago(40)),
    }
    .plant(s);
}

/// Somebody of that age with a program.
fn recipient(s: &mut Stage<'_, '_>, years: i16, program: &str) -> Person {
    let person = s.alone(years);
    s.grant(program, &[&person], s.ago(500));
    person
}

fn move_outside(s: &mut Stage<'_, '_>, person: &Person, days: i64) {
    let away = s.home_outside();
    s.out.moved(person, &away, "户主", s.ago(days));
}

fn by_record(s: &mut Stage<'_, '_>) {
    for (reason, days, program) in
        [("moved-out", 0, "dibao"), ("moved-out", 700, "old-age-allowance"), ("emigrated", 30, "tekun")]
    {
        let person = recipient(s, 81, program);
        s.out.cancelled(&person, reason, s.ago(days));
        s.found(&person, &format!("cancelled as {reason} {days} days ago, with {program}"));
    }

    for (days, program) in [(0, "disability-living"), (90, "care-visit")] {
        let person = recipient(s, 70, program);
        move_outside(s, &person, days);
        s.found(&person, &format!("moved outside the district {days} days ago, with {program}"));
    }
}

fn by_order(s: &mut Stage<'_, '_>) {
    let person = recipient(s, 71, "dibao");
    let home = s.home();
    s.out.moved(&person, &home, "户主", s.ago(300));
    move_outside(s, &person, 50);
    s.found(&person, "moved within the district, and then outside");

    let person = recipient(s, 72, "dibao");
    s.out.cancelled(&person, "moved-out", s.ago(300));
    let home = s.home();
    let wrong = s.out.registered(&person, &home, "户主", s.ago(100));
    s.out.retract(wrong, s.ago(50));
    s.found(&person, "a later registration was retracted");

    let person = recipient(s, 73, "dibao");
    s.out.cancelled(&person, "moved-out", s.ago(300));
    let home = s.home();
    s.out.registered(&person, &home, "户主", s.day);
    s.absent(&person, "registered again on the day");

    let person = recipient(s, 74, "dibao");
    move_outside(s, &person, 300);
    let home = s.home();
    s.out.moved(&person, &home, "户主", s.ago(20));
    s.absent(&person, "moved outside the district, and back");
}

fn not_out(s: &mut Stage<'_, '_>) {
    for reason in ["enlisted", "duplicate"] {
        let person = recipient(s, 40, "disability-living");
        s.out.cancelled(&person, reason, s.ago(30));
        s.absent(&person, &format!("cancelled as {reason}"));
    }

    for code in ["320684", "329026", "320625", "322425"] {
        let person = recipient(s, 75, "dibao");
        let home = s.home_under(&format!("{code}100201"));
        s.out.moved(&person, &home, "户主", s.ago(30));
        s.absent(&person, &format!("moved to a code that begins with {code}: former codes are the district"));
    }

    s.scene();
    let (person, away) = (s.aged(76), s.home_outside());
    s.out.registered(&person, &away, "户主", s.ago(300));
    s.grant("dibao", &[&person], s.ago(200));
    s.absent(&person, "registered outside the district, which is no move");

    let person = recipient(s, 77, "dibao");
    s.out.cancelled(&person, "moved-out", s.ago(30));
    s.die(&person, Source::Health, s.ago(5));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, mother) = (s.resident(44), s.resident(72));
    s.grant("dibao", &[&mother, &person], s.ago(300));
    s.out.cancelled(&person, "emigrated", s.ago(30));
    s.found(&person, "on the list of the mother's dibao");
    s.absent(&mother, "she has not moved");

    s.scene();
    let (former, present) = s.two_numbers(68);
    s.grant("tekun", &[&former], s.ago(500));
    move_outside(s, &present, 20);
    s.found(&present, "tekun under the number that was corrected, moved under the present one");

    let person = s.alone(69);
    let benefit = s.grant("tekun", &[&person], s.ago(500));
    move_outside(s, &person, 20);
    s.out.ended(&benefit, s.day);
    s.absent(&person, "tekun ended on the day");

    let person = recipient(s, 67, "temporary-aid");
    move_outside(s, &person, 20);
    s.absent(&person, "temporary aid is paid once and never active");
}
