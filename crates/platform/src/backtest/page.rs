//! A back-test as one page in Chinese that needs nothing else: no script, no font, no picture from elsewhere.

use std::fmt::{Display, Write};

use sanzao_model::Day;

use super::Of;
use super::chart::{Row, both_ways, columns, escaped, pairs};
use super::line_up::Status;
use super::report::{Counts, Frame, Pair, Report, RuleReport, TownReport};
use super::tally::UNKNOWN_TOWN;

const STYLE: &str = include_str!("page.css");

/// Writes a part of the page.
macro_rules! put {
    ($out:expr, $($text:tt)*) => {
        writeln!($out, $($text)*).expect("a String takes everything")
    };
}

/// The page. It is well-formed XML too, but for the first line.
pub fn page(report: &Report) -> String {
    let mut out = String::new();
    let Frame { from, to, .. } = &report.frame;
    put!(out, "<!doctype html>");
    put!(out, "<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"/>");
    put!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>");
    put!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>"
    );
    put!(out, "<title>规则回测 {from} 至 {to}</title>\n<style>\n{STYLE}</style></head><body><main>");
    put!(out, "<h1>规则回测：草案与现行规则对比</h1>");
    framed(&mut out, report);
    tiles(&mut out, report);
    verdict(&mut out, report);
    weeks(&mut out, report);
    rules(&mut out, report);
    towns(&mut out, report);
    rule_towns(&mut out, report);
    explained(&mut out);
    put!(out, "</main></body></html>");
    out
}

fn framed(out: &mut String, report: &Report) {
    let Frame { bureau, from, to, days, facts_upto, current, draft, parameters } = &report.frame;
    put!(out, "<dl><dt>机构</dt><dd>{}</dd>", escaped(bureau));
    put!(out, "<dt>期间</dt><dd>{from} 至 {to}，评估 {} 天</dd>", days.len());
    put!(
        out,
        "<dt>数据</dt><dd>每一天都按现在已知的全部记录回算（读至第 {facts_upto} 条），含当时尚未收到的记录</dd>"
    );
    for (name, version) in [("现行规则", current), ("草案", draft)] {
        put!(
            out,
            "<dt>{name}</dt><dd>{}（{}）；参数 {}（{}）</dd>",
            place(&version.rules),
            short(&version.rules_hash),
            place(&version.parameters),
            short(&version.parameters_hash)
        );
    }
    for change in parameters {
        let or_none = |value: &Option<String>| escaped(value.as_deref().unwrap_or("无"));
        put!(
            out,
            "<dt>参数变动</dt><dd>{}：{} → {}</dd>",
            escaped(&change.name),
            or_none(&change.current),
            or_none(&change.draft)
        );
    }
    put!(out, "</dl>");
    put!(
        out,
        "<p class=\"note\">内部测算，只有数目，不含姓名和证件号码；小数目可能指向个人，请勿对外公开。</p>"
    );
}

