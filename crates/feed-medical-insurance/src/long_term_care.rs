//! Long-term care insurance.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, CareMode};

/// `long-term-care.approved`. Levels differ between places: a number or a text.
pub(crate) fn approved(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    fields.code("level")?;
    let mode = fields.choice("mode", &[("home", CareMode::Home), ("institution", CareMode::Institution)])?;
    let monthly = fields.money("monthly_amount")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::LongTermCareApproved { mode, monthly }))
}

/// `long-term-care.ended`.
pub(crate) fn ended(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::LongTermCareEnded))
}
