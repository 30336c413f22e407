//! The assembly: journal, keys, stages, and working everything off in one thread.

use std::sync::{Arc, RwLock};

use anyhow::{Context, Result, ensure};
use sanzao_casework::Calendar;
use sanzao_discovery::{Parameters, RuleSet};
use sanzao_intake::{Desk, OrderKey, PseudonymKey, Pseudonyms, SealKey};
use sanzao_journal::{
    DirectoryLock, EmbeddedJournal, Journal, KafkaJournal, NewRecord, Record, Remedy, Write,
};
use sanzao_ledger::{OpenId, Snapshots};
use sanzao_model::{Bureau, Day, FactsRecord, Feed, Instant};
use sanzao_traces::Traces;

use crate::clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::erasure::Eraser;
use crate::identities::Identities;
use crate::kafka::kafka_config;
use crate::mishap::with_mishap;
use crate::raw::RawRecords;
use crate::rule_sets;
use crate::snapshot_stores::SnapshotStores;
use crate::stage::{
    CaseworkStage, Contracts, DiscoveryStage, Evaluate, Evaluator, Expiry, IntakeStage, Pace, Rulebook,
    SnapshotKeeper, StageError, Start, VaultStage,
};
use crate::topics::Topics;
use crate::whose_log::{holds_records, own, was_vault_kept};

/// Bytes of `facts` read at a time when only times of appending are looked at.
const KNOWN_AT_BYTES: usize = 8 << 20;

/// Everything that the stages of one installation share.
pub struct Pipeline {
    /// The event log.
    pub journal: Arc<dyn Journal>,
    /// Which topics there are.
    pub topics: Topics,
    /// The data directory.
    pub data: DataDir,
    /// The rules in force.
    pub rules: RuleSet,
    /// The parameters in force.
    pub parameters: Parameters,
    /// On which days offices are open.
    pub calendar: Arc<Calendar>,
    /// Nobody else works on this log: the embedded journal lets one process in.
    pub is_exclusive: bool,
    /// Of a log on Kafka, keeps the state beside it to one process.
    _lock: Option<DirectoryLock>,
    rulebook: Arc<Rulebook>,
    stores: SnapshotStores,
    pace: Pace,
    raw_days: u32,
    raw: Arc<RawRecords>,
    identities: Arc<Identities>,
    /// Grows with each erasure: intake then forgets whom it has passed on.
    erasures: Arc<RwLock<u64>>,
    key: PseudonymKey,
    seal: SealKey,
    /// Where sampled events are followed.
    pub(crate) traces: Traces,
}

impl Pipeline {
    /// Opens the journal, reads keys, rules and parameters, and makes missing topics.
    ///
    /// # Errors
    /// When any of these cannot be had; the message says what to do.
    pub fn open(config: &Config, data: DataDir) -> Result<Pipeline> {
        let (journal, topics) = open_log(config, &data)?;
        let journal = with_mishap(journal)?;
        prepare_topics(journal.as_ref(), &topics, config)?;
        if holds_records(journal.as_ref(), &topics)? {
            data.require_keys()?;
        }
        let key = data.pseudonym_key()?.parse().context("pseudonym.key")?;
        let seal = data.seal_key()?.parse().context("seal.key")?;
        for bureau in topics.bureaus() {
            own(journal.as_ref(), &topics, *bureau, Pseudonyms::new(&key).key_check())?;
        }
        let (rules, parameters, parameters_toml) = rules_of(config)?;
        let stores = SnapshotStores::open(config, &data)?;
        let identities = Identities::new(config, &data, was_vault_kept(journal.as_ref(), &topics)?)?;
        Ok(Pipeline {
            journal,
            topics,
            data,
            rules: rules.clone(),
            parameters: parameters.clone(),
            rulebook: Arc::new(Rulebook::new(rules, parameters, parameters_toml)),
            calendar: Arc::new(config.calendar()?),
            is_exclusive: config.kafka.is_none(),
            _lock: None,
            stores,
            pace: Pace { events: config.snapshot_facts, hours: config.snapshots.hours },
            raw_days: config.retention.raw_days,
            raw: Arc::new(RawRecords::new(&seal)?),
            identities: Arc::new(identities),
            erasures: Arc::default(),
            key,
            seal,
            traces: Traces::off(),
        })
    }

    /// Keeps the data directory to this process: two would write the same state. The embedded journal has done so
    /// already.
    ///
    /// # Errors
    /// When another process has it.
    pub fn keep_to_itself(mut self) -> Result<Pipeline> {
        if !self.is_exclusive {
            self._lock = Some(DirectoryLock::acquire(self.data.root())?);
        }
        Ok(self)
    }

    /// Deciphers event ids where facts are ordered by them.
    pub fn open_id(&self) -> OpenId {
        let order = OrderKey::derive(&self.key);
        Box::new(move |event, sealed| order.open(event, sealed))
    }

    /// Makes the pseudonyms of this installation.
    pub fn pseudonyms(&self) -> Pseudonyms {
        Pseudonyms::new(&self.key)
    }

