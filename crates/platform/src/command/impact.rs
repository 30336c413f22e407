//! `sanzao impact`: what rests on an event, as when it was retracted.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use sanzao_model::{
    AlertState, Bureau, Content, Day, Deed, EventTag, FactId, FactsRecord, Finding, Instant, Item, ItemId,
    ItemState, Outcome, Shown, SubjectId, WorkEvent,
};
use serde::Serialize;

use crate::cli::ImpactArgs;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;
use crate::pipeline::Pipeline;
use crate::{progress, scan};

/// What an event stated and what came of it.
#[derive(Debug, Serialize)]
struct Impact {
    bureau: String,
    /// The event's pseudonym.
    event: EventTag,
    /// The events that retract it.
    retracted_by: Vec<Retraction>,
    /// The facts that it states, and how many other events state them.
    facts: Vec<StatedFact>,
    /// Everything that rested on one of them at some time.
    items: Vec<Rested>,
}

#[derive(Debug, Serialize)]
struct Retraction {
    event: EventTag,
    time: String,
    received: String,
}

#[derive(Debug, Serialize)]
struct StatedFact {
    fact: FactId,
    kind: &'static str,
    on: Day,
    other_statements: usize,
}

/// An alert or a task.
#[derive(Debug, Serialize)]
struct Rested {
    item: ItemId,
    rule: String,
    title: String,
    person_id: Option<String>,
    household_id: Option<String>,
    occasion: String,
    state: &'static str,
    opened_on: Day,
    /// Whether what it shows now still rests on the event.
    rests_now: bool,
    /// Decisions that were made while it rested on the event.
    decisions: Vec<Decision>,
}

#[derive(Debug, Serialize)]
struct Decision {
    by: String,
    at: String,
    outcome: Outcome,
    reason: String,
}

