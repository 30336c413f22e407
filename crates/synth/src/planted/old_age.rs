//! `missed-old-age-allowance`: age at least 80; registered in the district; no active `old-age-allowance`.

use super::stage::{Source, Stage};
use crate::name::misspelt;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_age(s);
    by_registration(s);
    by_benefit(s);
    by_record(s);
    not_due(s);
    not_in_district(s);
    has_it(s);
}

fn by_age(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.turning(80);
    s.settle(&[&person]);
    s.found(&person, "turned 80 on the day");

    s.scene();
    let person = s.resident(96);
    s.found(&person, "96, registered, never granted");
}

fn by_registration(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, home) = (s.aged(84), s.home_formerly());
    s.out.registered(&person, &home, "户主", s.ago(3_000));
    s.found(&person, "registered under the town's code before 2020: former codes are the district");

    s.scene();
    let (person, away, home) = (s.aged(83), s.home_outside(), s.home());
    s.out.registered(&person, &away, "户主", s.ago(3_000));
    s.out.moved(&person, &home, "父亲", s.ago(20));
    s.found(&person, "moved into the district 20 days ago");

    s.scene();
    let person = s.resident(85);
    s.out.cancelled(&person, "moved-out", s.ago(500));
    let home = s.home();
    s.out.registered(&person, &home, "户主", s.ago(100));
    s.found(&person, "registered again after a cancellation: the newest registration record counts");

    s.scene();
    let (person, away) = (s.resident(87), s.home_outside());
    let wrong = s.out.moved(&person, &away, "户主", s.ago(60));
    s.out.retract(wrong, s.ago(30));
    s.found(&person, "a move out of the district was retracted");
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(88);
    let benefit = s.grant("old-age-allowance", &[&person], s.ago(900));
    s.out.ended(&benefit, s.day);
    s.found(&person, "the allowance ended on the day");

    s.scene();
    let (person, husband) = (s.aged(82), s.aged(86));
    s.settle(&[&husband, &person]);
    s.grant("old-age-allowance", &[&husband], s.ago(900));
    s.found(&person, "only the husband has the allowance");

    s.scene();
    let person = s.resident(81);
    s.grant("old-age-allowance", &[&person], s.ago(-1));
    s.found(&person, "granted from tomorrow: not active yet");

    s.scene();
    let person = s.resident(90);
    let wrong = s.grant_as(&format!("RX{}", person.id), "old-age-allowance", &[&person], s.ago(90), None);
    s.out.retract(wrong, s.ago(60));
    s.found(&person, "the grant was retracted");

    s.scene();
    let person = s.resident(84);
    s.grant("old-age-allowance", &[&person.named(&misspelt(&person.name))], s.ago(300));
    s.found(&person, "the grant has another name than police: held, no rule sees it");
}

fn by_record(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, home) = (s.aged(89), s.home());
    s.out.registered(&person.short(), &home, "户主", s.ago(2_000));
    s.found(&person, "police have the 15-digit number, whose birth date is of the 20th century");

    s.scene();
    let (former, present) = s.two_numbers(86);
    let benefit = s.grant("old-age-allowance", &[&former], s.ago(700));
    s.out.ended(&benefit, s.ago(100));
    s.found(&present, "registered, and once granted, under the former number");
}

fn not_due(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.turning_tomorrow(80);
    s.settle(&[&person]);
    s.absent(&person, "turns 80 tomorrow");

    s.scene();
    let person = s.resident(91);
    s.die(&person, Source::Cremation, s.ago(4));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}

fn not_in_district(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, away) = (s.resident(83), s.home_outside());
    s.out.moved(&person, &away, "母亲", s.day);
    s.absent(&person, "moved out of the district on the day");

    s.scene();
    let person = s.resident(82);
    s.out.cancelled(&person, "emigrated", s.ago(90));
    s.absent(&person, "the newest registration record is a cancellation");

    s.scene();
    let (person, away) = (s.aged(85), s.home_outside());
    s.out.registered(&person, &away, "户主", s.ago(900));
    s.absent(&person, "registered outside the district");
}

fn has_it(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(92);
    let benefit = s.grant("old-age-allowance", &[&person], s.ago(900));
    s.out.suspended(&benefit, s.ago(10));
    s.absent(&person, "the allowance is suspended, and suspended ones are active");

    s.scene();
    let (former, present) = s.two_numbers(84);
    s.grant("old-age-allowance", &[&former], s.ago(900));
    s.absent(&present, "has the allowance under the number that was corrected");

    s.scene();
    let person = s.aged(87).named("阿依古丽·买买提");
    s.settle(&[&person]);
    s.grant("old-age-allowance", &[&person.named("阿依古丽 • 买买提")], s.day);
    s.absent(&person, "granted on the day; another middle dot and spaces are the same name");
}
