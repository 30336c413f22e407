use proptest::prelude::*;

use super::ClaimFilter;

/// What owners and others do to one stream.
#[derive(Debug, Clone)]
enum Step {
    /// Owner takes the stream.
    Claim(usize),
    /// Owner appends under the last claim that it got, superseded or not.
    Append(usize),
    /// Somebody appends without a claim.
    Unclaimed,
}

/// The claims of the records that the steps leave, by offset.
fn log(steps: &[Step]) -> Vec<u64> {
    let mut held = [0; 3];
    let mut log = Vec::new();
    for step in steps {
        match *step {
            Step::Claim(owner) => {
                held[owner] = log.len() as u64 + 1;
                log.push(held[owner]);
            }
            Step::Append(owner) if held[owner] > 0 => log.push(held[owner]),
            Step::Append(_) | Step::Unclaimed => log.push(0),
        }
    }
    log
}

/// The definition: a record counts unless it is a claim record, or carries a claim lower than that of a claim record
/// before it.
fn counts(log: &[u64], offset: usize) -> bool {
    let is_claim = |o: usize| log[o] == o as u64 + 1;
    let fenced = (0..offset).any(|o| is_claim(o) && log[o] > log[offset]);
    log[offset] == 0 || (!is_claim(offset) && !fenced)
}

fn admitted(filter: &mut ClaimFilter, log: &[u64], from: usize) -> Vec<usize> {
    (from..log.len()).filter(|offset| filter.admit(*offset as u64, log[*offset])).collect()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0..3usize).prop_map(Step::Claim),
        5 => (0..3usize).prop_map(Step::Append),
        1 => Just(Step::Unclaimed),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #[test]
    fn the_filter_admits_what_the_definition_says(steps in steps()) {
        let log = log(&steps);
        let expected: Vec<usize> = (0..log.len()).filter(|offset| counts(&log, *offset)).collect();
        prop_assert_eq!(admitted(&mut ClaimFilter::new(0), &log, 0), expected);
    }

    #[test]
    fn stopping_and_going_on_changes_nothing(steps in steps(), cut in 0usize..60) {
        let log = log(&steps);
        let cut = cut.min(log.len());
        let whole = admitted(&mut ClaimFilter::new(0), &log, 0);
        let mut first = ClaimFilter::new(0);
        let mut both = admitted(&mut first, &log[..cut], 0);
        let mut second = ClaimFilter::new(first.in_force());
        both.extend(admitted(&mut second, &log, cut));
        prop_assert_eq!(both, whole);
    }

    #[test]
    fn the_claim_in_force_is_the_last_one_taken(steps in steps()) {
        let log = log(&steps);
        let mut filter = ClaimFilter::new(0);
        for (offset, claim) in log.iter().enumerate() {
            let before = filter.in_force();
            filter.admit(offset as u64, *claim);
            prop_assert!(filter.in_force() >= before);
        }
        let last = log.iter().enumerate().filter(|(o, c)| **c == *o as u64 + 1).map(|(_, c)| *c).max();
        prop_assert_eq!(filter.in_force(), last.unwrap_or(0));
    }
}

#[test]
fn a_paused_and_revived_owner_is_ignored_until_it_claims_again() {
    // claim 1, record, claim 3 (of another), record of claim 1, record of claim 3, claim 6, records of 6 and 3
    let log = [1, 1, 3, 1, 3, 6, 6, 3];
    assert_eq!(admitted(&mut ClaimFilter::new(0), &log, 0), [1, 4, 6]);
    assert_eq!(admitted(&mut ClaimFilter::new(3), &log, 3), [4, 6]);
}

#[test]
fn a_record_under_an_unseen_higher_claim_counts_and_raises_it() {
    // The state said 0, the stream had been claimed: its owner must not be ignored.
    let mut filter = ClaimFilter::new(0);
    assert!(filter.admit(9, 5));
    assert_eq!(filter.in_force(), 5);
    assert!(!filter.admit(10, 4));
}
