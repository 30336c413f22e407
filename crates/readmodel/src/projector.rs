//! The one writer: work events into tables.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sanzao_model::{
    AlertState, Area, Feed, Handling, Item, ItemId, ItemState, PersonId, RuleId, Shown, SubjectId,
    Suspension, WorkEvent, WorkRecord,
};
use serde::Serialize;

use crate::filter::{county, town};
use crate::reader::{Reader, stored};
use crate::schema::signed;
use crate::{ChangePosition, Position, Queue, ReadModelError, StateName, sum};

/// Writes the tables.
#[derive(Debug)]
pub struct Projector {
    connection: Connection,
    position: Position,
    mark: String,
    reader: Reader,
}

impl Drop for Projector {
    fn drop(&mut self) {
        sum::lay(&self.connection);
    }
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
        let at = ChangePosition::new(offset, index);
        match event {
            WorkEvent::Opened(item) => {
                let no = open(to, item)?;
                log(to, at, no, event)?;
            }
            WorkEvent::Updated { id, .. }
            | WorkEvent::Followed { id, .. }
            | WorkEvent::Moved { id, .. }
            | WorkEvent::Woken { id, .. }
            | WorkEvent::Acted { id, .. }
            | WorkEvent::Assigned { id, .. }
            | WorkEvent::Escalated { id, .. }
            | WorkEvent::Commented { id, .. }
            | WorkEvent::Attached { id, .. }
            | WorkEvent::Grouped { id, .. }
            | WorkEvent::Drawn { id }
            | WorkEvent::Reviewed { id, .. } => {
                let no = change(to, id, event)?;
                log(to, at, no, event)?;
            }
            WorkEvent::Unknown { rule, subject, reason } => set_unknown(to, rule, subject, reason)?,
            WorkEvent::StillFound { id, .. } => note_sighting(to, id, at, event)?,
            WorkEvent::Suspended(suspension) => suspend(to, suspension)?,
            WorkEvent::Resumed { rule, feed, area } => resume(to, rule, *feed, area)?,
            WorkEvent::Refused { code, .. } => refusal = Some(code),
            // What casework has not decided yet is shown to nobody.
            WorkEvent::Postponed(_) | WorkEvent::TakenUp => {}
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

fn log(to: &Transaction<'_>, at: ChangePosition, no: i64, event: &WorkEvent) -> Result<(), ReadModelError> {
    to.prepare_cached("INSERT INTO event (no, item, body) VALUES (?1, ?2, ?3)")?.execute(params![
        at.key(),
        no,
        json(event)
    ])?;
    Ok(())
}

fn open(to: &Transaction<'_>, item: &Item) -> Result<i64, ReadModelError> {
    let division = item.division.map(|division| division.to_string());
    let mut statement = to.prepare_cached(
        "INSERT OR IGNORE INTO item (id, state, rule, procedure, division, county, town, due, version, title, sensitivity,
             subject, people, occasion, why, opened_on, standing, episode, previous, worker, queue, card, handling)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)",
    )?;
    let rows = statement.execute(params![
        item.id.0,
        StateName::of(&item.state).code(),
        item.rule.0,
        item.procedure.as_str(),
        division,
        division.as_deref().map_or("", county),
        division.as_deref().map_or("", town),
        item.due.0,
        item.version,
        item.title,
        item.sensitivity.as_str(),
        json(&item.subject),
        json(&item.people),
        item.finding.occasion,
        item.finding.why,
        item.opened_on.0,
        json(&item.state),
        item.episode,
        item.previous.map(|previous| previous.0),
        worker(&item.state, &item.handling),
        Queue::of(item).map_or(0, Queue::code),
        item.handling.card.map(|card| card.0),
        json(&item.handling)
    ])?;
    if rows != 1 {
        return Err(ReadModelError::OpenedTwice(item.id));
    }
    let no = to.last_insert_rowid();
    set_people(to, no, &item.people)?;
    Ok(no)
}

