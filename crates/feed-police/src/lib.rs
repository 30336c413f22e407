//! The contract of the police (公安): its event types, and what each says (domain §2).
//!
//! Must not know: the other departments, rules, topics, a clock, I/O. What all feeds share is `intake`'s.

mod identity;
mod registration;
mod whereabouts;

use sanzao_intake::{Contract, EventType};
use sanzao_model::Feed;

/// Every event type of the police.
pub const CONTRACT: Contract = Contract {
    feed: Feed::Police,
    events: &[
        EventType { name: "person.registered", read: registration::registered },
        EventType { name: "household.moved", read: registration::moved },
        EventType { name: "registration.cancelled", read: registration::cancelled },
        EventType { name: "relation.recorded", read: identity::related },
        EventType { name: "identity.corrected", read: identity::corrected },
        EventType { name: "custody.started", read: whereabouts::custody_started },
        EventType { name: "custody.ended", read: whereabouts::custody_ended },
        EventType { name: "missing.reported", read: whereabouts::missing_reported },
        EventType { name: "missing.closed", read: whereabouts::missing_closed },
    ],
};
