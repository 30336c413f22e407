//! Keyed hashes in place of numbers, names and senders' identifiers (design, invariant 7).

use hmac::{Hmac, KeyInit, Mac};
use sanzao_model::{EventTag, FactId, HouseholdId, IdNumber, Mention, NameTag, PersonId};
use sha2::Sha256;

use crate::PseudonymKey;
use crate::name::normalised;

/// Makes every pseudonym of an installation. The keyed states of both hash passes are computed once.
#[derive(Clone)]
pub struct Pseudonyms {
    keyed: Hmac<Sha256>,
}

pub(crate) fn keyed_state(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// A key of its own for another purpose.
pub(crate) fn derived(key: &[u8; 32], purpose: &str) -> [u8; 32] {
    keyed_state(key).chain_update(purpose).finalize().into_bytes().into()
}

impl Pseudonyms {
    /// Pseudonyms under this key.
    pub fn new(key: &PseudonymKey) -> Pseudonyms {
        Pseudonyms { keyed: keyed_state(key.bytes()) }
    }

    /// Tells this key from others without telling it.
    pub fn key_check(&self) -> [u8; 16] {
        self.tag(&["key-check"])
    }

    /// The first bytes of HMAC-SHA-256 over the parts, one after the other.
    pub(crate) fn tag<const N: usize>(&self, parts: &[&str]) -> [u8; N] {
        let mut state = self.keyed.clone();
        parts.iter().for_each(|part| state.update(part.as_bytes()));
        let whole: [u8; 32] = state.finalize().into_bytes().into();
        *whole.first_chunk().expect("tags are of 32 bytes at most")
    }

    /// A person: over the normalised number alone.
    pub fn person(&self, number: &IdNumber) -> PersonId {
        PersonId(self.tag(&[number.as_str()]))
    }

    /// A household, of its key: `program:<benefit_id>`, `police:<household_no>` or `person:<ID number>`
    /// (domain §3).
    pub fn household(&self, key: &str) -> HouseholdId {
        HouseholdId(self.tag(&[key]))
    }

    /// All that facts keep of a number.
    pub fn mention(&self, number: &IdNumber) -> Mention {
        let alone = HouseholdId(self.tag(&["person:", number.as_str()]));
        Mention { person: self.person(number), alone, birth: number.birth() }
    }

    /// A name as normalised. Not over the person: names are compared over all numbers of a person.
    /// None when nothing is left of it.
    pub fn name(&self, name: &str) -> Option<NameTag> {
        let name = normalised(name);
        (!name.is_empty()).then(|| NameTag(self.tag(&["name:", &name])))
    }

    /// A sender's event.
    pub fn event(&self, source: &str, id: &str) -> EventTag {
        EventTag(self.tag(&["event:", source, "\n", id]))
    }

    /// A fact, of its source, full type and canonical content.
    pub(crate) fn fact(&self, source: &str, kind: &str, canonical: &str) -> FactId {
        FactId(self.tag(&["fact:", source, "\n", kind, "\n", canonical]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 4231 §4.3 has a key of another length; the state takes any.
    #[test]
    fn is_hmac_sha_256() {
        let pseudonyms = Pseudonyms { keyed: keyed_state(b"Jefe") };
        let tag: [u8; 4] = pseudonyms.tag(&["what do ya want ", "for nothing?"]);
        assert_eq!(tag, [0x5b, 0xdc, 0xc1, 0x46]);
    }

    #[test]
    fn keys_of_households_meet_the_parts_they_are_made_of() {
        let pseudonyms = Pseudonyms::new(&PseudonymKey::new([7; 32]));
        let number = IdNumber::parse("11010519491231002X").unwrap();
        let mention = pseudonyms.mention(&number);
        assert_eq!(mention.alone, pseudonyms.household("person:11010519491231002X"));
        assert_eq!(mention.person.0, pseudonyms.household("11010519491231002X").0);
        assert_eq!(pseudonyms.name("阿依·古丽"), pseudonyms.name("阿依 • 古丽"));
        assert_ne!(pseudonyms.event("/1", "2"), pseudonyms.event("/12", ""));
    }
}
