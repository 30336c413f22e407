//! Reads files in memory and shows what they make.
#![allow(dead_code, reason = "each test uses what it needs")]

use sanzao_files::{FileError, Format, Mapping, Options, Outcome, read_bytes};

pub const PEOPLE: &str = r#"
feed = "police"
bureau = "320614"
id = "content"
time = { constant = "2026-07-01" }
ignore = ["备注"]
[[event]]
type = "person.registered"
[event.fields]
"person.id_number" = "身份证号"
"person.name" = "姓名"
sex = { column = "性别", values = { "男" = "1", "女" = "2" } }
on = { column = "日期", as = "date" }
amount = { column = "金额", as = "number", grouped = true, currency = true, optional = true, empty = ["—"] }
"#;
pub const HEADINGS: [&str; 6] = ["姓名", "身份证号", "性别", "日期", "金额", "备注"];

pub fn mapping(text: &str) -> Mapping {
    Mapping::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

pub fn outcomes(text: &str, format: Format, bytes: &[u8]) -> Result<Vec<Outcome>, FileError> {
    read_bytes(&mapping(text), &Options::default(), format, bytes)
}

/// Each outcome as a line: the line number, then `data` of an event, or code and column.
pub fn shown(outcomes: &[Outcome]) -> Vec<String> {
    let show = |outcome: &Outcome| match outcome {
        Outcome::Event(event) => {
            let text = std::str::from_utf8(&event.value).unwrap();
            let (_, data) = text.split_once("\"data\":").unwrap();
            format!("{} {}", event.line, &data[..data.len() - 1])
        }
        Outcome::Refused(refused) => format!("{} {} {}", refused.line, refused.code, refused.column),
        Outcome::Skipped { line } => format!("{line} skipped"),
    };
    outcomes.iter().map(show).collect()
}

pub fn csv(text: &str, bytes: &[u8]) -> Vec<String> {
    shown(&outcomes(text, Format::Csv, bytes).unwrap_or_else(|error| panic!("{error}")))
}

pub fn refused(text: &str, format: Format, bytes: &[u8]) -> String {
    outcomes(text, format, bytes).map(|found| shown(&found)).expect_err("the file is refused").to_string()
}

pub fn id_of(outcome: &Outcome) -> String {
    let Outcome::Event(event) = outcome else { panic!("{outcome:?}") };
    let text = std::str::from_utf8(&event.value).unwrap();
    text.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}
