//! `home-care-not-at-home`: active `home-care`, and an admission more than 30 days ago without a discharge of
//! the same facility and `admitted_on`, or active long-term care in an institution.

use super::stage::{Source, Stage};
use super::telling::{About, Telling};
use crate::money::yuan;
use crate::name::misspelt;
use crate::person::{Home, Person};

type Happening = (&'static str, fn(&mut Stage<'_, '_>, &Person));

const HOSPITAL: &str = "海门区人民医院";
const OTHER_HOSPITAL: &str = "海门区中医院";

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    for (note, happens) in AWAY {
        let person = cared_for(s);
        happens(s, &person);
        s.found(&person, note);
    }
    for (note, happens) in AT_HOME {
        let person = cared_for(s);
        happens(s, &person);
        s.absent(&person, note);
    }
    by_benefit(s);
    Telling {
        about: About::Person,
        years: 81,
        what: "admitted 50 days ago",
        before: grant,
        event: |s, person| s.out.admitted(person, HOSPITAL, None, s.ago(50)),
    }
    .plant(s);
    Telling {
        about: About::Person,
        years: 84,
        what: "long-term care in an institution",
        before: grant,
        event: |s, person| s.out.care_approved(person, "重度三级", "institution", yuan(1_800), s.ago(50)),
    }
    .plant(s);
}

/// Grants home-care.
fn grant(s: &mut Stage<'_, '_>, person: &Person, _: &Home) {
    s.grant("home-care", &[person], s.ago(100));
}

/// Somebody with home-care.
fn cared_for(s: &mut Stage<'_, '_>) -> Person {
    let person = s.alone(82);
    s.grant("home-care", &[&person], s.ago(100));
    person
}

const AWAY: [Happening; 7] = [
    ("admitted 31 days ago, not discharged", |s, person| {
        s.out.admitted(person, HOSPITAL, Some("I63.9"), s.ago(31));
    }),
    ("admitted 60 days ago; another facility reported a discharge of that day", |s, person| {
        s.out.admitted(person, HOSPITAL, None, s.ago(60));
        s.out.discharged(person, OTHER_HOSPITAL, s.ago(60), s.ago(20));
    }),
    ("admitted 60 days ago; the discharge is of a stay that began a day before", |s, person| {
        s.out.admitted(person, HOSPITAL, None, s.ago(60));
        s.out.discharged(person, HOSPITAL, s.ago(61), s.ago(20));
    }),
    ("discharged from one stay, and not from another of 45 days", |s, person| {
        s.out.admitted(person, HOSPITAL, None, s.ago(90));
        s.out.discharged(person, HOSPITAL, s.ago(90), s.ago(70));
        s.out.admitted(person, OTHER_HOSPITAL, None, s.ago(45));
    }),
    ("the discharge was retracted", |s, person| {
        s.out.admitted(person, HOSPITAL, None, s.ago(60));
        let sent = s.out.discharged(person, HOSPITAL, s.ago(60), s.ago(20));
        s.out.retract(sent, s.ago(10));
    }),
    ("the discharge has another name than police: held", |s, person| {
        s.out.admitted(person, HOSPITAL, None, s.ago(60));
        s.out.discharged(&person.named(&misspelt(&person.name)), HOSPITAL, s.ago(60), s.ago(20));
    }),
    ("long-term care in an institution since the day", |s, person| {
        s.out.care_approved(person, "重度三级", "institution", yuan(1_800), s.day);
    }),
];

const AT_HOME: [Happening; 8] = [
    ("neither stay nor long-term care", |_, _| ()),
    ("admitted 30 days ago: not more than 30", |s, person| {
        s.out.admitted(person, HOSPITAL, Some("I63.9"), s.ago(30));
    }),
    ("admitted 60 days ago and discharged on the day", |s, person| {
        s.out.admitted(person, HOSPITAL, None, s.ago(60));
        s.out.discharged(person, HOSPITAL, s.ago(60), s.day);
    }),
    ("discharged under the 15-digit number of the same person", |s, person| {
        s.out.admitted(person, HOSPITAL, None, s.ago(60));
        s.out.discharged(&person.short(), HOSPITAL, s.ago(60), s.ago(40));
    }),
    ("two stays, both discharged", |s, person| {
        for (began, ended) in [(95, 80), (70, 20)] {
            s.out.admitted(person, HOSPITAL, None, s.ago(began));
            s.out.discharged(person, HOSPITAL, s.ago(began), s.ago(ended));
        }
    }),
    ("long-term care at home", |s, person| {
        s.out.care_approved(person, "重度一级", "home", yuan(900), s.ago(60));
    }),
    ("long-term care in an institution ended on the day", |s, person| {
        s.out.care_approved(person, "重度三级", "institution", yuan(1_800), s.ago(60));
        s.out.care_ended(person, s.day);
    }),
    ("long-term care in an institution ended, at home since", |s, person| {
        s.out.care_approved(person, "重度三级", "institution", yuan(1_800), s.ago(90));
        s.out.care_ended(person, s.ago(60));
        s.out.care_approved(person, "重度三级", "home", yuan(1_500), s.ago(59));
    }),
];

fn by_benefit(s: &mut Stage<'_, '_>) {
    let person = s.alone(83);
    let benefit = s.grant("home-care", &[&person], s.ago(100));
    s.out.admitted(&person, HOSPITAL, None, s.ago(60));
    s.out.suspended(&benefit, s.ago(50));
    s.found(&person, "home-care is suspended, and suspended ones are active");

    let person = s.alone(84);
    s.out.admitted(&person, HOSPITAL, None, s.ago(60));
    s.grant("home-care", &[&person], s.day);
    s.found(&person, "home-care granted on the day");

    let person = s.alone(85);
    let benefit = s.grant("home-care", &[&person], s.ago(100));
    s.out.admitted(&person, HOSPITAL, None, s.ago(60));
    s.out.ended(&benefit, s.day);
    s.absent(&person, "home-care ended on the day");

    let person = s.alone(86);
    s.grant("care-visit", &[&person], s.ago(100));
    s.out.admitted(&person, HOSPITAL, None, s.ago(60));
    s.absent(&person, "care-visit is no home-care");

    let person = cared_for(s);
    s.out.admitted(&person, HOSPITAL, None, s.ago(60));
    s.die(&person, Source::Health, s.ago(3));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}
