//! The loops that tell and ask departments: one that reads the logs, and one for each webhook, so that a receiver that
//! hangs keeps nobody else waiting. None of them keeps facts from flowing, or an answer from being current.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use sanzao_api::Backend;
use sanzao_exchange::{Courier, Endpoint, Outbox, RequestState, Schedule};
use sanzao_model::{Bureau, Instant};

use super::turn::{NOT_OURS, Turn};
use super::{WAIT, patiently};
use crate::accounts;
use crate::clock;
use crate::exchange::{LiveExchange, Revealing};
use crate::metrics::Status;
use crate::pipeline::Pipeline;
use crate::request_log::RequestLog;
use crate::stage::{ExchangeStage, StageError};
use crate::stages::StageName;
use crate::webhooks::Destination;

/// How long the reader of the logs waits before it tries again what failed.
const RETRY: Duration = Duration::from_secs(2);
/// How often it is looked for messages that are due.
const LOOK: Duration = Duration::from_millis(500);

/// The exchange, opened and not yet running.
pub(super) struct Opened {
    outbox: Arc<Mutex<Outbox>>,
    stage: ExchangeStage,
}

/// Opens the outbox, which another process may not have.
///
/// # Errors
/// When it cannot be opened.
pub(super) fn open(pipeline: &Pipeline, bureau: Bureau, destinations: &[Destination]) -> Result<Opened> {
    let endpoints: Vec<Endpoint> = destinations.iter().map(|it| it.endpoint.clone()).collect();
    patiently("the outbox", || {
        let outbox = Arc::new(Mutex::new(Outbox::open(&pipeline.data.outbox(), &endpoints)?));
        let (journal, ours) = (Arc::clone(&pipeline.journal), Arc::clone(&outbox));
        let stage = ExchangeStage::new(journal, &pipeline.topics, bureau, ours, clock::now)?;
        Ok(Opened { outbox, stage })
    })
}

impl Opened {
    /// What the API sees of it.
    pub fn live(&self, pipeline: &Pipeline, bureau: Bureau) -> LiveExchange {
        let log = RequestLog::new(Arc::clone(&pipeline.journal), pipeline.topics.exchange(bureau));
        LiveExchange { log: Mutex::new(log), outbox: Arc::clone(&self.outbox) }
    }

    /// Starts the loops.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn start(
        self,
        destinations: &[Destination],
        backend: &Arc<dyn Backend>,
        turn: &Arc<Turn>,
        status: &Arc<Status>,
    ) -> Result<Vec<JoinHandle<()>>> {
        let Opened { outbox, stage } = self;
        // Until all questions are read, one that was answered long ago could be sent.
        let is_current = Arc::new(AtomicBool::new(false));
        let turns = (Arc::clone(&is_current), Arc::clone(turn));
        let mut threads = vec![follow(stage, Arc::clone(&outbox), turns, Arc::clone(status))?];
        for Destination { endpoint, settings } in destinations.iter().cloned() {
            let round = Round {
                courier: Courier::new(settings)?,
                endpoint: [endpoint],
                outbox: Arc::clone(&outbox),
                identities: Revealing { backend: Arc::clone(backend), status: Arc::clone(status) },
                turn: Arc::clone(turn),
                status: Arc::clone(status),
            };
            let is_current = Arc::clone(&is_current);
            let thread = std::thread::Builder::new().name(round.name().to_string());
            let run = move || round.run(&is_current);
            threads.push(thread.spawn(run).context("the system gives no more threads")?);
        }
        Ok(threads)
    }
}

fn follow(
    mut stage: ExchangeStage,
    outbox: Arc<Mutex<Outbox>>,
    (is_current, turn): (Arc<AtomicBool>, Arc<Turn>),
    status: Arc<Status>,
) -> Result<JoinHandle<()>> {
    status.register_aside(&StageName::one("exchange"));
    let run = move || {
        while !status.is_stopping() {
            if !turn.is_ours() {
                is_current.store(false, Ordering::Release);
                status.waits("exchange", NOT_OURS.to_owned());
                status.pause(WAIT);
                continue;
            }
            let outcome = match stage.step() {
                Ok(true) => Ok(()),
                Ok(false) => {
                    is_current.store(true, Ordering::Release);
                    observe(&stage, &outbox, &status);
                    stage.wait(WAIT).map(drop)
                }
                Err(error) => Err(error),
            };
            match outcome {
                Ok(()) => status.runs("exchange", true),
                Err(error) => {
                    is_current.store(false, Ordering::Release);
                    tell_once(
                        &status,
                        "exchange",
                        &error,
                        "departments are not told for now, nothing is lost",
                    );
                    status.pause(RETRY);
                }
            }
        }
    };
    std::thread::Builder::new().name("exchange".into()).spawn(run).context("the system gives no more threads")
}

