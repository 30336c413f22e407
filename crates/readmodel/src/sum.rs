//! A sum beside a file of tables, from when it is closed until it is opened again. SQLite finds pages that are no pages;
//! it does not find one that has come to say something else.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::ReadModelError;

/// Bytes read at a time.
const READ_BYTES: usize = 1 << 20;

/// The file beside it.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-sum");
    name.into()
}

/// Lays the sum beside a file whose writer is about to close it. Without one, after a crash or while somebody reads, the
/// file is opened as it is.
pub(crate) fn lay(connection: &Connection) {
    let is_written = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0).map(|busy| busy == 0);
    let written = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], is_written);
    let (Ok(true), Some(path)) = (written, connection.path().map(Path::new)) else { return };
    let laid = of(path).and_then(|sum| fs::write(beside(path), sum));
    if laid.is_err() {
        // Half of a sum would be a wrong one. If it cannot be removed either, the tables are made anew for nothing.
        let _ = fs::remove_file(beside(path));
    }
}

/// Takes the sum away, because what is opened is written, and holds the file against it.
///
/// # Errors
/// [`ReadModelError::Damaged`] when it says something else.
pub(crate) fn check(path: &Path) -> Result<(), ReadModelError> {
    let sum = match fs::read(beside(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        sum => sum,
    };
    fs::remove_file(beside(path)).map_err(ReadModelError::Remove)?;
    let damaged = |error: io::Error| ReadModelError::Damaged(format!("it cannot be read: {error}"));
    if sum.map_err(damaged)? == of(path).map_err(damaged)?.into_bytes() {
        return Ok(());
    }
    Err(ReadModelError::Damaged("it is not what was written when it was closed".into()))
}

fn of(path: &Path) -> io::Result<String> {
    let (mut file, mut sum, mut buffer) = (fs::File::open(path)?, Sha256::new(), vec![0; READ_BYTES]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            read => sum.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open;

    #[test]
    fn any_flipped_bit_of_a_closed_file_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("readmodel.db");
        drop(open(&path).expect("it is made"));
        assert!(beside(&path).exists(), "nothing was laid beside it");
        let bytes = fs::read(&path).expect("it is there");
        for at in (0..bytes.len()).step_by(997) {
            drop(open(&path).expect("it is whole"));
            let mut flipped = fs::read(&path).expect("it is there");
            flipped[at] ^= 1 << (at % 8);
            fs::write(&path, &flipped).expect("it takes that");
            assert!(matches!(open(&path), Err(ReadModelError::Damaged(_))), "byte {at}");
            fs::write(&path, &bytes).expect("it takes that");
        }
    }

    #[test]
    fn while_it_is_open_there_is_no_sum() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("readmodel.db");
        drop(open(&path).expect("it is made"));
        let (projector, reader) = open(&path).expect("it is whole");
        assert!(!beside(&path).exists(), "a crash now would leave a wrong sum");
        drop((projector, reader));
        fs::write(beside(&path), "0").expect("it takes that");
        assert!(matches!(open(&path), Err(ReadModelError::Damaged(_))));
        crate::delete(&path).expect("it goes");
        assert!(open(&path).is_ok());
    }
}