    /// Rules and parameters, and engines that are ready.
    pub(crate) fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }

    /// Rules ready to run.
    ///
    /// # Errors
    /// When one cannot be planned.
    pub fn evaluator(&self) -> Result<Evaluator> {
        Ok(Evaluator::new(&self.rules, &self.parameters)?)
    }

    /// Hash of the rules and parameters, as it is put on record.
    pub fn rules_hash(&self) -> String {
        self.rulebook.hash.clone()
    }

    /// Makes the records of feeds.
    pub(crate) fn raw(&self) -> Arc<RawRecords> {
        Arc::clone(&self.raw)
    }

    /// The vault.
    pub fn identities(&self) -> &Arc<Identities> {
        &self.identities
    }

    /// The keeper of identities.
    pub fn vault_stage(&self) -> VaultStage {
        let seal = self.seal.to_hex().parse().expect("a key of intake is one of the vault");
        let (journal, identities) = (Arc::clone(&self.journal), Arc::clone(&self.identities));
        VaultStage::new(journal, &self.topics, self.topics.bureaus(), identities, seal)
    }

    /// Erases people.
    pub(crate) fn eraser(&self) -> Eraser {
        Eraser {
            journal: Arc::clone(&self.journal),
            topics: self.topics.clone(),
            identities: Arc::clone(&self.identities),
            erasures: Arc::clone(&self.erasures),
            raw_days: self.raw_days,
        }
    }

    /// Forgets what identifies people once it is too old.
    pub fn expiry(&self) -> Expiry {
        let (journal, identities) = (Arc::clone(&self.journal), Arc::clone(&self.identities));
        Expiry::new(journal, self.topics.clone(), identities, self.raw_days)
    }

    /// Reads one department's events.
    pub fn desk(&self, feed: Feed) -> Desk {
        let bureaus = self.topics.bureaus().iter().copied();
        Desk::new(Contracts::of(feed), &self.key, &self.seal, bureaus)
    }

    /// The consumers of every partition of every department's topic.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn intakes(&self) -> Result<Vec<IntakeStage>> {
        let partitions = 0..self.topics.feed_partitions();
        let all =
            Feed::ALL.into_iter().flat_map(|feed| partitions.clone().map(move |partition| (feed, partition)));
        all.map(|(feed, partition)| Ok(self.intake(feed, partition)?)).collect()
    }

    /// The consumer of one partition of a department's topic.
    ///
    /// # Errors
    /// When the log does not answer.
    pub fn intake(&self, feed: Feed, partition: u32) -> Result<IntakeStage, StageError> {
        let (journal, topics, desk) = (Arc::clone(&self.journal), self.topics.clone(), self.desk(feed));
        let erasures = Arc::clone(&self.erasures);
        let stage = IntakeStage::new(journal, topics, Arc::new(desk), (feed, partition), erasures)?;
        Ok(stage.with_traces(self.traces.clone()))
    }

    /// The snapshots of this process's ledgers.
    pub fn snapshots(&self) -> &Snapshots {
        &self.stores.near
    }

    /// Deletes the snapshots in this data directory of bureaus other than these: nobody here keeps them up.
    pub(crate) fn keep_snapshots_of(&self, bureaus: &[Bureau]) -> Result<()> {
        self.stores.keep_only(&self.data, bureaus)
    }

    /// The owner of a bureau's ledger, from the newest snapshot and the log since. Without the name of an
    /// owner nothing is evaluated.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn discovery(&self, bureau: Bureau, owner: Option<&str>) -> Result<DiscoveryStage> {
        let Some(owner) = owner else { return Ok(self.restored(bureau, Evaluate::Never)?) };
        self.rulebook.keep_ready()?;
        let mut stage = self.standby(bureau)?;
        stage.take_over(owner)?;
        Ok(stage)
    }

    /// Who keeps up with the owner of a bureau's ledger, and may take over.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn standby(&self, bureau: Bureau) -> Result<DiscoveryStage, StageError> {
        self.restored(bureau, Evaluate::WhenAsked(Arc::clone(&self.rulebook)))
    }

    fn restored(&self, bureau: Bureau, evaluate: Evaluate) -> Result<DiscoveryStage, StageError> {
        let (snapshots, start) = SnapshotKeeper::restore(
            self.stores.clone(),
            self.pace,
            clock::now,
            bureau,
            &|| self.open_id(),
            (self.journal.as_ref(), &self.topics.facts(bureau)),
        )?;
        let journal = Arc::clone(&self.journal);
        let stage = DiscoveryStage::restore(journal, self.topics.clone(), bureau, start, evaluate)?;
        Ok(stage.with_snapshots(snapshots).with_traces(self.traces.clone()))
    }

    /// The owner of a bureau's alerts and tasks, from the log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn casework(&self, bureau: Bureau, owner: &str) -> Result<CaseworkStage> {
        let mut stage = self.casework_standby(bureau);
        stage.take_over(owner)?;
        Ok(stage)
    }

    /// Who keeps up with the owner of a bureau's alerts and tasks, and may take over.
    pub fn casework_standby(&self, bureau: Bureau) -> CaseworkStage {
        let (inbox, work) = (self.topics.inbox(bureau), self.topics.work(bureau));
        let stage = CaseworkStage::standby(Arc::clone(&self.journal), inbox, work, &self.calendar);
        stage.with_traces(self.traces.clone())
    }

    /// Appends a record to a bureau's facts.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn append_facts(&self, bureau: Bureau, record: &FactsRecord) -> Result<(), StageError> {
        let records = vec![NewRecord { value: record.to_bytes(), ..Default::default() }];
        let appends = vec![(self.topics.facts(bureau), records)];
        self.journal.write(Write { appends, commits: Vec::new() })?;
        Ok(())
    }

    /// Tells a bureau's log that a day has begun.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn tick(&self, bureau: Bureau, day: Day) -> Result<(), StageError> {
        self.append_facts(bureau, &FactsRecord::Tick { day })
    }

    /// The ledger as of an offset in `facts`, from the log alone and without writing anything.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn ledger_upto(&self, bureau: Bureau, facts_upto: u64) -> Result<DiscoveryStage> {
        let start = Start::at_the_beginning(bureau, self.open_id());
        let journal = Arc::clone(&self.journal);
        let mut stage =
            DiscoveryStage::restore(journal, self.topics.clone(), bureau, start, Evaluate::Never)?;
        stage.replay_upto(facts_upto)?;
        Ok(stage)
    }

    /// The offset in a bureau's `facts` after the last record that was appended up to a time.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn known_at(&self, bureau: Bureau, time: Instant) -> Result<u64> {
        let facts = self.topics.facts(bureau);
        let mut position = self.journal.begin(&facts)?;
        loop {
            let batch = self.journal.read(&facts, position, KNOWN_AT_BYTES)?;
            let later = |record: &&Record| Instant::from_millis(record.timestamp_ms) > time;
            if let Some(record) = batch.records.iter().find(later) {
                return Ok(record.offset);
            }
            if batch.next == position {
                return Ok(position);
            }
            position = batch.next;
        }
    }

    /// Takes everything that waits in the feeds through intake; `told` hears of each micro-batch.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub fn drain_intakes(&self, told: &dyn Fn(&IntakeStage)) -> Result<Vec<IntakeStage>> {
        let mut stages = self.intakes()?;
        for stage in &mut stages {
            while stage.step()? {
                told(stage);
            }
        }
        Ok(stages)
    }

    /// The ledger of a bureau with everything that was sent so far, without evaluating. Where others work
    /// on the log, too: with everything that they have taken in.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub fn ledger_of(&self, bureau: Bureau) -> Result<DiscoveryStage> {
        if !self.is_exclusive {
            return self.ledger_upto(bureau, self.journal.end(&self.topics.facts(bureau))?);
        }
        self.drain_intakes(&|_| {})?;
        let mut stage = self.discovery(bureau, None)?;
        while stage.step()? {}
        Ok(stage)
    }
}

