//! The work of this process that is shared out among the processes of its groups.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Result;
use sanzao_journal::{Members, Membership, Stream};
use sanzao_model::Feed;

use super::Settings;
use super::bureau_work::{CaseworkWork, DiscoveryWork, Office};
use super::intake_work::IntakeWork;
use super::work::share;
use crate::config::Workers;
use crate::metrics::Status;
use crate::pipeline::Pipeline;
use crate::stages::StageKind;

/// The groups that this process has joined.
pub(super) struct Shared {
    intake: Vec<(Feed, Box<dyn Members>)>,
    discovery: Option<Box<dyn Members>>,
    casework: Option<Box<dyn Members>>,
}

impl Shared {
    /// Joins a group for each stage that runs here.
    ///
    /// # Errors
    /// When the log does not answer, or refuses.
    pub fn join(pipeline: &Pipeline, settings: &Settings) -> Result<Shared> {
        let topics = &pipeline.topics;
        let join = |group: &str, stream: Stream| -> Result<Box<dyn Members>> {
            let Workers { fixed_name, session_seconds, .. } = &settings.workers;
            let membership = Membership {
                group: group.to_owned(),
                topic: stream.topic,
                fixed_name: fixed_name.then(|| topics.node().to_owned()),
                session_timeout: Duration::from_secs((*session_seconds).into()),
            };
            Ok(pipeline.journal.join(&membership)?)
        };
        let any = topics.bureaus()[0];
        let when = |stage: StageKind, stream: Stream, group: &str| -> Result<Option<Box<dyn Members>>> {
            settings.stages.has(stage).then(|| join(group, stream)).transpose()
        };
        let intake = settings.stages.intake();
        Ok(Shared {
            intake: intake
                .map(|feed| Ok((feed, join(&format!("intake-{feed}"), topics.feed(feed, 0))?)))
                .collect::<Result<_>>()?,
            discovery: when(StageKind::Discovery, topics.facts(any), "discovery")?,
            casework: when(StageKind::Casework, topics.inbox(any), "casework")?,
        })
    }

    /// Starts the loops.
    ///
    /// # Errors
    /// When the system gives no more threads, or a rule cannot be planned.
    pub fn start(
        self,
        office: &Office,
        settings: &Settings,
        status: &Arc<Status>,
    ) -> Result<Vec<JoinHandle<()>>> {
        let (pipeline, mut threads) = (&office.pipeline, Vec::new());
        let topics = &pipeline.topics;
        let session = Duration::from_secs(settings.workers.session_seconds.into());
        for (feed, members) in self.intake {
            let partitions = 0..topics.feed_partitions();
            let works = partitions.map(|partition| {
                (topics.feed(feed, partition), IntakeWork::new(Arc::clone(pipeline), feed, partition))
            });
            threads.extend(share(&format!("intake-{feed}"), members, works.collect(), session, status)?);
        }
        // Of the bureaus of others so many are kept up with; who is alone has no others.
        let standby = if pipeline.is_exclusive { 0 } else { settings.workers.standby_bureaus as usize };
        let bureaus = || topics.bureaus().iter().copied().enumerate();
        let stands_by = |place: usize| place < standby;
        pipeline.keep_snapshots_of(if self.discovery.is_some() { topics.bureaus() } else { &[] })?;
        if let Some(members) = self.discovery {
            pipeline.rulebook().keep_ready()?;
            let works = bureaus().map(|(place, bureau)| {
                (topics.facts(bureau), DiscoveryWork::new(office.clone(), bureau, stands_by(place)))
            });
            threads.extend(share("discovery", members, works.collect(), session, status)?);
        }
        if let Some(members) = self.casework {
            let works = bureaus().map(|(place, bureau)| {
                (topics.inbox(bureau), CaseworkWork::new(office.clone(), bureau, stands_by(place)))
            });
            threads.extend(share("casework", members, works.collect(), session, status)?);
        }
        Ok(threads)
    }
}
