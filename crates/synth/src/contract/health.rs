//! 卫健

use jiff::civil::Date;

use crate::Feed::Health;
use crate::person::Person;
use crate::sender::{Sender, Sent};

impl Sender<'_> {
    pub(crate) fn death_certified(&mut self, person: &Person, certificate_no: &str, on: Date) -> Sent {
        self.begin(Health, "death.certified", on)
            .person("person", person)
            .text("certificate_no", certificate_no)
            .date("on", on)
            .send()
    }
}
