//! Random statements over few people, households, benefits, times and event ids, so that they collide.

use proptest::prelude::*;
use proptest::sample::select;
use sanzao_ledger::{Ledger, OpenId};
use sanzao_model::{
    BenefitId, Body, Bureau, CareMode, Category, Content, CustodyKind, Day, DiagnosisCategory, Disability,
    EventTag, FacilityId, Fact, FactBatch, FactId, Feed, Fen, HomeCareCategory, HouseholdId, Instant,
    InsuranceScheme, Insutype, Mention, NameTag, Named, PersonId, Program, RelationKind, SettlementId, Sex,
    Statement, Subject, UnemploymentEnd, VisitId, VisitKind, WithdrawalReason,
};
use sha2::{Digest, Sha256};

pub const BUREAU: Bureau = Bureau(320614);
/// Days on which facts begin to count.
const FIRST_DAY: i32 = 20_000;
/// Days that tables are read of: within the facts' days, after them, and a year later.
pub const DAYS: [Day; 3] = [Day(FIRST_DAY + 12), Day(FIRST_DAY + 60), Day(FIRST_DAY + 400)];
const PEOPLE: u8 = 7;
/// People who only ever are registered together, so that the household is nearly collective.
const DORMITORY: std::ops::Range<u8> = 100..119;
const DORMITORY_HOUSEHOLD: u8 = 0;

pub fn hash<const N: usize>(what: &str, content: &[u8]) -> [u8; N] {
    let digest = Sha256::new().chain_update(what).chain_update([0]).chain_update(content).finalize();
    std::array::from_fn(|at| digest[at])
}

pub fn mention(number: u8) -> Mention {
    // One number in five tells no birth.
    let birth = (number % 5 != 4).then(|| Day(FIRST_DAY - 5_000 * i32::from(number % 7)));
    let (person, alone) = (PersonId(hash("person", &[number])), HouseholdId(hash("alone", &[number])));
    Mention { person, alone, birth }
}

pub fn named(number: u8, name: u8) -> Named {
    Named { who: mention(number), name: NameTag(hash("name", &[name])) }
}

pub fn benefit(number: u8) -> BenefitId {
    BenefitId(hash("benefit", &[number]))
}

pub fn police_household(number: u8) -> HouseholdId {
    HouseholdId(hash("household", &[number]))
}

pub fn fact(feed: Feed, on: i32, subject: Subject, body: Body) -> Content {
    let mut fact = Fact { id: FactId::default(), feed, on: Day(FIRST_DAY + on), subject, body };
    fact.id = FactId(hash("fact", format!("{fact:?}").as_bytes()));
    Content::Fact(fact)
}

pub fn event_tag(feed: Feed, event: u8) -> EventTag {
    EventTag(hash(feed.as_str(), &[event]))
}

pub fn retraction(feed: Feed, event: u8, reason: u8) -> Content {
    let retracts = event_tag(feed, event);
    Content::Retraction { id: FactId(hash("retraction", &[feed as u8, event, reason])), retracts }
}

/// A statement; the offset is given when it is delivered.
pub fn statement(feed: Feed, event: u8, time: i64, content: Content) -> (Feed, Statement) {
    let sealed_id = format!("{}-{event:03}", feed.as_str()).into_bytes();
    let event = event_tag(feed, event);
    (feed, Statement { event, sealed_id, time: Instant(1_000_000_000 * time), offset: 0, content })
}

pub fn open_id() -> OpenId {
    Box::new(|_, sealed| sealed.to_vec())
}

pub fn empty_ledger() -> Ledger {
    Ledger::new(BUREAU, open_id())
}

fn person() -> impl Strategy<Value = Named> {
    (0..PEOPLE, 0..3_u8).prop_map(|(number, name)| named(number, (number + name / 2) % 3))
}

fn one() -> impl Strategy<Value = Subject> {
    person().prop_map(Subject::Person)
}

fn members() -> impl Strategy<Value = Subject> {
    prop::collection::vec(person(), 1..4).prop_map(Subject::Members)
}

