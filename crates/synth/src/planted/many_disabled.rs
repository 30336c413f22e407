//! `many-disabled`: not low-income; at least two members with valid certificates, or one such member, at
//! least one other member, and all others aged at least 60.

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::name::misspelt;
use crate::person::{Home, Person};

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    two_certified(s);
    not_two(s);
    one_and_elders(s);
    not_elders(s);
    by_household(s);
    Telling {
        about: About::Home,
        years: 55,
        what: "certified disabled, a certified brother in the home",
        before: |s, _, home| {
            let brother = s.aged(51);
            s.out.registered(&brother, home, "弟弟", s.ago(2_000));
            s.disabled(&brother, "visual", 3);
        },
        event: |s, person| s.out.certified_disabled(person, "mental", 4, s.ago(300), s.ago(-300)),
    }
    .plant(s);
}

/// A scene with people of these ages in one home.
fn people<const N: usize>(s: &mut Stage<'_, '_>, years: [i16; N]) -> ([Person; N], Home) {
    s.scene();
    let people = years.map(|years| s.aged(years));
    let home = s.settle(&people.iter().collect::<Vec<_>>());
    (people, home)
}

fn two_certified(s: &mut Stage<'_, '_>) {
    for (grades, note) in [([1, 2], "two certified of grades 1 and 2"), ([4, 4], "two certified of grade 4")]
    {
        let ([first, second], home) = people(s, [47, 44]);
        s.disabled(&first, "physical", grades[0]);
        s.disabled(&second, "hearing", grades[1]);
        s.household(true, &home, note);
    }

    let ([father, _, child], home) = people(s, [40, 39, 9]);
    s.disabled(&father, "multiple", 3);
    s.disabled(&child, "intellectual", 2);
    s.household(true, &home, "father and child certified; the mother of 39 does not matter");

    let ([first, second], home) = people(s, [37, 36]);
    s.out.certified_disabled(&first, "visual", 1, s.ago(900), s.day);
    s.out.certified_disabled(&second, "visual", 1, s.day, s.ago(-3_650));
    s.household(true, &home, "one certificate is valid until the day, the other since the day");

    let ([first, second], home) = people(s, [35, 34]);
    s.disabled(&first, "speech", 2);
    s.out.certified_disabled(&second, "speech", 2, s.ago(1_500), s.ago(100));
    s.out.certified_disabled(&second, "speech", 3, s.ago(90), s.ago(-900));
    s.household(true, &home, "an expired certificate was renewed");
}

fn not_two(s: &mut Stage<'_, '_>) {
    let ([first, second], home) = people(s, [47, 44]);
    s.disabled(&first, "physical", 2);
    s.out.certified_disabled(&second, "physical", 2, s.ago(900), s.ago(1));
    s.household(false, &home, "the second certificate was valid until yesterday, and its holder is 44");

    let ([first, second], home) = people(s, [47, 44]);
    s.disabled(&first, "physical", 2);
    s.disabled(&second, "physical", 2);
    s.out.certified_disabled(&second, "physical", 3, s.ago(400), s.ago(20));
    s.household(false, &home, "the newest certificate expired: an older one never revives");

    let ([first, second, _], home) = people(s, [47, 44, 20]);
    s.disabled(&first, "physical", 2);
    s.disabled(&second, "physical", 2);
    s.die(&second, Source::Cremation, s.ago(3));
    s.household(false, &home, "one of the two certified died, and a member of 20 lives");

    let ([first, second], home) = people(s, [47, 44]);
    s.disabled(&first, "physical", 2);
    s.disabled(&second.named(&misspelt(&second.name)), "physical", 2);
    s.household(false, &home, "the second certificate has another name than police: held");

    let ([first, second, _], home) = people(s, [47, 44, 20]);
    s.disabled(&first, "physical", 2);
    s.disabled(&second, "physical", 2);
    let away = s.home();
    s.out.moved(&second, &away, "户主", s.day);
    s.household(false, &home, "one of the two certified moved away on the day");
}

fn one_and_elders(s: &mut Stage<'_, '_>) {
    let ([child, _, _], home) = people(s, [11, 67, 66]);
    s.disabled(&child, "intellectual", 1);
    s.household(true, &home, "a certified child and two grandparents over 60");

    let ([first, _], home) = people(s, [72, 70]);
    s.disabled(&first, "hearing", 4);
    s.household(true, &home, "the certified one is an elder too, the other is 70");

    s.scene();
    let (person, mother) = (s.aged(30), s.turning(60));
    let home = s.settle(&[&mother, &person]);
    s.disabled(&person, "mental", 2);
    s.household(true, &home, "the only other member turned 60 on the day");

    let ([person, _, son], home) = people(s, [64, 63, 33]);
    s.disabled(&person, "visual", 2);
    s.die(&son, Source::Police, s.ago(200));
    s.household(true, &home, "the son of 33 died: all others living are over 60");
}

fn not_elders(s: &mut Stage<'_, '_>) {
    s.scene();
    let (person, mother) = (s.aged(30), s.turning_tomorrow(60));
    let home = s.settle(&[&mother, &person]);
    s.disabled(&person, "mental", 2);
    s.household(false, &home, "the only other member turns 60 tomorrow");

    let ([child, _, _, _], home) = people(s, [11, 67, 66, 14]);
    s.disabled(&child, "intellectual", 1);
    s.household(false, &home, "one certified, two elders, and a brother of 14");

    let ([person], home) = people(s, [66]);
    s.disabled(&person, "visual", 1);
    s.household(false, &home, "one certified alone: there is no other member");

    let ([_, _], home) = people(s, [77, 75]);
    s.household(false, &home, "two elders, none certified");
}

fn by_household(s: &mut Stage<'_, '_>) {
    let ([first, second], _) = people(s, [47, 44]);
    s.disabled(&first, "physical", 2);
    s.disabled(&second, "physical", 2);
    let benefit = s.grant("rigid-spending", &[&first, &second], s.day);
    s.program(false, &benefit, "low-income by rigid-spending, granted on the day");

    let ([first, second], home) = people(s, [67, 64]);
    s.disabled(&first, "physical", 2);
    s.disabled(&second, "physical", 2);
    s.grant("tekun", &[&second], s.ago(200));
    s.household(false, &home, "low-income by the tekun of a member");

    let ([first, second], home) = people(s, [47, 44]);
    s.disabled(&first, "physical", 2);
    s.disabled(&second, "physical", 2);
    let benefit = s.grant("dibao", &[&first, &second], s.ago(700));
    s.out.ended(&benefit, s.day);
    s.household(true, &home, "the dibao ended on the day: not low-income");

    let ([first, second, third], home) = people(s, [47, 44, 21]);
    s.disabled(&first, "physical", 2);
    s.disabled(&second, "physical", 2);
    s.grant("dibao", &[&third], s.ago(200));
    s.household(true, &home, "only a third co-resident has a dibao, who is a household of the program");
}
