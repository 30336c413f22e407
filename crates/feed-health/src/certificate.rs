//! Certificates of birth and death.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::Body;

/// `birth.certified`: `person` is the mother. The child often has no number yet.
pub(crate) fn birth(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let mother = fields.person("person")?;
    let child = fields.object("child", |child| {
        let number = child.optional_number("id_number")?;
        child.name("name").map(|_| number)
    })?;
    Ok(Draft::of_person(mother, fields.date("on")?, Body::BirthCertified { child }))
}

/// `death.certified`.
pub(crate) fn death(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    fields.text("certificate_no")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::DeathCertified))
}