fn fen() -> impl Strategy<Value = Fen> {
    (1..4_i64).prop_map(|amount| Fen(amount * 50_000))
}

fn scheme() -> impl Strategy<Value = InsuranceScheme> {
    select(vec![InsuranceScheme::Employee, InsuranceScheme::Resident])
}

fn registered() -> impl Strategy<Value = (HouseholdId, sanzao_model::Division)> {
    let divisions = ["320614102001", "320684117001", "320681100001"];
    (0..3_u8, select(divisions.to_vec()))
        .prop_map(|(household, division)| (police_household(household), division.parse().unwrap()))
}

fn police() -> impl Strategy<Value = (Subject, Body)> {
    let cancelled = select(vec![WithdrawalReason::Death, WithdrawalReason::MovedOut]);
    let kind = select(vec![RelationKind::Parent, RelationKind::Spouse]);
    let body = prop_oneof![
        4 => registered().prop_map(|(household, division)| Body::PersonRegistered { household, division, sex: Sex::Male }),
        2 => registered().prop_map(|(household, division)| Body::HouseholdMoved { household, division }),
        2 => cancelled.prop_map(|reason| Body::RegistrationCancelled { reason }),
        2 => (person(), kind).prop_map(|(related, kind)| Body::RelationRecorded { related, kind }),
        2 => person().prop_map(|former| Body::IdentityCorrected { former: former.who }),
        2 => (custody_kind(), prop::option::of((0..60_i32).prop_map(|day| Day(FIRST_DAY + day))))
            .prop_map(|(kind, expected_until)| Body::CustodyStarted { kind, expected_until }),
        1 => select(vec![Body::CustodyEnded, Body::MissingReported, Body::MissingClosed]),
        1 => Just(Body::ContactRecorded),
    ];
    (one(), body)
}

fn custody_kind() -> impl Strategy<Value = CustodyKind> {
    select(vec![CustodyKind::Detention, CustodyKind::Imprisonment])
}

fn social_security() -> impl Strategy<Value = (Subject, Body)> {
    let day = |day: i32| Day(FIRST_DAY + day);
    let end = select(vec![UnemploymentEnd::Exhausted, UnemploymentEnd::ReEmployed]);
    let body = prop_oneof![
        scheme().prop_map(|scheme| Body::InsuranceStarted { scheme }),
        scheme().prop_map(|scheme| Body::InsuranceStopped { scheme }),
        (0..3_i32, fen()).prop_map(move |(month, amount)| Body::WageReported {
            month: day(0).month().plus(month),
            amount
        }),
        (fen(), 20..90_i32).prop_map(move |(monthly, until)| Body::UnemploymentBenefitStarted {
            monthly,
            until: day(until)
        }),
        end.prop_map(|reason| Body::UnemploymentBenefitEnded { reason }),
        (scheme(), fen()).prop_map(|(scheme, monthly)| Body::PensionStarted { scheme, monthly }),
        (scheme(), fen()).prop_map(|(scheme, monthly)| Body::PensionChanged { scheme, monthly }),
        scheme().prop_map(|scheme| Body::PensionStopped { scheme }),
        fen().prop_map(|monthly| Body::InjuryNursingStarted { monthly }),
        Just(Body::InjuryNursingStopped),
        select(vec![Body::UnemploymentRegistered, Body::UnemploymentDeregistered]),
        fen().prop_map(|amount| Body::FuneralGrantPaid { amount }),
    ];
    (one(), body)
}

fn health() -> impl Strategy<Value = (Subject, Body)> {
    let facility = || (0..2_u8).prop_map(|number| FacilityId(hash("facility", &[number])));
    let day = || (0..4_i32).prop_map(|day| Day(FIRST_DAY + day));
    let category = select(vec![DiagnosisCategory::MajorIllness, DiagnosisCategory::SevereMentalDisorder]);
    let body = prop_oneof![
        2 => select(vec![Body::DeathCertified, Body::ContactRecorded]),
        1 => prop::option::of(person().prop_map(|child| child.who)).prop_map(|child| Body::BirthCertified { child }),
        1 => facility().prop_map(|facility| Body::StayAdmitted { facility }),
        1 => (facility(), day()).prop_map(|(facility, admitted_on)| Body::StayDischarged { facility, admitted_on }),
        1 => category.prop_map(|category| Body::DiagnosisRecorded { category }),
        1 => (0..5_u8).prop_map(|level| Body::AbilityAssessed { level }),
    ];
    (one(), body)
}

