//! Equal content is one fact, however it is written (domain §3).

mod sample;

use sample::{desk, incoming, structured};
use sanzao_model::{Content, Fact, Feed};

fn fact(feed: Feed, name: &str, data: &str) -> Fact {
    let text = structured(feed, name, data);
    match desk(feed).read(&incoming(text.as_bytes())) {
        Ok(accepted) => match accepted.statement.content {
            Content::Fact(fact) => fact,
            other => panic!("no fact: {other:?}"),
        },
        Err(rejection) => panic!("{data}: {} at {}", rejection.code, rejection.pointer),
    }
}

fn grant(data: &str) -> Fact {
    fact(Feed::Registry, "benefit.granted", data)
}

const GRANT: &str = r#"{"benefit_id":"B/1","program":"dibao","members":[{"id_number":"11010519491231002X","name":"陈建国"},{"id_number":"110105198001010010","name":"陈·小明"}],"monthly_amount":12,"on":"2025-01-01"}"#;

/// The last character of 18, from the 15 that say the same.
fn upgraded() -> String {
    sanzao_model::IdNumber::parse("110105800101001").expect("valid").as_str().to_owned()
}

fn plain() -> Fact {
    grant(&GRANT.replace("110105198001010010", &upgraded()))
}

#[test]
fn the_same_said_otherwise_is_one_fact() {
    let long = upgraded();
    let base = GRANT.replace("110105198001010010", &long);
    let plain = plain();
    for other in [
        base.replace("002X", "002x"),
        base.replace(&long, "110105800101001"),
        base.replace("\"monthly_amount\":12", "\"monthly_amount\": 12.00"),
        base.replace("\"monthly_amount\":12", "\"monthly_amount\":1.2e1"),
        base.replace(":", " :\t").replace(",", "\r\n , "),
        base.replace("陈建国", "\\u9648\\u5efa\\u56fd"),
        base.replace("B/1", "B\\/1"),
        base.replace("\"on\":\"2025-01-01\"}", "\"on\":\"2025-01-01\"}  "),
        format!(
            r#"{{"on":"2025-01-01","monthly_amount":12,"members":[{{"name":"陈·小明","id_number":"{long}"}},{{"name":"陈建国","id_number":"11010519491231002X"}},{{"id_number":"11010519491231002x","name":"陈建国"}}],"program":"dibao","benefit_id":"B/1"}}"#
        ),
    ] {
        assert_eq!(grant(&other), plain, "{other}");
    }
}

#[test]
fn what_differs_is_another_fact() {
    let base = GRANT.replace("110105198001010010", &upgraded());
    let plain = plain();
    let mut ids = vec![plain.id];
    for other in [
        base.replace("\"monthly_amount\":12", "\"monthly_amount\":12.01"),
        base.replace("2025-01-01", "2025-01-02"),
        base.replace("B/1", "B/2"),
        base.replace("B/1", "B/1 "),
        base.replace("dibao", "dibao-edge"),
        base.replace("\"on\"", "\"category\":\"A\",\"on\""),
        base.replace("\"on\"", "\"verified_on\":\"2025-01-01\",\"on\""),
        base.replace("建国", "建 国"),
        base.replace('·', "•"),
        base.replace("11010519491231002X", "110105820101003"),
    ] {
        ids.push(grant(&other).id);
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn another_spelling_of_a_name_is_another_fact_with_the_same_tag() {
    let plain = plain();
    let base = GRANT.replace("110105198001010010", &upgraded());
    for (spelling, same) in [("陈•小明", true), ("陈・小 明", true), ("陈小明", false)] {
        let other = grant(&base.replace("陈·小明", spelling));
        assert_ne!(other.id, plain.id, "{spelling}");
        let (one, two) = (plain.subject.named()[1], other.subject.named()[1]);
        assert_eq!(one.who, two.who);
        assert_eq!(one.name == two.name, same, "{spelling}");
    }
}

#[test]
fn a_name_has_one_tag_for_all_numbers() {
    let one = fact(
        Feed::Health,
        "ability.assessed",
        r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"level":2,"on":"2025-01-01"}"#,
    );
    let two = fact(
        Feed::Police,
        "custody.ended",
        r#"{"person":{"id_number":"110105800101001","name":"陈建国"},"on":"2025-01-01"}"#,
    );
    let (one, two) = (one.subject.named()[0], two.subject.named()[0]);
    assert_eq!(one.name, two.name);
    assert_ne!(one.who.person, two.who.person);
    assert_ne!(one.who.person.0, one.who.alone.0);
}

#[test]
fn whole_numbers_by_value() {
    let assessed = |level: &str| {
        let data = format!(
            r#"{{"person":{{"id_number":"11010519491231002X","name":"陈建国"}},"level":{level},"on":"2025-01-01"}}"#
        );
        fact(Feed::Health, "ability.assessed", &data).id
    };
    assert_eq!(assessed("2"), assessed("2.0"));
    assert_eq!(assessed("2"), assessed("20e-1"));
    assert_eq!(assessed("0"), assessed("-0"));
    assert_ne!(assessed("2"), assessed("3"));
}
