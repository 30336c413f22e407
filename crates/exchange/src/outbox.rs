//! The outbox: messages that wait, and what became of those that were sent.
//!
//! What was delivered, no log can tell: the file is state that is kept. It remembers how far it has taken the log in.
//! Without the file the log is taken in from its beginning, and all is sent again under the same ids.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, params};
use sanzao_model::{Feed, Instant};

use crate::{
    Attempt, AttemptOutcome, Endpoint, EndpointId, EndpointStatus, ExchangeError, Fault, Message, MessageId,
    MessageState, RequestId, schema,
};

/// How far a log was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPosition {
    /// The log's name.
    pub log: String,
    /// Its partition.
    pub partition: u32,
    /// The offset to read next.
    pub next: u64,
}

/// Messages to departments in one SQLite file. One process opens it; share it behind a mutex, which the courier does
/// not hold while it sends.
pub struct Outbox {
    pub(crate) db: Connection,
    /// Messages that are being sent.
    pub(crate) on_their_way: HashSet<(EndpointId, MessageId)>,
    /// After `db`: fields are dropped in order.
    _lock: File,
}

impl Outbox {
    /// Opens the file, and makes it (mode 0600) if it is missing. `endpoints` are all there are: what waits for others
    /// keeps waiting. One with another address than before is taken for new: that it was gone is forgotten.
    ///
    /// # Errors
    /// [`ExchangeError::Locked`], [`ExchangeError::CannotOpen`], [`ExchangeError::Damaged`], [`ExchangeError::Full`],
    /// [`ExchangeError::EndpointTwice`].
    pub fn open(path: &Path, endpoints: &[Endpoint]) -> Result<Outbox, ExchangeError> {
        let lock = schema::lock(path)?;
        let mut db = schema::open(path)?;
        let transaction = schema::begin(&mut db)?;
        transaction.execute("UPDATE endpoint SET configured = 0", [])?;
        let mut known = BTreeSet::new();
        for endpoint in endpoints {
            if !known.insert(endpoint.id()) {
                return Err(ExchangeError::EndpointTwice { endpoint: endpoint.id().clone() });
            }
            let sql = "INSERT INTO endpoint VALUES (?1, ?2, ?3, 1, NULL, NULL) ON CONFLICT DO UPDATE SET
                gone = iif(url = excluded.url, gone, NULL),
                paused_until = iif(url = excluded.url, paused_until, NULL),
                department = excluded.department, url = excluded.url, configured = 1";
            let url = endpoint.url().to_string();
            transaction.execute(sql, params![endpoint.id().as_str(), endpoint.department().as_str(), url])?;
        }
        transaction.commit()?;
        Ok(Outbox { db, on_their_way: HashSet::new(), _lock: lock })
    }

