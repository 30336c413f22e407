//! `overlapping-benefits`: at once active `tekun` with `dibao` or a disability subsidy, `disability-nursing`
//! with injury nursing, `orphan` with `disability-living`, or two active benefits of one program.

use super::stage::{Source, Stage};
use crate::money::yuan;
use crate::name::misspelt;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    pairs(s);
    doubles(s);
    nursing(s);
    by_record(s);
    not_at_once(s);
    allowed(s);
    no_benefit(s);
}

fn pairs(s: &mut Stage<'_, '_>) {
    for (years, first, second, note) in [
        (66, "tekun", "dibao", "tekun and dibao"),
        (67, "tekun", "disability-living", "tekun and disability-living"),
        (68, "disability-nursing", "tekun", "tekun and disability-nursing"),
        (12, "orphan", "disability-living", "orphan and disability-living"),
    ] {
        s.scene();
        let person = s.resident(years);
        s.grant(first, &[&person], s.ago(700));
        s.grant(second, &[&person], s.ago(100));
        s.found(&person, note);
    }

    s.scene();
    let person = s.resident(69);
    let tekun = s.grant("tekun", &[&person], s.ago(700));
    s.grant("disability-living", &[&person], s.day);
    s.out.suspended(&tekun, s.ago(20));
    s.found(&person, "tekun is suspended, which is active; the subsidy was granted on the day");
}

fn doubles(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(84);
    s.grant("old-age-allowance", &[&person], s.ago(900));
    s.grant("old-age-allowance", &[&person], s.ago(90));
    s.found(&person, "two active old-age allowances");

    s.scene();
    let (person, son, daughter) = (s.resident(72), s.resident(45), s.resident(41));
    s.grant("dibao", &[&son, &person], s.ago(300));
    s.grant("dibao", &[&daughter, &person], s.ago(200));
    s.found(&person, "on the newest lists of two active dibao of relatives in two households");

    s.scene();
    let (person, other) = (s.resident(70), s.resident(48));
    s.grant("tekun", &[&person], s.ago(400));
    let dibao = s.grant("dibao", &[&other], s.ago(300));
    s.out.members_changed(&dibao, &[&other, &person], s.ago(15));
    s.found(&person, "has tekun, and was added to a dibao by a change of its members");
}

fn nursing(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(51);
    s.grant("disability-nursing", &[&person], s.ago(300));
    s.out.nursing_started(&person, yuan(2_200), s.ago(40));
    s.found(&person, "disability-nursing with active injury nursing");

    s.scene();
    let person = s.resident(53);
    s.out.nursing_started(&person, yuan(2_000), s.ago(800));
    s.out.nursing_stopped(&person, s.ago(500));
    s.out.nursing_started(&person, yuan(2_300), s.ago(100));
    s.grant("disability-nursing", &[&person], s.ago(60));
    s.found(&person, "injury nursing was stopped and began again: the open spell is active");
}

fn by_record(s: &mut Stage<'_, '_>) {
    s.scene();
    let (former, present) = s.two_numbers(85);
    s.grant("old-age-allowance", &[&former], s.ago(800));
    s.grant("old-age-allowance", &[&present], s.ago(100));
    s.found(&present, "one allowance under each of two united numbers");

    s.scene();
    let person = s.resident(71);
    s.grant("tekun", &[&person], s.ago(600));
    s.grant("disability-nursing", &[&person.short()], s.ago(300));
    s.found(&person, "the subsidy has the 15-digit number of the same person");

    s.scene();
    let person = s.resident(69);
    let tekun = s.grant("tekun", &[&person], s.ago(600));
    s.grant("dibao", &[&person], s.ago(300));
    let end = s.out.ended(&tekun, s.ago(300));
    s.out.retract(end, s.ago(100));
    s.found(&person, "the end of tekun was retracted");

    s.scene();
    let person = s.resident(65);
    s.grant("tekun", &[&person], s.ago(600));
    let benefit = format!("RX{}", person.id);
    let wrong = s.grant_as(&benefit, "disability-living", &[&person], s.ago(90), None);
    s.out.retract(wrong, s.ago(80));
    s.grant_as(&benefit, "disability-living", &[&person], s.ago(90), None);
    s.found(&person, "the grant of the subsidy was retracted and stated again later");
}

fn not_at_once(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(64);
    let tekun = s.grant("tekun", &[&person], s.ago(600));
    s.out.ended(&tekun, s.day);
    s.grant("dibao", &[&person], s.day);
    s.absent(&person, "tekun ended on the day dibao began: not at once");

    s.scene();
    let person = s.resident(83);
    s.grant("old-age-allowance", &[&person], s.ago(600));
    s.grant("old-age-allowance", &[&person], s.ago(-1));
    s.absent(&person, "the second allowance begins tomorrow");

    s.scene();
    let (person, son) = (s.resident(73), s.resident(46));
    let dibao = s.grant("dibao", &[&son, &person], s.ago(300));
    s.out.members_changed(&dibao, &[&son], s.ago(50));
    s.grant("tekun", &[&person], s.ago(50));
    s.absent(&person, "taken off the dibao's list when tekun began");

    s.scene();
    let person = s.resident(52);
    s.grant("disability-nursing", &[&person], s.ago(300));
    s.out.nursing_started(&person, yuan(2_200), s.ago(200));
    s.out.nursing_stopped(&person, s.day);
    s.absent(&person, "injury nursing was stopped on the day");
}

fn allowed(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(56);
    s.grant("dibao", &[&person], s.ago(300));
    s.grant("disability-living", &[&person], s.ago(200));
    s.grant("disability-nursing", &[&person], s.ago(200));
    s.absent(&person, "dibao with both disability subsidies is no overlap");

    s.scene();
    let person = s.resident(11);
    s.grant("orphan", &[&person], s.ago(300));
    s.grant("disability-nursing", &[&person], s.ago(200));
    s.absent(&person, "orphan overlaps with disability-living, not with disability-nursing");
}

fn no_benefit(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(49);
    s.grant("temporary-aid", &[&person], s.ago(60));
    s.grant("temporary-aid", &[&person], s.ago(30));
    s.absent(&person, "temporary aid is paid once and never active");

    s.scene();
    let person = s.resident(67);
    s.grant("tekun", &[&person], s.ago(500));
    let wrong = s.grant_as(&format!("RX{}", person.id), "disability-living", &[&person], s.ago(90), None);
    s.out.retract(wrong, s.ago(40));
    s.absent(&person, "the grant of the subsidy was retracted");

    s.scene();
    let person = s.resident(86);
    let allowance = s.grant("old-age-allowance", &[&person], s.ago(500));
    s.grant_as(&allowance, "old-age-allowance", &[&person], s.ago(100), None);
    s.absent(&person, "granted again under the same benefit id: the newest counts, one benefit");

    s.scene();
    let (person, son) = (s.resident(74), s.resident(47));
    s.grant("tekun", &[&person], s.ago(500));
    s.grant("dibao", &[&son, &person.named(&misspelt(&person.name))], s.ago(100));
    s.absent(&person, "the dibao's list has another name than police: it says nothing about this person");

    s.scene();
    let person = s.resident(70);
    s.grant("tekun", &[&person], s.ago(500));
    s.grant("dibao", &[&person], s.ago(100));
    s.die(&person, Source::Health, s.ago(10));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}
