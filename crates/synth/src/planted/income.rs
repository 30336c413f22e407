//! `income-above-standard`: active dibao; monthly income known per head above 820 yuan, and something in
//! it new since the reference date (latest of *verified on* and income assessments naming a member).

use super::stage::{Source, Stage};
use crate::moment::add_days;
use crate::money::{Fen, yuan};
use crate::name::misspelt;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_pension(s);
    by_wage(s);
    by_reference(s);
    by_members(s);
    by_record(s);
    not_above(s);
    not_new(s);
    not_counted(s);
    not_active(s);
}

fn by_pension(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(62);
    let dibao = s.grant("dibao", &[&person], s.ago(200));
    s.out.pension_started(&person, "resident", Fen(82_001), s.ago(60));
    s.program(true, &dibao, "a pension of 820.01 began after the grant: one fen above");

    s.scene();
    let person = s.resident(66);
    s.out.pension_started(&person, "resident", yuan(700), s.ago(900));
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.pension_changed(&person, "resident", yuan(900), s.ago(30));
    s.program(true, &dibao, "the pension was 700 on the reference date and is 900 now");

    s.scene();
    let person = s.resident(67);
    s.out.pension_started(&person, "employee", yuan(1_400), s.ago(900));
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.pension_changed(&person, "employee", yuan(1_000), s.ago(30));
    s.program(true, &dibao, "the pension fell to 1,000: it differs from that of the date and is above 820");

    s.scene();
    let person = s.resident(50);
    let dibao = s.grant("dibao", &[&person], s.ago(150));
    s.out.dole_started(&person, yuan(1_780), s.ago(50), s.day);
    s.program(true, &dibao, "unemployment benefit began after the grant and runs until the day itself");

    s.scene();
    let person = s.resident(52);
    s.out.dole_started(&person, yuan(780), s.ago(300), s.ago(-60));
    let dibao = s.grant("dibao", &[&person], s.ago(250));
    s.out.dole_started(&person, yuan(830), s.ago(30), s.ago(-60));
    s.program(true, &dibao, "unemployment benefit was 780 on the reference date and is 830 now");

    s.scene();
    let person = s.resident(58);
    s.out.pension_started(&person, "employee", yuan(500), s.ago(800));
    let dibao = s.grant("dibao", &[&person], s.ago(250));
    s.out.dole_started(&person, yuan(400), s.ago(40), s.ago(-100));
    s.program(true, &dibao, "an old pension of 500 and new unemployment benefit of 400: 900");
}

fn by_wage(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(39);
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.insured(&person, "employee", Some(yuan(3_000)), s.months_ago(6));
    s.out.wage(&person, s.month(0), yuan(3_000));
    s.program(
        true,
        &dibao,
        "employee insurance began exactly 6 months ago: its wage of this month counts, none before",
    );

    s.scene();
    let person = s.resident(44);
    s.out.insured(&person, "employee", Some(yuan(2_500)), s.ago(900));
    s.out.wage(&person, s.month(14), yuan(600));
    let dibao = s.grant("dibao", &[&person], s.ago(330));
    s.out.wage(&person, s.month(3), yuan(2_500));
    s.program(
        true,
        &dibao,
        "the newest wage is of the third month before D's: 2,500, and was 600 on the date",
    );
}

