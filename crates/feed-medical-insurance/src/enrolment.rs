//! Who is insured.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, Insutype};

use crate::INSUTYPES;

/// `enrolment.started`.
pub(crate) fn started(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    changed(fields, |insutype| Body::EnrolmentStarted { insutype })
}

/// `enrolment.stopped`.
pub(crate) fn stopped(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    changed(fields, |insutype| Body::EnrolmentStopped { insutype })
}

fn changed(fields: &mut Fields<'_>, body: fn(Insutype) -> Body) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let insutype = fields.code_among("insutype", &INSUTYPES)?;
    Ok(Draft::of_person(person, fields.date("on")?, body(insutype)))
}
