//! Pensions, by scheme.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::Body;

use crate::SCHEMES;

/// `pension.started`.
pub(crate) fn started(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let scheme = fields.choice("scheme", &SCHEMES)?;
    let monthly = fields.money("monthly_amount")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::PensionStarted { scheme, monthly }))
}

/// `pension.changed`.
pub(crate) fn changed(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let scheme = fields.choice("scheme", &SCHEMES)?;
    let monthly = fields.money("monthly_amount")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::PensionChanged { scheme, monthly }))
}

/// `pension.stopped`; the reason is the department's own text.
pub(crate) fn stopped(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let scheme = fields.choice("scheme", &SCHEMES)?;
    fields.text("reason")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::PensionStopped { scheme }))
}
