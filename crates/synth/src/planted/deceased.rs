//! `deceased-recipient`: a death signal, and the person has an active benefit.

use super::stage::{Source, Stage};
use crate::name::misspelt;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_source(s);
    by_benefit(s);
    by_record(s);
    corrected(s);
    no_signal(s);
    no_benefit(s);
}

fn by_source(s: &mut Stage<'_, '_>) {
    let cases = [
        (Source::Police, "dibao", 20, "police cancellation for death; sole member of an active dibao"),
        (Source::Health, "old-age-allowance", 45, "health death certificate; active old-age allowance"),
        (Source::Cremation, "care-visit", 3, "registry cremation alone is a death signal; active care-visit"),
        (
            Source::FuneralGrant,
            "tekun",
            75,
            "social-security funeral grant alone is a death signal; active tekun",
        ),
        (Source::Health, "home-care", 0, "died on the day itself: on <= D counts; active home-care"),
    ];
    for (source, program, days, note) in cases {
        s.scene();
        let person = s.resident(83);
        s.grant(program, &[&person], s.ago(500));
        s.die(&person, source, s.ago(days));
        s.found(&person, note);
    }
}

fn by_benefit(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(66);
    let benefit = s.grant("disability-nursing", &[&person], s.ago(600));
    s.out.suspended(&benefit, s.ago(90));
    s.die(&person, Source::Police, s.ago(30));
    s.found(&person, "the benefit is suspended, and suspended ones are active");

    s.scene();
    let (head, mother) = (s.resident(50), s.resident(78));
    s.grant("dibao", &[&head, &mother], s.ago(400));
    s.die(&mother, Source::Cremation, s.ago(12));
    s.found(
        &mother,
        "not the applicant, registered elsewhere, but on the newest list of members of an active dibao",
    );

    s.scene();
    let person = s.resident(85);
    s.die(&person, Source::Health, s.ago(40));
    s.grant("old-age-allowance", &[&person], s.ago(10));
    s.found(&person, "granted after the death: only that it is active on D matters");

    s.scene();
    let person = s.resident(81);
    let ended = s.grant("home-care", &[&person], s.ago(700));
    s.grant("old-age-allowance", &[&person], s.ago(300));
    s.die(&person, Source::Police, s.ago(25));
    s.out.ended(&ended, s.ago(5));
    s.found(&person, "one benefit was ended after the death, another is still active");

    s.scene();
    let person = s.resident(70);
    let benefit = s.grant("tekun", &[&person], s.ago(800));
    s.die(&person, Source::Police, s.ago(15));
    let end = s.out.ended(&benefit, s.ago(5));
    s.out.retract(end, s.ago(2));
    s.found(&person, "the end of the benefit was retracted: it is active again");
}

fn by_record(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(82);
    s.grant("old-age-allowance", &[&person], s.ago(300));
    s.die(&person.short(), Source::Health, s.ago(33));
    s.found(&person, "the certificate has the 15-digit number of the same person");

    s.scene();
    let (former, present) = s.two_numbers(74);
    s.grant("disability-living", &[&former], s.ago(900));
    s.die(&present, Source::Cremation, s.ago(8));
    s.found(&present, "benefit under the number that was corrected, death under the present one: one person");

    s.scene();
    let present = s.resident(88);
    s.grant("old-age-allowance", &[&present], s.ago(900));
    let later = s.renumbered(&present);
    s.die(&present, Source::FuneralGrant, s.ago(8));
    s.found(
        &later,
        "death under the former number after its correction: one person, known by the present number",
    );
}

fn corrected(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(79);
    s.grant("care-visit", &[&person], s.ago(250));
    let sent = s.die(&person, Source::Health, s.ago(50));
    s.out.retract(sent, s.ago(40));
    s.die(&person, Source::Health, s.ago(50));
    s.found(&person, "the certificate was retracted and stated again later: the fact holds again");

    s.scene();
    let person = s.resident(77);
    s.grant("care-visit", &[&person], s.ago(250));
    let sent = s.die(&person, Source::Police, s.ago(50));
    s.die(&person, Source::Cremation, s.ago(48));
    s.out.retract(sent, s.ago(30));
    s.found(&person, "one of two sources retracted its record, the other still says that the person died");
}

fn no_signal(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(80);
    s.grant("old-age-allowance", &[&person], s.ago(20));
    let sent = s.die(&person, Source::Health, s.ago(60));
    s.out.retract(sent, s.ago(50));
    s.absent(&person, "the only death signal is retracted");

    s.scene();
    let person = s.resident(72);
    s.grant("tekun", &[&person], s.ago(220));
    let first = s.die(&person, Source::FuneralGrant, s.ago(60));
    s.die(&person, Source::FuneralGrant, s.ago(60));
    s.out.retract(first, s.ago(50));
    s.absent(&person, "stated twice, then the first statement retracted: every statement up to then is void");

    s.scene();
    let person = s.resident(45);
    s.grant("disability-living", &[&person], s.ago(400));
    s.out.cancelled(&person, "moved-out", s.ago(20));
    s.absent(&person, "cancelled as moved-out: no death signal");

    s.scene();
    let person = s.resident(84);
    s.grant("old-age-allowance", &[&person], s.ago(400));
    let wrong = person.named(&misspelt(&person.name));
    s.die(&wrong, Source::Health, s.ago(20));
    s.absent(&person, "the certificate has another name than police: held, no rule sees it");
}

fn no_benefit(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(86);
    let benefit = s.grant("old-age-allowance", &[&person], s.ago(900));
    s.die(&person, Source::Police, s.ago(10));
    s.out.ended(&benefit, s.day);
    s.absent(&person, "the benefit ended on the day: not active");

    s.scene();
    let person = s.resident(68);
    s.grant("temporary-aid", &[&person], s.ago(100));
    s.die(&person, Source::Cremation, s.ago(30));
    s.grant("funeral", &[&person], s.ago(25));
    s.absent(&person, "temporary aid and funeral are paid once and never active");

    s.scene();
    let (husband, wife) = (s.aged(70), s.aged(69));
    s.settle(&[&husband, &wife]);
    let benefit = s.grant("dibao", &[&husband, &wife], s.ago(400));
    s.die(&husband, Source::Health, s.ago(60));
    s.out.members_changed(&benefit, &[&wife], s.ago(40));
    s.absent(&husband, "the newest list of members does not name the dead any more");

    s.scene();
    let person = s.resident(59);
    s.die(&person, Source::Police, s.ago(9));
    s.grant("disability-nursing", &[&person], s.ago(-1));
    s.absent(&person, "the only benefit is granted from tomorrow: not yet active");

    s.scene();
    let person = s.resident(61);
    let grant = s.grant_as(&format!("RX{}", person.id), "tekun", &[&person], s.ago(300), None);
    s.out.retract(grant, s.ago(90));
    s.die(&person, Source::Police, s.ago(9));
    s.absent(&person, "the only grant was retracted");
}