/// The log alone, and which topics it has to have.
///
/// # Errors
/// When it does not answer, or the configuration says how not to reach it.
pub(crate) fn open_log(config: &Config, data: &DataDir) -> Result<(Arc<dyn Journal>, Topics)> {
    let mut topics = Topics::new(config.bureaus()?, 1);
    if let Some(kafka) = &config.kafka {
        topics = Topics::new(config.bureaus()?, kafka.feed_partitions)
            .with_prefix(&kafka.topic_prefix)
            .replicated(kafka.replication_factor);
    }
    let topics = topics.of_node(&config.api.node);
    let journal: Arc<dyn Journal> = match &config.kafka {
        Some(kafka) => Arc::new(KafkaJournal::connect(kafka_config(kafka, config.dev)?)?),
        None => Arc::new(EmbeddedJournal::open(data.root(), clock::now_millis)?),
    };
    Ok((journal, topics))
}

/// Topics are made by hand where others guard them, and by itself where nobody does: in trials, and in a log of one process.
fn prepare_topics(journal: &dyn Journal, topics: &Topics, config: &Config) -> Result<()> {
    if config.kafka.is_none() || config.dev {
        return Ok(journal.ensure_topics(&topics.layout())?);
    }
    let differences = journal.check_topics(&topics.shared_layout())?;
    let (advice, wrong): (Vec<_>, Vec<_>) =
        differences.into_iter().partition(|difference| difference.remedy() == Remedy::Advice);
    advice.iter().for_each(|difference| tracing::warn!("{difference}"));
    ensure!(
        wrong.is_empty(),
        "the topics are not as they have to be: run `sanzao topics apply`\n{}",
        wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    );
    let own = topics.layout().into_iter().filter(|layout| layout.topic == topics.audit().topic);
    Ok(journal.ensure_topics(&own.collect::<Vec<_>>())?)
}

fn rules_of(config: &Config) -> Result<(RuleSet, Parameters, String)> {
    let (parameters, text) = rule_sets::parameters(config.parameters.as_deref())?;
    let rules = rule_sets::rules(config.rules.as_deref(), &parameters)?;
    Ok((rules, parameters, text))
}
