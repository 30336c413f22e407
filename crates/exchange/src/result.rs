//! Results: what became of a department's record.

use std::collections::{BTreeMap, BTreeSet};

use sanzao_model::{Day, Evidence, EvidenceRole, FactId, ItemId, Place};

use crate::{Happening, ItemNews, Record, ResultId, Standing, Told, Verdict};

/// What became of one record of a department. No personal data: the department knows the record by its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordResult {
    /// Hash of item, fact and number.
    pub id: ResultId,
    /// Whose record it is, where it lies, and what it is.
    pub record: Record,
    /// The fact that it states.
    pub fact: FactId,
    /// What became of it.
    pub verdict: Verdict,
    /// Since which day.
    pub since: Day,
    /// The alert by which this is known.
    pub item: ItemId,
    /// Which verdict on this fact it is, from 1.
    pub number: u32,
}

/// The facts of which an item speaks: each trigger once.
fn triggers(evidence: &[Evidence]) -> BTreeMap<FactId, &Evidence> {
    let triggers = evidence.iter().filter(|evidence| evidence.role == EvidenceRole::Trigger);
    triggers.map(|evidence| (evidence.fact, evidence)).collect()
}

/// The facts whose standings [`judge`] needs: the item's triggers, and those it spoke of before.
pub(crate) fn concerned(news: &ItemNews, spoken_of: &[FactId]) -> BTreeSet<FactId> {
    triggers(&news.evidence).into_keys().chain(spoken_of.iter().copied()).collect()
}

/// What is to be told after something happened to an item, one result for each record of which that is new.
///
/// `standings` holds what is known of the item's triggers and of every fact it spoke of before (one that nobody
/// spoke of may be missing), and is changed. `place_of` says where a fact's record lies, and nothing where nobody
/// knows any more (erased): then nothing is told, and the number is used up all the same, so that telling again
/// gives the same ids.
pub fn judge(
    news: &ItemNews,
    standings: &mut BTreeMap<FactId, Standing>,
    place_of: &dyn Fn(FactId) -> Option<Place>,
) -> Vec<RecordResult> {
    if news.happening == Happening::Withdrawn {
        return Vec::new();
    }
    let triggers = triggers(&news.evidence);
    let mut results = Vec::new();
    for (fact, evidence) in &triggers {
        let standing = standings.entry(*fact).or_default();
        let Evidence { feed, kind, .. } = evidence;
        standing.record = place_of(*fact).map(|place| Record { feed: *feed, place, kind: kind.clone() });
        let told = standing.hear(news.item, news.previous, news.happening);
        results.extend(told.and_then(|told| result(news, *fact, standing, told)));
    }
    for (fact, standing) in standings.iter_mut() {
        if !triggers.contains_key(fact) && standing.voices.contains_key(&news.item) {
            let told = standing.leave(news.item);
            results.extend(told.and_then(|told| result(news, *fact, standing, told)));
        }
    }
    results
}

fn result(news: &ItemNews, fact: FactId, standing: &Standing, told: Told) -> Option<RecordResult> {
    let record = standing.record.clone()?;
    let Told { verdict, number } = told;
    let id = ResultId::of(news.item, fact, number);
    Some(RecordResult { id, record, fact, verdict, since: news.on, item: news.item, number })
}
