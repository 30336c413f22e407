//! People as they are counted: what is known of somebody living on a day, without what it rests on.

use crate::{Division, HouseholdId, PersonId, Sex};

/// Somebody living.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Who.
    pub person: PersonId,
    /// Other numbers that are the same person by corrections of identity.
    pub formerly: Vec<PersonId>,
    /// Full years; none where the number tells no birth, or one that is yet to come.
    pub age: Option<u16>,
    /// As police registered it last; unknown where they did not.
    pub sex: Sex,
    /// Where police have the person registered, if anywhere.
    pub division: Option<Division>,
    /// Whether the newest certificate of disability is valid.
    pub disabled: bool,
    /// The household that the person belongs to.
    pub household: HouseholdId,
}
