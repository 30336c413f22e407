//! Which division codes there are or have been: those of GB/T 2260 (provinces, prefectures, counties), current and
//! former. No table is complete, people hold numbers whose prefix none lists: an unknown code is a warning at most
//! (domain §2).

use std::sync::LazyLock;

/// Four digits, then the last two of each code that begins with them. Source and licence: beside it.
const CODES: &str = include_str!("../data/division_codes.txt");

/// For each number of four digits the codes that begin with it, as a set of bits.
static KNOWN: LazyLock<Vec<u128>> = LazyLock::new(|| table(CODES));

fn table(text: &str) -> Vec<u128> {
    let mut known = vec![0; 10_000];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut numbers = line.split(' ').map(|digits| digits.parse::<usize>());
        let mut next = || numbers.next().map(|number| number.expect("the table is of digits"));
        let Some(first) = next() else { continue };
        while let Some(last) = next() {
            known[first] |= 1_u128 << last;
        }
    }
    known
}

/// Whether a code of six digits is in the table.
pub(crate) fn is_known(code: u32) -> bool {
    KNOWN.get((code / 100) as usize).is_some_and(|known| known >> (code % 100) & 1 == 1)
}

/// Whether a normalised document number begins with a code that is in no table. The first digits of residence
/// permits (81, 82, 83) and of foreigners' cards (9, or letters) are of another kind.
pub(crate) fn is_unknown_prefix(number: &str) -> bool {
    let is_resident =
        number.len() == 18 && !["81", "82", "83", "9"].iter().any(|kind| number.starts_with(kind));
    is_resident && !number[..6].parse().is_ok_and(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_haimen_was_called_and_not_everything() {
        for code in [322425, 320625, 329026, 320684, 320614, 110105, 650000, 659012, 330113] {
            assert!(is_known(code), "{code}");
        }
        for code in [0, 320699, 329999, 999999, 1_000_000, u32::MAX] {
            assert!(!is_known(code), "{code}");
        }
        assert_eq!(KNOWN.iter().map(|known| known.count_ones()).sum::<u32>(), 7_328);
    }

    #[test]
    fn only_numbers_of_residents_have_a_prefix() {
        assert!(!is_unknown_prefix("11010519491231002X"));
        assert!(is_unknown_prefix("329999194912310021"));
        assert!(is_unknown_prefix("840000194912310021"));
        for other in ["810000194912310021", "829999194912310021", "830000194912310021", "911156198611220012"]
        {
            assert!(!is_unknown_prefix(other), "{other}");
        }
        assert!(!is_unknown_prefix("USA110081010203"));
    }
}
