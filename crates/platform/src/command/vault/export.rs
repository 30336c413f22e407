//! Everything that is held about one person, in one file.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sanzao_intake::{Desk, Incoming};
use sanzao_journal::Stream;
use sanzao_ledger::Received;
use sanzao_model::{
    Body, Content, Fact, FactId, FactsRecord, Feed, Finding, Instant, ItemId, LevelState, PersonId,
    SubjectId, WorkEvent,
};
use sanzao_vault::Access;
use serde_json::{Value, json};

use crate::output::say;
use crate::pipeline::Pipeline;
use crate::progress;
use crate::received;
use crate::scan;

/// Writes identity, accesses, facts, work and raw events.
pub(super) fn run(
    pipeline: &Pipeline,
    person: PersonId,
    out: &Path,
    access: &Access,
    as_json: bool,
) -> Result<()> {
    // What cannot be written is noticed before the access is on record.
    ensure!(!out.exists(), "{} is there already: choose another name", out.display());
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let file = file.with_context(|| format!("cannot make {}", out.display()))?;
    let written = write(pipeline, person, out, &file, access);
    if written.is_err() {
        // Half of it would be taken for the whole.
        let _ = std::fs::remove_file(out);
    }
    let counts = written?;
    if as_json {
        return say!("{counts}");
    }
    say!(
        "{}: {} facts, {} entries of alerts and tasks, {} raw events, {} accesses",
        out.display(),
        counts["facts"],
        counts["work"],
        counts["raw_events"],
        counts["accesses"]
    )?;
    if counts["numbers"].as_u64() > Some(1) {
        say!("one pseudonym stands for several numbers: pseudonym.key was changed")?;
    }
    Ok(())
}

/// Writes the file; what it holds, in numbers.
fn write(pipeline: &Pipeline, person: PersonId, out: &Path, file: &File, access: &Access) -> Result<Value> {
    let export = pipeline.identities().with(|vault| vault.export(person, access))?;
    let counter = progress::counter("reading the log");
    let (mut facts, mut work) = (Vec::new(), Vec::new());
    for bureau in pipeline.topics.bureaus() {
        let found = facts_about(pipeline, &pipeline.topics.facts(*bureau), person, &counter)?;
        let ids = found.iter().map(|(id, _)| *id).collect();
        facts.extend(found.into_iter().map(|(_, fact)| fact));
        work.extend(work_about(pipeline, &pipeline.topics.work(*bureau), person, &ids, &counter)?);
    }
    let numbers: Vec<String> =
        export.identity.iter().flat_map(|identity| &identity.numbers).map(|n| n.value.clone()).collect();
    let raw = raw_about(pipeline, person, &numbers, &counter)?;
    counter.finish_and_clear();
    let counts = json!({
        "person": person, "file": out, "held": export.identity.is_some(), "numbers": numbers.len(),
        "accesses": export.accesses.len(), "facts": facts.len(), "work": work.len(), "raw_events": raw.len(),
    });
    let whole = json!({ "vault": export, "facts": facts, "work": work, "raw_events": raw });
    let mut writer = BufWriter::new(file);
    serde_json::to_writer_pretty(&mut writer, &whole)?;
    let flushed = writer.flush().and_then(|()| file.sync_all());
    flushed.with_context(|| format!("cannot write {}", out.display()))?;
    Ok(counts)
}

