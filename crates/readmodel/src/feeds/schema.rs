//! The tables of the quality of feeds.

use std::path::Path;

use rusqlite::Connection;

use super::projector::FeedProjector;
use super::reader::FeedReader;
use crate::schema::{check, connect, remove};
use crate::{ReadModelError, sum};

/// Raise it with every change of the tables below, of what is counted, and of the names of what is counted.
pub const SCHEMA_VERSION: i32 = 1;

/// Marks the file as one of the quality of feeds ("SZfq").
const APPLICATION_ID: i32 = 0x535a_6671;

/// `tally` counts by day of arrival, and under [`ALL_DAYS`] over all days, so that nobody adds up years for each
/// request. `rejection` has one row for each refused event, in the order of its feed's receipts.
const TABLES: &str = "
CREATE TABLE position (stream TEXT PRIMARY KEY, next INTEGER NOT NULL, mark TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counted (
    feed TEXT NOT NULL, partition INTEGER NOT NULL, told TEXT NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (feed, partition, told)
) WITHOUT ROWID;
CREATE TABLE tally (
    feed TEXT NOT NULL, day INTEGER NOT NULL, about TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (feed, day, about, name)
) WITHOUT ROWID;
CREATE TABLE extreme (
    feed TEXT NOT NULL, day INTEGER NOT NULL, about TEXT NOT NULL, greatest INTEGER NOT NULL,
    PRIMARY KEY (feed, day, about)
) WITHOUT ROWID;
CREATE TABLE rejection (
    feed TEXT NOT NULL, log INTEGER NOT NULL, nth INTEGER NOT NULL,
    partition INTEGER NOT NULL, place INTEGER NOT NULL, event BLOB, received INTEGER NOT NULL,
    code TEXT NOT NULL, pointer TEXT NOT NULL, expected TEXT NOT NULL,
    repairs_partition INTEGER, repairs_place INTEGER,
    repair TEXT, repair_partition INTEGER, repair_place INTEGER,
    PRIMARY KEY (feed, log, nth)
) WITHOUT ROWID;
CREATE UNIQUE INDEX rejection_by_place ON rejection (feed, partition, place);
";

/// The day under which counts over all days are kept.
pub(super) const ALL_DAYS: i32 = i32::MIN;

/// Opens the tables in a file, which is made when missing, and made anew and empty when its schema is another. Only
/// one projector may write it at a time.
///
/// # Errors
/// When the file is another database, is damaged, or cannot be written.
pub fn open_feeds(path: &Path) -> Result<(FeedProjector, FeedReader), ReadModelError> {
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
    let reader = FeedReader::new(path.to_owned());
    Ok((FeedProjector::new(connection, reader.clone())?, reader))
}

fn is_current(connection: &Connection, path: &Path) -> Result<bool, ReadModelError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && pragma("application_id")? != APPLICATION_ID {
        return Err(ReadModelError::NotOurs(path.display().to_string()));
    }
    Ok(tables > 0 && pragma("user_version")? == SCHEMA_VERSION)
}

fn create(connection: &mut Connection) -> Result<(), ReadModelError> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(())
}