    /// From where a log is to be taken in: 0 when it never was.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn position(&self, log: &str, partition: u32) -> Result<u64, ExchangeError> {
        let sql = "SELECT next FROM position WHERE log = ?1 AND partition = ?2";
        let found = self.db.query_row(sql, params![log, partition], |row| row.get(0)).optional()?;
        Ok(found.unwrap_or(0))
    }

    /// When the next message is to be sent: when to call [`crate::Courier::deliver_due`] again. Call it every few minutes
    /// all the same: a clock that was wrong may have set a time that lies too far ahead.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_due(&self) -> Result<Option<Instant>, ExchangeError> {
        let sql = "SELECT min(max(at, ifnull(paused_until, at))) FROM message JOIN endpoint
            ON endpoint.id = message.endpoint WHERE state = 'waiting' AND configured AND gone IS NULL";
        let next: Option<i64> = self.db.query_row(sql, [], |row| row.get(0))?;
        Ok(next.map(Instant))
    }

    /// Every endpoint there is or was, by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn endpoints(&self) -> Result<Vec<EndpointStatus>, ExchangeError> {
        let sql = "SELECT id, department, url, configured, gone, paused_until,
            (SELECT count(*) FROM message WHERE message.endpoint = endpoint.id AND state = 'waiting'),
            (SELECT count(*) FROM message WHERE message.endpoint = endpoint.id AND state = 'dead'),
            (SELECT count(*) FROM message WHERE message.endpoint = endpoint.id AND state = 'delivered')
            FROM endpoint ORDER BY id";
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let department: String = row.get(1)?;
            let department: Feed = department.parse().map_err(ExchangeError::damaged)?;
            all.push(EndpointStatus {
                id: endpoint_id(row, 0)?,
                department,
                url: row.get(2)?,
                is_configured: row.get(3)?,
                gone: row.get::<_, Option<i64>>(4)?.map(Instant),
                paused_until: row.get::<_, Option<i64>>(5)?.map(Instant),
                waiting: row.get(6)?,
                dead: row.get(7)?,
                delivered: row.get(8)?,
            });
        }
        Ok(all)
    }

    /// Sends to an endpoint again that was gone or asked to be left alone.
    ///
    /// # Errors
    /// [`ExchangeError::NoEndpoint`].
    pub fn enable(&mut self, endpoint: &EndpointId) -> Result<(), ExchangeError> {
        let sql = "UPDATE endpoint SET gone = NULL, paused_until = NULL WHERE id = ?1";
        match self.db.execute(sql, [endpoint.as_str()])? {
            0 => Err(ExchangeError::NoEndpoint { endpoint: endpoint.clone() }),
            _ => Ok(()),
        }
    }

    /// Dead letters, oldest first, of one endpoint or all.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn dead_letters(
        &self,
        endpoint: Option<&EndpointId>,
        limit: usize,
    ) -> Result<Vec<Message>, ExchangeError> {
        let sql = "SELECT endpoint, id, taken_in, attempts, state, at FROM message
            WHERE state = 'dead' AND (?1 IS NULL OR endpoint = ?1) ORDER BY at, endpoint, id LIMIT ?2";
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query(params![endpoint.map(EndpointId::as_str), limit as u64])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(message(row)?);
        }
        Ok(all)
    }

    /// One message.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn message(&self, endpoint: &EndpointId, id: &MessageId) -> Result<Option<Message>, ExchangeError> {
        let sql =
            "SELECT endpoint, id, taken_in, attempts, state, at FROM message WHERE endpoint = ?1 AND id = ?2";
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query(params![endpoint.as_str(), id.as_str()])?;
        rows.next()?.map(message).transpose()
    }

    /// The attempts to send a message, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn attempts(&self, endpoint: &EndpointId, id: &MessageId) -> Result<Vec<Attempt>, ExchangeError> {
        let sql = "SELECT at, duration_ms, status, fault FROM attempt WHERE endpoint = ?1 AND message = ?2
            ORDER BY number";
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query(params![endpoint.as_str(), id.as_str()])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let fault: Option<String> = row.get(3)?;
            let fault = Fault::ALL.into_iter().find(|known| fault.as_deref() == Some(known.as_str()));
            let outcome = match (row.get::<_, Option<u16>>(2)?, fault) {
                (Some(status), None) => AttemptOutcome::Status(status),
                (None, Some(fault)) => AttemptOutcome::Fault(fault),
                _ => return Err(ExchangeError::damaged("an attempt without an outcome")),
            };
            all.push(Attempt { at: Instant(row.get(0)?), duration_ms: row.get(1)?, outcome });
        }
        Ok(all)
    }

    /// Sends a dead letter once more, by the whole schedule.
    ///
    /// # Errors
    /// [`ExchangeError::NoDeadLetter`].
    pub fn retry(
        &mut self,
        endpoint: &EndpointId,
        id: &MessageId,
        now: Instant,
    ) -> Result<(), ExchangeError> {
        self.leave_dead(endpoint, id, MessageState::Waiting { next: now })
    }

    /// Gives a dead letter up.
    ///
    /// # Errors
    /// [`ExchangeError::NoDeadLetter`].
    pub fn discard(
        &mut self,
        endpoint: &EndpointId,
        id: &MessageId,
        now: Instant,
    ) -> Result<(), ExchangeError> {
        self.leave_dead(endpoint, id, MessageState::Dropped { at: now })
    }

    fn leave_dead(
        &mut self,
        endpoint: &EndpointId,
        id: &MessageId,
        to: MessageState,
    ) -> Result<(), ExchangeError> {
        let sql = "UPDATE message SET state = ?3, at = ?4, attempts = 0
            WHERE endpoint = ?1 AND id = ?2 AND state = 'dead'";
        let values = params![endpoint.as_str(), id.as_str(), to.as_str(), to.at().0];
        match self.db.execute(sql, values)? {
            0 => Err(ExchangeError::NoDeadLetter { message: id.clone(), endpoint: endpoint.clone() }),
            _ => Ok(()),
        }
    }

    /// Requests that a receiver took, of which [`Outbox::told_delivered`] was not said yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn delivered_requests(&self) -> Result<Vec<(RequestId, Instant)>, ExchangeError> {
        let mut statement =
            self.db.prepare("SELECT request, at FROM delivered_request ORDER BY at, request")?;
        let rows = statement.query_map([], |row| Ok((RequestId(row.get(0)?), Instant(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The log knows of these that they were delivered.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn told_delivered(&mut self, requests: &[RequestId]) -> Result<(), ExchangeError> {
        let transaction = schema::begin(&mut self.db)?;
        for request in requests {
            transaction.execute("DELETE FROM delivered_request WHERE request = ?1", [request.0])?;
        }
        Ok(transaction.commit()?)
    }

    /// Forgets messages that were delivered or dropped before, with their attempts; how many. They are not sent again:
    /// the log was taken in past them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget(&mut self, before: Instant) -> Result<usize, ExchangeError> {
        let transaction = schema::begin(&mut self.db)?;
        let sql = "DELETE FROM message WHERE state IN ('delivered', 'dropped') AND at < ?1";
        let count = transaction.execute(sql, [before.0])?;
        let sql = "DELETE FROM attempt WHERE NOT EXISTS
            (SELECT 1 FROM message WHERE message.endpoint = attempt.endpoint AND message.id = attempt.message)";
        transaction.execute(sql, [])?;
        transaction.commit()?;
        Ok(count)
    }
}

fn endpoint_id(row: &Row<'_>, at: usize) -> Result<EndpointId, ExchangeError> {
    let id: String = row.get(at)?;
    id.parse().map_err(|_| ExchangeError::damaged("the name of an endpoint"))
}

fn message(row: &Row<'_>) -> Result<Message, ExchangeError> {
    let (id, state): (String, String) = (row.get(1)?, row.get(4)?);
    let state = MessageState::of(&state, Instant(row.get(5)?));
    Ok(Message {
        id: id.parse().map_err(|_| ExchangeError::damaged("the id of a message"))?,
        endpoint: endpoint_id(row, 0)?,
        taken_in: Instant(row.get(2)?),
        attempts: row.get(3)?,
        state: state.ok_or_else(|| ExchangeError::damaged("the state of a message"))?,
    })
}
