//! The words that rules read for what facts say.

use sanzao_model::{
    CareMode, CustodyKind, DiagnosisCategory, Disability, HomeCareCategory, InsuranceScheme, Insutype,
    RelationKind, UnemploymentEnd, VisitKind, WithdrawalReason,
};

pub(super) fn scheme_name(scheme: InsuranceScheme) -> &'static str {
    match scheme {
        InsuranceScheme::Employee => "employee",
        InsuranceScheme::Flexible => "flexible",
        InsuranceScheme::Resident => "resident",
    }
}

pub(super) fn relation_name(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Parent => "parent",
        RelationKind::Spouse => "spouse",
        RelationKind::Guardian => "guardian",
    }
}

pub(super) fn end_name(reason: UnemploymentEnd) -> &'static str {
    match reason {
        UnemploymentEnd::Exhausted => "exhausted",
        UnemploymentEnd::ReEmployed => "re-employed",
        UnemploymentEnd::Pension => "pension",
        UnemploymentEnd::Enlisted => "enlisted",
        UnemploymentEnd::Emigrated => "emigrated",
        UnemploymentEnd::Sentenced => "sentenced",
        UnemploymentEnd::RefusedWork => "refused-work",
    }
}

pub(super) fn category_name(category: HomeCareCategory) -> &'static str {
    match category {
        HomeCareCategory::DisabledElder => "disabled-elder",
        HomeCareCategory::LowIncome => "low-income",
        HomeCareCategory::LivingAlone => "living-alone",
    }
}

pub(super) fn cancellation_name(reason: WithdrawalReason) -> &'static str {
    match reason {
        WithdrawalReason::Death => "death",
        WithdrawalReason::MovedOut => "moved-out",
        WithdrawalReason::Enlisted => "enlisted",
        WithdrawalReason::Emigrated => "emigrated",
        WithdrawalReason::Duplicate => "duplicate",
    }
}

pub(super) fn custody_name(kind: CustodyKind) -> &'static str {
    match kind {
        CustodyKind::Detention => "detention",
        CustodyKind::Arrest => "arrest",
        CustodyKind::Imprisonment => "imprisonment",
        CustodyKind::CompulsoryRehabilitation => "compulsory-rehabilitation",
    }
}

pub(super) fn insutype_name(insutype: Insutype) -> &'static str {
    match insutype {
        Insutype::Employee => "310",
        Insutype::Resident => "390",
    }
}

pub(super) fn mode_name(mode: CareMode) -> &'static str {
    match mode {
        CareMode::Home => "home",
        CareMode::Institution => "institution",
    }
}

pub(super) fn disability_name(category: Disability) -> &'static str {
    match category {
        Disability::Visual => "visual",
        Disability::Hearing => "hearing",
        Disability::Speech => "speech",
        Disability::Physical => "physical",
        Disability::Intellectual => "intellectual",
        Disability::Mental => "mental",
        Disability::Multiple => "multiple",
    }
}

pub(super) fn diagnosis_name(category: DiagnosisCategory) -> &'static str {
    match category {
        DiagnosisCategory::MajorIllness => "major-illness",
        DiagnosisCategory::SevereMentalDisorder => "severe-mental-disorder",
        DiagnosisCategory::Tuberculosis => "tuberculosis",
        DiagnosisCategory::Chronic => "chronic",
        DiagnosisCategory::Other => "other",
    }
}

pub(super) fn visit_name(kind: VisitKind) -> &'static str {
    match kind {
        VisitKind::Child => "child",
        VisitKind::Elder => "elder",
    }
}
