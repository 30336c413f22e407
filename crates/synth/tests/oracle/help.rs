//! Rules of the procedure *help*.

use jiff::ToSpan;

use super::life::{LONG_TERM_CARE, UNEMPLOYMENT};
use super::money::fen;
use super::{CHILD, HOUSEHOLD, LOW, World, since};

impl World {
    pub(super) fn rigid_medical_spending(&self, household: &str, members: &[&str]) -> bool {
        let first = self.day - 12.months() + 1.day();
        let paid: i64 = self.with_dead(household).iter().map(|person| self.self_paid(person, first)).sum();
        let income: i64 = members.iter().map(|member| self.income(member)).sum();
        !self.low_income(household) && paid >= 500_000 && paid * 100 >= 60 * 12 * income
    }

    pub(super) fn costly_hospital_stay(&self, person: &str) -> bool {
        let least = if self.low_income(&self.household(person)) { 600_000 } else { 1_000_000 };
        self.settlements(person).iter().any(|fact| {
            fact.data["med_type"] == "inpatient"
                && since(fact.on, self.day) < 90
                && fen(&fact.data["psn_part_amt"]) >= least
        })
    }

    pub(super) fn high_yearly_self_pay(&self, person: &str) -> bool {
        let least = if self.low_income(&self.household(person)) { 500_000 } else { 2_000_000 };
        self.self_paid(person, self.day.first_of_year()) >= least
    }

    pub(super) fn unemployment_benefit_exhausted(&self, person: &str) -> bool {
        let events = self.of(person, &["unemployment.benefit-started", "unemployment.benefit-ended"]);
        let exhausted = events.last().is_some_and(|newest| {
            newest.data["reason"] == "exhausted" && (30..=365).contains(&since(newest.on, self.day))
        });
        exhausted
            && self.working_age(person)
            && !self.employed(person)
            && self.pensions(person, self.day).is_empty()
    }

    pub(super) fn long_unemployed(&self, person: &str) -> bool {
        let long = self.now(person, &UNEMPLOYMENT).is_some_and(|spell| since(spell.began, self.day) >= 90);
        long && self.working_age(person)
            && self.dole(person, self.day).is_none()
            && !self.employed(person)
            && !self.low_income(&self.household(person))
    }

    pub(super) fn major_illness(&self, person: &str) -> bool {
        let diagnoses = self.within(60, person, &["diagnosis.recorded"]);
        diagnoses.iter().any(|fact| fact.data["category"] == "major-illness")
            && !self.low_income(&self.household(person))
    }

    pub(super) fn severe_mental_disorder(&self, person: &str) -> bool {
        let diagnoses = self.of(person, &["diagnosis.recorded"]);
        diagnoses.iter().any(|fact| fact.data["category"] == "severe-mental-disorder")
            && !self.member_has(&self.household(person), &["dibao", "tekun", "dibao-edge"])
    }

    pub(super) fn frail_elder_without_care(&self, person: &str) -> bool {
        self.age(person) >= 60
            && self.ability(person).is_some_and(|level| level >= 2)
            && !self.has_any(person, &["home-care"])
            && self.now(person, &LONG_TERM_CARE).is_none()
    }

    pub(super) fn orphan(&self, person: &str) -> bool {
        let parents = self.parents(person);
        self.age(person) < 18
            && !parents.is_empty()
            && !parents.iter().any(|parent| self.living(parent))
            && !self.has_any(person, &["orphan"])
    }

    pub(super) fn unattended_child(&self, person: &str) -> bool {
        let parents = self.parents(person);
        self.age(person) < 18
            && parents.len() >= 2
            && parents.iter().all(|parent| self.unable(parent))
            && parents.iter().any(|parent| self.living(parent))
            && !self.has_any(person, &["unattended-child", "orphan"])
    }

    pub(super) fn child_parent_event(&self, person: &str) -> bool {
        let happened = |parent: &&str| {
            self.died_on(parent).is_some_and(|on| since(on, self.day) < 90)
                || !self.within(90, parent, &["custody.started", "missing.reported"]).is_empty()
        };
        self.age(person) < 18
            && self.parents(person).iter().any(happened)
            && !self.orphan(person)
            && !self.unattended_child(person)
            && !self.has_any(person, &CHILD)
    }

    pub(super) fn elder_living_alone(&self, person: &str) -> bool {
        self.age(person) >= 80
            && self.co_residents(person).is_some_and(|others| others.is_empty())
            && !self.has_any(person, &["care-visit"])
    }

    pub(super) fn released_without_work(&self, person: &str) -> bool {
        let events = self.of(person, &["custody.started", "custody.ended"]);
        let released = events.last().is_some_and(|newest| {
            newest.kind == "custody.ended" && (14..=180).contains(&since(newest.on, self.day))
        });
        released && self.working_age(person) && !self.employed(person) && !self.has_any(person, &LOW)
    }

    pub(super) fn exit_watch(&self, household: &str, members: &[&str]) -> bool {
        let lost = self.benefits().into_iter().any(|benefit| {
            HOUSEHOLD.contains(&benefit.program())
                && self.about("benefit.ended", benefit.id).any(|end| since(end.on, self.day) < 365)
                && members.iter().any(|member| self.names(benefit, member, self.day))
        });
        let refused =
            members.iter().any(|member| !self.within(365, member, &["application.refused"]).is_empty());
        let first = self.day - 89.days();
        let paid: i64 = self.with_dead(household).iter().map(|person| self.self_paid(person, first)).sum();
        let hardships = ["unemployment.registered", "custody.started", "disability.certified"];
        let hit = members.iter().any(|member| !self.within(90, member, &hardships).is_empty());
        !self.low_income(household) && (lost || refused) && (paid >= 200_000 || hit)
    }

    pub(super) fn many_disabled(&self, household: &str, members: &[&str]) -> bool {
        let (certified, others): (Vec<&str>, Vec<&str>) =
            members.iter().partition(|member| self.valid_certificate(member).is_some());
        let elders = !others.is_empty() && others.iter().all(|other| self.age(other) >= 60);
        !self.low_income(household) && (certified.len() >= 2 || certified.len() == 1 && elders)
    }

    pub(super) fn breadwinner_lost(&self, household: &str, members: &[&str]) -> bool {
        let lost = self.with_dead(household).into_iter().any(|person| {
            let earned = self.wage(person, self.month(6), self.month(0) - 1.day()).is_some();
            let died = self.died_on(person).is_some_and(|on| since(on, self.day) < 90);
            let taken = !self.within(90, person, &["custody.started"]).is_empty();
            let stopped = self.within(90, person, &["insurance.stopped"]);
            earned && (died || taken || stopped.iter().any(|stop| stop.data["scheme"] == "employee"))
        });
        lost && !members.iter().any(|member| self.employed(member))
    }
}
