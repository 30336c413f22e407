#![allow(clippy::single_range_in_vec_init, reason = "a write of one append returns one range")]

use std::fs;
use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::ErrorClass;

fn open(directory: &Path) -> EmbeddedJournal {
    EmbeddedJournal::open(directory, || 5).unwrap()
}

fn stream() -> Stream {
    Stream::new(Topic::new("facts").unwrap(), 0)
}

fn with_stream(directory: &Path) -> EmbeddedJournal {
    let journal = open(directory);
    journal.ensure_topics(&[TopicLayout::forever(stream().topic, 1)]).unwrap();
    journal
}

fn records(count: usize, bytes: usize) -> Write {
    let record = NewRecord { value: vec![7; bytes], ..NewRecord::default() };
    Write::append(stream(), vec![record; count])
}

fn limit_pages(journal: &EmbeddedJournal, pages: u32) {
    let sql = format!("PRAGMA max_page_count = {pages}");
    locked(&journal.writer).query_row(&sql, [], |_| Ok(())).unwrap();
}

#[test]
fn a_full_disk_is_said_and_writing_goes_on_once_there_is_space() {
    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    assert_eq!(journal.write(records(1, 10)).unwrap(), [0..1]);
    limit_pages(&journal, 20);
    for _ in 0..3 {
        let error = journal.write(records(10, 100_000)).unwrap_err();
        assert!(matches!(error, JournalError::Full { .. }), "{error}");
        assert_eq!(error.class(), ErrorClass::Retry);
        assert!(matches!(journal.claim(&stream(), &"o".repeat(1_000_000)), Err(JournalError::Full { .. })));
        assert_eq!(journal.end(&stream()).unwrap(), 1, "a part of a failed write is there");
        assert_eq!(journal.read(&stream(), 0, 1 << 20).unwrap().records.len(), 1);
    }
    limit_pages(&journal, 1_000_000);
    assert_eq!(journal.write(records(10, 100_000)).unwrap(), [1..11]);
    let claim = journal.claim(&stream(), "o").unwrap();
    assert_eq!(journal.write_claimed(&claim, records(1, 1)).unwrap(), [12..13]);
    drop(journal);
    assert_eq!(open(directory.path()).end(&stream()).unwrap(), 13);
}

#[test]
fn after_a_clean_stop_journal_db_alone_holds_everything() {
    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    journal.write(records(3, 10)).unwrap();
    // Reading opens a second connection, which must not be the last one to close.
    assert_eq!(journal.read(&stream(), 0, 1000).unwrap().records.len(), 3);
    let commit = Commit { consumer: "c".to_owned(), stream: stream(), offset: 2 };
    journal.write(Write::commit(commit)).unwrap();
    drop(journal);
    let log = fs::metadata(directory.path().join("journal.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0, "bytes are left in journal.db-wal");

    let copy = tempfile::tempdir().unwrap();
    fs::copy(directory.path().join("journal.db"), copy.path().join("journal.db")).unwrap();
    let copied = open(copy.path());
    assert_eq!(copied.read(&stream(), 0, 1000).unwrap().records.len(), 3);
    assert_eq!(copied.committed("c", &stream()).unwrap(), Some(2));
}

#[test]
fn its_files_are_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    journal.write(records(1, 10)).unwrap();
    journal.read(&stream(), 0, 1000).unwrap();
    for name in ["journal.db", "journal.db-wal", "journal.db-shm", "journal.lock"] {
        let mode = fs::metadata(directory.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name} is {mode:o}");
    }
}

#[test]
fn the_lock_keeps_the_journal_shut_and_the_journal_the_lock() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("made/as/needed");
    let lock = DirectoryLock::acquire(&data).unwrap();
    let second = DirectoryLock::acquire(&data).err().unwrap();
    let journal = EmbeddedJournal::open(&data, || 5).err().unwrap();
    for error in [second, journal] {
        let expected = format!(
            "the data directory {} is in use by process {}; stop it first",
            data.display(),
            std::process::id()
        );
        assert!(matches!(error, JournalError::Locked { .. }), "{error}");
        assert_eq!(error.to_string(), expected);
    }
    assert!(!data.join("journal.db").exists(), "a locked directory was written to");
    drop(lock);
    let journal = open(&data);
    assert!(matches!(DirectoryLock::acquire(&data), Err(JournalError::Locked { .. })));
    drop(journal);
    DirectoryLock::acquire(&data).unwrap();
}

