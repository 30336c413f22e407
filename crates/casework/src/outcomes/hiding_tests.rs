//! What is hidden cannot be worked out.

use proptest::prelude::*;

use super::*;

/// A total and its parts.
fn group(parts: &[u64]) -> Counts {
    let mut counts = Counts::default();
    let total = counts.add(parts.iter().sum());
    counts.is_wanted(total);
    let parts: Vec<No> = parts.iter().map(|part| counts.add(*part)).collect();
    counts.sum(total, parts);
    counts
}

/// The parts as they are shown.
fn shown(parts: &[u64]) -> Vec<Option<u64>> {
    let hidden = hide(&group(parts));
    parts.iter().zip(&hidden[1..]).map(|(part, hidden)| (!hidden).then_some(*part)).collect()
}

#[test]
fn the_smallest_of_the_others_hides_one_that_is_small() {
    assert_eq!(shown(&[5, 6, 100]), [Some(5), Some(6), Some(100)]);
    assert_eq!(shown(&[0, 6, 100]), [Some(0), Some(6), Some(100)]);
    assert_eq!(shown(&[4, 3, 100]), [None, None, Some(100)]);
    assert_eq!(shown(&[9, 4, 7]), [Some(9), None, None]);
    // Two that are hidden and come to two are one each: a third is hidden with them.
    assert_eq!(shown(&[1, 50, 1]), [None, None, None]);
    assert_eq!(shown(&[1, 50, 1, 70]), [None, None, None, Some(70)]);
    // "Under five" may be known of both, not "under four".
    assert_eq!(shown(&[1, 3, 60, 70]), [None, None, None, Some(70)]);
    assert_eq!(shown(&[1, 4, 60, 70]), [None, None, Some(60), Some(70)]);
    // Where all the others are zeros the total hides with it.
    assert_eq!(hide(&group(&[0, 3, 0])), [true, false, true, false]);
    assert_eq!(hide(&group(&[0, 30, 0])), [false; 4]);
    assert_eq!(hide(&group(&[])), [false]);
}

#[test]
fn what_is_the_same_is_hidden_alike() {
    let mut counts = group(&[9, 4, 7]);
    let (same, other) = (counts.add(7), counts.add(9));
    counts.same(same, 3);
    counts.same(other, 1);
    assert_eq!(hide(&counts), [false, false, true, true, true, false]);
}

/// A table with its margins, and the sums of it.
fn table(cells: &[Vec<u64>]) -> (Counts, Vec<Vec<No>>) {
    let mut counts = Counts::default();
    let mut nos: Vec<Vec<No>> =
        cells.iter().map(|row| row.iter().map(|cell| counts.add(*cell)).collect()).collect();
    for row in &mut nos {
        let total = row.iter().map(|no| counts.value(*no)).sum();
        let total = counts.add(total);
        counts.sum(total, row.clone());
        row.push(total);
    }
    let columns = nos[0].len();
    let mut margin = Vec::new();
    for column in 0..columns {
        let parts: Vec<No> = nos.iter().map(|row| row[column]).collect();
        let total = counts.add(parts.iter().map(|no| counts.value(*no)).sum());
        counts.is_wanted(total);
        counts.sum(total, parts);
        margin.push(total);
    }
    // As in a publication, where everybody is a group of their own.
    counts.sum(margin[columns - 1], margin[..columns - 1].to_vec());
    nos.push(margin);
    (counts, nos)
}

/// The least and the most that a hidden count can be, found by trying whole numbers with what is hidden at least 1.
struct Attack<'a> {
    counts: &'a Counts,
    hidden: &'a [bool],
    unknown: Vec<No>,
    most: u64,
    tries: u64,
}

impl Attack<'_> {
    /// Whether some numbers fit all sums, given some already.
    fn fits(&mut self, known: &mut Vec<Option<u64>>) -> Option<bool> {
        self.tries += 1;
        if self.tries > 10_000 {
            return None;
        }
        for Sum(all) in &self.counts.sums {
            let of = |no: &No| if self.hidden[*no] { known[*no] } else { Some(self.counts.value(*no)) };
            let sum: u64 = all[1..].iter().map(|no| of(no).unwrap_or(1)).sum();
            let open = all[1..].iter().any(|no| of(no).is_none());
            match of(&all[0]) {
                Some(total) if sum > total || (!open && sum != total) => return Some(false),
                None if sum > self.most => return Some(false),
                _ => {}
            }
        }
        let Some(next) = self.unknown.iter().find(|no| known[**no].is_none()).copied() else {
            return Some(true);
        };
        for value in 1..=self.most {
            known[next] = Some(value);
            match self.fits(known) {
                Some(false) => {}
                found => {
                    known[next] = None;
                    return found;
                }
            }
        }
        known[next] = None;
        Some(false)
    }
}

fn numbers() -> impl Strategy<Value = Vec<Vec<u64>>> {
    let cell = || prop_oneof![3 => Just(0_u64), 3 => 1..5_u64, 3 => 5..8_u64];
    (2..4_usize, 2..4_usize).prop_flat_map(move |(rows, columns)| {
        prop::collection::vec(prop::collection::vec(cell(), columns), rows)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    /// Whoever tries all whole numbers finds at least two for every hidden count, one of them not under four.
    #[test]
    fn of_a_table_nothing_hidden_is_found_by_trying(cells in numbers()) {
        let (counts, nos) = table(&cells);
        let hidden = hide(&counts);
        for no in nos.iter().flatten() {
            prop_assert!(hidden[*no] || !Counts::is_small(counts.value(*no)));
            prop_assert!(!hidden[*no] || counts.value(*no) > 0, "zeros are shown");
        }
        let unknown: Vec<No> = (0..hidden.len()).filter(|no| hidden[*no]).collect();
        let most = (0..hidden.len()).map(|no| counts.value(no)).max().unwrap_or(0) + 4;
        for no in unknown.clone() {
            let other = (1..=most).rev().filter(|value| *value != counts.value(no));
            let mut found = Vec::new();
            let mut gave_up = false;
            for value in other {
                let mut attack =
                    Attack { counts: &counts, hidden: &hidden, unknown: unknown.clone(), most, tries: 0 };
                let mut known = vec![None; hidden.len()];
                known[no] = Some(value);
                match attack.fits(&mut known) {
                    Some(true) => { found.push(value); break }
                    Some(false) => {}
                    None => gave_up = true,
                }
            }
            prop_assert!(gave_up || !found.is_empty(), "{:?}: {no} of {:?} is found", cells, hidden);
            let at_most = found.first().copied().unwrap_or(0).max(counts.value(no));
            prop_assert!(gave_up || at_most >= LEAST_BOUND, "{:?}: {no} is known to be small", cells);
        }
    }
}
