//! Text with separated cells: what is read, what is refused by line, and what is refused whole.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use sanzao_files::{Format, Options, Outcome, read_bytes};
use support::*;

const HEAD: &str = "姓名,身份证号,性别,日期,金额,备注\n";

fn rows(rows: &str) -> Vec<String> {
    csv(PEOPLE, format!("{HEAD}{rows}").as_bytes())
}

#[test]
fn a_row_is_an_event() {
    let expected = r#"2 {"amount":1234.50,"on":"2026-03-05","person":{"id_number":"11010519491231002X","name":"张三"},"sex":"1"}"#;
    for row in [
        "张三,11010519491231002X,男,2026-03-05,\"1,234.50\",x\n",
        " 张三 ,11010519491231002X\t,男,2026/3/5,\"¥1,234.50\",\"a\"\"\n b\"\r\n",
        "\"张三\",11010519491231002X,男,2026年3月5日,1234.50元,",
    ] {
        assert_eq!(rows(row), [expected], "{row}");
    }
    assert_eq!(
        rows("张三,1,女,20260305,,\n")[0],
        r#"2 {"on":"2026-03-05","person":{"id_number":"1","name":"张三"},"sex":"2"}"#
    );
    assert_eq!(rows("张三,1,女,20260305,—,\n").len(), 1);
    assert!(rows("\n,,,,,\n").is_empty(), "blank rows are none");
}

#[test]
fn what_is_wrong_is_said_by_line_and_column() {
    let found = rows(
        "张三,1,男,2026-03-05,1,\n\
         李四,1,男,2026-03-05\n\
         李四,1,男,2026-03-05,1,,\n\
         李四,1,男,2026-02-30,1,\n\
         李四,1,未知,2026-03-05,1,\n\
         ,1,男,2026-03-05,1,\n\
         李四,1.10105E+17,男,2026-03-05,1,\n\
         李四,1,男,2026-03-05,\"12,34\",\n\
         李四,1,男,2026-03-05,1e3,\n\
         \"李\n四\",1,男,,1,\n\
         李\u{fffd},1,男,2026-03-05,1,\n",
    );
    let expected = [
        "3 row.width ",
        "4 row.width ",
        "5 cell.date 日期",
        "6 cell.value 性别",
        "7 cell.missing 姓名",
        "8 cell.precision 身份证号",
        "9 cell.number 金额",
        "10 cell.number 金额",
        "11 cell.missing 日期",
        "13 text.replaced 姓名",
    ];
    assert_eq!(found[1..], expected);
}

#[test]
fn one_damaged_character_spoils_one_row() {
    let mut bytes = format!("{HEAD}张三,1,男,2026-03-05,1,\n").into_bytes();
    bytes.extend(b"\xe5\xbc,1,\xe7\x94\xb7,2026-03-05,1,\n");
    bytes.extend("王五,2,男,2026-03-05,1,\n".as_bytes());
    let found = csv(PEOPLE, &bytes);
    assert_eq!((found.len(), found[1].as_str()), (3, "3 text.encoding 姓名"));
    let (mut gb, _, _) = encoding_rs::GB18030.encode(HEAD);
    gb.to_mut().extend(b"\xd5\xc5\xff,1,\xc4\xd0,2026-03-05,1,\n");
    assert_eq!(csv(PEOPLE, &gb), ["2 text.encoding 姓名"]);
}

#[test]
fn headings_are_checked_before_anything_is_taken() {
    let row = "张三,1,男,2026-03-05,1,\n";
    for (head, what) in [
        ("姓名,身份证号,性别,日期,备注\n", "missing headings: \"金额\""),
        ("姓名,身份证号,性别,日期,金额,备注,职业\n", "nor lists under `ignore`: \"职业\""),
        ("姓名,身份证号,性别,日期,金额,姓名\n", "stand twice: \"姓名\""),
        ("", "is it the row of the headings"),
        ("\n\n", "is it the row of the headings"),
    ] {
        let told = refused(PEOPLE, Format::Csv, format!("{head}{row}").as_bytes());
        assert!(told.contains(what), "{head}: {told}");
        assert!(!told.contains("张三"), "a person is named: {told}");
    }
    assert!(refused(PEOPLE, Format::Csv, b"").contains("no row of headings"));
    let below = PEOPLE.replacen("id =", "heading_row = 3\nid =", 1);
    assert_eq!(csv(&below, format!("某区名单,,,,,\n\n{HEAD}{row}").as_bytes()).len(), 1);
    // A value where no heading is.
    let unnamed = "姓名,身份证号,性别,日期,金额,备注,\n张三,1,男,2026-03-05,1,,\n张三,1,男,2026-03-05,1,,x\n";
    assert_eq!(csv(PEOPLE, unnamed.as_bytes())[1], "3 row.unnamed ");
}

