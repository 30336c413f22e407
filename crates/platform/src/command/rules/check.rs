//! `sanzao rules check`: every fault of every rule, with the line it stands in.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use sanzao_discovery::{Parameters, RuleError, RuleSet, Source};
use serde_json::{Value, json};

use crate::output::say;
use crate::rule_options::RulesCheckArgs;
use crate::rule_sets::{self, shown};

pub(super) fn run(args: &RulesCheckArgs) -> Result<ExitCode> {
    let file = rule_sets::beside(&args.rules, args.parameters.as_deref());
    let (parameters, _) = rule_sets::parameters(file.as_deref())?;
    let sources = Source::read_dir(&args.rules)?;
    let faults = RuleSet::load(&sources, &parameters).err().unwrap_or_default();
    tell(&args.rules, &sources, &faults, args.json)?;
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The rules of a folder; none where they have faults, which are told.
pub(super) fn fine(folder: &Path, parameters: &Parameters, json: bool) -> Result<Option<RuleSet>> {
    let sources = Source::read_dir(folder)?;
    match RuleSet::load(&sources, parameters) {
        Ok(set) => Ok(Some(set)),
        Err(faults) => {
            tell(folder, &sources, &faults, json)?;
            Ok(None)
        }
    }
}

fn tell(folder: &Path, sources: &[Source], faults: &[RuleError], json: bool) -> Result<()> {
    let wrong: BTreeSet<&str> = faults.iter().map(|fault| fault.file.as_str()).collect();
    let (rules, fine) = (sources.len(), sources.len() - wrong.len().min(sources.len()));
    let text =
        |file: &str| sources.iter().find(|source| source.file == file).map_or("", |source| &source.text);
    if json {
        let fault = |fault: &RuleError| -> Value {
            let line = text(&fault.file).lines().nth(fault.line.saturating_sub(1));
            json!({
                "file": fault.file, "line": fault.line, "column": fault.column, "message": fault.message,
                "text": line,
            })
        };
        let faults: Vec<Value> = faults.iter().map(fault).collect();
        return say!("{}", json!({ "rules": rules, "fine": fine, "faults": faults }));
    }
    for fault in faults {
        let place = folder.join(&fault.file);
        say!("{}:{}:{}: {}", place.display(), fault.line, fault.column, fault.message)?;
        say!("{}\n", shown(text(&fault.file), fault.line, fault.column))?;
    }
    match faults.len() {
        0 => say!("{rules} rules: all fine"),
        count => say!("{rules} rules: {fine} fine, {} with faults ({count} in all)", wrong.len()),
    }
}
