//! What caseworkers did, told to the registry as events of its feed.

use sanzao_api::{BackendError, RegistryError, RegistryEvent};
use sanzao_intake::Pseudonyms;
use sanzao_journal::{Journal, Write};
use sanzao_model::{Feed, Instant, Item, SubjectId, VisitKind};
use sanzao_vault::{Access, Known};
use serde_json::{Value, json};

use crate::backend::backend_error;
use crate::identities::Identities;
use crate::raw::RawRecords;
use crate::topics::Topics;

/// Tells the registry of one bureau.
pub(crate) struct Registry<'a> {
    pub journal: &'a dyn Journal,
    pub topics: &'a Topics,
    pub bureau: sanzao_model::Bureau,
    pub raw: &'a RawRecords,
    pub identities: &'a Identities,
    pub pseudonyms: &'a Pseudonyms,
}

impl Registry<'_> {
    /// Appends an event to the registry's feed. Its id follows from the key of the command: told again it is a duplicate.
    pub fn tell(
        &self,
        key: [u8; 16],
        item: &Item,
        event: &RegistryEvent,
        access: &Access,
    ) -> Result<(), RegistryError> {
        let id: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let (kind, data) = match event {
            RegistryEvent::Visit { kind, subject, on } => {
                let person = self.person(*subject, access)?;
                let kind = match kind {
                    VisitKind::Child => "child",
                    VisitKind::Elder => "elder",
                };
                ("visit.recorded", json!({"person": person, "visit_id": id, "kind": kind, "on": on}))
            }
            RegistryEvent::Verification { benefit_id, outcome, on } => {
                self.require_same(item, benefit_id)?;
                let data = json!({"benefit_id": benefit_id, "outcome": outcome, "on": on});
                ("verification.recorded", data)
            }
        };
        self.append(&id, kind, access.at, &data)
    }

    fn append(&self, id: &str, kind: &str, at: Instant, data: &Value) -> Result<(), RegistryError> {
        let event = json!({
            "specversion": "1.0", "id": format!("sanzao-{id}"), "source": format!("/{}/registry", self.bureau),
            "type": format!("registry.{kind}.v1"), "time": at.to_string(), "data": data,
        });
        let value = event.to_string().into_bytes();
        let headers = [("content-type".to_owned(), b"application/cloudevents+json".to_vec())];
        let record = self.raw.record(Feed::Registry, &headers, &value, None);
        let write = Write::append(self.topics.feed(Feed::Registry, 0), vec![record]);
        let written = self.journal.write(write);
        written.map(drop).map_err(|error| RegistryError::Log(backend_error(&error)))
    }

    /// Who it is, by the name that police recorded, so that the record is not held.
    fn person(&self, subject: SubjectId, access: &Access) -> Result<Value, RegistryError> {
        let SubjectId::Person(person) = subject else {
            return Err(BackendError::Bug("a household is visited by nobody".into()).into());
        };
        let revealed = self.identities.with(|vault| vault.reveal(person, access))?;
        let revealed = revealed.ok_or(RegistryError::NobodyKnown)?;
        let is_of_police = |known: &&Known| known.sources.iter().any(|source| source.feed == Feed::Police);
        let name = revealed.names.iter().find(is_of_police).or(revealed.names.first());
        match (revealed.numbers.first(), name) {
            (Some(number), Some(name)) => Ok(json!({"id_number": number.value, "name": name.value})),
            _ => Err(RegistryError::NobodyKnown),
        }
    }

    /// The occasion of a re-check begins with the pseudonym of the benefit.
    fn require_same(&self, item: &Item, benefit_id: &str) -> Result<(), RegistryError> {
        let given = self.pseudonyms.household(&format!("program:{benefit_id}")).to_string();
        let is_same = item.finding.occasion.split('/').next() == Some(given.as_str());
        if is_same { Ok(()) } else { Err(RegistryError::OtherBenefit) }
    }
}
