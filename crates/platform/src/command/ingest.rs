//! `sanzao ingest`: files of a department through intake.
//!
//! [`source`] reads a file and says what its lines are, [`preview`] asks intake about them without taking any,
//! [`take`] appends them to the feed and reads what became of each, [`resume`] remembers how far that was, [`load`]
//! keeps alerts back meanwhile, and [`report`] tells it.

mod append;
mod load;
mod mask;
mod preview;
mod report;
mod resume;
mod source;
mod take;

use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

use crate::cli::IngestArgs;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::Pipeline;
pub(crate) use load::{Load, WAYS_OUT_OF_A_LOAD};
use report::{Tally, report};
use source::{Looked, Source};

/// Lines were refused, and somebody asked to be told so by the exit code.
const SOME_REFUSED: u8 = 3;

pub(crate) fn run(args: &IngestArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    ensure!(
        config.kafka.is_none() || args.preview.is_some(),
        "this configuration uses Kafka: send the lines to the topic feed.{} with any Kafka client (kcat -P -l), or \
         to POST /v1/events of the running platform",
        args.feed
    );
    let sources = source::sources(args)?;
    // Half the files would be worse than none: each is read to its end before the first is taken.
    let looked = sources.iter().map(look).collect::<Result<Vec<_>>>()?;
    if args.preview.is_some() {
        return preview::run(args, &config, &sources, &looked);
    }
    let pipeline = Pipeline::open(&config, DataDir::create(&config.data)?)
        .context("a running platform takes events at POST /v1/events")?;
    if args.strict {
        let judged = preview::judge(&pipeline.desk(args.feed), &sources, &looked, 0)?;
        if !judged.tally.refused.is_empty() {
            report(&judged.tally, args, false)?;
            if !args.json {
                say!("nothing was taken: --strict takes a file only if nothing of it is refused")?;
            }
            return Ok(ExitCode::FAILURE);
        }
    }
    let tally = take_all(&pipeline, args, &sources, &looked)?;
    report(&tally, args, true)?;
    // Every event refused: very likely another feed's file.
    let has_none = !tally.refused.is_empty() && tally.accepted + tally.duplicate == 0;
    Ok(match (has_none, args.fail_on_refused && !tally.refused.is_empty()) {
        (true, _) => ExitCode::FAILURE,
        (false, true) => ExitCode::from(SOME_REFUSED),
        (false, false) => ExitCode::SUCCESS,
    })
}

fn look(source: &Source) -> Result<Option<Looked>> {
    source.look().with_context(|| format!("{}: nothing was taken", source.path.display()))
}

fn take_all(
    pipeline: &Pipeline,
    args: &IngestArgs,
    sources: &[Source],
    looked: &[Option<Looked>],
) -> Result<Tally> {
    let mut tally = Tally::default();
    let name = load::name(pipeline, args);
    let load = Load::open(pipeline, &name)?;
    let mut done = Vec::new();
    for (index, (source, looked)) in sources.iter().zip(looked).enumerate() {
        let place = resume::place(pipeline, args.feed, &name, index, source, looked.as_ref());
        let one = take::take(pipeline, args.feed, source, looked.as_ref(), place.as_ref());
        let one = one.with_context(|| {
            format!("the load {name} stays open, so that half of it raises nothing: {WAYS_OUT_OF_A_LOAD}")
        })?;
        tally.add(one);
        if let Some(place) = place {
            done.extend(place.forget(pipeline)?);
        }
    }
    load.close_with(done)?;
    Ok(tally)
}
