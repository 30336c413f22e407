//! Registered unemployment, and the benefit that is paid for it.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, UnemploymentEnd};

const ENDS: [(&str, UnemploymentEnd); 7] = [
    ("exhausted", UnemploymentEnd::Exhausted),
    ("re-employed", UnemploymentEnd::ReEmployed),
    ("pension", UnemploymentEnd::Pension),
    ("enlisted", UnemploymentEnd::Enlisted),
    ("emigrated", UnemploymentEnd::Emigrated),
    ("sentenced", UnemploymentEnd::Sentenced),
    ("refused-work", UnemploymentEnd::RefusedWork),
];

/// `unemployment.registered`.
pub(crate) fn registered(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::UnemploymentRegistered))
}

/// `unemployment.deregistered`.
pub(crate) fn deregistered(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::UnemploymentDeregistered))
}

/// `unemployment.benefit-started`.
pub(crate) fn benefit_started(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let monthly = fields.money("monthly_amount")?;
    let on = fields.date("on")?;
    let until = fields.date("until")?;
    Ok(Draft::of_person(person, on, Body::UnemploymentBenefitStarted { monthly, until }))
}

/// `unemployment.benefit-ended`.
pub(crate) fn benefit_ended(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let reason = fields.choice("reason", &ENDS)?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::UnemploymentBenefitEnded { reason }))
}
