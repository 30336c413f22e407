//! Searching, a person's own access log, and exports.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use sanzao_audit::{
    Action, Entry, Opened, Order, Outcome, Part, Query, of_person, open, search, write_csv, write_json_lines,
};
use sanzao_model::Instant;
use support::*;

/// Entries of all kinds, as they were given.
fn varied(bench: &Bench, seed: u64, count: u64) -> Vec<Entry> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let actions = [
        Action::ReadCase,
        Action::Reveal,
        Action::Command { order: "claim".to_owned() },
        Action::Command { order: "resolve".to_owned() },
        Action::Login,
    ];
    let make = |n| {
        let subjects: Vec<u8> = (0..rng.random_range(0..3)).map(|_| rng.random_range(0..6)).collect();
        let mut entry = entry(n, &subjects);
        entry.action = actions[rng.random_range(0..actions.len())].clone();
        entry.item = rng.random_bool(0.7).then(|| item(rng.random_range(0..5)));
        if rng.random_bool(0.3) {
            let code = if rng.random_bool(0.5) { "outside-division" } else { "wrong-state" };
            entry.outcome = Outcome::Refused { code: code.to_owned() };
        }
        bench.recorder.record(entry.clone()).unwrap();
        entry
    };
    (1..=count).map(make).collect()
}

fn random_query(rng: &mut ChaCha20Rng) -> Query {
    let action = ["read-case", "command", "command:claim", "login", "logout"];
    let outcome = ["done", "refused", "wrong-state"];
    let some = |rng: &mut ChaCha20Rng| rng.random_bool(0.35);
    Query {
        actor: some(rng).then(|| format!("account-{}", rng.random_range(0..3))),
        action: some(rng).then(|| action[rng.random_range(0..5)].to_owned()),
        outcome: some(rng).then(|| outcome[rng.random_range(0..3)].to_owned()),
        item: some(rng).then(|| item(rng.random_range(0..5))),
        person: some(rng).then(|| person(rng.random_range(0..7))),
        from: some(rng).then(|| Instant(rng.random_range(0..200))),
        to: some(rng).then(|| Instant(rng.random_range(0..200))),
    }
}

/// What a query means, said plainly.
fn holds(query: &Query, entry: &Entry) -> bool {
    let action = entry.action.to_string();
    let (outcome, code) = (entry.outcome.as_str(), entry.outcome.code());
    query.actor.as_ref().is_none_or(|actor| *actor == entry.actor)
        && query.action.as_ref().is_none_or(|wanted| *wanted == action || *wanted == entry.action.as_str())
        && query.outcome.as_ref().is_none_or(|wanted| wanted == outcome || Some(wanted.as_str()) == code)
        && query.item.is_none_or(|item| entry.item == Some(item))
        && query.person.is_none_or(|person| entry.subjects.contains(&person))
        && query.from.is_none_or(|from| entry.at >= from)
        && query.to.is_none_or(|to| entry.at < to)
}