fn insutype() -> impl Strategy<Value = Insutype> {
    select(vec![Insutype::Employee, Insutype::Resident])
}

fn medical_insurance() -> impl Strategy<Value = (Subject, Body)> {
    let settlement = (0..3_u8).prop_map(|number| SettlementId(hash("settlement", &[number])));
    let body = prop_oneof![
        3 => (settlement.clone(), any::<bool>(), fen()).prop_map(|(settlement, inpatient, self_paid)| {
            Body::SettlementSettled { settlement, inpatient, self_paid, begin: Day(FIRST_DAY + 2) }
        }),
        1 => settlement.prop_map(|settlement| Body::SettlementReversed { settlement }),
        1 => insutype().prop_map(|insutype| Body::EnrolmentStarted { insutype }),
        1 => insutype().prop_map(|insutype| Body::EnrolmentStopped { insutype }),
        1 => (select(vec![CareMode::Home, CareMode::Institution]), fen())
            .prop_map(|(mode, monthly)| Body::LongTermCareApproved { mode, monthly }),
        1 => Just(Body::LongTermCareEnded),
    ];
    (one(), body)
}

fn category() -> impl Strategy<Value = Option<Category>> {
    prop::option::of(select(vec![
        Category::HomeCare(HomeCareCategory::LivingAlone),
        Category::Other(EventTag([7; 16])),
    ]))
}

fn granted() -> impl Strategy<Value = (Subject, Body)> {
    let programs = vec![
        Program::Dibao,
        Program::Dibao,
        Program::DibaoEdge,
        Program::Tekun,
        Program::HomeCare,
        Program::Orphan,
        Program::Funeral,
    ];
    let verified = prop::option::of((0..40_i32).prop_map(|day| Day(FIRST_DAY + day)));
    (0..3_u8, select(programs), fen(), category(), verified, one(), members()).prop_map(
        |(number, program, monthly, category, verified_on, one, members)| {
            let subject = if program.is_household() { members } else { one };
            (
                subject,
                Body::BenefitGranted { benefit: benefit(number), program, monthly, category, verified_on },
            )
        },
    )
}

fn certified() -> impl Strategy<Value = Body> {
    (select(vec![Disability::Visual, Disability::Mental]), 1..5_u8, 0..90_i32).prop_map(
        |(category, grade, until)| Body::DisabilityCertified {
            category,
            grade,
            valid_until: Day(FIRST_DAY + until),
        },
    )
}

fn registry() -> impl Strategy<Value = (Subject, Body)> {
    let nobody = Just(Subject::Nobody);
    let number = || (0..3_u8).prop_map(benefit);
    let changed = (number(), prop::option::of(fen()), category())
        .prop_map(|(benefit, monthly, category)| Body::BenefitChanged { benefit, monthly, category });
    let about_benefit = prop_oneof![
        1 => number().prop_map(|benefit| Body::BenefitSuspended { benefit }),
        1 => number().prop_map(|benefit| Body::BenefitResumed { benefit }),
        1 => number().prop_map(|benefit| Body::BenefitEnded { benefit }),
        2 => number().prop_map(|benefit| Body::VerificationRecorded { benefit }),
    ];
    let visit = (0..3_u8).prop_map(|number| Body::VisitRecorded {
        visit: VisitId(hash("visit", &[number])),
        kind: if number == 0 { VisitKind::Child } else { VisitKind::Elder },
    });
    let assessed = fen().prop_map(|annual| Body::IncomeAssessed { annual, property_ok: true });
    prop_oneof![
        6 => granted(),
        4 => (prop_oneof![members(), nobody.clone()], changed),
        3 => (nobody, about_benefit),
        1 => (members(), assessed),
        1 => (one(), visit),
        1 => (one(), Just(Body::CremationRecorded)),
        1 => (one(), select(vec![Program::Dibao, Program::Tekun]).prop_map(|program| Body::ApplicationRefused { program })),
        1 => (one(), certified()),
    ]
}

