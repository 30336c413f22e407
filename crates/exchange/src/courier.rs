//! The courier sends what is due: a step for a thread of its own. It waits for receivers, never for long, and never
//! with the outbox held.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use sanzao_model::Instant;
use ureq::Agent;

use crate::due::{Claimed, Sent};
use crate::message::Content;
use crate::{
    Attempt, AttemptOutcome, Endpoint, EndpointId, ExchangeError, Fault, Identities, IdentityFault,
    MessageState, Network, Outbox, asked_event, post, sign,
};

/// How messages are sent.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a receiver may take to answer, from looking its name up.
    pub timeout_seconds: u64,
    /// How many messages are on their way to one endpoint at once; one at least.
    pub workers: usize,
    /// The most messages to one endpoint in one step.
    pub most_per_step: usize,
    /// Networks that are not public, to which messages may go all the same.
    pub allowed_networks: Vec<Network>,
    /// Certificates in PEM that are trusted, in the place of those that everybody trusts.
    pub trusted_pem: Option<Vec<u8>>,
}

impl Default for Settings {
    /// 15 seconds, as Standard Webhooks 1.0.0 recommends at least.
    fn default() -> Settings {
        Settings {
            timeout_seconds: 15,
            workers: 4,
            most_per_step: 1_000,
            allowed_networks: Vec::new(),
            trusted_pem: None,
        }
    }
}

/// What one step did, by endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// By endpoint; those to which nothing was due are not there.
    pub by_endpoint: BTreeMap<EndpointId, Delivery>,
}

/// What one step did for one endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Taken by the receiver.
    pub delivered: u64,
    /// To be tried again.
    pub put_off: u64,
    /// Tried often enough.
    pub died: u64,
}

/// Sends messages.
pub struct Courier {
    agent: Agent,
    settings: Settings,
}

/// What one step has at hand.
struct Step<'a> {
    outbox: &'a Mutex<Outbox>,
    identities: &'a dyn Identities,
    clock: &'a (dyn Fn() -> Instant + Sync),
    random: &'a (dyn Fn() -> u64 + Sync),
    done: Mutex<Deliveries>,
}

/// What the workers of one endpoint share.
struct Round<'a> {
    endpoint: &'a Endpoint,
    /// Set by the first that fails: the others wait for the next step, so that a receiver that hangs costs the step
    /// no more than one timeout.
    is_over: AtomicBool,
    left: AtomicUsize,
}

impl Courier {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// [`ExchangeError::Certificates`].
    pub fn new(settings: Settings) -> Result<Courier, ExchangeError> {
        Ok(Courier { agent: post::agent(&settings)?, settings })
    }

    /// Sends what is due to these endpoints, to each by workers of its own, and takes down what came of it. It blocks
    /// until the slowest is through, for about one timeout when a receiver hangs: call it from one thread for each
    /// endpoint where the others must not wait that long. Call it when the log was taken in to its end.
    ///
    /// `clock` tells the time, `random` spreads what is tried again.
    ///
    /// # Errors
    /// When the outbox cannot be read or written. What was sent and could not be taken down is sent again, under the
    /// same id.
    pub fn deliver_due(
        &self,
        outbox: &Mutex<Outbox>,
        endpoints: &[Endpoint],
        identities: &dyn Identities,
        clock: &(dyn Fn() -> Instant + Sync),
        random: &(dyn Fn() -> u64 + Sync),
    ) -> Result<Deliveries, ExchangeError> {
        let step = Step { outbox, identities, clock, random, done: Mutex::default() };
        let rounds: Vec<_> = endpoints.iter().map(|endpoint| self.round(endpoint)).collect();
        let results: Vec<Result<(), ExchangeError>> = thread::scope(|scope| {
            let step = &step;
            let start = |round| {
                (0..self.settings.workers.max(1)).map(move |_| scope.spawn(move || self.work(step, round)))
            };
            let workers: Vec<_> = rounds.iter().flat_map(start).collect();
            let broken = || Err(ExchangeError::Bug { detail: "a worker of the courier panicked".to_owned() });
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| broken())).collect()
        });
        results.into_iter().collect::<Result<(), _>>()?;
        Ok(step.done.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn round<'a>(&self, endpoint: &'a Endpoint) -> Round<'a> {
        let left = AtomicUsize::new(self.settings.most_per_step);
        Round { endpoint, is_over: AtomicBool::new(false), left }
    }

    fn work(&self, step: &Step<'_>, round: &Round<'_>) -> Result<(), ExchangeError> {
        let take_one = || round.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        while !round.is_over.load(Ordering::Relaxed) && take_one().is_ok() {
            let claimed = lock(step.outbox).claim(round.endpoint.id(), (step.clock)())?;
            let Some(claimed) = claimed else { break };
            let sent = self.send(step, round.endpoint, &claimed);
            let (now, random) = ((step.clock)(), (step.random)());
            let state = lock(step.outbox).record(claimed, sent, now, random)?;
            let mut done = lock(&step.done);
            let delivery = done.by_endpoint.entry(round.endpoint.id().clone()).or_default();
            match state {
                MessageState::Delivered { .. } => delivery.delivered += 1,
                MessageState::Waiting { .. } | MessageState::Dropped { .. } => delivery.put_off += 1,
                MessageState::Dead { .. } => delivery.died += 1,
            }
            if is_receivers_fault(sent) {
                round.is_over.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn send(&self, step: &Step<'_>, endpoint: &Endpoint, claimed: &Claimed) -> Sent {
        let at = (step.clock)();
        let tried = |outcome, retry_after_seconds| {
            let nanos = (step.clock)().0.saturating_sub(at.0).max(0);
            let attempt = Attempt { at, duration_ms: nanos.unsigned_abs() / 1_000_000, outcome };
            Sent::Tried { attempt, retry_after_seconds }
        };
        let body = match &claimed.content {
            Content::Event(body) => body.clone().into_bytes(),
            Content::Request(request) => match step.identities.identity(request.person, request.id) {
                Ok(identity) => asked_event(request, &identity),
                Err(IdentityFault::Away) => return Sent::NoIdentity,
                Err(IdentityFault::Unknown) => {
                    return tried(AttemptOutcome::Fault(Fault::IdentityUnknown), None);
                }
            },
        };
        let headers = sign(endpoint.secrets(), &claimed.id, at, &body);
        let (outcome, retry_after_seconds) = post::post(&self.agent, endpoint, &headers, &body, at);
        tried(outcome, retry_after_seconds)
    }
}

/// Whether the receiver does badly, so that it is left alone for the rest of the step.
fn is_receivers_fault(sent: Sent) -> bool {
    match sent {
        Sent::NoIdentity => false,
        Sent::Tried { attempt, .. } => match attempt.outcome {
            AttemptOutcome::Status(status) => !(200..=299).contains(&status),
            AttemptOutcome::Fault(fault) => fault != Fault::IdentityUnknown,
        },
    }
}

/// A worker that panicked leaves the outbox whole: what it wrote was in a transaction.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier").field("settings", &self.settings).finish_non_exhaustive()
    }
}
