//! `certificate-expired`: active disability subsidy, and the newest certificate's `valid_until` is before D.
//! `certificate-expiry`: active disability subsidy, and it is from D to D + 180.

use jiff::civil::Date;

use super::stage::Stage;
use super::telling::{About, Telling};
use crate::name::misspelt;
use crate::person::Person;

const PROGRAMS: [&str; 2] = ["disability-living", "disability-nursing"];

/// When certificates of one of the two rules run out: days that are true, and days that are not.
struct Days {
    within: [i64; 3],
    beside: [(i64, &'static str); 3],
}

pub(super) fn plant_expired(s: &mut Stage<'_, '_>) {
    let beside = [(0, "valid until the day"), (-1, "valid until tomorrow"), (-500, "valid for long")];
    plant(s, &Days { within: [1, 30, 2_000], beside });
    Telling {
        about: About::Person,
        years: 54,
        what: "an expired certificate, with disability-living",
        before: |s, person, _| {
            s.grant("disability-living", &[person], s.ago(600));
        },
        event: |s, person| s.out.certified_disabled(person, "visual", 2, s.ago(900), s.ago(10)),
    }
    .plant(s);
}

pub(super) fn plant_expiry(s: &mut Stage<'_, '_>) {
    let beside = [(1, "valid until yesterday"), (-181, "valid for 181 more days"), (-900, "valid for long")];
    plant(s, &Days { within: [0, -90, -180], beside });
    Telling {
        about: About::Person,
        years: 54,
        what: "a certificate that expires in 20 days, with disability-nursing",
        before: |s, person, _| {
            s.grant("disability-nursing", &[person], s.ago(600));
        },
        event: |s, person| s.out.certified_disabled(person, "visual", 2, s.ago(900), s.ago(-20)),
    }
    .plant(s);
}

fn plant(s: &mut Stage<'_, '_>, days: &Days) {
    for program in PROGRAMS {
        for ago in days.within {
            let person = certified(s, s.ago(ago));
            s.grant(program, &[&person], s.ago(600));
            let note =
                if ago > 0 { format!("expired {ago} days ago") } else { format!("{} days are left", -ago) };
            s.found(&person, &format!("{note}, with {program}"));
        }
        for (ago, note) in days.beside {
            let person = certified(s, s.ago(ago));
            s.grant(program, &[&person], s.ago(600));
            s.absent(&person, &format!("{note}, with {program}"));
        }
    }
    by_newest(s, s.ago(days.within[1]), s.ago(days.beside[2].0));
    by_benefit(s, s.ago(days.within[1]));
}

/// Somebody with a certificate that is valid until a day.
fn certified(s: &mut Stage<'_, '_>, until: Date) -> Person {
    let person = s.alone(52);
    s.out.certified_disabled(&person, "physical", 2, s.ago(3_000), until);
    person
}

/// `within` is a last day for which the rule is true, `beside` one for which it is not.
fn by_newest(s: &mut Stage<'_, '_>, within: Date, beside: Date) {
    let person = certified(s, beside);
    s.grant("disability-living", &[&person], s.ago(600));
    s.out.certified_disabled(&person, "physical", 3, s.ago(40), within);
    s.found(&person, "the newest certificate decides, the older one was valid otherwise");

    let person = certified(s, within);
    s.grant("disability-living", &[&person], s.ago(600));
    s.out.certified_disabled(&person.named(&misspelt(&person.name)), "physical", 3, s.ago(40), beside);
    s.found(&person, "a newer certificate has another name than police: held");

    let person = certified(s, within);
    s.grant("disability-living", &[&person], s.ago(600));
    s.out.certified_disabled(&person, "physical", 2, s.day, beside);
    s.absent(&person, "renewed on the day");

    let person = s.alone(53);
    s.grant("disability-living", &[&person], s.ago(600));
    s.absent(&person, "never certified");
}

fn by_benefit(s: &mut Stage<'_, '_>, within: Date) {
    let person = certified(s, within);
    let benefit = s.grant("disability-nursing", &[&person], s.ago(600));
    s.out.suspended(&benefit, s.ago(5));
    s.found(&person, "the subsidy is suspended, and suspended ones are active");

    let person = certified(s, within);
    s.grant("disability-nursing", &[&person], s.day);
    s.found(&person, "the subsidy was granted on the day");

    let person = certified(s, within);
    let benefit = s.grant("disability-nursing", &[&person], s.ago(600));
    s.out.ended(&benefit, s.day);
    s.absent(&person, "the subsidy ended on the day");

    let person = certified(s, within);
    s.grant("dibao", &[&person], s.ago(600));
    s.absent(&person, "dibao is no disability subsidy");
}
