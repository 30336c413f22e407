//! Benefits on a day: which grant counts, whom the newest list names, what is active (domain §3).

use std::rc::Rc;

use sanzao_model::{BenefitId, Body, Category, Day, Fen, Program};

use crate::life::{AsOf, Life};
use crate::set::FactIndex;

/// An active benefit of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Benefit {
    pub id: BenefitId,
    pub program: Program,
    /// The grant that counts.
    pub grant: FactIndex,
    pub monthly: Fen,
    pub category: Option<Category>,
    pub suspended: bool,
    pub verified_on: Day,
    /// The verification that gave `verified_on`, where one did.
    pub verification: Option<FactIndex>,
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
        let named = life.facts.iter().filter_map(|index| match &self.fact(*index).body {
            Body::BenefitGranted { benefit, .. } | Body::BenefitChanged { benefit, .. } => Some(*benefit),
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
        let has = self.active_grant(&facts).filter(|grant| self.holds_it(*grant, &facts, life, self.day));
        let benefit = has.map(|grant| Rc::new(self.read_benefit(id, grant, &facts)));
        self.benefits.insert((id, life.head), benefit.clone());
        benefit
    }

    /// The grant and program of a benefit active on the day whose list of an earlier day names the
    /// person: how the dead belong to households (domain §3).
    pub fn named_on(&mut self, id: BenefitId, life: &Rc<Life>, day: Day) -> Option<(Program, FactIndex)> {
        let facts = self.benefit_facts(id);
        let grant = self.active_grant(&facts)?;
        let program = self.program(grant)?;
        self.holds_it(grant, &facts, life, day).then_some((program, grant))
    }

    /// The benefit's facts that count on the day, the newest last.
    fn benefit_facts(&self, id: BenefitId) -> Vec<FactIndex> {
        let entry = self.ledger.benefits.get(&id);
        let mut facts: Vec<FactIndex> = entry
            .into_iter()
            .flat_map(|entry| &entry.facts)
            .copied()
            .filter(|fact| self.counts(*fact))
            .collect();
        facts.sort_unstable_by(|a, b| self.by_age(*a, *b));
        facts
    }

    /// The grant that counts: the newest, unless it is for one person and held for them. None unless the
    /// benefit is active: not ended (an ended id stays ended), and not paid once.
    fn active_grant(&mut self, facts: &[FactIndex]) -> Option<FactIndex> {
        if facts.iter().any(|fact| matches!(self.fact(*fact).body, Body::BenefitEnded { .. })) {
            return None;
        }
        let newest = facts.iter().rev().copied().find(|fact| match self.program(*fact) {
            None => false,
            Some(program) => program.is_household() || !self.is_held_for_its_person(*fact),
        })?;
        self.program(newest).filter(|program| !program.is_one_off()).map(|_| newest)
    }

    fn is_held_for_its_person(&mut self, grant: FactIndex) -> bool {
        let person = self.fact(grant).named.first().map(|(person, _)| *person);
        person.is_some_and(|person| self.life(person).held.contains(&grant))
    }

    fn program(&self, grant: FactIndex) -> Option<Program> {
        match self.fact(grant).body {
            Body::BenefitGranted { program, .. } => Some(program),
            _ => None,
        }
    }

    /// Whether the person has the benefit, by the grant and lists on or before `day`. A list that is held
    /// for the person says nothing about them: an earlier one keeps holding. A grant for one person ends
    /// what lists before it said.
    fn holds_it(&self, grant: FactIndex, facts: &[FactIndex], life: &Life, day: Day) -> bool {
        let names = |fact: FactIndex| self.fact(fact).named.iter().any(|(who, _)| life.is(*who));
        let is_list = |fact: FactIndex| match self.fact(fact).body {
            Body::BenefitGranted { program, .. } => program.is_household(),
            Body::BenefitChanged { .. } => !self.fact(fact).named.is_empty(),
            _ => false,
        };
        let for_one = !self.program(grant).is_some_and(Program::is_household);
        if for_one && names(grant) && self.fact(grant).on <= day {
            return true;
        }
        let lists = facts.iter().rev().copied().take_while(|fact| !for_one || *fact != grant);
        let newest = lists
            .filter(|fact| is_list(*fact) && self.fact(*fact).on <= day)
            .find(|fact| !life.held.contains(fact));
        newest.is_some_and(names)
    }

    fn read_benefit(&self, id: BenefitId, grant: FactIndex, facts: &[FactIndex]) -> Benefit {
        let Body::BenefitGranted { program, monthly, category, verified_on, .. } = &self.fact(grant).body
        else {
            unreachable!("the grant was chosen among grants");
        };
        let mut benefit = Benefit {
            id,
            program: *program,
            grant,
            monthly: *monthly,
            category: *category,
            suspended: false,
            verified_on: self.fact(grant).on,
            verification: None,
        };
        if let Some(day) = verified_on.filter(|day| *day <= self.day) {
            benefit.verified_on = benefit.verified_on.max(day);
        }
        let mut after_grant = false;
        for index in facts {
            let fact = self.fact(*index);
            after_grant |= *index == grant;
            match &fact.body {
                Body::BenefitChanged { monthly, category, .. } if after_grant => {
                    benefit.monthly = monthly.unwrap_or(benefit.monthly);
                    benefit.category = category.or(benefit.category);
                }
                Body::BenefitSuspended { .. } => benefit.suspended = true,
                Body::BenefitResumed { .. } => benefit.suspended = false,
                Body::VerificationRecorded { .. } if fact.on >= benefit.verified_on => {
                    benefit.verified_on = fact.on;
                    benefit.verification = Some(*index);
                }
                _ => {}
            }
        }
        benefit
    }
}
