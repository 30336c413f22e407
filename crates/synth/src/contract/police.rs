//! 公安

use jiff::civil::Date;

use crate::Feed::Police;
use crate::person::{Home, Person};
use crate::sender::{Sender, Sent};

impl Sender<'_> {
    pub(crate) fn registered(&mut self, person: &Person, home: &Home, relation: &str, on: Date) -> Sent {
        self.begin(Police, "person.registered", on)
            .person("person", person)
            .text("sex", person.sex.code())
            .text("household_no", &home.household_no)
            .text("relation_to_head", relation)
            .text("division_code", &home.division_code)
            .date("on", on)
            .send()
    }

    pub(crate) fn moved(&mut self, person: &Person, home: &Home, relation: &str, on: Date) -> Sent {
        self.begin(Police, "household.moved", on)
            .person("person", person)
            .text("household_no", &home.household_no)
            .text("relation_to_head", relation)
            .text("division_code", &home.division_code)
            .date("on", on)
            .send()
    }

    /// `reason`: death, moved-out, enlisted, emigrated or duplicate.
    pub(crate) fn cancelled(&mut self, person: &Person, reason: &str, on: Date) -> Sent {
        self.begin(Police, "registration.cancelled", on)
            .person("person", person)
            .text("reason", reason)
            .date("on", on)
            .send()
    }

    /// `related` is the `kind` (parent, spouse, guardian) of `person`.
    pub(crate) fn relation(&mut self, person: &Person, related: &Person, kind: &str, on: Date) -> Sent {
        self.begin(Police, "relation.recorded", on)
            .person("person", person)
            .person("related", related)
            .text("kind", kind)
            .date("on", on)
            .send()
    }

    /// `person` gave up the number `former`.
    pub(crate) fn corrected(&mut self, person: &Person, former: &str, on: Date) -> Sent {
        self.begin(Police, "identity.corrected", on)
            .person("person", person)
            .text("former_id_number", former)
            .date("on", on)
            .send()
    }

    /// `kind`: detention, arrest, imprisonment or compulsory-rehabilitation.
    pub(crate) fn custody_started(
        &mut self,
        person: &Person,
        kind: &str,
        on: Date,
        expected_until: Option<Date>,
    ) -> Sent {
        self.begin(Police, "custody.started", on).person("person", person).text("kind", kind).date("on", on);
        if let Some(day) = expected_until {
            self.date("expected_until", day);
        }
        self.send()
    }

    pub(crate) fn custody_ended(&mut self, person: &Person, on: Date) -> Sent {
        self.begin(Police, "custody.ended", on).person("person", person).date("on", on).send()
    }

    pub(crate) fn missing_reported(&mut self, person: &Person, on: Date) -> Sent {
        self.begin(Police, "missing.reported", on).person("person", person).date("on", on).send()
    }

    pub(crate) fn missing_closed(&mut self, person: &Person, on: Date) -> Sent {
        self.begin(Police, "missing.closed", on).person("person", person).date("on", on).send()
    }
}
