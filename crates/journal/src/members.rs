//! Sharing out the streams of a topic among the processes of a group.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::{JournalError, Stream, Topic};

/// Which group shares out what, and how quickly it does without a member that is silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The group's name; members of one name share.
    pub group: String,
    /// The topic whose partitions are shared out.
    pub topic: Topic,
    /// A name that nobody else in the group has: whoever joins later under it takes this member's place, and what it
    /// had stays with it over a restart within `session_timeout`. Without one it is a new member each time, and what it
    /// had goes to others as soon as it leaves.
    pub fixed_name: Option<String>,
    /// A member that is not heard of for so long is out. Kafka takes 6 to 30 seconds unless its brokers say otherwise.
    pub session_timeout: Duration,
}

/// This process's part in a group. Dropping it leaves the group, which waits a while for its leases to be given back.
pub trait Members: Send {
    /// Waits until the group gives this member a stream that it did not have; none if the timeout passes. A stream whose
    /// lease was given back while it was still this member's is given again.
    ///
    /// # Errors
    /// [`JournalError::Fenced`]-like refusals that waiting does not mend: [`JournalError::Refused`] when another process
    /// has joined under the same fixed name, or joining is not permitted.
    fn next(&mut self, timeout: Duration) -> Result<Option<Lease>, JournalError>;

    /// Whether the group has said at least once what this member has, be it nothing.
    fn has_settled(&self) -> bool;
}

/// A stream that is this member's until the group takes it away. Whoever holds it stops when [`Lease::is_held`] says
/// so, and drops it: the group waits for that, but not for long, so that what is written carries a claim as well.
#[derive(Debug)]
pub struct Lease {
    stream: Stream,
    number: u64,
    board: Arc<Board>,
}

impl Lease {
    /// What was given.
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Whether it is still this member's. A member that was told that it is out holds nothing.
    pub fn is_held(&self) -> bool {
        let entries = self.board.lock();
        entries.failed.is_none() && entries.streams.get(&self.stream) == Some(&Entry::Leased(self.number))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut entries = self.board.lock();
        match entries.streams.get(&self.stream) {
            Some(Entry::Leased(number)) if *number == self.number => {
                entries.streams.insert(self.stream.clone(), Entry::Free);
            }
            Some(Entry::Revoked(number)) if *number == self.number => {
                entries.streams.remove(&self.stream);
            }
            _ => return,
        }
        drop(entries);
        self.board.changed.notify_all();
    }
}

/// What a member has, shared by who speaks with the group and who works.
#[derive(Debug, Default)]
pub(crate) struct Board {
    entries: Mutex<Entries>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Entries {
    streams: BTreeMap<Stream, Entry>,
    leases: u64,
    has_settled: bool,
    failed: Option<String>,
}

/// What becomes of a stream that the group has given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// Nobody works on it.
    Free,
    /// The lease of this number is out.
    Leased(u64),
    /// The group takes it away, and the lease of this number was not given back yet.
    Revoked(u64),
}

impl Board {
    /// A thread that panicked while it held this left nothing half done.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The group has given these.
    pub fn give(&self, streams: impl IntoIterator<Item = Stream>) {
        let mut entries = self.lock();
        for stream in streams {
            // One that was revoked a moment ago and is not given back yet is another one.
            entries.streams.insert(stream, Entry::Free);
        }
        entries.has_settled = true;
        drop(entries);
        self.changed.notify_all();
    }

    /// The group takes these away: waits until whoever works on them has stopped, or the patience is over.
    pub fn take(&self, streams: &[Stream], patience: Duration) {
        let mut entries = self.lock();
        for stream in streams {
            match entries.streams.get(stream).copied() {
                Some(Entry::Leased(number) | Entry::Revoked(number)) => {
                    entries.streams.insert(stream.clone(), Entry::Revoked(number));
                }
                Some(Entry::Free) | None => drop(entries.streams.remove(stream)),
            }
        }
        self.changed.notify_all();
        let at_work =
            |entries: &mut Entries| streams.iter().any(|stream| entries.streams.contains_key(stream));
        let waited = self.changed.wait_timeout_while(entries, patience, at_work);
        let (mut entries, _) = waited.unwrap_or_else(PoisonError::into_inner);
        for stream in streams {
            entries.streams.remove(stream);
        }
    }

    /// All that this member has.
    pub fn held(&self) -> Vec<Stream> {
        self.lock().streams.keys().cloned().collect()
    }

    /// This member is out for good.
    pub fn fail(&self, detail: String) {
        self.lock().failed.get_or_insert(detail);
        self.changed.notify_all();
    }

    pub fn has_settled(&self) -> bool {
        self.lock().has_settled
    }

