//! Long-term care insurance.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::Body;

/// `long-term-care.approved`. Levels differ between places: a number or a text.
pub(crate) fn approved(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    fields.code("level")?;
    fields.choice("mode", &[("home", ()), ("institution", ())])?;
    fields.money("monthly_amount")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::Other))
}

/// `long-term-care.ended`.
pub(crate) fn ended(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::Other))
}
