//! The contract of medical insurance (医保): its event types, and what each says (domain §2).
//!
//! Must not know: the other departments, rules, topics, a clock, I/O. What all feeds share is `intake`'s.

mod enrolment;
mod long_term_care;
mod settlement;

use sanzao_intake::{Contract, EventType};
use sanzao_model::{Feed, Insutype};

/// Every event type of medical insurance.
pub const CONTRACT: Contract = Contract {
    feed: Feed::MedicalInsurance,
    events: &[
        EventType { name: "enrolment.started", read: enrolment::started },
        EventType { name: "enrolment.stopped", read: enrolment::stopped },
        EventType { name: "settlement.settled", read: settlement::settled },
        EventType { name: "settlement.reversed", read: settlement::reversed },
        EventType { name: "long-term-care.approved", read: long_term_care::approved },
        EventType { name: "long-term-care.ended", read: long_term_care::ended },
    ],
};

/// Types of insurance: 310 of employees, 390 of residents.
const INSUTYPES: [(&str, Insutype); 2] = [("310", Insutype::Employee), ("390", Insutype::Resident)];
