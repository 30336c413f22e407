//! A completed visit or re-check as an event of the registry, so that the finding clears by data.

use sanzao_model::{Day, Item, SubjectId, VisitKind};

use crate::act::Verification;
use crate::problem::{Problem, ProblemType};

/// What the registry is told of a task that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryEvent {
    /// Somebody was visited.
    Visit {
        /// Of which kind.
        kind: VisitKind,
        /// Whom: a person.
        subject: SubjectId,
        /// The day.
        on: Day,
    },
    /// A benefit was looked at again.
    Verification {
        /// Its number in the registry, as whoever did it gave it. It may hold an ID number: it is for the event alone.
        benefit_id: String,
        /// What becomes of it: `continues`, `changed` or `ended`.
        outcome: &'static str,
        /// The day.
        on: Day,
    },
}

/// What the registry has to be told when a task is completed: by its rule, as the catalogue has them. None where no
/// record clears it.
///
/// # Errors
/// When the number of a benefit is missing, or there where there is none.
pub(crate) fn registry_event(
    item: &Item,
    on: Day,
    benefit_id: Option<&str>,
    verification: Option<Verification>,
) -> Result<Option<RegistryEvent>, Problem> {
    let wrong = |what: &str| Err(Problem::new(ProblemType::Body, what).at("/benefit_id".into()));
    let visit = |kind| match benefit_id {
        None => Ok(Some(RegistryEvent::Visit { kind, subject: item.subject, on })),
        Some(_) => wrong("a visit is of no benefit: leave it out"),
    };
    match item.rule.0.as_str() {
        "child-monthly-visit" => visit(VisitKind::Child),
        "elder-weekly-visits" => visit(VisitKind::Elder),
        "dibao-recheck" | "tekun-recheck" | "home-care-recheck" => {
            let Some(benefit_id) = benefit_id.map(str::trim).filter(|number| !number.is_empty()) else {
                return wrong("say which benefit was looked at: its number in the registry");
            };
            let outcome = match verification.unwrap_or(Verification::Continues) {
                Verification::Continues => "continues",
                Verification::Changed => "changed",
                Verification::Ended => "ended",
            };
            let benefit_id = benefit_id.to_owned();
            Ok(Some(RegistryEvent::Verification { benefit_id, outcome, on }))
        }
        _ => match benefit_id {
            None => Ok(None),
            Some(_) => wrong("no record of the registry clears this task: leave it out"),
        },
    }
}
