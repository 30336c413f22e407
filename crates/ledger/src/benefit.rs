//! Benefits on a day: which grant counts, whom the newest list names, what is active (domain §3).

use std::rc::Rc;

use sanzao_model::{BenefitId, Day, Fen, HomeCareCategory, Program};

use crate::life::{AsOf, Life};
use crate::set::FactIndex;
use crate::told::Told;

/// An active benefit of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Benefit {
    pub id: BenefitId,
    pub program: Program,
    /// The grant that counts.
    pub grant: FactIndex,
    /// The grant or list that names the person.
    pub named_by: FactIndex,
    pub monthly: Fen,
    /// The newest category, where a rule reads it.
    pub category: Option<HomeCareCategory>,
    /// The change that gave the newest category, whether or not a rule reads it; none where the grant did.
    pub categorised_by: Option<FactIndex>,
    pub suspended: bool,
    pub verified_on: Day,
    /// The verification that gave `verified_on`, where one did.
    pub verification: Option<FactIndex>,
    /// The newest list, whomever it names.
    pub newest_list: FactIndex,
}

/// An end of a benefit, for somebody who had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EndedBenefit {
    pub id: BenefitId,
    pub program: Program,
    /// The list that names the person, or the grant.
    pub list: FactIndex,
    pub end: FactIndex,
}

