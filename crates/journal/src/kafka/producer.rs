//! One producer for all threads, whose failed appends leave only a beginning behind.
//!
//! librdkafka would give up single messages after a time and send the ones behind them. Here messages never time
//! out; when an append takes too long, the whole producer is closed, with all that waits in it, and the next append
//! gets a new one. The broker takes the batches of one producer in order, so what has arrived is without gaps.

use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, PurgeConfig, ThreadedProducer};

use super::client::{self, MAX_MESSAGE_BYTES, kafka_error, unavailable};
use super::message::{NEW_CLAIM, outgoing_headers};
use super::reports::Reports;
use super::topics::partition_number;
use super::{KafkaConfig, locked};
use crate::{JournalError, NewRecord, Stream};

/// What a record says about claims.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    None,
    /// Appended under the claim of this number.
    Held(u64),
    /// A claim record.
    New,
}

pub(super) struct Producer {
    config: KafkaConfig,
    settings: ClientConfig,
    reports: Reports,
    line: Mutex<Option<Arc<Line>>>,
}

/// A producer until it is closed.
struct Line {
    producer: ThreadedProducer<Deliveries>,
    /// Nothing is sent any more once this is true; set before the purge, so that nothing overtakes what it drops.
    closed: RwLock<bool>,
}

/// Where the records of one call of `append` have arrived.
struct Pending {
    arrivals: Mutex<Arrivals>,
    changed: Condvar,
}

struct Arrivals {
    waiting: usize,
    /// First and last offset, by append.
    offsets: Vec<Option<(u64, u64)>>,
    /// The first error, and the append that it hit.
    failed: Option<(usize, KafkaError)>,
}

/// Travels with a message and comes back with its delivery report.
struct Ticket {
    pending: Arc<Pending>,
    append: usize,
}

struct Deliveries {
    reports: Reports,
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        client::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.reports.add(&error, reason);
        tracing::warn!(target: "librdkafka", %error, reason, "kafka producer");
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        let mut arrivals = locked(&ticket.pending.arrivals);
        arrivals.waiting -= 1;
        match result {
            Ok(message) => arrivals.arrived(ticket.append, message.offset()),
            Err((error, _)) => arrivals.fail(ticket.append, error.clone()),
        }
        ticket.pending.changed.notify_all();
    }
}

impl Arrivals {
    fn arrived(&mut self, append: usize, offset: i64) {
        match u64::try_from(offset) {
            Ok(offset) => {
                let (first, last) = self.offsets[append].unwrap_or((offset, offset));
                self.offsets[append] = Some((first.min(offset), last.max(offset)));
            }
            // A batch that the broker had already taken may be reported without its offset: it must be repeated.
            Err(_) => {
                self.fail(append, KafkaError::MessageProduction(RDKafkaErrorCode::DuplicateSequenceNumber))
            }
        }
    }

    fn fail(&mut self, append: usize, error: KafkaError) {
        self.failed.get_or_insert((append, error));
    }
}

impl Producer {
    pub(super) fn new(config: &KafkaConfig, reports: &Reports) -> Self {
        let mut settings = client::settings(config);
        settings
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.timeout.ms", "0")
            // The caller waits for its records: sending at once is quicker, and batches form behind those in flight.
            .set("linger.ms", "0")
            .set("compression.type", "lz4")
            .set("queue.buffering.max.messages", "200000")
            .set("queue.buffering.max.kbytes", "262144");
        Self { config: config.clone(), settings, reports: reports.clone(), line: Mutex::new(None) }
    }

    /// Appends, and waits until everything has arrived. An append without records has no range.
    pub(super) fn append(
        &self,
        appends: &[(Stream, Vec<NewRecord>)],
        mark: impl Fn(&Stream) -> Mark,
    ) -> Result<Vec<Option<Range<u64>>>, JournalError> {
        let deadline = Instant::now() + self.config.timeout;
        let arrivals = Arrivals { waiting: 0, offsets: vec![None; appends.len()], failed: None };
        let pending = Arc::new(Pending { arrivals: Mutex::new(arrivals), changed: Condvar::new() });
        let line = self.line()?;
        for (append, (stream, records)) in appends.iter().enumerate() {
            let claim = match mark(stream) {
                Mark::None => None,
                Mark::Held(number) => Some(number.to_string().into_bytes()),
                Mark::New => Some(NEW_CLAIM.to_vec()),
            };
            for record in records {
                let ticket = Box::new(Ticket { pending: Arc::clone(&pending), append });
                self.send(&line, stream, record, claim.as_deref(), ticket, deadline)?;
            }
        }
        let arrivals = self.wait(&line, &pending, deadline)?;
        if let Some((append, error)) = &arrivals.failed {
            let (stream, records) = &appends[*append];
            return Err(self.explain(&line, stream, records, error));
        }
        Ok(arrivals.offsets.iter().map(|o| o.map(|(first, last)| first..last + 1)).collect())
    }

