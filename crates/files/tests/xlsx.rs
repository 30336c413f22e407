//! Workbooks, written by another library.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook, Worksheet};
use sanzao_files::{Format, Options, read_bytes};
use support::*;

fn sheet(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, heading) in HEADINGS.iter().enumerate() {
        sheet.write(0, column as u16, *heading).unwrap();
    }
    fill(sheet);
    workbook.save_to_buffer().unwrap()
}

fn person(sheet: &mut Worksheet, row: u32) {
    for (column, text) in ["张三", "11010519491231002X", "男", "2026-03-05"].iter().enumerate() {
        sheet.write(row, column as u16, *text).unwrap();
    }
}

/// The workbook with another first sheet, for what the library does not write.
fn with_sheet(bytes: &[u8], change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let name = entry.name().to_owned();
        if name.ends_with("sheet1.xml") {
            let changed = change(text.clone());
            assert_ne!(changed, text);
            text = changed;
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn read(bytes: &[u8]) -> Vec<String> {
    shown(&outcomes(PEOPLE, Format::Xlsx, bytes).unwrap_or_else(|error| panic!("{error}")))
}

const PERSON: &str =
    r#"{"on":"2026-03-05","person":{"id_number":"11010519491231002X","name":"张三"},"sex":"1"}"#;

#[test]
fn texts_numbers_and_dates() {
    let date = Style::new().set_num_format("yyyy-mm-dd");
    let bytes = sheet(|sheet| {
        for row in 1..7 {
            person(sheet, row);
        }
        sheet.write_with_format(1, 3, ExcelDateTime::from_ymd(2026, 3, 5).unwrap(), &date).unwrap();
        sheet.write(2, 3, 46_086).unwrap();
        sheet.write(3, 3, 20_260_305).unwrap();
        sheet.write(4, 4, 1234.56).unwrap();
        sheet.write(5, 4, 0.1 + 0.2).unwrap();
        sheet.write(6, 4, Formula::new("SUM(1,2)").set_result("3.5")).unwrap();
    });
    let with = |amount: &str| format!("{{\"amount\":{amount},{}", &PERSON[1..]);
    let expected = [
        format!("2 {PERSON}"),
        format!("3 {PERSON}"),
        format!("4 {PERSON}"),
        format!("5 {}", with("1234.56")),
        format!("6 {}", with("0.3")),
        format!("7 {}", with("3.5")),
    ];
    assert_eq!(read(&bytes), expected);
}

#[test]
fn what_a_spreadsheet_has_lost_is_refused() {
    let time = Style::new().set_num_format("yyyy-mm-dd hh:mm");
    let bytes = sheet(|sheet| {
        (1..8).for_each(|row| person(sheet, row));
        sheet.write(1, 1, 110_105_194_912_310_020.0).unwrap();
        sheet.write(2, 1, "1.10105E+17").unwrap();
        sheet.write(3, 4, Formula::new("NA()").set_result("#N/A")).unwrap();
        sheet.write(4, 4, Formula::new("1+1")).unwrap();
        let moment = ExcelDateTime::from_ymd(2026, 3, 5).unwrap().and_hms(8, 30, 0).unwrap();
        sheet.write_with_format(5, 3, &moment, &time).unwrap();
        sheet.write_with_format(6, 0, &moment, &time).unwrap();
        sheet.write(7, 7, "x").unwrap();
    });
    let bytes = with_sheet(&bytes, |xml| xml.replace("<f>1+1</f><v>0</v>", "<f>1+1</f>"));
    let expected = [
        "2 cell.precision 身份证号",
        "3 cell.precision 身份证号",
        "4 cell.error 金额",
        "5 cell.formula 金额",
        "6 cell.date 日期",
        "7 cell.type 姓名",
        "8 row.unnamed ",
    ];
    assert_eq!(read(&bytes), expected);
}

#[test]
fn merged_cells_are_refused_or_filled() {
    let merged = |bytes: fn(&mut Worksheet)| sheet(bytes);
    let bytes = merged(|sheet| {
        (1..4).for_each(|row| person(sheet, row));
        sheet.merge_range(1, 3, 2, 3, "2026-03-05", &Style::new()).unwrap();
        // A title over everything is no row.
        sheet.merge_range(5, 0, 5, 5, "", &Style::new()).unwrap();
    });
    assert_eq!(read(&bytes), [format!("2 {PERSON}"), "3 cell.merged 日期".into(), format!("4 {PERSON}")]);
    let fills = PEOPLE.replacen("id =", "merged = \"fill\"\nid =", 1);
    let found = shown(&outcomes(&fills, Format::Xlsx, &bytes).unwrap());
    assert_eq!(found, [2, 3, 4].map(|line| format!("{line} {PERSON}")));
}

#[test]
fn sheets_by_name_and_hidden_ones() {
    let mut workbook = Workbook::new();
    let write = |sheet: &mut Worksheet, name: &str| {
        sheet.set_name(name).unwrap();
        for (column, heading) in HEADINGS.iter().enumerate() {
            sheet.write(0, column as u16, *heading).unwrap();
        }
        person(sheet, 1);
    };
    write(workbook.add_worksheet(), "藏");
    write(workbook.add_worksheet(), "甲");
    write(workbook.add_worksheet(), "乙");
    workbook.worksheet_from_name("甲").unwrap().set_active(true).set_first_tab(true);
    workbook.worksheet_from_name("藏").unwrap().set_hidden(true);
    person(workbook.worksheet_from_name("乙").unwrap(), 2);
    let bytes = workbook.save_to_buffer().unwrap();
    let rows = |sheet: Option<&str>| {
        let options = Options { sheet: sheet.map(str::to_owned), ..Options::default() };
        read_bytes(&mapping(PEOPLE), &options, Format::Xlsx, &bytes)
    };
    assert_eq!(rows(None).unwrap().len(), 1);
    assert_eq!(rows(Some("乙")).unwrap().len(), 2);
    for (name, what) in [("藏", "is hidden"), ("丙", "is not there; visible are 甲, 乙")] {
        let told = rows(Some(name)).unwrap_err().to_string();
        assert!(told.contains(what), "{told}");
    }
}

#[test]
fn damage_anywhere_is_said() {
    let good = sheet(|sheet| (1..200).for_each(|row| person(sheet, row)));
    let expected = read(&good);
    assert_eq!(expected.len(), 199);
    let mut caught = 0;
    for at in (0..good.len()).step_by(7) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        // Some bytes mean nothing, as the time of a part. Whatever is read must be what was written.
        match outcomes(PEOPLE, Format::Xlsx, &bytes) {
            Ok(found) => assert_eq!(shown(&found), expected, "byte {at} was changed, and nobody noticed"),
            Err(_) => caught += 1,
        }
    }
    assert!(caught > good.len() / 14, "{caught} of {} caught", good.len() / 7);
    for length in (0..good.len()).step_by(101) {
        assert!(outcomes(PEOPLE, Format::Xlsx, &good[..length]).is_err(), "{length} bytes were enough");
    }
    let told = refused(PEOPLE, Format::Xlsx, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old");
    assert!(told.contains("without a password"), "{told}");
    assert!(refused(PEOPLE, Format::Xlsx, "姓名,身份证号\n".as_bytes()).contains("is no XLSX"));
}

proptest::proptest! {
    /// Whole by its checksums, and yet no sheet that a spreadsheet would write.
    #[test]
    fn any_xml_of_a_sheet_gets_an_answer(
        at in 0_usize..3_000, cut in 0_usize..40, noise in "[<>/=\"a-zA-Z0-9&;#. ]{0,12}",
    ) {
        let bytes = sheet(|sheet| {
            (1..4).for_each(|row| person(sheet, row));
            sheet.merge_range(1, 3, 2, 3, "2026-03-05", &Style::new()).unwrap();
            sheet.write(1, 4, Formula::new("1+1")).unwrap();
        });
        let changed = with_sheet(&bytes, |xml| {
            let from = xml.floor_char_boundary(at % xml.len());
            let to = xml.ceil_char_boundary((from + cut).min(xml.len()));
            format!("{}{noise}!{}", &xml[..from], &xml[to..])
        });
        let _ = outcomes(PEOPLE, Format::Xlsx, &changed);
    }
}
