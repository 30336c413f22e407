//! Rules of the procedure *review*.

use jiff::ToSpan;
use jiff::civil::Date;

use super::life::{CUSTODY, INSURANCE, LONG_TERM_CARE, NURSING, Spell};
use super::{SUBSIDY, World, date, since};

impl World {
    pub(super) fn moved_out_recipient(&self, person: &str) -> bool {
        let out = self.registration(person, self.day).is_some_and(|record| match &*record.kind {
            "registration.cancelled" => {
                ["moved-out", "emigrated"].iter().any(|reason| record.data["reason"] == *reason)
            }
            "household.moved" => !World::in_district(record),
            _ => false,
        });
        out && !self.has(person).is_empty()
    }

    pub(super) fn overlapping_benefits(&self, person: &str) -> bool {
        let own = self.has(person);
        let mut programs: Vec<&str> = own.iter().map(|benefit| benefit.program()).collect();
        let has = |program: &str| programs.contains(&program);
        let pairs = (has("tekun") && (has("dibao") || SUBSIDY.iter().any(|subsidy| has(subsidy))))
            || (has("disability-nursing") && self.now(person, &NURSING).is_some())
            || (has("orphan") && has("disability-living"));
        let count = programs.len();
        programs.sort_unstable();
        programs.dedup();
        pairs || programs.len() < count
    }

    pub(super) fn income_above_standard(&self, household: &str, members: &[&str]) -> bool {
        let Some(dibao) = self.own_program(household, "dibao") else { return false };
        let mut reference = self.verified_on(dibao);
        for fact in self.facts.iter().filter(|fact| fact.kind == "income.assessed") {
            let list = fact.data["members"].as_array().unwrap();
            let names = |member: &&str| list.iter().any(|n| self.named(fact, n, member) == Some(false));
            if members.iter().any(names) {
                reference = reference.max(fact.on);
            }
        }
        let (mut sum, mut new) = (0, false);
        for member in members {
            let then = self.pensions(member, reference);
            for (began, amount) in self.pensions(member, self.day) {
                sum += amount;
                new |= began > reference || !then.iter().any(|(_, before)| *before == amount);
            }
            if let Some((began, amount)) = self.dole(member, self.day) {
                sum += amount;
                new |=
                    began > reference || self.dole(member, reference).map(|(_, then)| then) != Some(amount);
            }
            let insured = self.spell(member, &INSURANCE, "employee", self.day);
            if insured.is_some_and(|spell| spell.began + 6.months() <= self.day)
                && let Some(wage) = self.wage(member, self.month(3), self.day)
            {
                sum += wage;
                new |= self.wage(member, Date::MIN, reference) != Some(wage);
            }
        }
        sum > 82_000 * members.len() as i64 && new
    }

    pub(super) fn recipient_in_custody(&self, person: &str) -> bool {
        let kinds = ["imprisonment", "compulsory-rehabilitation"];
        let inside = |spell: Spell<'_>| kinds.iter().any(|kind| spell.newest.data["kind"] == *kind);
        self.now(person, &CUSTODY).is_some_and(inside)
            && self.has_any(person, &["dibao", SUBSIDY[0], SUBSIDY[1]])
    }

    pub(super) fn certificate_expired(&self, person: &str) -> bool {
        self.has_any(person, &SUBSIDY)
            && self.certificate(person).is_some_and(|newest| date(&newest.data["valid_until"]) < self.day)
    }

    pub(super) fn home_care_not_at_home(&self, person: &str) -> bool {
        let discharges = self.of(person, &["stay.discharged"]);
        let staying = self.of(person, &["stay.admitted"]).into_iter().any(|stay| {
            since(stay.on, self.day) > 30
                && !discharges.iter().any(|end| {
                    end.data["facility"] == stay.data["facility"]
                        && end.data["admitted_on"] == stay.data["on"]
                })
        });
        let institution =
            self.now(person, &LONG_TERM_CARE).is_some_and(|spell| spell.newest.data["mode"] == "institution");
        self.has_any(person, &["home-care"]) && (staying || institution)
    }

    pub(super) fn home_care_category_lost(&self, person: &str) -> bool {
        let own = self.has(person).into_iter().filter(|benefit| benefit.program() == "home-care");
        own.into_iter().any(|benefit| match self.category(benefit) {
            Some("disabled-elder") => self.ability(person).is_some_and(|level| level <= 1),
            Some("low-income") => !self.low_income(&self.household(person)),
            Some("living-alone") => self.co_residents(person).is_some_and(|others| !others.is_empty()),
            _ => false,
        })
    }

    pub(super) fn funeral_overlap(&self, person: &str) -> bool {
        let granted = self.benefits().into_iter().any(|benefit| {
            benefit.program() == "funeral" && !self.ended(benefit) && self.names(benefit, person, self.day)
        });
        granted && !self.of(person, &["funeral-grant.paid"]).is_empty()
    }
}
