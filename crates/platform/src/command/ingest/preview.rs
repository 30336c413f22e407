//! What an ingest would do, without taking anything: the contract's desk judges every event.

use std::collections::HashSet;
use std::process::ExitCode;

use anyhow::Result;
use sanzao_intake::{Desk, Incoming, PseudonymKey, SealKey};

use super::SOME_REFUSED;
use super::mask::masked;
use super::report::{RefusedLine, Tally, report};
use super::source::{Looked, Source};
use crate::cli::IngestArgs;
use crate::config::Config;
use crate::output::say;
use crate::stage::Contracts;

/// What was judged.
pub(super) struct Judged {
    pub tally: Tally,
    /// The first events, masked, with their file and line.
    pub shown: Vec<(String, u64, serde_json::Value)>,
}

pub(super) fn run(
    args: &IngestArgs,
    config: &Config,
    sources: &[Source],
    looked: &[Option<Looked>],
) -> Result<ExitCode> {
    // Nothing made with these keys is kept, and whether an event is valid depends on no key: so the journal need not
    // be opened, and a running platform not be stopped.
    let (key, seal) = (PseudonymKey::new([0; 32]), SealKey::new([0; 32]));
    let desk = Desk::new(Contracts::of(args.feed), &key, &seal, config.bureaus()?);
    let judged = judge(&desk, sources, looked, args.preview.unwrap_or(0))?;
    for (file, line, event) in &judged.shown {
        if args.json {
            say!("{}", serde_json::json!({"file": file, "line": line, "event": event}))?;
        } else {
            say!("{file}:{line}: {event}")?;
        }
    }
    report(&judged.tally, args, false)?;
    if !args.json {
        say!("nothing was taken: this was a preview")?;
    }
    let tally = &judged.tally;
    Ok(if !tally.refused.is_empty() { ExitCode::from(SOME_REFUSED) } else { ExitCode::SUCCESS })
}

/// Judges every line. Duplicates are those within the files: what was accepted before is not asked.
pub(super) fn judge(
    desk: &Desk,
    sources: &[Source],
    looked: &[Option<Looked>],
    show: usize,
) -> Result<Judged> {
    let mut judged = Judged { tally: Tally::default(), shown: Vec::new() };
    let mut seen = HashSet::new();
    for (source, looked) in sources.iter().zip(looked) {
        let mut tally = Tally::default();
        let (mut accepted, mut duplicate, mut refused, mut warnings) = (0, 0, Vec::new(), Vec::new());
        let file = source.path.display().to_string();
        let ended = source.read(looked.as_ref(), "checking (bytes)", &mut |outcome| {
            tally.take(source, outcome, |event| {
                if judged.shown.len() < show {
                    judged.shown.push((file.clone(), event.line, masked(&event.value)));
                }
                let incoming =
                    Incoming { headers: &[], value: &event.value, partition: 0, offset: event.line };
                match desk.read(&incoming) {
                    Ok(taken) => {
                        warnings.extend(taken.warnings);
                        if seen.insert(taken.statement.event) { accepted += 1 } else { duplicate += 1 }
                    }
                    Err(rejection) => {
                        let (code, pointer, expected) =
                            (rejection.code, rejection.pointer, rejection.expected);
                        refused.push(RefusedLine::of_event(source, event.line, code, pointer, expected));
                    }
                }
                Ok(())
            })
        })?;
        (tally.accepted, tally.duplicate) = (accepted, duplicate);
        tally.warn(&warnings);
        tally.refused.extend(refused);
        tally.end(source, ended);
        judged.tally.add(tally);
    }
    Ok(judged)
}
