//! How quickly the API lists alerts: a million of them, every documented filter, a thousand requests a second over HTTP on
//! loopback. Requests are sent when they are due, whether earlier ones were answered or not, and timed from then on.

mod client;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sanzao_access::Quota;
use sanzao_api::{ApiState, Gate};
use sanzao_readmodel::{Reader, open};
use tokio::sync::oneshot;

use crate::accounts;
use crate::clock;
use crate::progress;
use client::Client;

/// The goal (design §5), in milliseconds.
const GOAL_P99_MILLIS: f64 = 10.0;
const REQUESTS_PER_SECOND: u32 = 1_000;
const CONNECTIONS: u32 = 32;
const ITEMS_PER_RECORD: u64 = 2_000;

/// How quick one filter was.
#[derive(Debug, serde::Serialize)]
pub(super) struct Quickness {
    pub filter: &'static str,
    requests: usize,
    pub p50_millis: f64,
    pub p99_millis: f64,
    pub goal_p99_millis: f64,
}

/// Lists of `items` alerts and tasks, each filter for so many seconds.
///
/// # Errors
/// When the read model cannot be written, or the API answers with something else than a list.
pub(super) fn lists(items: u32, seconds: u32) -> Result<Vec<Quickness>> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let reader = filled(&folder.path().join("readmodel.db"), u64::from(items))?;
    let (file, token) = accounts::of_demo(&folder.path().join("accounts.toml"), clock::today())?;
    let quota = Quota { burst: 1_000_000, per_minute: 10_000_000 };
    let gate = Gate::new(Arc::new(file), false).with_quota(quota);
    let state = ApiState::new(reader, Arc::new(work::Silent), gate);
    let server = Server::start(state)?;
    let bar = progress::bar(work::FILTERS.len() as u64, "asking");
    let mut all = Vec::new();
    for (filter, query) in work::FILTERS {
        let path = format!("/v1/{query}");
        let mut millis = asked(server.address, &path, &token, seconds)?;
        millis.sort_by(f64::total_cmp);
        let at = |part: f64| millis[((millis.len() - 1) as f64 * part) as usize];
        let (requests, p50_millis, p99_millis) = (millis.len(), at(0.5), at(0.99));
        all.push(Quickness { filter, requests, p50_millis, p99_millis, goal_p99_millis: GOAL_P99_MILLIS });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all)
}

fn filled(path: &std::path::Path, items: u64) -> Result<Reader> {
    let (mut projector, reader) = open(path)?;
    let bar = progress::bar(items, "making alerts");
    for from in (0..items).step_by(ITEMS_PER_RECORD as usize) {
        let until = (from + ITEMS_PER_RECORD).min(items);
        let offset = from / ITEMS_PER_RECORD;
        let record = work::record(offset + 1, from..until);
        projector.project(offset + 1, &[(offset, record)])?;
        bar.set_position(until);
    }
    bar.finish_and_clear();
    Ok(reader)
}

/// The API on a free port, until dropped.
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<std::io::Result<()>>>,
}

impl Server {
    fn start(state: ApiState) -> Result<Server> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("no port")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                sanzao_api::serve(listener, state, async { stopped.await.unwrap_or_default() }).await
            })
        });
        Ok(Server { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A server that failed has failed the requests.
            let _ = thread.join();
        }
    }
}

/// Milliseconds from when each request was due to its whole answer. The first half second warms up and is not told.
fn asked(address: SocketAddr, path: &str, token: &str, seconds: u32) -> Result<Vec<f64>> {
    let begin = Instant::now() + Duration::from_millis(50);
    let warm = Duration::from_millis(500);
    let until = Duration::from_secs(u64::from(seconds)) + warm;
    let every = Duration::from_secs(1) / REQUESTS_PER_SECOND;
    let ask = |connection: u32| -> Result<Vec<f64>> {
        let mut client = Client::connect(address, path, token)?;
        let mut millis = Vec::new();
        for number in 0.. {
            let due = every * (number * CONNECTIONS + connection);
            if due >= until {
                break;
            }
            let at = begin + due;
            if let Some(early) = at.checked_duration_since(Instant::now()) {
                std::thread::sleep(early);
            }
            let status = client.get()?;
            ensure!(status == 200, "GET {path} was answered with {status}");
            if due >= warm {
                millis.push(at.elapsed().as_secs_f64() * 1e3);
            }
        }
        Ok(millis)
    };
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS).map(|number| scope.spawn(move || ask(number))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Result<Vec<f64>>>| {
            thread.join().map_err(|_| anyhow::anyhow!("a client panicked"))?
        };
        threads.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?;
    Ok(all.into_iter().flatten().collect())
}
