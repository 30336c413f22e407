use super::*;

const GOOD: &str = r#"
feed = "police"
bureau = "320614"
id = "move-{身份证号}-{日期}"
time = { column = "日期" }
ignore = ["备注"]

[[event]]
type = "household.moved"
[event.fields]
"person.id_number" = "身份证号"
"person.name" = "姓名"
on = { column = "日期", as = "date" }
"#;

fn fault(text: &str) -> String {
    Mapping::parse(text).expect_err(text).to_string()
}

#[test]
fn a_good_one_names_its_columns() {
    let mapping = Mapping::parse(GOOD).unwrap();
    assert_eq!((mapping.feed(), mapping.needs_time()), (Feed::Police, false));
    assert_eq!(mapping.heading_of("/data/person/id_number"), Some("身份证号"));
    assert_eq!(mapping.heading_of("/data/on"), Some("日期"));
    assert_eq!(mapping.heading_of("/data/nothing"), None);
    assert_eq!(mapping.heading_of("/time"), None);
}

#[test]
fn faults_name_line_and_column() {
    for (from, to, place, what) in [
        ("police", "polize", "line 2, column 8", "police"),
        ("320614", "3206", "line 3, column 10", "six digits"),
        ("ignore", "ignored", "line 6, column 1", "unknown field"),
        ("{身份证号}-{日期}", "1", "line 4, column 6", "template"),
        ("{日期}", "{日期", "line 4, column 6", "template"),
        ("[\"备注\"]", "[\"姓名\"]", "line 6, column 11", "used elsewhere"),
        ("household.moved", "police.household.moved.v1", "line 9, column 8", "between feed and version"),
        ("as = \"date\"", "as = \"day\"", "line 13", "unknown variant"),
        ("as = \"date\"", "as = \"date\", formats = [\"YY\"]", "line 13, column 47", "YYYY"),
        ("as = \"date\"", "as = \"date\", formats = [\"YYYY-MM\"]", "line 13, column 6", "as = \"month\""),
        ("as = \"date\"", "constant = \"x\"", "line 13, column 6", "either `column` or `constant`"),
        ("as = \"date\"", "grouped = true", "line 13, column 6", "as = \"number\""),
        ("as = \"date\"", "values = { a = 1.5 }", "line 13", "a whole number"),
        ("as = \"date\"", "colum = \"x\"", "line 13", "unknown field `colum`"),
        ("\"person.name\"", "person", "line 11, column 1", "filled already"),
        ("\"person.name\"", "\"person.Name\"", "line 12, column 1", "as in the schema"),
        ("type =", "group = [\"户号\"]\ntype =", "line 8, column 1", "both or neither"),
        (
            "time = { column = \"日期\" }",
            "time = { constant = \"gestern\" }",
            "line 5, column 8",
            "2026-06-30T09",
        ),
        ("feed = \"police\"\n", "", "line 1", "missing field `feed`"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let told = fault(&GOOD.replacen(from, to, 1));
        assert!(told.starts_with(place) && told.contains(what), "{to}: {told}");
    }
    assert!(fault("feed = \"police\"\nbureau = \"320614\"\nevent = []\n").contains("at least one"));
    assert!(
        fault(&GOOD.replace("id = \"move-{身份证号}-{日期}\"\n", "")).contains("where event ids come from")
    );
    assert!(fault("x = = 1").starts_with("line 1, column 5"));
}
