//! Counting items and the people whom they flag, with nothing hidden yet.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use sanzao_model::{Day, Item, ItemId, Procedure, RuleId, SubjectId};

use super::cell::Cell;
use super::population::{Entry, Population};
use super::standing::Standing;

/// What is counted. It says nothing but [`Outcomes::published`]: everything else would be told of few people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcomes {
    pub(super) day: Day,
    /// Every group, in the order in which they are shown.
    pub(super) cells: Vec<Cell>,
    pub(super) residents: BTreeMap<Cell, u64>,
    /// Residents whom some rule flags.
    pub(super) flagged: BTreeMap<Cell, u64>,
    pub(super) rules: Vec<OfRule>,
}

/// What is counted of a rule's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OfRule {
    pub rule: RuleId,
    pub version: u32,
    pub procedure: Procedure,
    pub title: String,
    /// Items, by where they stand.
    pub items: BTreeMap<Standing, u64>,
    /// Items about no resident.
    pub elsewhere: u64,
    /// Residents flagged, by group and by where they stand.
    pub people: BTreeMap<(Cell, Standing), u64>,
}

/// What an item says of those whom it flags.
#[derive(Clone, Copy)]
struct Flag {
    /// Place of rule and version.
    rule: usize,
    standing: Standing,
    /// The newest is the greatest.
    newness: (Day, ItemId),
}

/// Residents by place of the rule, place of their traits, and where they stand.
type People = FxHashMap<(usize, u32, Standing), u64>;

/// The items of a count.
struct Items {
    rules: Vec<OfRule>,
    by_subject: FxHashMap<SubjectId, Vec<Flag>>,
}

impl Outcomes {
    /// Counts items opened until the day of the population.
    pub fn of<'i>(items: impl IntoIterator<Item = &'i Item>, population: &Population) -> Outcomes {
        let mut items = Items::of(items.into_iter().filter(|item| item.opened_on <= population.day()));
        let (people, flagged) = items.flag(population);
        let mut cells: BTreeSet<Cell> = Cell::always().collect();
        let (mut residents, mut by_any) = (BTreeMap::new(), BTreeMap::new());
        for ((traits, count), flagged) in population.traits.iter().zip(flagged) {
            for cell in traits.cells() {
                cells.insert(cell);
                *residents.entry(cell).or_default() += count;
                *by_any.entry(cell).or_default() += flagged;
            }
        }
        for ((rule, traits, standing), count) in people {
            for cell in population.traits[traits as usize].0.cells() {
                *items.rules[rule].people.entry((cell, standing)).or_default() += count;
            }
        }
        Outcomes {
            day: population.day(),
            cells: cells.into_iter().collect(),
            residents,
            flagged: by_any,
            rules: items.rules,
        }
    }
}

impl Items {
    fn of<'i>(items: impl Iterator<Item = &'i Item>) -> Items {
        let items: Vec<&Item> = items.collect();
        let mut newest: BTreeMap<(&RuleId, u32), &Item> = BTreeMap::new();
        for item in &items {
            let known = newest.entry((&item.rule, item.version)).or_insert(item);
            if newness(known) < newness(item) {
                *known = item;
            }
        }
        let places: FxHashMap<(&RuleId, u32), usize> =
            newest.keys().enumerate().map(|(place, key)| (*key, place)).collect();
        let mut rules: Vec<OfRule> = newest.values().map(|item| OfRule::named_by(item)).collect();
        let mut by_subject: FxHashMap<SubjectId, Vec<Flag>> = FxHashMap::default();
        for item in &items {
            let (rule, standing) = (places[&(&item.rule, item.version)], Standing::of(&item.state));
            *rules[rule].items.entry(standing).or_default() += 1;
            by_subject.entry(item.subject).or_default().push(Flag { rule, standing, newness: newness(item) });
        }
        Items { rules, by_subject }
    }

    /// Residents whom rules flag, and those whom any rule flags by traits.
    fn flag(&mut self, population: &Population) -> (People, Vec<u64>) {
        let mut people = People::default();
        let mut flagged = vec![0; population.traits.len()];
        let mut reached: FxHashSet<SubjectId> = FxHashSet::default();
        let formerly = self.formerly(population);
        let mut theirs: Vec<Flag> = Vec::new();
        for (at, entry) in population.people.iter().enumerate() {
            let former = formerly.get(&at).map_or(&[][..], Vec::as_slice);
            for subject in subjects(entry).into_iter().chain(former.iter().copied()) {
                if let Some(flags) = self.by_subject.get(&subject) {
                    theirs.extend(flags);
                    reached.insert(subject);
                }
            }
            flagged[entry.traits as usize] += u64::from(!theirs.is_empty());
            theirs.sort_unstable_by_key(|flag| (flag.rule, flag.newness));
            for of_rule in theirs.chunk_by(|one, next| one.rule == next.rule) {
                if let Some(newest) = of_rule.last() {
                    *people.entry((newest.rule, entry.traits, newest.standing)).or_default() += 1;
                }
            }
            theirs.clear();
        }
        for (_, flags) in self.by_subject.iter().filter(|(subject, _)| !reached.contains(subject)) {
            flags.iter().for_each(|flag| self.rules[flag.rule].elsewhere += 1);
        }
        (people, flagged)
    }

    /// The former numbers that items are about, by the place of whose they are.
    fn formerly(&self, population: &Population) -> FxHashMap<usize, Vec<SubjectId>> {
        let mut found: FxHashMap<usize, Vec<SubjectId>> = FxHashMap::default();
        for (former, at) in &population.formerly {
            let subject = SubjectId::Person(*former);
            if self.by_subject.contains_key(&subject) {
                found.entry(*at).or_default().push(subject);
            }
        }
        found
    }
}

impl OfRule {
    fn named_by(item: &Item) -> OfRule {
        OfRule {
            rule: item.rule.clone(),
            version: item.version,
            procedure: item.procedure,
            title: item.title.clone(),
            items: BTreeMap::new(),
            elsewhere: 0,
            people: BTreeMap::new(),
        }
    }

    /// The standings that its items may have: those of alerts, of tasks, or of both, should it have been changed.
    pub fn standings(&self) -> Vec<Standing> {
        let of_tasks: BTreeSet<bool> = self.items.keys().map(|standing| standing.is_of_tasks()).collect();
        Standing::ALL.into_iter().filter(|standing| of_tasks.contains(&standing.is_of_tasks())).collect()
    }
}

fn newness(item: &Item) -> (Day, ItemId) {
    (item.opened_on, item.id)
}

fn subjects(entry: &Entry) -> [SubjectId; 2] {
    [SubjectId::Person(entry.person), SubjectId::Household(entry.household)]
}
