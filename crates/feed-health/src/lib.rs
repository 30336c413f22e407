//! The contract of health (卫健): its event types, and what each says (domain §2).
//!
//! Must not know: the other departments, rules, topics, a clock, I/O. What all feeds share is `intake`'s.

mod certificate;
mod condition;
mod stay;

use sanzao_intake::{Contract, EventType};
use sanzao_model::Feed;

/// Every event type of health.
pub const CONTRACT: Contract = Contract {
    feed: Feed::Health,
    events: &[
        EventType { name: "birth.certified", read: certificate::birth },
        EventType { name: "death.certified", read: certificate::death },
        EventType { name: "stay.admitted", read: stay::admitted },
        EventType { name: "stay.discharged", read: stay::discharged },
        EventType { name: "diagnosis.recorded", read: condition::diagnosed },
        EventType { name: "ability.assessed", read: condition::assessed },
    ],
};