impl AsOf<'_> {
    /// Active benefits that a person has on the day: their own, and those whose newest list names them.
    pub fn benefits_of(&mut self, life: &Rc<Life>) -> Rc<Vec<Rc<Benefit>>> {
        if let Some(known) = self.own_benefits.get(&life.head) {
            return Rc::clone(known);
        }
        let ids = self.candidate_benefits(life);
        let active: Vec<_> = ids.into_iter().filter_map(|id| self.benefit(id, life)).collect();
        let active = Rc::new(active);
        self.own_benefits.insert(life.head, Rc::clone(&active));
        active
    }

    /// Benefits whose grants or lists name the person, held ones aside, each once.
    pub fn candidate_benefits(&self, life: &Life) -> Vec<BenefitId> {
        let named = life.facts.iter().filter_map(|index| match &self.fact(*index).told {
            Told::BenefitGranted { benefit, .. } | Told::BenefitChanged { benefit, .. } => Some(*benefit),
            _ => None,
        });
        let mut ids: Vec<BenefitId> = named.collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn benefit(&mut self, id: BenefitId, life: &Rc<Life>) -> Option<Rc<Benefit>> {
        if let Some(known) = self.benefits.get(&(id, life.head)) {
            return known.clone();
        }
        let facts = self.benefit_facts(id);
        let has = self
            .active_grant(&facts)
            .and_then(|grant| Some((grant, self.named_by(grant, &facts, life, self.day)?)));
        let benefit = has.map(|(grant, by)| Rc::new(self.read_benefit(id, (grant, by), &facts)));
        self.benefits.insert((id, life.head), benefit.clone());
        benefit
    }

    /// A benefit active on the day of which the list of an earlier day names the person: how the dead
    /// belong to households (domain §3).
    pub fn named_on(&mut self, id: BenefitId, life: &Rc<Life>, day: Day) -> Option<Rc<Benefit>> {
        let facts = self.benefit_facts(id);
        let grant = self.active_grant(&facts)?;
        let by = self.named_by(grant, &facts, life, day)?;
        Some(Rc::new(self.read_benefit(id, (grant, by), &facts)))
    }

    /// The benefit's facts that count on the day and say something, the newest last.
    pub(crate) fn benefit_facts(&mut self, id: BenefitId) -> Vec<FactIndex> {
        let entry = self.ledger.benefits.get(&id);
        let mut facts: Vec<FactIndex> = entry
            .into_iter()
            .flat_map(|entry| &entry.facts)
            .copied()
            .filter(|fact| self.counts(*fact))
            .collect();
        facts.retain(|fact| !self.is_held_for_all(*fact));
        facts.sort_unstable_by(|a, b| self.by_age(*a, *b));
        facts
    }

    /// The grant that counts: the newest that is not held for everybody it names.
    pub(crate) fn counting_grant(&self, facts: &[FactIndex]) -> Option<FactIndex> {
        facts.iter().rev().copied().find(|fact| self.program(*fact).is_some())
    }

    /// The grant that counts, where the benefit is active: not ended (an ended id stays ended), and not paid
    /// once.
    fn active_grant(&self, facts: &[FactIndex]) -> Option<FactIndex> {
        if self.ends(facts).next().is_some() {
            return None;
        }
        let newest = self.counting_grant(facts)?;
        self.program(newest).filter(|program| !program.is_one_off()).map(|_| newest)
    }

    fn ends<'f>(&'f self, facts: &'f [FactIndex]) -> impl Iterator<Item = FactIndex> + 'f {
        let is_end = |fact: &FactIndex| matches!(self.fact(*fact).told, Told::BenefitEnded { .. });
        facts.iter().copied().filter(is_end)
    }

    /// Benefits of any program that ended, the person's own and those whose newest lists name the person.
    pub fn ended_benefits(&mut self, life: &Rc<Life>) -> Vec<EndedBenefit> {
        let mut found = Vec::new();
        for id in self.candidate_benefits(life) {
            let facts = self.benefit_facts(id);
            let Some(grant) = self.counting_grant(&facts) else { continue };
            let Some(program) = self.program(grant) else { continue };
            let Some(list) = self.named_by(grant, &facts, life, self.day) else { continue };
            found.extend(self.ends(&facts).map(|end| EndedBenefit { id, program, list, end }));
        }
        found
    }

    /// Grants to the person of programs that are paid once, not ended.
    pub fn once_paid(&mut self, life: &Rc<Life>) -> Vec<(BenefitId, FactIndex)> {
        let mut found = Vec::new();
        for id in self.candidate_benefits(life) {
            let facts = self.benefit_facts(id);
            let Some(grant) = self.counting_grant(&facts) else { continue };
            let is_paid_once = self.program(grant).is_some_and(Program::is_one_off);
            if is_paid_once
                && self.ends(&facts).next().is_none()
                && self.named_by(grant, &facts, life, self.day) == Some(grant)
            {
                found.push((id, grant));
            }
        }
        found
    }

    /// Whether a fact names somebody and is held for everybody it names: then it says nothing at all. Of a
    /// list of which some are held the others are not affected.
    fn is_held_for_all(&mut self, fact: FactIndex) -> bool {
        let ledger = self.ledger;
        let named = ledger.set.named(fact);
        !named.is_empty() && named.iter().all(|(person, _)| self.life(*person).held.contains(&fact))
    }

    pub(crate) fn program(&self, grant: FactIndex) -> Option<Program> {
        match self.fact(grant).told {
            Told::BenefitGranted { program, .. } => Some(program),
            _ => None,
        }
    }

    /// The record by which the person has the benefit, of the grant and lists on or before `day`. A list
    /// that is held for the person says nothing about them: an earlier one keeps holding. A grant for one
    /// person ends what lists before it said.
    pub(crate) fn named_by(
        &self,
        grant: FactIndex,
        facts: &[FactIndex],
        life: &Life,
        day: Day,
    ) -> Option<FactIndex> {
        let names = |fact: FactIndex| self.ledger.set.named(fact).iter().any(|(who, _)| life.is(*who));
        let for_one = !self.program(grant).is_some_and(Program::is_household);
        if for_one && names(grant) && self.fact(grant).on <= day {
            return Some(grant);
        }
        let lists = facts.iter().rev().copied().take_while(|fact| !for_one || *fact != grant);
        let newest = lists
            .filter(|fact| self.is_list(*fact) && self.fact(*fact).on <= day)
            .find(|fact| !life.held.contains(fact));
        newest.filter(|list| names(*list))
    }

    /// Whether a fact about a benefit says who its members are; of one that named only people who were erased:
    /// nobody is.
    fn is_list(&self, fact: FactIndex) -> bool {
        let is_of_members =
            matches!(self.fact(fact).told, Told::BenefitGranted { .. } | Told::BenefitChanged { .. });
        is_of_members && self.fact(fact).is_list
    }

    /// The newest list, whomever it names; the grant where there is none.
    fn newest_list(&self, grant: FactIndex, facts: &[FactIndex]) -> FactIndex {
        let for_one = !self.program(grant).is_some_and(Program::is_household);
        let mut lists = facts.iter().rev().copied().take_while(|fact| !for_one || *fact != grant);
        lists.find(|fact| self.is_list(*fact)).unwrap_or(grant)
    }

    fn read_benefit(
        &self,
        id: BenefitId,
        (grant, named_by): (FactIndex, FactIndex),
        facts: &[FactIndex],
    ) -> Benefit {
        let Told::BenefitGranted { program, monthly, category, verified_on, .. } = &self.fact(grant).told
        else {
            unreachable!("the grant was chosen among grants");
        };
        let mut benefit = Benefit {
            id,
            program: *program,
            grant,
            named_by,
            monthly: monthly.fen(),
            category: category.of_home_care(),
            categorised_by: None,
            suspended: false,
            verified_on: self.fact(grant).on,
            verification: None,
            newest_list: self.newest_list(grant, facts),
        };
        if let Some(day) = verified_on.get().filter(|day| *day <= self.day) {
            benefit.verified_on = benefit.verified_on.max(day);
        }
        let mut after_grant = false;
        for index in facts {
            let fact = self.fact(*index);
            after_grant |= *index == grant;
            match &fact.told {
                Told::BenefitChanged { monthly, category, .. } if after_grant => {
                    benefit.monthly = monthly.get().unwrap_or(benefit.monthly);
                    if category.is_some() {
                        benefit.category = category.of_home_care();
                        benefit.categorised_by = Some(*index);
                    }
                }
                Told::BenefitSuspended { .. } => benefit.suspended = after_grant,
                Told::BenefitResumed { .. } => benefit.suspended = false,
                Told::VerificationRecorded { .. } if fact.on >= benefit.verified_on => {
                    benefit.verified_on = fact.on;
                    benefit.verification = Some(*index);
                }
                _ => {}
            }
        }
        benefit
    }
}
