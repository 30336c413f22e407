//! `home-care-category-lost`: active `home-care` whose newest category no longer holds: `disabled-elder` with
//! newest ability level at most 1; `low-income` with the household not low-income; `living-alone` with
//! another living co-resident.

use super::stage::{Source, Stage};
use super::telling::{About, NOTHING, Telling};
use crate::contract::Grant;
use crate::money::yuan;
use crate::name::misspelt;
use crate::person::Person;
use crate::sender::Sent;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    disabled_elder(s);
    low_income(s);
    living_alone(s);
    by_change(s);
    by_benefit(s);
    Telling {
        about: About::Person,
        years: 78,
        what: "home-care as low-income, without a low-income program",
        before: NOTHING,
        event: |s, person| home_care(s, person, "low-income"),
    }
    .plant(s);
    Telling {
        about: About::Person,
        years: 79,
        what: "assessed with level 1, with home-care as disabled elder",
        before: |s, person, _| {
            home_care(s, person, "disabled-elder");
        },
        event: |s, person| s.out.ability_assessed(person, 1, s.ago(30)),
    }
    .plant(s);
}

/// Home-care under the benefit id `fixed("B")`.
fn home_care(s: &mut Stage<'_, '_>, person: &Person, category: &str) -> Sent {
    s.out.granted(&Grant {
        benefit_id: &s.fixed("B"),
        program: "home-care",
        people: &[person],
        amount: yuan(260),
        category: Some(category),
        on: s.ago(120),
        verified_on: None,
    })
}

/// A scene with somebody who is alone in a home and has home-care.
fn cared_for(s: &mut Stage<'_, '_>, category: &str) -> Person {
    let person = s.alone(77);
    home_care(s, &person, category);
    person
}

fn disabled_elder(s: &mut Stage<'_, '_>) {
    for level in 0..=3 {
        let person = cared_for(s, "disabled-elder");
        s.out.ability_assessed(&person, level, s.ago(60));
        s.person(level <= 1, &person, &format!("as disabled elder with level {level}"));
    }

    let person = cared_for(s, "disabled-elder");
    s.out.ability_assessed(&person, 3, s.ago(400));
    s.out.ability_assessed(&person, 1, s.day);
    s.found(&person, "as disabled elder; level 3, and 1 on the day");

    let person = cared_for(s, "disabled-elder");
    s.out.ability_assessed(&person, 1, s.ago(400));
    s.out.ability_assessed(&person, 2, s.day);
    s.absent(&person, "as disabled elder; level 1, and 2 on the day");

    let person = cared_for(s, "low-income");
    s.grant("dibao", &[&person], s.ago(300));
    s.out.ability_assessed(&person, 0, s.ago(60));
    s.absent(&person, "as low-income, which it is: the ability does not matter");
}

fn low_income(s: &mut Stage<'_, '_>) {
    let person = cared_for(s, "low-income");
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.ended(&dibao, s.day);
    s.found(&person, "as low-income; the dibao ended on the day");

    s.scene();
    let (person, wife) = (s.aged(80), s.aged(76));
    s.settle(&[&person, &wife]);
    home_care(s, &person, "low-income");
    s.grant("tekun", &[&wife], s.ago(300));
    s.die(&wife, Source::Cremation, s.ago(5));
    s.found(&person, "as low-income; the wife, who had tekun, died");

    for program in ["dibao", "tekun", "dibao-edge", "rigid-spending"] {
        let person = cared_for(s, "low-income");
        s.grant(program, &[&person], s.day);
        s.absent(&person, &format!("as low-income; {program} granted on the day"));
    }

    s.scene();
    let (person, wife) = (s.aged(80), s.aged(76));
    s.settle(&[&person, &wife]);
    home_care(s, &person, "low-income");
    s.grant("tekun", &[&wife], s.ago(300));
    s.absent(&person, "as low-income by the wife's tekun");
}

fn living_alone(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, son) = (s.aged(83), s.aged(55));
    let home = s.settle(&[&person]);
    home_care(s, &person, "living-alone");
    s.out.registered(&son, &home, "儿子", s.day);
    s.found(&person, "as living alone; the son was registered there on the day");

    s.scene();
    let (person, son) = (s.aged(83), s.aged(55));
    s.settle(&[&person, &son]);
    home_care(s, &person, "living-alone");
    s.grant("dibao", &[&son], s.ago(300));
    s.found(&person, "as living alone; a co-resident stays one whatever programs say");

    s.scene();
    let (person, wife) = (s.aged(83), s.aged(80));
    s.settle(&[&person, &wife]);
    home_care(s, &person, "living-alone");
    s.die(&wife.named(&misspelt(&wife.name)), Source::Health, s.ago(50));
    s.found(&person, "as living alone; the wife's certificate has another name: held, she counts as living");

    let person = cared_for(s, "living-alone");
    s.absent(&person, "as living alone, which it is");

    s.scene();
    let (person, wife) = (s.aged(83), s.aged(80));
    s.settle(&[&person, &wife]);
    home_care(s, &person, "living-alone");
    s.die(&wife, Source::Health, s.day);
    s.absent(&person, "as living alone; the wife died on the day");

    s.scene();
    let (person, son) = (s.aged(83), s.aged(55));
    s.settle(&[&person, &son]);
    home_care(s, &person, "living-alone");
    let away = s.home();
    s.out.moved(&son, &away, "户主", s.day);
    s.absent(&person, "as living alone; the son moved on the day");
}

fn by_change(s: &mut Stage<'_, '_>) {
    let person = cared_for(s, "living-alone");
    s.out.category_changed(&s.fixed("B"), "low-income", s.ago(20));
    s.found(&person, "changed from living alone to low-income, which it is not");

    let person = cared_for(s, "low-income");
    s.out.category_changed(&s.fixed("B"), "living-alone", s.day);
    s.absent(&person, "changed from low-income to living alone on the day, which it is");

    let person = cared_for(s, "low-income");
    s.out.amount_changed(&s.fixed("B"), yuan(310), s.ago(10));
    s.found(&person, "only the amount was changed: as low-income, which it is not");

    let person = cared_for(s, "low-income");
    let wrong = s.out.category_changed(&s.fixed("B"), "living-alone", s.ago(20));
    s.out.retract(wrong, s.ago(10));
    s.found(&person, "the change of the category was retracted");
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    let person = cared_for(s, "low-income");
    s.out.suspended(&s.fixed("B"), s.ago(10));
    s.found(&person, "home-care is suspended, and suspended ones are active");

    let person = cared_for(s, "low-income");
    s.out.ended(&s.fixed("B"), s.day);
    s.absent(&person, "home-care ended on the day");
}
