//! The contract of the bureau's own assistance registry (民政): its event types, and what each says
//! (domain §2).
//!
//! Must not know: the other departments, rules, topics, a clock, I/O. What all feeds share is `intake`'s.

mod benefit;
mod case;
mod person;

use sanzao_intake::{Contract, EventType, Fault, Fields};
use sanzao_model::{Feed, Program};

/// Every event type of the registry.
pub const CONTRACT: Contract = Contract {
    feed: Feed::Registry,
    events: &[
        EventType { name: "benefit.granted", read: benefit::granted },
        EventType { name: "benefit.changed", read: benefit::changed },
        EventType { name: "benefit.suspended", read: benefit::suspended },
        EventType { name: "benefit.resumed", read: benefit::resumed },
        EventType { name: "benefit.ended", read: benefit::ended },
        EventType { name: "verification.recorded", read: benefit::verified },
        EventType { name: "application.refused", read: case::refused },
        EventType { name: "income.assessed", read: case::income_assessed },
        EventType { name: "visit.recorded", read: case::visited },
        EventType { name: "disability.certified", read: person::disability_certified },
        EventType { name: "cremation.recorded", read: person::cremated },
        EventType { name: "contact.recorded", read: person::contact_recorded },
    ],
};

/// The program that a grant or an application is for.
fn program(fields: &mut Fields<'_>) -> Result<Program, Fault> {
    fields.choice("program", &Program::ALL.map(|program| (program.as_str(), program)))
}
