//! `sanzao run`: all stages in one process.

use std::process::ExitCode;

use anyhow::Result;
use sanzao_model::{Bureau, FactsRecord};

use crate::cli::RunArgs;
use crate::clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::live::{self, Settings};
use crate::pipeline::Pipeline;

pub(crate) fn run(args: &RunArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let pipeline = Pipeline::open(&config, DataDir::create(&config.data)?)?;
    let bureau = live::only_bureau(&pipeline)?;
    if args.close_loads {
        close_loads(&pipeline, bureau)?;
    }
    if args.drain {
        return drain(&pipeline, bureau, args);
    }
    let settings =
        Settings { listen: config.api.listen, any_port: false, token: config.token()?, day: args.day };
    live::serve(&pipeline, &settings)?;
    Ok(ExitCode::SUCCESS)
}

fn close_loads(pipeline: &Pipeline, bureau: Bureau) -> Result<()> {
    let end = pipeline.journal.end(&pipeline.topics.facts(bureau))?;
    let stage = pipeline.ledger_upto(bureau, end)?;
    for load in stage.open_loads() {
        pipeline.append_facts(bureau, &FactsRecord::LoadClosed { load: load.clone() })?;
        tracing::warn!(%load, "closed a load that had not ended");
    }
    Ok(())
}

/// Works off everything that waits, in one thread.
fn drain(pipeline: &Pipeline, bureau: Bureau, args: &RunArgs) -> Result<ExitCode> {
    let intakes = pipeline.drain_intakes(&|_| {})?;
    let day = args.day.unwrap_or_else(clock::today);
    pipeline.tick(bureau, day)?;
    let mut discovery = pipeline.discovery(bureau, Some("drain"))?;
    while discovery.step()? {}
    let mut casework = pipeline.casework(bureau, "drain")?;
    while casework.step()? {}
    let counts = casework.state().counts();
    let rejected: u64 = intakes.iter().map(|stage| stage.rejected).sum();
    let (accepted, duplicate) = discovery.counts();
    let open_loads: Vec<_> = discovery.open_loads().iter().collect();
    if args.json {
        let report = serde_json::json!({
            "day": discovery.day(), "accepted": accepted, "duplicate": duplicate, "rejected": rejected,
            "open_loads": open_loads, "open": counts.open, "claimed": counts.claimed,
            "resolved": counts.resolved, "withdrawn": counts.withdrawn, "due": counts.due,
            "done": counts.done, "overdue": counts.overdue,
        });
        println!("{report}");
    } else {
        println!("{accepted} accepted, {duplicate} duplicate, {rejected} rejected");
        println!(
            "alerts: {} open, {} claimed, {} resolved, {} withdrawn",
            counts.open, counts.claimed, counts.resolved, counts.withdrawn
        );
        println!("tasks: {} due, {} done, {} overdue", counts.due, counts.done, counts.overdue);
        for load in open_loads {
            println!(
                "load {load} is open, so nothing was evaluated: run the same ingest again, or --close-loads"
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}
