//! What is wrong with a file of cases is said with its line and what to do.

use super::*;

const GOOD: &str = r#"as_of = "2025-06-30"

[people]
p = "1985-03-02"
x = { born = "1985-03-02", name = "张三丰" }

[events]
death = { type = "health.death.certified", person = "p", on = "2025-05-01" }

[[case]]
name = "one"
finds = 1

[[case]]
name = "another"
finds = 0
as_of = 2025-07-01
set = { "death.on" = 2025-08-01, "death.person" = { of = "p", name = "别名" } }
"#;

fn parse(text: &str) -> Result<Vec<Case>, CaseError> {
    CaseFolder::open(Path::new("/nowhere")).unwrap().parse(Path::new("a.toml"), text)
}

#[test]
fn a_good_file() {
    let cases = parse(GOOD).unwrap();
    assert_eq!(cases.iter().map(|case| case.line).collect::<Vec<_>>(), [10, 14]);
    let [one, another] = &cases[..] else { panic!("two cases") };
    assert_eq!(one.events[0]["data"]["person"]["name"], "p");
    assert_eq!(one.events[0]["time"], "2025-05-01T08:00:00+08:00");
    assert_eq!(another.events[0]["data"]["person"]["name"], "别名");
    assert_eq!(another.events[0]["data"]["on"], "2025-08-01", "a date may stand without quotes");
    assert_eq!(another.as_of.to_string(), "2025-07-01");
    let number = one.people["x"]["id_number"].as_str().unwrap();
    assert!(number.starts_with("32061419850302002") && IdNumber::parse(number).is_ok(), "{number}");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (from, to, line, words) in [
        ("as_of = \"2025-06-30\"\n", "\n", 10, "neither it nor the file says the day"),
        ("as_of = 2025-07-01", "as_of = \"July\"", 14, "YYYY-MM-DD"),
        ("finds = 1", "finds = -1", 12, "expected usize"),
        ("finds = 1\n", "", 10, "missing field `finds`"),
        ("finds = 1", "finds = 1\nfind = 2", 13, "unknown field `find`"),
        ("p = \"1985-03-02\"", "p = \"1985-02-30\"", 4, "is no day of birth"),
        ("p = \"1985-03-02\"", "p = { name = \"李\" }", 4, "the day of birth"),
        ("p = \"1985-03-02\"", "p = { birth = \"1985-03-02\" }", 4, "unknown key `birth`"),
        ("person = \"p\"", "person = \"q\"", 8, "no person `q`; [people] has p, x"),
        ("health.death.certified", "health.death.told", 8, "health.death.certified"),
        ("type = \"health.death.certified\", ", "", 8, "no `type`"),
        (
            "\"death.on\" = 2025-08-01",
            "\"deaht.on\" = 2025-08-01",
            14,
            "no event `deaht`; events here are death",
        ),
        ("\"death.on\" = 2025-08-01", "death.on = 2025-08-01", 14, "with quotes"),
        ("finds = 0", "finds = 0\ndrop = [\"birth\"]", 14, "no event `birth`"),
        ("finds = 0", "finds = 0\nadd = { death = {} }", 14, "is there already"),
        ("[[case]]", "[[cases]]", 10, "unknown field `cases`"),
    ] {
        let text = GOOD.replacen(from, to, if from == "[[case]]" { 2 } else { 1 });
        assert_ne!(text, GOOD, "{from}");
        let error = parse(&text).map(|cases| cases.len()).unwrap_err();
        assert!(error.message.contains(words), "{to}: {error}");
        assert!(error.line.abs_diff(line) <= 1, "{to}: {error}, expected at {line}");
    }
    assert!(parse("as_of = \"2025-06-30\"").unwrap_err().message.contains("no case"));
}
