//! `sanzao outcomes`: of a synthetic district, what came of each rule and of each group, with small counts hidden.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use serde_json::{Value, json};
use support::*;

fn refused(arguments: &[&str]) -> String {
    let output = sanzao().args(arguments).output().unwrap();
    assert!(!output.status.success(), "{arguments:?} succeeded");
    String::from_utf8(output.stderr).unwrap()
}

/// The counts of all objects that have one, with whether they are hidden.
fn counts(value: &Value, found: &mut Vec<(Option<u64>, bool)>) {
    if let Some(hidden) = value["hidden"].as_bool() {
        found.push((value["count"].as_u64(), hidden));
    }
    value.as_object().into_iter().flatten().for_each(|(_, inner)| counts(inner, found));
    value.as_array().into_iter().flatten().for_each(|inner| counts(inner, found));
}

fn group<'v>(groups: &'v Value, dimension: &str, name: &str) -> &'v Value {
    let mut groups = groups.as_array().unwrap().iter();
    groups.find(|group| group["dimension"] == dimension && group["group"] == name).unwrap()
}

#[test]
fn outcomes_of_a_district_are_told_without_small_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (district, data) = (district(folder.path(), 2_000, 1), data_dir(folder.path(), "data"));
    ingest_all(&data, &district, &FEEDS);
    assert!(refused(&["outcomes", "--data", text(&data)]).contains("no alert and no task was raised yet"));
    let drained = drain(&data);
    let told = json(&run(&["outcomes", "--data", text(&data), "--json"]));
    assert_eq!(told["day"], AS_OF);
    let all = group(&told["everybody"], "all", "all");
    assert!(all["residents"]["count"].as_u64().unwrap() >= 1_900, "{all}");
    let women = group(&told["everybody"], "sex", "female");
    assert!(women["residents"]["count"].as_u64().unwrap() > 500, "{women}");
    let mut found = Vec::new();
    counts(&told, &mut found);
    for (count, hidden) in &found {
        assert_eq!(count.is_none(), *hidden);
        assert!(!count.is_some_and(|count| (1..5).contains(&count)), "{count:?} is shown");
    }
    assert!(found.iter().any(|(_, hidden)| *hidden) && found.iter().any(|(count, _)| *count > Some(4)));

    let rules = told["rules"].as_array().unwrap();
    let visits = rules.iter().find(|rule| rule["rule"] == "elder-weekly-visits").unwrap();
    assert_eq!(visits["procedure"], "recheck");
    assert!(rules.len() > 10, "{drained}");
    let one = json(&run(&["outcomes", "--data", text(&data), "--rule", "elder-weekly-visits", "--json"]));
    assert_eq!(one["rules"], json!([visits]));
    assert_eq!(one["everybody"], told["everybody"]);

    let table = run(&["outcomes", "--data", text(&data)]);
    let all = group(&visits["groups"], "all", "all")["residents"]["count"].as_u64().unwrap();
    let all = format!("{},{:03}", all / 1_000, all % 1_000);
    assert!(table.lines().any(|line| line.trim_start().starts_with("everybody") && line.contains(&all)));
    assert!(table.contains("elder-weekly-visits, version ") && table.contains(" * "), "{table}");
    assert!(refused(&["outcomes", "--data", text(&data), "--rule", "x"]).contains("these rules did: "));
    let before = refused(&["outcomes", "--data", text(&data), "--as-of", "2026-06-01"]);
    assert!(before.contains("was raised yet on 2026-06-01"), "{before}");
}
