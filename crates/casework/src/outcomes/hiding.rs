//! Which counts of a publication are hidden: those under five, and as many more as it takes that none of them can be
//! worked out from what is shown.
//!
//! A publication is a set of counts and the sums that everybody knows to hold between them. Whoever reads it has an
//! equation for each sum, and knows that what is hidden is not 0, because zeros are shown. They must neither find one
//! hidden count by any combination of the equations, nor learn that it is under [`LEAST_BOUND`]. Where they would,
//! one of the counts that told them is hidden too, the smallest where nothing speaks for another, until they do not.
//!
//! Beyond sums nothing is guarded: a part that cannot be larger than a whole, or two groups that overlap, may narrow
//! down a hidden count, never find it.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

/// Counts under this are hidden.
const SHOWN_FROM: u64 = 5;
/// A bound for a hidden count that may be known: "under five" is what its being hidden says already.
const LEAST_BOUND: u64 = SHOWN_FROM - 1;
/// Bounds are narrowed so often, each time by those found before.
const PASSES: usize = 8;

/// Place of a count.
pub(super) type No = usize;

/// What is counted, and how it adds up.
#[derive(Debug, Default)]
pub(super) struct Counts {
    counts: Vec<Count>,
    sums: Vec<Sum>,
}

#[derive(Debug)]
struct Count {
    value: u64,
    /// Hidden in any case.
    is_secret: bool,
    /// Hidden only where no other would do: the larger, the later.
    reluctance: u8,
    /// Places of the sums that it stands in.
    sums: Vec<usize>,
}

/// One count that is the sum of others: the total is first.
#[derive(Debug)]
struct Sum(Vec<No>);

impl Counts {
    /// A count.
    pub fn add(&mut self, value: u64) -> No {
        let is_secret = Counts::is_small(value);
        self.counts.push(Count { value, is_secret, reluctance: 0, sums: Vec::new() });
        self.counts.len() - 1
    }

    /// Whether a count is hidden for its own sake.
    pub fn is_small(value: u64) -> bool {
        (1..SHOWN_FROM).contains(&value)
    }

    pub fn value(&self, no: No) -> u64 {
        self.counts[no].value
    }

    /// Hides a count in any case; a zero is shown all the same.
    pub fn keep_secret(&mut self, no: No) {
        self.counts[no].is_secret |= self.counts[no].value > 0;
    }

    /// Hides other counts before this one.
    pub fn is_wanted(&mut self, no: No) {
        self.counts[no].reluctance = 1;
    }

    /// Says that a count is the sum of others.
    pub fn sum(&mut self, total: No, parts: impl IntoIterator<Item = No>) {
        let all: Vec<No> = std::iter::once(total).chain(parts).collect();
        let of_parts: u64 = all[1..].iter().map(|no| self.value(*no)).sum();
        debug_assert_eq!(of_parts, self.value(total), "a sum that is none protects nothing");
        all.iter().for_each(|no| self.counts[*no].sums.push(self.sums.len()));
        self.sums.push(Sum(all));
    }

    /// Says that two counts are the same, so that none is shown where the other is hidden.
    pub fn same(&mut self, one: No, other: No) {
        self.sum(one, [other]);
    }
}

/// A hidden count of which a reader knows too much, and the counts that are shown and tell.
struct Leak {
    no: No,
    told_by: Vec<No>,
}

/// Which counts are hidden.
pub(super) fn hide(counts: &Counts) -> Vec<bool> {
    let mut hidden: Vec<bool> = counts.counts.iter().map(|count| count.is_secret).collect();
    let mut changed: Vec<No> = (0..hidden.len()).filter(|no| hidden[*no]).collect();
    while !changed.is_empty() {
        let (mut next, before) = (Vec::new(), hidden.clone());
        for connected in Connected::all(counts, &before, &changed) {
            for leak in connected.leaks(counts, &before) {
                // What was hidden for another may do for this one: the next round sees.
                if leak.told_by.iter().all(|no| !hidden[*no])
                    && let Some(no) = next_to_hide(counts, &hidden, &leak.told_by)
                {
                    hidden[no] = true;
                    next.push(no);
                }
            }
        }
        changed = next;
    }
    hidden
}

/// Of some counts that are shown the one to hide: one that stands alone as hidden in as few sums as can be, because it
/// would take others along there; then the smallest. A zero never is.
fn next_to_hide(counts: &Counts, hidden: &[bool], shown: &[No]) -> Option<No> {
    let is_alone = |sum: &&usize| !counts.sums[**sum].0.iter().any(|no| hidden[*no]);
    let alone = |no: No| counts.counts[no].sums.iter().filter(is_alone).count();
    let some = shown.iter().copied().filter(|no| counts.value(*no) > 0);
    some.min_by_key(|no| (counts.counts[*no].reluctance, alone(*no), counts.value(*no), *no))
}