#[test]
fn delimiters_and_encodings_are_found_out() {
    let text = format!("{HEAD}张三,1,男,2026-03-05,1,㐂𠮷\n");
    let expected = csv(PEOPLE, text.as_bytes());
    assert_eq!(expected.len(), 1);
    for delimiter in [",", ";", "\t"] {
        let text = text.replace(',', delimiter);
        assert_eq!(csv(PEOPLE, text.as_bytes()), expected, "{delimiter:?}");
        assert_eq!(csv(PEOPLE, &[b"\xef\xbb\xbf", text.as_bytes()].concat()), expected);
        assert_eq!(csv(PEOPLE, &encoding_rs::GB18030.encode(&text).0), expected);
    }
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert!(refused(PEOPLE, Format::Csv, &utf16).contains("UTF-16"));
    assert!(refused(PEOPLE, Format::Csv, b"PK\x03\x04...").contains("xlsx"));
}

#[test]
fn a_quote_that_is_never_closed_is_no_row() {
    let text =
        format!("{HEAD}张三,1,男,2026-03-05,1,\n李四,1,男,2026-03-05,1,\"x\n王五,1,男,2026-03-05,1,\n");
    let told = refused(PEOPLE, Format::Csv, text.as_bytes());
    assert!(told.starts_with("line 3: a quotation mark"), "{told}");
    let huge = format!("{HEAD}\"{}", "x\n".repeat(1 << 20));
    assert!(refused(PEOPLE, Format::Csv, huge.as_bytes()).starts_with("line 2: a quotation mark"));
    let endless = format!("{HEAD}{}", "x".repeat(2 << 20));
    assert!(refused(PEOPLE, Format::Csv, endless.as_bytes()).contains("is it a table"));
    // Quotes elsewhere are plain characters.
    assert_eq!(rows("张\"三,1,男,2026-03-05,1,\"\"\n李四,1,男,2026-03-05,1,\"\"\"\"\n").len(), 2);
}

const HOUSEHOLDS: &str = r#"
feed = "registry"
bureau = "320614"
id = "grant-{证号}"
skip = [{ column = "证号", is = ["合计"] }]
[[event]]
type = "benefit.granted"
group = ["证号"]
[event.fields]
benefit_id = "证号"
program = { constant = "dibao" }
monthly_amount = { column = "金额", as = "number" }
[event.list.members.rows]
name = "姓名"
id_number = "身份证号"
"#;

fn households(rows: &str) -> Vec<String> {
    let options = Options { time: Some("2026-07-01".into()), ..Options::default() };
    let text = format!("证号,金额,姓名,身份证号\n{rows}");
    shown(&read_bytes(&mapping(HOUSEHOLDS), &options, Format::Csv, text.as_bytes()).unwrap())
}

#[test]
fn rows_of_a_group_are_one_event() {
    let found = households("B1,820,张三,1\nB2,900,王五,3\nB1,820,李四,2\n合计,,,\n");
    assert_eq!(
        found,
        [
            "5 skipped",
            r#"2 {"benefit_id":"B1","monthly_amount":820,"program":"dibao","members":[{"id_number":"1","name":"张三"},{"id_number":"2","name":"李四"}]}"#,
            r#"3 {"benefit_id":"B2","monthly_amount":900,"program":"dibao","members":[{"id_number":"3","name":"王五"}]}"#,
        ]
    );
}