fn by_reference(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(64);
    let dibao = s.grant("dibao", &[&person], s.ago(500));
    s.out.verified(&dibao, "continues", s.ago(61));
    s.out.pension_started(&person, "resident", yuan(950), s.ago(60));
    s.program(true, &dibao, "the pension began the day after the last verification");

    s.scene();
    let person = s.resident(65);
    s.out.pension_started(&person, "resident", yuan(790), s.ago(700));
    let dibao = s.grant("dibao", &[&person], s.ago(400));
    s.out.assessed(&[&person], yuan(9_480), s.ago(100));
    s.out.pension_changed(&person, "resident", yuan(830), s.ago(20));
    s.program(true, &dibao, "assessed with 790; 830 since");

    s.scene();
    let person = s.resident(63);
    let dibao = s.grant("dibao", &[&person], s.ago(500));
    s.out.pension_started(&person, "resident", yuan(950), s.ago(90));
    let wrong = s.out.verified(&dibao, "continues", s.ago(45));
    s.out.retract(wrong, s.ago(30));
    s.program(
        true,
        &dibao,
        "the verification after the change was retracted: the reference date is the grant",
    );

    s.scene();
    let person = s.resident(69);
    let dibao = s.grant("dibao", &[&person], s.ago(240));
    s.out.pension_started(&person, "employee", yuan(2_000), s.ago(60));
    s.out.suspended(&dibao, s.ago(10));
    s.program(true, &dibao, "the dibao is suspended, and suspended ones are active");
}

fn by_members(s: &mut Stage<'_, '_>) {
    s.scene();
    let (husband, wife) = (s.aged(65), s.aged(63));
    s.settle(&[&husband, &wife]);
    let dibao = s.grant("dibao", &[&husband, &wife], s.ago(210));
    s.out.pension_started(&wife, "employee", Fen(164_002), s.ago(35));
    s.program(true, &dibao, "1,640.02 for two: 820.01 per head");

    s.scene();
    let (mother, son) = (s.resident(70), s.resident(30));
    let dibao = s.grant("dibao", &[&mother, &son], s.ago(300));
    s.out.pension_started(&mother, "resident", yuan(900), s.ago(100));
    s.out.members_changed(&dibao, &[&mother], s.ago(10));
    s.program(true, &dibao, "900 new since the grant, and the newest list names one member only");

    s.scene();
    let (husband, wife) = (s.aged(75), s.aged(74));
    s.settle(&[&husband, &wife]);
    let dibao = s.grant("dibao", &[&husband, &wife], s.ago(300));
    s.die(&husband, Source::Cremation, s.ago(30));
    s.out.pension_started(&wife, "resident", yuan(880), s.ago(20));
    s.program(true, &dibao, "880 for the only living member: the dead are no heads");
}

fn by_record(s: &mut Stage<'_, '_>) {
    s.scene();
    let (former, present) = s.two_numbers(68);
    let dibao = s.grant("dibao", &[&present], s.ago(150));
    s.out.pension_started(&former, "employee", yuan(1_200), s.ago(70));
    s.program(true, &dibao, "the pension is paid under the member's former number");

    s.scene();
    let person = s.resident(64);
    let dibao = s.grant("dibao", &[&person.short()], s.ago(180));
    s.out.pension_started(&person, "employee", yuan(1_100), s.ago(50));
    s.program(true, &dibao, "the list of members has the 15-digit number of the same person");

    s.scene();
    let person = s.resident(61);
    let dibao = s.grant("dibao", &[&person], s.ago(180));
    let wrong = s.out.pension_started(&person, "resident", yuan(90), s.ago(50));
    s.out.retract(wrong, s.ago(40));
    s.out.pension_started(&person, "resident", yuan(900), s.ago(50));
    s.program(true, &dibao, "a pension of 90 was retracted and stated right: 900");
}

fn not_above(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(62);
    let dibao = s.grant("dibao", &[&person], s.ago(200));
    s.out.pension_started(&person, "resident", yuan(820), s.ago(60));
    s.program(false, &dibao, "exactly 820.00: not above");

    s.scene();
    let (husband, wife) = (s.aged(65), s.aged(63));
    s.settle(&[&husband, &wife]);
    let dibao = s.grant("dibao", &[&husband, &wife], s.ago(210));
    s.out.pension_started(&wife, "employee", yuan(1_640), s.ago(35));
    s.program(false, &dibao, "1,640.00 for two: exactly 820.00 per head");
}

