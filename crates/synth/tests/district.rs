//! A district as a whole: the same bytes for the same seed, contracts kept, noise, speed.

mod contract;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use jiff::civil::date;
use sanzao_synth::{District, Error, Feed, Line, Planted, Summary, generate, write_dir};

fn lines(district: &District) -> (Vec<Line>, Summary) {
    let mut lines = Vec::new();
    let mut keep = |line| {
        lines.push(line);
        Ok::<(), Error>(())
    };
    let summary =
        generate(district, &mut keep, &mut |_| ()).expect("a possible district, and lines are kept");
    (lines, summary)
}

#[test]
fn same_district_same_bytes_another_seed_others() {
    let (first, summary) = lines(&District::new(1_500, 6, 7));
    let (again, summary_again) = lines(&District::new(1_500, 6, 7));
    assert!(first == again, "the same seed gave other lines");
    assert_eq!(summary, summary_again);
    let (other, _) = lines(&District::new(1_500, 6, 8));
    assert!(first != other, "another seed gave the same lines");
}

#[test]
fn valid_lines_keep_the_contracts_and_invalid_ones_do_not() {
    for (seed, end) in [(1, date(2026, 6, 30)), (2, date(2024, 2, 29)), (3, date(2031, 1, 1))] {
        let (lines, summary) = lines(&District { end, ..District::new(4_000, 9, seed) });
        let (mut accepted, mut duplicates, mut rejected) = (HashMap::new(), 0, 0);
        for line in &lines {
            assert!(!line.json.contains('\n'));
            let checked = contract::check(line.feed.as_str(), &line.json);
            assert_eq!(checked.is_ok(), line.valid, "seed {seed}: {checked:?}: {}", line.json);
            match checked {
                Err(_) => rejected += 1,
                Ok(event) => {
                    let day = contract::china_day(event["time"].as_str().unwrap()).unwrap();
                    assert!(day <= end.to_string(), "recorded after the last day: {}", line.json);
                    let key = (line.feed, event["id"].as_str().unwrap().to_owned());
                    if let Some(before) = accepted.insert(key, line.json.clone()) {
                        assert_eq!(before, line.json, "one event id with two contents");
                        duplicates += 1;
                    }
                }
            }
        }
        assert_eq!(duplicates, summary.duplicates);
        assert_eq!(rejected, summary.rejected.values().sum::<u64>());
        assert_eq!(accepted.len() as u64, summary.accepted());
        assert_eq!(lines.len() as u64, summary.total());
    }
}

#[test]
fn every_cause_of_rejection_occurs() {
    let mut causes = HashSet::new();
    for seed in 5..8 {
        let (_, summary) = lines(&District::new(25_000, 2, seed));
        causes.extend(summary.rejected.keys().copied());
    }
    assert_eq!(causes.len(), 19, "{causes:?}");
}

#[test]
fn deliveries_are_late_doubled_restated_and_out_of_order() {
    let (lines, summary) = lines(&District::new(5_000, 12, 11));
    let (mut last, mut backwards, mut contents, mut restated) = (HashMap::new(), 0u64, HashSet::new(), 0u64);
    for line in lines.iter().filter(|line| line.valid) {
        let event: serde_json::Value = serde_json::from_str(&line.json).unwrap();
        let time: jiff::Timestamp = event["time"].as_str().unwrap().parse().unwrap();
        if last.insert(line.feed, time).is_some_and(|before| before > time) {
            backwards += 1;
        }
        restated += u64::from(!contents.insert((event["type"].to_string(), event["data"].to_string())));
    }
    let total = summary.total();
    let retracted = lines.iter().filter(|line| line.json.contains(".record.retracted.v1")).count() as u64;
    assert!(backwards * 100 > total * 3, "{backwards} of {total} arrive after later ones");
    assert!((total / 400..total / 100).contains(&summary.duplicates), "{} doubled", summary.duplicates);
    assert!(restated > summary.duplicates + total / 400, "{restated} say what was said before");
    assert!(retracted > total / 2_000, "{retracted} retractions");
    let rejected: u64 = summary.rejected.values().sum();
    assert!((total / 1_000..total / 200).contains(&rejected), "{rejected} rejected");
}

