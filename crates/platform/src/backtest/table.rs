//! A back-test as text, for a terminal.

use super::line_up::Status;
use super::report::{Counts, Pair, Report, RuleReport};
use crate::padding::{Set, aligned};

/// The lines of a report.
pub fn lines(report: &Report) -> Vec<String> {
    let frame = &report.frame;
    let mut out = vec![
        format!(
            "bureau {}, {} to {}, {} days evaluated, each with what is known now (facts up to {})",
            frame.bureau,
            frame.from,
            frame.to,
            frame.days.len(),
            frame.facts_upto
        ),
        format!("current: {}; parameters {}", frame.current.rules, frame.current.parameters),
        format!("draft:   {}; parameters {}", frame.draft.rules, frame.draft.parameters),
    ];
    out.extend(frame.parameters.iter().map(|change| {
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".into());
        format!("parameter {}: {} -> {}", change.name, or_none(&change.current), or_none(&change.draft))
    }));
    out.push(String::new());
    out.extend(by_rule(report));
    for rule in &report.rules {
        for unknown in &rule.unknown {
            let (set, days) = (unknown.of, unknown.days.len());
            out.push(format!(
                "UNKNOWN, not none: {} failed in the {} set on {days} of {} days: {}",
                rule.rule,
                if set == super::Of::Draft { "draft" } else { "current" },
                frame.days.len(),
                unknown.reason
            ));
        }
    }
    out.push(String::new());
    out.extend(by_town(report));
    out.push(String::new());
    out.extend(by_week(report));
    out.push(String::new());
    out.extend(explained(report));
    out
}

const COUNTED: [&str; 8] =
    ["start", "end", "only draft", "only current", "other values", "opened", "gone", "at once"];

fn counted(counts: &Counts) -> Vec<String> {
    vec![
        pair(counts.at_start),
        pair(counts.at_end),
        format!("+{}", counts.only_draft),
        format!("-{}", counts.only_current),
        counts.other_values.to_string(),
        pair(counts.opened),
        pair(counts.gone),
        format!("+{} -{}", counts.opens_at_once, counts.withdrawn_at_once),
    ]
}

fn pair(pair: Pair<u64>) -> String {
    format!("{} > {}", pair.current, pair.draft)
}

fn by_rule(report: &Report) -> Vec<String> {
    let mut rows = vec![["rule", "draft"].into_iter().chain(COUNTED).map(str::to_owned).collect::<Vec<_>>()];
    for about in &report.rules {
        let RuleReport { rule, counts, periodic, .. } = about;
        let name = if *periodic { format!("{rule} *") } else { rule.to_string() };
        let cells = counts.as_ref().map_or_else(|| vec!["unknown".to_owned()], counted);
        rows.push([name, said(about).into()].into_iter().chain(cells).collect());
    }
    rows.push(["all".into(), String::new()].into_iter().chain(counted(&report.total)).collect());
    let mut columns = vec![Set::Left, Set::Left];
    columns.extend([Set::Right; COUNTED.len()]);
    aligned(&columns, &rows)
}

fn said(rule: &RuleReport) -> &'static str {
    match rule.status {
        Status::Unchanged if rule.differs() => "same text, other parameters",
        Status::Unchanged => "unchanged",
        Status::Changed => "changed",
        Status::Added => "added",
        Status::Removed => "removed",
    }
}

fn by_town(report: &Report) -> Vec<String> {
    let heading = ["town"].into_iter().chain(COUNTED).chain(["caseworkers", "each a week"]);
    let mut rows = vec![heading.map(str::to_owned).collect::<Vec<_>>()];
    for town in &report.towns {
        let number = town.caseworkers.map_or("-".to_owned(), |number| number.to_string());
        let each = shares(town.per_caseworker_week);
        rows.push(
            [town.town.clone()].into_iter().chain(counted(&town.counts)).chain([number, each]).collect(),
        );
    }
    let number = report.caseworkers.map_or("-".to_owned(), |number| number.to_string());
    let all = [number, shares(report.per_caseworker_week)];
    rows.push(["all".to_owned()].into_iter().chain(counted(&report.total)).chain(all).collect());
    let mut columns = vec![Set::Left];
    columns.extend([Set::Right; COUNTED.len() + 2]);
    aligned(&columns, &rows)
}

fn shares(shares: Option<Pair<f64>>) -> String {
    shares.map_or("-".to_owned(), |Pair { current, draft }| format!("{current:.1} > {draft:.1}"))
}

fn by_week(report: &Report) -> Vec<String> {
    let heading = ["opened in the week", "alerts", "tasks", "for each caseworker"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for week in &report.weeks {
        rows.push(vec![
            format!("{} to {}", week.from, week.to),
            pair(week.alerts),
            pair(week.tasks),
            shares(week.per_caseworker),
        ]);
    }
    if report.weeks.is_empty() {
        return vec!["one day: nothing opened after it".to_owned()];
    }
    aligned(&[Set::Left, Set::Right, Set::Right, Set::Right], &rows)
}

fn explained(report: &Report) -> Vec<String> {
    let mut out: Vec<String> = [
        "a > b: current > draft. start, end: found on the first and the last day. only draft: items that the draft",
        "  raises and the current rules do not, on any evaluated day; only current: the reverse. other values: both find",
        "  it with other values. opened, gone: after the first day; what comes and goes between two evaluated days is",
        "  not seen. at once: what would open and be withdrawn if the draft came into force on the last day.",
        "* by period: gone counts periods that ended, too. What was handled already and is not raised again, and rules",
        "  that are held back because a feed is late, are not looked at: less may open in fact.",
    ]
    .map(str::to_owned)
    .to_vec();
    if report.is_partly_unknown() {
        out.push("SOME RULES FAILED: they are in no sum above.".to_owned());
    } else if report.same {
        out.push(
            "NO DIFFERENCE: on every evaluated day the draft finds what the current rules find.".to_owned(),
        );
    }
    out
}