/// Hidden counts that stand in sums together, directly or by others: what is known of one may tell another.
struct Connected {
    hidden: Vec<No>,
    /// The sums in which they stand.
    sums: Vec<usize>,
}

impl Connected {
    /// All that hold one of these counts.
    fn all(counts: &Counts, hidden: &[bool], of: &[No]) -> Vec<Connected> {
        let (mut seen, mut seen_sum) = (vec![false; hidden.len()], vec![false; counts.sums.len()]);
        let mut found = Vec::new();
        for first in of {
            if std::mem::replace(&mut seen[*first], true) {
                continue;
            }
            let mut connected = Connected { hidden: vec![*first], sums: Vec::new() };
            let mut at = 0;
            while at < connected.hidden.len() {
                for sum in &counts.counts[connected.hidden[at]].sums {
                    if std::mem::replace(&mut seen_sum[*sum], true) {
                        continue;
                    }
                    connected.sums.push(*sum);
                    for no in counts.sums[*sum].0.iter().filter(|no| hidden[**no]) {
                        if !std::mem::replace(&mut seen[*no], true) {
                            connected.hidden.push(*no);
                        }
                    }
                }
                at += 1;
            }
            found.push(connected);
        }
        found
    }

    /// Those of which a reader knows too much, the smallest first.
    fn leaks(&self, counts: &Counts, hidden: &[bool]) -> Vec<Leak> {
        let equations = self.equations(counts, hidden);
        let is_hidden = |no: &No| hidden[*no];
        let mut leaks: Vec<Leak> = Vec::new();
        for equation in &equations {
            let (of_hidden, shown): (Vec<No>, Vec<No>) =
                equation.iter().map(|(no, _)| *no).partition(is_hidden);
            if let [no] = of_hidden[..] {
                leaks.push(Leak { no, told_by: shown });
            }
        }
        for no in self.bounded(counts, hidden, &equations) {
            if leaks.iter().all(|leak| leak.no != no) {
                let with_it =
                    equations.iter().filter(|equation| equation.iter().any(|(other, _)| *other == no));
                let mut told_by = shown_in(with_it, hidden);
                if told_by.iter().all(|no| counts.value(*no) == 0) {
                    // The bound comes from further away.
                    told_by = shown_in(equations.iter(), hidden);
                }
                leaks.push(Leak { no, told_by });
            }
        }
        leaks.sort_by_key(|leak| (counts.value(leak.no), leak.no));
        leaks
    }

    /// The sums, and what follows from them: reduced by the hidden columns, so that a hidden count that is determined
    /// is the only one in some row.
    fn equations(&self, counts: &Counts, hidden: &[bool]) -> Vec<Equation> {
        let sums = self.sums.iter().map(|sum| &counts.sums[*sum].0);
        let shown: BTreeSet<No> = sums.clone().flatten().copied().filter(|no| !hidden[*no]).collect();
        let all: Vec<No> = self.hidden.iter().copied().chain(shown).collect();
        let columns: FxHashMap<No, usize> = all.iter().enumerate().map(|(at, no)| (*no, at)).collect();
        let (mut equations, mut rows) = (Vec::new(), Vec::new());
        for of_sum in sums {
            let sign = |at: usize| if at == 0 { -1 } else { 1 };
            let equation: Equation = of_sum.iter().enumerate().map(|(at, no)| (*no, sign(at))).collect();
            let mut row = vec![0; all.len()];
            equation.iter().for_each(|(no, factor)| row[columns[no]] = field::of(*factor));
            equations.push(equation);
            rows.push(row);
        }
        field::reduce(&mut rows, self.hidden.len());
        let follow = rows.iter().map(|row| {
            let factors = row.iter().enumerate().filter(|(_, factor)| **factor != 0);
            factors.map(|(at, factor)| (all[at], field::signed(*factor))).collect::<Equation>()
        });
        equations.extend(follow.filter(|equation| !equation.is_empty()));
        equations
    }

