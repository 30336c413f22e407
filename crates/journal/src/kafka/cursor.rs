//! A consumer of one stream, at one place, kept between reads.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::KafkaConfig;
use super::client::{self, kafka_error, unavailable};
use super::message;
use super::reports::{Reporting, Reports};
use super::topics::{Topics, partition_number};
use crate::{Batch, JournalError, Record, Stream};

/// How long a record that exists may take to arrive at a consumer that waits for it.
const PATIENCE: Duration = Duration::from_millis(50);

/// Reads ahead into `fetched`; the position is that of the next record to hand out.
pub(super) struct Cursor {
    stream: Stream,
    bootstrap_servers: String,
    timeout: Duration,
    consumer: BaseConsumer<Reporting>,
    /// None until the consumer is assigned.
    position: Option<u64>,
    fetched: VecDeque<Record>,
    /// The consumer has reported the end of the partition, and no record since.
    at_end: bool,
    /// The last transient error, to explain why nothing comes.
    trouble: Option<KafkaError>,
}

enum Polled {
    Record,
    /// The consumer has reached the end of the partition.
    End,
    Nothing,
}

impl Cursor {
    pub(super) fn open(
        config: &KafkaConfig,
        stream: &Stream,
        reports: &Reports,
    ) -> Result<Self, JournalError> {
        let mut settings = client::settings(config);
        settings
            // Assigned by hand: the group is not joined, but librdkafka wants a name.
            .set("group.id", format!("{}-reader", config.group_prefix))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed")
            // Records that have expired are skipped; a log that was cut short is found out by its offsets.
            .set("auto.offset.reset", "earliest")
            // Bounds memory per stream: 8 MiB, or one larger record.
            .set("queued.max.messages.kbytes", "8192")
            .set("fetch.message.max.bytes", "4194304")
            // How long a full queue pauses fetching (1 s by default), and how long the broker holds a request while
            // there is nothing new: a seek has to wait for it.
            .set("fetch.queue.backoff.ms", "5")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.error.backoff.ms", "100");
        Ok(Self {
            stream: stream.clone(),
            bootstrap_servers: config.bootstrap_servers.clone(),
            timeout: config.timeout,
            consumer: client::create(&settings, Reporting(reports.clone()))?,
            position: None,
            fetched: VecDeque::new(),
            at_end: false,
            trouble: None,
        })
    }

    /// The offset from which the next record is handed out; that of no stream before the first use.
    pub(super) fn position(&self) -> u64 {
        self.position.unwrap_or(u64::MAX)
    }

    /// Moves to `from`, if it is not there already.
    pub(super) fn stand_at(&mut self, from: u64, topics: &Topics) -> Result<(), JournalError> {
        if self.position == Some(from) {
            return Ok(());
        }
        self.check_bounds(from, topics)?;
        self.seek(from)
    }

    /// Records from the position on. Empty only at the end of the stream; `next` may then lie further, over offsets
    /// that hold no records.
    pub(super) fn read(&mut self, max_bytes: usize, topics: &Topics) -> Result<Batch, JournalError> {
        self.drain(max_bytes)?;
        if self.fetched.is_empty() {
            let end = self.check_bounds(self.position(), topics)?;
            if end > self.position() {
                self.fetch_up_to(end)?;
                self.drain(max_bytes)?;
            }
        }
        let mut records = Vec::new();
        let mut bytes = 0;
        while let Some(record) = self.fetched.pop_front() {
            bytes += record.size_bytes();
            if bytes > max_bytes && !records.is_empty() {
                self.fetched.push_front(record);
                break;
            }
            self.position = Some(record.offset + 1);
            records.push(record);
        }
        Ok(Batch { records, next: self.position() })
    }