fn not_new(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(53);
    let dibao = s.grant("dibao", &[&person], s.ago(60));
    s.out.dole_started(&person, yuan(1_780), s.ago(60), s.ago(-60));
    s.program(false, &dibao, "unemployment benefit began on the day of the grant: not after it");

    s.scene();
    let (husband, wife) = (s.resident(64), s.resident(62));
    let dibao = s.grant("dibao", &[&husband, &wife], s.ago(300));
    s.out.pension_started(&husband, "employee", yuan(2_000), s.ago(90));
    let other = s.resident(40);
    s.out.assessed(&[&other, &wife], yuan(24_000), s.ago(20));
    s.program(
        false,
        &dibao,
        "an assessment of the wife and somebody else is newer than the husband's pension",
    );

    s.scene();
    let person = s.resident(64);
    let dibao = s.grant("dibao", &[&person], s.ago(500));
    s.out.pension_started(&person, "resident", yuan(950), s.ago(60));
    s.out.verified(&dibao, "continues", s.ago(60));
    s.program(
        false,
        &dibao,
        "verified on the day the pension began: it did not begin after that day, and is unchanged",
    );

    s.scene();
    let person = s.resident(66);
    s.out.pension_started(&person, "employee", yuan(1_500), s.ago(900));
    let dibao = s.grant("dibao", &[&person], s.ago(250));
    s.program(false, &dibao, "1,500 since before the grant: above, but nothing is new");

    s.scene();
    let person = s.resident(63);
    let dibao = s.grant("dibao", &[&person], s.ago(250));
    s.out.pension_started(&person, "resident", yuan(900), s.ago(90));
    s.out.assessed(&[&person], yuan(10_800), s.ago(15));
    s.program(false, &dibao, "income was assessed after the pension began");
}

fn not_counted(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(37);
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.insured(&person, "employee", Some(yuan(3_000)), add_days(s.months_ago(6), 4));
    s.out.wage(&person, s.month(0), yuan(3_000));
    s.program(false, &dibao, "employee insurance began less than 6 months ago: its wages do not count");

    s.scene();
    let person = s.resident(40);
    let dibao = s.grant("dibao", &[&person], s.ago(400));
    s.out.insured(&person, "flexible", None, s.ago(350));
    s.out.wage(&person, s.month(1), yuan(3_000));
    s.program(false, &dibao, "no employee insurance: the wage does not count for this rule");

    s.scene();
    let person = s.resident(41);
    s.out.insured(&person, "employee", Some(yuan(3_000)), s.ago(900));
    let dibao = s.grant("dibao", &[&person], s.ago(400));
    s.out.wage(&person, s.month(4), yuan(3_000));
    s.program(false, &dibao, "the newest wage is of the fourth month before D's: not known income any more");

    s.scene();
    let person = s.resident(51);
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.dole_started(&person, yuan(1_780), s.ago(100), s.ago(1));
    s.program(false, &dibao, "unemployment benefit ran until yesterday");

    s.scene();
    let person = s.resident(64);
    let dibao = s.grant("dibao", &[&person], s.ago(200));
    s.out.pension_started(&person.named(&misspelt(&person.name)), "resident", yuan(990), s.ago(60));
    s.program(false, &dibao, "the pension has another name than police: held");
}

fn not_active(s: &mut Stage<'_, '_>) {
    s.scene();
    let person = s.resident(65);
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.pension_started(&person, "resident", yuan(990), s.ago(60));
    s.out.ended(&dibao, s.day);
    s.program(false, &dibao, "the dibao ended on the day");

    s.scene();
    let person = s.resident(66);
    let dibao = s.grant("dibao", &[&person], s.ago(300));
    s.out.pension_started(&person, "resident", yuan(990), s.ago(60));
    s.out.pension_stopped(&person, "resident", s.ago(5));
    s.program(false, &dibao, "the pension was stopped");

    s.scene();
    let (mother, son) = (s.aged(60), s.aged(33));
    s.settle(&[&mother, &son]);
    let dibao = s.grant("dibao", &[&mother], s.ago(300));
    s.out.dole_started(&son, yuan(1_780), s.ago(60), s.ago(-90));
    s.program(false, &dibao, "the income belongs to a co-resident whom the dibao does not name");
}
