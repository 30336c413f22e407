//! `sanzao verify`: incremental = sweep = replay at the present cut (design, invariant 3), and a snapshot is
//! what the log says at its offset.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use sanzao_ledger::{Damage, Ledger, Listed};
use sanzao_model::{Bureau, Day, RuleId, Suspension};

use super::findings::sweep;
use crate::cli::VerifyArgs;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::progress;
use crate::stage::{Incremental, sent_levels};
use crate::sweep::{FindingMap, first_difference};

struct Verified {
    bureau: Bureau,
    day: Day,
    facts_upto: u64,
    findings: usize,
    sent: Option<usize>,
    /// Rules that are suspended somewhere: what they find there was held back, and is not compared.
    suspended: BTreeSet<RuleId>,
    /// The offset of the newest snapshot.
    snapshot: Option<u64>,
    difference: Option<String>,
}

pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode> {
    let config =
        Config::read_with_data(args.config.as_deref(), args.data.as_deref())?.with_rules(&args.rules);
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?)?;
    let mut agree = true;
    for bureau in pipeline.topics.bureaus() {
        let verified = verify(&pipeline, *bureau)?;
        agree &= verified.difference.is_none();
        print(&verified, args.json)?;
    }
    Ok(if agree { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(verified: &Verified, json: bool) -> Result<()> {
    let Verified { bureau, day, facts_upto, findings, sent, suspended, snapshot, difference } = verified;
    if json {
        let report = serde_json::json!({
            "bureau": bureau.to_string(), "day": day, "facts_upto": facts_upto, "findings": findings,
            "sent": sent, "suspended": suspended, "snapshot": snapshot, "agree": difference.is_none(), "difference": difference,
        });
        return say!("{report}");
    }
    let snapshot = snapshot.map_or(String::new(), |offset| format!("; the snapshot at {offset} holds"));
    let compared = match sent {
        Some(sent) => format!("sweep, incremental replay and the {sent} findings sent to casework"),
        None => "sweep and incremental replay (nothing was sent to casework yet)".to_owned(),
    };
    if !suspended.is_empty() {
        let suspended: Vec<&str> = suspended.iter().map(|rule| rule.0.as_str()).collect();
        say!(
            "held back because a feed is late, and not compared with what was sent: {}",
            suspended.join(", ")
        )?;
    }
    match difference {
        None => say!(
            "bureau {bureau}, {day}, facts up to {facts_upto}: {findings} findings; {compared} agree{snapshot}"
        ),
        Some(difference) => {
            say!("bureau {bureau}, {day}, facts up to {facts_upto}: DIFFERENCE: {difference}")
        }
    }
}

/// Compares at the cut that casework was last sent; where nothing was sent, at the end of the log.
fn verify(pipeline: &Pipeline, bureau: Bureau) -> Result<Verified> {
    let facts = pipeline.topics.facts(bureau);
    let sent = sent_levels(pipeline.journal.as_ref(), &pipeline.topics.inbox(bureau))?;
    let facts_upto = match &sent {
        Some(sent) => sent.upto,
        None => pipeline.journal.end(&facts)?,
    };
    let mut evaluator = pipeline.evaluator()?;
    let stage = pipeline.ledger_upto(bureau, facts_upto)?;
    if sent.is_some() && stage.on_record().hash.as_ref() != Some(&pipeline.rules_hash()) {
        bail!(
            "casework was sent what other rules or parameters find: verify with the configuration that `sanzao run` \
             had, or run it with this one first"
        );
    }
    let newest = stage.ledger().ages().iter().map(|age| age.newest.day_in_china()).max();
    let day = stage.day().or(newest).context("the log holds no events yet: there is nothing to verify")?;
    let swept = sweep(&mut evaluator, stage.ledger(), day)?;
    drop(stage);

    let ledger = Ledger::new(bureau, pipeline.open_id());
    let mut incremental = Incremental::new(ledger, evaluator, day);
    let bar = progress::bar(facts_upto, "replaying incrementally");
    incremental.replay(pipeline.journal.as_ref(), &facts, facts_upto, &|upto| bar.set_position(upto))?;
    bar.finish_and_clear();
    let replayed: FindingMap = incremental.into_map();
    let mut difference = first_difference(("the sweep", &swept), ("the incremental replay", &replayed));

    if let (None, Some(sent)) = (&difference, &sent) {
        let comparable = |map: &FindingMap| without(map, &sent.suspensions);
        difference = first_difference(
            ("the sweep", &comparable(&swept)),
            ("what casework was sent", &comparable(&sent.findings)),
        );
    }
    let (snapshot, damaged) = verify_snapshot(pipeline, bureau)?;
    difference = difference.or(damaged);
    Ok(Verified {
        bureau,
        day,
        facts_upto,
        findings: swept.len(),
        suspended: sent.iter().flat_map(|sent| &sent.suspensions).map(|it| it.rule.clone()).collect(),
        sent: sent.map(|sent| sent.findings.len()),
        snapshot,
        difference,
    })
}

/// Findings of the rules that are suspended nowhere.
fn without(map: &FindingMap, suspensions: &[Suspension]) -> FindingMap {
    let is_held_back = |rule: &RuleId| suspensions.iter().any(|suspension| suspension.rule == *rule);
    map.iter()
        .filter(|((rule, ..), _)| !is_held_back(rule))
        .map(|(key, it)| (key.clone(), it.clone()))
        .collect()
}

/// The offset of the newest snapshot of this version's format, and what is wrong with it: its parts, or the set of facts
/// it holds. Others are passed over at a start, too, and of them nothing can be said.
fn verify_snapshot(pipeline: &Pipeline, bureau: Bureau) -> Result<(Option<u64>, Option<String>)> {
    let snapshots = pipeline.snapshots();
    let is_of_format = |listed: &Listed| !matches!(listed.manifest, Err(Damage::Format { .. }));
    let Some(newest) = snapshots.list(bureau)?.into_iter().find(is_of_format) else {
        return Ok((None, None));
    };
    let offset = newest.facts_offset;
    let fault = match newest.manifest {
        Err(damage) => Some(damage.to_string()),
        Ok(manifest) => match snapshots.verify(&manifest) {
            Err(damage) => Some(damage.to_string()),
            Ok(()) => {
                let replayed = format!("{:032x}", pipeline.ledger_upto(bureau, offset)?.ledger().set_hash());
                let agree = replayed == manifest.set_hash;
                (!agree).then(|| format!("its set hash is {}, that of the log {replayed}", manifest.set_hash))
            }
        },
    };
    let told = fault
        .map(|fault| format!("snapshot {}: {fault}; delete it, a restart then reads the log", newest.name));
    Ok((Some(offset), told))
}
