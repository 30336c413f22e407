//! All stages in one process, each in a loop of its own, and the API in front.

mod background;
mod bureau_work;
mod exchange;
mod feed_quality;
mod front;
mod intake_work;
mod publisher;
pub(crate) mod recorded;
mod shared;
mod stopping;
mod turn;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sanzao_access::AccountsFile;
use sanzao_api::{ApiState, Health, Probes};
use sanzao_casework::Calendar;
use sanzao_model::{Bureau, Day};

use crate::accounts;
use crate::cli::DemoArgs;
use crate::clock;
use crate::config::{Api, Workers};
use crate::metrics::Status;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::stage::{DiscoveryStage, ProjectionStage, StageError};
use crate::stages::{StageKind, StageName, Stages};
use crate::webhooks::Destination;
use background::{expire, follow_accounts, keep_identities, look_at_self};
use bureau_work::Office;
use front::Front;
use shared::Shared;
use turn::{Keeper, Turn};

/// How long a stage waits for records before it looks whether to stop.
const WAIT: Duration = Duration::from_millis(500);
/// How long a stage waits before it tries again what its log refused.
const RETRY: Duration = Duration::from_secs(1);

/// How long to wait before what waiting does not mend is tried all the same: another process may have mended it.
const FAULT_RETRY: Duration = Duration::from_secs(10);

/// A stage that a loop can drive.
trait Stage: Send + 'static {
    fn step(&mut self) -> Result<bool, StageError>;
    fn wait(&self, timeout: Duration) -> Result<bool, StageError>;
    fn observe(&mut self, status: &Status);
}

impl Stage for ProjectionStage {
    fn step(&mut self) -> Result<bool, StageError> {
        ProjectionStage::step(self)
    }

    fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
        ProjectionStage::wait(self, timeout)
    }

    fn observe(&mut self, status: &Status) {
        let labels = "stage=\"projection\"";
        // What the log does not answer now is told the next time.
        if let Ok((position, end)) = self.progress() {
            status.set("sanzao_stage_offset", labels, position as f64);
            status.set("sanzao_stage_lag_records", labels, end.saturating_sub(position) as f64);
        }
        for took in self.take_took() {
            status.took("sanzao_event_to_alert_seconds", "", took.as_secs_f64());
        }
    }
}

/// Drives a stage until everything stops. What the log refuses for now is tried again; anything else
/// stops the process, because to go on would lose or double something.
fn drive(name: &str, mut stage: impl Stage, status: &Arc<Status>) -> Result<JoinHandle<()>> {
    let (name, status) = (name.to_owned(), Arc::clone(status));
    status.register(&StageName::one(&name));
    let thread = std::thread::Builder::new().name(name.clone());
    let run = move || {
        let _guard = Guard { status: Arc::clone(&status), name: name.clone() };
        while !status.is_stopping() {
            let outcome = match stage.step() {
                Ok(true) => Ok(false),
                Ok(false) => stage.wait(WAIT).map(|_| true),
                Err(error) => Err(error),
            };
            match outcome {
                Ok(ready) => status.runs(&name, ready),
                Err(error) if error.is_retry() => {
                    tracing::warn!(stage = %name, %error, "waiting, then trying again");
                    status.waits(&name, error.to_string());
                    status.pause(RETRY);
                }
                Err(error) if status.is_alone() => {
                    tracing::error!(stage = %name, %error, "stopping");
                    status.stop(Some(format!("{name}: {error}")));
                }
                Err(error) => {
                    if status.waits(&name, error.to_string()) {
                        tracing::error!(stage = %name, %error, "it stands still, all else goes on");
                    }
                    status.pause(FAULT_RETRY);
                }
            }
            stage.observe(&status);
        }
    };
    thread.spawn(run).context("the system gives no more threads")
}

/// Stops everything when a stage's thread ends by a panic: events would pile up behind it unseen.
struct Guard {
    status: Arc<Status>,
    name: String,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.status.stop(Some(format!("{}: it panicked, which is a fault of the program", self.name)));
        }
    }
}