    fn line(&self) -> Result<Arc<Line>, JournalError> {
        let mut line = locked(&self.line);
        if let Some(line) = line.as_ref() {
            return Ok(Arc::clone(line));
        }
        let producer = client::create(&self.settings, Deliveries { reports: self.reports.clone() })?;
        let new = Arc::new(Line { producer, closed: RwLock::new(false) });
        *line = Some(Arc::clone(&new));
        Ok(new)
    }

    fn send(
        &self,
        line: &Arc<Line>,
        stream: &Stream,
        record: &NewRecord,
        claim: Option<&[u8]>,
        ticket: Box<Ticket>,
        deadline: Instant,
    ) -> Result<(), JournalError> {
        let pending = Arc::clone(&ticket.pending);
        let mut message =
            BaseRecord::<[u8], [u8], Box<Ticket>>::with_opaque_to(stream.topic.as_str(), ticket)
                .partition(partition_number(stream))
                .payload(record.value.as_slice());
        message.key = (!record.key.is_empty()).then_some(record.key.as_slice());
        message.headers = outgoing_headers(record, claim);
        loop {
            let closed = line.closed.read().unwrap_or_else(PoisonError::into_inner);
            if *closed {
                return Err(unavailable(&self.config.bootstrap_servers, "a write was given up"));
            }
            locked(&pending.arrivals).waiting += 1;
            let (error, back) = match line.producer.send(message) {
                Ok(()) => return Ok(()),
                Err(returned) => returned,
            };
            drop(closed);
            let mut arrivals = locked(&pending.arrivals);
            arrivals.waiting -= 1;
            message = back;
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                drop(arrivals);
                return Err(self.explain(line, stream, std::slice::from_ref(record), &error));
            }
            if Instant::now() >= deadline {
                drop(arrivals);
                return Err(self.give_up(line));
            }
            // Records of other threads may fill the queue, whose arrival is not reported here.
            drop(pending.changed.wait_timeout(arrivals, Duration::from_millis(10)));
        }
    }

    fn wait<'a>(
        &self,
        line: &Arc<Line>,
        pending: &'a Pending,
        deadline: Instant,
    ) -> Result<MutexGuard<'a, Arrivals>, JournalError> {
        let mut arrivals = locked(&pending.arrivals);
        while arrivals.waiting > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(arrivals);
                return Err(self.give_up(line));
            }
            arrivals = pending.changed.wait_timeout(arrivals, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(arrivals)
    }

    /// What a failed delivery means; a producer that is broken for good is replaced.
    fn explain(
        &self,
        line: &Arc<Line>,
        stream: &Stream,
        records: &[NewRecord],
        error: &KafkaError,
    ) -> JournalError {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                // Ours are limited before they are sent: this topic has a lower limit.
                let size_bytes = records.iter().map(NewRecord::size_bytes).max().unwrap_or(0);
                let detail = format!(
                    "a record of up to {size_bytes} bytes for {stream}; set max.message.bytes of the topic to \
                     {MAX_MESSAGE_BYTES}"
                );
                JournalError::Refused { detail }
            }
            Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight) => {
                unavailable(&self.config.bootstrap_servers, "a write was given up")
            }
            _ => {
                if line.producer.client().fatal_error().is_some() {
                    self.close(line);
                }
                kafka_error(&self.config.bootstrap_servers, stream, error)
            }
        }
    }

    fn give_up(&self, line: &Arc<Line>) -> JournalError {
        self.close(line);
        let seconds = self.config.timeout.as_secs_f32();
        unavailable(
            &self.config.bootstrap_servers,
            &format!("a write was not acknowledged within {seconds} s"),
        )
    }

    fn close(&self, line: &Arc<Line>) {
        let mut current = locked(&self.line);
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, line)) {
            *current = None;
        }
        drop(current);
        let mut closed = line.closed.write().unwrap_or_else(PoisonError::into_inner);
        if !*closed {
            *closed = true;
            line.producer.purge(PurgeConfig::default().queue().inflight());
        }
    }
}
