//! `sanzao doctor`: looks at everything that an installation needs, and says what to do about what is wrong.

mod machine;
mod written_with;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use sanzao_journal::{Journal, Remedy, Stream};
use sanzao_model::{Bureau, FactsRecord, Feed, InboxRecord, RecordError, WorkRecord};

use crate::cli::DoctorArgs;
use crate::clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::open_log;
use crate::rule_sets;
use crate::topics::Topics;

/// A clock that differs by more than this from that of the log is wrong.
const CLOCK_TOLERANCE_MS: i64 = 60_000;
/// Days of holidays that have to be known ahead: periods of working days reach so far.
const HOLIDAYS_AHEAD_DAYS: i32 = 31;

/// What was found out about one thing.
pub(super) struct Diagnosis {
    what: String,
    state: State,
}

enum State {
    Well(String),
    /// It works; with what to do.
    Warning(String, String),
    /// It does not; with what to do.
    Wrong(String, String),
}

impl Diagnosis {
    pub(super) fn well(what: impl Into<String>, told: impl Into<String>) -> Diagnosis {
        Diagnosis { what: what.into(), state: State::Well(told.into()) }
    }

    pub(super) fn warning(
        what: impl Into<String>,
        told: impl Into<String>,
        advice: impl Into<String>,
    ) -> Diagnosis {
        Diagnosis { what: what.into(), state: State::Warning(told.into(), advice.into()) }
    }

    pub(super) fn wrong(
        what: impl Into<String>,
        told: impl Into<String>,
        advice: impl Into<String>,
    ) -> Diagnosis {
        Diagnosis { what: what.into(), state: State::Wrong(told.into(), advice.into()) }
    }

    fn is_wrong(&self) -> bool {
        matches!(self.state, State::Wrong(..))
    }

    fn tell(&self, json: bool) -> Result<()> {
        let (state, told, advice) = match &self.state {
            State::Well(told) => ("well", told, None),
            State::Warning(told, advice) => ("warning", told, Some(advice)),
            State::Wrong(told, advice) => ("wrong", told, Some(advice)),
        };
        if json {
            return say!(
                "{}",
                serde_json::json!({ "what": self.what, "state": state, "found": told, "advice": advice })
            );
        }
        let mark = match state {
            "well" => "ok  ",
            "warning" => "WARN",
            _ => "BAD ",
        };
        match advice {
            None => say!("{mark} {}: {told}", self.what),
            Some(advice) => say!("{mark} {}: {told}\n       {advice}", self.what),
        }
    }
}

