//! Procedure *entitlement*: a benefit seems missed.

use std::collections::BTreeSet;

use super::super::numbers::At;
use super::super::view::View;
use super::when;

/// "Valid certificate; has an active `dibao`; no active `disability-living`, `tekun`, `orphan`, `unattended-child`;
/// no active injury nursing."
pub fn missed_disability_living(view: &View, person: &str, _: &At) -> Vec<String> {
    let holds = view.valid_certificate(person).is_some()
        && view.has_any(person, &["dibao"])
        && !view.has_any(person, &["disability-living", "tekun", "orphan", "unattended-child"])
        && !view.has_injury_nursing(person);
    when(holds, "disability-living")
}

/// "Valid certificate of grade 1–2; no active `disability-nursing` or `tekun`; no active injury nursing."
pub fn missed_disability_nursing(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let grade = view.valid_certificate(person).map(|certificate| certificate.number("grade"));
    let holds = grade.is_some_and(|grade| grade <= numbers.get("nursing_grade"))
        && !view.has_any(person, &["disability-nursing", "tekun"])
        && !view.has_injury_nursing(person);
    when(holds, "disability-nursing")
}

/// "Age ≥ 80; registered in the district; no active `old-age-allowance`."
pub fn missed_old_age_allowance(view: &View, person: &str, numbers: &At) -> Vec<String> {
    let holds = view.is_aged_from(person, numbers.get("old_age_allowance_from_years"))
        && view.is_registered_in_district(person)
        && !view.has_any(person, &["old-age-allowance"]);
    when(holds, "age-80")
}

/// "Member of a low-income household without active enrolment of any insutype."
pub fn uninsured_recipient(view: &View, person: &str, _: &At) -> Vec<String> {
    let is_insured = ["310", "390"].iter().any(|insutype| view.enrolment(person, insutype).is_some());
    when(view.is_of_low_income(person) && !is_insured, "insurance")
}

/// "A birth certified to somebody of the household in last 180 days; active `dibao` whose newest `members` list (grant
/// or change) is dated before the day of birth." "Births … include the dead." One occasion for each day of birth.
pub fn newborn_not_counted(view: &View, household: &str, numbers: &At) -> Vec<String> {
    let listed: Vec<_> =
        view.household_benefits(household, "dibao").iter().map(|dibao| view.newest_list(dibao).on).collect();
    let births: BTreeSet<_> = view
        .all_of(household)
        .flat_map(|person| view.facts_of(person, "health.birth.certified"))
        .map(|birth| birth.on)
        .filter(|born_on| view.is_in_last_days(*born_on, numbers.get("newborn_days")))
        .filter(|born_on| listed.iter().any(|listed_on| listed_on < born_on))
        .collect();
    births.into_iter().map(|born_on| born_on.to_string()).collect()
}
