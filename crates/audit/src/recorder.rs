//! Many threads record at once; what waits is appended in one go.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crate::writer::{BATCH, Writer};
use crate::{AuditError, AuditKeys, AuditLog, Entry, Fill};

/// How many entries may wait before those who bring more wait themselves.
const WAITING: usize = 4 * BATCH;

struct Waiting {
    entry: Entry,
    answer: Sender<Result<u64, AuditError>>,
}

/// Keeps the record of one node. Share it: its methods may be called from many threads at once, and block theirs.
pub struct Recorder {
    queue: Mutex<Option<SyncSender<Waiting>>>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Goes on at the end of the log, once it fits the end mark of the key store.
    ///
    /// # Errors
    /// [`AuditError::Truncated`], [`AuditError::Behind`], [`AuditError::Foreign`]; those of log and key store.
    pub fn start(log: Arc<dyn AuditLog>, keys: Arc<AuditKeys>, fill: Fill) -> Result<Recorder, AuditError> {
        let mut writer = Writer::start(log, keys, fill)?;
        let (queue, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || serve(&mut writer, &waiting))
            .map_err(|error| AuditError::Busy { detail: format!("no thread for it: {error}") })?;
        Ok(Recorder { queue: Mutex::new(Some(queue)), thread: Some(thread) })
    }

    /// Puts an entry on record, and returns its number once it is durable. After an error what is recorded must not
    /// happen. An entry of which the append failed may lie in the log nevertheless; tried again, it is there twice.
    ///
    /// # Errors
    /// [`AuditError::Entry`] for an entry that cannot be recorded; those of log and key store, to be retried or not as
    /// [`AuditError::class`] says; [`AuditError::Superseded`] for good.
    pub fn record(&self, entry: Entry) -> Result<u64, AuditError> {
        entry.check()?;
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let gone = || AuditError::bug("the thread that records has ended");
        let (answer, answered) = channel();
        queue.ok_or_else(gone)?.send(Waiting { entry, answer }).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}

impl Drop for Recorder {
    /// What waits is recorded first.
    fn drop(&mut self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.take() {
            // It has told whoever waited if it panicked.
            let _ = thread.join();
        }
    }
}

fn serve(writer: &mut Writer, waiting: &Receiver<Waiting>) {
    while let Ok(first) = waiting.recv() {
        let mut answers = vec![first.answer];
        let mut entries = vec![first.entry];
        while entries.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            answers.push(next.answer);
            entries.push(next.entry);
        }
        let written = writer.write(&entries);
        for (answer, at) in answers.into_iter().zip(0..) {
            // Who does not wait any more does not ask.
            let _ = answer.send(written.clone().map(|first| first + at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_it() {
        fn shared<T: Send + Sync>() {}
        shared::<Recorder>();
        shared::<AuditKeys>();
    }
}