#[test]
fn a_second_opening_says_where_and_who() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path());
    let error = EmbeddedJournal::open(directory.path(), || 5).err().unwrap();
    assert!(matches!(error, JournalError::Locked { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains(&format!("process {}", std::process::id())), "{said}");
    assert!(said.contains(&directory.path().display().to_string()), "{said}");
    drop(first);
    open(directory.path());
}

#[test]
fn a_lock_file_left_by_a_dead_process_does_not_keep_it_shut() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("journal.lock"), "999999999999").unwrap();
    let journal = open(directory.path());
    let pid = fs::read_to_string(directory.path().join("journal.lock")).unwrap();
    assert_eq!(pid, std::process::id().to_string());
    drop(journal);
}

#[test]
fn the_fenced_owner_is_told_and_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    let first = journal.claim(&stream(), "a").unwrap();
    let second = journal.claim(&stream(), "b").unwrap();
    let mut write = records(1, 1);
    write.commits.push(Commit { consumer: "c".to_owned(), stream: stream(), offset: 9 });
    let error = journal.write_claimed(&first, write).unwrap_err();
    let JournalError::Fenced { held, current, .. } = error else { panic!("{error}") };
    assert_eq!((held, current), (first.number, second.number));
    assert_eq!(journal.end(&stream()).unwrap(), 2);
    assert_eq!(journal.committed("c", &stream()).unwrap(), None);
    drop(journal);
    let journal = open(directory.path());
    assert!(matches!(journal.write_claimed(&first, records(1, 1)), Err(JournalError::Fenced { .. })));
    journal.write_claimed(&second, records(1, 1)).unwrap();
}

#[test]
fn a_write_is_all_or_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    limit_pages(&journal, 20);
    let mut write = records(1, 10);
    write.appends.extend(records(10, 100_000).appends);
    write.commits.push(Commit { consumer: "c".to_owned(), stream: stream(), offset: 1 });
    assert!(journal.write(write).is_err());
    assert_eq!(journal.committed("c", &stream()).unwrap(), None);
    drop(journal);
    assert_eq!(open(directory.path()).end(&stream()).unwrap(), 0);
}

#[test]
fn the_given_clock_stamps_records() {
    let directory = tempfile::tempdir().unwrap();
    let time = std::sync::Arc::new(AtomicI64::new(1_700_000_000_000));
    let clock = std::sync::Arc::clone(&time);
    let journal = EmbeddedJournal::open(directory.path(), move || clock.load(Ordering::SeqCst)).unwrap();
    journal.ensure_topics(&[TopicLayout::forever(stream().topic, 1)]).unwrap();
    journal.write(records(1, 1)).unwrap();
    time.store(-1, Ordering::SeqCst);
    journal.write(records(1, 1)).unwrap();
    let batch = journal.read(&stream(), 0, 1000).unwrap();
    assert_eq!(batch.records.iter().map(|r| r.timestamp_ms).collect::<Vec<_>>(), [1_700_000_000_000, -1]);
}

#[test]
fn damage_and_foreign_files_are_said() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("journal.db"), vec![b'x'; 10_000]).unwrap();
    let error = EmbeddedJournal::open(directory.path(), || 5).err().unwrap();
    assert!(matches!(error, JournalError::Corrupt { .. }), "{error}");

    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    journal.write(records(3, 1)).unwrap();
    let sql = "UPDATE record_1 SET headers = x'05' WHERE offset = 1; DELETE FROM record_1 WHERE offset = 2";
    locked(&journal.writer).execute_batch(sql).unwrap();
    for from in [0, 1, 2] {
        let error = journal.read(&stream(), from, 1000).unwrap_err();
        assert!(matches!(error, JournalError::Corrupt { .. }), "{error}");
    }
    locked(&journal.writer).execute_batch("PRAGMA user_version = 9").unwrap();
    drop(journal);
    let error = EmbeddedJournal::open(directory.path(), || 5).err().unwrap();
    assert!(
        matches!(error, JournalError::CannotOpen { .. }) && error.to_string().contains("format 9"),
        "{error}"
    );
}

