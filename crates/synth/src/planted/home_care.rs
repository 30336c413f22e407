//! `home-care-recheck`: active `home-care`, due 6 months after *verified on*, true from 30 days before.

use jiff::civil::Date;

use super::stage::{Source, Stage};
use crate::moment::{add_days, add_months};

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    at_the_edge(s);
    overdue(s);
    by_record(s);
    not_due(s);
    no_home_care(s);
}

/// The latest *verified on* of which the re-check is true on the day.
fn last_due(s: &Stage<'_, '_>) -> Date {
    let mut verified = s.ago(120);
    while add_days(add_months(verified, 6), -30) > s.day {
        verified = add_days(verified, -1);
    }
    verified
}

fn at_the_edge(s: &mut Stage<'_, '_>) {
    let edge = last_due(s);
    s.scene();
    let person = s.resident(77);
    s.grant("home-care", &[&person], edge);
    s.found(&person, "30 days before the re-check is due, counted from the grant");

    s.scene();
    let person = s.resident(78);
    let benefit = s.grant("home-care", &[&person], s.ago(800));
    s.out.verified(&benefit, "continues", edge);
    s.found(&person, "30 days before the re-check is due, counted from the last verification");

    s.scene();
    let person = s.resident(79);
    let day = add_days(edge, -3);
    s.grant_as(&format!("RX{}", person.id), "home-care", &[&person], day, Some(edge));
    s.found(&person, "30 days before it is due, counted from verified_on, which is later than the grant");
}

fn overdue(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(83);
    s.grant("home-care", &[&person], s.ago(1_200));
    s.found(&person, "never verified since a grant of years ago");

    s.scene();
    let person = s.resident(72);
    let benefit = s.grant("home-care", &[&person], s.ago(500));
    s.out.verified(&benefit, "changed", s.ago(230));
    s.found(&person, "last verified 230 days ago");

    s.scene();
    let person = s.resident(75);
    let benefit = s.grant("home-care", &[&person], s.ago(400));
    s.out.suspended(&benefit, s.ago(40));
    s.found(&person, "the benefit is suspended, and suspended ones are active");

    s.scene();
    let person = s.resident(76);
    let benefit = s.grant("home-care", &[&person], s.ago(400));
    s.out.suspended(&benefit, s.ago(60));
    s.out.resumed(&benefit, s.ago(30));
    s.out.amount_changed(&benefit, crate::money::yuan(150), s.ago(20));
    s.found(&person, "a resumption and another amount are no verification");

    s.scene();
    let person = s.resident(80);
    s.grant("home-care", &[&person], s.ago(300));
    let other = s.grant("old-age-allowance", &[&person], s.ago(300));
    s.out.verified(&other, "continues", s.ago(10));
    s.found(&person, "only another benefit of the same person was verified");
}

fn by_record(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(74);
    let benefit = s.grant("home-care", &[&person], s.ago(400));
    let wrong = s.out.verified(&benefit, "continues", s.ago(20));
    s.out.retract(wrong, s.ago(10));
    s.found(&person, "the last verification was retracted");

    s.scene();
    let (former, present) = s.two_numbers(81);
    s.grant("home-care", &[&former], s.ago(350));
    s.found(&present, "granted under the number that was corrected");

    s.scene();
    let person = s.resident(82);
    s.grant("home-care", &[&person.short()], s.ago(260));
    s.found(&person, "granted under the 15-digit number of the same person");
}

fn not_due(s: &mut Stage<'_, '_>) {
    let early = add_days(last_due(s), 1);
    s.scene();
    let person = s.resident(77);
    s.grant("home-care", &[&person], early);
    s.absent(&person, "granted a day too late: 31 days before it is due");

    s.scene();
    let person = s.resident(78);
    let benefit = s.grant("home-care", &[&person], s.ago(800));
    s.out.verified(&benefit, "continues", early);
    s.absent(&person, "verified a day too late: 31 days before it is due");

    s.scene();
    let person = s.resident(79);
    let benefit = s.grant("home-care", &[&person], s.ago(800));
    s.out.verified(&benefit, "changed", s.day);
    s.absent(&person, "verified on the day, whatever the outcome");

    s.scene();
    let person = s.resident(73);
    let benefit = s.grant("home-care", &[&person], s.ago(500));
    let sent = s.out.verified(&benefit, "continues", s.ago(30));
    s.out.retract(sent, s.ago(20));
    s.out.verified(&benefit, "continues", s.ago(30));
    s.absent(&person, "the last verification was retracted and stated again later");
}

fn no_home_care(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(84);
    let benefit = s.grant("home-care", &[&person], s.ago(500));
    s.out.ended(&benefit, s.day);
    s.absent(&person, "home-care ended on the day");

    s.scene();
    let person = s.resident(85);
    s.grant("home-care", &[&person], s.ago(500));
    s.die(&person, Source::Health, s.ago(2));
    s.absent(&person, "died: a rule about a person holds only while that person lives");

    s.scene();
    let person = s.resident(86);
    s.grant("care-visit", &[&person], s.ago(500));
    s.absent(&person, "care-visit is another program");
}
