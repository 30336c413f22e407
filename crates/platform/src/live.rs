//! All stages in one process, each in a loop of its own, and the API in front.

mod background;
mod exchange;
mod feed_quality;
pub(crate) mod recorded;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sanzao_access::AccountsFile;
use sanzao_api::{ApiState, Backend};
use sanzao_casework::Calendar;
use sanzao_model::{Bureau, Day};
use sanzao_readmodel::Views;

use crate::accounts;
use crate::backend::LiveBackend;
use crate::cli::DemoArgs;
use crate::clock;
use crate::config::{Api, Config};
use crate::metrics::Status;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::webhooks::Destination;
use background::{expire, follow_accounts, keep_day, keep_identities};

use crate::stage::{
    CaseworkStage, DiscoveryStage, FeedQualityStage, IntakeStage, ProjectionStage, StageError,
};

/// How long a stage waits for records before it looks whether to stop.
const WAIT: Duration = Duration::from_millis(500);
/// How long a stage waits before it tries again what its log refused.
const RETRY: Duration = Duration::from_secs(1);

/// A stage that a loop can drive.
trait Stage: Send + 'static {
    fn step(&mut self) -> Result<bool, StageError>;
    fn wait(&self, timeout: Duration) -> Result<bool, StageError>;
    fn observe(&self, status: &Status);
}

macro_rules! stage {
    ($name:ty, $observe:expr) => {
        impl Stage for $name {
            fn step(&mut self) -> Result<bool, StageError> {
                <$name>::step(self)
            }
            fn wait(&self, timeout: Duration) -> Result<bool, StageError> {
                <$name>::wait(self, timeout)
            }
            fn observe(&self, status: &Status) {
                let observe: fn(&$name, &Status) = $observe;
                observe(self, status);
            }
        }
    };
}

stage!(IntakeStage, |stage, status| {
    let feed = stage.feed();
    let partition = stage.partition();
    status.set("sanzao_stage_offset", &format!("stage=\"{}\"", intake_name(stage)), stage.position() as f64);
    let outcome = |outcome: &str| format!("feed=\"{feed}\",partition=\"{partition}\",outcome=\"{outcome}\"");
    status.set("sanzao_intake_events_total", &outcome("valid"), stage.accepted as f64);
    status.set("sanzao_intake_events_total", &outcome("rejected"), stage.rejected as f64);
});
stage!(DiscoveryStage, |stage, status| {
    let (facts, events) = stage.ledger().counts();
    status.set("sanzao_stage_offset", "stage=\"discovery\"", stage.position() as f64);
    status.set("sanzao_ledger_facts", "", facts as f64);
    status.set("sanzao_ledger_events", "", events as f64);
    status.set("sanzao_ledger_people", "", stage.ledger().people_count() as f64);
    status.set("sanzao_evaluations_total", "", stage.evaluations.0 as f64);
    status.set("sanzao_evaluated_people_total", "", stage.evaluations.1 as f64);
    for age in stage.ledger().ages() {
        let labels = format!("feed=\"{}\"", age.feed);
        status.set("sanzao_feed_newest_timestamp_seconds", &labels, age.newest.0 as f64 / 1e9);
    }
    if let Some(snapshots) = stage.snapshots() {
        status.set("sanzao_snapshot_offset", "", snapshots.offset.unwrap_or(0) as f64);
        status.set("sanzao_snapshot_failures_total", "", snapshots.failures as f64);
    }
    status.set_loads(stage.open_loads().iter().cloned());
    status.set_suspended(stage.suspensions());
    status.set_completeness(stage.completeness.clone());
    status.outcomes.set_population(stage.population.clone());
    let today = clock::today();
    status.set_ahead(stage.day().filter(|day| *day > today));
});
stage!(CaseworkStage, |stage, status| {
    let counts = stage.state().counts();
    status.set("sanzao_stage_offset", "stage=\"casework\"", stage.state().upto() as f64);
    for (state, count) in counts.by_state() {
        status.set("sanzao_items", &format!("state=\"{state}\""), count as f64);
    }
    status.outcomes.count(stage.state());
});
stage!(ProjectionStage, |_, _| {});

/// Names the consumer of one partition of a feed.
fn intake_name(stage: &IntakeStage) -> String {
    match stage.partition() {
        0 => format!("intake-{}", stage.feed()),
        partition => format!("intake-{}-{partition}", stage.feed()),
    }
}

