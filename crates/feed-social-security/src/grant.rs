//! What is paid for work injuries and funerals.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::Body;

/// `injury-nursing.started`.
pub(crate) fn injury_nursing_started(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let monthly = fields.money("monthly_amount")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::InjuryNursingStarted { monthly }))
}

/// `injury-nursing.stopped`.
pub(crate) fn injury_nursing_stopped(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::InjuryNursingStopped))
}

/// `funeral-grant.paid`: for the person who died.
pub(crate) fn funeral_grant_paid(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let amount = fields.money("amount")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::FuneralGrantPaid { amount }))
}