/// How a live platform is to behave.
pub(crate) struct Settings {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Take a free port when that one is in use.
    pub any_port: bool,
    /// Which stages run here.
    pub stages: Stages,
    /// How the processes of a group share them.
    pub workers: Workers,
    /// Whose people work here, where there is an API.
    pub bureau: Bureau,
    /// Who is let in, where there is an API.
    pub accounts: Option<Arc<AccountsFile>>,
    /// How the API is configured.
    pub api: Api,
    /// Where departments are told and asked.
    pub webhooks: Vec<Destination>,
    /// A token to invite with.
    pub invitation: Option<String>,
    /// Evaluate as of this day; without it, as of today's.
    pub day: Option<Day>,
    /// Say once where it serves.
    pub announce: fn(SocketAddr, &str) -> Result<()>,
}

/// Serves until interrupted.
///
/// # Errors
/// When a stage cannot start, or had to stop.
pub(crate) fn serve(pipeline: &Arc<Pipeline>, settings: &Settings) -> Result<()> {
    let gate = match &settings.accounts {
        Some(accounts) => Some(accounts::gate(&settings.api, Arc::clone(accounts))?),
        None => None,
    };
    warn_of_calendar(&pipeline.calendar, settings.day.unwrap_or_else(clock::today));
    let status = Arc::new(Status::new(pipeline.is_exclusive).with_traces(pipeline.traces.clone()));
    let owner = format!("{} (process {})", pipeline.topics.node(), std::process::id());
    // Everything is opened before anything runs: what cannot be opened now may be tried again.
    let audit = recorded::begin(pipeline, &owner, settings.accounts.as_deref())?;
    let office = Office {
        pipeline: Arc::clone(pipeline),
        audit: Arc::clone(&audit),
        status: Arc::clone(&status),
        owner,
        day: settings.day,
    };
    allow_day(pipeline, settings)?;
    let front = match gate {
        Some(gate) => Some(Front::open(pipeline, settings, gate)?),
        None => None,
    };
    let keeper = match settings.stages.has(StageKind::Vault) {
        true => Some(Keeper::wait(pipeline, &settings.workers)?),
        false => None,
    };
    let turn = keeper.as_ref().map_or_else(|| Arc::new(Turn::Ours), Keeper::turn);
    // Last: what the group gives it works on from then on.
    let shared = Shared::join(pipeline, settings)?;
    stopping::watch(Arc::clone(&status))?;
    let mut threads = shared.start(&office, settings, &status)?;
    threads.push(look_at_self(pipeline, Arc::clone(&status))?);
    match keeper {
        None => pipeline.identities().leave_to_others(),
        Some(keeper) => {
            threads.extend(keeper.listen(Arc::clone(pipeline.identities()), Arc::clone(&status))?);
            threads.push(keep_identities(pipeline, Arc::clone(&turn), Arc::clone(&status))?);
            threads.push(expire(pipeline, Arc::clone(&turn), Arc::clone(&status))?);
        }
    }
    if let Some(accounts) = &settings.accounts {
        threads.push(follow_accounts(Arc::clone(accounts), Arc::clone(&audit), Arc::clone(&status))?);
    }
    let served = match front {
        Some(front) => {
            let state = front.start(pipeline, settings, audit, &turn, &status, &mut threads)?;
            serve_http(Served::Api(state), settings, &status)
        }
        None => serve_http(Served::Health(probes(&status)), settings, &status),
    };
    end(&status, threads);
    served?;
    status.fatal().map_or(Ok(()), |fatal| Err(anyhow::anyhow!("stopped: {fatal}")))
}

fn probes(status: &Arc<Status>) -> Probes {
    let (health, metrics) = (Arc::clone(status), Arc::clone(status));
    Probes {
        health: Arc::new(move || Health { reasons: health.reasons(), evaluated: None }),
        metrics: Arc::new(move || metrics.text()),
    }
}

/// Periods of working days reach into the next year from December on.
fn warn_of_calendar(calendar: &Calendar, today: Day) {
    const AHEAD_DAYS: i32 = 31;
    let known_until = calendar.known_until();
    if known_until.is_none_or(|day| day < today.plus_days(AHEAD_DAYS)) {
        tracing::warn!(
            known_until = known_until.map(tracing::field::display),
            "holidays after that are not known, and only weekends count as days off: add the State Council's notice \
             to a file, and name it as `calendar` in the configuration"
        );
    }
}

fn end(status: &Status, threads: Vec<JoinHandle<()>>) {
    status.stop(None);
    for thread in threads {
        // A thread that panicked has said so on standard error.
        let _ = thread.join();
    }
}

