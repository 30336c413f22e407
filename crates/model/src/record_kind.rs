//! Kinds of record: which event types each feed has (domain §2).

use serde::{Deserialize, Serialize};

use crate::{Feed, Program};

/// A kind of record that a feed sends, of grants also by program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordKind {
    /// Who sends it.
    pub feed: Feed,
    /// Event type without feed and version, as `benefit.granted`.
    pub kind: String,
    /// Of a grant its program, where only that one counts.
    pub program: Option<Program>,
}

impl RecordKind {
    /// Reads `medical-insurance.enrolment.started` or `registry.benefit.granted/home-care`; none where there is no such
    /// event type or program.
    pub fn parse(name: &str) -> Option<RecordKind> {
        let (kind, program) = match name.split_once('/') {
            None => (name, None),
            Some((kind, program)) => {
                (kind, Some(Program::ALL.into_iter().find(|it| it.as_str() == program)?))
            }
        };
        let (feed, kind) = kind.split_once('.')?;
        let feed: Feed = feed.parse().ok()?;
        let is_known = kinds(feed).contains(&kind) && (program.is_none() || kind == "benefit.granted");
        is_known.then(|| RecordKind { feed, kind: kind.to_owned(), program })
    }
}

/// The event types of a feed, without feed and version; beside them each has `record.retracted`.
pub fn kinds(feed: Feed) -> &'static [&'static str] {
    match feed {
        Feed::Police => &[
            "person.registered",
            "household.moved",
            "registration.cancelled",
            "relation.recorded",
            "custody.started",
            "custody.ended",
            "missing.reported",
            "missing.closed",
            "identity.corrected",
        ],
        Feed::SocialSecurity => &[
            "insurance.started",
            "insurance.stopped",
            "wage.reported",
            "unemployment.registered",
            "unemployment.deregistered",
            "unemployment.benefit-started",
            "unemployment.benefit-ended",
            "pension.started",
            "pension.changed",
            "pension.stopped",
            "injury-nursing.started",
            "injury-nursing.stopped",
            "funeral-grant.paid",
        ],
        Feed::Health => &[
            "birth.certified",
            "death.certified",
            "stay.admitted",
            "stay.discharged",
            "diagnosis.recorded",
            "ability.assessed",
        ],
        Feed::MedicalInsurance => &[
            "enrolment.started",
            "enrolment.stopped",
            "settlement.settled",
            "settlement.reversed",
            "long-term-care.approved",
            "long-term-care.ended",
        ],
        Feed::Registry => &[
            "benefit.granted",
            "benefit.changed",
            "benefit.suspended",
            "benefit.resumed",
            "benefit.ended",
            "verification.recorded",
            "application.refused",
            "disability.certified",
            "income.assessed",
            "visit.recorded",
            "cremation.recorded",
            "contact.recorded",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_of_a_feed_and_only_grants_have_programs() {
        let parse = RecordKind::parse;
        assert_eq!(
            parse("medical-insurance.enrolment.started").map(|it| it.feed),
            Some(Feed::MedicalInsurance)
        );
        let granted = parse("registry.benefit.granted/home-care").unwrap();
        assert_eq!((granted.kind.as_str(), granted.program), ("benefit.granted", Some(Program::HomeCare)));
        for wrong in [
            "enrolment.started",
            "police.enrolment.started",
            "registry.benefit.granted/lunch",
            "registry.visit.recorded/home-care",
            "registry",
            "",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(Feed::ALL.map(|feed| kinds(feed).len()).iter().sum::<usize>(), 46);
    }
}
