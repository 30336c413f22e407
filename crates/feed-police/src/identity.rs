//! Who people are to each other, and which numbers are one person's.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, RelationKind};

const KINDS: [(&str, RelationKind); 3] = [
    ("parent", RelationKind::Parent),
    ("spouse", RelationKind::Spouse),
    ("guardian", RelationKind::Guardian),
];

/// `relation.recorded`: `related` is the kind of `person`.
pub(crate) fn related(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let related = fields.person("related")?;
    let kind = fields.choice("kind", &KINDS)?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::RelationRecorded { related, kind }))
}

/// `identity.corrected`: the person had another number before.
pub(crate) fn corrected(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let former = fields.number("former_id_number")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::IdentityCorrected { former }))
}
