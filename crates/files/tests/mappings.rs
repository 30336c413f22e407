//! The mappings that are shipped, with their samples: every one parses, uses every column, and makes events that the
//! department's contract takes. The workbook of one is written from its CSV; SANZAO_BLESS=1 rewrites it.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Workbook};
use sanzao_files::{Format, Mapping, Options, Outcome, read_bytes};
use sanzao_intake::{Contract, Desk, Incoming, PseudonymKey, SealKey};
use sanzao_model::{Bureau, Feed};
use support::shown;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/mappings")
}

fn contract(feed: Feed) -> Contract {
    match feed {
        Feed::Police => sanzao_feed_police::CONTRACT,
        Feed::SocialSecurity => sanzao_feed_social_security::CONTRACT,
        Feed::Health => sanzao_feed_health::CONTRACT,
        Feed::MedicalInsurance => sanzao_feed_medical_insurance::CONTRACT,
        Feed::Registry => sanzao_feed_registry::CONTRACT,
    }
}

fn mapping(name: &str) -> Mapping {
    let text = fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap();
    Mapping::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn events(name: &str, format: Format, bytes: &[u8]) -> Vec<Outcome> {
    let mapping = mapping(name);
    let time = mapping.needs_time().then(|| "2026-06-30".to_owned());
    read_bytes(&mapping, &Options { time, sheet: None }, format, bytes)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_mapping_makes_events_that_its_contract_takes() {
    let mut feeds = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".toml") else { continue };
        let feed = mapping(name).feed();
        assert!(name.starts_with(feed.as_str()), "{name} is named for its feed");
        feeds.insert(feed);
        let sample = fs::read(folder().join(format!("samples/{name}.csv")))
            .unwrap_or_else(|_| panic!("{name} has no sample"));
        let desk =
            Desk::new(contract(feed), &PseudonymKey::new([1; 32]), &SealKey::new([2; 32]), [Bureau(320614)]);
        let mut taken = 0;
        for outcome in events(name, Format::Csv, &sample) {
            match outcome {
                Outcome::Event(event) => {
                    let incoming = Incoming { headers: &[], value: &event.value, partition: 0, offset: 0 };
                    if let Err(rejection) = desk.read(&incoming) {
                        panic!("{name}:{}: {} at {}", event.line, rejection.code, rejection.pointer);
                    }
                    taken += 1;
                }
                Outcome::Refused(refused) => panic!("{name}: {refused:?}"),
                Outcome::Skipped { .. } => {}
            }
        }
        assert!(taken > 0, "{name} makes nothing of its sample");
    }
    assert_eq!(feeds, Feed::ALL.into_iter().collect());
}

#[test]
fn a_workbook_says_the_same_as_its_csv() {
    let name = "registry-benefit.granted";
    let csv = fs::read(folder().join(format!("samples/{name}.csv"))).unwrap();
    let path = folder().join(format!("samples/{name}.xlsx"));
    if std::env::var_os("SANZAO_BLESS").is_some() {
        fs::write(&path, workbook(&csv)).unwrap();
    }
    let found = events(name, Format::Xlsx, &fs::read(path).unwrap());
    let plain = |found: Vec<Outcome>| {
        shown(&found).into_iter().map(|line| line.replace(".00", "")).collect::<Vec<_>>()
    };
    assert_eq!(plain(found), plain(events(name, Format::Csv, &csv)));
}

/// As a town fills it in: real dates and amounts, and one cell over all rows of a household.
fn workbook(csv: &[u8]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    // The same bytes on every day.
    workbook.set_properties(
        &rust_xlsxwriter::DocProperties::new()
            .set_creation_datetime(&ExcelDateTime::from_ymd(2026, 6, 30).unwrap()),
    );
    let sheet = workbook.add_worksheet().set_name("名册").unwrap();
    let date = Style::new().set_num_format("yyyy/m/d");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv);
    let texts = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    let rows: Vec<Vec<String>> = reader.records().map(|record| texts(record.unwrap())).collect();
    for (row, cells) in rows.iter().enumerate() {
        for (column, text) in cells.iter().enumerate() {
            let (row_number, column_number) = (row as u32, column as u16);
            let parts: Vec<&str> = text.split('/').collect();
            let amount: Option<f64> = text.replace(['¥', ','], "").parse().ok();
            let heading = rows[0][column].as_str();
            match (parts.as_slice(), heading) {
                ([year, month, day], _) if row > 0 => {
                    let day = ExcelDateTime::from_ymd(
                        year.parse().unwrap(),
                        month.parse().unwrap(),
                        day.parse().unwrap(),
                    );
                    sheet.write_with_format(row_number, column_number, day.unwrap(), &date).unwrap();
                }
                (_, "月保障金额") if row > 0 && amount.is_some() => {
                    sheet.write(row_number, column_number, amount.unwrap()).unwrap();
                }
                _ => {
                    sheet.write(row_number, column_number, text.as_str()).unwrap();
                }
            }
        }
    }
    sheet.merge_range(1, 2, 3, 2, &rows[1][2], &Style::new()).unwrap();
    workbook.save_to_buffer().unwrap()
}
