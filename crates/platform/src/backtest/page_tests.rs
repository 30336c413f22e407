//! The page says what the report says, is well formed, and needs nothing from elsewhere.

use std::collections::BTreeMap;

use sanzao_model::{Day, RuleId};

use super::*;
use crate::backtest::report::{Unknown, Version, WeekReport};

fn pair(current: u64, draft: u64) -> Pair<u64> {
    Pair { current, draft }
}

fn report() -> Report {
    let version = |rules: &str| Version {
        rules: rules.into(),
        parameters: "built in".into(),
        rules_hash: "0123456789abcdef".into(),
        parameters_hash: "fedcba9876543210".into(),
    };
    let counts = Counts { opened: pair(12, 34), only_draft: 5, only_current: 2, ..Counts::default() };
    let rule = |rule: &str, title: &str, counts: Option<Counts>, unknown: Vec<Unknown>| RuleReport {
        rule: RuleId(rule.into()),
        title: title.into(),
        status: Status::Changed,
        makes: "alerts",
        periodic: false,
        unknown,
        towns: counts
            .iter()
            .map(|counts| ("320614100".to_owned(), counts.clone()))
            .collect::<BTreeMap<_, _>>(),
        counts,
    };
    let failed = Unknown { of: Of::Draft, days: vec![Day(20_000)], reason: "a < b & \"c\"".into() };
    Report {
        frame: Frame {
            bureau: "320614".into(),
            from: Day(20_000),
            to: Day(20_007),
            days: vec![Day(20_000), Day(20_007)],
            facts_upto: 77,
            current: version("built in"),
            draft: version("drafts/<b>"),
            parameters: Vec::new(),
        },
        same: false,
        total: counts.clone(),
        caseworkers: None,
        per_caseworker_week: None,
        rules: vec![
            rule("orphan", "<script>alert(1)</script>", Some(counts.clone()), Vec::new()),
            rule("other", "另一条", None, vec![failed]),
        ],
        towns: vec![TownReport {
            town: "320614100".into(),
            counts,
            caseworkers: Some(3),
            per_caseworker_week: Some(Pair { current: 4.0, draft: 11.25 }),
        }],
        weeks: vec![WeekReport {
            from: Day(20_001),
            to: Day(20_007),
            alerts: pair(10, 30),
            tasks: pair(2, 4),
            per_caseworker: None,
        }],
    }
}

/// Reads tags; panics where one is not closed by its own.
fn check_nesting(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let body = page.strip_prefix("<!doctype html>").unwrap();
    for tag in body.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}>");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn it_is_well_formed_and_whole() {
    let page = page(&report());
    check_nesting(&page);
    for foreign in ["<script", "http:", "https:", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("drafts/&lt;b&gt;"));
    assert!(page.contains("lang=\"zh-CN\"") && page.contains("width=device-width"));
}

#[test]
fn it_says_what_the_report_says() {
    let page = page(&report());
    let row = |mark: &str| page.lines().find(|line| line.contains(mark)).unwrap_or_default().to_owned();
    let orphan = row("data-rule=\"orphan\"");
    assert!(orphan.contains("<td>+5</td><td>−2</td>") && orphan.contains("<td>12 → 34</td>"), "{orphan}");
    assert!(row("data-rule=\"other\"").contains("未知"));
    assert!(page.contains("草案中有 1 天无法评估") && page.contains("a &lt; b &amp; &quot;c&quot;"));
    assert!(row("data-town=\"320614100\"").contains("<td>3</td><td>4.0 → 11.2</td>"));
    assert!(page.contains("<td>10 → 30</td><td>2 → 4</td>"));
    assert!(!page.contains("没有差异："));
    assert!(super::page(&Report { same: true, ..report() }).contains("没有差异："));
}
