//! What the bureau records of people: disability certificates, cremations, how to reach them.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::Body;

/// GB/T 26341.
const DISABILITIES: [(&str, ()); 7] = [
    ("visual", ()),
    ("hearing", ()),
    ("speech", ()),
    ("physical", ()),
    ("intellectual", ()),
    ("mental", ()),
    ("multiple", ()),
];

/// `disability.certified`: grade 1 is the severest of four.
pub(crate) fn disability_certified(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    fields.choice("category", &DISABILITIES)?;
    fields.integer("grade", 1, 4)?;
    let on = fields.date("on")?;
    fields.date("valid_until")?;
    Ok(Draft::of_person(person, on, Body::Other))
}

/// `cremation.recorded`.
pub(crate) fn cremated(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::CremationRecorded))
}

/// `contact.recorded`: phone and address are for the vault; no fact keeps them.
pub(crate) fn contact_recorded(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    fields.optional_text("phone")?;
    fields.optional_text("address")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::Other))
}
