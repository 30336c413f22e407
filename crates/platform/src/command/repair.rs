//! `sanzao repair`: sends a rejected event again, corrected, while the platform does not run.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use sanzao_api::{OutcomeName, RawEvent, ReceiptCursor};
use sanzao_model::{Bureau, Feed, Place, Receipt, ReceiptOutcome};

use super::feeds::{Counted, open};
use crate::cli::RepairArgs;
use crate::config::Config;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::receipt_log::ReceiptLog;
use crate::repair::Repairs;

/// The largest event, as over HTTP.
const MOST_BYTES: u64 = 60 << 20;

/// Some editors begin a file with it; JSON has none.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(crate) fn run(args: &RepairArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    ensure!(
        config.kafka.is_none(),
        "this configuration uses Kafka: send the event to POST /v1/feeds/{}/rejections/{}/{}/repair of the running \
         platform",
        args.feed,
        args.place.partition,
        args.place.offset
    );
    let value = read(&args.file)?;
    let (pipeline, bureau) = open(config)?;
    // What a repair that was broken off has appended is taken in first: it is not made twice.
    pipeline.ledger_of(bureau)?;
    let feeds = Counted::of(&pipeline, bureau)?.reader;
    let from = end_of_receipts(&pipeline, args.feed)?;
    let headers = vec![("content-type".to_owned(), b"application/cloudevents+json".to_vec())];
    let event = RawEvent { headers, value };
    let (journal, topics) = (pipeline.journal.as_ref(), &pipeline.topics);
    let raw = pipeline.raw();
    let repairs = Repairs { journal, topics, bureau, feeds: &feeds, raw: &raw };
    let place = repairs.submit(args.feed, args.place, event, "command line")?;
    pipeline.ledger_of(bureau)?;
    Counted::of(&pipeline, bureau)?;
    let receipt = receipt_of(&pipeline, bureau, args.feed, place, from)?;
    tell(&receipt, args)?;
    let refused = matches!(receipt.outcome, ReceiptOutcome::Rejected { .. });
    Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let mut value = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut value)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut value))
    };
    read.with_context(|| format!("cannot read {}", file.display()))?;
    ensure!(value.len() as u64 <= MOST_BYTES, "{} is larger than {MOST_BYTES} bytes", file.display());
    let text = value.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&value);
    Ok(text.trim_ascii().to_vec())
}

fn end_of_receipts(pipeline: &Pipeline, feed: Feed) -> Result<ReceiptCursor> {
    let record = pipeline.journal.end(&pipeline.topics.receipts(feed))?;
    Ok(ReceiptCursor { record, seen: 0 })
}

fn receipt_of(
    pipeline: &Pipeline,
    bureau: Bureau,
    feed: Feed,
    place: Place,
    from: ReceiptCursor,
) -> Result<Receipt> {
    let (journal, stream) = (pipeline.journal.as_ref(), pipeline.topics.receipts(feed));
    let log = ReceiptLog { journal, stream, bureau };
    let is_of = |of: &Receipt| (of.partition, of.offset) == (place.partition, place.offset);
    let mut next = from;
    while let Some(page) = log.page(next, 500, None)? {
        if let Some(receipt) = page.receipts.into_iter().find(is_of) {
            return Ok(receipt);
        }
        if !page.more {
            break;
        }
        next = page.next;
    }
    bail!("no receipt of the repaired event was written, which is a fault of the program")
}

fn tell(receipt: &Receipt, args: &RepairArgs) -> Result<()> {
    let Receipt { partition, offset, outcome, warnings, .. } = receipt;
    let warnings: Vec<_> = warnings.iter().map(|warning| warning.as_str()).collect();
    let name = match OutcomeName::of(outcome) {
        OutcomeName::Accepted => "accepted",
        OutcomeName::Duplicate => "duplicate",
        OutcomeName::Rejected => "rejected",
    };
    let repairs = format!("{}:{}", args.place.partition, args.place.offset);
    let told = receipt.repairs.map(|place| format!("{}:{}", place.partition, place.offset));
    if args.json {
        let mut told = serde_json::json!({
            "feed": args.feed, "place": format!("{partition}:{offset}"), "repairs": told, "outcome": name,
            "warnings": warnings,
        });
        if let ReceiptOutcome::Rejected { code, pointer, expected } = outcome {
            told["code"] = code.as_str().into();
            told["pointer"] = pointer.as_str().into();
            told["expected"] = expected.as_str().into();
        }
        return say!("{told}");
    }
    say!("{}: {partition}:{offset} repairs {repairs}: {name}", args.feed)?;
    if let ReceiptOutcome::Rejected { code, pointer, expected } = outcome {
        say!("  {code} at {pointer}: {expected}")?;
    }
    for warning in warnings {
        say!("  warning {warning}")?;
    }
    Ok(())
}
