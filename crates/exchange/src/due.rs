//! Which message is sent next, and what its attempt changes.

use rusqlite::{OptionalExtension, Transaction, params};
use sanzao_model::Instant;

use crate::attempt::After;
use crate::message::Content;
use crate::{
    Attempt, AttemptOutcome, EndpointId, ExchangeError, MessageId, MessageState, Outbox, RequestId, Schedule,
    schema,
};

/// When to ask again who somebody is, while nobody can say.
const IDENTITY_AGAIN_SECONDS: u64 = 60;

/// A message that is being sent.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) endpoint: EndpointId,
    pub(crate) id: MessageId,
    pub(crate) content: Content,
    /// Attempts before this one.
    attempts: u32,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It was tried.
    Tried {
        attempt: Attempt,
        /// As `Retry-After` says.
        retry_after_seconds: Option<u64>,
    },
    /// Nobody can say at present who the person is: nothing was sent, and the receiver has no part in it.
    NoIdentity,
}

impl Outbox {
    /// The next message to an endpoint whose time has come, which nobody sends yet. While a process is killed nothing
    /// is written: it is sent again under the same id.
    pub(crate) fn claim(
        &mut self,
        endpoint: &EndpointId,
        now: Instant,
    ) -> Result<Option<Claimed>, ExchangeError> {
        let sql = "SELECT paused_until FROM endpoint WHERE id = ?1 AND configured AND gone IS NULL";
        let mut statement = self.db.prepare_cached(sql)?;
        let found: Option<Option<i64>> =
            statement.query_row([endpoint.as_str()], |row| row.get(0)).optional()?;
        let is_ready = |until: Option<i64>| until.is_none_or(|until| Schedule::is_due(Instant(until), now));
        if !found.is_some_and(is_ready) {
            return Ok(None);
        }
        // Beyond the longest delay lies what a wrong clock put off.
        let sql = "SELECT id, content, attempts FROM message
            WHERE state = 'waiting' AND endpoint = ?1 AND (at <= ?2 OR at > ?3) ORDER BY at, id";
        let farthest = now.0.saturating_add(Schedule::LONGEST_SECONDS as i64 * 1_000_000_000);
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(params![endpoint.as_str(), now.0, farthest])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            let id: MessageId = id.parse().map_err(|_| ExchangeError::damaged("the id of a message"))?;
            let key = (endpoint.clone(), id);
            if self.on_their_way.contains(&key) {
                continue;
            }
            let content: String = row.get(1)?;
            let content = serde_json::from_str(&content);
            let content = content.map_err(|_| ExchangeError::damaged("the content of a message"))?;
            let attempts = row.get(2)?;
            self.on_their_way.insert(key.clone());
            let (endpoint, id) = key;
            return Ok(Some(Claimed { endpoint, id, content, attempts }));
        }
        Ok(None)
    }

    /// Takes down what came of a message; gives where it stands now.
    pub(crate) fn record(
        &mut self,
        claimed: Claimed,
        sent: Sent,
        now: Instant,
        random: u64,
    ) -> Result<MessageState, ExchangeError> {
        let transaction = schema::begin(&mut self.db);
        let recorded = transaction.and_then(|transaction| {
            let state = record(&transaction, &claimed, sent, now, random)?;
            transaction.commit()?;
            Ok(state)
        });
        // Also where that failed: then it is sent again.
        self.on_their_way.remove(&(claimed.endpoint, claimed.id));
        recorded
    }
}

fn record(
    transaction: &Transaction<'_>,
    claimed: &Claimed,
    sent: Sent,
    now: Instant,
    random: u64,
) -> Result<MessageState, ExchangeError> {
    let (endpoint, id) = (claimed.endpoint.as_str(), claimed.id.as_str());
    let Sent::Tried { attempt, retry_after_seconds } = sent else {
        let state = MessageState::Waiting { next: Schedule::after(IDENTITY_AGAIN_SECONDS, now) };
        return move_to(transaction, claimed, state, claimed.attempts);
    };
    let (status, fault) = match attempt.outcome {
        AttemptOutcome::Status(status) => (Some(status), None),
        AttemptOutcome::Fault(fault) => (None, Some(fault.as_str())),
    };
    let sql = "INSERT INTO attempt (endpoint, message, at, duration_ms, status, fault)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let values = params![endpoint, id, attempt.at.0, attempt.duration_ms, status, fault];
    transaction.prepare_cached(sql)?.execute(values)?;
    let attempts = claimed.attempts.saturating_add(1);
    match attempt.outcome.after(retry_after_seconds) {
        After::Delivered => {
            note_delivered(transaction, &claimed.content, now)?;
            move_to(transaction, claimed, MessageState::Delivered { at: now }, attempts)
        }
        After::Dead => move_to(transaction, claimed, MessageState::Dead { at: now }, attempts),
        After::Gone => {
            transaction.execute("UPDATE endpoint SET gone = ?2 WHERE id = ?1", params![endpoint, now.0])?;
            // It is no attempt of the schedule: the next is made when somebody enables the endpoint.
            move_to(transaction, claimed, MessageState::Waiting { next: now }, claimed.attempts)
        }
        After::Again { not_before_seconds } => {
            let not_before = not_before_seconds.map(|seconds| Schedule::after(seconds, now));
            if let Some(until) = not_before {
                let sql = "UPDATE endpoint SET paused_until = ?2 WHERE id = ?1";
                transaction.execute(sql, params![endpoint, until.0])?;
            }
            let state = match Schedule::next(attempts, now, random) {
                None => MessageState::Dead { at: now },
                Some(next) => MessageState::Waiting { next: not_before.map_or(next, |it| it.max(next)) },
            };
            move_to(transaction, claimed, state, attempts)
        }
    }
}

/// The message moves, unless it was dropped meanwhile and the receiver did not take it.
fn move_to(
    transaction: &Transaction<'_>,
    claimed: &Claimed,
    state: MessageState,
    attempts: u32,
) -> Result<MessageState, ExchangeError> {
    let is_delivered = matches!(state, MessageState::Delivered { .. });
    let sql = "UPDATE message SET state = ?3, at = ?4, attempts = ?5
        WHERE endpoint = ?1 AND id = ?2 AND (state = 'waiting' OR ?6)";
    let (endpoint, id) = (claimed.endpoint.as_str(), claimed.id.as_str());
    let values = params![endpoint, id, state.as_str(), state.at().0, attempts, is_delivered];
    transaction.prepare_cached(sql)?.execute(values)?;
    Ok(state)
}

fn note_delivered(
    transaction: &Transaction<'_>,
    content: &Content,
    now: Instant,
) -> Result<(), ExchangeError> {
    if let Content::Request(request) = content {
        let RequestId(id) = request.id;
        let sql = "INSERT INTO delivered_request VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        transaction.execute(sql, params![id, now.0])?;
    }
    Ok(())
}
