//! Random tables: every value near a threshold of some rule, every table sometimes empty.

mod more;

use sanzao_ledger::tables::*;
use sanzao_model::{Day, Division, FactId, Feed, Fen, HouseholdId, PersonId, SubjectId};

/// SplitMix64: the same seed, the same tables.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
    /// With so many chances in a thousand.
    pub fn in_thousand(&mut self, chances: u64) -> bool {
        self.below(1000) < chances
    }
    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

pub fn id(number: u64, salt: u8) -> [u8; 16] {
    let mut bytes = [salt; 16];
    // Ids do not sort as numbers do.
    bytes[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes
}

/// Two towns, and now and then nowhere.
fn division(nth: usize) -> Option<Division> {
    ["320614102001", "320614103001", "320614102002", ""][nth % 4].parse().ok()
}

/// How often things happen, in a thousand people.
pub struct Rates {
    pub benefit: u64,
    pub settlement: u64,
    pub other: u64,
}

/// Much of everything: for comparing results.
pub const DENSE: Rates = Rates { benefit: 900, settlement: 600, other: 350 };
/// About what a district has: for measuring.
#[allow(dead_code)]
pub const LIKELY: Rates = Rates { benefit: 90, settlement: 500, other: 12 };

const PROGRAMS: [&str; 12] = [
    "dibao",
    "tekun",
    "dibao-edge",
    "rigid-spending",
    "orphan",
    "unattended-child",
    "child-in-difficulty",
    "disability-living",
    "disability-nursing",
    "old-age-allowance",
    "home-care",
    "care-visit",
];

struct Maker<'a> {
    tables: Tables,
    chance: Chance,
    rates: &'a Rates,
}

/// Tables of so many people, all decided but about one in eight when `context`.
pub fn tables(seed: u64, people: u32, rates: &Rates, context: bool) -> Tables {
    let mut chance = Chance::new(seed);
    let as_of = Day(20_000 + chance.below(800) as i32);
    let mut maker = Maker { tables: Tables { as_of, ..Tables::default() }, chance, rates };
    let base = maker.chance.below(1 << 40);
    while (maker.tables.people.len() as u32) < people {
        maker.household(base, people);
    }
    maker.relatives();
    let Maker { mut tables, mut chance, .. } = maker;
    let people = tables.people.iter().map(|id| SubjectId::Person(*id));
    let households = tables.households.iter().map(|id| SubjectId::Household(*id));
    tables.subjects = people.chain(households).filter(|_| !context || !chance.in_thousand(125)).collect();
    tables
}

