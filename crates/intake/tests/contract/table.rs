//! Every event type and its fields, written down from domain §2 once more: what readers and schemas are held
//! against.

use sanzao_model::Feed;

use super::Kind::{self, *};
use super::{Case, plain};

const INSUTYPE: Kind = Digits(&["310", "390"]);
const SCHEME: Kind = Choice(&["employee", "flexible", "resident"]);
const OF_HOUSEHOLDS: &[&str] = &["dibao", "dibao-edge", "rigid-spending"];
const OF_PERSONS: &[&str] = &[
    "tekun",
    "temporary-aid",
    "orphan",
    "unattended-child",
    "child-in-difficulty",
    "disability-living",
    "disability-nursing",
    "old-age-allowance",
    "home-care",
    "care-visit",
    "funeral",
];
const PROGRAM: Kind = Choice(&[
    "dibao",
    "tekun",
    "dibao-edge",
    "rigid-spending",
    "temporary-aid",
    "orphan",
    "unattended-child",
    "child-in-difficulty",
    "disability-living",
    "disability-nursing",
    "old-age-allowance",
    "home-care",
    "care-visit",
    "funeral",
]);
const WITHDRAWALS: &[&str] = &["death", "moved-out", "enlisted", "emigrated", "duplicate"];
const CUSTODIES: &[&str] = &["detention", "arrest", "imprisonment", "compulsory-rehabilitation"];
const BENEFIT_ENDS: &[&str] =
    &["exhausted", "re-employed", "pension", "enlisted", "emigrated", "sentenced", "refused-work"];
const DIAGNOSES: &[&str] = &["major-illness", "severe-mental-disorder", "tuberculosis", "chronic", "other"];
const DISABILITIES: &[&str] =
    &["visual", "hearing", "speech", "physical", "intellectual", "mental", "multiple"];

const PERSON: (&str, Kind) = ("person", Person);
const ON: (&str, Kind) = ("on", Date);
const REASON: (&str, Kind) = ("reason", Text);
const BENEFIT: (&str, Kind) = ("benefit_id", Text);
const MONTHLY: (&str, Kind) = ("monthly_amount", Money(820.0));

const RETRACTED: Case = ("record.retracted", &[("retracts", Text), REASON]);

const POLICE: &[Case] = &[
    (
        "person.registered",
        &[
            PERSON,
            ("sex", Digits(&["1", "2", "0", "9"])),
            ("household_no", Text),
            ("relation_to_head", Text),
            ("division_code", Division),
            ON,
        ],
    ),
    (
        "household.moved",
        &[PERSON, ("household_no", Text), ("relation_to_head", Text), ("division_code", Division), ON],
    ),
    ("registration.cancelled", &[PERSON, ("reason", Choice(WITHDRAWALS)), ON]),
    (
        "relation.recorded",
        &[PERSON, ("related", Person), ("kind", Choice(&["parent", "spouse", "guardian"])), ON],
    ),
    ("identity.corrected", &[PERSON, ("former_id_number", Number), ON]),
    ("custody.started", &[PERSON, ("kind", Choice(CUSTODIES)), ON, ("expected_until?", Date)]),
    ("custody.ended", &[PERSON, ON]),
    ("missing.reported", &[PERSON, ON]),
    ("missing.closed", &[PERSON, ON]),
    RETRACTED,
];

const SOCIAL_SECURITY: &[Case] = &[
    ("insurance.started", &[PERSON, ("scheme", SCHEME), ("wage_base?", Money(5000.0)), ON]),
    ("insurance.stopped", &[PERSON, ("scheme", SCHEME), REASON, ON]),
    ("wage.reported", &[PERSON, ("month", Month), ("amount", Money(3210.5))]),
    ("unemployment.registered", &[PERSON, ON]),
    ("unemployment.deregistered", &[PERSON, ON]),
    ("unemployment.benefit-started", &[PERSON, MONTHLY, ON, ("until", Date)]),
    ("unemployment.benefit-ended", &[PERSON, ("reason", Choice(BENEFIT_ENDS)), ON]),
    ("pension.started", &[PERSON, ("scheme", SCHEME), MONTHLY, ON]),
    ("pension.changed", &[PERSON, ("scheme", SCHEME), MONTHLY, ON]),
    ("pension.stopped", &[PERSON, ("scheme", SCHEME), REASON, ON]),
    ("injury-nursing.started", &[PERSON, MONTHLY, ON]),
    ("injury-nursing.stopped", &[PERSON, ON]),
    ("funeral-grant.paid", &[PERSON, ("amount", Money(0.0)), ON]),
    RETRACTED,
];

