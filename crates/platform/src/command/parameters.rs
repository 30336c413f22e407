//! `sanzao parameters`: which numbers hold where, and since when.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use sanzao_discovery::{Parameter, Parameters, RuleSet, RuleSetError, Value};
use sanzao_model::{Bureau, Day, Division, FactsRecord, Feed, Instant};
use serde::Serialize;

use crate::cli::{ParametersAct, ParametersArgs};
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::{aside, say};
use crate::pipeline::Pipeline;
use crate::stage::rhythm_of;
use crate::{clock, progress, scan};

/// A parameter as it is shown.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    name: &'a str,
    unit: &'a str,
    chinese: &'a str,
    /// What holds for whoever was asked about.
    holds: ShownValue<'a>,
    /// Every value of the table.
    values: Vec<ShownValue<'a>>,
}

#[derive(Debug, Serialize)]
struct ShownValue<'a> {
    value: i64,
    /// The first digits of division codes; empty for everywhere.
    area: &'a str,
    /// The first day; none where it has always held.
    from: Option<Day>,
    source: &'a str,
}

impl<'a> From<&'a Value> for ShownValue<'a> {
    fn from(value: &'a Value) -> ShownValue<'a> {
        ShownValue { value: value.value, area: value.area.as_str(), from: value.from, source: &value.source }
    }
}

/// A table that was put on record.
struct Recorded {
    at: Instant,
    parameters: Parameters,
}

