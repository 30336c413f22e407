//! Receipts of what was applied: an owner writes them, a standby keeps them until the owner has.

use sanzao_journal::{Commit, Write};

use super::DiscoveryStage;
use super::part::{Appends, Part};

impl DiscoveryStage {
    /// The receipts of what was applied, as they are appended.
    pub(super) fn take_receipts(&mut self) -> Appends {
        let mut appends = self.receipts.take(&self.topics);
        // Several bureaus tell of one feed: who reads knows by the key whose receipts they are.
        for record in appends.iter_mut().flat_map(|(_, records)| records) {
            record.key = self.bureau.to_string().into_bytes();
        }
        appends
    }

    /// A standby keeps its receipts until the owner has written them.
    pub(super) fn set_receipts_aside(&mut self, offset: u64) {
        if !matches!(self.part, Part::Standby(_)) {
            return;
        }
        let receipts = self.take_receipts();
        if let Part::Standby(standby) = &mut self.part
            && !receipts.is_empty()
        {
            standby.note_receipts(offset, receipts);
        }
    }

    pub(super) fn queue_receipts(&mut self) {
        let appends = self.take_receipts();
        if appends.is_empty() {
            return;
        }
        let commit =
            Commit { consumer: "receipts".into(), stream: self.facts.clone(), offset: self.position };
        self.pending.push_back(Write { appends, commits: vec![commit] });
    }
}
