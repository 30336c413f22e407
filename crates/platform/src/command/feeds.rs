//! `sanzao feeds`: what each department sent, how late, and what was wrong with it.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use sanzao_ledger::NamedBy;
use sanzao_model::{Bureau, Feed};
use sanzao_readmodel::{FeedCounts, FeedDay, FeedReader, Lag, LagBucket, RejectionFilter};
use serde_json::{Value, json};

use crate::cli::{FeedsArgs, FeedsCommand, RejectionsArgs};
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::stage::FeedQualityStage;

/// Days told of one feed.
const DAYS: u32 = 14;
/// Reasons and types told of one feed.
const SHOWN: usize = 15;
/// Rejected events read at a time.
const PAGE: usize = 500;

pub(crate) fn run(args: &FeedsArgs) -> Result<ExitCode> {
    if let Some(FeedsCommand::Rejections(args)) = &args.command {
        return rejections(args);
    }
    let (pipeline, bureau) =
        open(Config::read_with_data(args.config.as_deref(), args.data.as_deref())?.for_bureau(&args.bureau))?;
    let named = pipeline.ledger_of(bureau)?.ledger().named_by();
    let counted = Counted::of(&pipeline, bureau)?;
    match args.feed {
        None => overview(&counted.reader.feeds()?, &named, args.json)?,
        Some(feed) => {
            let (counts, days) = (counted.reader.feed(feed)?, counted.reader.days(feed, DAYS)?);
            detail(feed, &counts, &days, &named, args.json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens a platform that does not run.
pub(crate) fn open(config: Config) -> Result<(Pipeline, Bureau)> {
    let data = DataDir::existing(&config)?;
    let bureau = config.bureau()?;
    let pipeline = Pipeline::open(&config, data).context(
        "of a running platform ask the API: GET /v1/feeds, POST /v1/feeds/{feed}/rejections/…/repair",
    )?;
    Ok((pipeline, bureau))
}

/// The counts of feeds with everything that the log holds.
pub(crate) struct Counted {
    /// What was counted.
    pub reader: FeedReader,
    stage: FeedQualityStage,
    /// Where others work on the log, they keep the counts in the data directory: these are made beside.
    _folder: Option<tempfile::TempDir>,
}

impl Counted {
    pub fn of(pipeline: &Pipeline, bureau: Bureau) -> Result<Counted> {
        let folder = match pipeline.is_exclusive {
            true => None,
            false => Some(tempfile::tempdir().context("no temporary folder")?),
        };
        let place = match &folder {
            Some(folder) => folder.path().to_owned(),
            None => pipeline.data.state()?,
        };
        let journal = Arc::clone(&pipeline.journal);
        let (stage, reader) =
            FeedQualityStage::open(journal, &place.join("feeds.db"), &pipeline.topics, bureau)?;
        let mut counted = Counted { reader, stage, _folder: folder };
        counted.catch_up()?;
        Ok(counted)
    }

    /// Counts what has been appended since.
    pub fn catch_up(&mut self) -> Result<()> {
        while self.stage.step()? {}
        Ok(())
    }
}

fn overview(feeds: &[(Feed, FeedCounts)], named: &NamedBy, as_json: bool) -> Result<()> {
    if as_json {
        let feeds: Vec<Value> = feeds.iter().map(|(feed, counts)| in_json(*feed, counts, named)).collect();
        return say!("{}", json!({ "feeds": feeds }));
    }
    say!(
        "{:<18} {:>11} {:>10} {:>9} {:>6} {:>8} {:>8}  {:<8} {:<8} {:>7}  newest arrival",
        "feed",
        "accepted",
        "duplicate",
        "rejected",
        "%",
        "repaired",
        "warnings",
        "recorded",
        "arrived",
        "people",
    )?;
    for (feed, counts) in feeds {
        let warnings: u64 = counts.warnings.iter().map(|of| of.count).sum();
        say!(
            "{:<18} {:>11} {:>10} {:>9} {:>6} {:>8} {:>8}  {} {} {:>7}  {}",
            feed.as_str(),
            grouped(counts.accepted),
            grouped(counts.duplicate),
            grouped(counts.rejected),
            percent(counts.percent(counts.rejected)),
            grouped(counts.repaired),
            grouped(warnings),
            spark(&counts.recorded),
            spark(&counts.arrived),
            percent(completeness(named, *feed)),
            counts.newest_arrival.map_or("-".to_owned(), china),
        )?;
    }
    say!("")?;
    say!(
        "recorded: from the day something holds to its `time`; arrived: from there to its arrival, each as"
    )?;
    say!("  future, <1 h, <1 d, 1-3 d, 3-7 d, 7-30 d, 30-90 d, more; the fullest is █")?;
    say!(
        "people: of the {} that the registry names, those that the feed names",
        grouped(named.registry_people)
    )?;
    say!("more of one: sanzao feeds --feed F; what was rejected: sanzao feeds rejections --feed F")
}

fn detail(feed: Feed, counts: &FeedCounts, days: &[FeedDay], named: &NamedBy, as_json: bool) -> Result<()> {
    if as_json {
        let mut all = in_json(feed, counts, named);
        let none = NamedBy::default();
        let day = |day: &FeedDay| {
            let mut counts = in_json(feed, &day.counts, &none);
            counts["day"] = json!(day.day);
            counts
        };
        all["days"] = days.iter().map(day).collect();
        return say!("{all}");
    }
    overview(&[(feed, counts.clone())], named, false)?;
    for (what, lag) in [
        ("recorded after the day it holds", &counts.recorded),
        ("arrived after it was recorded", &counts.arrived),
    ] {
        histogram(what, lag)?;
    }
    let reasons = counts.reasons.iter().map(|of| (format!("{} {}", of.code, of.pointer), of.count));
    rows("rejected because", reasons.collect())?;
    let named = |of: &sanzao_readmodel::Named| (of.name.clone(), of.count);
    rows("warnings", counts.warnings.iter().map(named).collect())?;
    rows("valid events by type", counts.types.iter().map(named).collect())?;
    let repairs = counts.repairs.iter().map(|(outcome, count)| (outcome.as_str().to_owned(), *count));
    rows("repairs", repairs.collect())?;
    if !days.is_empty() {
        say!("\narrived on    accepted  duplicate   rejected  recorded arrived")?;
    }
    for FeedDay { day, counts, .. } in days {
        say!(
            "{day}  {:>10} {:>10} {:>10}  {} {}",
            grouped(counts.accepted),
            grouped(counts.duplicate),
            grouped(counts.rejected),
            spark(&counts.recorded),
            spark(&counts.arrived)
        )?;
    }
    Ok(())
}

fn rows(title: &str, rows: Vec<(String, u64)>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    say!("\n{title}")?;
    let most = rows.iter().map(|(_, count)| *count).max().unwrap_or(0);
    for (name, count) in rows.iter().take(SHOWN) {
        row(name, *count, most)?;
    }
    if rows.len() > SHOWN {
        say!("  … and {} more; --json has all", rows.len() - SHOWN)?;
    }
    Ok(())
}

fn row(name: &str, count: u64, most: u64) -> Result<()> {
    let row = format!("  {name:<52} {:>10} {}", grouped(count), bar(count, most));
    say!("{}", row.trim_end())
}

fn histogram(what: &str, lag: &Lag) -> Result<()> {
    let (Some(median), Some(p90), Some(worst)) = (lag.percentile(50), lag.percentile(90), lag.worst_seconds)
    else {
        return Ok(());
    };
    say!(
        "\n{what}: median {}, nine of ten at most {}, longest {}",
        words(median),
        words(p90),
        length(worst)
    )?;
    let most = lag.counts.into_iter().max().unwrap_or(0);
    for (bucket, count) in LagBucket::ALL.into_iter().zip(lag.counts) {
        row(words(bucket), count, most)?;
    }
    Ok(())
}

fn words(bucket: LagBucket) -> &'static str {
    match bucket {
        LagBucket::Future => "dated later",
        LagBucket::UnderHour => "under 1 hour",
        LagBucket::UnderDay => "under 1 day",
        LagBucket::From1Day => "1 to 3 days",
        LagBucket::From3Days => "3 to 7 days",
        LagBucket::From7Days => "7 to 30 days",
        LagBucket::From30Days => "30 to 90 days",
        LagBucket::From90Days => "90 days or more",
    }
}

fn length(seconds: i64) -> String {
    match seconds {
        i64::MIN..0 => "dated later".to_owned(),
        0..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", grouped((seconds / 86_400).unsigned_abs())),
    }
}

/// Eight bars, one for each bucket; anything at all is seen.
fn spark(lag: &Lag) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = lag.counts.into_iter().max().unwrap_or(0).max(1);
    let one = |count: u64| if count == 0 { '·' } else { BARS[(count * 7 / most) as usize] };
    lag.counts.into_iter().map(one).collect()
}

fn bar(count: u64, most: u64) -> String {
    const WIDTH: u64 = 30;
    let length = if count == 0 { 0 } else { (count * WIDTH / most.max(1)).max(1) };
    "█".repeat(length as usize)
}

/// With a comma between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{share:.1}%"))
}

fn china(time: sanzao_model::Instant) -> String {
    const CHINA_NS: i64 = 8 * 3_600_000_000_000;
    let text = sanzao_model::Instant(time.0 + CHINA_NS).to_string();
    text.get(..16).map_or(text.clone(), |text| text.replace('T', " "))
}

fn completeness(named: &NamedBy, feed: Feed) -> Option<f64> {
    let (_, of) = named.named.iter().find(|(known, _)| *known == feed)?;
    (named.registry_people > 0).then(|| *of as f64 * 100.0 / named.registry_people as f64)
}

fn in_json(feed: Feed, counts: &FeedCounts, named: &NamedBy) -> Value {
    let lag = |lag: &Lag| {
        let counts = LagBucket::ALL.into_iter().zip(lag.counts);
        let bucket = |percent| lag.percentile(percent).map(LagBucket::as_str);
        let buckets: serde_json::Map<_, _> =
            counts.map(|(bucket, count)| (bucket.as_str().to_owned(), json!(count))).collect();
        json!({
            "median": bucket(50), "p90": bucket(90), "worst_seconds": lag.worst_seconds, "buckets": buckets,
        })
    };
    let map = |all: &[sanzao_readmodel::Named]| -> serde_json::Map<_, _> {
        all.iter().map(|of| (of.name.clone(), json!(of.count))).collect()
    };
    let reasons = counts.reasons.iter();
    let people = named.named.iter().find(|(known, _)| *known == feed);
    json!({
        "feed": feed, "accepted": counts.accepted, "duplicate": counts.duplicate, "rejected": counts.rejected,
        "repaired": counts.repaired, "types": map(&counts.types), "warnings": map(&counts.warnings),
        "reasons": reasons.map(|of| json!({"code": of.code, "pointer": of.pointer, "events": of.count}))
            .collect::<Vec<_>>(),
        "repairs": counts.repairs.iter().map(|(outcome, count)| (outcome.as_str().to_owned(), json!(count)))
            .collect::<serde_json::Map<_, _>>(),
        "recorded_after": lag(&counts.recorded), "arrived_after": lag(&counts.arrived),
        "newest_time": counts.newest_time.map(|time| time.to_string()),
        "newest_arrival": counts.newest_arrival.map(|time| time.to_string()),
        "registry_people": people.map(|_| named.registry_people), "named": people.map(|(_, named)| named),
    })
}

/// `sanzao feeds rejections`: a line for each refused event.
fn rejections(args: &RejectionsArgs) -> Result<ExitCode> {
    let (pipeline, bureau) =
        open(Config::read_with_data(args.config.as_deref(), args.data.as_deref())?.for_bureau(&args.bureau))?;
    if pipeline.is_exclusive {
        pipeline.ledger_of(bureau)?;
    }
    let counted = Counted::of(&pipeline, bureau)?;
    let filter = RejectionFilter { code: args.code.clone(), repaired: args.open.then_some(false) };
    let (mut after, mut told) = (None, 0_usize);
    loop {
        let page = counted.reader.rejections(args.feed, &filter, PAGE, after)?;
        for event in &page.items {
            if told == args.limit {
                if !args.json {
                    say!("… there are more: --limit")?;
                }
                return Ok(ExitCode::SUCCESS);
            }
            told += 1;
            let place = format!("{}:{}", event.place.partition, event.place.offset);
            let repair = event.repair.map(|repair| {
                format!("{}:{} {}", repair.place.partition, repair.place.offset, repair.outcome.as_str())
            });
            if args.json {
                say!(
                    "{}",
                    json!({
                        "place": place, "received": event.received.to_string(), "code": event.code,
                        "pointer": event.pointer, "expected": event.expected,
                        "repairs": event.repairs.map(|of| format!("{}:{}", of.partition, of.offset)),
                        "repair": event.repair.map(|of| json!({
                            "place": format!("{}:{}", of.place.partition, of.place.offset),
                            "outcome": of.outcome.as_str(),
                        })),
                    })
                )?;
            } else {
                let repair = repair.map_or(String::new(), |repair| format!("  repaired by {repair}"));
                let at = china(event.received);
                say!("{place:>12}  {at}  {} at {}: {}{repair}", event.code, event.pointer, event.expected)?;
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if told == 0 && !args.json {
        let which = if filter == RejectionFilter::default() { "" } else { " that is asked for" };
        say!("nothing of {}{which} was rejected", args.feed)?;
    }
    Ok(ExitCode::SUCCESS)
}
