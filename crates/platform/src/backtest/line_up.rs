//! Which rules and parameters are compared with which.

use sanzao_discovery::{Head, Occasion, Parameter, Parameters, RuleSet};
use sanzao_model::RuleId;
use serde::Serialize;

use super::Of;

/// What a draft makes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its text is the same.
    Unchanged,
    /// Its text is another.
    Changed,
    /// Only the draft has it.
    Added,
    /// Only the current set has it.
    Removed,
}

/// One rule of either set.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: RuleId,
    /// Its head in each set that has it.
    pub(crate) heads: [Option<Head>; 2],
    pub(crate) status: Status,
    /// What the current set says of it holds of the draft too: text and parameters are the same.
    pub(crate) is_shared: bool,
}

/// The rules of two sets, by id, and which have to be evaluated in each.
#[derive(Debug, Clone)]
pub struct LineUp {
    pub(crate) entries: Vec<Entry>,
    /// From a rule's place in an evaluated set to its place here.
    places: [Vec<usize>; 2],
    /// The rules to evaluate, of the current set and of the draft.
    pub sets: [RuleSet; 2],
}

impl LineUp {
    /// Lines two sets up. Rules that say the same by nature are evaluated once.
    pub fn new(current: &RuleSet, draft: &RuleSet, same_parameters: bool) -> LineUp {
        let mut ids: Vec<&RuleId> =
            Of::BOTH.iter().flat_map(|of| ids(if *of == Of::Current { current } else { draft })).collect();
        ids.sort();
        ids.dedup();
        let entry = |id: &&RuleId| {
            let rule = |set: &RuleSet| set.rules().iter().find(|rule| rule.head.id == **id).cloned();
            let (before, after) = (rule(current), rule(draft));
            let status = match (&before, &after) {
                (Some(before), Some(after)) if before.source() == after.source() => Status::Unchanged,
                (Some(_), Some(_)) => Status::Changed,
                (None, _) => Status::Added,
                (_, None) => Status::Removed,
            };
            Entry {
                id: (*id).clone(),
                heads: [before, after].map(|rule| rule.map(|rule| rule.head)),
                status,
                is_shared: same_parameters && status == Status::Unchanged,
            }
        };
        let entries: Vec<Entry> = ids.iter().map(entry).collect();
        let place = |id: &RuleId| entries.iter().position(|entry| entry.id == *id).expect("it is of a set");
        let own = draft.only(|rule| !entries[place(&rule.head.id)].is_shared);
        let sets = [current.clone(), own];
        let places = [&sets[0], &sets[1]].map(|set| ids_of(set).map(place).collect());
        LineUp { entries, places, sets }
    }

    /// The place here of a rule of an evaluated set.
    pub(crate) fn place(&self, of: Of, rule: usize) -> usize {
        self.places[of.place()][rule]
    }

    /// Whether the draft has the same rules, by text.
    pub fn is_same_text(&self) -> bool {
        self.entries.iter().all(|entry| entry.status == Status::Unchanged)
    }
}

impl Entry {
    /// The head that is shown: the draft's, which is to be judged.
    pub(crate) fn head(&self) -> &Head {
        let [current, draft] = &self.heads;
        draft.as_ref().or(current.as_ref()).expect("a rule is of one of the sets")
    }

    pub(crate) fn is_periodic(&self) -> bool {
        self.head().occasion == Occasion::Period
    }

    pub(crate) fn makes_tasks(&self, of: Of) -> bool {
        self.heads[of.place()].as_ref().is_some_and(|head| head.procedure.makes_tasks())
    }
}

fn ids(set: &RuleSet) -> Vec<&RuleId> {
    ids_of(set).collect()
}

fn ids_of(set: &RuleSet) -> impl Iterator<Item = &RuleId> {
    set.rules().iter().map(|rule| &rule.head.id)
}

/// A parameter that the draft has otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParameterChange {
    /// Its name.
    pub name: String,
    /// What it is now, where and since when; none where there is none.
    pub current: Option<String>,
    /// What it is in the draft.
    pub draft: Option<String>,
}

/// The parameters that differ in value, place or day, by name.
pub fn parameter_changes(current: &Parameters, draft: &Parameters) -> Vec<ParameterChange> {
    let mut names: Vec<&String> =
        current.iter().chain(draft.iter()).map(|parameter| &parameter.name).collect();
    names.sort();
    names.dedup();
    let said =
        |set: &Parameters, name: &str| set.iter().find(|parameter| parameter.name == name).map(written);
    let change = |name: &String| ParameterChange {
        name: name.clone(),
        current: said(current, name),
        draft: said(draft, name),
    };
    names.into_iter().map(change).filter(|change| change.current != change.draft).collect()
}

/// `5000; 320614102 6000; 320614 from 2026-01-01 5500`.
fn written(parameter: &Parameter) -> String {
    let values = parameter.values.iter().map(|value| {
        let area = value.area.as_str();
        let from = value.from.map_or(String::new(), |day| format!("from {day} "));
        format!("{}{from}{}", if area.is_empty() { String::new() } else { format!("{area} ") }, value.value)
    });
    values.collect::<Vec<_>>().join("; ")
}
