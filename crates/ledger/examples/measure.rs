//! What the ledger costs: time per statement applied, memory per fact, time per person of tables, time per
//! statement of a snapshot written and restored. Run with
//! `cargo run --release -p sanzao-ledger --example measure -- [statements] [people] [sweeps]
//! [bytes of an event id]`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::{Duration, Instant as Clock};

use sanzao_ledger::{Ledger, Position, Snapshots, Touched};
use sanzao_model::{
    BenefitId, Body, Bureau, Content, Day, EventTag, Fact, FactBatch, FactId, Feed, Fen, HouseholdId,
    Instant, InsuranceScheme, Mention, NameTag, Named, PersonId, Program, RelationKind, SettlementId, Sex,
    Statement, Subject, VisitId, VisitKind,
};

const BATCH: usize = 500;
const TODAY: Day = Day(20_300);
const FIRST: i32 = 19_900;

/// Sixteen bytes as good as random, for a number of a kind.
fn mixed(kind: u64, number: u64) -> [u8; 16] {
    let round = |seed: u64| {
        let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        seed ^ (seed >> 31)
    };
    let first = round(kind.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number);
    let second = round(first ^ 0x2545_f491_4f6c_dd1d);
    (u128::from(first) << 64 | u128::from(second)).to_le_bytes()
}

fn named(person: u64) -> Named {
    let birth = Some(Day(20_000 - (mixed(9, person)[0] as i32) * 130));
    let who = Mention { person: PersonId(mixed(1, person)), alone: HouseholdId(mixed(2, person)), birth };
    Named { who, name: NameTag(mixed(3, person)[..8].try_into().unwrap()) }
}

struct District {
    people: u64,
    made: u64,
    id_bytes: usize,
}

impl District {
    fn dice(&self, salt: u64, sides: u64) -> u64 {
        u64::from_le_bytes(mixed(50 + salt, self.made)[..8].try_into().unwrap()) % sides
    }

    fn household_of(&self, person: u64) -> u64 {
        person / 3
    }

    /// The next statement of the mix: everybody's registration first, then what happens to people.
    fn next(&mut self) -> (Feed, Statement) {
        self.made += 1;
        let number = self.made - 1;
        let person = if number < self.people { number } else { self.dice(1, self.people) };
        let on = Day(FIRST + self.dice(2, 380) as i32);
        let month = (TODAY.month()).plus(-(self.dice(3, 12) as i32));
        let amount = Fen(100_000 + self.dice(4, 500) as i64 * 1_000);
        let scheme = InsuranceScheme::Employee;
        let one = Subject::Person(named(person));
        let household = self.household_of(person);
        let benefit = BenefitId(mixed(5, household));
        let (feed, on, subject, body) = match self.dice(5, 1_000) {
            _ if number < self.people => {
                let division = "320614102001".parse().unwrap();
                let household = HouseholdId(mixed(4, household));
                (Feed::Police, on, one, Body::PersonRegistered { household, division, sex: Sex::Male })
            }
            0..40 => {
                let related = named(household * 3);
                (Feed::Police, on, one, Body::RelationRecorded { related, kind: RelationKind::Parent })
            }
            40..400 => (Feed::SocialSecurity, month.first_day(), one, Body::WageReported { month, amount }),
            400..450 => (Feed::SocialSecurity, on, one, Body::InsuranceStarted { scheme }),
            450..470 => (Feed::SocialSecurity, on, one, Body::InsuranceStopped { scheme }),
            470..520 => (Feed::SocialSecurity, on, one, Body::PensionChanged { scheme, monthly: amount }),
            520..720 => {
                let (settlement, self_paid) = (SettlementId(mixed(6, number)), amount);
                let body = Body::SettlementSettled { settlement, inpatient: false, self_paid, begin: on };
                (Feed::MedicalInsurance, on, one, body)
            }
            720..900 => {
                let (visit, kind) = (VisitId(mixed(7, number)), VisitKind::Elder);
                (Feed::Registry, on, one, Body::VisitRecorded { visit, kind })
            }
            900..915 if household.is_multiple_of(20) => {
                let members = (0..3).map(|at| named(household * 3 + at)).collect();
                let (program, monthly) = (Program::Dibao, amount);
                let body =
                    Body::BenefitGranted { benefit, program, monthly, category: None, verified_on: None };
                (Feed::Registry, on, Subject::Members(members), body)
            }
            900..930 => {
                let benefit = BenefitId(mixed(8, person));
                let (program, monthly) = (Program::OldAgeAllowance, amount);
                let body =
                    Body::BenefitGranted { benefit, program, monthly, category: None, verified_on: None };
                (Feed::Registry, on, one, body)
            }
            _ => (Feed::Health, on, one, Body::ContactRecorded),
        };
        let mut fact = Fact { id: FactId::default(), feed, on, subject, body };
        fact.id = FactId(mixed(10, number));
        let event = EventTag(mixed(11, number));
        let mut sealed_id = [mixed(12, number), mixed(13, number)].concat();
        sealed_id.truncate(self.id_bytes);
        let time =
            Instant(i64::from(on.0) * 86_400_000_000_000 + self.dice(6, 86_400) as i64 * 1_000_000_000);
        let content = match self.dice(7, 200) {
            // One in two hundred retracts what was said shortly before.
            0 if number > self.people + 1_000 => Content::Retraction {
                id: fact.id,
                retracts: EventTag(mixed(11, number - 1 - self.dice(8, 900))),
            },
            _ => Content::Fact(fact),
        };
        (feed, Statement { event, sealed_id, time, offset: number, content })
    }
}

