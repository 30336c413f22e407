//! Everything the vault holds about one person, to hand to them.

use std::fmt;

use sanzao_model::{Instant, PersonId, SubjectId};
use serde::Serialize;

use crate::access::{Access, AccessRecord, Act, Entry};
use crate::attachment::AttachmentMeta;
use crate::erase::Erased;
use crate::{Revealed, Vault, VaultError};

/// What the vault holds about a person; facts are held elsewhere. Personal data: `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PersonExport {
    /// Whom it is about.
    pub person: PersonId,
    /// When it was made.
    pub at: Instant,
    /// Who they are, with every feed that said so and its first and last time; None where nobody is held.
    pub identity: Option<Revealed>,
    /// What is attached to them. Files are opened one by one, by [`Vault::attachment`]; who reported somebody, and
    /// what they said, is not handed to whom it is about.
    pub attachments: Vec<AttachmentMeta>,
    /// Every record of access about them, this export among them.
    pub accesses: Vec<AccessRecord>,
    /// Their last erasure, if there was one.
    pub erased: Option<Erased>,
}

impl fmt::Debug for PersonExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonExport(…)")
    }
}

impl Vault {
    /// Hands out everything held about a person. Recorded, and before.
    ///
    /// # Errors
    /// As of [`Vault::reveal`].
    pub fn export(&mut self, person: PersonId, access: &Access) -> Result<PersonExport, VaultError> {
        access.check()?;
        self.record(&Entry::of(access, Act::Export, None, &[person]))?;
        Ok(PersonExport {
            person,
            at: access.at,
            identity: self.revealed(person)?,
            attachments: self.attachments_of(SubjectId::Person(person))?,
            accesses: self.accesses_about(person)?,
            erased: self.erased.get(&person).cloned(),
        })
    }
}
