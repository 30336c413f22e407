//! What the stages report about themselves: whether they run, how far they are, what they counted.

mod histogram;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sanzao_api::Completeness;
use sanzao_model::{Bureau, Day, Feed, RuleId, Suspension};
use sanzao_traces::{Counts, Traces};

use crate::command::ingest::WAYS_OUT_OF_A_LOAD;
use crate::outcomes::OutcomeBoard;
use crate::stages::StageName;
use histogram::Histogram;
use names::{METRICS, OF_OWNERS};

/// A stage that has had something left to read for so long is behind.
const CATCHING_UP: Duration = Duration::from_secs(5);

/// Shared by the stage loops, the probes and `/metrics`.
#[derive(Default)]
pub(crate) struct Status {
    stopping: AtomicBool,
    inner: Mutex<Inner>,
    changed: Condvar,
    /// Whether what stops one stage stops the process: where no other process could go on with it.
    is_alone: bool,
    boards: Mutex<BTreeMap<Bureau, Arc<OutcomeBoard>>>,
    traces: Traces,
}

#[derive(Default)]
struct Inner {
    stages: BTreeMap<String, StageStatus>,
    /// Values by metric name and labels.
    values: BTreeMap<(&'static str, String), f64>,
    histograms: BTreeMap<(&'static str, String), Histogram>,
    bureaus: BTreeMap<Bureau, OfBureau>,
    fatal: Option<String>,
}

/// What discovery says of a bureau that this process owns.
#[derive(Default)]
struct OfBureau {
    loads: Vec<String>,
    ahead: Option<Day>,
    suspended: Vec<Suspension>,
    completeness: Option<Completeness>,
}

#[derive(Clone)]
struct StageStatus {
    labels: String,
    /// When it had caught up last.
    caught_up: Option<Instant>,
    /// Why it waits.
    trouble: Option<String>,
    /// What it waits for keeps no answer of the API from being current.
    is_aside: bool,
}

impl StageStatus {
    fn of(name: &StageName) -> StageStatus {
        StageStatus { labels: name.labels().to_owned(), caught_up: None, trouble: None, is_aside: false }
    }

    /// Whether it had nothing left to read a moment ago.
    fn is_current(&self) -> bool {
        self.caught_up.is_some_and(|at| at.elapsed() < CATCHING_UP)
    }
}

impl Status {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of a process that is the only one on its log, or one of several.
    pub fn new(is_alone: bool) -> Status {
        Status { is_alone, ..Status::default() }
    }

    /// Tells what becomes of spans, too.
    pub fn with_traces(self, traces: Traces) -> Status {
        Status { traces, ..self }
    }

    /// Whether what stops one stage stops the process.
    pub fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// What came of a bureau's alerts and tasks.
    pub fn outcomes(&self, bureau: Bureau) -> Arc<OutcomeBoard> {
        let mut boards = self.boards.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(boards.entry(bureau).or_default())
    }

    /// Registers a stage, which is not ready before it has caught up.
    pub fn register(&self, stage: &StageName) {
        self.lock().stages.insert(stage.shown().to_owned(), StageStatus::of(stage));
    }

    /// Registers a stage without which the platform is ready all the same.
    pub fn register_aside(&self, stage: &StageName) {
        let status = StageStatus { is_aside: true, ..StageStatus::of(stage) };
        self.lock().stages.insert(stage.shown().to_owned(), status);
    }

    /// The stage runs; `ready` once it has nothing left to read.
    pub fn runs(&self, stage: &str, ready: bool) {
        let mut inner = self.lock();
        let Some(status) = inner.stages.get_mut(stage) else { return };
        status.trouble = None;
        if ready {
            status.caught_up = Some(Instant::now());
        }
    }

    /// Whether a stage had nothing left to read at some moment since the process began.
    pub fn has_caught_up(&self, stage: &str) -> bool {
        self.lock().stages.get(stage).is_some_and(|status| status.caught_up.is_some())
    }

    /// The stage waits for something; says whether that is news.
    pub fn waits(&self, stage: &str, trouble: String) -> bool {
        let mut inner = self.lock();
        let Some(status) = inner.stages.get_mut(stage) else { return false };
        let is_news = status.trouble.as_ref() != Some(&trouble);
        status.trouble = Some(trouble);
        is_news
    }

    /// Whether a stage runs, and had nothing left to read a moment ago.
    pub fn is_current(&self, stage: &str) -> bool {
        let inner = self.lock();
        inner.stages.get(stage).is_some_and(|status| status.trouble.is_none() && status.is_current())
    }

    /// Sets a metric; `labels` as `feed="police"`, or empty.
    pub fn set(&self, metric: &'static str, labels: &str, value: f64) {
        self.lock().values.insert((metric, labels.to_owned()), value);
    }

    /// Forgets what was said of a bureau, which another process owns now.
    pub fn forget(&self, bureau: Bureau) {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner).remove(&bureau);
        let mut inner = self.lock();
        inner.bureaus.remove(&bureau);
        let labels = format!("bureau=\"{bureau}\"");
        let is_owners = |(name, of): &(&str, String)| OF_OWNERS.contains(name) && of.starts_with(&labels);
        inner.values.retain(|key, _| !is_owners(key));
    }

    /// Takes values of a metric back: of what this process does not do any more.
    pub fn unset(&self, metric: &'static str, labels: &str) {
        self.lock().values.remove(&(metric, labels.to_owned()));
    }

    /// Notes how long something took.
    pub fn took(&self, metric: &'static str, labels: &str, seconds: f64) {
        self.lock().histograms.entry((metric, labels.to_owned())).or_default().add(seconds);
    }

    /// Adds to a metric that counts.
    pub fn add(&self, metric: &'static str, labels: &str, value: f64) {
        *self.lock().values.entry((metric, labels.to_owned())).or_default() += value;
    }

    /// Notes which loads are open.
    pub fn set_loads(&self, bureau: Bureau, loads: impl IntoIterator<Item = String>) {
        let (loads, mut inner) = (loads.into_iter().collect(), self.lock());
        let known = &mut inner.bureaus.entry(bureau).or_default().loads;
        if *known != loads {
            for load in &loads {
                tracing::warn!(%bureau, %load, "a load is open: nothing is found until it is closed; {WAYS_OUT_OF_A_LOAD}");
            }
            *known = loads;
        }
    }

    /// Notes which rules say nothing new because a feed is late.
    pub fn set_suspended(&self, bureau: Bureau, suspended: &[Suspension]) {
        let mut inner = self.lock();
        let known = &mut inner.bureaus.entry(bureau).or_default().suspended;
        if *known == suspended {
            return;
        }
        let mut of_feeds: BTreeMap<Feed, BTreeSet<&RuleId>> = BTreeMap::new();
        for Suspension { feed, rule, .. } in suspended {
            of_feeds.entry(*feed).or_default().insert(rule);
        }
        for (feed, rules) in &of_feeds {
            let rules = rules.len();
            tracing::warn!(%bureau, %feed, rules, "a feed is late: rules that need it say nothing new; GET /v1/statistics tells which");
        }
        if of_feeds.is_empty() {
            tracing::info!(%bureau, "no feed is late any more");
        }
        *known = suspended.to_vec();
    }

    /// Notes that the log has reached a day that is yet to come.
    pub fn set_ahead(&self, bureau: Bureau, ahead: Option<Day>) {
        let mut inner = self.lock();
        let known = &mut inner.bureaus.entry(bureau).or_default().ahead;
        if *known != ahead {
            *known = ahead;
            if let Some(day) = ahead {
                tracing::warn!(%bureau, %day, "the log is ahead of the clock: it is judged as of its own day");
            }
        }
    }

    /// Notes how complete the feeds are.
    pub fn set_completeness(&self, bureau: Bureau, completeness: Option<Completeness>) {
        if let Some(completeness) = &completeness {
            let labels = format!("bureau=\"{bureau}\"");
            self.set("sanzao_registry_people", &labels, completeness.registry_people as f64);
            for (feed, named) in &completeness.named {
                let labels = format!("bureau=\"{bureau}\",feed=\"{feed}\"");
                self.set("sanzao_feed_registry_people", &labels, *named as f64);
            }
        }
        self.lock().bureaus.entry(bureau).or_default().completeness = completeness;
    }

    /// How complete the feeds are, if that has been counted here.
    pub fn completeness(&self, bureau: Bureau) -> Option<Completeness> {
        self.lock().bureaus.get(&bureau)?.completeness.clone()
    }

    /// Why requests may be answered with what is not current; empty when they are.
    pub fn reasons(&self) -> Vec<String> {
        let inner = self.lock();
        let mut reasons = Vec::new();
        for (stage, status) in inner.stages.iter().filter(|(_, status)| !status.is_aside) {
            match &status.trouble {
                Some(trouble) => reasons.push(format!("{stage} waits: {trouble}")),
                None if !status.is_current() => reasons.push(format!("{stage} is catching up")),
                None => {}
            }
        }
        for load in inner.bureaus.values().flat_map(|of| &of.loads) {
            reasons
                .push(format!("load {load} is open: findings wait until it is closed; {WAYS_OUT_OF_A_LOAD}"));
        }
        reasons
    }

    /// Stops everything, with the reason if it is a fault.
    pub fn stop(&self, fatal: Option<String>) {
        let mut inner = self.lock();
        if inner.fatal.is_none() {
            inner.fatal = fatal;
        }
        self.stopping.store(true, Ordering::SeqCst);
        drop(inner);
        self.changed.notify_all();
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Why everything was stopped.
    pub fn fatal(&self) -> Option<String> {
        self.lock().fatal.clone()
    }

    /// Waits, but not beyond a stop.
    pub fn pause(&self, duration: Duration) {
        let inner = self.lock();
        let stopping = |_: &mut Inner| !self.is_stopping();
        drop(self.changed.wait_timeout_while(inner, duration, stopping));
    }

    /// Prometheus text.
    pub fn text(&self) -> String {
        if let Some(Counts { sent, dropped }) = self.traces.counts() {
            self.set("sanzao_trace_spans_total", "outcome=\"sent\"", sent as f64);
            self.set("sanzao_trace_spans_total", "outcome=\"dropped\"", dropped as f64);
        }
        let inner = self.lock();
        let mut text = String::new();
        for (name, kind, help) in METRICS {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            if *name == "sanzao_stage_up" {
                for status in inner.stages.values() {
                    let up = u8::from(status.trouble.is_none());
                    let _ = writeln!(text, "{name}{{{}}} {up}", status.labels);
                }
            }
            for ((_, labels), histogram) in inner.histograms.iter().filter(|((metric, _), _)| metric == name)
            {
                histogram.write(&mut text, name, labels);
            }
            for ((metric, labels), value) in inner.values.iter().filter(|((metric, _), _)| metric == name) {
                match labels.as_str() {
                    "" => drop(writeln!(text, "{metric} {value}")),
                    labels => drop(writeln!(text, "{metric}{{{labels}}} {value}")),
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_only_when_every_stage_has_caught_up() {
        let status = Status::default();
        let name = StageName::of_feed("intake", Feed::Police, 0);
        status.register(&name);
        assert_eq!(status.reasons(), ["intake-police is catching up"]);
        status.waits("intake-police", "the disk is full".into());
        assert_eq!(status.reasons(), ["intake-police waits: the disk is full"]);
        status.runs("intake-police", true);
        assert!(status.reasons().is_empty());
        status.register_aside(&StageName::one("vault"));
        assert!(status.waits("vault", "its key is missing".into()));
        assert!(!status.waits("vault", "its key is missing".into()), "that is no news");
        assert!(status.reasons().is_empty(), "facts flow without the vault");
        assert!(status.text().contains("sanzao_stage_up{stage=\"vault\"} 0\n"));
        assert!(
            status.text().contains("sanzao_stage_up{stage=\"intake\",feed=\"police\",partition=\"0\"} 1\n")
        );
        status.set_loads(Bureau(320_614), ["demo".to_owned()]);
        assert_eq!(status.reasons().len(), 1);
        status.set("sanzao_items", "state=\"open\"", 3.0);
        assert!(status.text().contains("sanzao_items{state=\"open\"} 3\n"));
    }
}
