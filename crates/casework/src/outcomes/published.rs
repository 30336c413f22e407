//! What is published: every count, or that it is hidden.

use std::collections::BTreeMap;

use sanzao_model::{Day, Procedure, RuleId};
use serde::{Deserialize, Serialize};

use super::cell::Cell;
use super::count::{OfRule, Outcomes};
use super::hiding::{Counts, No, hide};
use super::standing::Standing;

/// What may be shown to anybody. A count that is none is hidden: it is under five, or would tell one that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeTable {
    /// The day of the residents and of where the items stand.
    pub day: Day,
    /// All residents by group: flagged by any rule, or not by any at all. Without standings.
    pub everybody: Vec<Row>,
    /// By rule and version.
    pub rules: Vec<RuleTable>,
}

/// What came of a version of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTable {
    /// The rule.
    pub rule: RuleId,
    /// Its version.
    pub version: u32,
    /// What it starts.
    pub procedure: Procedure,
    /// Its Chinese title.
    pub title: String,
    /// Alerts or tasks of it.
    pub items: Option<u64>,
    /// Of them, those about nobody who is a resident.
    pub not_among_residents: Option<u64>,
    /// Items by where they stand.
    pub standings: Vec<(Standing, Option<u64>)>,
    /// Residents by group.
    pub rows: Vec<Row>,
}

/// The residents of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The group.
    pub cell: Cell,
    /// How many they are.
    pub residents: Option<u64>,
    /// Of them, those flagged.
    pub flagged: Option<u64>,
    /// The others.
    pub not_flagged: Option<u64>,
    /// The flagged, by where they stand.
    pub standings: Vec<(Standing, Option<u64>)>,
}

/// How many of a thousand residents a count is, in hundredths; none where either is hidden or there is nobody.
pub fn per_thousand(count: Option<u64>, residents: Option<u64>) -> Option<f64> {
    let residents = residents.filter(|residents| *residents > 0)?;
    Some((count? as f64 * 100_000.0 / residents as f64).round() / 100.0)
}

/// Every count of a publication with its place among those that are hidden together.
///
/// People who are not flagged are no counts of their own: they are the residents less those flagged. So they are
/// hidden where either is, and where they are few those flagged are hidden.
struct Sheet {
    counts: Counts,
    residents: BTreeMap<Cell, No>,
    flagged: BTreeMap<Cell, No>,
    rules: Vec<OfRuleSheet>,
}

struct OfRuleSheet {
    items: No,
    elsewhere: No,
    by_standing: BTreeMap<Standing, No>,
    flagged: BTreeMap<Cell, No>,
    people: BTreeMap<(Cell, Standing), No>,
}

impl Outcomes {
    /// What may be shown to anybody.
    pub fn published(&self) -> OutcomeTable {
        let sheet = Sheet::of(self);
        let hidden = hide(&sheet.counts);
        let show = |no: No| (!hidden[no]).then(|| sheet.counts.value(no));
        let row = |cell: Cell, flagged: No, standings: Vec<(Standing, Option<u64>)>| {
            let residents = sheet.residents[&cell];
            let others = || sheet.counts.value(residents) - sheet.counts.value(flagged);
            let not_flagged = (!hidden[residents] && !hidden[flagged]).then(others);
            Row { cell, residents: show(residents), flagged: show(flagged), not_flagged, standings }
        };
        let rules = self.rules.iter().zip(&sheet.rules).map(|(of, nos)| {
            let standings = of.standings();
            let people = |cell| standings.iter().map(|at| (*at, show(nos.people[&(cell, *at)]))).collect();
            RuleTable {
                rule: of.rule.clone(),
                version: of.version,
                procedure: of.procedure,
                title: of.title.clone(),
                items: show(nos.items),
                not_among_residents: show(nos.elsewhere),
                standings: nos.by_standing.iter().map(|(standing, no)| (*standing, show(*no))).collect(),
                rows: self.cells.iter().map(|cell| row(*cell, nos.flagged[cell], people(*cell))).collect(),
            }
        });
        let everybody = self.cells.iter().map(|cell| row(*cell, sheet.flagged[cell], Vec::new()));
        OutcomeTable { day: self.day, everybody: everybody.collect(), rules: rules.collect() }
    }
}