#[test]
fn a_year_has_ten_to_twelve_lines_a_person() {
    let started = Instant::now();
    let (_, summary) = lines(&District::new(20_000, 12, 4));
    let seconds = started.elapsed().as_secs_f64();
    let rate = summary.total() as f64 / 20_000.0;
    println!("{rate:.2} lines a person-year; {:.0} lines/s in this build", summary.total() as f64 / seconds);
    println!("{:?}", summary.lines);
    assert!((10.0..12.0).contains(&rate), "{rate} lines a person-year");
}

#[test]
fn every_rule_has_its_situations_even_in_a_village() {
    let (_, summary) = lines(&District::new(200, 12, 1));
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut subjects = HashSet::new();
    for planted in &summary.planted {
        let (positive, negative) = counts.entry(&planted.rule).or_default();
        if planted.expect {
            *positive += 1
        } else {
            *negative += 1
        }
        assert_eq!(planted.as_of, date(2026, 6, 30));
        assert!(planted.person.is_some() != planted.household.is_some(), "one subject: {planted:?}");
        assert!(subjects.insert((&planted.rule, &planted.person, &planted.household)), "twice: {planted:?}");
        if let Some(id) = &planted.person {
            assert_eq!(contract::id_number(id, "2026-06-30").as_ref(), Ok(id));
        }
    }
    println!("{counts:?}");
    assert!(counts.len() >= 11, "{counts:?}");
    for (rule, (positive, negative)) in counts {
        assert!(positive >= 10 && negative >= 5, "{rule}: {positive} to be found, {negative} not");
    }
    let (_, town) = lines(&District::new(40_000, 1, 1));
    assert!(town.planted.len() >= 3 * summary.planted.len(), "situations grow with the district");
}

#[test]
fn ordinary_people_do_not_depend_on_the_planted() {
    // The number of rounds of planting differs; who lives in both districts is the same.
    let first = |people: u32| {
        let (lines, _) = lines(&District::new(people, 3, 9));
        let mine = |line: &Line| line.json.contains("\"id\":\"a1-") || line.json.contains("\"id\":\"a99-");
        lines.into_iter().filter(mine).collect::<Vec<_>>()
    };
    let village = first(1_000);
    assert!(!village.is_empty());
    assert_eq!(village, first(21_000));
}

#[test]
fn files_say_what_the_lines_say() {
    let folder = tempfile::tempdir().unwrap();
    let district = District::new(300, 2, 6);
    let summary = write_dir(&district, folder.path(), &mut |_| ()).unwrap();
    let (lines, _) = lines(&district);
    for feed in Feed::ALL {
        let text = std::fs::read_to_string(folder.path().join(format!("{}.jsonl", feed.as_str()))).unwrap();
        let expected: Vec<&str> =
            lines.iter().filter(|line| line.feed == feed).map(|line| &*line.json).collect();
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }
    let text = std::fs::read_to_string(folder.path().join("planted.jsonl")).unwrap();
    let planted: Vec<Planted> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(planted, summary.planted);
}

#[test]
fn impossible_districts_are_refused() {
    for district in [
        District::new(0, 1, 1),
        District::new(10, 0, 1),
        District { end: date(2045, 1, 1), ..District::new(10, 1, 1) },
        District { division: "110101".to_owned(), ..District::new(10, 1, 1) },
        District { resent_percent: 101, ..District::new(10, 1, 1) },
    ] {
        let refused = generate(&district, &mut |_| Ok::<(), Error>(()), &mut |_| ());
        assert!(matches!(refused, Err(Error::District(_))), "{district:?}");
    }
}
