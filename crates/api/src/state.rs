//! What every request needs.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use sanzao_access::AccountName;
use sanzao_model::ItemId;
use sanzao_readmodel::{FeedReader, ReadModelError, Reader, Views};
use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::backend::Backend;
use crate::caller::Gate;
use crate::problem::Problem;
use crate::request_metrics::RequestMetrics;

/// What every request needs. Cheap to clone.
#[derive(Clone)]
pub struct ApiState {
    shared: Arc<Shared>,
    feeds: Option<FeedReader>,
    views: Option<Views>,
}

struct Shared {
    reader: Reader,
    backend: Arc<dyn Backend>,
    gate: Gate,
    metrics: RequestMetrics,
    queries: Semaphore,
    deliveries: Semaphore,
    passwords: Semaphore,
    streams: Arc<Semaphore>,
    streams_of: StreamCounts,
    audits: Semaphore,
    exports: Semaphore,
    turns: Vec<Mutex<()>>,
    is_stopping: AtomicBool,
    request_prefix: u64,
    requests: AtomicU64,
    has_projected: AtomicBool,
}

/// Queries that run at once; more wait for their turn. They are short and mostly in memory.
const QUERIES_AT_ONCE: usize = 16;

/// Deliveries of events that are held in memory at once; more wait before their bodies are read.
const DELIVERIES_AT_ONCE: usize = 8;

/// Passwords that are checked at once; more wait, without a thread.
const PASSWORDS_AT_ONCE: usize = 4;
/// Files of lists that are made in memory at once; more wait for their turn.
const EXPORTS_AT_ONCE: usize = 2;

/// Items share so many turns.
const TURNS: usize = 256;

/// Streams of changes that are open at once; more are refused.
const STREAMS_AT_ONCE: usize = 64;
/// Of one account: the pages that somebody has open, and no more, so that nobody holds all places.
const STREAMS_OF_ONE: usize = 8;

/// Readings of the audit record at once: each is a scan, and an export is held in memory.
const AUDITS_AT_ONCE: usize = 2;

/// How many streams each account has open.
type StreamCounts = Arc<std::sync::Mutex<HashMap<AccountName, usize>>>;

fn lock(counts: &StreamCounts) -> std::sync::MutexGuard<'_, HashMap<AccountName, usize>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream's place among those that may be open; given back when it is dropped.
pub(crate) struct OpenStream {
    account: AccountName,
    counts: StreamCounts,
    _permit: OwnedSemaphorePermit,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        if let Some(count) = counts.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.account);
            }
        }
    }
}

impl ApiState {
    /// Serves what the read model shows, to who has access, and passes on to the backend what they send.
    pub fn new(reader: Reader, backend: Arc<dyn Backend>, gate: Gate) -> ApiState {
        let request_prefix = backend.now().0.cast_unsigned();
        let shared = Shared {
            reader,
            backend,
            gate,
            metrics: RequestMetrics::default(),
            queries: Semaphore::new(QUERIES_AT_ONCE),
            deliveries: Semaphore::new(DELIVERIES_AT_ONCE),
            audits: Semaphore::new(AUDITS_AT_ONCE),
            passwords: Semaphore::new(PASSWORDS_AT_ONCE),
            streams: Arc::new(Semaphore::new(STREAMS_AT_ONCE)),
            streams_of: StreamCounts::default(),
            exports: Semaphore::new(EXPORTS_AT_ONCE),
            turns: (0..TURNS).map(|_| Mutex::new(())).collect(),
            is_stopping: AtomicBool::new(false),
            request_prefix,
            requests: AtomicU64::new(0),
            has_projected: AtomicBool::new(false),
        };
        ApiState { shared: Arc::new(shared), feeds: None, views: None }
    }

    /// Serves the quality of feeds, too.
    #[must_use]
    pub fn with_feeds(self, feeds: FeedReader) -> ApiState {
        ApiState { feeds: Some(feeds), ..self }
    }

    /// Keeps lists that people save, too.
    #[must_use]
    pub fn with_views(self, views: Views) -> ApiState {
        ApiState { views: Some(views), ..self }
    }

    pub(crate) fn views(&self) -> Option<&Views> {
        self.views.as_ref()
    }

    pub(crate) fn feeds(&self) -> Option<&FeedReader> {
        self.feeds.as_ref()
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.shared.reader
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        self.shared.backend.as_ref()
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.shared.gate
    }

    pub(crate) fn metrics(&self) -> &RequestMetrics {
        &self.shared.metrics
    }

    pub(crate) fn deliveries(&self) -> &Semaphore {
        &self.shared.deliveries
    }

    pub(crate) fn audits(&self) -> &Semaphore {
        &self.shared.audits
    }

    pub(crate) fn passwords(&self) -> &Semaphore {
        &self.shared.passwords
    }

    /// Waits until nobody else of this node acts on these items: between the version that somebody means and what they do
    /// to it comes no other act.
    pub(crate) async fn turn(&self, items: &[ItemId]) -> Vec<MutexGuard<'_, ()>> {
        // In one order, so that nobody waits for whoever waits for them.
        let turns: BTreeSet<usize> = items.iter().map(|item| usize::from(item.0[0])).collect();
        let mut held = Vec::with_capacity(turns.len());
        for turn in turns {
            held.push(self.shared.turns[turn].lock().await);
        }
        held
    }

    pub(crate) fn exports(&self) -> &Semaphore {
        &self.shared.exports
    }

    /// A place for a stream of an account, if there is one.
    pub(crate) fn open_stream(&self, account: &AccountName) -> Option<OpenStream> {
        let permit = Arc::clone(&self.shared.streams).try_acquire_owned().ok()?;
        let mut counts = lock(&self.shared.streams_of);
        let count = counts.entry(account.clone()).or_default();
        if *count >= STREAMS_OF_ONE {
            return None;
        }
        *count += 1;
        let counts = Arc::clone(&self.shared.streams_of);
        Some(OpenStream { account: account.clone(), counts, _permit: permit })
    }

    /// Ends the streams that are open.
    pub(crate) fn stop_streams(&self) {
        self.shared.is_stopping.store(true, Ordering::Release);
    }

    /// Whether streams are to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.is_stopping.load(Ordering::Acquire)
    }

    /// Whether what the read model does not hold from now on does not exist. Once it is so it stays so:
    /// later items are not known to clients before the read model has them.
    pub(crate) fn has_projected(&self) -> bool {
        let known = self.shared.has_projected.load(Ordering::Acquire);
        let has_projected = known || self.shared.backend.has_projected();
        if has_projected && !known {
            self.shared.has_projected.store(true, Ordering::Release);
        }
        has_projected
    }

    /// An id for a request that came without one: unique in this process, and between processes as far as
    /// they were started at different moments.
    pub(crate) fn next_request_id(&self) -> String {
        let number = self.shared.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-{number:x}", self.shared.request_prefix)
    }

    /// Asks the read model on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reader) -> Result<T, ReadModelError> + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = self.shared.queries.acquire().await.map_err(Problem::internal)?;
        let reader = self.shared.reader.clone();
        self.block(move |_| query(&reader).map_err(Problem::from)).await
    }

    /// Works on a thread that may block.
    pub(crate) async fn block<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Backend) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let state = self.clone();
        // What it logs is of the same request.
        let span = tracing::Span::current();
        let work = move || span.in_scope(|| work(state.backend()));
        tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?
    }
}
