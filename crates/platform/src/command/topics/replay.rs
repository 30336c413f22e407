//! `sanzao topics replay`: a feed's raw events once more.
//!
//! They are appended again, and not read again where they lie: the ledger knows up to which offset of a feed it has taken
//! events in, and passes over what comes again from there, so that an append that was tried twice does no harm.

use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sanzao_intake::{Desk, Incoming};
use sanzao_journal::{NewRecord, Record, Stream, Write};
use sanzao_model::{Feed, PersonId};
use serde_json::json;

use crate::config::Config;
use crate::data_dir::DataDir;
use crate::erasure::{SAID_WITHIN, erased};
use crate::erasures_heard::ErasuresHeard;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::progress;
use crate::received;
use crate::stage::TRACEPARENT;
use crate::topic_options::ReplayArgs;

const READ_BYTES: usize = 4 << 20;
/// How long an erasure takes from looking how far feeds are received to saying so, and until it can be read.
const LINGER: Duration = SAID_WITHIN.saturating_mul(2);

pub(super) fn run(args: &ReplayArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?)
        .context("on the embedded journal, stop the platform first")?;
    let (journal, stream) = (&pipeline.journal, pipeline.topics.feed(args.feed, args.partition));
    let (begin, end) = (journal.begin(&stream)?, journal.end(&stream)?);
    let (from, to) = (args.from.unwrap_or(begin), args.to.unwrap_or(end));
    ensure!(
        begin <= from && from <= to && to <= end,
        "{stream} has offsets {begin} to {end}: from {from} to {to} is no part of it"
    );
    let mut replay = Replay::new(&pipeline, args.feed, stream.clone())?;
    let counter = progress::counter("replaying");
    let mut position = from;
    while position < to {
        let batch = journal.read(&stream, position, READ_BYTES)?;
        if batch.next == position {
            break;
        }
        replay.send(batch.records.into_iter().filter(|record| record.offset < to))?;
        position = batch.next;
        counter.set_position(position - from);
    }
    counter.finish_and_clear();
    // An erasure that began before the last append says so in the log a moment later.
    if replay.sent > 0 {
        std::thread::sleep(LINGER);
        replay.forget_again()?;
    }
    let Replay { sent, kept_away, again, .. } = replay;
    if args.json {
        say!("{}", json!({ "sent": sent, "kept_away": kept_away, "erased_meanwhile": again }))?;
    } else {
        say!(
            "{stream}: {sent} events appended again; {kept_away} name somebody who was erased since, and were not"
        )?;
    }
    ensure!(
        again.is_empty(),
        "somebody was erased while events about them were appended again. Their facts are forgotten once more; who they \
         are the vault may know again: sanzao vault erase {}",
        again.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    );
    Ok(ExitCode::SUCCESS)
}

fn new(record: Record) -> NewRecord {
    let Record { key, mut headers, value, .. } = record;
    // The trace that it was part of has ended.
    headers.retain(|(name, _)| name != TRACEPARENT);
    NewRecord { key, headers, value }
}

/// A replay, and who is erased while it goes on.
struct Replay<'p> {
    pipeline: &'p Pipeline,
    stream: Stream,
    desk: Desk,
    heard: ErasuresHeard,
    /// The offset behind the last event appended again that names somebody.
    named: HashMap<PersonId, u64>,
    /// Who had to be forgotten once more.
    again: BTreeSet<PersonId>,
    sent: u64,
    kept_away: u64,
}