/// Facts that name the person in any role, stated since they were last erased; with each statement's time.
fn facts_about(
    pipeline: &Pipeline,
    stream: &Stream,
    person: PersonId,
    counter: &indicatif::ProgressBar,
) -> Result<Vec<(FactId, Value)>> {
    let mut facts = Vec::new();
    let mut received_before: Vec<Received> = Vec::new();
    scan::each(pipeline.journal.as_ref(), stream, counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        match scan::facts(stream, record)? {
            FactsRecord::Facts(batch) => {
                for statement in batch.statements {
                    let is_forgotten = received_before.iter().any(|before| {
                        (before.feed, before.partition) == (batch.feed, batch.partition)
                            && statement.offset < before.upto
                    });
                    if let Content::Fact(fact) = &statement.content
                        && names(fact, person)
                        && !is_forgotten
                    {
                        let told = json!({
                            "recorded": statement.time.to_string(), "received": batch.received.to_string(),
                            "feed": fact.feed, "kind": fact.body.kind(), "on": fact.on, "fact": fact,
                        });
                        facts.push((fact.id, told));
                    }
                }
            }
            FactsRecord::Erased { person: erased } if erased == person => {
                facts.clear();
                received_before.extend(received::at(record));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(facts)
}

fn names(fact: &Fact, person: PersonId) -> bool {
    let in_body = match &fact.body {
        Body::RelationRecorded { related, .. } => related.who.person == person,
        Body::IdentityCorrected { former } => former.person == person,
        Body::BirthCertified { child } => child.is_some_and(|child| child.person == person),
        _ => false,
    };
    in_body || fact.subject.named().iter().any(|named| named.who.person == person)
}

/// What happened to alerts and tasks about the person, and to those about others, a household among them, that rest on
/// a fact which names the person.
fn work_about(
    pipeline: &Pipeline,
    stream: &Stream,
    person: PersonId,
    facts: &BTreeSet<FactId>,
    counter: &indicatif::ProgressBar,
) -> Result<Vec<Value>> {
    let mut items: BTreeSet<ItemId> = BTreeSet::new();
    let mut entries = Vec::new();
    let about = SubjectId::Person(person);
    let rests = |finding: &Finding| finding.evidence.iter().any(|evidence| facts.contains(&evidence.fact));
    scan::each(pipeline.journal.as_ref(), stream, counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        let work = scan::work(stream, record)?;
        for event in &work.events {
            let concerns = concerns(event, about, &rests, &mut items);
            if concerns {
                entries.push(json!({ "offset": record.offset, "event": event }));
            }
        }
        Ok(())
    })?;
    Ok(entries)
}

/// Whether an event is about the subject, or rests on what `rests` knows; remembers the items that do.
fn concerns(
    event: &WorkEvent,
    about: SubjectId,
    rests: &dyn Fn(&Finding) -> bool,
    items: &mut BTreeSet<ItemId>,
) -> bool {
    match event {
        WorkEvent::Opened(item) if item.subject == about || rests(&item.finding) => {
            items.insert(item.id);
            true
        }
        WorkEvent::Opened(_) => false,
        WorkEvent::Updated { id, shown } => {
            if rests(&shown.finding) {
                items.insert(*id);
            }
            items.contains(id)
        }
        WorkEvent::Followed { id, subject, shown } => {
            if *subject == about || rests(&shown.finding) {
                items.insert(*id);
            }
            items.contains(id)
        }
        WorkEvent::StillFound { id, subject, sighting, .. } => {
            let rests = sighting.as_ref().is_some_and(|sighting| rests(&sighting.finding));
            items.contains(id) || *subject == about || rests
        }
        WorkEvent::Moved { id, .. }
        | WorkEvent::Woken { id, .. }
        | WorkEvent::Acted { id, .. }
        | WorkEvent::Assigned { id, .. }
        | WorkEvent::Escalated { id, .. }
        | WorkEvent::Commented { id, .. }
        | WorkEvent::Attached { id, .. }
        | WorkEvent::Grouped { id, .. }
        | WorkEvent::Drawn { id }
        | WorkEvent::Reviewed { id, .. }
        | WorkEvent::Refused { id, .. } => items.contains(id),
        WorkEvent::Unknown { subject, .. } => *subject == about,
        WorkEvent::Postponed(level) => {
            let found = match &level.state {
                LevelState::Known(findings) => findings.as_slice(),
                LevelState::Unknown { .. } => &[],
            };
            level.subject == about || found.iter().any(rests)
        }
        WorkEvent::Suspended(_) | WorkEvent::Resumed { .. } | WorkEvent::TakenUp => false,
    }
}

/// Events as they were sent: those that intake reads as naming the person, and those, refused ones too, in which one
/// of the numbers stands.
fn raw_about(
    pipeline: &Pipeline,
    person: PersonId,
    numbers: &[String],
    counter: &indicatif::ProgressBar,
) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    // As written in the old form, too: without the century and the check character.
    let mut forms: Vec<String> = numbers.to_vec();
    let old = |n: &String| {
        let is_last_century = n.len() == 18 && n.is_ascii() && &n[6..8] == "19";
        is_last_century.then(|| format!("{}{}", &n[..6], &n[8..17]))
    };
    forms.extend(numbers.iter().filter_map(old));
    for feed in Feed::ALL {
        let desk = pipeline.desk(feed);
        for partition in 0..pipeline.topics.feed_partitions() {
            let stream = pipeline.topics.feed(feed, partition);
            scan::each(pipeline.journal.as_ref(), &stream, counter, |record| {
                let (headers, value, offset) = (&record.headers[..], &record.value[..], record.offset);
                let incoming = Incoming { headers, value, partition, offset };
                if let Some(text) = original_about(&desk, &incoming, person, &forms) {
                    found.push(json!({
                        "feed": feed, "partition": partition, "offset": offset,
                        "received": Instant::from_millis(record.timestamp_ms).to_string(), "event": text,
                    }));
                }
                Ok(())
            })?;
        }
    }
    Ok(found)
}

fn original_about(
    desk: &Desk,
    incoming: &Incoming<'_>,
    person: PersonId,
    forms: &[String],
) -> Option<String> {
    let original = desk.original(incoming)?;
    let text = String::from_utf8_lossy(&original.value).into_owned();
    let upper = text.to_ascii_uppercase();
    let names = || {
        let identities = desk.read(incoming).map(|accepted| accepted.identities).unwrap_or_default();
        identities.iter().any(|identity| identity.person == person)
    };
    (forms.iter().any(|form| upper.contains(form.as_str())) || names()).then_some(text)
}
