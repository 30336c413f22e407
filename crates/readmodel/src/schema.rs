//! The tables, and how the file is opened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::projector::Projector;
use crate::reader::Reader;
use crate::{Position, ReadModelError, sum};

/// Raise it with every change of the tables below, and of the JSON form of the model's work events.
pub const SCHEMA_VERSION: i32 = 7;

/// Marks the file as a read model ("SZrm"), so that no other database is thrown away by mistake.
const APPLICATION_ID: i32 = 0x535a_726d;

/// `item` has one row per alert or task with what lists show; its whole content is the fold of its `event`
/// rows, whose `no` is a [`crate::ChangePosition`]; `sighting` rows are of its history too, but change nothing of it. Each
/// index serves one kind of lane of [`crate::list`] and carries what is filtered within it.
/// `worker` is who has the item, `queue` where else it waits ([`crate::Queue`]), `item_person` whom it is about.
/// The tallies hold the counts, so that nobody counts a million rows per request, nor looks for what there is none of.
const TABLES: &str = "
CREATE TABLE position (
    one INTEGER PRIMARY KEY CHECK (one = 1), work INTEGER NOT NULL, inbox INTEGER NOT NULL, mark TEXT NOT NULL
);
INSERT INTO position VALUES (1, 0, 0, '');

CREATE TABLE item (
    no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
    state INTEGER NOT NULL, rule TEXT NOT NULL, procedure TEXT NOT NULL,
    division TEXT, county TEXT NOT NULL, town TEXT NOT NULL, due INTEGER NOT NULL,
    version INTEGER NOT NULL, title TEXT NOT NULL, sensitivity TEXT NOT NULL,
    subject TEXT NOT NULL, people TEXT NOT NULL, occasion TEXT NOT NULL,
    why TEXT NOT NULL, opened_on INTEGER NOT NULL, standing TEXT NOT NULL,
    episode INTEGER NOT NULL, previous BLOB,
    worker TEXT, queue INTEGER NOT NULL, card BLOB, handling TEXT NOT NULL
);
CREATE INDEX item_by_due ON item (state, due, id);
CREATE INDEX item_by_rule ON item (state, rule, due, id, procedure);
CREATE INDEX item_by_procedure ON item (state, procedure, due, id);
CREATE INDEX item_by_county ON item (state, county, due, id, procedure);
CREATE INDEX item_by_town ON item (state, town, due, id, procedure, rule, division);
CREATE INDEX item_by_town_and_rule ON item (state, town, rule, due, id, procedure, division);
CREATE INDEX item_by_worker ON item (worker, state, due, id, procedure, rule, town, division)
    WHERE worker IS NOT NULL;
CREATE INDEX queue_by_due ON item (queue, state, due, id) WHERE queue > 0;
CREATE INDEX queue_by_procedure ON item (queue, state, procedure, due, id) WHERE queue > 0;
CREATE INDEX queue_by_county ON item (queue, state, county, due, id, procedure) WHERE queue > 0;
CREATE INDEX queue_by_rule ON item (queue, state, rule, due, id, procedure) WHERE queue > 0;
CREATE INDEX queue_by_town ON item (queue, state, town, due, id, procedure, rule, division) WHERE queue > 0;
CREATE INDEX item_by_card ON item (card) WHERE card IS NOT NULL;
CREATE INDEX item_by_previous ON item (previous) WHERE previous IS NOT NULL;

CREATE TABLE item_person (
    person BLOB NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (person, item)
) WITHOUT ROWID;
CREATE INDEX item_person_by_item ON item_person (item);

