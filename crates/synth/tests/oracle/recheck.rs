//! Rules of the procedure *recheck*.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{CHILD, SUBSIDY, World, date, since};

impl World {
    /// From 30 days before something is due, so many months after a day.
    fn due(&self, from: Date, months: i64) -> bool {
        from + months.months() - 30.days() <= self.day
    }

    pub(super) fn dibao_recheck(&self, household: &str, members: &[&str]) -> bool {
        let Some(dibao) = self.own_program(household, "dibao") else { return false };
        let able = |member: &&str| self.working_age(member) && self.valid_certificate(member).is_none();
        let months = if members.iter().any(able) { 6 } else { 12 };
        self.due(self.verified_on(dibao), months)
    }

    pub(super) fn recheck_due(&self, person: &str, program: &str, months: i64) -> bool {
        let own = self.has(person).into_iter().filter(|benefit| benefit.program() == program);
        own.into_iter().any(|benefit| self.due(self.verified_on(benefit), months))
    }

    pub(super) fn rigid_spending_expiry(&self, household: &str) -> bool {
        self.own_program(household, "rigid-spending").is_some_and(|benefit| self.due(benefit.grant.on, 12))
    }

    pub(super) fn certificate_expiry(&self, person: &str) -> bool {
        let left = self.certificate(person).map(|newest| since(self.day, date(&newest.data["valid_until"])));
        self.has_any(person, &SUBSIDY) && left.is_some_and(|days| (0..=180).contains(&days))
    }

    fn visits(&self, person: &str, kind: &str, first: Date) -> usize {
        let visits = self.of(person, &["visit.recorded"]);
        visits.iter().filter(|visit| visit.on >= first && visit.data["kind"] == kind).count()
    }

    pub(super) fn child_monthly_visit(&self, person: &str) -> bool {
        self.has_any(person, &CHILD) && self.visits(person, "child", self.month(0)) == 0
    }

    pub(super) fn elder_weekly_visits(&self, person: &str) -> bool {
        let monday = self.day - i64::from(self.day.weekday().to_monday_zero_offset()).days();
        self.has_any(person, &["care-visit"]) && self.visits(person, "elder", monday) < 4
    }

    pub(super) fn long_silence(&self, person: &str) -> bool {
        let recent = |on: Date| since(on, self.day) < 365;
        let named = self.facts.iter().any(|fact| {
            recent(fact.on)
                && World::named_by(fact).any(|named| self.named(fact, named, person) == Some(false))
        });
        let verified = self.benefits().into_iter().any(|benefit| {
            self.names(benefit, person, self.day)
                && self.about("verification.recorded", benefit.id).any(|fact| recent(fact.on))
        });
        self.age(person) >= 90 && !self.has(person).is_empty() && !named && !verified
    }
}
