//! Random rows, written in every way, make the same events; random bytes make no panic.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use sanzao_files::{Encoding, Format, Mapping, Options, read_csv};
use serde_json::{Value, json};
use support::*;

#[derive(Debug, Clone)]
struct Person {
    name: String,
    number: String,
    sex: &'static str,
    date: (i16, u8, u8),
    fen: Option<u64>,
    note: String,
}

fn person() -> impl Strategy<Value = Person> {
    let name = "[\u{4e00}-\u{9fa5}·a-zA-Z,;\"'\u{20000}-\u{20100}]{1,6}";
    let date = (1900_i16..2100, 1_u8..13, 1_u8..29);
    let note = "[\u{4e00}-\u{4f00}a,;\"\n\r\t]{0,12}";
    (
        name,
        "[0-9]{17}[0-9X]",
        prop_oneof![Just("男"), Just("女")],
        date,
        proptest::option::of(0..1_000_000_000_000_u64),
        note,
    )
        .prop_map(|(name, number, sex, date, fen, note)| Person { name, number, sex, date, fen, note })
}

impl Person {
    fn cells(&self, date_form: usize, is_grouped: bool) -> [String; 6] {
        let (year, month, day) = self.date;
        let date = match date_form {
            0 => format!("{year:04}-{month:02}-{day:02}"),
            1 => format!("{year}/{month}/{day}"),
            2 => format!("{year:04}{month:02}{day:02}"),
            _ => format!("{year}年{month}月{day}日"),
        };
        let amount = self.fen.map_or(String::new(), |fen| match is_grouped {
            false => format!("{}.{:02}", fen / 100, fen % 100),
            true => {
                let yuan = (fen / 100).to_string();
                let groups: Vec<&str> =
                    yuan.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
                format!("¥{}.{:02}", groups.join(","), fen % 100)
            }
        });
        [self.name.clone(), self.number.clone(), self.sex.into(), date, amount, self.note.clone()]
    }

    fn data(&self) -> Value {
        let (year, month, day) = self.date;
        let mut data = json!({"on": format!("{year:04}-{month:02}-{day:02}"), "sex": if self.sex == "男" { "1" } else { "2" },
            "person": {"id_number": self.number, "name": self.name}});
        if let Some(fen) = self.fen {
            data["amount"] = json!(format!("{}.{:02}", fen / 100, fen % 100).parse::<f64>().unwrap());
        }
        data
    }
}

/// Amounts by value: a workbook does not keep the zeros at their ends.
fn data_of(shown: &[String]) -> Vec<Value> {
    let data = |line: &String| {
        let mut data: Value =
            serde_json::from_str(line.split_once(' ').unwrap().1).unwrap_or_else(|_| panic!("{line}"));
        if let Some(amount) = data.get_mut("amount") {
            *amount = json!(amount.as_f64());
        }
        data
    };
    shown.iter().map(data).collect()
}

fn table(people: &[Person], delimiter: u8, date_form: usize, is_grouped: bool) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(HEADINGS).unwrap();
    people.iter().for_each(|person| writer.write_record(person.cells(date_form, is_grouped)).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

proptest! {
    #[test]
    fn every_way_to_write_rows_makes_the_same_events(
        people in proptest::collection::vec(person(), 0..12), delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t')],
        date_form in 0_usize..4, is_grouped: bool,
    ) {
        let expected: Vec<Value> = people.iter().map(Person::data).collect();
        let text = table(&people, delimiter, date_form, is_grouped);
        prop_assert_eq!(&data_of(&csv(PEOPLE, text.as_bytes())), &expected);
        prop_assert_eq!(&data_of(&csv(PEOPLE, &[b"\xef\xbb\xbf", text.as_bytes()].concat())), &expected);
        let (gb, _, is_lossy) = encoding_rs::GB18030.encode(&text);
        prop_assert!(!is_lossy);
        prop_assert_eq!(&data_of(&csv(PEOPLE, &gb)), &expected);

        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        HEADINGS.iter().enumerate().for_each(|(at, heading)| { sheet.write(0, at as u16, *heading).unwrap(); });
        for (row, person) in people.iter().enumerate() {
            for (at, cell) in person.cells(date_form, is_grouped).iter().enumerate() {
                sheet.write(row as u32 + 1, at as u16, cell.as_str()).unwrap();
            }
            if let Some(fen) = person.fen.filter(|_| !is_grouped) {
                sheet.write(row as u32 + 1, 4, fen as f64 / 100.0).unwrap();
            }
        }
        let bytes = workbook.save_to_buffer().unwrap();
        let found = data_of(&shown(&outcomes(PEOPLE, Format::Xlsx, &bytes).unwrap()));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..400), is_headed: bool) {
        let bytes = if is_headed { [HEADINGS.join(",").as_bytes(), b"\n", &bytes].concat() } else { bytes };
        for format in [Format::Csv, Format::JsonLines, Format::Xlsx] {
            let _ = outcomes(PEOPLE, format, &bytes);
        }
        for encoding in [Encoding::Utf8, Encoding::Gb18030] {
            let mut count = 0;
            let mut sink = |_| { count += 1; std::ops::ControlFlow::Continue(()) };
            let _ = read_csv(&mapping(PEOPLE), &Options::default(), encoding, &mut &*bytes, &mut sink);
        }
        let _ = Mapping::parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text_of_a_mapping_gets_an_answer(at in 0_usize..PEOPLE.len(), noise in "\\PC{0,6}", cut in 0_usize..20) {
        let from = PEOPLE.floor_char_boundary(at);
        let to = PEOPLE.ceil_char_boundary((at + cut).min(PEOPLE.len()));
        let text = format!("{}{noise}{}", &PEOPLE[..from], &PEOPLE[to..]);
        if let Ok(mapping) = Mapping::parse(&text) {
            let _ = sanzao_files::read_bytes(&mapping, &Options::default(), Format::Csv, table(&[], b',', 0, false).as_bytes());
        }
    }
}
