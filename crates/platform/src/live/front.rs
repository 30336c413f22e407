//! The API of one bureau: its tables, made from the log by this process alone, and what it asks of the assembly.

use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use sanzao_api::{ApiState, Backend, Gate};
use sanzao_model::Bureau;
use sanzao_readmodel::{FeedReader, Reader, Views};

use super::exchange::{self, Opened};
use super::turn::Turn;
use super::{Settings, drive, patiently};
use crate::audit_log::Audit;
use crate::backend::LiveBackend;
use crate::metrics::Status;
use crate::overview::{self, OverviewBoard};
use crate::pipeline::Pipeline;
use crate::stage::{FeedQualityStage, ProjectionStage};
use crate::stages::StageKind;

/// Opened and not yet running.
pub(super) struct Front {
    bureau: Bureau,
    gate: Gate,
    projection: ProjectionStage,
    reader: Reader,
    quality: FeedQualityStage,
    feeds: FeedReader,
    exchange: Option<Opened>,
}

impl Front {
    /// Opens tables and outbox.
    ///
    /// # Errors
    /// When one cannot be opened.
    pub fn open(pipeline: &Pipeline, settings: &Settings, gate: Gate) -> Result<Front> {
        let bureau = settings.bureau;
        let file = pipeline.data.state()?.join("readmodel.db");
        let open = || {
            let journal = Arc::clone(&pipeline.journal);
            ProjectionStage::open(journal, &file, pipeline.topics.work(bureau))
        };
        let (projection, reader) = patiently("the read model", open)?;
        let projection = projection.with_traces(pipeline.traces.clone());
        let file = pipeline.data.state()?.join("feeds.db");
        let open = || FeedQualityStage::open(Arc::clone(&pipeline.journal), &file, &pipeline.topics, bureau);
        let (quality, feeds) = patiently("the counts of feeds", open)?;
        let exchange = match settings.stages.has(StageKind::Exchange) {
            true => Some(exchange::open(pipeline, bureau, &settings.webhooks)?),
            false => None,
        };
        Ok(Front { bureau, gate, projection, reader, quality, feeds, exchange })
    }

    /// Starts the loops; what is left is to serve.
    ///
    /// # Errors
    /// When the system gives no more threads, or the saved views cannot be opened.
    pub fn start(
        self,
        pipeline: &Arc<Pipeline>,
        settings: &Settings,
        audit: Arc<Audit>,
        turn: &Arc<Turn>,
        status: &Arc<Status>,
        threads: &mut Vec<JoinHandle<()>>,
    ) -> Result<ApiState> {
        let Front { bureau, gate, projection, reader, quality, feeds, exchange } = self;
        threads.push(drive("projection", projection, status)?);
        threads.push(drive("feeds", quality, status)?);
        let overview = (!pipeline.is_exclusive).then(Arc::<OverviewBoard>::default);
        if let Some(board) = &overview {
            let (journal, stream) = (Arc::clone(&pipeline.journal), pipeline.topics.overview(bureau));
            threads.push(overview::follow(journal, stream, Arc::clone(board), Arc::clone(status))?);
        }
        let backend: Arc<dyn Backend> = Arc::new(LiveBackend {
            journal: Arc::clone(&pipeline.journal),
            topics: pipeline.topics.clone(),
            raw: pipeline.raw(),
            follows: pipeline.traces.is_on(),
            eraser: pipeline.eraser(),
            bureau,
            status: Arc::clone(status),
            overview,
            feeds: feeds.clone(),
            pseudonyms: pipeline.pseudonyms(),
            calendar: Arc::clone(&pipeline.calendar),
            audit,
            day: settings.day,
            exchange: exchange.as_ref().map(|exchange| exchange.live(pipeline, bureau)),
        });
        if let Some(exchange) = exchange {
            threads.extend(exchange.start(&settings.webhooks, &backend, turn, status)?);
        }
        let views = Views::open(&pipeline.data.views()).context("the saved views")?;
        Ok(ApiState::new(reader, backend, gate).with_feeds(feeds).with_views(views))
    }
}
