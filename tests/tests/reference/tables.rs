//! Rows of tables worked by hand from the text of the domain; ledger and reference have to say the same.

use serde_json::{Value, json};

use super::rows::lines_about;
use super::story::{Story, number, person};

const CHILD: &str = "20150101";
const ADULT: &str = "19800101";

fn wage(story: &mut Story, person: &Value, month: &str, yuan: u32) {
    let data = json!({"person": person, "month": month, "amount": yuan});
    story.tell("social-security.wage.reported", data);
}

fn ended(story: &mut Story, benefit: &str, on: &str) {
    story.tell("registry.benefit.ended", json!({"benefit_id": benefit, "reason": "income", "on": on}));
}

/// "Every fact about the child that began to count in it": the family's dibao ended in the quarter, and that is
/// about the child whom its list names, though the child no longer has it. The brother's tekun is not.
#[test]
fn the_end_of_a_childs_benefit_is_of_the_quarter() {
    let (child, adult) = (person(CHILD), person(ADULT));
    let mut story = Story::default();
    story.granted(&child, "orphan", "B1", "2024-01-01");
    story.dibao(&[&child, &adult], "B2", "2024-01-01");
    story.granted(&adult, "tekun", "B3", "2024-01-01");
    story.granted(&child, "temporary-aid", "B4", "2025-03-31");
    for benefit in ["B2", "B3", "B4"] {
        ended(&mut story, benefit, "2025-04-10");
    }
    let verified = json!({"benefit_id": "B2", "outcome": "ended", "on": "2025-04-05"});
    story.tell("registry.verification.recorded", verified);
    let end = "registry 2025-04-10 by registry.benefit.ended 2025-04-10";
    let verification = "registry 2025-04-05 by registry.verification.recorded 2025-04-05";
    let lines = |day| lines_about(&story.events, day, "quarter_fact", &number(CHILD, 1));
    assert_eq!(lines("2025-04-30"), [verification, end, end]);
    assert_eq!(lines("2025-04-09"), [verification]);
    assert_eq!(lines("2025-07-01"), Vec::<String>::new());
}

/// "Wages of one month: the newest counts", as what somebody did after a death signal, too.
#[test]
fn one_wage_of_a_month_after_death() {
    let adult = person(ADULT);
    let mut story = Story::default();
    story.dies(&adult, "2025-01-31");
    for (month, yuan) in [("2025-01", 10), ("2025-02", 10), ("2025-03", 10), ("2025-02", 20)] {
        wage(&mut story, &adult, month, yuan);
    }
    let lines = lines_about(&story.events, "2025-04-01", "activity_after_death", &number(ADULT, 1));
    assert_eq!(
        lines,
        [
            "wage 2025-02-01 by social-security.wage.reported 2025-02-01",
            "wage 2025-03-01 by social-security.wage.reported 2025-03-01"
        ]
    );
}

/// A benefit of any program that somebody had: their own, or by its newest list. The brother is on the first list of
/// the dibao only, and the list of the edge is its grant.
#[test]
fn ends_of_benefits_by_who_had_them() {
    let (one, brother) = (person(ADULT), json!({"id_number": number(ADULT, 2), "name": "乙"}));
    let mut story = Story::default();
    story.granted(&one, "home-care", "B1", "2024-01-01");
    story.granted(&one, "temporary-aid", "B2", "2024-01-02");
    story.dibao(&[&one, &brother], "B3", "2024-01-03");
    let list = json!({"benefit_id": "B3", "members": [&one], "on": "2024-02-01"});
    story.tell("registry.benefit.changed", list);
    let edge = json!({"benefit_id": "B4", "program": "dibao-edge", "members": [&one, &brother],
        "monthly_amount": 1, "on": "2024-01-04"});
    story.tell("registry.benefit.granted", edge);
    story.granted(&one, "care-visit", "B5", "2024-01-05");
    for (benefit, on) in
        [("B1", "2025-01-01"), ("B2", "2025-01-02"), ("B3", "2025-01-03"), ("B4", "2025-01-04")]
    {
        ended(&mut story, benefit, on);
    }
    let of = |nth| lines_about(&story.events, "2025-01-31", "ended_benefit", &number(ADULT, nth));
    let end = |nth, benefit: &str, program: &str, on: &str| {
        let household = number(ADULT, nth);
        format!("{benefit} person:{household} {program} {on} by registry.benefit.ended {on}, ")
    };
    assert_eq!(
        of(1),
        [
            end(1, "B1", "home-care", "2025-01-01") + "registry.benefit.granted 2024-01-01",
            end(1, "B2", "temporary-aid", "2025-01-02") + "registry.benefit.granted 2024-01-02",
            end(1, "B3", "dibao", "2025-01-03") + "registry.benefit.changed 2024-02-01",
            end(1, "B4", "dibao-edge", "2025-01-04") + "registry.benefit.granted 2024-01-04",
        ]
    );
    assert_eq!(of(2), [end(2, "B4", "dibao-edge", "2025-01-04") + "registry.benefit.granted 2024-01-04"]);
}