/// Drives a stage until everything stops. What the log refuses for now is tried again; anything else
/// stops the process, because to go on would lose or double something.
fn drive(name: String, mut stage: impl Stage, status: Arc<Status>) -> Result<JoinHandle<()>> {
    status.register(&name);
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
                Err(error) => {
                    tracing::error!(stage = %name, %error, "stopping");
                    status.stop(Some(format!("{name}: {error}")));
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
    /// Who is let in.
    pub accounts: Arc<AccountsFile>,
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
pub(crate) fn serve(pipeline: &Pipeline, settings: &Settings) -> Result<()> {
    let gate = accounts::gate(&settings.api, Arc::clone(&settings.accounts))?;
    warn_of_calendar(&pipeline.calendar, settings.day.unwrap_or_else(clock::today));
    let bureau = pipeline.topics.bureaus()[0];
    let status = Arc::new(Status::default());
    // Everything is opened before anything runs: what cannot be opened now may be tried again.
    let intakes = pipeline.intakes()?;
    let owner = format!("process {}", std::process::id());
    let audit = recorded::begin(pipeline, &owner, Some(&settings.accounts))?;
    let mut discovery = pipeline.discovery(bureau, Some(&owner))?;
    discovery.tell_of_rules(recorded::rules_heard(Arc::clone(&audit)));
    allow_day(&mut discovery, settings.day)?;
    let casework = pipeline.casework(bureau, &owner)?;
    let file = pipeline.data.state()?.join("readmodel.db");
    let open = || {
        let journal = Arc::clone(&pipeline.journal);
        ProjectionStage::open(journal, &file, pipeline.topics.work(bureau))
    };
    let (projection, reader) = patiently("the read model", open)?;
    let file = pipeline.data.state()?.join("feeds.db");
    let open = || FeedQualityStage::open(Arc::clone(&pipeline.journal), &file, &pipeline.topics, bureau);
    let (quality, feeds) = patiently("the counts of feeds", open)?;
    let exchange = exchange::open(pipeline, bureau, &settings.webhooks)?;
    let mut threads = Vec::new();
    for stage in intakes {
        threads.push(drive(intake_name(&stage), stage, Arc::clone(&status))?);
    }
    threads.push(drive("discovery".into(), discovery, Arc::clone(&status))?);
    threads.push(drive("casework".into(), casework, Arc::clone(&status))?);
    threads.push(drive("projection".into(), projection, Arc::clone(&status))?);
    threads.push(drive("feeds".into(), quality, Arc::clone(&status))?);
    threads.push(keep_day(pipeline, bureau, settings.day, Arc::clone(&status))?);
    threads.push(keep_identities(pipeline, Arc::clone(&status))?);
    threads.push(expire(pipeline, Arc::clone(&status))?);
    threads.push(follow_accounts(Arc::clone(&settings.accounts), Arc::clone(&audit), Arc::clone(&status))?);

    let backend = LiveBackend {
        journal: Arc::clone(&pipeline.journal),
        topics: pipeline.topics.clone(),
        raw: pipeline.raw(),
        eraser: pipeline.eraser(),
        bureau,
        status: Arc::clone(&status),
        feeds: feeds.clone(),
        pseudonyms: pipeline.pseudonyms(),
        calendar: Arc::clone(&pipeline.calendar),
        audit,
        day: settings.day,
        exchange: exchange.live(pipeline, bureau),
    };
    let backend: Arc<dyn Backend> = Arc::new(backend);
    threads.extend(exchange.start(&settings.webhooks, &backend, &status)?);
    let views = Views::open(&pipeline.data.views()).context("the saved views")?;
    let state = ApiState::new(reader, backend, gate).with_feeds(feeds).with_views(views);
    let served = serve_api(state, settings, &status);
    end(&status, threads);
    served?;
    status.fatal().map_or(Ok(()), |fatal| Err(anyhow::anyhow!("stopped: {fatal}")))
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

/// The bureau served by this process.
pub(crate) fn only_bureau(config: &Config) -> Result<Bureau> {
    let bureaus = config.bureaus()?;
    ensure!(
        bureaus.len() == 1,
        "one process serves one bureau for now; the configuration names {}",
        bureaus.len()
    );
    Ok(bureaus[0])
}

/// Tries again what a full disk or a broker that is away refuses, until it succeeds.
fn patiently<T>(what: &str, mut open: impl FnMut() -> Result<T, StageError>) -> Result<T> {
    loop {
        match open() {
            Err(error) if error.is_retry() => {
                tracing::warn!(%error, "{what} cannot be opened now; trying again");
                std::thread::sleep(RETRY);
            }
            result => return result.with_context(|| format!("{what} cannot be opened")),
        }
    }
}

/// A day that was asked for is held against what the log has reached, which is known once it is read.
fn allow_day(discovery: &mut DiscoveryStage, asked: Option<Day>) -> Result<()> {
    if asked.is_some() {
        discovery.catch_up()?;
        refuse_past(discovery, asked)?;
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

fn serve_api(state: ApiState, settings: &Settings, status: &Arc<Status>) -> Result<()> {
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
        sanzao_api::serve(listener, state, until_stopped(stopping)).await.context("the API stopped")
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
pub(crate) fn serve_demo(pipeline: &Pipeline, args: &DemoArgs, day: Day) -> Result<()> {
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
            accounts: Arc::new(file),
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
