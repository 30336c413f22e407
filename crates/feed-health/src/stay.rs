//! Stays in hospital.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, FacilityId};

/// Hospitals are named as the department names them.
fn facility(fields: &mut Fields<'_>) -> Result<FacilityId, Fault> {
    fields.source_pseudonym("facility", "facility:").map(FacilityId)
}

/// `stay.admitted`.
pub(crate) fn admitted(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let facility = facility(fields)?;
    fields.optional_text("icd10")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::StayAdmitted { facility }))
}

/// `stay.discharged`: facility and day of admission say which stay.
pub(crate) fn discharged(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let facility = facility(fields)?;
    let admitted_on = fields.date("admitted_on")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::StayDischarged { facility, admitted_on }))
}