fn content() -> impl Strategy<Value = (Feed, Content)> {
    let of = |feed: Feed| {
        move |(on, (subject, body)): (i32, (Subject, Body))| (feed, fact(feed, on, subject, body))
    };
    let on = || prop_oneof![0..4_i32, 0..40_i32];
    prop_oneof![
        5 => (on(), police()).prop_map(of(Feed::Police)),
        3 => (on(), social_security()).prop_map(of(Feed::SocialSecurity)),
        1 => (on(), health()).prop_map(of(Feed::Health)),
        2 => (on(), medical_insurance()).prop_map(of(Feed::MedicalInsurance)),
        6 => (on(), registry()).prop_map(of(Feed::Registry)),
        4 => (select(Feed::ALL.to_vec()), 0..12_u8, 0..2_u8)
            .prop_map(|(feed, event, reason)| (feed, retraction(feed, event, reason))),
    ]
}

/// Statements by at most twelve event ids a feed, of which some are used twice, with one content or two.
pub fn statements() -> impl Strategy<Value = Vec<(Feed, Statement)>> {
    let drawn =
        (content(), prop::collection::vec((0..12_u8, 0..5_i64), 1..3)).prop_map(|((feed, content), by)| {
            by.into_iter()
                .map(|(event, time)| statement(feed, event, time, content.clone()))
                .collect::<Vec<_>>()
        });
    let dormitory = prop_oneof![3 => Just(false), 1 => Just(true)];
    (prop::collection::vec(drawn, 1..40), dormitory).prop_map(|(drawn, dormitory)| {
        let mut statements: Vec<_> = drawn.into_iter().flatten().collect();
        if dormitory {
            statements.extend(DORMITORY.map(|number| {
                let household = police_household(DORMITORY_HOUSEHOLD);
                let body = Body::PersonRegistered {
                    household,
                    division: "320614102001".parse().unwrap(),
                    sex: Sex::Male,
                };
                statement(
                    Feed::Police,
                    number,
                    2,
                    fact(Feed::Police, 1, Subject::Person(named(number, 0)), body),
                )
            }));
        }
        statements
    })
}

/// A small generator of numbers for deliveries: the seed is among the inputs that a failure prints.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }
}

/// The statements shuffled, some of them twice or three times, in batches by feed, some batches twice.
pub fn delivered(statements: &[(Feed, Statement)], seed: u64) -> Vec<FactBatch> {
    let mut dice = Dice(seed);
    let mut all = statements.to_vec();
    for _ in 0..statements.len() / 2 {
        all.push(statements[dice.below(statements.len())].clone());
    }
    for at in (1..all.len()).rev() {
        all.swap(at, dice.below(at + 1));
    }
    let mut batches: Vec<FactBatch> = Vec::new();
    let mut next = std::collections::BTreeMap::<(Feed, u32), u64>::new();
    for (feed, mut statement) in all {
        let partition = dice.below(2) as u32;
        let offset = next.entry((feed, partition)).or_default();
        statement.offset = *offset;
        *offset += 1 + dice.below(2) as u64;
        let upto = *offset;
        match batches.last_mut() {
            Some(last) if last.feed == feed && last.partition == partition && dice.below(4) > 0 => {
                last.statements.push(statement);
                last.upto = upto;
            }
            _ => {
                let statements = vec![statement];
                batches.push(FactBatch {
                    feed,
                    partition,
                    upto,
                    received: Instant(0),
                    statements,
                    notes: Vec::new(),
                });
            }
        }
        if dice.below(6) == 0 {
            batches.push(batches[dice.below(batches.len())].clone());
        }
    }
    batches
}

pub fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = std::env::var("PROPTEST_CASES").map_or(cases, |_| default.cases);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 20_000, ..default }
}
