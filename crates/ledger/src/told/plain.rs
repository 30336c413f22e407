//! Bodies that are kept field by field.

use sanzao_model::{Body, Mention, Named};

use super::{Amount, MaybeDay, Told, nobody};

/// Each variant with its fields: those that are kept as they are, then amounts, which lose their alignment.
macro_rules! fields {
    ($($variant:ident [$($same:ident)*] [$($amount:ident)*],)*) => {
        /// A body of which nothing is kept elsewhere.
        pub(super) fn plain(body: &Body) -> Told {
            match *body {
                $(Body::$variant { $($same,)* $($amount,)* } => {
                    Told::$variant { $($same,)* $($amount: Amount::of($amount),)* }
                })*
                Body::RelationRecorded { related, kind } => Told::RelationRecorded { name: related.name, kind },
                Body::IdentityCorrected { .. } => Told::IdentityCorrected,
                Body::BirthCertified { .. } => Told::BirthCertified,
                Body::CustodyStarted { kind, expected_until } => {
                    Told::CustodyStarted { kind, expected_until: MaybeDay::of(expected_until) }
                }
                Body::PersonRegistered { .. }
                | Body::HouseholdMoved { .. }
                | Body::BenefitGranted { .. }
                | Body::BenefitChanged { .. } => unreachable!("of these something is kept elsewhere"),
            }
        }

        /// The other way.
        pub(super) fn plain_body(told: Told, other: Option<Mention>) -> Body {
            let beside = || other.unwrap_or(nobody().who);
            match told {
                $(Told::$variant { $($same,)* $($amount,)* } => {
                    Body::$variant { $($same,)* $($amount: $amount.fen(),)* }
                })*
                Told::RelationRecorded { name, kind } => {
                    Body::RelationRecorded { related: Named { who: beside(), name }, kind }
                }
                Told::IdentityCorrected => Body::IdentityCorrected { former: beside() },
                Told::BirthCertified => Body::BirthCertified { child: other },
                Told::CustodyStarted { kind, expected_until } => {
                    Body::CustodyStarted { kind, expected_until: expected_until.get() }
                }
                Told::PersonRegistered { .. }
                | Told::HouseholdMoved { .. }
                | Told::BenefitGranted { .. }
                | Told::BenefitChanged { .. } => unreachable!("of these something is kept elsewhere"),
            }
        }
    };
}

fields! {
    RegistrationCancelled [reason] [],
    CustodyEnded [] [],
    MissingReported [] [],
    MissingClosed [] [],
    InsuranceStarted [scheme] [],
    InsuranceStopped [scheme] [],
    WageReported [month] [amount],
    UnemploymentRegistered [] [],
    UnemploymentDeregistered [] [],
    UnemploymentBenefitStarted [until] [monthly],
    UnemploymentBenefitEnded [reason] [],
    PensionStarted [scheme] [monthly],
    PensionChanged [scheme] [monthly],
    PensionStopped [scheme] [],
    InjuryNursingStarted [] [monthly],
    InjuryNursingStopped [] [],
    FuneralGrantPaid [] [amount],
    DeathCertified [] [],
    StayAdmitted [facility] [],
    StayDischarged [facility admitted_on] [],
    DiagnosisRecorded [category] [],
    AbilityAssessed [level] [],
    EnrolmentStarted [insutype] [],
    EnrolmentStopped [insutype] [],
    SettlementSettled [settlement inpatient begin] [self_paid],
    SettlementReversed [settlement] [],
    LongTermCareApproved [mode] [monthly],
    LongTermCareEnded [] [],
    BenefitSuspended [benefit] [],
    BenefitResumed [benefit] [],
    BenefitEnded [benefit] [],
    VerificationRecorded [benefit] [],
    ApplicationRefused [program] [],
    DisabilityCertified [category grade valid_until] [],
    IncomeAssessed [property_ok] [annual],
    VisitRecorded [visit kind] [],
    CremationRecorded [] [],
    ContactRecorded [] [],
}
