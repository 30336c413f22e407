//! `sanzao topics replay`: a feed's raw events once more.
//!
//! They are appended again, and not read again where they lie: the ledger knows up to which offset of a feed it has taken
//! events in, and passes over what comes again from there, so that an append that was tried twice does no harm.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use sanzao_intake::Incoming;
use sanzao_journal::{NewRecord, Record, Write};
use sanzao_model::{Instant, PersonId};

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::erasure::erasures_in_log;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::progress;
use crate::stage::TRACEPARENT;
use crate::topic_options::ReplayArgs;

const READ_BYTES: usize = 4 << 20;

pub(super) fn run(args: &ReplayArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?)
        .context("on the embedded journal, stop the platform first")?;
    let (journal, stream) = (&pipeline.journal, pipeline.topics.feed(args.feed, args.partition));
    let (begin, end) = (journal.begin(&stream)?, journal.end(&stream)?);
    let (from, to) = (args.from.unwrap_or(begin), args.to.unwrap_or(end));
    ensure!(
        begin <= from && from <= to && to <= end,
        "{stream} has offsets {begin} to {end}: from {from} to {to} is no part of it"
    );
    let erased = erasures_in_log(journal.as_ref(), &pipeline.topics)?;
    let erased: BTreeMap<PersonId, Instant> = erased.into_iter().map(|one| (one.person, one.at)).collect();
    let desk = pipeline.desk(args.feed);
    let counter = progress::counter("replaying");
    let (mut position, mut sent, mut kept_away) = (from, 0_u64, 0_u64);
    while position < to {
        let batch = journal.read(&stream, position, READ_BYTES)?;
        if batch.next == position {
            break;
        }
        let mut again = Vec::new();
        for record in batch.records.into_iter().filter(|record| record.offset < to) {
            let appended = Instant::from_millis(record.timestamp_ms);
            let incoming = Incoming {
                headers: &record.headers,
                value: &record.value,
                partition: stream.partition,
                offset: record.offset,
            };
            // What was refused names nobody whom the ledger knows by it.
            let names_erased = desk.read(&incoming).is_ok_and(|accepted| {
                let is_erased = |person| erased.get(&person).is_some_and(|at| appended <= *at);
                accepted.identities.iter().any(|identity| is_erased(identity.person))
            });
            match names_erased {
                true => kept_away += 1,
                false => again.push(new(record)),
            }
        }
        sent += again.len() as u64;
        journal.write(Write::append(stream.clone(), again))?;
        position = batch.next;
        counter.set_position(position - from);
    }
    counter.finish_and_clear();
    if args.json {
        say!("{}", serde_json::json!({ "sent": sent, "kept_away": kept_away }))?;
    } else {
        say!(
            "{stream}: {sent} events appended again; {kept_away} name somebody who was erased since, and were not"
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn new(record: Record) -> NewRecord {
    let Record { key, mut headers, value, .. } = record;
    // The trace that it was part of has ended.
    headers.retain(|(name, _)| name != TRACEPARENT);
    NewRecord { key, headers, value }
}
