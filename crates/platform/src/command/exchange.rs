//! `sanzao exchange`: webhooks, dead letters and verification requests, while the platform does not run.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use sanzao_exchange::{Endpoint, Message, Outbox, RequestState};
use serde_json::json;

use crate::clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exchange_options::{ExchangeAct, ExchangeArgs};
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::request_log::RequestLog;
use crate::webhooks::destinations;

const ASK_THE_API: &str =
    "of a running platform ask the API: GET /v1/webhooks, GET /v1/webhooks/dead, GET /v1/verifications";

pub(crate) fn run(args: &ExchangeArgs) -> Result<ExitCode> {
    ensure!(args.data.is_some() || args.config.is_some(), "name a data directory with --data, or --config");
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let data = DataDir::existing(&config)?;
    if let ExchangeAct::Requests = &args.act {
        requests(&config, data, args.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    let endpoints: Vec<Endpoint> = destinations(&config)?.into_iter().map(|it| it.endpoint).collect();
    let mut outbox = Outbox::open(&data.outbox(), &endpoints).context(ASK_THE_API)?;
    let now = clock::now();
    match &args.act {
        ExchangeAct::Endpoints => list(&outbox, args.json)?,
        ExchangeAct::Dead { endpoint, limit } => {
            dead(&outbox, &outbox.dead_letters(endpoint.as_ref(), *limit)?, args.json)?;
        }
        ExchangeAct::Retry { endpoint, message } => {
            outbox.retry(endpoint, message, now)?;
            done(args.json, "it is sent again when the platform runs")?;
        }
        ExchangeAct::Drop { endpoint, message } => {
            outbox.discard(endpoint, message, now)?;
            done(args.json, "it is given up")?;
        }
        ExchangeAct::Enable { endpoint } => {
            outbox.enable(endpoint)?;
            done(args.json, "messages are sent to it when the platform runs")?;
        }
        ExchangeAct::Requests => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn done(as_json: bool, what: &str) -> Result<()> {
    if as_json { say!("{}", json!({"done": what})) } else { say!("{what}") }
}

fn list(outbox: &Outbox, as_json: bool) -> Result<()> {
    let all = outbox.endpoints()?;
    if all.is_empty() && !as_json {
        say!("no webhook is configured: see [[webhook]] in the README")?;
    }
    for status in all {
        let gone = status.gone.map(|at| at.to_string());
        let paused = status.paused_until.map(|at| at.to_string());
        if as_json {
            say!(
                "{}",
                json!({
                    "id": status.id.as_str(), "department": status.department, "url": status.url,
                    "configured": status.is_configured, "gone_since": gone, "paused_until": paused,
                    "waiting": status.waiting, "delivered": status.delivered, "dead": status.dead,
                })
            )?;
            continue;
        }
        let configured = if status.is_configured { "" } else { ", not configured any more" };
        let gone = gone.map_or(String::new(), |at| format!(", wants no messages since {at}"));
        let paused = paused.map_or(String::new(), |at| format!(", asked for a pause until {at}"));
        let (id, department, url) = (&status.id, status.department, &status.url);
        let (waiting, delivered, dead) = (status.waiting, status.delivered, status.dead);
        say!(
            "{id} ({department}) {url}: {waiting} waiting, {delivered} delivered, {dead} dead{gone}{paused}{configured}"
        )?;
    }
    Ok(())
}

fn dead(outbox: &Outbox, letters: &[Message], as_json: bool) -> Result<()> {
    if letters.is_empty() && !as_json {
        say!("no dead letters")?;
    }
    for letter in letters {
        let last = outbox.attempts(&letter.endpoint, &letter.id)?.pop();
        let outcome = last.map(|attempt| format!("{:?}", attempt.outcome));
        let (endpoint, id, at) =
            (letter.endpoint.as_str(), letter.id.as_str(), letter.state.at().to_string());
        if as_json {
            say!(
                "{}",
                json!({"endpoint": endpoint, "message": id, "died_at": at, "attempts": letter.attempts,
                    "last_outcome": outcome})
            )?;
        } else {
            let outcome = outcome.unwrap_or_default();
            say!("{endpoint} {id}: dead since {at} after {} attempts, {outcome}", letter.attempts)?;
        }
    }
    Ok(())
}

fn requests(config: &Config, data: DataDir, as_json: bool) -> Result<()> {
    let pipeline = Pipeline::open(config, data).context(ASK_THE_API)?;
    for bureau in pipeline.topics.bureaus() {
        let stream = pipeline.topics.exchange(*bureau);
        let mut log = RequestLog::new(Arc::clone(&pipeline.journal), stream);
        log.catch_up(|_, _| {})?;
        for request in log.requests().newest_first() {
            let (id, state, deadline) = (request.id, request.state.as_str(), request.deadline);
            let question = request.question.as_str();
            if !as_json {
                say!("{id} {question}: {state}, to be answered until {deadline}")?;
                continue;
            }
            let answer = match &request.state {
                RequestState::Answered { answer, .. } => Some(answer),
                _ => None,
            };
            say!(
                "{}",
                json!({
                    "id": id, "item": request.item, "department": request.feed(), "question": question,
                    "asked_by": request.asked_by, "asked_at": request.asked_at.to_string(),
                    "deadline": deadline, "state": state, "answer": answer,
                })
            )?;
        }
    }
    Ok(())
}
