//! What a process itself puts on the audit record: that it began, and by which rules and parameters it finds.

use std::sync::Arc;

use anyhow::{Context, Result};
use sanzao_access::AccountsFile;
use sanzao_audit::{Action, Entry};
use sha2::{Digest, Sha256};

use crate::audit_log::Audit;
use crate::clock;
use crate::pipeline::Pipeline;
use crate::stage::{RulesHeard, StageError};

/// The audit record, written by this process from now on; that it began stands on it first, with the hash of the accounts
/// that are let in, to be held against copies of their file.
///
/// # Errors
/// When the record cannot be read or written, or the accounts cannot be read.
pub(crate) fn begin(pipeline: &Pipeline, owner: &str, accounts: Option<&AccountsFile>) -> Result<Arc<Audit>> {
    let (journal, topics) = (Arc::clone(&pipeline.journal), &pipeline.topics);
    let audit = Audit::open(journal, topics.audit(), &pipeline.data, topics.node())
        .and_then(|audit| Ok(audit.recording(owner)?))
        .context("the audit record")?;
    let mut entry = Entry::new(clock::now(), "system", Action::Start);
    if let Some(accounts) = accounts {
        let path = accounts.path();
        let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let hash = Sha256::digest(file).iter().map(|byte| format!("{byte:02x}")).collect();
        entry.details.insert("accounts".into(), hash);
    }
    audit.record(entry).context("the audit record")?;
    Ok(Arc::new(audit))
}

/// Rules and parameters go on the audit record before they hold.
pub(crate) fn rules_heard(audit: Arc<Audit>) -> RulesHeard {
    Box::new(move |before, now| {
        let kinds = [
            (Action::RuleChange, before.rules != now.rules),
            (Action::ParameterChange, before.parameters != now.parameters),
        ];
        for (action, _) in kinds.into_iter().filter(|(_, is_other)| *is_other) {
            let mut entry = Entry::new(clock::now(), "system", action);
            let hashes = [("before", &before.hash), ("now", &now.hash)];
            let told = hashes.into_iter().filter_map(|(name, hash)| Some((name.into(), hash.clone()?)));
            entry.details.extend(told);
            audit.record(entry).map_err(|error| StageError::Audit(error.to_string()))?;
        }
        Ok(())
    })
}
