//! People and households: united numbers, held facts, lists, collectives, the dead.

use serde_json::{Value, json};

use super::story::{Story, number, person};

fn named(birth: &str, name: &str) -> Value {
    json!({"id_number": number(birth, 1), "name": name})
}

fn corrected(story: &mut Story, former: &str, to: &str, on: &str) {
    let data = json!({"person": person(to), "former_id_number": number(former, 1), "on": on});
    story.tell("police.identity.corrected", data);
}

#[test]
fn corrected_numbers_are_one_person_from_the_day_on() {
    let mut story = Story::default();
    story.granted(&person("19500101"), "tekun", "B1", "2024-01-01");
    story.granted(&person("19500102"), "disability-living", "B2", "2024-01-01");
    story.granted(&person("19500103"), "disability-nursing", "B3", "2024-01-01");
    corrected(&mut story, "19500101", "19500102", "2025-01-01");
    corrected(&mut story, "19500102", "19500103", "2025-01-02");
    let rule = "overlapping-benefits";
    assert!(!story.holds("2024-12-31", rule));
    assert_eq!(story.occasions("2025-01-01", rule), ["tekun+disability-living"]);
    assert_eq!(story.subjects("2025-01-01", rule), [number("19500102", 1)]);
    assert_eq!(story.occasions("2025-01-02", rule).len(), 2);
    assert_eq!(story.subjects("2025-01-02", rule)[0], number("19500103", 1), "the one not given up");
    corrected(&mut story, "19500103", "19500101", "2025-01-03");
    assert_eq!(
        story.subjects("2025-01-03", rule)[0],
        number("19500101", 1),
        "a circle: the newest correction's"
    );
    for (on, standing) in [("2024-12-31", "19500102"), ("2025-01-02", "19500103")] {
        let mut two_left = Story { events: story.events[..4].to_vec(), ..Story::default() };
        corrected(&mut two_left, "19500101", "19500103", on);
        let subjects = two_left.subjects("2025-01-02", rule);
        assert_eq!(subjects[0], number(standing, 1), "two not given up: the newest correction's");
    }
}

#[test]
fn a_fact_with_another_name_than_police_have_is_held() {
    let mut story = Story::default();
    story.dies(&named("19500101", "王芳"), "2025-01-02");
    story.granted(&named("19500101", "张伟"), "tekun", "B1", "2024-01-01");
    assert!(story.holds("2025-01-02", "deceased-recipient"), "police have no name");
    story.registered(&named("19500101", "张伟"), "H1", "2025-01-03");
    assert!(story.holds("2025-01-02", "deceased-recipient"));
    assert!(!story.holds("2025-01-03", "deceased-recipient"), "the certificate is held");
    assert_eq!(story.occasions("2025-01-03", "name-mismatch"), ["health"]);
    for on in ["2025-01-03", "2025-01-04"] {
        story.of("social-security.funeral-grant.paid", &named("19500101", "王芳"), on, json!({"amount": 1}));
    }
    assert_eq!(story.occasions("2025-01-04", "name-mismatch"), ["health", "social-security"], "a feed once");
    let related = json!({"person": named("20150101", "乙"), "related": named("19500101", "王 芳"), "kind": "parent",
        "on": "2025-01-04"});
    story.tell("police.relation.recorded", related);
    assert!(story.holds("2025-01-04", "deceased-recipient"), "as `related` police have that name too");
    assert!(!story.holds("2025-01-04", "name-mismatch"));
}

#[test]
fn names_are_compared_after_nfkc_without_spaces_and_with_one_dot() {
    for (police, other, agrees) in [
        ("阿卜杜·热合曼", "阿卜杜•热合曼", true),
        ("阿卜杜·热合曼", "阿卜杜・热合曼", true),
        ("阿卜杜·热合曼", "阿卜杜\u{ff65}热 合\u{3000}曼", true),
        ("阿卜杜·热合曼", "阿卜杜.热合曼", false),
        ("Anna", "Ａｎｎａ", true),
        ("六", "\u{f9d1}", true),
        ("Anna", "anna", false),
    ] {
        let mut story = Story::default();
        story.registered(&named("19500101", police), "H1", "2020-01-01");
        story.granted(&named("19500101", other), "tekun", "B1", "2024-01-01");
        assert_eq!(story.holds("2025-01-01", "name-mismatch"), !agrees, "{police} {other}");
    }
}

#[test]
fn a_wrong_name_takes_nobody_off_a_list() {
    let (mut story, one) = (Story::default(), number("19500101", 1));
    story.registered(&named("19500101", "张伟"), "H1", "2020-01-01");
    story.dibao(&[&named("19500101", "张伟"), &person("19600101")], "D1", "2024-01-01");
    story.dibao(&[&named("19500101", "张韦"), &person("19700101")], "D1", "2024-02-01");
    assert_eq!(story.household("2024-01-31", &number("19600101", 1)), "program:D1");
    assert_eq!(story.household("2024-02-01", &one), "program:D1", "the earlier list keeps holding");
    assert_ne!(
        story.household("2024-02-01", &number("19600101", 1)),
        "program:D1",
        "the others are not affected"
    );
    assert_eq!(story.household("2024-02-01", &number("19700101", 1)), "program:D1");
    let strange = named("19500101", "王芳");
    story.dibao(&[&strange], "D2", "2024-02-02");
    assert_eq!(story.household("2024-02-02", &one), "program:D1", "nor does it put anybody on one");
    let list = json!({"benefit_id": "D1", "members": [person("19700101")], "on": "2024-03-01"});
    story.tell("registry.benefit.changed", list);
    assert_eq!(story.household("2024-03-01", &one), "police:H1", "a list without them takes them out");
}

