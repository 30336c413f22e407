//! The contract of human resources and social security (人社): its event types, and what each says
//! (domain §2).
//!
//! Must not know: the other departments, rules, topics, a clock, I/O. What all feeds share is `intake`'s.

mod grant;
mod insurance;
mod pension;
mod unemployment;
mod wage;

use sanzao_intake::{Contract, EventType};
use sanzao_model::{Feed, InsuranceScheme};

/// Every event type of social security.
pub const CONTRACT: Contract = Contract {
    feed: Feed::SocialSecurity,
    events: &[
        EventType { name: "insurance.started", read: insurance::started },
        EventType { name: "insurance.stopped", read: insurance::stopped },
        EventType { name: "wage.reported", read: wage::reported },
        EventType { name: "unemployment.registered", read: unemployment::registered },
        EventType { name: "unemployment.deregistered", read: unemployment::deregistered },
        EventType { name: "unemployment.benefit-started", read: unemployment::benefit_started },
        EventType { name: "unemployment.benefit-ended", read: unemployment::benefit_ended },
        EventType { name: "pension.started", read: pension::started },
        EventType { name: "pension.changed", read: pension::changed },
        EventType { name: "pension.stopped", read: pension::stopped },
        EventType { name: "injury-nursing.started", read: grant::injury_nursing_started },
        EventType { name: "injury-nursing.stopped", read: grant::injury_nursing_stopped },
        EventType { name: "funeral-grant.paid", read: grant::funeral_grant_paid },
    ],
};

/// The schemes of insurance, which are those of pensions too.
const SCHEMES: [(&str, InsuranceScheme); 3] = [
    ("employee", InsuranceScheme::Employee),
    ("flexible", InsuranceScheme::Flexible),
    ("resident", InsuranceScheme::Resident),
];
