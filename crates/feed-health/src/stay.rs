//! Stays in hospital.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::Body;

/// `stay.admitted`.
pub(crate) fn admitted(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    fields.text("facility")?;
    fields.optional_text("icd10")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::Other))
}

/// `stay.discharged`: facility and day of admission say which stay.
pub(crate) fn discharged(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    fields.text("facility")?;
    fields.date("admitted_on")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::Other))
}
