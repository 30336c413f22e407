//! 卫健

use jiff::civil::Date;

use crate::Feed::Health;
use crate::person::Person;
use crate::sender::{Sender, Sent};

impl Sender<'_> {
    /// The child has no number until the police register it.
    pub(crate) fn birth_certified(
        &mut self,
        mother: &Person,
        child_name: &str,
        child_id: Option<&str>,
        on: Date,
    ) -> Sent {
        self.begin(Health, "birth.certified", on)
            .person("person", mother)
            .child("child", child_name, child_id)
            .date("on", on)
            .send()
    }

    pub(crate) fn death_certified(&mut self, person: &Person, certificate_no: &str, on: Date) -> Sent {
        self.begin(Health, "death.certified", on)
            .person("person", person)
            .text("certificate_no", certificate_no)
            .date("on", on)
            .send()
    }

    pub(crate) fn admitted(
        &mut self,
        person: &Person,
        facility: &str,
        icd10: Option<&str>,
        on: Date,
    ) -> Sent {
        self.begin(Health, "stay.admitted", on).person("person", person).text("facility", facility);
        if let Some(code) = icd10 {
            self.text("icd10", code);
        }
        self.date("on", on).send()
    }

    /// `facility` and `admitted_on` say which stay.
    pub(crate) fn discharged(
        &mut self,
        person: &Person,
        facility: &str,
        admitted_on: Date,
        on: Date,
    ) -> Sent {
        self.begin(Health, "stay.discharged", on)
            .person("person", person)
            .text("facility", facility)
            .date("admitted_on", admitted_on)
            .date("on", on)
            .send()
    }

    /// `category`: major-illness, severe-mental-disorder, tuberculosis, chronic or other.
    pub(crate) fn diagnosed(&mut self, person: &Person, icd10: &str, category: &str, on: Date) -> Sent {
        self.begin(Health, "diagnosis.recorded", on)
            .person("person", person)
            .text("icd10", icd10)
            .text("category", category)
            .date("on", on)
            .send()
    }

    /// `level` of GB/T 42195: 0 able to 4 fully disabled.
    pub(crate) fn ability_assessed(&mut self, person: &Person, level: u8, on: Date) -> Sent {
        self.begin(Health, "ability.assessed", on)
            .person("person", person)
            .number("level", level)
            .date("on", on)
            .send()
    }
}
