//! The one writer: work events into tables.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sanzao_model::{
    Area, Feed, Item, ItemId, ItemState, RuleId, Shown, SubjectId, Suspension, WorkEvent, WorkRecord,
};
use serde::Serialize;

use crate::filter::town;
use crate::reader::Reader;
use crate::schema::signed;
use crate::{ChangePosition, Position, ReadModelError, StateName};

/// Writes the tables.
#[derive(Debug)]
pub struct Projector {
    connection: Connection,
    position: Position,
    mark: String,
    reader: Reader,
}

impl Projector {
    pub(crate) fn new(connection: Connection, position: Position, mark: String, reader: Reader) -> Projector {
        Projector { connection, position, mark, reader }
    }

    /// By what the caller knows the log again that was projected; empty before [`Projector::set_mark`].
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// Keeps by what to know the log again.
    ///
    /// # Errors
    /// See [`ReadModelError`].
    pub fn set_mark(&mut self, mark: String) -> Result<(), ReadModelError> {
        self.connection.execute("UPDATE position SET mark = ?1", [&mark])?;
        self.mark = mark;
        Ok(())
    }

    /// How far the tables reflect `work`.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Takes in records of `work` with their offsets, in order, in one transaction; `work_offset_after` is
    /// where to read on after them. Records that are reflected already are skipped, and so are those that
    /// reflect a record of `inbox` a second time: an append that was tried again lies in the log twice.
    ///
    /// # Errors
    /// See [`ReadModelError`]; nothing has changed then.
    pub fn project(
        &mut self,
        work_offset_after: u64,
        records: &[(u64, WorkRecord)],
    ) -> Result<(), ReadModelError> {
        let mut position = self.position;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (offset, record) in records {
            if *offset < position.work {
                continue;
            }
            position.work = offset + 1;
            if record.upto > position.inbox {
                position.inbox = record.upto;
                apply_record(&transaction, *offset, record)?;
            }
        }
        position.work = position.work.max(work_offset_after);
        transaction.execute(
            "UPDATE position SET work = ?1, inbox = ?2",
            params![signed(position.work), signed(position.inbox)],
        )?;
        transaction.commit()?;
        self.position = position;
        self.reader.advance(position);
        Ok(())
    }
}

fn apply_record(to: &Transaction<'_>, offset: u64, record: &WorkRecord) -> Result<(), ReadModelError> {
    let mut refusal = None;
    for (index, event) in record.events.iter().enumerate() {
        let changed = match event {
            WorkEvent::Opened(item) => Some(open(to, item)?),
            WorkEvent::Updated { id, shown } => Some(update(to, id, shown)?),
            WorkEvent::Followed { id, subject, shown } => Some(follow(to, id, subject, shown)?),
            WorkEvent::Moved { id, to: state } => Some(move_to(to, id, state)?),
            WorkEvent::Unknown { rule, subject, reason } => {
                set_unknown(to, rule, subject, reason)?;
                None
            }
            WorkEvent::StillFound { id, .. } => {
                note_sighting(to, id, ChangePosition::new(offset, index), event)?;
                None
            }
            WorkEvent::Suspended(suspension) => {
                suspend(to, suspension)?;
                None
            }
            WorkEvent::Resumed { rule, feed, area } => {
                resume(to, rule, *feed, area)?;
                None
            }
            WorkEvent::Refused { code, .. } => {
                refusal = Some(code);
                None
            }
            // What casework has not decided yet is shown to nobody.
            WorkEvent::Postponed(_) | WorkEvent::TakenUp => None,
        };
        if let Some(item) = changed {
            to.prepare_cached("INSERT INTO event (no, item, body) VALUES (?1, ?2, ?3)")?.execute(params![
                ChangePosition::new(offset, index).key(),
                item,
                json(event)
            ])?;
        }
    }
    if let Some((key, fingerprint)) = record.answers {
        // A key that was used again keeps the outcome of its first use.
        to.prepare_cached("INSERT OR IGNORE INTO command VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            key.0,
            fingerprint,
            refusal.map(json),
            signed(offset)
        ])?;
    }
    Ok(())
}

