//! How the outbox takes in what happened: first it says what is to be told, so that it can be appended to a log, then
//! it takes that in, with the place up to which the log was read, at once.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sanzao_model::{FactId, Feed, Instant, ItemId, Place};

use crate::message::Content;
use crate::result::concerned;
use crate::{
    EndpointId, ExchangeError, ItemNews, LogPosition, MessageId, Outbox, RecordResult, RequestId, Standing,
    Verdict, VerificationRequest, cancelled_event, judge, schema,
};

/// What is to be told of a stretch of the log.
#[derive(Debug, Clone)]
pub struct Judged {
    /// To be told, in the order of the news. The same stretch gives the same.
    pub results: Vec<RecordResult>,
    standings: BTreeMap<FactId, Standing>,
    from: u64,
    upto: LogPosition,
}

/// What happened to a verification request, as far as messages follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestNews {
    /// It was asked.
    Asked(Box<VerificationRequest>),
    /// There is an answer: it need not be sent any more.
    Answered(RequestId),
    /// It was taken back: who may have it is told so.
    Cancelled(RequestId),
}

impl Outbox {
    /// What is to be told of a stretch of a log, from [`Outbox::position`] to `upto`; changes nothing. `place_of` as in
    /// [`judge`].
    ///
    /// # Errors
    /// When the file cannot be read; [`ExchangeError::Position`] when the log was taken in farther.
    pub fn judge(
        &self,
        upto: LogPosition,
        news: &[ItemNews],
        place_of: &dyn Fn(FactId) -> Option<Place>,
    ) -> Result<Judged, ExchangeError> {
        let from = self.position(&upto.log, upto.partition)?;
        if upto.next < from {
            let LogPosition { log, partition, next } = upto;
            return Err(ExchangeError::Position { log, partition, known: from, from: next });
        }
        let mut standings = BTreeMap::new();
        let mut results = Vec::new();
        for one in news {
            for fact in concerned(one, &spoken_of(&self.db, one.item)?) {
                if let Entry::Vacant(unknown) = standings.entry(fact) {
                    unknown.insert(standing(&self.db, fact)?);
                }
            }
            results.extend(judge(one, &mut standings, place_of));
        }
        Ok(Judged { results, standings, from, upto })
    }

    /// Where the record of a fact lies, of which somebody spoke before; none of others.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn place(&self, fact: FactId) -> Result<Option<Place>, ExchangeError> {
        Ok(standing(&self.db, fact)?.record.map(|record| record.place))
    }

    /// Takes in what was judged, and what happened to requests in the same stretch; gives how many messages are new.
    /// One for each endpoint of the department that is configured. Call it when the results are in their log.
    ///
    /// # Errors
    /// [`ExchangeError::Position`] when something was taken in since it was judged; when the file cannot be written.
    pub fn take_in(
        &mut self,
        judged: &Judged,
        requests: &[RequestNews],
        now: Instant,
    ) -> Result<usize, ExchangeError> {
        let LogPosition { log, partition, next } = &judged.upto;
        let known = self.position(log, *partition)?;
        if known != judged.from {
            let (log, partition) = (log.clone(), *partition);
            return Err(ExchangeError::Position { log, partition, known, from: judged.from });
        }
        let transaction = schema::begin(&mut self.db)?;
        for (fact, standing) in &judged.standings {
            keep_standing(&transaction, *fact, standing)?;
        }
        let mut count = 0;
        for result in &judged.results {
            let body = String::from_utf8(result.to_bytes()).expect("JSON is UTF-8");
            let id = MessageId::of_result(result.id);
            count += put(&transaction, result.record.feed, &id, &Content::Event(body), None, now)?;
        }
        for news in requests {
            count += match news {
                RequestNews::Asked(request) if !request.is_open() => 0,
                RequestNews::Asked(request) => {
                    let (id, content) =
                        (MessageId::of_request(request.id), Content::Request(request.clone()));
                    put(&transaction, request.feed(), &id, &content, Some(request.id), now)?
                }
                RequestNews::Answered(id) => drop_waiting(&transaction, *id, now).map(|()| 0)?,
                RequestNews::Cancelled(id) => cancel(&transaction, *id, now, &self.on_their_way)?,
            };
        }
        let sql = "INSERT INTO position VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET next = excluded.next";
        transaction.execute(sql, params![log, partition, next])?;
        transaction.commit()?;
        Ok(count)
    }
}

/// The facts of which an item spoke.
fn spoken_of(db: &Connection, item: ItemId) -> Result<Vec<FactId>, ExchangeError> {
    let mut statement = db.prepare_cached("SELECT fact FROM voice WHERE item = ?1")?;
    let facts = statement.query_map([item.0], |row| row.get(0).map(FactId))?;
    Ok(facts.collect::<Result<_, _>>()?)
}

