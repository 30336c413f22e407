//! The identity of alerts and tasks.

use sanzao_model::{ItemId, RuleId, SubjectId};
use sha2::{Digest, Sha256};

/// The id of the item that a rule makes of a subject for an occasion: the first 16 bytes of SHA-256 over
/// the rule, the kind of subject, the subject's id and the occasion, each text preceded by its length in
/// bytes (`u64`, little-endian). The same on every machine and for ever: the same rule, subject and
/// occasion is the same item (domain §4), until it is handled and raised again.
pub fn item_id(rule: &RuleId, subject: &SubjectId, occasion: &str) -> ItemId {
    numbered(rule, subject, occasion, None)
}

/// The id of a later item of the same rule, subject and occasion: the number, from 2, is hashed too (`u32`,
/// little-endian).
pub(crate) fn later_id(rule: &RuleId, subject: &SubjectId, occasion: &str, number: u32) -> ItemId {
    numbered(rule, subject, occasion, Some(number).filter(|number| *number > 1))
}

fn numbered(rule: &RuleId, subject: &SubjectId, occasion: &str, number: Option<u32>) -> ItemId {
    let (kind, subject) = match subject {
        SubjectId::Person(person) => (b'p', person.0),
        SubjectId::Household(household) => (b'h', household.0),
    };
    let mut hash = Sha256::new();
    hash.update((rule.0.len() as u64).to_le_bytes());
    hash.update(rule.0.as_bytes());
    hash.update([kind]);
    hash.update(subject);
    hash.update((occasion.len() as u64).to_le_bytes());
    hash.update(occasion.as_bytes());
    if let Some(number) = number {
        hash.update(number.to_le_bytes());
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    ItemId(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sanzao_model::{HouseholdId, PersonId};

    #[test]
    fn never_changes_between_versions() {
        // Computed once with another implementation of SHA-256; a change here would raise every alert anew.
        let id = item_id(&RuleId("orphan".into()), &SubjectId::Person(PersonId([7; 16])), "2025-07");
        assert_eq!(id.to_string(), "2d7a091c2adb102bb5fdc52bf7a75e97");
    }

    #[test]
    fn every_part_counts_and_none_runs_into_the_next() {
        let person = SubjectId::Person(PersonId([7; 16]));
        let household = SubjectId::Household(HouseholdId([7; 16]));
        let ids = [("ab", person, "c"), ("a", person, "bc"), ("ab", household, "c"), ("ab", person, "")]
            .map(|(rule, subject, occasion)| item_id(&RuleId(rule.into()), &subject, occasion));
        for (at, id) in ids.iter().enumerate() {
            assert!(!ids[..at].contains(id), "{at}");
        }
    }

    #[test]
    fn the_first_is_the_item_and_the_others_are_not() {
        let (rule, person) = (RuleId("orphan".into()), SubjectId::Person(PersonId([7; 16])));
        let id = |number| later_id(&rule, &person, "orphan", number);
        assert_eq!(id(1), item_id(&rule, &person, "orphan"));
        assert!(id(2) != id(1) && id(3) != id(2) && id(3) != id(1));
    }
}