/// Where a set is from.
fn place(text: &str) -> String {
    if text == "built in" { "内置".into() } else { escaped(text) }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn tiles(out: &mut String, report: &Report) {
    let total = &report.total;
    put!(out, "<ul class=\"tiles\">");
    let tile = |out: &mut String, number: &dyn Display, words: &str| {
        put!(out, "<li><b>{number}</b>{words}</li>");
    };
    tile(out, &arrow(total.opened), "期间新增（现行 → 草案）");
    tile(out, &format!("+{}", total.only_draft), "仅草案发现的事项");
    tile(out, &format!("−{}", total.only_current), "仅现行规则发现的事项");
    tile(out, &total.other_values, "都发现但数值或期限不同");
    tile(
        out,
        &format!("+{} −{}", total.opens_at_once, total.withdrawn_at_once),
        "若末日启用草案：立即新增、撤回",
    );
    if let Some(shares) = report.per_caseworker_week {
        tile(out, &share_arrow(shares), "每名工作人员每周新增（平均）");
    }
    put!(out, "</ul>");
}

fn verdict(out: &mut String, report: &Report) {
    for rule in &report.rules {
        for unknown in &rule.unknown {
            put!(
                out,
                "<p class=\"note warn\">{}（{}）在{}中有 {} 天无法评估，结果未知，不计入任何合计。原因：{}</p>",
                escaped(&rule.title),
                escaped(&rule.rule.0),
                if unknown.of == Of::Draft { "草案" } else { "现行规则" },
                unknown.days.len(),
                escaped(&unknown.reason)
            );
        }
    }
    if report.same {
        put!(out, "<p class=\"note\">没有差异：每个评估日草案与现行规则的发现完全相同。</p>");
    }
}

fn legend(keys: &[(&str, &str)]) -> String {
    keys.iter().map(|(class, words)| format!("<span class=\"key {class}\"></span>{words}")).collect()
}

fn figure(out: &mut String, drawing: &str, caption: &str, keys: &[(&str, &str)]) {
    put!(out, "<figure><figcaption>{caption}{}</figcaption>\n{drawing}</figure>", legend(keys));
}

const BOTH: [(&str, &str); 2] = [("current", "现行规则"), ("draft", "草案")];

fn weeks(out: &mut String, report: &Report) {
    put!(out, "<h2>每周新增</h2>");
    if report.weeks.is_empty() {
        put!(out, "<p>期间只有一天，没有之后的新增。</p>");
        return;
    }
    let row = |week: &super::report::WeekReport| {
        let Pair { current, draft } = week.alerts.and(week.tasks);
        Row { label: month_day(week.from), current, draft }
    };
    let rows: Vec<Row> = report.weeks.iter().map(row).collect();
    figure(out, &columns("weeks", "每周新增的提醒和任务，数字见下表", &rows), "每周新增的提醒和任务", &BOTH);
    table_begins(out, "每周新增（现行 → 草案）", &["周", "天数", "提醒", "任务", "每名工作人员"]);
    for week in &report.weeks {
        put!(
            out,
            "<tr><th scope=\"row\" class=\"day\">{}–{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            month_day(week.from),
            month_day(week.to),
            week.to.0 - week.from.0 + 1,
            arrow(week.alerts),
            arrow(week.tasks),
            week.per_caseworker.map_or_else(|| "未填人数".to_owned(), share_arrow)
        );
    }
    put!(out, "</tbody></table></div>");
}

/// `06-30`: the years stand above.
fn month_day(day: Day) -> String {
    let (_, month, day) = day.parts();
    format!("{month:02}-{day:02}")
}

fn table_begins(out: &mut String, caption: &str, heading: &[&str]) {
    put!(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table>");
    let cells: String = heading.iter().map(|name| format!("<th scope=\"col\">{name}</th>")).collect();
    put!(out, "<caption>{caption}</caption><thead><tr>{cells}</tr></thead><tbody>");
}

const COUNTED: [&str; 8] =
    ["首日", "末日", "仅草案", "仅现行", "数值不同", "期间新增", "期间消失", "立即新增/撤回"];

fn counted(counts: &Counts) -> String {
    format!(
        "<td>{}</td><td>{}</td><td>+{}</td><td>−{}</td><td>{}</td><td>{}</td><td>{}</td><td>+{} −{}</td>",
        arrow(counts.at_start),
        arrow(counts.at_end),
        counts.only_draft,
        counts.only_current,
        counts.other_values,
        arrow(counts.opened),
        arrow(counts.gone),
        counts.opens_at_once,
        counts.withdrawn_at_once
    )
}

fn arrow(pair: Pair<u64>) -> String {
    format!("{} → {}", pair.current, pair.draft)
}

fn share_arrow(pair: Pair<f64>) -> String {
    format!("{:.1} → {:.1}", pair.current, pair.draft)
}

fn rules(out: &mut String, report: &Report) {
    put!(out, "<h2>各规则</h2>");
    let differs = |counts: &&Counts| counts.only_current + counts.only_draft > 0;
    let row = |rule: &RuleReport| {
        let counts = rule.counts.as_ref().filter(differs)?;
        let label = format!("{}（{}）", rule.title, rule.rule);
        Some(Row { label, current: counts.only_current, draft: counts.only_draft })
    };
    let rows: Vec<Row> = report.rules.iter().filter_map(row).collect();
    if rows.is_empty() {
        put!(out, "<p>没有一条规则多发现或少发现事项。</p>");
    } else {
        let drawing = both_ways("rules", "各规则多发现和少发现的事项，数字见下表", &rows);
        let keys = [("less", "仅现行规则发现"), ("more", "仅草案发现")];
        figure(out, &drawing, "各规则的差异（没有差异的不画）", &keys);
    }
    let heading: Vec<&str> = ["规则", "草案"].into_iter().chain(COUNTED).collect();
    table_begins(out, "各规则的数目（现行 → 草案）", &heading);
    for rule in &report.rules {
        let cells = rule
            .counts
            .as_ref()
            .map_or_else(|| format!("<td class=\"text\" colspan=\"{}\">未知</td>", COUNTED.len()), counted);
        put!(
            out,
            "<tr data-rule=\"{id}\"><th scope=\"row\">{}{}<small>{id}</small></th><td class=\"text\">{}</td>{cells}</tr>",
            escaped(&rule.title),
            if rule.periodic { "※" } else { "" },
            said(rule),
            id = escaped(&rule.rule.0)
        );
    }
    let total = counted(&report.total);
    put!(out, "</tbody><tfoot><tr><th scope=\"row\">合计</th><td></td>{total}</tr></tfoot></table></div>");
}

fn said(rule: &RuleReport) -> &'static str {
    match rule.status {
        Status::Unchanged if rule.differs() => "文本未改，参数不同",
        Status::Unchanged => "未改",
        Status::Changed => "修改",
        Status::Added => "新增",
        Status::Removed => "删除",
    }
}

fn towns(out: &mut String, report: &Report) {
    put!(out, "<h2>各镇街</h2>");
    let row = |town: &TownReport| {
        let Pair { current, draft } = town.counts.opened;
        Row { label: town_name(&town.town), current, draft }
    };
    let rows: Vec<Row> = report.towns.iter().map(row).collect();
    if rows.is_empty() {
        put!(out, "<p>期间没有任何发现。</p>");
        return;
    }
    figure(out, &pairs("towns", "各镇街期间新增，数字见下表", &rows), "各镇街期间新增", &BOTH);
    let heading: Vec<&str> =
        ["区划代码前九位"].into_iter().chain(COUNTED).chain(["工作人员", "每人每周新增"]).collect();
    table_begins(out, "各镇街的数目（现行 → 草案）", &heading);
    for town in &report.towns {
        put!(
            out,
            "<tr data-town=\"{}\"><th scope=\"row\">{}</th>{}{}</tr>",
            escaped(&town.town),
            escaped(&town_name(&town.town)),
            counted(&town.counts),
            staffed(town.caseworkers, town.per_caseworker_week)
        );
    }
    put!(
        out,
        "</tbody><tfoot><tr><th scope=\"row\">合计</th>{}{}</tr></tfoot></table></div>",
        counted(&report.total),
        staffed(report.caseworkers, report.per_caseworker_week)
    );
}

fn staffed(number: Option<u32>, shares: Option<Pair<f64>>) -> String {
    let number = number.map_or_else(|| "—".to_owned(), |number| number.to_string());
    format!("<td>{number}</td><td>{}</td>", shares.map_or_else(|| "—".to_owned(), share_arrow))
}

fn town_name(town: &str) -> String {
    if town == UNKNOWN_TOWN { "户籍地未知".into() } else { town.to_owned() }
}

/// Towns of the rules that differ; the others are in `backtest.json`.
fn rule_towns(out: &mut String, report: &Report) {
    let differs = |counts: &Counts| counts.only_current + counts.only_draft + counts.other_values > 0;
    let different = report.rules.iter().filter(|rule| rule.counts.as_ref().is_some_and(differs));
    let different: Vec<&RuleReport> = different.collect();
    if different.is_empty() {
        return;
    }
    put!(out, "<h2>有差异的规则在各镇街</h2>");
    let heading: Vec<&str> = ["规则", "镇街"].into_iter().chain(COUNTED).collect();
    table_begins(out, "有差异的规则在各镇街的数目（现行 → 草案）", &heading);
    for rule in different {
        for (town, counts) in &rule.towns {
            put!(
                out,
                "<tr><th scope=\"row\">{}</th><td class=\"text\">{}</td>{}</tr>",
                escaped(&rule.title),
                escaped(&town_name(town)),
                counted(counts)
            );
        }
    }
    put!(out, "</tbody></table></div>");
}

fn explained(out: &mut String) {
    put!(out, "<h2>说明</h2><ul>");
    for line in [
        "“现行 → 草案”：前一个数是现行规则，后一个是草案。",
        "事项以规则、对象和事由区分，同一事项只算一次；“仅草案”“仅现行”指在所有评估日中只有一方发现过。",
        "“期间新增”不含首日已有的；“期间消失”指后一个评估日不再成立，按数据本来会撤回或办结。",
        "“立即新增/撤回”：若草案在末日启用，当天会一次新增和撤回的事项。",
        "只算规则的发现，不算办理：已处理而不再提醒的、并入同一事项的、因数据迟到而暂停的，实际会更少。",
        "两个评估日之间出现又消失的看不到；按天评估（--every day）更细。",
        "带※的规则按周期产生任务，周期结束也算消失。",
        "镇街按评估当天的户籍地；事项的总数按最后一次发现时的户籍地。",
        "每一条有差异的事项（只有假名编号）见 changes.parquet，全部数目见 backtest.json。",
    ] {
        put!(out, "<li>{line}</li>");
    }
    put!(out, "</ul>");
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
