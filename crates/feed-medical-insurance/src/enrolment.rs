//! Who is insured.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::Body;

use crate::INSUTYPES;

/// `enrolment.started` and `enrolment.stopped` have the same fields, and no rule reads them yet.
pub(crate) fn changed(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    fields.code_among("insutype", &INSUTYPES)?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::Other))
}