    /// Those of which the equations leave only a small range.
    fn bounded(&self, counts: &Counts, hidden: &[bool], equations: &[Equation]) -> Vec<No> {
        let mut ranges: FxHashMap<No, Range> = self.hidden.iter().map(|no| (*no, Range::HIDDEN)).collect();
        for _ in 0..PASSES {
            for equation in equations.iter().filter(|of| of.iter().all(|(_, factor)| factor.abs() <= LARGEST))
            {
                let scaled = |(no, factor): &(No, i64)| match hidden[*no] {
                    true => ranges[no].times(*factor),
                    false => Range::exactly(counts.value(*no)).times(*factor),
                };
                let terms: Vec<Range> = equation.iter().map(scaled).collect();
                let unbounded =
                    |side: fn(&Range) -> i64| terms.iter().filter(|term| side(term).abs() >= FAR).count();
                let (lows, highs) = (unbounded(|term| term.low), unbounded(|term| term.high));
                let low: i64 = terms.iter().map(|term| term.low).filter(|low| low.abs() < FAR).sum();
                let high: i64 = terms.iter().map(|term| term.high).filter(|high| high.abs() < FAR).sum();
                for ((no, factor), term) in equation.iter().zip(&terms).filter(|((no, _), _)| hidden[*no]) {
                    // The others come to what this one lacks of 0.
                    let others_low = match (lows, term.low.abs() >= FAR) {
                        (0, _) => low - term.low,
                        (1, true) => low,
                        _ => -FAR,
                    };
                    let others_high = match (highs, term.high.abs() >= FAR) {
                        (0, _) => high - term.high,
                        (1, true) => high,
                        _ => FAR,
                    };
                    let range = Range { low: -others_high, high: -others_low };
                    ranges.entry(*no).and_modify(|known| known.narrow(range, *factor));
                }
            }
        }
        let told = |no: &&No| ranges[*no].low == ranges[*no].high || ranges[*no].high < LEAST_BOUND as i64;
        self.hidden.iter().filter(told).copied().collect()
    }
}

fn shown_in<'e>(equations: impl Iterator<Item = &'e Equation>, hidden: &[bool]) -> Vec<No> {
    equations.flatten().map(|(no, _)| *no).filter(|no| !hidden[*no]).collect()
}

/// Counts with factors, which come to 0.
type Equation = Vec<(No, i64)>;

/// What a reader knows of a hidden count, or of a multiple of one.
#[derive(Clone, Copy)]
struct Range {
    low: i64,
    high: i64,
}

/// Stands for no bound.
const FAR: i64 = i64::MAX / 4;
/// Equations with larger factors than this narrow down nothing here.
const LARGEST: i64 = 4;

impl Range {
    /// Zeros are shown.
    const HIDDEN: Range = Range { low: 1, high: FAR };

    fn exactly(value: u64) -> Range {
        let value = i64::try_from(value).unwrap_or(FAR - 1);
        Range { low: value, high: value }
    }

    fn times(self, factor: i64) -> Range {
        let of = |bound: i64| {
            if bound.abs() >= FAR { bound.signum() * factor.signum() * FAR } else { bound * factor }
        };
        let (one, other) = (of(self.low), of(self.high));
        Range { low: one.min(other), high: one.max(other) }
    }

    /// Takes in what is known of the count times a factor.
    fn narrow(&mut self, Range { low, high }: Range, factor: i64) {
        let (low, high) = if factor < 0 { (-high, -low) } else { (low, high) };
        if low > -FAR {
            self.low =
                self.low.max(low.div_euclid(factor.abs()) + i64::from(low.rem_euclid(factor.abs()) > 0));
        }
        if high < FAR {
            self.high = self.high.min(high.div_euclid(factor.abs()));
        }
    }
}

/// Equations over the numbers modulo a prime. Coefficients are 0, 1 and -1, and what determines a count here does so
/// among the rational numbers; exact, and without fractions.
mod field {
    const PRIME: u64 = (1 << 31) - 1;

    /// A factor as it is here.
    pub fn of(factor: i64) -> u64 {
        factor.rem_euclid(PRIME as i64) as u64
    }

    /// The factor of the least size that is this one here.
    pub fn signed(factor: u64) -> i64 {
        if factor > PRIME / 2 { factor as i64 - PRIME as i64 } else { factor as i64 }
    }

    fn minus(one: u64, other: u64) -> u64 {
        (one + PRIME - other) % PRIME
    }

    fn inverse(number: u64) -> u64 {
        let (mut result, mut base, mut exponent) = (1, number, PRIME - 2);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = result * base % PRIME;
            }
            base = base * base % PRIME;
            exponent >>= 1;
        }
        result
    }

    /// Reduced row echelon form of the first columns; the others are carried along.
    pub fn reduce(rows: &mut [Vec<u64>], columns: usize) {
        let mut done = 0;
        for column in 0..columns {
            let Some(pivot) = (done..rows.len()).find(|row| rows[*row][column] != 0) else { continue };
            rows.swap(done, pivot);
            let factor = inverse(rows[done][column]);
            rows[done].iter_mut().for_each(|value| *value = *value * factor % PRIME);
            let row = std::mem::take(&mut rows[done]);
            for other in rows.iter_mut().filter(|other| !other.is_empty() && other[column] != 0) {
                let factor = other[column];
                for (value, of_pivot) in other.iter_mut().zip(&row).filter(|(_, of_pivot)| **of_pivot != 0) {
                    *value = minus(*value, factor * of_pivot % PRIME);
                }
            }
            rows[done] = row;
            done += 1;
        }
    }
}

#[cfg(test)]
#[path = "hiding_tests.rs"]
mod tests;
