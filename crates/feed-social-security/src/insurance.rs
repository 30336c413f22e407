//! Social insurance, by scheme.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::Body;

use crate::SCHEMES;

/// `insurance.started`; the wage base no rule reads.
pub(crate) fn started(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let scheme = fields.choice("scheme", &SCHEMES)?;
    fields.optional_money("wage_base")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::InsuranceStarted { scheme }))
}

/// `insurance.stopped`; the reason is the department's own text.
pub(crate) fn stopped(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let scheme = fields.choice("scheme", &SCHEMES)?;
    fields.text("reason")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::InsuranceStopped { scheme }))
}