const HEALTH: &[Case] = &[
    ("birth.certified", &[PERSON, ("child", Object(&[("name", Name), ("id_number?", Number)])), ON]),
    ("death.certified", &[PERSON, ("certificate_no", Text), ON]),
    ("stay.admitted", &[PERSON, ("facility", Text), ("icd10?", Text), ON]),
    ("stay.discharged", &[PERSON, ("facility", Text), ("admitted_on", Date), ON]),
    ("diagnosis.recorded", &[PERSON, ("icd10", Text), ("category", Choice(DIAGNOSES)), ON]),
    ("ability.assessed", &[PERSON, ("level", Integer(0, 4)), ON]),
    RETRACTED,
];

const MEDICAL_INSURANCE: &[Case] = &[
    ("enrolment.started", &[PERSON, ("insutype", INSUTYPE), ON]),
    ("enrolment.stopped", &[PERSON, ("insutype", INSUTYPE), ON]),
    (
        "settlement.settled",
        &[
            PERSON,
            ("setl_id", Text),
            ("insutype", INSUTYPE),
            ("med_type", Choice(&["inpatient", "outpatient", "special"])),
            ("begin", Date),
            ("end", Date),
            ("medfee_sumamt", Money(300.5)),
            ("fund_pay_sumamt", Money(200.25)),
            ("maf_pay", Money(50.0)),
            ("psn_part_amt", Money(100.25)),
            ON,
        ],
    ),
    ("settlement.reversed", &[PERSON, ("setl_id", Text), ON]),
    (
        "long-term-care.approved",
        &[PERSON, ("level", TextOrNumber), ("mode", Choice(&["home", "institution"])), MONTHLY, ON],
    ),
    ("long-term-care.ended", &[PERSON, ON]),
    RETRACTED,
];

const REGISTRY: &[Case] = &[
    (
        "benefit.granted",
        &[
            BENEFIT,
            ("program", Choice(OF_HOUSEHOLDS)),
            ("members", Members),
            MONTHLY,
            ("category?", Text),
            ON,
            ("verified_on?", Date),
        ],
    ),
    (
        "benefit.granted",
        &[
            BENEFIT,
            ("program", Choice(OF_PERSONS)),
            PERSON,
            MONTHLY,
            ("category?", Text),
            ON,
            ("verified_on?", Date),
        ],
    ),
    (
        "benefit.changed",
        &[BENEFIT, ("monthly_amount?", Money(820.0)), ("members?", Members), ("category?", Text), ON],
    ),
    ("benefit.suspended", &[BENEFIT, REASON, ON]),
    ("benefit.resumed", &[BENEFIT, REASON, ON]),
    ("benefit.ended", &[BENEFIT, REASON, ON]),
    ("verification.recorded", &[BENEFIT, ("outcome", Choice(&["continues", "changed", "ended"])), ON]),
    ("application.refused", &[PERSON, ("program", PROGRAM), REASON, ON]),
    ("income.assessed", &[("members", Members), ("annual_income", Money(9000.0)), ("property_ok", Flag), ON]),
    ("visit.recorded", &[PERSON, ("visit_id", Text), ("kind", Choice(&["child", "elder"])), ON]),
    (
        "disability.certified",
        &[PERSON, ("category", Choice(DISABILITIES)), ("grade", Integer(1, 4)), ON, ("valid_until", Date)],
    ),
    ("cremation.recorded", &[PERSON, ON]),
    ("contact.recorded", &[PERSON, ("phone?", Text), ("address?", Text), ON]),
    RETRACTED,
];

pub fn cases(feed: Feed) -> &'static [Case] {
    match feed {
        Feed::Police => POLICE,
        Feed::SocialSecurity => SOCIAL_SECURITY,
        Feed::Health => HEALTH,
        Feed::MedicalInsurance => MEDICAL_INSURANCE,
        Feed::Registry => REGISTRY,
    }
}

pub fn all() -> Vec<(Feed, Case)> {
    Feed::ALL.into_iter().flat_map(|feed| cases(feed).iter().map(move |case| (feed, *case))).collect()
}

/// The names of all fields, without the marks of optional ones.
pub fn field_names() -> Vec<&'static str> {
    all().iter().flat_map(|(_, (_, fields))| fields.iter().map(|(key, _)| plain(key))).collect()
}
