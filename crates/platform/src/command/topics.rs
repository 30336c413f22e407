//! `sanzao topics`: are the topics as they have to be, make them so, and show what lies in them.

mod replay;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sanzao_exchange::RequestRecord;
use sanzao_journal::{Journal, Reader, Record, Remedy, Stream, TopicDifference};
use sanzao_model::{FactsRecord, InboxRecord, Instant, WorkRecord};
use serde_json::{Value, json};

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::overview::Overview;
use crate::pipeline::open_log;
use crate::topic_options::{TailArgs, TopicsArgs, TopicsCommand, TopicsPlace};
use crate::topics::Topics;

/// Records shown from before the end, unless told otherwise.
const LAST_RECORDS: u64 = 10;
const READ_BYTES: usize = 1 << 20;
/// How often to look for more.
const LOOK: Duration = Duration::from_millis(500);

pub(crate) fn run(args: &TopicsArgs) -> Result<ExitCode> {
    match &args.command {
        TopicsCommand::Check(place) => check(place),
        TopicsCommand::Apply(place) => apply(place),
        TopicsCommand::Replay(args) => replay::run(args),
        TopicsCommand::Tail(args) => tail(args),
    }
}

fn open(config: &Config) -> Result<(std::sync::Arc<dyn Journal>, Topics)> {
    open_log(config, &DataDir::create(&config.data)?)
}

fn check(place: &TopicsPlace) -> Result<ExitCode> {
    let (journal, topics) = open(&Config::read_with_data(place.config.as_deref(), place.data.as_deref())?)?;
    let differences = journal.check_topics(&topics.layout())?;
    differences.iter().try_for_each(|difference| tell(difference, place.json))?;
    let matters = |difference: &TopicDifference| difference.remedy() != Remedy::Advice;
    if differences.is_empty() && !place.json {
        say!("{} topics are as they have to be", topics.layout().len())?;
    }
    Ok(if differences.iter().any(matters) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn apply(place: &TopicsPlace) -> Result<ExitCode> {
    let (journal, topics) = open(&Config::read_with_data(place.config.as_deref(), place.data.as_deref())?)?;
    let layout = topics.layout();
    let before = journal.check_topics(&layout)?;
    let by_hand = before.iter().filter(|difference| difference.remedy() == Remedy::ByHand);
    let by_hand: Vec<String> = by_hand.map(ToString::to_string).collect();
    if !by_hand.is_empty() {
        bail!("nothing was done, because somebody has to decide:\n{}", by_hand.join("\n"));
    }
    journal.ensure_topics(&layout)?;
    let done = before.iter().filter(|difference| difference.remedy() == Remedy::Apply).count();
    if place.json {
        say!("{}", json!({ "topics": layout.len(), "applied": done }))?;
    } else {
        say!("{} topics are as they have to be; {done} differences were mended", layout.len())?;
    }
    journal.check_topics(&layout)?.iter().try_for_each(|difference| tell(difference, place.json))?;
    Ok(ExitCode::SUCCESS)
}

fn tell(difference: &TopicDifference, json: bool) -> Result<()> {
    if !json {
        return say!("{difference}");
    }
    let remedy = match difference.remedy() {
        Remedy::Apply => "apply",
        Remedy::ByHand => "by-hand",
        Remedy::Advice => "advice",
    };
    say!(
        "{}",
        json!({ "topic": difference.topic().as_str(), "remedy": remedy, "what": difference.to_string() })
    )
}

fn tail(args: &TailArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let (journal, topics) = open(&config)?;
    let stream = stream_of(&topics, &config, args)?;
    let end = journal.end(&stream)?;
    let from = args.from.unwrap_or(end.saturating_sub(LAST_RECORDS)).max(journal.begin(&stream)?);
    let claim = Reader::claim_before(journal.as_ref(), &stream, from)?;
    let mut reader = Reader::new(journal.as_ref(), stream, from, claim);
    let mut shown = 0;
    loop {
        let records = reader.read(READ_BYTES)?;
        for record in &records {
            if args.limit.is_some_and(|limit| shown >= limit) {
                return Ok(ExitCode::SUCCESS);
            }
            say!("{}", shown_as(&args.topic, record))?;
            shown += 1;
        }
        let is_done = args.limit.is_some_and(|limit| shown >= limit) || !args.follow;
        if records.is_empty() {
            if is_done {
                return Ok(ExitCode::SUCCESS);
            }
            reader.wait(LOOK)?;
        }
    }
}

/// The stream that is meant.
fn stream_of(topics: &Topics, config: &Config, args: &TailArgs) -> Result<Stream> {
    let topic = topics.named(&args.topic).with_context(|| {
        format!("{:?} is no topic of the platform: sanzao topics check lists what there is", args.topic)
    })?;
    if let Some(partition) = args.partition {
        return Ok(Stream::new(topic, partition));
    }
    let by_bureau =
        ["facts", "identities", "inbox", "work", "exchange", "overview"].contains(&args.topic.as_str());
    let partition = match by_bureau {
        true => topics.facts(config.clone().for_bureau(&args.bureau).bureau()?).partition,
        false => 0,
    };
    Ok(Stream::new(topic, partition))
}

/// One record. Raw events, rejections, identities and the audit record are not shown: they are about people by name.
fn shown_as(topic: &str, record: &Record) -> Value {
    let bytes = record.value.as_slice();
    let decoded = match topic {
        "facts" => told(FactsRecord::from_bytes(bytes)),
        "inbox" => told(InboxRecord::from_bytes(bytes)),
        "work" => told(WorkRecord::from_bytes(bytes)),
        "exchange" => told(RequestRecord::from_bytes(bytes)),
        "overview" => told(Overview::from_bytes(bytes)),
        topic if topic.starts_with("receipts.") || topic.starts_with("results.") => {
            told(serde_json::from_slice::<Value>(bytes))
        }
        _ => json!({ "bytes": bytes.len() }),
    };
    let mut shown = json!({
        "offset": record.offset,
        "appended": Instant::from_millis(record.timestamp_ms).to_string(),
        "record": decoded,
    });
    if record.claim > 0 {
        shown["claim"] = record.claim.into();
    }
    shown
}

fn told<T: serde::Serialize, E: std::fmt::Display>(decoded: Result<T, E>) -> Value {
    match decoded {
        Ok(record) => {
            serde_json::to_value(record).unwrap_or_else(|error| json!({ "unreadable": error.to_string() }))
        }
        Err(error) => json!({ "unreadable": error.to_string() }),
    }
}
