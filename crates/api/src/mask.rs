//! People as lists show them: `张**` and the last four characters of the number.

use std::collections::HashMap;

use sanzao_model::PersonId;
use sanzao_vault::Masked;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::ApiState;

/// Somebody, masked. Who they are is revealed at `/v1/people/{person}/reveal`, with a purpose and on record.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MaskedPerson)]
pub(crate) struct PersonBody {
    /// The pseudonym.
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    id: PersonId,
    /// The first character and two stars; null where the vault knows nobody, or does not answer.
    name: Option<String>,
    /// The last four characters of the document number.
    last_four: Option<String>,
}

/// People by pseudonym.
pub(crate) type Masks = HashMap<PersonId, Masked>;

/// The masks of some people. Where the vault does not answer there are none: lists go on without names.
pub(crate) async fn masks(state: &ApiState, people: &[PersonId]) -> Masks {
    let people = people.to_vec();
    let asked = state.block(move |backend| Ok(backend.masks(&people))).await;
    asked.unwrap_or_default()
}

/// People of an item.
pub(crate) fn masked(people: Vec<PersonId>, masks: &Masks) -> Vec<PersonBody> {
    let body = |id: PersonId| {
        let mask = masks.get(&id);
        let name = mask.and_then(|mask| mask.name.clone());
        PersonBody { id, name, last_four: mask.map(|mask| mask.last_four.clone()) }
    };
    people.into_iter().map(body).collect()
}