#[test]
fn the_database_of_another_program_is_refused_and_left_alone() {
    let foreign = [
        "CREATE TABLE notes (text TEXT)",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 1",
        "CREATE TABLE notes (text TEXT); PRAGMA user_version = 1",
        "CREATE TABLE notes (text TEXT); PRAGMA application_id = 7",
    ];
    for sql in foreign {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(&path).unwrap();
        let error = EmbeddedJournal::open(directory.path(), || 5).err().expect(sql);
        assert!(matches!(error, JournalError::CannotOpen { .. }), "{sql}: {error}");
        let said = error.to_string();
        assert!(said.contains("another program") && said.contains("journal.db"), "{sql}: {said}");
        assert!(fs::read(&path).unwrap() == before, "{sql}: the file was changed");
    }
}

#[test]
fn an_empty_file_becomes_a_journal() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    fs::write(&path, "").unwrap();
    with_stream(directory.path()).write(records(1, 1)).unwrap();
    assert_eq!(open(directory.path()).end(&stream()).unwrap(), 1);
    // As a crash between the first settings and the tables leaves it: a header, and nothing in it.
    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().query_row("PRAGMA journal_mode = WAL", [], |_| Ok(())).unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 0);
    with_stream(directory.path()).write(records(1, 1)).unwrap();
    fs::remove_file(&path).unwrap();
    let journal = open(directory.path());
    let page_bytes: u32 =
        locked(&journal.writer).query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
    assert_eq!(page_bytes, 8192, "looking at the empty file has fixed its page size");
}

/// A reader that runs beside a writer never sees a gap, a repetition, or an end before what it has read.
#[test]
fn a_reader_beside_writers_sees_every_record_once() {
    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    const WRITES: u64 = 200;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut next = 0;
            while next < 2 * WRITES * 3 {
                let batch = journal.read(&stream(), next, if next % 2 == 0 { 50 } else { 1 << 20 }).unwrap();
                for record in &batch.records {
                    assert_eq!(record.offset, next);
                    next += 1;
                }
                // Polls most of the time, to meet the moment between a commit and its announcement.
                if batch.records.is_empty() && next % 100 == 0 {
                    assert!(journal.wait(&stream(), next, Duration::from_secs(60)).unwrap(), "not woken");
                }
            }
        });
        for _ in 0..2 {
            scope.spawn(|| (0..WRITES).for_each(|_| drop(journal.write(records(3, 20)).unwrap())));
        }
        reader.join().unwrap();
    });
}

#[test]
fn a_read_ends_where_the_stream_ended_when_it_began() {
    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    journal.write(records(2, 1)).unwrap();
    let before = journal.tail(&stream()).unwrap();
    journal.write(records(1, 1)).unwrap();
    let batch = journal.with_reader(|connection| select(connection, &before, 0, 1000)).unwrap();
    assert_eq!((batch.records.len(), batch.next), (2, 2));
}

#[test]
fn a_journal_of_the_former_format_is_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    journal.write(records(3, 10)).unwrap();
    let former = "ALTER TABLE stream DROP COLUMN begins; PRAGMA user_version = 1";
    locked(&journal.writer).execute_batch(former).unwrap();
    drop(journal);
    let journal = open(directory.path());
    assert_eq!((journal.begin(&stream()).unwrap(), journal.end(&stream()).unwrap()), (0, 3));
    assert_eq!(journal.expire(&stream(), 6, 2).unwrap(), 2);
    drop(journal);
    let journal = open(directory.path());
    assert_eq!((journal.begin(&stream()).unwrap(), journal.end(&stream()).unwrap()), (2, 3));
}

#[test]
fn nothing_is_left_in_the_file_of_what_has_expired() {
    let directory = tempfile::tempdir().unwrap();
    let journal = with_stream(directory.path());
    let secret = b"a text that nobody may find any more".repeat(300);
    let record = NewRecord { value: secret.clone(), ..NewRecord::default() };
    journal.write(Write::append(stream(), vec![record; 40])).unwrap();
    journal.write(records(1, 10)).unwrap();
    journal.expire(&stream(), 6, 40).unwrap();
    drop(journal);
    let file = fs::read(directory.path().join("journal.db")).unwrap();
    assert!(!file.windows(30).any(|window| window == &secret[..30]));
}
