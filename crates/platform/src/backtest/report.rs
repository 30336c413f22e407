//! What a back-test tells, by rule, town and week.

use std::collections::{BTreeMap, BTreeSet};

use sanzao_model::{Day, RuleId};
use serde::Serialize;

use super::line_up::{Entry, Status};
use super::tally::{Cell, Tally, Track, town};
use super::{Caseworkers, Of, ParameterChange};

/// What was compared, and when.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// Whose people, six digits.
    pub bureau: String,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// The days that were evaluated.
    pub days: Vec<Day>,
    /// Up to where the log was read: what is known now is known of every day.
    pub facts_upto: u64,
    /// The set in force.
    pub current: Version,
    /// The draft.
    pub draft: Version,
    /// Parameters that differ.
    pub parameters: Vec<ParameterChange>,
}

/// A set of rules with its parameters.
#[derive(Debug, Clone, Serialize)]
pub struct Version {
    /// Where the rules are from.
    pub rules: String,
    /// Where the parameters are from.
    pub parameters: String,
    /// Hash of the rules.
    pub rules_hash: String,
    /// Hash of the parameters.
    pub parameters_hash: String,
}

/// Two numbers: of the current set and of the draft.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
#[allow(missing_docs)]
pub struct Pair<T> {
    pub current: T,
    pub draft: T,
}

/// What was counted of a rule, a town, or all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Counts {
    /// Found on the first day.
    pub at_start: Pair<u64>,
    /// Found on the last day.
    pub at_end: Pair<u64>,
    /// Items found on any day.
    pub found: Pair<u64>,
    /// Found on a day and not on the one evaluated before; the first day's are not among them.
    pub opened: Pair<u64>,
    /// Found on a day and no more on the one evaluated after.
    pub gone: Pair<u64>,
    /// Items that only the draft found, on any day: newly raised.
    pub only_draft: u64,
    /// Items that only the current set found, on any day: would not be raised.
    pub only_current: u64,
    /// Items that both found on one day with other values, or due on another day.
    pub other_values: u64,
    /// Found on the last day by the draft alone: what would open at once if it came into force then.
    pub opens_at_once: u64,
    /// Found on the last day by the current set alone: what would be withdrawn at once.
    pub withdrawn_at_once: u64,
}

impl Eq for Pair<u64> {}

/// A rule that said nothing on some days.
#[derive(Debug, Clone, Serialize)]
pub struct Unknown {
    /// In which set.
    pub of: Of,
    /// On which days.
    pub days: Vec<Day>,
    /// Why, the first time.
    pub reason: String,
}

/// One rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleReport {
    /// Its id.
    pub rule: RuleId,
    /// Its Chinese title, as the draft has it.
    pub title: String,
    /// What the draft makes of it.
    pub status: Status,
    /// `alerts` or `tasks`.
    pub makes: &'static str,
    /// What is found ends with a period, whatever was done.
    pub periodic: bool,
    /// When it failed. What failed is unknown, and not none.
    pub unknown: Vec<Unknown>,
    /// What was counted; null where it is unknown.
    pub counts: Option<Counts>,
    /// The same by town; empty where it is unknown.
    pub towns: BTreeMap<String, Counts>,
}

/// One town, all rules that are known.
#[derive(Debug, Clone, Serialize)]
pub struct TownReport {
    /// First nine digits of the division, or `unknown`.
    pub town: String,
    /// What was counted.
    pub counts: Counts,
    /// How many caseworkers it has, if that was said.
    pub caseworkers: Option<u32>,
    /// Items opened for each of them in a week, on average.
    pub per_caseworker_week: Option<Pair<f64>>,
}

/// One week, all rules that are known.
#[derive(Debug, Clone, Serialize)]
pub struct WeekReport {
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// Alerts opened.
    pub alerts: Pair<u64>,
    /// Tasks opened.
    pub tasks: Pair<u64>,
    /// Alerts and tasks for each caseworker, in the days that the week has.
    pub per_caseworker: Option<Pair<f64>>,
}

/// Everything.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What was compared.
    #[serde(flatten)]
    pub frame: Frame,
    /// The draft finds, on every evaluated day, what the current set finds, and everything is known.
    pub same: bool,
    /// All rules that are known.
    pub total: Counts,
    /// How many caseworkers there are, if that was said.
    pub caseworkers: Option<u32>,
    /// Items opened for each of them in a week, on average.
    pub per_caseworker_week: Option<Pair<f64>>,
    /// By rule.
    pub rules: Vec<RuleReport>,
    /// By town.
    pub towns: Vec<TownReport>,
    /// By week.
    pub weeks: Vec<WeekReport>,
}

/// Sums up by rule and town.
type Sums = BTreeMap<(usize, String), Counts>;

impl Report {
    /// Sums up what was counted.
    pub fn new(frame: Frame, tally: &Tally, caseworkers: Option<&Caseworkers>) -> Report {
        let sums = sums(tally);
        let known = |rule: &usize| !tally.is_unknown(*rule);
        let all = || sums.iter().filter(|((rule, _), _)| known(rule));
        let total = all().fold(Counts::default(), |total, (_, counts)| total.and(counts));
        let names: BTreeSet<&String> = all().map(|((_, town), _)| town).collect();
        let length_weeks = tally.steps.length_weeks();
        let per = |counts: &Counts, number: Option<u32>| {
            let share = |opened: u64| opened as f64 / length_weeks / f64::from(number.unwrap_or(1));
            number.filter(|_| length_weeks > 0.0).map(|_| counts.opened.map(share))
        };
        let town = |name: &String| {
            let counts = all().filter(|((_, town), _)| town == name);
            let counts = counts.fold(Counts::default(), |sum, (_, counts)| sum.and(counts));
            let number = caseworkers.and_then(|caseworkers| caseworkers.of(name));
            let per_caseworker_week = per(&counts, number);
            TownReport { town: name.clone(), counts, caseworkers: number, per_caseworker_week }
        };
        let number = caseworkers.map(Caseworkers::total);
        let entries = tally.line_up.entries.iter().enumerate();
        Report {
            frame,
            caseworkers: number,
            per_caseworker_week: per(&total, number),
            rules: entries.map(|(place, entry)| rule(tally, &sums, place, entry)).collect(),
            towns: names.into_iter().map(town).collect(),
            weeks: weeks(tally, number),
            same: tally.failures.is_empty() && tally.items.values().all(Track::is_same) && !total.differs(),
            total,
        }
    }