    /// See [`Members::next`].
    pub fn next(self: &Arc<Self>, timeout: Duration) -> Result<Option<Lease>, JournalError> {
        let deadline = Instant::now() + timeout;
        let mut entries = self.lock();
        loop {
            if let Some(detail) = &entries.failed {
                return Err(JournalError::Refused { detail: detail.clone() });
            }
            let number = entries.leases + 1;
            let mut free = entries.streams.iter_mut().filter(|(_, entry)| **entry == Entry::Free);
            if let Some((stream, entry)) = free.next() {
                *entry = Entry::Leased(number);
                let stream = stream.clone();
                entries.leases = number;
                return Ok(Some(Lease { stream, number, board: Arc::clone(self) }));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            entries = self.changed.wait_timeout(entries, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// Tells a board when whoever speaks with its group is gone without having been asked to go: nothing would ever be given
/// or taken away again, and nobody would see that.
pub(crate) struct Speaker {
    board: Arc<Board>,
    group: String,
    was_asked: bool,
}

impl Speaker {
    /// Of a group, from now until it is dropped.
    pub fn new(board: &Arc<Board>, group: &str) -> Speaker {
        Speaker { board: Arc::clone(board), group: group.to_owned(), was_asked: false }
    }

    /// It goes because it was asked to.
    pub fn leave(mut self) {
        self.was_asked = true;
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        if !self.was_asked {
            self.board.fail(format!(
                "what speaks with group {} has ended by itself, which is a fault of the program: start the process again",
                self.group
            ));
            self.board.take(&self.board.held(), Duration::ZERO);
        }
    }
}

/// The one member of a log that has one process: all streams are its own.
pub(crate) struct AllOf(Arc<Board>);

impl AllOf {
    pub fn new(streams: impl IntoIterator<Item = Stream>) -> Self {
        let board = Arc::<Board>::default();
        board.give(streams);
        Self(board)
    }
}

impl Members for AllOf {
    fn next(&mut self, timeout: Duration) -> Result<Option<Lease>, JournalError> {
        self.0.next(timeout)
    }

    fn has_settled(&self) -> bool {
        self.0.has_settled()
    }
}

impl Drop for AllOf {
    fn drop(&mut self) {
        self.0.take(&self.0.held(), Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    fn streams(count: u32) -> Vec<Stream> {
        (0..count).map(|partition| Stream::new(Topic::new("t").unwrap(), partition)).collect()
    }

    #[test]
    fn each_stream_is_given_once_and_again_when_it_is_given_back() {
        let mut all = AllOf::new(streams(2));
        let (a, b) = (all.next(SOON).unwrap().unwrap(), all.next(SOON).unwrap().unwrap());
        assert_eq!([a.stream(), b.stream()], [&streams(2)[0], &streams(2)[1]]);
        assert!(all.next(Duration::ZERO).unwrap().is_none());
        drop(a);
        assert_eq!(all.next(SOON).unwrap().unwrap().stream(), &streams(2)[0]);
        drop(all);
        assert!(!b.is_held(), "who has left has nothing");
    }

    #[test]
    fn taking_away_waits_for_who_works_and_not_for_ever() {
        let board = Arc::<Board>::default();
        board.give(streams(1));
        let lease = board.next(SOON).unwrap().unwrap();
        let worker = thread::spawn(move || {
            while lease.is_held() {
                thread::yield_now();
            }
            drop(lease);
        });
        let started = Instant::now();
        board.take(&streams(1), SOON);
        assert!(started.elapsed() < SOON);
        worker.join().unwrap();
        board.give(streams(1));
        let stuck = board.next(SOON).unwrap().unwrap();
        board.take(&streams(1), Duration::from_millis(20));
        assert!(!stuck.is_held());
        // Given again while somebody is still busy with the former lease: that one changes nothing any more.
        board.give(streams(1));
        let again = board.next(SOON).unwrap().unwrap();
        drop(stuck);
        assert!(again.is_held());
        assert!(board.next(Duration::ZERO).unwrap().is_none());
    }

    #[test]
    fn a_speaker_that_panics_is_told() {
        let board = Arc::<Board>::default();
        board.give(streams(1));
        let lease = board.next(SOON).unwrap().unwrap();
        let speaker = Speaker::new(&board, "discovery");
        let thread = thread::spawn(move || {
            let _speaker = speaker;
            panic!("as a fault would have it");
        });
        assert!(thread.join().is_err());
        assert!(!lease.is_held(), "nobody would hear that the group takes it away");
        let told = board.next(SOON);
        assert!(
            matches!(&told, Err(JournalError::Refused { detail }) if detail.contains("group discovery")),
            "{told:?}"
        );
        let board = Arc::<Board>::default();
        Speaker::new(&board, "discovery").leave();
        assert!(board.next(Duration::ZERO).unwrap().is_none());
    }

    #[test]
    fn who_is_out_is_told_and_holds_nothing() {
        let board = Arc::<Board>::default();
        board.give(streams(1));
        let lease = board.next(SOON).unwrap().unwrap();
        board.fail("another process is worker a".into());
        assert!(!lease.is_held(), "before anybody takes it away");
        assert!(
            matches!(board.next(SOON), Err(JournalError::Refused { detail }) if detail.contains("worker a"))
        );
    }
}
