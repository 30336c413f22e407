//! `sanzao outcomes`: what came of alerts and tasks by rule, and how groups of people fare, small counts hidden.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use sanzao_casework::outcomes::{OutcomeTable, Outcomes, Population, Row, RuleTable, Standing, per_thousand};
use sanzao_model::{Bureau, Day};

use super::feeds::grouped;
use crate::cli::OutcomesArgs;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::progress;
use crate::stage::casework_on;

/// Stands for a count that is hidden. All look alike: a count of five or more may be hidden to keep another.
const HIDDEN: &str = "*";

pub(crate) fn run(args: &OutcomesArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let data = DataDir::existing(&config)?;
    let bureau = config.clone().for_bureau(&args.bureau).bureau()?;
    let pipeline =
        Pipeline::open(&config, data).context("of a running platform ask the API: GET /v1/outcomes")?;
    let mut table = counted(&pipeline, bureau, args)?;
    if let Some(rule) = &args.rule {
        let known: BTreeSet<&str> = table.rules.iter().map(|of| of.rule.0.as_str()).collect();
        let known: Vec<&str> = known.into_iter().collect();
        ensure!(
            known.contains(&rule.as_str()),
            "{rule} raised no alert and no task; these rules did: {}",
            known.join(", ")
        );
        table.rules.retain(|of| of.rule.0 == *rule);
    }
    if args.json {
        say!("{}", serde_json::to_string(&sanzao_api::Outcomes::from(&table))?)?;
    } else {
        print(&table)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn counted(pipeline: &Pipeline, bureau: Bureau, args: &OutcomesArgs) -> Result<OutcomeTable> {
    let casework = casework_on(pipeline.journal.as_ref(), &pipeline.topics.work(bureau), args.as_of)?;
    let is_opened = |opened_on: Day| args.as_of.is_none_or(|day| opened_on <= day);
    ensure!(
        casework.items().any(|item| is_opened(item.opened_on)),
        "no alert and no task was raised yet{}, so that nothing came of any: `sanzao run` evaluates and raises them",
        args.as_of.map_or(String::new(), |day| format!(" on {day}"))
    );
    let stage = pipeline.ledger_of(bureau)?;
    let day = args.as_of.or(stage.day()).or(casework.day());
    let day = day.context("the log has reached no day yet: say one with --as-of")?;
    let bar = progress::bar(stage.ledger().people_count() as u64, "counting people");
    let residents = stage.ledger().residents(day).inspect(|_| bar.inc(1));
    let population = Population::of(bureau, day, residents);
    bar.finish_and_clear();
    Ok(Outcomes::of(casework.items(), &population).published())
}

fn print(table: &OutcomeTable) -> Result<()> {
    say!("outcomes on {}", table.day)?;
    say!("{HIDDEN} is hidden: it is under 5, or would tell a count that is; groups of nobody are left out")?;
    say!("\npeople about whom, or about whose household, there is no alert and no task of any rule")?;
    say!("  {:<22} {:>11} {:>11} {:>9}", "group", "residents", "no alert", "per 1000")?;
    for row in table.everybody.iter().filter(|row| row.residents != Some(0)) {
        let rate = rate(row.not_flagged, row.residents);
        say!("  {:<22} {:>11} {:>11} {rate:>9}", group(row), shown(row.residents), shown(row.not_flagged))?;
    }
    table.rules.iter().try_for_each(rule)
}

fn rule(table: &RuleTable) -> Result<()> {
    let (name, version, procedure) = (&table.rule, table.version, table.procedure.as_str());
    say!("\n{name}, version {version}, {procedure}: {}", table.title)?;
    let items = table.standings.iter().filter(|(_, count)| *count != Some(0));
    let items = items.map(|(standing, count)| format!("{} {}", standing.as_str(), shown(*count)));
    let what = if table.procedure.makes_tasks() { "tasks" } else { "alerts" };
    say!(
        "  {} {what}: {}; about nobody who is a resident {}",
        shown(table.items),
        items.collect::<Vec<_>>().join(", "),
        shown(table.not_among_residents)
    )?;
    // Where nobody stands anywhere there is no column.
    let somewhere = |at: &Standing| table.rows.iter().any(|row| of(row, *at) != Some(0));
    let columns: Vec<Standing> = table.standings.iter().map(|(at, _)| *at).filter(somewhere).collect();
    let heads: String = columns.iter().map(|at| format!(" {:>12}", at.as_str())).collect();
    say!("  {:<22} {:>11} {:>11} {:>9}{heads}", "group", "residents", "flagged", "per 1000")?;
    for row in table.rows.iter().filter(|row| row.residents != Some(0)) {
        let standings: String = columns.iter().map(|at| format!(" {:>12}", shown(of(row, *at)))).collect();
        let (residents, flagged) = (shown(row.residents), shown(row.flagged));
        let rate = rate(row.flagged, row.residents);
        say!("  {:<22} {residents:>11} {flagged:>11} {rate:>9}{standings}", group(row))?;
    }
    Ok(())
}

fn of(row: &Row, standing: Standing) -> Option<u64> {
    row.standings.iter().find(|(at, _)| *at == standing).and_then(|(_, count)| *count)
}

fn group(row: &Row) -> String {
    match row.cell.dimension() {
        "all" => "everybody".into(),
        dimension => format!("{dimension} {}", row.cell.name()),
    }
}

fn shown(count: Option<u64>) -> String {
    count.map_or(HIDDEN.into(), grouped)
}

fn rate(count: Option<u64>, residents: Option<u64>) -> String {
    per_thousand(count, residents).map_or(HIDDEN.into(), |rate| format!("{rate:.2}"))
}