    /// True once there is something at or behind the position; false when the timeout has passed.
    pub(super) fn wait(&mut self, timeout: Duration, topics: &Topics) -> Result<bool, JournalError> {
        let deadline = Instant::now() + timeout;
        while self.fetched.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.poll(left)? {
                Polled::Record => {}
                Polled::End | Polled::Nothing if left.is_zero() => {
                    // Nothing was fetched in time. That is no proof that there is nothing.
                    return Ok(self.check_bounds(self.position(), topics)? > self.position());
                }
                Polled::End | Polled::Nothing => {}
            }
        }
        Ok(true)
    }

    /// The end of the stream, which must not lie before `from`.
    fn check_bounds(&self, from: u64, topics: &Topics) -> Result<u64, JournalError> {
        let end = topics.bounds(&self.stream)?.end;
        if from > end {
            return Err(JournalError::Ahead { stream: self.stream.clone(), from, end });
        }
        Ok(end)
    }

    fn seek(&mut self, to: u64) -> Result<(), JournalError> {
        let offset =
            i64::try_from(to).map_err(|_| JournalError::Bug { detail: format!("{to} is no offset") })?;
        self.position = None;
        self.fetched.clear();
        self.at_end = false;
        let mut list = TopicPartitionList::new();
        let (topic, partition) = (self.stream.topic.as_str(), partition_number(&self.stream));
        // A new assignment and not seek(), which fails while the consumer is not fetching.
        list.add_partition_offset(topic, partition, Offset::Offset(offset))
            .and_then(|()| self.consumer.assign(&list))
            .map_err(|error| kafka_error(&self.bootstrap_servers, &self.stream, &error))?;
        self.position = Some(to);
        Ok(())
    }

    /// Takes what the consumer has already, without waiting.
    fn drain(&mut self, max_bytes: usize) -> Result<(), JournalError> {
        let mut bytes: usize = self.fetched.iter().map(Record::size_bytes).sum();
        while bytes < max_bytes || self.fetched.is_empty() {
            match self.poll(Duration::ZERO)? {
                Polled::Record => bytes += self.fetched.back().map_or(0, Record::size_bytes),
                Polled::End => {}
                Polled::Nothing => return Ok(()),
            }
        }
        Ok(())
    }

    /// Waits for the first record before `end`, which is known to lie behind the position. There may be none: the
    /// last offsets of a log can be transaction markers. Only an end of partition that is reported after a fresh
    /// start from the position proves it; one that was reported before may be old.
    fn fetch_up_to(&mut self, end: u64) -> Result<(), JournalError> {
        let deadline = Instant::now() + self.timeout;
        let mut fresh = false;
        // After a reported end a record just appended arrives at once; if none does, it is time to ask afresh.
        let mut until = if self.at_end { Instant::now() + PATIENCE } else { deadline };
        loop {
            let polled = self.poll(until.saturating_duration_since(Instant::now()))?;
            match polled {
                Polled::Record => return Ok(()),
                Polled::End if fresh => {
                    self.position = Some(end);
                    return Ok(());
                }
                Polled::End | Polled::Nothing if Instant::now() >= deadline => {
                    let why =
                        self.trouble.as_ref().map_or("no answer in time".to_owned(), ToString::to_string);
                    return Err(unavailable(&self.bootstrap_servers, &format!("{}: {why}", self.stream)));
                }
                Polled::End => {
                    self.seek(self.position())?;
                    (fresh, until) = (true, deadline);
                }
                Polled::Nothing if !fresh && Instant::now() >= until => {
                    self.seek(self.position())?;
                    (fresh, until) = (true, deadline);
                }
                Polled::Nothing => {}
            }
        }
    }

    fn poll(&mut self, timeout: Duration) -> Result<Polled, JournalError> {
        match self.consumer.poll(timeout) {
            None => Ok(Polled::Nothing),
            Some(Ok(borrowed)) => {
                let record = message::incoming(&borrowed);
                let expected = self.fetched.back().map_or(self.position(), |last| last.offset + 1);
                if record.offset < expected {
                    let (stream, end) = (self.stream.clone(), record.offset);
                    return Err(JournalError::Ahead { stream, from: expected, end });
                }
                self.fetched.push_back(record);
                (self.trouble, self.at_end) = (None, false);
                Ok(Polled::Record)
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {
                self.at_end = true;
                Ok(Polled::End)
            }
            Some(Err(error)) => {
                match kafka_error(&self.bootstrap_servers, &self.stream, &error) {
                    JournalError::Unavailable { .. } => {}
                    fatal => return Err(fatal),
                }
                // The client reconnects by itself.
                self.trouble = Some(error);
                Ok(Polled::Nothing)
            }
        }
    }
}
