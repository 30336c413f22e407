//! Households on a day: each person belongs to exactly one (domain §3).

use std::rc::Rc;

use sanzao_model::{BenefitId, HouseholdId, Program};
use smallvec::SmallVec;

use crate::benefit::Benefit;
use crate::life::{AsOf, Life, Registration, registration_among};
use crate::set::{FactIndex, PersonIndex};

/// A police household with more living people than this is collective: its people are alone as
/// households, and stay co-residents (domain §3).
const COLLECTIVE_ABOVE: usize = 20;

/// The people of a household.
#[derive(Debug)]
pub(crate) struct Household {
    pub id: HouseholdId,
    /// Members: the living, in the order of the ledger.
    pub living: Vec<Rc<Life>>,
    /// The dead that belong to it.
    pub dead: Vec<Rc<Life>>,
    /// The low-income programs that living members have, with their grants, each once, by fact id: of
    /// several any would do where one is shown, but always the same.
    pub low_income: Vec<(Program, FactIndex)>,
}

/// Who is registered in a police household.
#[derive(Debug, Clone, Default)]
pub(crate) struct Residents {
    /// The living.
    pub living: usize,
    /// The registrations of the first two of them by fact id, so that there is one of somebody else for each.
    pub first: SmallVec<[(PersonIndex, FactIndex); 2]>,
}

/// Where somebody living is registered, and with whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CoResidence {
    /// The person's registration.
    pub registration: FactIndex,
    /// Other living people of the same police household, whatever programs say.
    pub others: usize,
    /// The registration of one of them.
    pub other: Option<FactIndex>,
}

impl AsOf<'_> {
    /// The household that a person belongs to.
    pub fn household_of(&mut self, life: &Rc<Life>) -> HouseholdId {
        self.place_of(life).0
    }

    /// The household that a person belongs to, and the list or registration that says so, if one does.
    pub fn place_of(&mut self, life: &Rc<Life>) -> (HouseholdId, Option<FactIndex>) {
        if let Some(known) = self.belongs.get(&life.head) {
            return *known;
        }
        let place = match self.program_household(life) {
            Some(benefit) => (benefit.id.household(), Some(benefit.named_by)),
            None => match self.police_household(life) {
                Some((household, registration)) => (household, Some(registration)),
                None => (self.ledger.people[life.head as usize].alone, None),
            },
        };
        self.belongs.insert(life.head, place);
        place
    }

    /// Of the active household programs whose newest list names the person (of the dead: whose list of
    /// their last day does), the first: dibao, dibao-edge, rigid-spending; then the newest grant.
    fn program_household(&mut self, life: &Rc<Life>) -> Option<Rc<Benefit>> {
        let named = match self.died_on(life) {
            None => self.benefits_of(life),
            Some(day) => {
                let candidates = self.candidate_benefits(life);
                Rc::new(candidates.into_iter().filter_map(|id| self.named_on(id, life, day)).collect())
            }
        };
        let household_programs = named.iter().filter(|benefit| benefit.program.is_household());
        let first = household_programs
            .min_by(|a, b| a.program.cmp(&b.program).then_with(|| self.by_age(b.grant, a.grant)));
        first.cloned()
    }

    /// The day of the earliest death signal.
    pub fn died_on(&self, life: &Life) -> Option<sanzao_model::Day> {
        life.deaths.first().map(|fact| self.fact(*fact).on)
    }

    /// The police household, of the dead that of their last day, unless it is collective; and the record
    /// that says so.
    fn police_household(&mut self, life: &Rc<Life>) -> Option<(HouseholdId, FactIndex)> {
        let registration = match self.died_on(life) {
            None => life.registration,
            Some(day) => registration_among(self, &life.facts, day),
        };
        let Registration { fact, place } = registration?;
        let (household, _) = place?;
        (!self.is_collective(household)).then_some((household, fact))
    }

    /// More than twenty living people are registered under the number, whatever programs name them.
    fn is_collective(&mut self, household: HouseholdId) -> bool {
        self.residents(household).living > COLLECTIVE_ABOVE
    }

    /// The living people registered under a police household number.
    fn residents(&mut self, household: HouseholdId) -> Rc<Residents> {
        if let Some(known) = self.residents.get(&household) {
            return Rc::clone(known);
        }
        let ever = self.ledger.households.get(&household).map_or(&[][..], |people| people);
        let lives = self.distinct_lives(ever.iter().copied());
        let mut here: SmallVec<[(PersonIndex, FactIndex); 8]> = SmallVec::new();
        for life in lives.iter().filter(|life| life.living()) {
            let registration = life.registration.filter(|at| at.place.is_some_and(|(at, _)| at == household));
            here.extend(registration.map(|at| (life.head, at.fact)));
        }
        let living = here.len();
        here.sort_unstable_by_key(|(_, fact)| self.fact(*fact).id);
        let residents = Rc::new(Residents { living, first: here.into_iter().take(2).collect() });
        self.residents.insert(household, Rc::clone(&residents));
        residents
    }

    /// With whom somebody lives; none of the dead and of who is registered in no police household.
    pub fn co_residence(&mut self, life: &Life) -> Option<CoResidence> {
        let Registration { fact, place } = life.registration.filter(|_| life.living())?;
        let residents = self.residents(place?.0);
        let other = residents.first.iter().find(|(head, _)| *head != life.head).map(|(_, fact)| *fact);
        Some(CoResidence { registration: fact, others: residents.living.saturating_sub(1), other })
    }

    /// Each person once, in the order of their numbers' first appearance.
    pub fn distinct_lives(&mut self, people: impl IntoIterator<Item = PersonIndex>) -> Vec<Rc<Life>> {
        let mut lives: Vec<Rc<Life>> = people.into_iter().map(|person| self.life(person)).collect();
        lives.sort_by_key(|life| life.head);
        lives.dedup_by_key(|life| life.head);
        lives
    }

    /// A household with all who belong to it on the day.
    pub fn household(&mut self, id: HouseholdId) -> Rc<Household> {
        if let Some(known) = self.members.get(&id) {
            return Rc::clone(known);
        }
        let ever = self.ever_in(id);
        let mut belonging = self.distinct_lives(ever);
        belonging.retain(|life| self.household_of(life) == id);
        let (living, dead): (Vec<_>, Vec<_>) = belonging.into_iter().partition(|life| life.living());
        let low_income = self.low_income_programs(&living);
        let household = Rc::new(Household { id, living, dead, low_income });
        self.members.insert(id, Rc::clone(&household));
        household
    }

    /// Everybody who was ever connected with a household's key.
    fn ever_in(&self, id: HouseholdId) -> Vec<PersonIndex> {
        let program = self.ledger.benefits.get(&BenefitId(id.0)).map(|entry| &entry.people);
        let police = self.ledger.households.get(&id);
        let alone = self.ledger.alone_as(id);
        program.into_iter().flatten().chain(police.into_iter().flatten()).copied().chain(alone).collect()
    }

    fn low_income_programs(&mut self, living: &[Rc<Life>]) -> Vec<(Program, FactIndex)> {
        let mut grants: Vec<(Program, FactIndex)> = Vec::new();
        for life in living {
            let benefits = self.benefits_of(life);
            let low = benefits.iter().filter(|benefit| benefit.program.is_low_income());
            grants.extend(low.map(|benefit| (benefit.program, benefit.grant)));
        }
        grants.sort_unstable_by_key(|(_, grant)| self.fact(*grant).id);
        grants.dedup();
        grants
    }
}