#[test]
fn a_search_finds_what_its_words_say_page_by_page_in_either_order() {
    for seed in 0..3 {
        println!("seed {seed}");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let bench = Bench::new(seed);
        let entries = varied(&bench, seed, 200);
        let records = bench.log.records();
        let mut hits = 0;
        for _ in 0..60 {
            let query = random_query(&mut rng);
            let numbered = entries.iter().zip(1_u64..);
            let expected: Vec<u64> =
                numbered.filter(|(entry, _)| holds(&query, entry)).map(|(_, n)| n).collect();
            hits += expected.len();
            let limit = rng.random_range(1..8);
            for order in [Order::OldestFirst, Order::NewestFirst] {
                let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
                loop {
                    let page = match order {
                        Order::OldestFirst => {
                            search(given(&records), &bench.keys, &query, order, after, limit)
                        }
                        Order::NewestFirst => {
                            search(given(&records).rev(), &bench.keys, &query, order, after, limit)
                        }
                    };
                    let page = page.unwrap();
                    assert!(page.found.len() <= limit);
                    found.extend(page.found.iter().map(|entry| entry.number));
                    pages += 1;
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(pages, expected.len().div_ceil(limit).max(1), "no empty page");
                if order == Order::NewestFirst {
                    found.reverse();
                }
                assert_eq!(found, expected, "seed {seed}: {query:?}");
            }
        }
        assert!(hits > 500, "the queries find too little to tell anything: {hits}");
    }
}

#[test]
fn an_opened_record_is_the_entry_that_was_given() {
    let bench = Bench::new(5);
    let entries = varied(&bench, 5, 50);
    for (entry, record) in entries.iter().zip(bench.log.records()) {
        let opened = open(&record, &bench.keys).unwrap();
        let mut subjects: Vec<_> = opened.subjects.iter().map(|part| *part.known().unwrap()).collect();
        subjects.sort();
        let mut given = entry.subjects.clone();
        given.sort();
        given.dedup();
        assert_eq!(subjects, given);
        let concern = opened.concern.known().unwrap();
        let circumstances = opened.circumstances;
        let told = Entry {
            at: opened.at,
            actor: opened.actor,
            action: opened.action,
            outcome: opened.outcome,
            item: concern.item,
            subjects: entry.subjects.clone(),
            purpose: concern.purpose.clone(),
            details: concern.details.clone(),
            request: circumstances.request,
            from: circumstances.from,
            session: circumstances.session,
        };
        assert_eq!((&told, opened.node.as_str()), (entry, NODE));
    }
}

#[test]
fn a_person_reads_who_did_what_about_them_and_nothing_of_others() {
    let bench = Bench::new(6);
    bench.recorder.record(entry(1, &[1, 2])).unwrap();
    bench.recorder.record(entry(2, &[2])).unwrap();
    let refused = Outcome::Refused { code: "outside-division".to_owned() };
    let mut reveal = Entry { action: Action::Reveal, outcome: refused, ..entry(3, &[1]) };
    reveal.details.clear();
    bench.recorder.record(reveal).unwrap();
    let records = bench.log.records();
    let page =
        of_person(given(&records).rev(), &bench.keys, person(1), Order::NewestFirst, None, 10).unwrap();
    let told: Vec<_> = page.accesses.iter().map(|access| (access.number, access.what.as_str())).collect();
    assert_eq!(told, [(3, "查看了您的身份信息（未获准）"), (1, "查看了与您有关的个案")]);
    let first = &page.accesses[1];
    assert_eq!((first.actor.as_str(), first.role.as_deref()), ("account-1", Some("caseworker")));
    assert_eq!((first.purpose.as_deref(), first.at), (Some("purpose 1"), Instant(1)));
    assert_eq!((page.accesses[0].role.as_deref(), page.next), (None, None));
    let page = of_person(given(&records), &bench.keys, person(1), Order::OldestFirst, None, 1).unwrap();
    assert_eq!((page.accesses.len(), page.next), (1, Some(1)));
    bench.keys.forget(person(1), Instant(9)).unwrap();
    let page = of_person(given(&records), &bench.keys, person(1), Order::OldestFirst, None, 9).unwrap();
    assert_eq!(page.accesses, []);
    let page = of_person(given(&records), &bench.keys, person(2), Order::OldestFirst, None, 9).unwrap();
    assert_eq!(page.accesses.len(), 2);
}

fn for_export() -> Vec<Opened> {
    let bench = Bench::new(7);
    let mut hostile = entry(1, &[1]);
    hostile.actor = "=cmd|'/c calc'!A1".to_owned();
    hostile.purpose = Some("say \"why\",\r\nthen".to_owned());
    hostile.details.insert("reason".to_owned(), "+1".to_owned());
    bench.recorder.record(hostile).unwrap();
    bench.recorder.record(entry(2, &[2])).unwrap();
    bench.recorder.record(entry(3, &[1, 2])).unwrap();
    let mut claim = Entry::new(Instant(0), "@li", Action::Command { order: "claim".to_owned() });
    claim.outcome = Outcome::Refused { code: "wrong-state".to_owned() };
    bench.recorder.record(claim).unwrap();
    bench.keys.forget(person(2), Instant(9)).unwrap();
    bench.log.records().iter().map(|record| open(record, &bench.keys).unwrap()).collect()
}

#[test]
fn csv_is_what_a_spreadsheet_reads_and_never_a_formula() {
    let entries = for_export();
    let bytes = write_csv(Vec::new(), entries.iter().cloned().map(Ok)).unwrap();
    let text = std::str::from_utf8(&bytes).unwrap().strip_prefix('\u{feff}').expect("a byte order mark");
    assert!(text.starts_with(
        "序号,节点,时间,账号,操作,命令,结果,原因代码,事项,人员,目的,详情,请求,来源地址,会话\r\n"
    ));
    assert!(text.contains("\"say \"\"why\"\",\r\nthen\""), "{text}");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    for cell in rows.iter().flat_map(|row| row.iter()) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }
    assert_eq!((&rows[0][3], &rows[0][10]), ("'=cmd|'/c calc'!A1", "say \"why\",\r\nthen"));
    assert_eq!((&rows[0][2], &rows[0][11]), ("1970-01-01T00:00:00.000000001Z", "reason=+1; role=caseworker"));
    assert_eq!(rows[0][9], person(1).to_string());
    assert_eq!((&rows[1][8], &rows[1][9], &rows[1][10]), ("（已删除）", "（已删除）", "（已删除）"));
    assert!(rows[2][9].contains("（已删除）") && rows[2][9].contains(&person(1).to_string()));
    let claim: Vec<&str> = rows[3].iter().collect();
    assert_eq!(claim[3..12], ["'@li", "command", "claim", "refused", "wrong-state", "", "", "", ""]);
}

#[test]
fn json_lines_are_one_object_each() {
    let entries = for_export();
    let bytes = write_json_lines(Vec::new(), entries.iter().cloned().map(Ok)).unwrap();
    let lines: Vec<serde_json::Value> = std::str::from_utf8(&bytes)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["actor"], "=cmd|'/c calc'!A1", "JSON is not opened by a spreadsheet");
    assert_eq!(lines[0]["concern"]["item"], item(1).to_string());
    assert_eq!(lines[0]["concern"]["details"]["role"], "caseworker");
    assert_eq!((&lines[1]["erased"], lines[1].get("concern")), (&serde_json::json!(1), None));
    assert_eq!(lines[2]["subjects"], serde_json::json!([person(1).to_string()]));
    assert_eq!((&lines[3]["order"], &lines[3]["code"]), (&"claim".into(), &"wrong-state".into()));
    assert!(matches!(entries[1].concern, Part::Erased));
}

#[test]
fn an_export_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let entries = || for_export().into_iter().map(Ok);
    let error = write_csv(full.try_clone().unwrap(), entries()).map(|_| ()).unwrap_err();
    assert!(matches!(error, sanzao_audit::AuditError::Export { .. }), "{error}");
    assert!(write_json_lines(full, entries()).is_err());
}
