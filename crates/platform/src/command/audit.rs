//! `sanzao audit`: who did what, and whether the record of it is whole.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use sanzao_audit::{
    Action, Entry, Opened, Order, Outcome, Part, PersonAccess, Query, Report, of_person, open, search,
    verify, write_csv, write_json_lines,
};
use sanzao_model::{Day, Instant, PersonId};
use serde_json::json;

use crate::audit_log::Audit;
use crate::audit_options::{AuditAct, AuditArgs, AuditFormat, AuditQuery};
use crate::clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::{Out, say};
use crate::pipeline::Pipeline;

pub(crate) fn run(args: &AuditArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?).context(
        "of a running platform ask the API: POST /v1/audit/verify, GET /v1/audit, GET /v1/audit/export, \
         GET /v1/people/{person}/accesses",
    )?;
    let (journal, topics) = (Arc::clone(&pipeline.journal), &pipeline.topics);
    let audit = Audit::open(journal, topics.audit(), &pipeline.data, topics.node())?;
    let (action, people) = match &args.act {
        AuditAct::Verify => return verified(&audit, args.json),
        AuditAct::Search { query, .. } => (Action::SearchAudit, query.person.into_iter().collect()),
        AuditAct::Export { .. } => (Action::ExportAudit, Vec::new()),
        AuditAct::Person { person } => (Action::ReadAccessLog, vec![*person]),
    };
    // Whoever reads the record stands on it as well, first.
    let audit = audit.recording(&format!("process {}", std::process::id()))?;
    let mut entry = Entry::new(clock::now(), "command-line", action);
    entry.subjects = people;
    audit.record(entry)?;
    match &args.act {
        AuditAct::Verify => unreachable!("verified above"),
        AuditAct::Search { query, limit, before } => {
            found(&audit, query, usize::from(*limit), *before, args.json)
        }
        AuditAct::Export { .. } if args.json => exported(&audit, AuditFormat::JsonLines),
        AuditAct::Export { format } => exported(&audit, *format),
        AuditAct::Person { person } => told(&audit, *person, args.json),
    }
}

fn verified(audit: &Audit, as_json: bool) -> Result<ExitCode> {
    let report = verify(audit.records(), audit.keys())?;
    let Report { end, broken, mark, actions, erased, partly_erased, keys_missing, backwards } = &report;
    if as_json {
        let broken = broken.as_ref().map(ToString::to_string);
        say!(
            "{}",
            json!({
                "whole": report.is_whole(), "end": end.to_string(), "broken": broken, "mark": mark.to_string(),
                "actions": actions, "erased": erased, "partly_erased": partly_erased,
                "keys_missing": keys_missing, "backwards": backwards,
            })
        )?;
    } else {
        let records: u64 = actions.values().sum();
        match broken {
            None => say!("whole: {records} records; the end is {end}: keep it elsewhere")?,
            Some(broken) => say!("NOT WHOLE: {broken}")?,
        }
        for (action, count) in actions {
            say!("    {action}: {count}")?;
        }
        if *erased + *partly_erased > 0 {
            say!(
                "of {erased} nothing about people opens any more, of {partly_erased} not all: they were erased"
            )?;
        }
        if *keys_missing > 0 {
            say!("{keys_missing} need keys that are missing: restore the newest copy of audit-keys.db")?;
        }
        if *backwards > 0 {
            say!("{backwards} are older than the one before, by the clocks of their time")?;
        }
    }
    Ok(if report.is_whole() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Midnight in China.
fn midnight(day: Day) -> Instant {
    Instant((i64::from(day.0) * 86_400 - 8 * 3_600) * 1_000_000_000)
}

fn found(
    audit: &Audit,
    asked: &AuditQuery,
    limit: usize,
    before: Option<u64>,
    as_json: bool,
) -> Result<ExitCode> {
    let query = Query {
        actor: asked.actor.clone(),
        action: asked.action.clone(),
        outcome: asked.outcome.clone(),
        item: asked.item,
        person: asked.person,
        from: asked.from.map(midnight),
        to: asked.to.map(|day| midnight(day.plus_days(1))),
    };
    let page = search(audit.newest_first(), audit.keys(), &query, Order::NewestFirst, before, limit)?;
    if as_json {
        let mut out = Vec::new();
        out = write_json_lines(out, page.found.into_iter().map(Ok))?;
        Out.write_all(&out).context("cannot write")?;
    } else {
        page.found.iter().try_for_each(|entry| say!("{}", line(entry)))?;
        if let Some(next) = page.next {
            say!("more: --before {next}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(entry: &Opened) -> String {
    let outcome = match &entry.outcome {
        Outcome::Done => String::new(),
        Outcome::Refused { code } => format!(" refused: {code}"),
    };
    let people: Vec<String> = entry
        .subjects
        .iter()
        .map(|part| match part {
            Part::Known(person) => person.to_string(),
            Part::Erased => "erased".to_owned(),
            Part::KeyMissing => "key missing".to_owned(),
        })
        .collect();
    format!("{} {} {} {}{outcome} {}", entry.number, entry.at, entry.actor, entry.action, people.join(" "))
}

fn exported(audit: &Audit, format: AuditFormat) -> Result<ExitCode> {
    let entries = audit.records().map(|record| open(&record?, audit.keys()));
    let out = std::io::BufWriter::new(Out);
    let mut out = match format {
        AuditFormat::Csv => write_csv(out, entries)?,
        AuditFormat::JsonLines => write_json_lines(out, entries)?,
    };
    out.flush().context("cannot write")?;
    Ok(ExitCode::SUCCESS)
}

fn told(audit: &Audit, person: PersonId, as_json: bool) -> Result<ExitCode> {
    let (mut after, most) = (None, 1_000);
    loop {
        let page = of_person(audit.newest_first(), audit.keys(), person, Order::NewestFirst, after, most)?;
        for PersonAccess { number, at, actor, role, what, purpose } in page.accesses {
            if as_json {
                let access = json!({
                    "number": number, "at": at.to_string(), "actor": actor, "role": role, "what": what,
                    "purpose": purpose,
                });
                say!("{access}")?;
            } else {
                // An account of the platform has a role; whoever sits at the machine has none.
                let who = role.unwrap_or_else(|| "系统命令行".to_owned());
                say!("{} {who} {what} {}", at.minute_in_china(), purpose.unwrap_or_default())?;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
    }
}