impl Maker<'_> {
    fn fact(&mut self, feed: Feed) -> u32 {
        let number = self.tables.facts.len() as u32;
        let id = FactId(id(u64::from(number) ^ self.chance.below(1 << 50) << 8, 7));
        self.tables.facts.push(FactRef { id, feed, kind: "kind", on: self.tables.as_of });
        number
    }

    fn ago(&mut self, days: u64) -> Day {
        let back = self.chance.below(days) as i32;
        self.tables.as_of.plus_days(-back)
    }

    fn household(&mut self, base: u64, people: u32) {
        let household = self.tables.households.len() as u32;
        self.tables.households.push(HouseholdId(id(base + u64::from(household), 1)));
        self.tables.household_divisions.push(division(self.tables.households.len()));
        let size = (1 + self.chance.below(5) as u32).min(people - self.tables.people.len() as u32);
        let low_income = self.chance.in_thousand(self.rates.benefit / 2);
        let grant = low_income.then(|| self.fact(Feed::Registry));
        let first = self.tables.people.len() as u32;
        for person in first..first + size {
            self.person(base, person, household, grant);
        }
        let living = self.tables.person[first as usize..].iter().filter(|row| row.living).count() as i32;
        if living > 0 {
            self.tables.household.push(HouseholdRow { household, members: living, low_income });
            if self.chance.in_thousand(self.rates.other) {
                self.income(household, first, living);
            }
        }
    }

    fn person(&mut self, base: u64, person: u32, household: u32, grant: Option<u32>) {
        let other = self.rates.other;
        self.tables.people.push(PersonId(id(base + u64::from(person), 2)));
        self.tables.person_divisions.push(division(self.tables.people.len()));
        let mut died_on: Option<Day> = None;
        while self.chance.in_thousand(other / 2) {
            let on = self.ago(400);
            died_on = Some(died_on.map_or(on, |day| day.min(on)));
            let fact = self.fact(Feed::Police);
            let feed = self.chance.of(&["police", "health", "registry", "social-security"]);
            self.tables.death_signal.push(DeathSignalRow { person, on, feed, fact });
        }
        let age = match self.chance.below(8) {
            0 => None,
            1 => Some(self.chance.of(&[15, 16, 17, 18, 59, 60, 79, 80, 81])),
            _ => Some(self.chance.below(100) as i32),
        };
        let registration = self.chance.in_thousand(950).then(|| self.fact(Feed::Police));
        self.tables.person.push(PersonRow {
            person,
            household,
            living: died_on.is_none(),
            died_on,
            age,
            in_district: registration.is_some() && self.chance.in_thousand(900),
            fact_registration: registration,
            employed: self.chance.in_thousand(400),
            has_pension: self.chance.in_thousand(200),
            low_income: grant.is_some(),
            fact_low_income: grant,
            fact_household: registration,
        });
        self.benefits(person, household);
        self.medical(person, household);
        self.visits_and_the_rest(person);
        self.more(person, household);
    }

    fn benefits(&mut self, person: u32, household: u32) {
        while self.chance.in_thousand(self.rates.benefit / 2) {
            let fact_grant = self.fact(Feed::Registry);
            let fact_list = self.chance.in_thousand(300).then(|| self.fact(Feed::Registry));
            let fact_verification = self.chance.in_thousand(300).then(|| self.fact(Feed::Registry));
            let fact_newest_list = fact_list.filter(|_| self.chance.in_thousand(700));
            let fact_category = self.chance.in_thousand(200).then(|| self.fact(Feed::Registry));
            let row = BenefitRow {
                benefit: self.benefit_id(),
                person,
                household,
                program: self.chance.of(&PROGRAMS),
                category: self.chance.of(&[
                    None,
                    Some("disabled-elder"),
                    Some("low-income"),
                    Some("living-alone"),
                ]),
                monthly: Fen(self.chance.below(100_000) as i64),
                granted_on: self.ago(1000),
                suspended: self.chance.in_thousand(100),
                verified_on: self.ago(400),
                fact_grant,
                fact_list,
                fact_verification,
                listed_on: self.line(),
                fact_newest_list,
                fact_category,
            };
            self.tables.benefit.push(row);
        }
    }

    fn medical(&mut self, person: u32, household: u32) {
        while self.chance.in_thousand(self.rates.settlement) {
            let self_paid = match self.chance.below(4) {
                0 => self.chance.of(&[499_999, 500_000, 1_999_999, 2_000_000, 1]),
                _ => self.chance.below(800_000) as i64,
            };
            let (on, fact) = (self.ago(500), self.fact(Feed::MedicalInsurance));
            let inpatient = self.chance.in_thousand(300);
            let (settlement, begin, self_paid) = (self.settlement_id(), on.plus_days(-3), Fen(self_paid));
            let row = SettlementRow { person, household, settlement, begin, on, inpatient, self_paid, fact };
            self.tables.settlement.push(row);
        }
    }

    fn visits_and_the_rest(&mut self, person: u32) {
        let other = self.rates.other;
        while self.chance.in_thousand(other * 2) {
            let (on, fact) = (self.ago(40), self.fact(Feed::Registry));
            let kind = self.chance.of(&["child", "elder", "elder"]);
            self.tables.visit.push(VisitRow { person, kind, on, fact });
        }
        while self.chance.in_thousand(other / 3) {
            let (on, fact) = (self.ago(100), self.fact(Feed::Health));
            let feed = self.chance.of(&["health", "registry", "medical-insurance"]);
            self.tables.held_fact.push(HeldFactRow { person, feed, on, fact });
        }
        if self.chance.in_thousand(other) {
            let (mut on, fact) = (self.ago(400), self.fact(Feed::SocialSecurity));
            if self.chance.in_thousand(300) {
                on = self.tables.as_of.plus_days(-self.chance.of(&[29, 30, 365, 366]));
            }
            let (event, reason) = self.chance.of(&[
                ("started", None),
                ("ended", Some("exhausted")),
                ("ended", Some("exhausted")),
                ("ended", Some("re-employed")),
            ]);
            let active = event == "started";
            let row = UnemploymentBenefitRow { person, event, reason, on, active, fact };
            self.tables.unemployment_benefit.push(row);
        }
        for pension in [true, false] {
            if self.chance.in_thousand(other) {
                let (began_on, fact) = (self.ago(1000), self.fact(Feed::SocialSecurity));
                let monthly = Fen(self.chance.below(300_000) as i64);
                let row = SpellRow { person, scheme: "employee", began_on, monthly, fact };
                if pension { self.tables.pension.push(row) } else { self.tables.injury_nursing.push(row) }
            }
        }
    }

    fn income(&mut self, household: u32, first: u32, members: i32) {
        for _ in 0..1 + self.chance.below(2) {
            let fact_grant = self.fact(Feed::Registry);
            let benefit = self.benefit_id();
            let reference_on = self.ago(400);
            let fact_reference = self.chance.in_thousand(400).then(|| self.fact(Feed::Registry));
            for _ in 0..1 + self.chance.below(3) {
                let fact = self.fact(Feed::SocialSecurity);
                let monthly = match self.chance.below(3) {
                    0 => i64::from(members) * 82_000 + self.chance.of(&[-1, 0, 1]),
                    _ => self.chance.below(200_000) as i64,
                };
                let then = self.chance.in_thousand(300).then(|| self.fact(Feed::SocialSecurity));
                let insured = self.chance.in_thousand(300).then(|| self.fact(Feed::SocialSecurity));
                let placed = self.chance.in_thousand(900).then(|| self.fact(Feed::Registry));
                let row = DibaoIncomeRow {
                    household,
                    benefit,
                    fact_grant,
                    members,
                    reference_on,
                    fact_reference,
                    person: first,
                    source: self.chance.of(&["pension", "wage", "unemployment-benefit"]),
                    monthly: Fen(monthly),
                    monthly_then: then.map(|_| Fen(self.chance.below(200_000) as i64)),
                    fact_then: then,
                    is_new: self.chance.in_thousand(500),
                    months_insured: self.chance.of(&[None, Some(5), Some(6), Some(40)]),
                    fact_insured: insured,
                    fact,
                    fact_household: placed,
                };
                self.tables.dibao_income.push(row);
            }
        }
    }

    fn relatives(&mut self) {
        let people = self.tables.people.len() as u64;
        for person in 0..people as u32 {
            let mut last = None;
            while self.chance.in_thousand(500) {
                let relative = match last {
                    Some(again) if self.chance.in_thousand(200) => again,
                    _ => self.chance.below(people) as u32,
                };
                last = Some(relative);
                let fact = self.fact(Feed::Police);
                let row = &self.tables.person[relative as usize];
                let (living, died_on) = (row.living, row.died_on);
                let signal = self.tables.death_signal.iter().find(|row| row.person == relative);
                let fact_death = signal.map(|signal| signal.fact);
                let kind = self.chance.of(&["parent", "parent", "spouse", "guardian"]);
                let mut row = RelativeRow {
                    person,
                    relative,
                    kind,
                    living,
                    died_on,
                    fact,
                    fact_death,
                    missing_since: None,
                    fact_missing: None,
                    custody_since: None,
                    custody_until: None,
                    fact_custody: None,
                    fact_custody_began: None,
                    grade: None,
                    category: None,
                    fact_certificate: None,
                };
                self.condition_of(&mut row);
                self.tables.relative.push(row);
            }
        }
    }
}
