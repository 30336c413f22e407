//! A full sweep of a ledger, as a map that can be compared and printed (design, invariant 3).

use std::collections::BTreeMap;

use sanzao_model::{Finding, RuleId, SubjectId};

/// Findings by rule, subject and occasion.
pub type FindingMap = BTreeMap<(RuleId, SubjectId, String), Finding>;

/// The first place where two maps differ, described without personal data; none when they agree.
pub fn first_difference(left: (&str, &FindingMap), right: (&str, &FindingMap)) -> Option<String> {
    let ((left_name, left), (right_name, right)) = (left, right);
    let mut keys: Vec<_> = left.keys().chain(right.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter().find_map(|key| {
        let what = || format!("{} about {:?} on {:?}", key.0, key.1, key.2);
        match (left.get(key), right.get(key)) {
            (Some(a), Some(b)) if a == b => None,
            (Some(a), Some(b)) if a.values != b.values => Some(format!(
                "{}: {left_name} has values {}, {right_name} has {}",
                what(),
                a.values,
                b.values
            )),
            (Some(a), Some(b)) if a.evidence == b.evidence => Some(format!(
                "{}: {left_name} has it due {:?}, explained as {:?}, {right_name} {:?}, {:?}",
                what(),
                a.due,
                a.why,
                b.due,
                b.why
            )),
            (Some(a), Some(b)) => Some(format!(
                "{}: {left_name} rests on {:?}, {right_name} on {:?}",
                what(),
                a.evidence.iter().map(|e| e.fact).collect::<Vec<_>>(),
                b.evidence.iter().map(|e| e.fact).collect::<Vec<_>>()
            )),
            (Some(_), None) => Some(format!("{}: {left_name} finds it, {right_name} does not", what())),
            (None, Some(_)) => Some(format!("{}: {right_name} finds it, {left_name} does not", what())),
            (None, None) => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sanzao_model::PersonId;

    #[test]
    fn differences_are_named() {
        let key = (RuleId("orphan".into()), SubjectId::Person(PersonId([1; 16])), "orphan".to_owned());
        let finding = Finding {
            occasion: "orphan".into(),
            values: "{}".into(),
            evidence: Vec::new(),
            due: None,
            why: String::new(),
            legal_basis: "《某办法》".into(),
            clears: "办理后消除".into(),
        };
        let one = FindingMap::from([(key.clone(), finding.clone())]);
        assert_eq!(first_difference(("a", &one), ("b", &one)), None);
        let none = FindingMap::new();
        assert!(first_difference(("a", &one), ("b", &none)).is_some_and(|text| text.contains("a finds it")));
        let due = Finding { due: Some(sanzao_model::Day(1)), ..finding.clone() };
        let late = FindingMap::from([(key.clone(), due)]);
        assert!(first_difference(("a", &one), ("b", &late)).is_some_and(|text| text.contains("due")));
        let other = FindingMap::from([(key, Finding { values: "{\"x\":1}".into(), ..finding })]);
        assert!(first_difference(("a", &one), ("b", &other)).is_some_and(|text| text.contains("values")));
    }
}