    /// Whether some rule could not be evaluated.
    pub fn is_partly_unknown(&self) -> bool {
        self.rules.iter().any(|rule| !rule.unknown.is_empty())
    }
}

impl RuleReport {
    /// Whether the draft finds anything else, as far as it is known.
    pub(crate) fn differs(&self) -> bool {
        self.counts.as_ref().is_some_and(Counts::differs)
    }
}

impl<T: Copy> Pair<T> {
    pub(crate) fn map<U>(self, each: impl Fn(T) -> U) -> Pair<U> {
        Pair { current: each(self.current), draft: each(self.draft) }
    }

    fn of(both: [T; 2]) -> Pair<T> {
        Pair { current: both[0], draft: both[1] }
    }
}

impl Pair<u64> {
    pub(crate) fn and(self, other: Pair<u64>) -> Pair<u64> {
        Pair { current: self.current + other.current, draft: self.draft + other.draft }
    }
}

impl Counts {
    /// Whether anything is different in the draft.
    fn differs(&self) -> bool {
        let pairs = [self.at_start, self.at_end, self.found, self.opened, self.gone];
        pairs.iter().any(|pair| pair.current != pair.draft)
            || self.only_draft + self.only_current + self.other_values > 0
    }

    #[must_use]
    fn and(self, other: &Counts) -> Counts {
        Counts {
            at_start: self.at_start.and(other.at_start),
            at_end: self.at_end.and(other.at_end),
            found: self.found.and(other.found),
            opened: self.opened.and(other.opened),
            gone: self.gone.and(other.gone),
            only_draft: self.only_draft + other.only_draft,
            only_current: self.only_current + other.only_current,
            other_values: self.other_values + other.other_values,
            opens_at_once: self.opens_at_once + other.opens_at_once,
            withdrawn_at_once: self.withdrawn_at_once + other.withdrawn_at_once,
        }
    }
}

/// Events are counted where they happened, items where they were last.
fn sums(tally: &Tally) -> Sums {
    let mut sums = Sums::new();
    for (key, Cell { at_start, opened, gone }) in &tally.cells {
        let counts = sums.entry(key.clone()).or_default();
        counts.at_start = Pair::of(*at_start);
        counts.opened = Pair::of([0, 1].map(|side: usize| opened[side].values().sum()));
        counts.gone = Pair::of(*gone);
    }
    for ((rule, ..), item) in &tally.items {
        let counts = sums.entry((*rule, town(item.division))).or_default();
        let found = item.days.map(|days| u64::from(days > 0));
        let here = item.here.map(u64::from);
        counts.found = counts.found.and(Pair::of(found));
        counts.at_end = counts.at_end.and(Pair::of(here));
        counts.only_current += found[0] & (1 - found[1]);
        counts.only_draft += found[1] & (1 - found[0]);
        counts.other_values += u64::from(item.has_other_values);
        counts.withdrawn_at_once += here[0] & (1 - here[1]);
        counts.opens_at_once += here[1] & (1 - here[0]);
    }
    sums
}

fn rule(tally: &Tally, sums: &Sums, place: usize, entry: &Entry) -> RuleReport {
    let unknown = |of| {
        let failure = tally.failures.get(&(place, of))?;
        Some(Unknown { of, days: failure.days.clone(), reason: failure.reason.clone() })
    };
    let is_known = !tally.is_unknown(place);
    let own = sums.iter().filter(|((rule, _), _)| *rule == place && is_known);
    let towns: BTreeMap<String, Counts> =
        own.map(|((_, town), counts)| (town.clone(), counts.clone())).collect();
    RuleReport {
        rule: entry.id.clone(),
        title: entry.head().title.clone(),
        status: entry.status,
        makes: if entry.head().procedure.makes_tasks() { "tasks" } else { "alerts" },
        periodic: entry.is_periodic(),
        unknown: Of::BOTH.into_iter().filter_map(unknown).collect(),
        counts: is_known.then(|| towns.values().fold(Counts::default(), Counts::and)),
        towns,
    }
}

fn weeks(tally: &Tally, caseworkers: Option<u32>) -> Vec<WeekReport> {
    let week = |(week, (from, to)): (usize, (Day, Day))| {
        let opened = |tasks: bool| {
            let mut sum = [0; 2];
            for ((rule, _), cell) in tally.cells.iter().filter(|((rule, _), _)| !tally.is_unknown(*rule)) {
                for of in
                    Of::BOTH.into_iter().filter(|of| tally.line_up.entries[*rule].makes_tasks(*of) == tasks)
                {
                    sum[of.place()] += cell.opened[of.place()].get(&week).copied().unwrap_or(0);
                }
            }
            Pair::of(sum)
        };
        let (alerts, tasks) = (opened(false), opened(true));
        let share = |number: u32| alerts.and(tasks).map(|opened: u64| opened as f64 / f64::from(number));
        WeekReport { from, to, alerts, tasks, per_caseworker: caseworkers.map(share) }
    };
    tally.steps.weeks().into_iter().enumerate().map(week).collect()
}
