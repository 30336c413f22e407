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