#[test]
fn half_a_household_is_none() {
    assert_eq!(
        households("B1,820,张三,1\nB1,820,,2\nB2,900,王五,3\nB2,901,赵六,4\n"),
        ["3 cell.missing 姓名", "5 group.differs 金额", "2 group.refused ", "4 group.refused "]
    );
}

#[test]
fn a_row_without_its_group_spoils_those_beside_it() {
    let found = households("B1,820,张三,1\n,820,李四,2\nB2,900,王五,3\nB3,900,赵六,4\nB3,900,钱七\n");
    let expected =
        ["3 cell.missing 证号", "6 row.width ", "2 group.refused ", "4 group.refused ", "5 group.refused "];
    assert_eq!(found, expected, "somebody may be missing in a household");
    let fills = HOUSEHOLDS.replacen(
        "id =",
        "fill_down = [\"证号\", \"金额\"]\ntime = { constant = \"2026-07-01\" }\nid =",
        1,
    );
    let table = "证号,金额,姓名,身份证号\nB1,820,张三,1\n,,李四,2\nB2,900,王五,3\n";
    let found = csv(&fills, table.as_bytes());
    assert!(found.len() == 2 && found[0].contains("李四") && found[1].contains("王五"), "{found:?}");
}

const KINDS: &str = r#"
feed = "registry"
bureau = "320614"
id = "{业务}-{证号}"
time = { constant = "2026-07-01" }
[[event]]
type = "benefit.granted"
when = [{ column = "业务", is = ["新增"] }]
group = ["证号"]
[event.fields]
benefit_id = "证号"
[event.list.members.rows]
name = "姓名"
[[event]]
type = "income.assessed"
when = [{ column = "核定", is = ["是"] }]
group = ["户号"]
id = "income-{户号}"
[event.list.members.rows]
name = "姓名"
"#;

/// Code and line of what is refused; line and event of the rest.
fn kinds(rows: &str) -> Vec<String> {
    csv(KINDS, format!("业务,核定,证号,户号,姓名\n{rows}").as_bytes())
}