/// Whoever works on it, or is to.
pub(crate) fn worker<'a>(state: &'a ItemState, handling: &'a Handling) -> Option<&'a str> {
    match state {
        ItemState::Alert(AlertState::Claimed { by, .. } | AlertState::Snoozed { by, .. }) => Some(by),
        ItemState::Alert(AlertState::Decided { decision, .. }) => Some(&decision.by),
        ItemState::Alert(AlertState::Closed(closure) | AlertState::Appealed { closure, .. }) => {
            Some(&closure.decision.by)
        }
        ItemState::Alert(AlertState::Open | AlertState::Withdrawn { .. }) | ItemState::Task(_) => {
            handling.assignee.as_deref()
        }
    }
}

/// Writes what an event changes of the row of an item; [`crate::item`] does the same to the whole item.
fn change(to: &Transaction<'_>, id: &ItemId, event: &WorkEvent) -> Result<i64, ReadModelError> {
    match event {
        WorkEvent::Updated { shown, .. } => show(to, id, shown),
        WorkEvent::Followed { subject, shown, .. } => {
            to.prepare_cached("UPDATE item SET subject = ?2 WHERE id = ?1")?
                .execute(params![id.0, json(subject)])?;
            show(to, id, shown)
        }
        WorkEvent::Commented { .. } | WorkEvent::Attached { .. } => to
            .prepare_cached("SELECT no FROM item WHERE id = ?1")?
            .query_row([id.0], |row| row.get(0))
            .optional()?
            .ok_or(ReadModelError::NeverOpened(*id)),
        _ => stand(to, id, event),
    }
}

/// Where an item stands, and what people have arranged about it.
fn stand(to: &Transaction<'_>, id: &ItemId, event: &WorkEvent) -> Result<i64, ReadModelError> {
    let found: Option<(i64, String, String)> = to
        .prepare_cached("SELECT no, standing, handling FROM item WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (no, standing, handling) = found.ok_or(ReadModelError::NeverOpened(*id))?;
    let (mut state, mut handling): (ItemState, Handling) = (stored(&standing)?, stored(&handling)?);
    event.move_to(&mut state, &mut handling);
    to.prepare_cached(
        "UPDATE item SET state = ?2, standing = ?3, worker = ?4, queue = ?5, card = ?6, handling = ?7
         WHERE no = ?1",
    )?
    .execute(params![
        no,
        StateName::of(&state).code(),
        json(&state),
        worker(&state, &handling),
        Queue::at(&state, &handling).map_or(0, Queue::code),
        handling.card.map(|card| card.0),
        json(&handling)
    ])?;
    Ok(no)
}

fn show(to: &Transaction<'_>, id: &ItemId, shown: &Shown) -> Result<i64, ReadModelError> {
    let division = shown.division.map(|division| division.to_string());
    let people = json(&shown.people);
    let before: Option<(i64, String)> = to
        .prepare_cached("SELECT no, people FROM item WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (no, people_before) = before.ok_or(ReadModelError::NeverOpened(*id))?;
    to.prepare_cached(
        "UPDATE item SET division = ?2, county = ?11, town = ?3, due = ?4, version = ?5, title = ?6, occasion = ?7, why = ?8,
             sensitivity = ?9, people = ?10
         WHERE no = ?1",
    )?
    .execute(params![
        no,
        division,
        division.as_deref().map_or("", town),
        shown.due.0,
        shown.version,
        shown.title,
        shown.finding.occasion,
        shown.finding.why,
        shown.sensitivity.as_str(),
        people,
        division.as_deref().map_or("", county)
    ])?;
    if people != people_before {
        set_people(to, no, &shown.people)?;
    }
    Ok(no)
}

fn set_people(to: &Transaction<'_>, no: i64, people: &[PersonId]) -> Result<(), ReadModelError> {
    to.prepare_cached("DELETE FROM item_person WHERE item = ?1")?.execute([no])?;
    let mut statement = to.prepare_cached("INSERT OR IGNORE INTO item_person VALUES (?1, ?2)")?;
    for person in people {
        statement.execute(params![person.0, no])?;
    }
    Ok(())
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
