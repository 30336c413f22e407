//! Rules of the procedure *entitlement*.

use super::life::{ENROLMENT, NURSING};
use super::{World, since};

impl World {
    pub(super) fn missed_disability_living(&self, person: &str) -> bool {
        self.valid_certificate(person).is_some()
            && self.has_any(person, &["dibao"])
            && !self.has_any(person, &["disability-living", "tekun", "orphan", "unattended-child"])
            && self.now(person, &NURSING).is_none()
    }

    pub(super) fn missed_disability_nursing(&self, person: &str) -> bool {
        let grade = self.valid_certificate(person).and_then(|newest| newest.data["grade"].as_u64());
        grade.is_some_and(|grade| grade <= 2)
            && !self.has_any(person, &["disability-nursing", "tekun"])
            && self.now(person, &NURSING).is_none()
    }

    pub(super) fn missed_old_age_allowance(&self, person: &str) -> bool {
        self.age(person) >= 80
            && self.registration(person, self.day).is_some_and(World::in_district)
            && !self.has_any(person, &["old-age-allowance"])
    }

    pub(super) fn uninsured_recipient(&self, person: &str) -> bool {
        let enrolled =
            ["310", "390"].iter().any(|kind| self.spell(person, &ENROLMENT, kind, self.day).is_some());
        !enrolled && self.low_income(&self.household(person))
    }

    pub(super) fn newborn_not_counted(&self, household: &str) -> bool {
        let Some(dibao) = self.own_program(household, "dibao") else { return false };
        let counted = self.lists(dibao, self.day).last().expect("a dibao has a list").on;
        let people = self.with_dead(household).into_iter();
        people
            .flat_map(|person| self.of(person, &["birth.certified"]))
            .any(|birth| since(birth.on, self.day) < 180 && counted < birth.on)
    }
}
