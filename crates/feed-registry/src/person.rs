//! What the bureau records of people: disability certificates, cremations, how to reach them.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, Disability};

/// GB/T 26341.
const DISABILITIES: [(&str, Disability); 7] = [
    ("visual", Disability::Visual),
    ("hearing", Disability::Hearing),
    ("speech", Disability::Speech),
    ("physical", Disability::Physical),
    ("intellectual", Disability::Intellectual),
    ("mental", Disability::Mental),
    ("multiple", Disability::Multiple),
];

/// `disability.certified`: grade 1 is the severest of four.
pub(crate) fn disability_certified(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let category = fields.choice("category", &DISABILITIES)?;
    let grade = fields.integer("grade", 1, 4)?;
    let on = fields.date("on")?;
    let valid_until = fields.date("valid_until")?;
    Ok(Draft::of_person(person, on, Body::DisabilityCertified { category, grade, valid_until }))
}

/// `cremation.recorded`.
pub(crate) fn cremated(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::CremationRecorded))
}

/// `contact.recorded`: phone and address are for the vault; no fact keeps them.
pub(crate) fn contact_recorded(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let phone = fields.optional_text("phone")?;
    let address = fields.optional_text("address")?;
    fields.contact(&person, phone, address);
    Ok(Draft::of_person(person, fields.date("on")?, Body::ContactRecorded))
}
