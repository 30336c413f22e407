//! `sanzao synth`: a synthetic district as files.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::cli::SynthArgs;
use crate::output::say;
use crate::progress;

pub(crate) fn run(args: &SynthArgs) -> Result<ExitCode> {
    let district = district(args.people, args.months, args.seed);
    let counter = progress::counter("synthesising events");
    let summary = sanzao_synth::write_dir(&district, &args.out, &mut |lines| counter.set_position(lines))
        .with_context(|| format!("cannot write the district to {}", args.out.display()))?;
    counter.finish_and_clear();
    let planted = summary.planted.len();
    if args.json {
        let feeds: serde_json::Map<_, _> =
            summary.lines.iter().map(|(feed, lines)| (feed.as_str().to_owned(), (*lines).into())).collect();
        let report = serde_json::json!({
            "out": args.out, "people": args.people, "months": args.months, "seed": args.seed,
            "events": summary.lines.values().sum::<u64>(), "feeds": feeds, "planted": planted,
        });
        say!("{report}")?;
    } else {
        say!(
            "{} events of {} people in {}",
            summary.lines.values().sum::<u64>(),
            args.people,
            args.out.display()
        )?;
        for (feed, lines) in &summary.lines {
            say!("  {:24} {lines:>10}", format!("{}.jsonl", feed.as_str()))?;
        }
        say!("  {:24} {planted:>10} situations with the expected outcome", "planted.jsonl")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The district that `synth`, `demo` and `bench` make from these numbers.
pub(crate) fn district(people: u32, months: u32, seed: u64) -> sanzao_synth::District {
    sanzao_synth::District::new(people, months, seed)
}
