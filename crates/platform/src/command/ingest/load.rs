//! Loads: half the data must raise nothing.

use std::path::PathBuf;

use anyhow::Result;
use sanzao_journal::{Commit, NewRecord, Write};
use sanzao_model::FactsRecord;

use crate::cli::IngestArgs;
use crate::pipeline::Pipeline;

/// What to do about a load that did not end.
pub(crate) const WAYS_OUT_OF_A_LOAD: &str =
    "run the same ingest again, or `sanzao run --close-loads` to go on with what is there";

/// The feed and a tag of its files, so that another file of the feed does not close what a killed `ingest` left
/// open. A tag, because files are named for people, too. Standard input is the same file every time.
pub(super) fn name(pipeline: &Pipeline, args: &IngestArgs) -> String {
    let path = |file: &PathBuf| file.canonicalize().unwrap_or_else(|_| file.clone()).display().to_string();
    let paths: Vec<String> = args.files.iter().map(path).collect();
    let tag = pipeline.pseudonyms().event("ingest", &paths.join("\n")).to_string();
    format!("ingest-{}-{}", args.feed, &tag[..8])
}

/// Keeps casework from being reconciled while half the data is there. A load that is not closed, because
/// the process was killed, stays open until the same load runs again, or `run --close-loads`.
pub(crate) struct Load<'p> {
    pipeline: &'p Pipeline,
    name: String,
}

impl<'p> Load<'p> {
    pub fn open(pipeline: &'p Pipeline, name: &str) -> Result<Load<'p>> {
        for bureau in pipeline.topics.bureaus() {
            pipeline.append_facts(*bureau, &FactsRecord::LoadOpened { load: name.to_owned() })?;
        }
        Ok(Load { pipeline, name: name.to_owned() })
    }

    pub fn close(self) -> Result<()> {
        self.close_with(Vec::new())
    }

    /// Closes it and commits positions, both or neither.
    pub fn close_with(self, commits: Vec<Commit>) -> Result<()> {
        let value = FactsRecord::LoadClosed { load: self.name }.to_bytes();
        let record = NewRecord { value, ..NewRecord::default() };
        let topics = &self.pipeline.topics;
        let appends =
            topics.bureaus().iter().map(|bureau| (topics.facts(*bureau), vec![record.clone()])).collect();
        self.pipeline.journal.write(Write { appends, commits })?;
        Ok(())
    }
}