impl Replay<'_> {
    fn new(pipeline: &Pipeline, feed: Feed, stream: Stream) -> Result<Replay<'_>> {
        Ok(Replay {
            pipeline,
            stream,
            desk: pipeline.desk(feed),
            heard: ErasuresHeard::new(pipeline.journal.as_ref(), &pipeline.topics)?,
            named: HashMap::new(),
            again: BTreeSet::new(),
            sent: 0,
            kept_away: 0,
        })
    }

    /// Appends these again, but for those that name somebody who has been erased up to now.
    fn send(&mut self, records: impl Iterator<Item = Record>) -> Result<()> {
        self.forget_again()?;
        let (mut again, mut people) = (Vec::new(), Vec::new());
        for record in records {
            let appended_ms = record.timestamp_ms;
            let incoming = Incoming {
                headers: &record.headers,
                value: &record.value,
                partition: self.stream.partition,
                offset: record.offset,
            };
            // What was refused names nobody whom the ledger knows by it.
            let named = self.desk.read(&incoming).map_or(Vec::new(), |accepted| accepted.identities);
            let is_erased = |person| self.heard.of(person).is_some_and(|heard| appended_ms <= heard.at_ms);
            if named.iter().any(|identity| is_erased(identity.person)) {
                self.kept_away += 1;
                continue;
            }
            people.extend(named.into_iter().map(|identity| identity.person));
            again.push(new(record));
        }
        self.sent += again.len() as u64;
        let written = self.pipeline.journal.write(Write::append(self.stream.clone(), again))?;
        let upto = written.into_iter().map(|range| range.end).max().unwrap_or_default();
        self.named.extend(people.into_iter().map(|person| (person, upto)));
        Ok(())
    }

    /// Who was erased while events about them were appended behind what had been received then is erased once more,
    /// with all that has been received by now.
    fn forget_again(&mut self) -> Result<()> {
        let (journal, topics) = (self.pipeline.journal.as_ref(), &self.pipeline.topics);
        for person in self.heard.read_on(journal)? {
            let of = (self.desk.feed(), self.stream.partition);
            let received = self.heard.of(person).and_then(|heard| heard.received.get(&of)).copied();
            let Some(named_upto) =
                self.named.get(&person).filter(|upto| received.is_some_and(|it| it < **upto))
            else {
                continue;
            };
            tracing::warn!(%person, named_upto, "erased while events about them were replayed: forgetting again");
            let record = erased(person, &received::now(journal, topics)?);
            let facts = topics.bureaus().iter().map(|bureau| (topics.facts(*bureau), vec![record.clone()]));
            journal.write(Write { appends: facts.collect(), commits: Vec::new() })?;
            self.named.remove(&person);
            self.again.insert(person);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sanzao_journal::Journal;
    use sanzao_ledger::Received;
    use sanzao_model::{Bureau, FactsRecord, IdNumber};

    use super::*;

    const NUMBER: &str = "32061419410301002X";

    fn event(number: &str) -> NewRecord {
        let person = json!({"id_number": number, "name": "司徒建国"});
        let data = json!({"person": person, "sex": "1", "household_no": "H", "relation_to_head": "head",
            "division_code": "320614101200", "on": "2020-01-01"});
        let event = json!({"specversion": "1.0", "id": "r1", "source": "/320614/police",
            "type": "police.person.registered.v1", "time": "2026-05-10T09:00:00+08:00", "data": data});
        NewRecord { value: event.to_string().into_bytes(), ..NewRecord::default() }
    }

    fn erasures(journal: &dyn Journal, stream: &Stream) -> Vec<(PersonId, Vec<Received>)> {
        let records = journal.read(stream, 0, 1 << 20).unwrap().records;
        let erased = records.iter().filter_map(|record| match FactsRecord::from_bytes(&record.value) {
            Ok(FactsRecord::Erased { person }) => Some((person, received::at(record))),
            _ => None,
        });
        erased.collect()
    }

    #[test]
    fn somebody_erased_amid_a_replay_stays_erased() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().to_owned(), ..Config::default() };
        let pipeline = Pipeline::open(&config, DataDir::create(folder.path()).unwrap()).unwrap();
        let (journal, facts) = (pipeline.journal.as_ref(), pipeline.topics.facts(Bureau(320614)));
        let stream = pipeline.topics.feed(Feed::Police, 0);
        let number = IdNumber::parse(NUMBER).unwrap();
        let person = pipeline.pseudonyms().person(&number);
        journal.write(Write::append(stream.clone(), vec![event(NUMBER)])).unwrap();
        let raw = || journal.read(&stream, 0, 1 << 20).unwrap().records.into_iter().take(1);
        let mut replay = Replay::new(&pipeline, Feed::Police, stream.clone()).unwrap();
        replay.send(raw()).unwrap();
        assert_eq!((replay.sent, replay.kept_away), (1, 0));

        // An erasure looked how far the feed was received before that was appended, and says so only now.
        let received = [Received { feed: Feed::Police, partition: 0, upto: 1 }];
        journal.write(Write::append(facts.clone(), vec![erased(person, &received)])).unwrap();
        replay.send(raw()).unwrap();
        assert_eq!((replay.sent, replay.kept_away), (1, 1), "named again after the erasure");
        let all = erasures(journal, &facts);
        assert_eq!(all.len(), 2, "not forgotten again");
        assert_eq!(all[1], (person, vec![Received { feed: Feed::Police, partition: 0, upto: 2 }]));
        assert_eq!(replay.again, BTreeSet::from([person]));
        // Its own erasure is no news that has to be answered.
        replay.forget_again().unwrap();
        assert_eq!(erasures(journal, &facts).len(), 2);
    }
}