pub(crate) fn run(args: &DoctorArgs) -> Result<ExitCode> {
    let config = match Config::read_with_data(args.config.as_deref(), args.data.as_deref()) {
        Ok(config) => config,
        Err(error) => {
            Diagnosis::wrong("configuration", format!("{error:#}"), "correct the file").tell(args.json)?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let bureaus = config.bureaus()?;
    let mut findings = vec![Diagnosis::well("configuration", format!("{} bureaus", bureaus.len()))];
    findings.extend(machine::look(&config));
    findings.push(rules(&config));
    findings.push(calendar(&config));
    findings.extend(written_with::snapshots(&config, &bureaus));
    findings.extend(log(&config, &bureaus));
    findings.iter().try_for_each(|finding| finding.tell(args.json))?;
    Ok(if findings.iter().any(Diagnosis::is_wrong) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn rules(config: &Config) -> Diagnosis {
    let load = || -> Result<usize> {
        let (parameters, _) = rule_sets::parameters(config.parameters.as_deref())?;
        Ok(rule_sets::rules(config.rules.as_deref(), &parameters)?.rules().len())
    };
    match load() {
        Ok(rules) => Diagnosis::well("rules and parameters", format!("{rules} rules")),
        Err(error) => {
            Diagnosis::wrong("rules and parameters", format!("{error:#}"), "correct them: sanzao rules check")
        }
    }
}

fn calendar(config: &Config) -> Diagnosis {
    let until = match config.calendar() {
        Ok(calendar) => calendar.known_until(),
        Err(error) => {
            return Diagnosis::wrong("holidays", format!("{error:#}"), "correct the file of notices");
        }
    };
    let advice = "add the State Council's notice to a file, and name it as `calendar` in the configuration";
    match until {
        Some(day) if day >= clock::today().plus_days(HOLIDAYS_AHEAD_DAYS) => {
            Diagnosis::well("holidays", format!("known until {day}"))
        }
        Some(day) => Diagnosis::warning("holidays", format!("known until {day} only"), advice),
        None => Diagnosis::warning("holidays", "none are known", advice),
    }
}

fn log(config: &Config, bureaus: &[Bureau]) -> Vec<Diagnosis> {
    let name = if config.kafka.is_some() { "brokers" } else { "journal" };
    let started = Instant::now();
    let opened = DataDir::existing(config).and_then(|data| open_log(config, &data));
    let (journal, topics) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let advice = match config.kafka {
                Some(_) => "see what it says; `sanzao topics check` tries again",
                None => "a running platform has it: ask its /readyz, or stop it first",
            };
            return vec![Diagnosis::wrong(name, format!("{error:#}"), advice)];
        }
    };
    let mut findings =
        vec![Diagnosis::well(name, format!("answered in {} ms", started.elapsed().as_millis()))];
    findings.extend(layout(journal.as_ref(), &topics));
    if findings.iter().any(Diagnosis::is_wrong) {
        return findings;
    }
    if config.kafka.is_some() {
        findings.push(clocks(&journal, &topics));
    }
    for bureau in bureaus {
        findings.push(written_with::key(config, journal.as_ref(), &topics, *bureau));
        findings.extend(records(journal.as_ref(), &topics, *bureau));
        findings.push(lag(journal.as_ref(), &topics, *bureau));
    }
    findings.push(intake_lag(journal.as_ref(), &topics));
    findings
}

fn layout(journal: &dyn Journal, topics: &Topics) -> Vec<Diagnosis> {
    let differences = match journal.check_topics(&topics.layout()) {
        Ok(differences) => differences,
        Err(error) => return vec![Diagnosis::wrong("topics", error.to_string(), "see what it says")],
    };
    if differences.is_empty() {
        return vec![Diagnosis::well("topics", format!("{} as they have to be", topics.layout().len()))];
    }
    let tell = |difference: &sanzao_journal::TopicDifference| {
        let (what, told) = (format!("topic {}", difference.topic()), difference.to_string());
        match difference.remedy() {
            Remedy::Apply => Diagnosis::wrong(what, told, "run `sanzao topics apply`"),
            Remedy::ByHand => Diagnosis::wrong(what, told, "decide by hand, as it says"),
            Remedy::Advice => Diagnosis::warning(what, told, "better to be changed"),
        }
    };
    differences.iter().map(tell).collect()
}

/// A record that is appended now is stamped by the broker.
fn clocks(journal: &Arc<dyn Journal>, topics: &Topics) -> Diagnosis {
    let stream = topics.probe();
    let stamped = journal.claim(&stream, "doctor").and_then(|claim| journal.read(&stream, claim.offset(), 1));
    let now_ms = clock::now_millis();
    match stamped.map(|batch| batch.records.first().map(|record| record.timestamp_ms)) {
        Ok(Some(stamped)) if (stamped - now_ms).abs() > CLOCK_TOLERANCE_MS => Diagnosis::wrong(
            "clocks",
            format!("the brokers' clock is ahead of this machine's by {} s", (stamped - now_ms) / 1000),
            "set both by NTP; days begin by the brokers' clock",
        ),
        Ok(Some(stamped)) => Diagnosis::well("clocks", format!("{} ms apart", (stamped - now_ms).abs())),
        Ok(None) => Diagnosis::warning("clocks", "the broker did not stamp a record", "look at its log"),
        Err(error) => Diagnosis::warning("clocks", error.to_string(), "see what it says"),
    }
}

/// Whether what was written first and last can be read by this version.
fn records(journal: &dyn Journal, topics: &Topics, bureau: Bureau) -> Vec<Diagnosis> {
    let read = |bytes: &[u8], stage: &str| -> Result<(), RecordError> {
        match stage {
            "facts" => FactsRecord::from_bytes(bytes).map(drop),
            "inbox" => InboxRecord::from_bytes(bytes).map(drop),
            _ => WorkRecord::from_bytes(bytes).map(drop),
        }
    };
    let streams =
        [("facts", topics.facts(bureau)), ("inbox", topics.inbox(bureau)), ("work", topics.work(bureau))];
    let mut findings = Vec::new();
    for (stage, stream) in streams {
        let ends = first_and_last(journal, &stream);
        let told = ends.map(|records| records.iter().try_for_each(|bytes| read(bytes, stage)));
        findings.push(match told {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => Diagnosis::wrong(
                format!("{stream}"),
                error.to_string(),
                "run the version that wrote it; after an upgrade, restart every process by the new one",
            ),
            Err(error) => Diagnosis::wrong(format!("{stream}"), error.to_string(), "see what it says"),
        });
    }
    if findings.is_empty() {
        findings.push(Diagnosis::well(
            format!("records of {bureau}"),
            "this version reads the first and the last",
        ));
    }
    findings
}

/// Records of content at the beginning of a stream and near its end.
fn first_and_last(
    journal: &dyn Journal,
    stream: &Stream,
) -> Result<Vec<Vec<u8>>, sanzao_journal::JournalError> {
    const NEAR_END: u64 = 20;
    let (begin, end) = (journal.begin(stream)?, journal.end(stream)?);
    let mut found = Vec::new();
    for from in [begin, end.saturating_sub(NEAR_END).max(begin)] {
        let records = journal.read(stream, from, 64 << 10)?.records;
        found.extend(records.into_iter().filter(|record| !record.is_claim()).map(|record| record.value));
    }
    Ok(found)
}

fn lag(journal: &dyn Journal, topics: &Topics, bureau: Bureau) -> Diagnosis {
    let behind = |consumer: &str, stream: Stream| -> Result<u64, sanzao_journal::JournalError> {
        Ok(journal.end(&stream)?.saturating_sub(journal.committed(consumer, &stream)?.unwrap_or(0)))
    };
    let told = behind("discovery", topics.facts(bureau))
        .and_then(|facts| Ok((facts, behind("casework", topics.inbox(bureau))?)));
    let what = format!("stages of {bureau}");
    match told {
        Ok((facts, inbox)) if facts.max(inbox) <= 1_000 => {
            Diagnosis::well(what, format!("discovery {facts} and casework {inbox} records behind"))
        }
        Ok((facts, inbox)) => Diagnosis::warning(
            what,
            format!("discovery {facts} and casework {inbox} records behind"),
            "start `sanzao run`, or look at /readyz of the process that owns the bureau; a load may be open",
        ),
        Err(error) => Diagnosis::warning(what, error.to_string(), "see what it says"),
    }
}

fn intake_lag(journal: &dyn Journal, topics: &Topics) -> Diagnosis {
    let mut behind = Vec::new();
    for feed in Feed::ALL {
        for partition in 0..topics.feed_partitions() {
            let stream = topics.feed(feed, partition);
            let read = journal.committed("intake", &stream).map(Option::unwrap_or_default);
            match read.and_then(|read| Ok(journal.end(&stream)?.saturating_sub(read))) {
                Ok(0) => {}
                Ok(waiting) => behind.push(format!("{waiting} of {feed}")),
                Err(error) => return Diagnosis::warning("intake", error.to_string(), "see what it says"),
            }
        }
    }
    match behind.is_empty() {
        true => Diagnosis::well("intake", "nothing waits"),
        false => Diagnosis::warning(
            "intake",
            format!("{} wait", behind.join(", ")),
            "start a process with stage intake",
        ),
    }
}