pub(crate) fn run(args: &ParametersArgs) -> Result<ExitCode> {
    if let Some(ParametersAct::Check { file, rules, json }) = &args.act {
        return check(file, rules.as_deref(), *json);
    }
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    if args.data.is_none() {
        return show(&config.parameters()?, None, args).map(|()| ExitCode::SUCCESS);
    }
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?)?;
    for bureau in pipeline.topics.bureaus() {
        let tables = recorded(&pipeline, *bureau)?;
        if args.history {
            history(*bureau, &tables, args.json)?;
            continue;
        }
        match tables.last() {
            Some(table) => show(&table.parameters, Some(table.at), args)?,
            None => show(&pipeline.parameters, None, args)?,
        }
        if tables.last().is_none_or(|table| table.parameters.hash() != pipeline.parameters.hash()) {
            aside(format_args!(
                "the table that is configured is not on record yet: the next `sanzao run` puts it there, and \
                 evaluates everything by it (see it with --config and without --data)"
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Every table in the log that says something else than the one before.
fn recorded(pipeline: &Pipeline, bureau: Bureau) -> Result<Vec<Recorded>> {
    let facts = pipeline.topics.facts(bureau);
    let mut tables: Vec<Recorded> = Vec::new();
    let counter = progress::counter("looking for tables");
    scan::each(pipeline.journal.as_ref(), &facts, &counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        if let FactsRecord::Parameters { toml } = scan::facts(&facts, record)? {
            let parameters = Parameters::parse(&toml)
                .with_context(|| format!("{facts} {}: a table of another version", record.offset))?;
            if tables.last().is_none_or(|last| last.parameters != parameters) {
                tables.push(Recorded { at: Instant::from_millis(record.timestamp_ms), parameters });
            }
        }
        Ok(())
    })?;
    counter.finish_and_clear();
    Ok(tables)
}

fn show(parameters: &Parameters, recorded: Option<Instant>, args: &ParametersArgs) -> Result<()> {
    let day = args.on.unwrap_or_else(clock::today);
    let asked =
        |parameter: &&Parameter| args.name.as_ref().is_none_or(|part| parameter.name.contains(part.as_str()));
    let shown: Vec<Shown<'_>> =
        parameters.iter().filter(asked).map(|it| shown(it, args.division, day)).collect();
    if shown.is_empty() {
        anyhow::bail!("no parameter has a name with {}", args.name.as_deref().unwrap_or_default());
    }
    let recorded = recorded.map(|at| at.to_string());
    if args.json {
        let table = serde_json::json!({
            "on": day, "division": args.division, "recorded": recorded, "hash": parameters.hash(),
            "parameters": shown,
        });
        return say!("{table}");
    }
    let place = args.division.map_or("everywhere".into(), |division| format!("in {division}"));
    let recorded = recorded.map_or("not on record".into(), |at| format!("on record since {at}"));
    say!("on {day}, {place} ({recorded})")?;
    for Shown { name, unit, chinese, holds, values } in &shown {
        let ShownValue { value, area, from, source } = holds;
        let since = from.map_or(String::new(), |from| format!(" since {from}"));
        let within = if area.is_empty() { String::new() } else { format!(" in {area}") };
        say!("{name:36} {value:>10} {unit:8} {chinese} [{source}]{within}{since}")?;
        for other in values.iter().filter(|other| (other.area, other.from) != (*area, *from)) {
            let since = other.from.map_or("always".into(), |from| format!("since {from}"));
            let within = if other.area.is_empty() { "everywhere" } else { other.area };
            say!("{:36} {:>10} {unit:8} {within}, {since} [{}]", "", other.value, other.source)?;
        }
    }
    Ok(())
}

fn shown(parameter: &Parameter, division: Option<Division>, day: Day) -> Shown<'_> {
    Shown {
        name: &parameter.name,
        unit: &parameter.unit,
        chinese: &parameter.chinese,
        holds: parameter.at(division, day).into(),
        values: parameter.values.iter().map(ShownValue::from).collect(),
    }
}

/// What each table on record changed of the one before.
fn history(bureau: Bureau, tables: &[Recorded], json: bool) -> Result<()> {
    let mut before: Option<&Parameters> = None;
    for Recorded { at, parameters } in tables {
        let (gone, new) = difference(before, parameters);
        before = Some(parameters);
        if json {
            let line = serde_json::json!({
                "bureau": bureau.to_string(), "recorded": at.to_string(), "hash": parameters.hash(),
                "added": new, "removed": gone,
            });
            say!("{line}")?;
            continue;
        }
        say!("bureau {bureau}, on record since {at}: {} parameters", parameters.iter().count())?;
        gone.iter().try_for_each(|line| say!("  - {line}"))?;
        new.iter().try_for_each(|line| say!("  + {line}"))?;
    }
    if tables.is_empty() && !json {
        say!("bureau {bureau}: no table is on record yet")?;
    }
    Ok(())
}

/// Values that are no more, and values that are new, a line each; of the first table nothing.
fn difference(before: Option<&Parameters>, now: &Parameters) -> (Vec<String>, Vec<String>) {
    let lines = |parameters: &Parameters| -> Vec<String> {
        let of = |parameter: &Parameter| {
            let line = |value: &Value| {
                let from = value.from.map_or("always".into(), |from| format!("since {from}"));
                let area = if value.area.as_str().is_empty() { "everywhere" } else { value.area.as_str() };
                format!("{} = {} {area} {from} [{}]", parameter.name, value.value, value.source)
            };
            parameter.values.iter().map(line).collect::<Vec<_>>()
        };
        parameters.iter().flat_map(of).collect()
    };
    let Some(before) = before.map(lines) else { return (Vec::new(), Vec::new()) };
    let now = lines(now);
    let gone = before.iter().filter(|line| !now.contains(line)).cloned().collect();
    let new = now.iter().filter(|line| !before.contains(line)).cloned().collect();
    (gone, new)
}

/// Whether a table could be used.
fn check(file: &Path, rules: Option<&Path>, json: bool) -> Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let faults: Vec<String> = match Parameters::parse(&text) {
        Err(error) => vec![format!("{}: {error}", file.display())],
        Ok(parameters) => {
            let rules = match rules {
                None => RuleSet::built_in_with(&parameters),
                Some(folder) => match RuleSet::from_dir(folder, &parameters) {
                    Err(RuleSetError::Rules(errors)) => Err(errors),
                    other => Ok(other?),
                },
            };
            let mut faults: Vec<String> =
                rules.err().unwrap_or_default().iter().map(ToString::to_string).collect();
            faults.extend(without_rhythm(&parameters));
            faults
        }
    };
    let is_good = faults.is_empty();
    if json {
        say!("{}", serde_json::json!({ "file": file.display().to_string(), "faults": faults }))?;
    } else if is_good {
        say!("{}: good", file.display())?;
    } else {
        faults.iter().try_for_each(|fault| say!("{fault}"))?;
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Feeds of which the table does not say how often they are expected: that they are late would not be noticed.
fn without_rhythm(parameters: &Parameters) -> Vec<String> {
    let is_there = |name: &String| parameters.iter().any(|parameter| parameter.name == *name);
    let names = Feed::ALL.map(rhythm_of).into_iter().filter(|name| !is_there(name));
    names
        .map(|name| format!("there is no `{name}`: add it, 0 where the feed is not expected at any time"))
        .collect()
}