/// "Category … the newest given by the grant that counts … or a later change": a change of the amount says nothing of
/// it, one to a category that no rule reads does, and a new grant begins anew.
#[test]
fn the_change_that_gave_the_category() {
    let elder = person(ADULT);
    let mut story = Story::default();
    let grant = |story: &mut Story, category: &str, on: &str| {
        let data = json!({"benefit_id": "B1", "program": "home-care", "person": elder, "monthly_amount": 1,
            "category": category, "on": on});
        story.tell("registry.benefit.granted", data);
    };
    grant(&mut story, "low-income", "2025-01-01");
    for (category, on) in [("living-alone", "2025-02-01"), ("urban", "2025-04-01")] {
        let data = json!({"benefit_id": "B1", "category": category, "on": on});
        story.tell("registry.benefit.changed", data);
    }
    let amount = json!({"benefit_id": "B1", "monthly_amount": 2, "on": "2025-03-01"});
    story.tell("registry.benefit.changed", amount);
    grant(&mut story, "disabled-elder", "2025-05-01");
    let lines = |day| lines_about(&story.events, day, "benefit", &number(ADULT, 1));
    let first = "listed 2025-01-01 by registry.benefit.granted 2025-01-01, ";
    assert_eq!(lines("2025-01-31"), [format!("B1 low-income {first}")]);
    let changed = format!("B1 living-alone {first}registry.benefit.changed 2025-02-01");
    assert_eq!(lines("2025-02-28"), std::slice::from_ref(&changed));
    assert_eq!(lines("2025-03-31"), [changed]);
    assert_eq!(lines("2025-04-30"), [format!("B1  {first}registry.benefit.changed 2025-04-01")]);
    let again = "B1 disabled-elder listed 2025-05-01 by registry.benefit.granted 2025-05-01, ";
    assert_eq!(lines("2025-05-31"), [again]);
}

/// Every stop of medical insurance and end of long-term care is an event, also where nothing was open. Care that
/// began at home was approved for an institution later.
#[test]
fn stops_of_insurance_and_care() {
    let elder = person(ADULT);
    let mut story = Story::default();
    for (insutype, on) in [("390", "2025-01-01"), ("310", "2025-01-02"), ("390", "2025-01-03")] {
        let data = json!({"person": elder, "insutype": insutype, "on": on});
        story.tell("medical-insurance.enrolment.stopped", data);
    }
    for (mode, on) in [("home", "2025-02-01"), ("institution", "2025-03-01")] {
        let data = json!({"person": elder, "level": "2", "mode": mode, "monthly_amount": 1, "on": on});
        story.tell("medical-insurance.long-term-care.approved", data);
    }
    story.tell("medical-insurance.long-term-care.ended", json!({"person": elder, "on": "2025-04-01"}));
    let lines = |day, table| lines_about(&story.events, day, table, &number(ADULT, 1));
    let event = |event: &str, kind: &str, on: &str| {
        format!("person:{} {event} {on} by medical-insurance.{kind} {on}", number(ADULT, 1))
    };
    let stop = |on| event("enrolment-stopped", "enrolment.stopped", on);
    let stops = ["2025-01-01", "2025-01-02", "2025-01-03"].map(stop);
    assert_eq!(lines("2025-03-31", "event"), stops);
    let end = event("long-term-care-ended", "long-term-care.ended", "2025-04-01");
    assert_eq!(lines("2025-04-01", "event"), [&stops[..], &[end]].concat());
    let by = "by medical-insurance.long-term-care.approved";
    assert_eq!(
        lines("2025-02-28", "long_term_care"),
        [format!("home 2025-02-01 2025-02-01 100 {by} 2025-02-01")]
    );
    let moved = format!("institution 2025-02-01 2025-03-01 100 {by} 2025-03-01");
    assert_eq!(lines("2025-03-31", "long_term_care"), [moved]);
    assert_eq!(lines("2025-04-01", "long_term_care"), Vec::<String>::new());
}

/// The day of the other's registration, of the dead none; of a household's program and of a wage when they are from.
#[test]
fn days_beside_their_records() {
    let (one, other) = (person(ADULT), person(CHILD));
    let mut story = Story::default();
    story.registered(&one, "H1", "2024-01-01");
    story.registered(&other, "H1", "2024-02-01");
    story.granted(&other, "tekun", "B1", "2024-03-01");
    wage(&mut story, &one, "2024-04", 10);
    story.dies(&other, "2024-05-01");
    let lines = |day, table| lines_about(&story.events, day, table, &number(ADULT, 1));
    let registered = "by police.person.registered 2024-01-01, ";
    let both = format!("1 2024-02-01 {registered}police.person.registered 2024-02-01");
    assert_eq!(lines("2024-04-30", "co_residence"), [both]);
    assert_eq!(lines("2024-05-01", "co_residence"), [format!("0  {registered}")]);
    let tekun = "tekun 2024-03-01 by registry.benefit.granted 2024-03-01";
    assert_eq!(lines("2024-04-30", "household_program"), [tekun]);
    let wage = "police:H1 2024-04-01 2024-04 1000 by social-security.wage.reported 2024-04-01";
    assert_eq!(lines("2024-04-30", "wage"), [wage]);
}
