//! Every event type of domain §2, one department a file. Fields stand in the order of the contract;
//! optional ones only when set.

mod health;
mod medical_insurance;
mod police;
mod registry;
mod social_security;

use jiff::civil::Date;

pub(crate) use medical_insurance::Settlement;
pub(crate) use registry::Grant;

use crate::sender::{Sender, Sent};

impl Sender<'_> {
    /// `record.retracted`: an event of the same feed was wrong. `day` is when that was noticed.
    pub(crate) fn retract(&mut self, wrong: Sent, day: Date) -> Sent {
        let id = self.id_of(wrong);
        self.begin(wrong.feed, "record.retracted", day)
            .text("retracts", &id)
            .text("reason", "录入有误")
            .send()
    }
}
