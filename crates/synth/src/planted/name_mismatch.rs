//! `name-mismatch`: a fact of the person is held, because police have recorded names for the number and
//! the fact has none of them.

use super::stage::{Source, Stage};
use crate::money::{Fen, yuan};
use crate::name::misspelt;
use crate::person::Person;

pub(super) fn plant(s: &mut Stage<'_, '_>) {
    by_feed(s);
    in_lists(s);
    by_name(s);
    by_number(s);
    same_name(s);
    agreed(s);
    not_held(s);
}

/// A resident, and the same person with a clerk's error in the name.
fn two_names(s: &mut Stage<'_, '_>, years: i16) -> (Person, Person) {
    s.scene();
    let person = s.resident(years);
    let wrong = person.named(&misspelt(&person.name));
    (person, wrong)
}

fn by_feed(s: &mut Stage<'_, '_>) {
    let (person, wrong) = two_names(s, 40);
    s.out.wage(&wrong, s.month(1), yuan(5_000));
    s.found(&person, "a wage has another name than police");

    let (person, wrong) = two_names(s, 55);
    s.pay(&wrong, yuan(300), s.ago(30));
    s.found(&person, "a settlement has another name than police");

    let (person, wrong) = two_names(s, 78);
    s.die(&wrong, Source::Health, s.ago(20));
    s.found(&person, "a death certificate has another name: held, so the person counts as living");

    let (person, wrong) = two_names(s, 81);
    s.grant("old-age-allowance", &[&wrong], s.day);
    s.found(&person, "a grant of the day itself has another name than police");

    let (person, wrong) = two_names(s, 44);
    s.out.wage(&person, s.month(2), yuan(5_000));
    s.out.wage(&wrong, s.month(2), yuan(5_000));
    s.found(
        &person,
        "the same wage once with the right name and once with another: names as written, two facts",
    );
}

fn in_lists(s: &mut Stage<'_, '_>) {
    let (person, wrong) = two_names(s, 66);
    let son = s.resident(40);
    s.grant("dibao", &[&son, &wrong], s.ago(90));
    s.found(&person, "on a list of members with another name; the other member is not affected");
    s.absent(&son, "on the same list with the right name");

    let (person, wrong) = two_names(s, 63);
    s.out.assessed(&[&wrong], yuan(8_000), s.ago(45));
    s.found(&person, "an income assessment names the member otherwise");
}

fn by_name(s: &mut Stage<'_, '_>) {
    for (police, other, note) in [
        ("王𬭎", "王?", "a rare character was lost to a question mark"),
        ("张秀兰", "張秀蘭", "traditional characters are other characters under NFKC"),
        ("李国强", "李国", "a character is missing"),
        ("赵㛃", "赵洁", "a rare character was replaced by a similar one"),
        ("迪丽努尔·玉素甫", "迪丽努尔", "only the part before the dot"),
    ] {
        s.scene();
        let person = s.aged(36).named(police);
        s.settle(&[&person]);
        s.out.insured(&person.named(other), "resident", None, s.ago(50));
        s.found(&person, note);
    }
}

fn by_number(s: &mut Stage<'_, '_>) {
    let (person, wrong) = two_names(s, 70);
    s.pay(&wrong.short(), Fen(12_345), s.ago(10));
    s.found(&person, "another name, with the 15-digit number of the same person");

    s.scene();
    let (former, present) = s.two_numbers(58);
    s.out.wage(&former.named(&misspelt(&former.name)), s.month(2), yuan(2_000));
    s.found(&present, "the former number with a name that police recorded for none of the two numbers");

    let (person, wrong) = two_names(s, 49);
    let sent = s.pay(&wrong, yuan(80), s.ago(60));
    s.out.reversed(&wrong, &sent.setl_id, s.ago(50));
    s.found(&person, "a settlement and its reversal, both with another name: both are held");
}

fn same_name(s: &mut Stage<'_, '_>) {
    for (police, other, note) in [
        ("阿依古丽·买买提", "阿依古丽•买买提", "another middle dot"),
        ("扎西·多吉", "扎西 ・ 多吉", "a katakana dot with spaces"),
        ("陈建国", "陈　建 国", "spaces, an ideographic one among them"),
        ("李玉梅", "\u{f9e1}玉梅", "a compatibility ideograph, equal under NFKC"),
    ] {
        s.scene();
        let person = s.aged(45).named(police);
        s.settle(&[&person]);
        s.out.insured(&person.named(other), "resident", None, s.ago(50));
        s.absent(&person, note);
    }
}

fn agreed(s: &mut Stage<'_, '_>) {
    let (person, renamed) = two_names(s, 29);
    s.out.wage(&renamed, s.month(3), yuan(6_000));
    let home = s.home();
    s.out.moved(&renamed, &home, "户主", s.ago(20));
    s.absent(&person, "police recorded the other name later: the names agree");

    s.scene();
    let (former, present) = (s.resident(33), s.aged(33));
    s.out.corrected(&present, &former.id, s.ago(100));
    s.pay(&present.named(&former.name), yuan(90), s.ago(30));
    s.absent(
        &present,
        "the name belongs to the former number: police names of all numbers of the person count",
    );

    let (person, other) = two_names(s, 50);
    let child = s.resident(20);
    s.out.relation(&child, &other, "parent", s.ago(900));
    s.out.insured(&other, "resident", None, s.ago(300));
    s.absent(&person, "police recorded the other name of the person as somebody's relative");
}

fn not_held(s: &mut Stage<'_, '_>) {
    let (person, wrong) = two_names(s, 42);
    let sent = s.out.wage(&wrong, s.month(2), yuan(7_000));
    s.out.retract(sent, s.ago(20));
    s.out.wage(&person, s.month(2), yuan(7_000));
    s.absent(&person, "the wage with the wrong name was retracted and stated with the right one");

    s.scene();
    let person = s.aged(47);
    s.pay(&person, yuan(60), s.ago(40));
    s.pay(&person.named(&misspelt(&person.name)), yuan(60), s.ago(20));
    s.absent(&person, "police recorded no name for the number: nothing is held");

    let (person, wrong) = two_names(s, 88);
    s.pay(&wrong, yuan(500), s.ago(40));
    s.die(&person, Source::Police, s.ago(30));
    s.absent(&person, "died: a rule about a person holds only while that person lives");
}