pub(crate) fn run(args: &ImpactArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let pipeline = Pipeline::open(&config, DataDir::existing(&config)?)?;
    let tag = pipeline.pseudonyms().event(&args.source, &args.event);
    let mut impacts = Vec::new();
    for bureau in pipeline.topics.bureaus() {
        impacts.extend(impact(&pipeline, *bureau, tag)?);
    }
    if impacts.is_empty() {
        bail!(
            "no accepted event of {} has this id: check --source, which is /<bureau>/<feed>, and whether it was \
             rejected (`sanzao feeds rejections`)",
            args.source
        );
    }
    for impact in &impacts {
        if args.json {
            say!("{}", serde_json::to_string(impact)?)?;
        } else {
            print(impact)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What an event is to the log.
#[derive(Default)]
struct Stated {
    facts: BTreeMap<FactId, (&'static str, Day)>,
    retracts: Option<EventTag>,
}

fn impact(pipeline: &Pipeline, bureau: Bureau, asked: EventTag) -> Result<Option<Impact>> {
    let Some(stated) = stated(pipeline, bureau, asked)? else { return Ok(None) };
    // Of a retraction: what rested on the event that it retracts.
    let event = stated.retracts.unwrap_or(asked);
    let stated = match stated.retracts {
        None => stated,
        Some(event) => self::stated(pipeline, bureau, event)?.unwrap_or_default(),
    };
    let (retracted_by, others) = said_elsewhere(pipeline, bureau, event, &stated)?;
    let facts: BTreeSet<FactId> = stated.facts.keys().copied().collect();
    let of_fact = |(fact, (kind, on)): (&FactId, &(&'static str, Day))| StatedFact {
        fact: *fact,
        kind,
        on: *on,
        other_statements: others.get(fact).copied().unwrap_or(0),
    };
    Ok(Some(Impact {
        bureau: bureau.to_string(),
        event,
        retracted_by,
        facts: stated.facts.iter().map(of_fact).collect(),
        items: rested(pipeline, bureau, &facts)?,
    }))
}

/// What an event says; none where it was never accepted.
fn stated(pipeline: &Pipeline, bureau: Bureau, event: EventTag) -> Result<Option<Stated>> {
    let facts = pipeline.topics.facts(bureau);
    let (mut found, mut stated) = (false, Stated::default());
    let counter = progress::counter("looking for the event");
    scan::each(pipeline.journal.as_ref(), &facts, &counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        let FactsRecord::Facts(batch) = scan::facts(&facts, record)? else { return Ok(()) };
        for statement in batch.statements.iter().filter(|statement| statement.event == event) {
            found = true;
            match &statement.content {
                Content::Fact(fact) => drop(stated.facts.insert(fact.id, (fact.body.kind(), fact.on))),
                Content::Retraction { retracts, .. } => stated.retracts = Some(*retracts),
            }
        }
        Ok(())
    })?;
    counter.finish_and_clear();
    Ok(found.then_some(stated))
}

type SaidElsewhere = (Vec<Retraction>, BTreeMap<FactId, usize>);

/// What retracts an event, and how many other events state its facts.
fn said_elsewhere(
    pipeline: &Pipeline,
    bureau: Bureau,
    event: EventTag,
    stated: &Stated,
) -> Result<SaidElsewhere> {
    let facts = pipeline.topics.facts(bureau);
    let mut retractions: BTreeMap<EventTag, Retraction> = BTreeMap::new();
    let mut others: BTreeMap<FactId, BTreeSet<EventTag>> = BTreeMap::new();
    let counter = progress::counter("looking for other statements");
    scan::each(pipeline.journal.as_ref(), &facts, &counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        let FactsRecord::Facts(batch) = scan::facts(&facts, record)? else { return Ok(()) };
        let received = Instant::from_millis(record.timestamp_ms).to_string();
        for statement in &batch.statements {
            match &statement.content {
                Content::Retraction { retracts, .. } if *retracts == event => {
                    let (time, received) = (statement.time.to_string(), received.clone());
                    let retraction = Retraction { event: statement.event, time, received };
                    retractions.entry(statement.event).or_insert(retraction);
                }
                Content::Fact(fact) if statement.event != event && stated.facts.contains_key(&fact.id) => {
                    others.entry(fact.id).or_default().insert(statement.event);
                }
                _ => {}
            }
        }
        Ok(())
    })?;
    counter.finish_and_clear();
    Ok((retractions.into_values().collect(), others.into_iter().map(|(fact, by)| (fact, by.len())).collect()))
}

/// An item as the log has told it so far.
struct Told {
    item: Item,
    rests_now: bool,
    rested: bool,
    decisions: Vec<Decision>,
}

impl Told {
    fn shows(&mut self, shown: Shown, rests: &dyn Fn(&Finding) -> bool) {
        self.rests_now = rests(&shown.finding);
        self.rested |= self.rests_now;
        self.item.show(shown);
    }
}

fn known(told: &mut BTreeMap<ItemId, Told>, id: ItemId) -> Result<&mut Told> {
    told.get_mut(&id).context("work changes an item that it never opened")
}

fn rested(pipeline: &Pipeline, bureau: Bureau, facts: &BTreeSet<FactId>) -> Result<Vec<Rested>> {
    let work = pipeline.topics.work(bureau);
    let rests = |finding: &Finding| finding.evidence.iter().any(|evidence| facts.contains(&evidence.fact));
    let mut told: BTreeMap<ItemId, Told> = BTreeMap::new();
    let counter = progress::counter("looking at alerts and tasks");
    scan::each(pipeline.journal.as_ref(), &work, &counter, |record| {
        if record.is_claim() {
            return Ok(());
        }
        for event in scan::work(&work, record)?.events {
            match event {
                WorkEvent::Opened(item) => {
                    let rests_now = rests(&item.finding);
                    let new = Told { item: *item, rests_now, rested: rests_now, decisions: Vec::new() };
                    told.insert(new.item.id, new);
                }
                WorkEvent::Updated { id, shown } => known(&mut told, id)?.shows(*shown, &rests),
                WorkEvent::Followed { id, subject, shown } => {
                    let known = known(&mut told, id)?;
                    known.item.subject = subject;
                    known.shows(*shown, &rests);
                }
                event @ (WorkEvent::Moved { id, .. }
                | WorkEvent::Woken { id, .. }
                | WorkEvent::Acted { id, .. }) => {
                    let known = known(&mut told, id)?;
                    known.item.take(&event);
                    known.note_decision(&event);
                }
                _ => {}
            }
        }
        Ok(())
    })?;
    counter.finish_and_clear();
    Ok(told.into_values().filter(|told| told.rested).map(Rested::from).collect())
}

impl Told {
    /// Somebody decided on it, while it rested on the event.
    fn note_decision(&mut self, event: &WorkEvent) {
        let WorkEvent::Acted { act, to, .. } = event else { return };
        let decision = match to {
            ItemState::Alert(AlertState::Decided { decision, .. }) => decision,
            ItemState::Alert(AlertState::Closed(closure)) => &closure.decision,
            _ => return,
        };
        if self.rests_now && matches!(act.what, Deed::Decided | Deed::Upheld) {
            let (by, at, reason) = (decision.by.clone(), decision.at.to_string(), decision.reason.clone());
            self.decisions.push(Decision { by, at, outcome: decision.outcome, reason });
        }
    }
}

impl From<Told> for Rested {
    fn from(told: Told) -> Rested {
        let Told { item, rests_now, decisions, .. } = told;
        let (person_id, household_id) = match item.subject {
            SubjectId::Person(person) => (Some(person.to_string()), None),
            SubjectId::Household(household) => (None, Some(household.to_string())),
        };
        let state = item.state.as_str();
        let is_over = matches!(state, "withdrawn" | "done");
        Rested {
            item: item.id,
            rule: item.rule.0,
            title: item.title,
            person_id,
            household_id,
            occasion: item.finding.occasion,
            state,
            opened_on: item.opened_on,
            rests_now: rests_now && !is_over,
            decisions,
        }
    }
}

fn print(impact: &Impact) -> Result<()> {
    say!("bureau {}, event {}", impact.bureau, impact.event)?;
    for StatedFact { fact, kind, on, other_statements } in &impact.facts {
        let others = match other_statements {
            0 => "stated by no other event".to_owned(),
            count => format!("stated by {count} other event(s), too"),
        };
        say!("  states {kind} of {on} (fact {fact}), {others}")?;
    }
    for Retraction { event, time, received } in &impact.retracted_by {
        say!("  retracted by {event} of {time}, received {received}")?;
    }
    if impact.retracted_by.is_empty() {
        say!("  not retracted")?;
    }
    if impact.items.is_empty() {
        return say!("no alert, task or decision ever rested on it");
    }
    say!("{} alert(s) and task(s) rested on it", impact.items.len())?;
    for rested in &impact.items {
        let subject = rested.person_id.as_ref().or(rested.household_id.as_ref());
        let subject = subject.map_or("", String::as_str);
        let now = if rested.rests_now { ", still rests on it" } else { "" };
        say!(
            "  {} {} {} about {subject} on {}, opened {}: {}{now}",
            rested.item,
            rested.rule,
            rested.title,
            rested.occasion,
            rested.opened_on,
            rested.state
        )?;
        for Decision { by, at, outcome, reason } in &rested.decisions {
            let outcome = serde_json::to_value(outcome)?;
            let outcome = outcome.as_str().unwrap_or_default();
            say!("    decided {outcome} by {by} at {at} while it rested on the event: {reason}")?;
        }
    }
    Ok(())
}
