//! Who is in custody, and who is missing.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, CustodyKind};

const KINDS: [(&str, CustodyKind); 4] = [
    ("detention", CustodyKind::Detention),
    ("arrest", CustodyKind::Arrest),
    ("imprisonment", CustodyKind::Imprisonment),
    ("compulsory-rehabilitation", CustodyKind::CompulsoryRehabilitation),
];

/// `custody.started`.
pub(crate) fn custody_started(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let kind = fields.choice("kind", &KINDS)?;
    let on = fields.date("on")?;
    let expected_until = fields.optional_date("expected_until")?;
    Ok(Draft::of_person(person, on, Body::CustodyStarted { kind, expected_until }))
}

fn without_more(fields: &mut Fields<'_>, body: Body) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    Ok(Draft::of_person(person, fields.date("on")?, body))
}

/// `custody.ended`.
pub(crate) fn custody_ended(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    without_more(fields, Body::CustodyEnded)
}

/// `missing.reported`.
pub(crate) fn missing_reported(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    without_more(fields, Body::MissingReported)
}

/// `missing.closed`.
pub(crate) fn missing_closed(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    without_more(fields, Body::MissingClosed)
}
