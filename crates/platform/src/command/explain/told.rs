//! What the log tells of one alert or task, and of the records it rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::Result;
use sanzao_model::{
    AlertState, Bureau, Content, Decision, EventTag, FactId, FactsRecord, Feed, Finding, Instant, Item,
    ItemId, ItemState, Outcome, Proof, TaskState, WorkEvent,
};
use serde::Serialize;

use crate::pipeline::Pipeline;
use crate::{progress, scan};

/// An item as the log has it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub item: Item,
    /// The record of `inbox` with the findings that it shows.
    pub inbox_offset: u64,
    /// What happened to it, in order.
    pub history: Vec<Entry>,
    /// The events that state the facts it rests on.
    pub statements: BTreeMap<FactId, Vec<Statement>>,
}

/// Something that happened to an item.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Entry {
    /// When it was put on record.
    at: String,
    /// Offset in `work`.
    offset: u64,
    /// `opened`, `updated`, or the state that it moved to.
    what: String,
    /// Who, and why, where people did it.
    said: Option<String>,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.what)?;
        self.said.as_ref().map_or(Ok(()), |said| write!(f, "：{said}"))
    }
}

/// An event that states a fact. Its id is not shown: it may hold an ID number.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Statement {
    event: EventTag,
    feed: Feed,
    partition: u32,
    /// Offset in the feed's topic.
    offset: u64,
    /// When the department recorded it.
    time: String,
    /// When it was taken in.
    received: String,
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "feed.{}/{}@{} 记录于{} 收到于{}",
            self.feed, self.partition, self.offset, self.time, self.received
        )
    }
}

impl Told {
    /// What else happened to it.
    fn take(&mut self, event: &WorkEvent, id: ItemId, entry: impl Fn(&str, Option<String>) -> Entry) {
        let (of, what, said) = match event {
            WorkEvent::Moved { id, to }
            | WorkEvent::Woken { id, to, .. }
            | WorkEvent::Acted { id, to, .. } => (id, to.as_str(), said(to)),
            WorkEvent::Assigned { id, act, to } => {
                (id, "assigned", Some(format!("{}：{}", act.by, to.as_deref().unwrap_or("—"))))
            }
            WorkEvent::Escalated { id, .. } => (id, "escalated", None),
            WorkEvent::Commented { id, comment } => {
                (id, "commented", Some(format!("{}：{}", comment.by, comment.text)))
            }
            WorkEvent::Attached { id, attachment } => (id, "attached", Some(attachment.by.clone())),
            WorkEvent::Grouped { id, act, .. } => (id, "grouped", Some(act.by.clone())),
            WorkEvent::Drawn { id } => (id, "drawn for a second review", None),
            WorkEvent::Reviewed { id, opinion } => {
                let said = format!("{}：{}，{}", opinion.by, in_chinese(opinion.outcome), opinion.reason);
                (id, "reviewed", Some(said))
            }
            _ => return,
        };
        if *of == id {
            self.history.push(entry(what, said));
            self.item.take(event);
        }
    }
}

/// What happened to an item; none where there is no such item.
pub(super) fn read(pipeline: &Pipeline, bureau: Bureau, id: ItemId) -> Result<Option<Told>> {
    let work = pipeline.topics.work(bureau);
    let mut told: Option<Told> = None;
    let counter = progress::counter("looking for the item");
    scan::each(pipeline.journal.as_ref(), &work, &counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        let decided = scan::work(&work, record)?;
        let at = Instant::from_millis(record.timestamp_ms).to_string();
        let entry =
            |what: &str, said| Entry { at: at.clone(), offset: record.offset, what: what.into(), said };
        for event in decided.events {
            match (event, &mut told) {
                (WorkEvent::Opened(item), _) if item.id == id => {
                    let history = vec![entry("opened", None)];
                    let inbox_offset = decided.upto - 1;
                    told = Some(Told { item: *item, inbox_offset, history, statements: BTreeMap::new() });
                }
                (WorkEvent::Updated { id: of, shown }, Some(told)) if of == id => {
                    told.item.show(*shown);
                    told.inbox_offset = decided.upto - 1;
                    told.history.push(entry("updated", None));
                }
                (WorkEvent::Followed { id: of, subject, shown }, Some(told)) if of == id => {
                    told.item.subject = subject;
                    told.item.show(*shown);
                    told.inbox_offset = decided.upto - 1;
                    told.history.push(entry("followed to another subject or occasion", None));
                }
                (event, Some(told)) => told.take(&event, id, entry),
                _ => {}
            }
        }
        Ok(())
    })?;
    counter.finish_and_clear();
    Ok(told)
}

fn said(to: &ItemState) -> Option<String> {
    use AlertState::{Appealed, Claimed, Closed, Decided, Open, Snoozed, Withdrawn};
    use TaskState::{Cancelled, Done, Due, Missed, Overdue, Planned, Reported};
    let decided = |decision: &Decision| {
        format!("{}：{}，{}", decision.by, in_chinese(decision.outcome), decision.reason)
    };
    match to {
        ItemState::Alert(Open) => None,
        ItemState::Alert(Claimed { by, .. }) => Some(by.clone()),
        ItemState::Alert(Snoozed { by, until, reason, .. }) => Some(format!("{by}：至{until}，{reason}")),
        ItemState::Alert(Decided { decision, .. }) => Some(decided(decision)),
        ItemState::Alert(Closed(closure)) => Some(decided(&closure.decision)),
        ItemState::Alert(Appealed { appeal, .. }) => Some(format!("{}：{}", appeal.by, appeal.text)),
        ItemState::Alert(Withdrawn { cause, .. }) => Some(cause.clone()),
        ItemState::Task(
            Planned | Due | Overdue { .. } | Missed { .. } | Done { proof: Proof::Data(None), .. },
        ) => None,
        ItemState::Task(Reported(done) | Done { proof: Proof::Data(Some(done)) | Proof::Word(done), .. }) => {
            Some(format!("{}：{}，{}", done.by, done.on, done.seen))
        }
        ItemState::Task(Cancelled { by, reason, .. }) => Some(format!("{by}：{reason}")),
    }
}

fn in_chinese(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Helped => "已帮助",
        Outcome::NotEligible => "不符合条件",
        Outcome::WrongData => "数据有误",
        Outcome::NoAction => "无需处理",
    }
}

/// The events that state the facts which a finding rests on.
pub(super) fn statements(
    pipeline: &Pipeline,
    bureau: Bureau,
    finding: &Finding,
) -> Result<BTreeMap<FactId, Vec<Statement>>> {
    let wanted: BTreeSet<FactId> = finding.evidence.iter().map(|evidence| evidence.fact).collect();
    let mut found: BTreeMap<FactId, Vec<Statement>> = BTreeMap::new();
    let facts = pipeline.topics.facts(bureau);
    let counter = progress::counter("looking for its records");
    scan::each(pipeline.journal.as_ref(), &facts, &counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        let FactsRecord::Facts(batch) = scan::facts(&facts, record)? else { return Ok(()) };
        for statement in &batch.statements {
            let Content::Fact(fact) = &statement.content else { continue };
            if wanted.contains(&fact.id) {
                found.entry(fact.id).or_default().push(Statement {
                    event: statement.event,
                    feed: batch.feed,
                    partition: batch.partition,
                    offset: statement.offset,
                    time: statement.time.to_string(),
                    received: batch.received.to_string(),
                });
            }
        }
        Ok(())
    })?;
    counter.finish_and_clear();
    Ok(found)
}
