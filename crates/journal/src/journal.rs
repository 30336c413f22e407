//! The one trait of the event log.

use std::ops::Range;
use std::time::Duration;

use crate::{
    Batch, Claim, JournalError, Members, Membership, Stream, Topic, TopicDifference, TopicLayout, Write,
};

/// An append-only log of records in streams. Every method may be called from many threads at once and blocks its
/// thread until it is done.
pub trait Journal: Send + Sync {
    /// Appends records and remembers positions; what it was given is durable when it returns. (Kafka: taken by
    /// all in-sync replicas.) Returns, for each append, the first offset and the one after the last.
    ///
    /// The embedded journal does all of a write or nothing, and the offsets of an append are without gaps. Kafka
    /// appends first and commits then; what a failed append left behind is a beginning of it, and other writers'
    /// records may lie in between. Whoever retries a failed write may repeat records: readers must tolerate that.
    ///
    /// # Errors
    /// [`JournalError::Full`] and [`JournalError::Unavailable`]: retry. [`JournalError::TooLarge`],
    /// [`JournalError::UnknownTopic`], [`JournalError::UnknownPartition`] and [`JournalError::InvalidName`]: nothing
    /// was written.
    fn write(&self, write: Write) -> Result<Vec<Range<u64>>, JournalError>;

    /// As [`Journal::write`]; what goes to the claimed stream carries the claim.
    ///
    /// # Errors
    /// Also [`JournalError::Fenced`] after a later claim; nothing was committed. The embedded journal then takes no
    /// record. Kafka may have taken those for the claimed stream, which readers ignore ([`crate::Reader`]), and those
    /// for other streams only if the claim was superseded during this very write.
    fn write_claimed(&self, claim: &Claim, write: Write) -> Result<Vec<Range<u64>>, JournalError>;

    /// The records from offset `from` on: as many as fit into `max_bytes`, but at least one if there is one; claim
    /// records and those of superseded owners too. Returns without waiting for new ones: empty only at the end of
    /// the stream, with `next == from` (or, where everything from there on has expired, the end).
    ///
    /// # Errors
    /// [`JournalError::Ahead`] if `from` is beyond the end.
    fn read(&self, stream: &Stream, from: u64, max_bytes: usize) -> Result<Batch, JournalError>;

    /// Waits until the stream goes beyond `from`, or the timeout passes; true if it does.
    ///
    /// # Errors
    /// [`JournalError::Ahead`] if `from` is beyond the end.
    fn wait(&self, stream: &Stream, from: u64, timeout: Duration) -> Result<bool, JournalError>;

    /// The offset that the next record of the stream will get.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`] and [`JournalError::UnknownPartition`], as all methods with a stream.
    fn end(&self, stream: &Stream) -> Result<u64, JournalError>;

    /// The offset of the oldest record still there; [`Journal::end`] if there is none.
    ///
    /// # Errors
    /// As [`Journal::end`].
    fn begin(&self, stream: &Stream) -> Result<u64, JournalError>;

    /// Forgets for good the records before offset `upto` that were appended before a time (milliseconds since
    /// 1970-01-01 UTC): the stream begins at the first that is left, for readers too that ask for earlier ones.
    /// Offsets stay what they are. Returns where the stream begins now.
    ///
    /// # Errors
    /// As [`Journal::write`]; what was forgotten until then stays forgotten. [`JournalError::Ahead`] if `upto` is
    /// beyond the end.
    fn expire(&self, stream: &Stream, appended_before_ms: i64, upto: u64) -> Result<u64, JournalError>;

    /// How many partitions a topic has.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`].
    fn partitions(&self, topic: &Topic) -> Result<u32, JournalError>;

    /// In what the topics are not as the layout wants them, and changes nothing.
    ///
    /// # Errors
    /// As [`Journal::end`], [`JournalError::UnknownTopic`] aside.
    fn check_topics(&self, layout: &[TopicLayout]) -> Result<Vec<TopicDifference>, JournalError>;

    /// Creates the topics that are missing, and sets what may be set ([`crate::Remedy::Apply`]). What is right already stays
    /// untouched.
    ///
    /// # Errors
    /// [`JournalError::WrongLayout`] for what must be decided by hand, as a number of partitions; then nothing is
    /// created or changed.
    fn ensure_topics(&self, layout: &[TopicLayout]) -> Result<(), JournalError>;

    /// The position that a consumer last committed in this stream.
    ///
    /// # Errors
    /// As [`Journal::end`].
    fn committed(&self, consumer: &str, stream: &Stream) -> Result<Option<u64>, JournalError>;

    /// Takes a stream for `owner` by appending a claim record, whose value is the owner's name. Whoever held the
    /// stream is superseded from that record on.
    ///
    /// # Errors
    /// As [`Journal::write`]. After an error a claim may have been appended that nobody holds; it fences off the
    /// former owner too, so claim again.
    fn claim(&self, stream: &Stream, owner: &str) -> Result<Claim, JournalError>;

    /// Joins a group that shares out the streams of a topic: at each moment the group gives each of them to one member.
    /// (One that does not know yet that it is out may go on for a moment: what it writes carries a claim.) Of the
    /// embedded journal, which one process has, all are this one's.
    ///
    /// # Errors
    /// [`JournalError::Refused`] for a wrong configuration, [`JournalError::UnknownTopic`].
    fn join(&self, membership: &Membership) -> Result<Box<dyn Members>, JournalError>;
}
