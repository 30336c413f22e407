//! Wages.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::Body;

/// `wage.reported`: has no `on` of its own, it counts from the month's first day.
pub(crate) fn reported(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let month = fields.month("month")?;
    let amount = fields.money("amount")?;
    Ok(Draft::of_person(person, month.first_day(), Body::WageReported { month, amount }))
}
