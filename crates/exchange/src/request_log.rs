//! Records of a log of requests, and what they add up to: where each stands follows from the log alone.

use std::collections::BTreeMap;

use sanzao_model::{Day, ItemId};
use serde::{Deserialize, Serialize};

use crate::{Question, RequestCommand, RequestId, RequestNews, RequestRefusal, VerificationRequest};

/// The version that this software writes: the first byte of a record, before its JSON.
const VERSION: u8 = 1;

/// A record of the log of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestRecord {
    /// Somebody asks.
    Asked(Box<VerificationRequest>),
    /// Something happens to a request, if its state allows it.
    Command {
        /// Which.
        request: RequestId,
        /// What.
        command: RequestCommand,
    },
    /// A day begins, for all of them.
    Day {
        /// Which.
        today: Day,
    },
}

/// Why bytes are no record. Bug, or a record of a newer version: stop, do not skip.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a record of the log of requests cannot be read: {detail}; run the version that wrote it")]
pub struct RequestRecordError {
    detail: String,
}

impl RequestRecord {
    /// The bytes of the record.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, self).expect("plain data with text keys, and memory takes all");
        bytes
    }

    /// Reads the bytes of a record.
    ///
    /// # Errors
    /// When they are of a newer version or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<RequestRecord, RequestRecordError> {
        let wrong = |detail: String| RequestRecordError { detail };
        match bytes.split_first() {
            Some((&VERSION, rest)) => serde_json::from_slice(rest).map_err(|error| {
                wrong(format!("it is damaged in line {} column {}", error.line(), error.column()))
            }),
            Some((version, _)) => Err(wrong(format!("it has version {version}"))),
            None => Err(wrong("it is empty".to_owned())),
        }
    }
}

/// All requests of a log, as they stand after some record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests {
    by_id: BTreeMap<RequestId, VerificationRequest>,
    by_item: BTreeMap<ItemId, Vec<RequestId>>,
    /// As they were asked.
    order: Vec<RequestId>,
}

impl Requests {
    /// Takes in the next record; gives what messages follow from. The same record again changes nothing.
    ///
    /// # Errors
    /// When it is refused: then nothing has changed.
    pub fn take(&mut self, record: &RequestRecord) -> Result<Option<RequestNews>, RequestRefusal> {
        match record {
            RequestRecord::Asked(request) if self.by_id.contains_key(&request.id) => Ok(None),
            RequestRecord::Asked(request) => {
                self.by_item.entry(request.item).or_default().push(request.id);
                self.order.push(request.id);
                self.by_id.insert(request.id, VerificationRequest::clone(request));
                Ok(Some(RequestNews::Asked(request.clone())))
            }
            RequestRecord::Command { request, command } => {
                let known = self.by_id.get_mut(request).ok_or(RequestRefusal::Unknown)?;
                let has_moved = known.step(command)?;
                Ok(match command {
                    RequestCommand::Answer { .. } if has_moved => Some(RequestNews::Answered(*request)),
                    RequestCommand::Cancel { .. } if has_moved => Some(RequestNews::Cancelled(*request)),
                    RequestCommand::Answer { .. }
                    | RequestCommand::Cancel { .. }
                    | RequestCommand::Deliver { .. }
                    | RequestCommand::Day { .. } => None,
                })
            }
            RequestRecord::Day { today } => {
                for request in self.by_id.values_mut() {
                    request.step(&RequestCommand::Day { today: *today })?;
                }
                Ok(None)
            }
        }
    }

    /// What would follow of a command; changes nothing.
    ///
    /// # Errors
    /// When it would be refused.
    pub fn check(&self, request: RequestId, command: &RequestCommand) -> Result<(), RequestRefusal> {
        let mut known = self.by_id.get(&request).ok_or(RequestRefusal::Unknown)?.clone();
        known.step(command).map(|_| ())
    }

    /// One request.
    pub fn get(&self, id: RequestId) -> Option<&VerificationRequest> {
        self.by_id.get(&id)
    }

    /// Those for an alert or a task, as they were asked.
    pub fn of_item(&self, item: ItemId) -> impl Iterator<Item = &VerificationRequest> {
        self.by_item.get(&item).into_iter().flatten().filter_map(|id| self.by_id.get(id))
    }

    /// All of them, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &VerificationRequest> {
        self.order.iter().rev().filter_map(|id| self.by_id.get(id))
    }

    /// The number of the next request of an item with a question.
    pub fn next_number(&self, item: ItemId, question: Question) -> u32 {
        let asked = self.of_item(item).filter(|request| request.question == question).count();
        u32::try_from(asked).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Whether some become overdue when a day begins.
    pub fn become_overdue(&self, today: Day) -> bool {
        let command = RequestCommand::Day { today };
        self.by_id.values().any(|request| request.clone().step(&command) == Ok(true))
    }
}