/// Batches by feed, as a micro-batch of intake makes them; one statement in thirty comes twice.
fn batches(people: u64, statements: usize, id_bytes: usize) -> Vec<FactBatch> {
    let mut district = District { people, made: 0, id_bytes };
    let mut open: std::collections::BTreeMap<Feed, Vec<Statement>> = Default::default();
    let mut done = Vec::new();
    let mut close = |feed: Feed, statements: Vec<Statement>| {
        let upto = statements.last().map_or(0, |last| last.offset + 1);
        done.push(FactBatch {
            feed,
            partition: 0,
            upto,
            received: Instant(0),
            statements,
            notes: Vec::new(),
        });
    };
    for _ in 0..statements {
        let (feed, statement) = district.next();
        let waiting = open.entry(feed).or_default();
        if statement.offset.is_multiple_of(30) {
            waiting.push(statement.clone());
        }
        waiting.push(statement);
        if waiting.len() >= BATCH {
            close(feed, std::mem::take(waiting));
        }
    }
    for (feed, statements) in open {
        close(feed, statements);
    }
    done
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

fn per(time: Duration, count: usize) -> f64 {
    time.as_nanos() as f64 / count as f64
}

fn new_ledger() -> Ledger {
    Ledger::new(Bureau(320614), Box::new(|_, sealed| sealed.to_vec()))
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>().unwrap());
    let statements = arguments.next().unwrap_or(1_000_000);
    let people = arguments.next().unwrap_or(50_000);
    let sweeps = arguments.next().unwrap_or(3);
    let id_bytes = arguments.next().unwrap_or(32);
    let batches = batches(people as u64, statements, id_bytes);

    let before = resident_bytes();
    let mut ledger = new_ledger();
    let clock = Clock::now();
    let mut touched = Touched::default();
    for batch in &batches {
        touched = ledger.apply(batch).touched;
    }
    let applied: usize = batches.iter().map(|batch| batch.statements.len()).sum();
    println!("apply: {:.0} ns a statement, {applied} statements", per(clock.elapsed(), applied));
    let (facts, events) = ledger.counts();
    println!(
        "memory: {:.0} bytes a fact, {facts} facts, {events} events, {} people",
        (resident_bytes() - before) as f64 / facts as f64,
        ledger.people_count()
    );

    let clock = Clock::now();
    let completeness = ledger.completeness();
    println!("completeness: {:?}, {completeness:?}", clock.elapsed());

    let clock = Clock::now();
    let residents = ledger.residents(TODAY).count();
    println!("residents: {:.0} ns a person, {residents} living", per(clock.elapsed(), ledger.people_count()));

    let clock = Clock::now();
    let scope = ledger.scope(&touched);
    let scope_time = clock.elapsed();
    let clock = Clock::now();
    let tables = ledger.tables(&scope, TODAY);
    println!(
        "scope of a batch: {} touched, {} people, {:.0} ns each for the scope, {:.0} for the tables ({} rows of people)",
        touched.len(),
        scope.people_count(),
        per(scope_time, scope.people_count()),
        per(clock.elapsed(), scope.people_count()),
        tables.person.len(),
    );

    for people_per_scope in [100, 500, 2_000, 10_000] {
        let clock = Clock::now();
        let mut rows = 0;
        for scope in (0..sweeps).flat_map(|_| ledger.sweep(people_per_scope)) {
            let tables = ledger.tables(&scope, TODAY);
            rows += tables.person.len() + tables.benefit.len() + tables.settlement.len() + tables.visit.len();
        }
        let time = per(clock.elapsed(), ledger.people_count() * sweeps);
        println!("sweep in scopes of {people_per_scope}: {time:.0} ns a person, {} rows", rows / sweeps);
    }

    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::in_folder(folder.path()).unwrap();
    let clock = Clock::now();
    let position = Position { facts_offset: 1, log: String::new(), state: serde_json::Value::Null };
    let manifest = snapshots.write(&ledger, position, Instant(0)).unwrap();
    let bytes: u64 = manifest.parts.iter().map(|part| part.bytes).sum();
    let count = manifest.statements as usize;
    println!(
        "snapshot: {:.0} ns a statement, {} bytes each",
        per(clock.elapsed(), count),
        bytes / manifest.statements
    );
    let clock = Clock::now();
    snapshots.verify(&manifest).unwrap();
    println!("verify: {:.0} ns a statement", per(clock.elapsed(), count));
    let before = resident_bytes();
    let clock = Clock::now();
    let restored = snapshots.restore(Bureau(320614), Box::new(|_, sealed| sealed.to_vec())).unwrap();
    println!(
        "restore: {:.0} ns a statement, {:.0} bytes a fact",
        per(clock.elapsed(), count),
        resident_bytes().saturating_sub(before) as f64 / facts as f64
    );
    assert_eq!(restored.ledger.set_hash(), ledger.set_hash());
}