fn standing(db: &Connection, fact: FactId) -> Result<Standing, ExchangeError> {
    let mut standing = Standing::default();
    let mut statement = db.prepare_cached("SELECT item, verdict FROM voice WHERE fact = ?1")?;
    let mut rows = statement.query([fact.0])?;
    while let Some(row) = rows.next()? {
        let verdict: String = row.get(1)?;
        let known = Verdict::ALL.into_iter().find(|known| known.as_str() == verdict);
        let verdict = known.ok_or_else(|| ExchangeError::damaged("a verdict"))?;
        standing.voices.insert(ItemId(row.get(0)?), verdict);
    }
    let mut statement = db.prepare_cached("SELECT told, record FROM told WHERE fact = ?1")?;
    let found = statement.query_row([fact.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    if let Some((told, record)) = found {
        let (told, record): (String, String) = (told, record);
        let damaged = |_| ExchangeError::damaged("what was told of a fact");
        standing.told = serde_json::from_str(&told).map_err(damaged)?;
        standing.record = serde_json::from_str(&record).map_err(damaged)?;
    }
    Ok(standing)
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data with text keys, and memory takes all")
}

fn keep_standing(
    transaction: &Transaction<'_>,
    fact: FactId,
    standing: &Standing,
) -> Result<(), ExchangeError> {
    transaction.prepare_cached("DELETE FROM voice WHERE fact = ?1")?.execute([fact.0])?;
    let mut statement = transaction.prepare_cached("INSERT INTO voice VALUES (?1, ?2, ?3)")?;
    for (item, verdict) in &standing.voices {
        statement.execute(params![fact.0, item.0, verdict.as_str()])?;
    }
    let sql = "INSERT INTO told VALUES (?1, ?2, ?3)
        ON CONFLICT DO UPDATE SET told = excluded.told, record = excluded.record";
    let values = params![fact.0, json(&standing.told), json(&standing.record)];
    transaction.prepare_cached(sql)?.execute(values)?;
    Ok(())
}

/// One message for each endpoint of the department; one that is known stays as it is.
fn put(
    transaction: &Transaction<'_>,
    department: Feed,
    id: &MessageId,
    content: &Content,
    request: Option<RequestId>,
    now: Instant,
) -> Result<usize, ExchangeError> {
    let sql = "INSERT INTO message
        SELECT id, ?2, ?3, ?4, ?5, 'waiting', ?5, 0 FROM endpoint WHERE department = ?1 AND configured
        ON CONFLICT DO NOTHING";
    let request = request.map(|request| request.0);
    let values = params![department.as_str(), id.as_str(), json(content), request, now.0];
    Ok(transaction.prepare_cached(sql)?.execute(values)?)
}

/// Nobody waits for the answer: the question, and with it who the person is, goes out to nobody any more.
fn drop_waiting(
    transaction: &Transaction<'_>,
    request: RequestId,
    now: Instant,
) -> Result<(), ExchangeError> {
    let sql = "UPDATE message SET state = 'dropped', at = ?2
        WHERE request = ?1 AND state IN ('waiting', 'dead')";
    transaction.prepare_cached(sql)?.execute(params![request.0, now.0])?;
    Ok(())
}

/// Tells endpoints that have the question, or may have it because it was tried or is on its way, that it needs no answer.
fn cancel(
    transaction: &Transaction<'_>,
    request: RequestId,
    now: Instant,
    on_their_way: &HashSet<(EndpointId, MessageId)>,
) -> Result<usize, ExchangeError> {
    drop_waiting(transaction, request, now)?;
    let sql = "SELECT endpoint.id, department, state = 'delivered' OR EXISTS (SELECT 1 FROM attempt
            WHERE attempt.endpoint = message.endpoint AND attempt.message = message.id)
        FROM message JOIN endpoint ON endpoint.id = message.endpoint WHERE request = ?1 AND configured";
    let mut statement = transaction.prepare_cached(sql)?;
    let rows = statement.query_map([request.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows: Vec<(String, String, bool)> = rows.collect::<Result<_, _>>()?;
    let mut count = 0;
    for (name, department, was_tried) in rows {
        let endpoint: EndpointId =
            name.parse().map_err(|_| ExchangeError::damaged("the name of an endpoint"))?;
        if !was_tried && !on_their_way.contains(&(endpoint, MessageId::of_request(request))) {
            continue;
        }
        let department: Feed = department.parse().map_err(ExchangeError::damaged)?;
        let body = String::from_utf8(cancelled_event(request, department)).expect("JSON is UTF-8");
        let sql =
            "INSERT INTO message VALUES (?1, ?2, ?3, NULL, ?4, 'waiting', ?4, 0) ON CONFLICT DO NOTHING";
        let id = MessageId::of_cancellation(request);
        let values = params![name, id.as_str(), json(&Content::Event(body)), now.0];
        count += transaction.prepare_cached(sql)?.execute(values)?;
    }
    Ok(count)
}
