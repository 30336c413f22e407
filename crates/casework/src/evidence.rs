//! What tells a case again, and what is new in it.

use sanzao_model::{Evidence, EvidenceRole, FactId, Finding};

/// The facts by which a case is known again: all that are more than context.
pub(crate) fn ties(finding: &Finding) -> impl Iterator<Item = FactId> {
    with(finding, |role| role >= EvidenceRole::Link)
}

/// The facts that make the case.
pub(crate) fn triggers(finding: &Finding) -> impl Iterator<Item = FactId> {
    with(finding, |role| role == EvidenceRole::Trigger)
}

fn with(finding: &Finding, fits: impl Fn(EvidenceRole) -> bool) -> impl Iterator<Item = FactId> {
    let fits = move |evidence: &&Evidence| fits(evidence.role);
    finding.evidence.iter().filter(fits).map(|evidence| evidence.fact)
}

/// How many facts two findings share as more than context in both.
pub(crate) fn shared(a: &Finding, b: &Finding) -> usize {
    ties(a).filter(|fact| ties(b).any(|other| other == *fact)).count()
}
