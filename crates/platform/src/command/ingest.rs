//! `sanzao ingest`: files of events, one a line, through intake.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use sanzao_journal::{Journal, NewRecord, Stream, Write};
use sanzao_model::{FactsRecord, Feed, ReceiptBatch, ReceiptOutcome};

use crate::cli::IngestArgs;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::progress;

/// Some programs begin a file with it.
const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";
/// Raw events are appended in pieces of about this size: one write to disk each.
const APPEND_BYTES: usize = 4 << 20;
/// A line longer than this is refused without being kept: no department's event is that large.
const MAX_LINE_BYTES: usize = 50 << 20;

/// What to do about a load that did not end.
pub(crate) const WAYS_OUT_OF_A_LOAD: &str =
    "run the same ingest again, or `sanzao run --close-loads` to go on with what is there";

/// What became of the lines.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    pub lines: u64,
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: Vec<RejectedLine>,
}

/// A refused line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct RejectedLine {
    pub file: String,
    pub line: u64,
    pub code: String,
    pub pointer: String,
    pub expected: String,
}

pub(crate) fn run(args: &IngestArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    anyhow::ensure!(
        config.kafka.is_none(),
        "this configuration uses Kafka: send the lines to the topic feed.{} with any Kafka client (kcat -P -l), or \
         to POST /v1/events of the running platform",
        args.feed
    );
    for file in &args.files {
        // Half the files would be worse than none: look before taking the first. A pipe is opened once only.
        if file.as_os_str() != "-" {
            let missing = || format!("cannot read {}", file.display());
            let about = std::fs::metadata(file).with_context(missing)?;
            anyhow::ensure!(!about.is_dir(), "{} is a folder: name the files in it", file.display());
            if about.is_file() {
                File::open(file).with_context(missing)?;
            }
        }
    }
    let pipeline = Pipeline::open(&config, DataDir::create(&config.data)?)?;
    let mut tally = Tally::default();
    let load = Load::open(&pipeline, &load_name(&pipeline, args))?;
    for file in &args.files {
        let one = ingest_file(&pipeline, args.feed, file).with_context(|| {
            format!(
                "the load {} stays open, so that half of it raises nothing: {WAYS_OUT_OF_A_LOAD}",
                load.name
            )
        })?;
        tally.lines += one.lines;
        tally.accepted += one.accepted;
        tally.duplicate += one.duplicate;
        tally.rejected.extend(one.rejected);
    }
    load.close()?;
    report(&tally, args)?;
    // Every line refused: very likely another feed's file.
    let none_taken = tally.lines > 0 && tally.accepted + tally.duplicate == 0;
    Ok(if none_taken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The feed and a tag of its files, so that another file of the feed does not close what a killed `ingest` left
/// open. A tag, because files are named for people, too. Standard input is the same file every time.
fn load_name(pipeline: &Pipeline, args: &IngestArgs) -> String {
    let path = |file: &PathBuf| file.canonicalize().unwrap_or_else(|_| file.clone()).display().to_string();
    let paths: Vec<String> = args.files.iter().map(path).collect();
    let tag = pipeline.pseudonyms().event("ingest", &paths.join("\n")).to_string();
    format!("ingest-{}-{}", args.feed, &tag[..8])
}

fn report(tally: &Tally, args: &IngestArgs) -> Result<()> {
    let rejected = tally.rejected.len();
    if args.json {
        for line in &tally.rejected {
            say!("{}", serde_json::to_string(line).unwrap_or_default())?;
        }
        let totals = serde_json::json!({
            "feed": args.feed, "lines": tally.lines, "accepted": tally.accepted,
            "duplicate": tally.duplicate, "rejected": rejected,
        });
        return say!("{totals}");
    }
    say!("{} accepted, {} duplicate, {rejected} rejected", tally.accepted, tally.duplicate)?;
    const SHOWN: usize = 20;
    for line in tally.rejected.iter().take(SHOWN) {
        say!("  {}:{}: {} at {}: {}", line.file, line.line, line.code, line.pointer, line.expected)?;
    }
    if rejected > SHOWN {
        say!("  … and {} more; --json lists all", rejected - SHOWN)?;
    }
    Ok(())
}

/// Keeps casework from being reconciled while half the data is there. A load that is not closed, because
/// the process was killed, stays open until the same load runs again, or `run --close-loads`.
pub(crate) struct Load<'p> {
    pipeline: &'p Pipeline,
    name: String,
}

impl<'p> Load<'p> {
    pub fn open(pipeline: &'p Pipeline, name: &str) -> Result<Load<'p>> {
        for bureau in pipeline.topics.bureaus() {
            pipeline.append_facts(*bureau, &FactsRecord::LoadOpened { load: name.to_owned() })?;
        }
        Ok(Load { pipeline, name: name.to_owned() })
    }

    pub fn close(self) -> Result<()> {
        for bureau in self.pipeline.topics.bureaus() {
            self.pipeline.append_facts(*bureau, &FactsRecord::LoadClosed { load: self.name.clone() })?;
        }
        Ok(())
    }
}

/// Appends a file's lines to the feed, takes them through intake and the ledger, and reads the receipts.
fn ingest_file(pipeline: &Pipeline, feed: Feed, path: &Path) -> Result<Tally> {
    let journal = pipeline.journal.as_ref();
    let receipts = pipeline.topics.receipts(feed);
    let receipts_from = journal.end(&receipts)?;
    let (input, total): (Box<dyn Read>, Option<u64>) = if path.as_os_str() == "-" {
        (Box::new(std::io::stdin().lock()), None)
    } else {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let length = file.metadata().map(|meta| meta.len()).ok();
        (Box::new(file), length)
    };
    let Appended { lines, too_long } =
        append_lines(pipeline, feed, BufReader::with_capacity(1 << 20, input), total)
            .with_context(|| format!("while reading {}", path.display()))?;
    let counter = progress::counter("checking events");
    pipeline.drain_intakes(&|stage| counter.set_position(stage.position()))?;
    counter.finish_and_clear();
    for bureau in pipeline.topics.bureaus() {
        let mut stage = pipeline.discovery(*bureau, None)?;
        while stage.step()? {}
    }
    let mut tally = Tally { lines: (lines.len() + too_long.len()) as u64, ..Tally::default() };
    collect(journal, &receipts, receipts_from, &lines, path, &mut tally)?;
    tally.rejected.extend(too_long.into_iter().map(|line| RejectedLine {
        file: path.display().to_string(),
        line,
        code: "line.too-long".into(),
        pointer: String::new(),
        expected: format!("an event a line, of at most {MAX_LINE_BYTES} bytes"),
    }));
    tally.rejected.sort_by_key(|rejected| rejected.line);
    Ok(tally)
}

/// What became of a file's lines.
struct Appended {
    /// The line number by offset in the feed.
    lines: BTreeMap<u64, u64>,
    /// The lines that were not kept.
    too_long: Vec<u64>,
}

/// Appends each line as one raw event. Blank lines are no events.
fn append_lines(
    pipeline: &Pipeline,
    feed: Feed,
    mut input: impl BufRead,
    total: Option<u64>,
) -> Result<Appended> {
    let stream = pipeline.topics.feed(feed, 0);
    let bar = match total {
        Some(total) => progress::bar(total, "reading (bytes)"),
        None => progress::counter("reading (bytes)"),
    };
    let (mut by_offset, mut too_long) = (BTreeMap::new(), Vec::new());
    let (mut waiting, mut numbers, mut bytes) = (Vec::new(), Vec::new(), 0);
    let mut number = 0;
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(MAX_LINE_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        number += 1;
        bar.inc(read as u64);
        if read > MAX_LINE_BYTES && !line.ends_with(b"\n") {
            too_long.push(number);
            bar.inc(input.skip_until(b'\n')? as u64);
            continue;
        }
        let text = if number == 1 { line.strip_prefix(UTF8_BOM).unwrap_or(&line) } else { &line };
        let value = text.trim_ascii().to_vec();
        if value.is_empty() {
            continue;
        }
        bytes += value.len();
        waiting.push(NewRecord { value, ..NewRecord::default() });
        numbers.push(number);
        if bytes >= APPEND_BYTES {
            append(pipeline.journal.as_ref(), &stream, &mut waiting, &mut numbers, &mut by_offset)?;
            bytes = 0;
        }
    }
    append(pipeline.journal.as_ref(), &stream, &mut waiting, &mut numbers, &mut by_offset)?;
    bar.finish_and_clear();
    Ok(Appended { lines: by_offset, too_long })
}

fn append(
    journal: &dyn Journal,
    stream: &Stream,
    waiting: &mut Vec<NewRecord>,
    numbers: &mut Vec<u64>,
    by_offset: &mut BTreeMap<u64, u64>,
) -> Result<()> {
    if waiting.is_empty() {
        return Ok(());
    }
    let appends = vec![(stream.clone(), std::mem::take(waiting))];
    let ranges = journal.write(Write { appends, commits: Vec::new() })?;
    let offsets = ranges.into_iter().flatten();
    by_offset.extend(offsets.zip(std::mem::take(numbers)));
    Ok(())
}

/// Counts the receipts of the lines of one file.
fn collect(
    journal: &dyn Journal,
    receipts: &Stream,
    from: u64,
    lines: &BTreeMap<u64, u64>,
    path: &Path,
    tally: &mut Tally,
) -> Result<()> {
    let mut position = from;
    loop {
        let batch = journal.read(receipts, position, 8 << 20)?;
        if batch.next == position {
            return Ok(());
        }
        position = batch.next;
        for record in batch.records.iter().filter(|record| !record.is_claim()) {
            let decoded = ReceiptBatch::from_bytes(&record.value)
                .with_context(|| format!("{receipts} offset {}", record.offset))?;
            for receipt in decoded.receipts {
                let Some(line) = lines.get(&receipt.offset) else { continue };
                match receipt.outcome {
                    ReceiptOutcome::Accepted => tally.accepted += 1,
                    ReceiptOutcome::Duplicate => tally.duplicate += 1,
                    ReceiptOutcome::Rejected { code, pointer, expected } => {
                        tally.rejected.push(RejectedLine {
                            file: path.display().to_string(),
                            line: *line,
                            code,
                            pointer,
                            expected,
                        })
                    }
                }
            }
        }
    }
}
