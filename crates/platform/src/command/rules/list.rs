//! `sanzao rules list`: what rules there are.

use std::process::ExitCode;

use anyhow::Result;
use sanzao_discovery::{Due, Head, Occasion, SubjectKind};
use serde_json::{Value, json};

use crate::output::say;
use crate::padding::{Set, aligned};
use crate::rule_options::RulesListArgs;
use crate::rule_sets;

pub(super) fn run(args: &RulesListArgs) -> Result<ExitCode> {
    let named = args.parameters.as_deref();
    let file = match &args.rules {
        Some(folder) => rule_sets::beside(folder, named),
        None => named.map(Into::into),
    };
    let (parameters, _) = rule_sets::parameters(file.as_deref())?;
    let set = rule_sets::rules(args.rules.as_deref(), &parameters)?;
    if args.json {
        let rules: Vec<Value> = set.rules().iter().map(|rule| in_json(&rule.head)).collect();
        let report = json!({ "hash": set.hash(), "parameters_hash": parameters.hash(), "rules": rules });
        say!("{report}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let heading = ["id", "version", "procedure", "subject", "due", "feeds", "sensitivity", "title"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(set.rules().iter().map(|rule| row(&rule.head)));
    let columns: Vec<Set> =
        heading.iter().map(|name| if *name == "version" { Set::Right } else { Set::Left }).collect();
    for line in aligned(&columns, &rows) {
        say!("{line}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn row(head: &Head) -> Vec<String> {
    vec![
        head.id.0.clone(),
        head.version.to_string(),
        head.procedure.as_str().into(),
        subject(head.subject).into(),
        due(head.due),
        feeds(head).join(","),
        head.sensitivity.as_str().into(),
        head.title.clone(),
    ]
}

fn in_json(head: &Head) -> Value {
    let occasion = match head.occasion {
        Occasion::Period => "period",
        Occasion::Event => "event",
    };
    json!({
        "id": head.id, "version": head.version, "procedure": head.procedure, "subject": subject(head.subject),
        "due": due(head.due), "feeds": feeds(head), "sensitivity": head.sensitivity.as_str(),
        "title": head.title, "occasion": occasion, "why": head.why, "legal_basis": head.legal_basis,
        "clears": head.clears,
    })
}

fn feeds(head: &Head) -> Vec<&'static str> {
    head.feeds.iter().map(|feed| feed.as_str()).collect()
}

fn subject(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Person => "person",
        SubjectKind::Household => "household",
    }
}

fn due(due: Due) -> String {
    match due {
        Due::WorkingDays(days) => format!("{days} working days"),
        Due::Column => "column due".into(),
    }
}