#[test]
fn a_row_of_a_mistyped_kind_spoils_its_group() {
    let found = kinds("新增,,B1,H1,张三\n新曾,,B1,H1,李四\n新增,,B2,H2,王五\n");
    assert_eq!(
        found,
        ["3 row.no-event ", "2 group.refused ", r#"4 {"benefit_id":"B2","members":[{"name":"王五"}]}"#],
        "李四 belongs to the household of 张三"
    );
}

#[test]
fn a_row_without_its_group_spoils_all_groups_beside_it() {
    // Cut off, 李四 may be of either household, and of either group of it.
    let found = kinds("新增,是,B1,H1,张三\n新增,是\n新增,是,B2,H2,王五\n");
    let spoiled = ["2 group.refused ", "4 group.refused "];
    assert_eq!(found[0], "3 row.width ");
    assert!(found[1..].iter().all(|line| spoiled.contains(&line.as_str())), "{found:?}");
    assert_eq!(found.len(), 5, "each row of both groups");
    // With one of two groups told, the other may lack the row, and what is told is not made either.
    let found = kinds("新增,是,B1,H1,张三\n新增,是,B1,,李四\n新增,是,B2,H2,王五\n");
    assert_eq!(found[0], "3 cell.missing 户号");
    assert!(found.iter().all(|line| !line.contains('{')), "{found:?}");
}

#[test]
fn what_a_group_is_refused_for_is_said_of_all_its_rows() {
    let text = KINDS.replace("\"{业务}-{证号}\"", "\"{业务}\"");
    let table = "业务,核定,证号,户号,姓名\n新增,,B1,H1,张三\n新增,,B2,H2,王五\n新增,,B2,H2,赵六\n";
    let found = csv(&text, table.as_bytes());
    assert_eq!(found[1..], ["3 id.repeated ", "4 group.refused "], "{found:?}");
    let book = "x".repeat(900_000);
    let table: String = (0..20).map(|_| format!("新增,,B1,H1,{book}\n")).collect();
    let found = kinds(&table);
    assert_eq!(
        (found.len(), found[0].as_str(), found[19].as_str()),
        (20, "2 event.too-large ", "21 group.refused ")
    );
}

#[test]
fn several_types_chosen_by_a_column() {
    let text = r#"
feed = "registry"
bureau = "320614"
id = "{业务}-{证号}"
time = { column = "时间" }
[[event]]
type = "benefit.suspended"
when = [{ column = "业务", is = ["停发", "暂停"] }]
[event.fields]
benefit_id = "证号"
[[event]]
type = "benefit.resumed"
when = [{ column = "业务", is = ["恢复"] }]
[event.fields]
benefit_id = "证号"
"#;
    let table = "业务,证号,时间\n停发,B1,2026-07-01\n恢复,B1,2026-07-02 08:30:00\n退保,B1,2026-07-02\n恢复,B1,2026-07-02 08:30:00\n恢复,B1,2026-07-03\n";
    let found = outcomes(text, Format::Csv, table.as_bytes()).unwrap();
    let events: Vec<String> = found
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Event(event) => Some(String::from_utf8(event.value.clone()).unwrap()),
            _ => None,
        })
        .collect();
    assert_eq!(
        events[1],
        r#"{"specversion":"1.0","id":"恢复-B1","source":"/320614/registry","type":"registry.benefit.resumed.v1","time":"2026-07-02T08:30:00+08:00","data":{"benefit_id":"B1"}}"#
    );
    // The same again is the same event; other content under one id would replace it.
    assert_eq!(shown(&found)[2..], ["4 row.no-event ", r#"5 {"benefit_id":"B1"}"#, "6 id.repeated "]);
}

#[test]
fn lists_from_one_cell_or_from_sets_of_columns() {
    let of = |list: &str| {
        format!(
            "feed = \"registry\"\nbureau = \"320614\"\nid = \"content\"\ntime = {{ constant = \"2026-07-01\" }}\n\
             [[event]]\ntype = \"income.assessed\"\n{list}"
        )
    };
    let cell = of(
        "[event.list.members.cell]\ncolumn = \"成员\"\nbetween = \"；\"\nwithin = \"/\"\nparts = [\"name\", \"id_number\"]\n",
    );
    let table = "成员\n张三/1； 李四/2\n张三\n张三/1；\n";
    assert_eq!(
        csv(&cell, table.as_bytes()),
        [
            r#"2 {"members":[{"name":"张三","id_number":"1"},{"name":"李四","id_number":"2"}]}"#,
            "3 list.parts 成员",
            "4 list.parts 成员"
        ]
    );
    let columns = of(
        "[event.list.members]\ncolumns = [{ name = \"姓名1\", id_number = \"证1\" }, { name = \"姓名2\", id_number = \"证2\" }]\n",
    );
    let table = "姓名1,证1,姓名2,证2,\n张三,1,,,\n张三,1,李四,2,\n张三,1,李四,,\n";
    assert_eq!(
        csv(&columns, table.as_bytes()),
        [
            r#"2 {"members":[{"id_number":"1","name":"张三"}]}"#,
            r#"3 {"members":[{"id_number":"1","name":"张三"},{"id_number":"2","name":"李四"}]}"#,
            "4 cell.missing 证2"
        ]
    );
}

#[test]
fn ids_of_content_stay_the_same() {
    let ids = |rows: &str, time: &str| -> Vec<String> {
        let text = PEOPLE.replace("2026-07-01", time);
        outcomes(&text, Format::Csv, format!("{HEAD}{rows}").as_bytes()).unwrap().iter().map(id_of).collect()
    };
    let (one, two) = ("张三,1,男,2026-03-05,1,\n", "李四,2,男,2026-03-05,1,\n");
    let first = ids(&format!("{one}{two}{one}"), "2026-07-01");
    assert_eq!(first[0], first[2]);
    assert_ne!(first[0], first[1]);
    assert_eq!(
        ids(&format!("{two}{}", one.replace("2026-03-05", "2026/3/5")), "2026-07-01"),
        [&first[1][..], &first[0]]
    );
    assert_ne!(ids(one, "2026-08-01")[0], first[0], "said again a month later is another statement");
}
