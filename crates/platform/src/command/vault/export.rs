//! Everything that is held about one person, in one file.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use sanzao_intake::{Desk, Incoming};
use sanzao_journal::{Journal, Record, Stream};
use sanzao_model::{
    Body, Content, Fact, FactsRecord, Feed, Instant, ItemId, PersonId, SubjectId, WorkEvent, WorkRecord,
};
use sanzao_vault::{Access, Erased};
use serde_json::{Value, json};

use crate::output::say;
use crate::pipeline::Pipeline;
use crate::progress;

const READ_BYTES: usize = 8 << 20;

/// Writes identity, accesses, facts, work and raw events.
pub(super) fn run(
    pipeline: &Pipeline,
    person: PersonId,
    out: &Path,
    access: &Access,
    as_json: bool,
) -> Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let file = file.with_context(|| format!("cannot make {}", out.display()))?;
    let export = pipeline.identities().with(|vault| vault.export(person, access))?;
    let counter = progress::counter("reading the log");
    let (mut facts, mut work) = (Vec::new(), Vec::new());
    for bureau in pipeline.topics.bureaus() {
        facts.extend(facts_about(pipeline, &pipeline.topics.facts(*bureau), person, &counter)?);
        work.extend(work_about(pipeline, &pipeline.topics.work(*bureau), person, &counter)?);
    }
    let numbers: Vec<String> =
        export.identity.iter().flat_map(|identity| &identity.numbers).map(|n| n.value.clone()).collect();
    let raw = raw_about(pipeline, &numbers, &counter)?;
    counter.finish_and_clear();
    let counts = json!({
        "person": person, "file": out, "held": export.identity.is_some(), "accesses": export.accesses.len(),
        "facts": facts.len(), "work": work.len(), "raw_events": raw.len(),
    });
    let whole = json!({ "vault": export, "facts": facts, "work": work, "raw_events": raw });
    let mut writer = BufWriter::new(&file);
    serde_json::to_writer_pretty(&mut writer, &whole)?;
    writer
        .flush()
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write {}", out.display()))?;
    if as_json {
        return say!("{counts}");
    }
    ensure!(numbers.len() < 2, "one pseudonym stands for two numbers: pseudonym.key was changed");
    say!(
        "{}: {} facts, {} entries of alerts and tasks, {} raw events, {} accesses",
        out.display(),
        facts.len(),
        work.len(),
        raw.len(),
        export.accesses.len()
    )
}

fn each(
    journal: &dyn Journal,
    stream: &Stream,
    counter: &indicatif::ProgressBar,
    mut take: impl FnMut(&Record) -> Result<()>,
) -> Result<()> {
    let mut position = journal.begin(stream)?;
    loop {
        let batch = journal.read(stream, position, READ_BYTES)?;
        if batch.next == position {
            return Ok(());
        }
        position = batch.next;
        counter.inc(batch.records.len() as u64);
        batch.records.iter().try_for_each(&mut take)?;
    }
}

/// Facts that name the person in any role, stated since they were last erased; with each statement's time.
fn facts_about(
    pipeline: &Pipeline,
    stream: &Stream,
    person: PersonId,
    counter: &indicatif::ProgressBar,
) -> Result<Vec<Value>> {
    let mut facts = Vec::new();
    each(pipeline.journal.as_ref(), stream, counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        match FactsRecord::from_bytes(&record.value).with_context(|| format!("{stream} {}", record.offset))? {
            FactsRecord::Facts(batch) => {
                for statement in batch.statements {
                    if let Content::Fact(fact) = &statement.content
                        && names(fact, person)
                    {
                        facts.push(json!({
                            "recorded": statement.time.to_string(), "received": batch.received.to_string(),
                            "feed": fact.feed, "kind": fact.body.kind(), "on": fact.on, "fact": fact,
                        }));
                    }
                }
            }
            FactsRecord::Erased { person: erased } if erased == person => facts.clear(),
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

/// What happened to alerts and tasks about the person.
fn work_about(
    pipeline: &Pipeline,
    stream: &Stream,
    person: PersonId,
    counter: &indicatif::ProgressBar,
) -> Result<Vec<Value>> {
    let mut items: Vec<ItemId> = Vec::new();
    let mut entries = Vec::new();
    let about = SubjectId::Person(person);
    each(pipeline.journal.as_ref(), stream, counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        let work =
            WorkRecord::from_bytes(&record.value).with_context(|| format!("{stream} {}", record.offset))?;
        for event in &work.events {
            let concerns = match event {
                WorkEvent::Opened(item) if item.subject == about => {
                    items.push(item.id);
                    true
                }
                WorkEvent::Opened(_) => false,
                WorkEvent::Updated { id, .. }
                | WorkEvent::Moved { id, .. }
                | WorkEvent::Refused { id, .. } => items.contains(id),
                WorkEvent::Unknown { subject, .. } => *subject == about,
            };
            if concerns {
                entries.push(json!({ "offset": record.offset, "event": event }));
            }
        }
        Ok(())
    })?;
    Ok(entries)
}

/// Events as they were sent, refused ones too, in which one of the numbers stands.
fn raw_about(
    pipeline: &Pipeline,
    numbers: &[String],
    counter: &indicatif::ProgressBar,
) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    if numbers.is_empty() {
        return Ok(found);
    }
    // As written in the old form, too: without the century and the check character.
    let mut forms: Vec<String> = numbers.to_vec();
    let old = |n: &String| (n.len() == 18 && &n[6..8] == "19").then(|| format!("{}{}", &n[..6], &n[8..17]));
    forms.extend(numbers.iter().filter_map(old));
    for feed in Feed::ALL {
        let desk = pipeline.desk(feed);
        for partition in 0..pipeline.topics.feed_partitions() {
            let stream = pipeline.topics.feed(feed, partition);
            each(pipeline.journal.as_ref(), &stream, counter, |record| {
                if let Some(text) = original_with(&desk, record, partition, &forms) {
                    found.push(json!({
                        "feed": feed, "partition": partition, "offset": record.offset,
                        "received": Instant::from_millis(record.timestamp_ms).to_string(), "event": text,
                    }));
                }
                Ok(())
            })?;
        }
    }
    Ok(found)
}

fn original_with(desk: &Desk, record: &Record, partition: u32, forms: &[String]) -> Option<String> {
    let incoming =
        Incoming { headers: &record.headers, value: &record.value, partition, offset: record.offset };
    let text = String::from_utf8_lossy(&desk.original(&incoming)?.value).into_owned();
    let upper = text.to_ascii_uppercase();
    forms.iter().any(|form| upper.contains(form.as_str())).then_some(text)
}

/// Everybody whom the log says to forget, with the ends of `identities` now: what waits there of them is not kept.
pub(super) fn erasures_in_log(pipeline: &Pipeline) -> Result<Vec<Erased>> {
    let mut all = Vec::new();
    let counter = progress::counter("looking for erasures");
    for bureau in pipeline.topics.bureaus() {
        let identities = pipeline.topics.identities(*bureau);
        let before = [(identities.partition, pipeline.journal.end(&identities)?)];
        let stream = pipeline.topics.facts(*bureau);
        each(pipeline.journal.as_ref(), &stream, &counter, |record| {
            if let Ok(FactsRecord::Erased { person }) = FactsRecord::from_bytes(&record.value) {
                all.push(Erased {
                    person,
                    at: Instant::from_millis(record.timestamp_ms),
                    by: "log".into(),
                    values: 0,
                    before: before.into_iter().collect(),
                });
            }
            Ok(())
        })?;
    }
    counter.finish_and_clear();
    Ok(all)
}
