//! Where people are registered.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, HouseholdId, Sex, WithdrawalReason};

/// GB/T 2261.1: unknown, male, female, not stated.
const SEXES: [(&str, Sex); 4] =
    [("0", Sex::Unknown), ("1", Sex::Male), ("2", Sex::Female), ("9", Sex::NotStated)];

const REASONS: [(&str, WithdrawalReason); 5] = [
    ("death", WithdrawalReason::Death),
    ("moved-out", WithdrawalReason::MovedOut),
    ("enlisted", WithdrawalReason::Enlisted),
    ("emigrated", WithdrawalReason::Emigrated),
    ("duplicate", WithdrawalReason::Duplicate),
];

/// The household's key of domain §3, `police:<household_no>`; the relation to its head no rule reads.
fn household(fields: &mut Fields<'_>) -> Result<HouseholdId, Fault> {
    let household = fields.pseudonym("household_no", "police:")?;
    fields.text("relation_to_head")?;
    Ok(HouseholdId(household))
}

/// `person.registered`: into a household.
pub(crate) fn registered(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let sex = fields.code_among("sex", &SEXES)?;
    let household = household(fields)?;
    let division = fields.division("division_code")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::PersonRegistered { household, division, sex }))
}

/// `household.moved`: into another household or to another place.
pub(crate) fn moved(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let household = household(fields)?;
    let division = fields.division("division_code")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::HouseholdMoved { household, division }))
}

/// `registration.cancelled`: out of the register, by death or otherwise.
pub(crate) fn cancelled(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let reason = fields.choice("reason", &REASONS)?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::RegistrationCancelled { reason }))
}
