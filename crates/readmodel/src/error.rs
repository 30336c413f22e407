//! What can go wrong.

use sanzao_model::ItemId;

use crate::CursorError;

/// Why the read model did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ReadModelError {
    /// Retry: the file cannot be read or written now (disk full, input or output failed).
    #[error("read model cannot be read or written: {0}")]
    Sqlite(rusqlite::Error),
    /// Reject: the file is damaged. Delete it: it is rebuilt from `work`.
    #[error("read model is damaged: {0}; delete it to have it rebuilt")]
    Damaged(String),
    /// Reject: the file is another database, which is not thrown away; name another path.
    #[error("{0} is a database of something else: name another path for the read model")]
    NotOurs(String),
    /// Reject: the file is state that another version of this program wrote; it is not thrown away.
    #[error("{0} was written by another version of this program: run that one, or put the file aside")]
    OtherVersion(String),
    /// Retry: a file of an older schema cannot be removed.
    #[error("read model of an older version cannot be removed: {0}")]
    Remove(std::io::Error),
    /// Reject: the cursor is none, or belongs to another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Bug: `work` changes an item that it never opened. Stop.
    #[error("work changes item {0}, which was never opened: delete the read model to have it rebuilt")]
    NeverOpened(ItemId),
    /// Bug: `work` opens an item a second time. Stop.
    #[error("work opens item {0} a second time: only one owner may write work")]
    OpenedTwice(ItemId),
    /// Bug: what is stored cannot be read back; the schema version was not raised with the model. Stop.
    #[error("read model holds what this version cannot read ({0}): delete it to have it rebuilt")]
    Stored(String),
}

impl From<rusqlite::Error> for ReadModelError {
    fn from(error: rusqlite::Error) -> ReadModelError {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => ReadModelError::Damaged(error.to_string()),
            _ => ReadModelError::Sqlite(error),
        }
    }
}