/// Tries again what a full disk or a broker that is away refuses, until it succeeds.
fn patiently<T>(what: &str, mut open: impl FnMut() -> Result<T, StageError>) -> Result<T> {
    loop {
        match open() {
            Err(error) if error.is_retry() => {
                tracing::warn!(what, %error, "cannot be opened now; trying again");
                std::thread::sleep(RETRY);
            }
            result => return result.with_context(|| format!("{what} cannot be opened")),
        }
    }
}

/// A day that was asked for is held against what the log has reached, which is known once it is read. Where the log is
/// shared, whoever is given a bureau does that.
fn allow_day(pipeline: &Pipeline, settings: &Settings) -> Result<()> {
    if settings.day.is_none() || !pipeline.is_exclusive {
        return Ok(());
    }
    for bureau in pipeline.topics.bureaus() {
        let end = pipeline.journal.end(&pipeline.topics.facts(*bureau))?;
        refuse_past(&pipeline.ledger_upto(*bureau, end)?, settings.day)?;
    }
    Ok(())
}

/// Time goes forward only: a day before that of the log would have no effect.
///
/// # Errors
/// When the day asked for is such a one.
pub(crate) fn refuse_past(discovery: &DiscoveryStage, asked: Option<Day>) -> Result<()> {
    if let (Some(asked), Some(day)) = (asked, discovery.day()) {
        ensure!(
            asked >= day,
            "the log has reached {day} already: a day before it, as {asked}, has no effect: leave --day \
             away, or load into another data directory"
        );
    }
    Ok(())
}

/// What a process serves over HTTP.
enum Served {
    Api(ApiState),
    Health(Probes),
}

fn serve_http(served: Served, settings: &Settings, status: &Arc<Status>) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no async runtime")?;
    let stopping = Arc::clone(status);
    runtime.block_on(async move {
        let bound = tokio::net::TcpListener::bind(settings.listen).await;
        let listener = match bound {
            Err(error) if settings.any_port && error.kind() == std::io::ErrorKind::AddrInUse => {
                tokio::net::TcpListener::bind((settings.listen.ip(), 0)).await
            }
            bound => bound,
        };
        let listener = listener
            .with_context(|| format!("cannot listen on {}: choose another [api] listen", settings.listen))?;
        let address = listener.local_addr().context("the listener has no address")?;
        tracing::info!(%address, "serving");
        (settings.announce)(address, settings.invitation.as_deref().unwrap_or_default())?;
        let stopped = until_stopped(stopping);
        match served {
            Served::Api(state) => sanzao_api::serve(listener, state, stopped).await,
            Served::Health(probes) => sanzao_api::serve_health(listener, probes, stopped).await,
        }
        .context("the server stopped")
    })
}

/// Resolves on an interrupt, a request to terminate, or when a stage had to stop.
async fn until_stopped(status: Arc<Status>) {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    let stopped = async {
        while !status.is_stopping() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
        () = stopped => {}
    }
    status.stop(None);
}

/// Serves what the demonstration found, as of its last day, with a token of its own.
pub(crate) fn serve_demo(pipeline: &Arc<Pipeline>, args: &DemoArgs, day: Day) -> Result<()> {
    let (file, token) = accounts::of_demo(&pipeline.data.accounts(), clock::today())?;
    // Standard output is the report's, where it is to be read by a program.
    let announce: fn(SocketAddr, &str) -> Result<()> = match args.json {
        true => |address, token| {
            eprintln!("{}", invitation(address, token));
            Ok(())
        },
        false => |address, token| say!("{}", invitation(address, token)),
    };
    serve(
        pipeline,
        &Settings {
            listen: args.listen,
            any_port: true,
            stages: Stages::all(),
            workers: Workers::default(),
            bureau: pipeline.topics.bureaus()[0],
            accounts: Some(Arc::new(file)),
            api: Api { listen: args.listen, ..Api::default() },
            webhooks: Vec::new(),
            invitation: Some(token),
            day: Some(day),
            announce,
        },
    )
}

fn invitation(address: SocketAddr, token: &str) -> String {
    format!(
        "serving on http://{address}\nbearer token: {token}\n\
         try: curl -H 'Authorization: Bearer {token}' 'http://{address}/v1/alerts?limit=3'\nstop with Ctrl-C"
    )
}