CREATE TABLE event (no INTEGER PRIMARY KEY, item INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX event_by_item ON event (item);
CREATE TABLE sighting (no INTEGER PRIMARY KEY, item INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX sighting_by_item ON sighting (item);

CREATE TABLE command (
    key BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, refusal TEXT, work INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE unknown (
    rule TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (rule, subject)
) WITHOUT ROWID;

CREATE TABLE suspension (
    rule TEXT NOT NULL, feed TEXT NOT NULL, area TEXT NOT NULL, newest INTEGER, rhythm_days INTEGER NOT NULL,
    PRIMARY KEY (rule, feed, area)
) WITHOUT ROWID;

CREATE TABLE tally (
    state INTEGER NOT NULL, town TEXT NOT NULL, rule TEXT NOT NULL, procedure TEXT NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (state, town, rule, procedure)
) WITHOUT ROWID;
CREATE TABLE rule_tally (
    state INTEGER NOT NULL, rule TEXT NOT NULL, procedure TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (state, rule, procedure)
) WITHOUT ROWID;
CREATE TABLE town_tally (
    state INTEGER NOT NULL, town TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (state, town)
) WITHOUT ROWID;
CREATE TRIGGER item_opened AFTER INSERT ON item BEGIN
    INSERT INTO tally VALUES (new.state, new.town, new.rule, new.procedure, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
    INSERT INTO rule_tally VALUES (new.state, new.rule, new.procedure, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
    INSERT INTO town_tally VALUES (new.state, new.town, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER item_moved AFTER UPDATE OF state, town ON item
WHEN old.state <> new.state OR old.town <> new.town BEGIN
    UPDATE tally SET count = count - 1 WHERE state = old.state AND town = old.town
        AND rule = old.rule AND procedure = old.procedure;
    UPDATE rule_tally SET count = count - 1 WHERE state = old.state AND rule = old.rule
        AND procedure = old.procedure;
    UPDATE town_tally SET count = count - 1 WHERE state = old.state AND town = old.town;
    INSERT INTO tally VALUES (new.state, new.town, new.rule, new.procedure, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
    INSERT INTO rule_tally VALUES (new.state, new.rule, new.procedure, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
    INSERT INTO town_tally VALUES (new.state, new.town, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TABLE worker_tally (
    town TEXT NOT NULL, worker TEXT NOT NULL, state INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (town, worker, state)
) WITHOUT ROWID;
CREATE TRIGGER item_opened_with_worker AFTER INSERT ON item WHEN new.worker IS NOT NULL BEGIN
    INSERT INTO worker_tally VALUES (new.town, new.worker, new.state, 1)
        ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER item_moved_with_worker AFTER UPDATE OF state, town, worker ON item
WHEN (old.worker IS NOT NULL OR new.worker IS NOT NULL)
    AND (old.state <> new.state OR old.town <> new.town OR old.worker IS NOT new.worker) BEGIN
    UPDATE worker_tally SET count = count - 1
        WHERE town = old.town AND worker = old.worker AND state = old.state;
    INSERT INTO worker_tally SELECT new.town, new.worker, new.state, 1 WHERE new.worker IS NOT NULL
        ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TABLE unknown_tally (
    rule TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (rule, reason)
) WITHOUT ROWID;
CREATE TRIGGER unknown_added AFTER INSERT ON unknown BEGIN
    INSERT INTO unknown_tally VALUES (new.rule, new.reason, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER unknown_removed AFTER DELETE ON unknown BEGIN
    UPDATE unknown_tally SET count = count - 1 WHERE rule = old.rule AND reason = old.reason;
END;
";

/// Opens the read model in a file, which is made when missing, and made anew and empty when its schema is
/// another. Only one projector may write it at a time.
///
/// # Errors
/// When the file is another database, is damaged, or cannot be written.
pub fn open(path: &Path) -> Result<(Projector, Reader), ReadModelError> {
    sum::check(path)?;
    let mut connection = connect(path)?;
    if is_current(&connection, path)? {
        check(&connection)?;
    } else {
        drop(connection);
        remove(path)?;
        connection = connect(path)?;
        create(&mut connection)?;
    }
    let (position, mark) = connection.query_row("SELECT work, inbox, mark FROM position", [], |row| {
        let (work, inbox): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok((Position { work: work.cast_unsigned(), inbox: inbox.cast_unsigned() }, row.get(2)?))
    })?;
    let reader = Reader::new(path.to_owned(), position);
    Ok((Projector::new(connection, position, mark, reader.clone()), reader))
}

/// Removes a read model, to have it made anew.
///
/// # Errors
/// When the file cannot be removed.
pub fn delete(path: &Path) -> Result<(), ReadModelError> {
    remove(path)
}

/// A crash may lose the last transactions, never the file's soundness: what is lost is projected again. The
/// write-ahead log may grow to 64 MB, so that in a rebuild a page is not copied for each of its rows.
pub(crate) fn connect(path: &Path) -> Result<Connection, ReadModelError> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;
        ",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn is_current(connection: &Connection, path: &Path) -> Result<bool, ReadModelError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && pragma("application_id")? != APPLICATION_ID {
        return Err(ReadModelError::NotOurs(path.display().to_string()));
    }
    Ok(tables > 0 && pragma("user_version")? == SCHEMA_VERSION)
}

/// Reads every page once: a file damaged inside would answer with an error for ever, and is soon made anew.
pub(crate) fn check(connection: &Connection) -> Result<(), ReadModelError> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    match found.as_str() {
        "ok" => Ok(()),
        _ => Err(ReadModelError::Damaged(found)),
    }
}

fn create(connection: &mut Connection) -> Result<(), ReadModelError> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(())
}

pub(crate) fn remove(path: &Path) -> Result<(), ReadModelError> {
    for suffix in ["-sum", "", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ReadModelError::Remove(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// SQLite's integers are signed.
pub(crate) fn signed(offset: u64) -> i64 {
    i64::try_from(offset).expect("an offset counts records, of which there are fewer than 2^63")
}