fn tell_once(status: &Status, name: &str, error: &StageError, what: &str) {
    if status.waits(name, error.to_string()) {
        tracing::error!(stage = name, %error, "{what}; facts flow");
    }
}

fn observe(stage: &ExchangeStage, outbox: &Mutex<Outbox>, status: &Status) {
    status.set("sanzao_stage_offset", "stage=\"exchange\"", stage.position() as f64);
    for (feed, count) in &stage.told {
        status.set("sanzao_exchange_results_total", &format!("feed=\"{feed}\""), *count as f64);
    }
    let open = stage.requests().newest_first().filter(|request| request.is_open());
    let (mut open_count, mut overdue) = (0.0, 0.0);
    for request in open {
        open_count += 1.0;
        overdue += f64::from(u8::from(matches!(request.state, RequestState::Overdue { .. })));
    }
    status.set("sanzao_exchange_requests", "state=\"open\"", open_count);
    status.set("sanzao_exchange_requests", "state=\"overdue\"", overdue);
    // What cannot be read now is told the next time.
    let endpoints = outbox.lock().unwrap_or_else(PoisonError::into_inner).endpoints().unwrap_or_default();
    for endpoint in endpoints {
        let labels = |state: &str| format!("endpoint=\"{}\",state=\"{state}\"", endpoint.id);
        status.set("sanzao_exchange_messages", &labels("waiting"), endpoint.waiting as f64);
        status.set("sanzao_exchange_messages", &labels("dead"), endpoint.dead as f64);
        let gone = f64::from(u8::from(endpoint.gone.is_some()));
        status.set("sanzao_exchange_gone", &format!("endpoint=\"{}\"", endpoint.id), gone);
    }
}

/// The loop of one webhook.
struct Round {
    courier: Courier,
    endpoint: [Endpoint; 1],
    outbox: Arc<Mutex<Outbox>>,
    identities: Revealing,
    turn: Arc<Turn>,
    status: Arc<Status>,
}

impl Round {
    fn name(&self) -> StageName {
        StageName::of_webhook(self.endpoint[0].id().as_str())
    }

    fn run(&self, is_current: &AtomicBool) {
        let (name, mut counts) = (self.name(), [0_u64; 3]);
        self.status.register_aside(&name);
        let name = name.shown();
        while !self.status.is_stopping() {
            let outcome = match is_current.load(Ordering::Acquire) && self.turn.is_ours() {
                true => self.deliver(&mut counts),
                false => Ok(false),
            };
            match outcome {
                Ok(has_sent) => {
                    self.status.runs(name, true);
                    self.status.pause(if has_sent { Duration::ZERO } else { LOOK });
                }
                Err(error) => {
                    tell_once(&self.status, name, &error, "messages wait, nothing is lost");
                    self.status.pause(RETRY);
                }
            }
        }
    }

    /// Sends what is due; whether there was something that the receiver took.
    fn deliver(&self, counts: &mut [u64; 3]) -> Result<bool, StageError> {
        let next: Option<Instant> = self.outbox.lock().unwrap_or_else(PoisonError::into_inner).next_due()?;
        // What lies farther ahead than anything is put off was set by a clock that was wrong: it is due.
        let farthest =
            Instant(clock::now().0.saturating_add(Schedule::LONGEST_SECONDS as i64 * 1_000_000_000));
        if next.is_none_or(|next| next > clock::now() && next <= farthest) {
            return Ok(false);
        }
        let random = || {
            let mut bytes = [0; 8];
            // Without randomness what failed together comes back together, and nothing is wrong.
            let _ = accounts::fill(&mut bytes);
            u64::from_le_bytes(bytes)
        };
        let sent =
            self.courier.deliver_due(&self.outbox, &self.endpoint, &self.identities, &clock::now, &random)?;
        let mut has_sent = false;
        for delivery in sent.by_endpoint.values() {
            has_sent |= delivery.delivered > 0;
            let new = [delivery.delivered, delivery.put_off, delivery.died];
            counts.iter_mut().zip(new).for_each(|(count, new)| *count += new);
        }
        for (outcome, count) in ["delivered", "put-off", "died"].into_iter().zip(*counts) {
            let labels = format!("endpoint=\"{}\",outcome=\"{outcome}\"", self.endpoint[0].id());
            self.status.set("sanzao_exchange_deliveries_total", &labels, count as f64);
        }
        Ok(has_sent)
    }
}