fn open(to: &Transaction<'_>, item: &Item) -> Result<i64, ReadModelError> {
    let division = item.division.map(|division| division.to_string());
    let mut statement = to.prepare_cached(
        "INSERT OR IGNORE INTO item (id, state, rule, procedure, division, town, due, version, title,
             subject, occasion, why, opened_on, standing, episode, previous)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    let rows = statement.execute(params![
        item.id.0,
        StateName::of(&item.state).code(),
        item.rule.0,
        item.procedure.as_str(),
        division,
        division.as_deref().map_or("", town),
        item.due.0,
        item.version,
        item.title,
        json(&item.subject),
        item.finding.occasion,
        item.finding.why,
        item.opened_on.0,
        json(&item.state),
        item.episode,
        item.previous.map(|previous| previous.0)
    ])?;
    if rows == 1 { Ok(to.last_insert_rowid()) } else { Err(ReadModelError::OpenedTwice(item.id)) }
}

/// [`crate::item`] does the same to the whole item.
fn update(to: &Transaction<'_>, id: &ItemId, shown: &Shown) -> Result<i64, ReadModelError> {
    let division = shown.division.map(|division| division.to_string());
    to.prepare_cached(
        "UPDATE item SET division = ?2, town = ?3, due = ?4, version = ?5, title = ?6, occasion = ?7, why = ?8
         WHERE id = ?1 RETURNING no",
    )?
    .query_row(
        params![
            id.0,
            division,
            division.as_deref().map_or("", town),
            shown.due.0,
            shown.version,
            shown.title,
            shown.finding.occasion,
            shown.finding.why
        ],
        |row| row.get(0),
    )
    .optional()?
    .ok_or(ReadModelError::NeverOpened(*id))
}

fn follow(
    to: &Transaction<'_>,
    id: &ItemId,
    subject: &SubjectId,
    shown: &Shown,
) -> Result<i64, ReadModelError> {
    to.prepare_cached("UPDATE item SET subject = ?2 WHERE id = ?1")?.execute(params![id.0, json(subject)])?;
    update(to, id, shown)
}

/// It belongs to the item's history, but changes nothing of the item.
fn note_sighting(
    to: &Transaction<'_>,
    id: &ItemId,
    at: ChangePosition,
    event: &WorkEvent,
) -> Result<(), ReadModelError> {
    let rows = to
        .prepare_cached("INSERT INTO sighting (no, item, body) SELECT ?1, no, ?2 FROM item WHERE id = ?3")?
        .execute(params![at.key(), json(event), id.0])?;
    if rows == 1 { Ok(()) } else { Err(ReadModelError::NeverOpened(*id)) }
}

fn move_to(to: &Transaction<'_>, id: &ItemId, state: &ItemState) -> Result<i64, ReadModelError> {
    to.prepare_cached("UPDATE item SET state = ?2, standing = ?3 WHERE id = ?1 RETURNING no")?
        .query_row(params![id.0, StateName::of(state).code(), json(state)], |row| row.get(0))
        .optional()?
        .ok_or(ReadModelError::NeverOpened(*id))
}

fn set_unknown(
    to: &Transaction<'_>,
    rule: &RuleId,
    subject: &SubjectId,
    reason: &str,
) -> Result<(), ReadModelError> {
    let subject = json(subject);
    to.prepare_cached("DELETE FROM unknown WHERE rule = ?1 AND subject = ?2")?
        .execute(params![rule.0, subject])?;
    if !reason.is_empty() {
        to.prepare_cached("INSERT INTO unknown VALUES (?1, ?2, ?3)")?
            .execute(params![rule.0, subject, reason])?;
    }
    Ok(())
}

fn suspend(to: &Transaction<'_>, suspension: &Suspension) -> Result<(), ReadModelError> {
    let Suspension { rule, feed, area, newest, rhythm_days } = suspension;
    to.prepare_cached("INSERT OR REPLACE INTO suspension VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
        rule.0,
        feed.as_str(),
        area.as_str(),
        newest.map(|day| day.0),
        rhythm_days
    ])?;
    Ok(())
}

fn resume(to: &Transaction<'_>, rule: &RuleId, feed: Feed, area: &Area) -> Result<(), ReadModelError> {
    to.prepare_cached("DELETE FROM suspension WHERE rule = ?1 AND feed = ?2 AND area = ?3")?
        .execute(params![rule.0, feed.as_str(), area.as_str()])?;
    Ok(())
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("work events are plain data")
}