impl Sheet {
    fn of(outcomes: &Outcomes) -> Sheet {
        let mut counts = Counts::default();
        let of = |by: &BTreeMap<Cell, u64>, cell: &Cell| by.get(cell).copied().unwrap_or(0);
        let cells = &outcomes.cells;
        let residents: BTreeMap<Cell, No> =
            cells.iter().map(|cell| (*cell, counts.add(of(&outcomes.residents, cell)))).collect();
        let flagged: BTreeMap<Cell, No> =
            cells.iter().map(|cell| (*cell, counts.add(of(&outcomes.flagged, cell)))).collect();
        across(&mut counts, &residents);
        across(&mut counts, &flagged);
        let mut sheet = Sheet { counts, residents, flagged, rules: Vec::new() };
        sheet.guard_others(&sheet.flagged.clone());
        for rule in &outcomes.rules {
            let of_rule = sheet.of_rule(cells, rule);
            sheet.guard_others(&of_rule.flagged);
            // Where one rule flags all who are flagged, the one count is the other.
            for (cell, no) in &of_rule.flagged {
                sheet.same_if_equal(*no, sheet.flagged[cell]);
            }
            sheet.rules.push(of_rule);
        }
        sheet
    }

    fn of_rule(&mut self, cells: &[Cell], rule: &OfRule) -> OfRuleSheet {
        let counts = &mut self.counts;
        let standings = rule.standings();
        let mut people: BTreeMap<(Cell, Standing), No> = BTreeMap::new();
        let mut flagged: BTreeMap<Cell, No> = BTreeMap::new();
        for cell in cells {
            for at in &standings {
                let count = rule.people.get(&(*cell, *at)).copied().unwrap_or(0);
                people.insert((*cell, *at), counts.add(count));
            }
            let parts: Vec<No> = standings.iter().map(|at| people[&(*cell, *at)]).collect();
            let total = parts.iter().map(|no| counts.value(*no)).sum();
            let total = counts.add(total);
            counts.sum(total, parts);
            flagged.insert(*cell, total);
        }
        across(counts, &flagged);
        for at in &standings {
            across(counts, &cells.iter().map(|cell| (*cell, people[&(*cell, *at)])).collect());
        }
        let mut by_standing: BTreeMap<Standing, No> = BTreeMap::new();
        for at in &standings {
            by_standing.insert(*at, counts.add(rule.items.get(at).copied().unwrap_or(0)));
        }
        let items = counts.add(rule.items.values().sum());
        counts.sum(items, by_standing.values().copied());
        let elsewhere = counts.add(rule.elsewhere);
        // Whoever guesses that each person has one item finds the one by the other: where the numbers say so, too,
        // they are hidden together.
        let all = flagged[&Cell::All];
        if counts.value(items) == counts.value(elsewhere) + counts.value(all) {
            counts.sum(items, [elsewhere, all]);
        }
        for at in &standings {
            self.same_if_equal(by_standing[at], people[&(Cell::All, *at)]);
        }
        OfRuleSheet { items, elsewhere, by_standing, flagged, people }
    }

    /// Hides how many are flagged where few are not.
    fn guard_others(&mut self, flagged: &BTreeMap<Cell, No>) {
        for (cell, no) in flagged {
            let others = self.counts.value(self.residents[cell]) - self.counts.value(*no);
            if Counts::is_small(others) {
                self.counts.keep_secret(*no);
            }
        }
    }

    fn same_if_equal(&mut self, one: No, other: No) {
        if self.counts.value(one) == self.counts.value(other) && self.counts.value(one) > 0 {
            self.counts.same(one, other);
        }
    }
}

/// Says that everybody is the sum of the groups of each dimension.
fn across(counts: &mut Counts, by_cell: &BTreeMap<Cell, No>) {
    let all = by_cell[&Cell::All];
    counts.is_wanted(all);
    let mut dimensions: BTreeMap<&str, Vec<No>> = BTreeMap::new();
    for (cell, no) in by_cell.iter().filter(|(cell, _)| **cell != Cell::All) {
        dimensions.entry(cell.dimension()).or_default().push(*no);
    }
    for parts in dimensions.into_values() {
        counts.sum(all, parts);
    }
}