#[test]
fn a_held_grant_gives_nothing() {
    let mut story = Story::default();
    story.registered(&named("20150101", "张伟"), "H1", "2020-01-01");
    story.granted(&named("20150101", "张伟"), "orphan", "B1", "2024-01-01");
    story.granted(&named("20150101", "张韦"), "tekun", "B1", "2024-02-01");
    assert!(story.holds("2024-02-01", "child-monthly-visit"));
    story.granted(&named("20150101", "张 伟"), "tekun", "B1", "2024-03-01");
    assert!(!story.holds("2024-03-01", "child-monthly-visit"), "an older grant gives nothing");
}

#[test]
fn the_household_is_the_first_program_then_the_newest_grant() {
    let (mut story, one) = (Story::default(), number("19500101", 1));
    let grant = |program: &str, id: &str, on: &str| json!({"benefit_id": id, "program": program, "members": [person("19500101")], "monthly_amount": 1, "on": on});
    story.registered(&person("19500101"), "H1", "2023-06-01");
    story.tell("registry.benefit.granted", grant("rigid-spending", "R", "2024-01-04"));
    story.tell("registry.benefit.granted", grant("dibao-edge", "E", "2024-01-02"));
    story.tell("registry.benefit.granted", grant("dibao", "D1", "2024-01-03"));
    story.tell("registry.benefit.granted", grant("dibao", "D2", "2024-01-03"));
    assert_eq!(story.household("2023-06-01", &one), "police:H1");
    assert_eq!(story.household("2024-01-02", &one), "program:E");
    assert_eq!(story.household("2024-01-04", &one), "program:D2");
    for id in ["D1", "D2"] {
        story.tell("registry.benefit.ended", json!({"benefit_id": id, "reason": "x", "on": "2024-02-01"}));
    }
    assert_eq!(story.household("2024-02-01", &one), "program:E");
}

#[test]
fn more_than_twenty_living_people_are_a_collective() {
    let mut story = Story::default();
    let birth = |nth: u32| format!("198001{nth:02}");
    for nth in 1..=21 {
        story.registered(&person(&birth(nth)), "H1", "2024-01-01");
    }
    let (first, last) = (number(&birth(1), 1), number(&birth(21), 1));
    story.dibao(&[&person(&birth(2))], "D1", "2024-01-01");
    assert_eq!(
        story.household("2024-01-01", &first),
        format!("person:{first}"),
        "whatever programs name them"
    );
    story.dies(&person(&birth(21)), "2024-02-01");
    assert_eq!(story.household("2024-02-01", &first), "police:H1", "twenty are left");
    assert_eq!(story.household("2024-02-01", &last), "police:H1", "the dead with them");
    story.registered(&person(&birth(22)), "H1", "2024-03-01");
    assert_eq!(story.household("2024-03-01", &last), format!("person:{last}"), "alone as the living are");
}

#[test]
fn the_dead_belong_where_they_were_on_the_day() {
    let (mut story, dead) = (Story::default(), number("19500101", 1));
    story.registered(&person("19500101"), "H1", "2020-01-01");
    story.registered(&person("19500101"), "H2", "2025-01-05");
    story.dibao(&[&person("19500101"), &person("19600101")], "D1", "2024-01-01");
    story.dies(&person("19500101"), "2025-01-01");
    let list = json!({"benefit_id": "D1", "members": [person("19600101")], "on": "2025-01-02"});
    story.tell("registry.benefit.changed", list);
    assert_eq!(story.household("2025-01-05", &dead), "program:D1");
    story.tell("registry.benefit.ended", json!({"benefit_id": "D1", "reason": "x", "on": "2025-01-06"}));
    assert_eq!(story.household("2025-01-06", &dead), "police:H1", "not the one of later records");
    assert!(!story.holds("2025-01-02", "deceased-recipient"), "off the newest list");
}

#[test]
fn a_cancellation_for_death_leaves_the_dead_in_their_police_household() {
    let mut story = Story::default();
    story.registered(&person("19500101"), "H1", "2020-01-01");
    let cancelled =
        |reason: &str, on: &str| json!({"person": person("19500101"), "reason": reason, "on": on});
    story.tell("police.registration.cancelled", cancelled("death", "2025-01-01"));
    assert_eq!(story.household("2025-01-01", &number("19500101", 1)), "police:H1");
    story.tell("police.registration.cancelled", cancelled("moved-out", "2024-12-31"));
    assert_ne!(story.household("2025-01-01", &number("19500101", 1)), "police:H1", "had left before");
}

#[test]
fn spells_end_and_begin_again_on_one_day() {
    let mut story = Story::default();
    story.granted(&person("19800101"), "disability-nursing", "B1", "2024-01-01");
    let nursing = |on: &str| json!({"person": person("19800101"), "monthly_amount": 1, "on": on});
    let stopped = |on: &str| json!({"person": person("19800101"), "on": on});
    story.tell("social-security.injury-nursing.stopped", stopped("2025-01-10"));
    story.tell("social-security.injury-nursing.started", nursing("2025-01-10"));
    assert!(story.holds("2025-01-10", "overlapping-benefits"), "the start is the newer by its time");
    story.tell("social-security.injury-nursing.stopped", stopped("2025-01-11"));
    story.tell("social-security.injury-nursing.started", nursing("2025-01-05"));
    assert!(
        !story.holds("2025-01-11", "overlapping-benefits"),
        "a start before the newest end opens nothing"
    );
}
