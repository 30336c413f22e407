//! What people suffer from, and what they can still do.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, DiagnosisCategory};

const CATEGORIES: [(&str, DiagnosisCategory); 5] = [
    ("major-illness", DiagnosisCategory::MajorIllness),
    ("severe-mental-disorder", DiagnosisCategory::SevereMentalDisorder),
    ("tuberculosis", DiagnosisCategory::Tuberculosis),
    ("chronic", DiagnosisCategory::Chronic),
    ("other", DiagnosisCategory::Other),
];

/// `diagnosis.recorded`.
pub(crate) fn diagnosed(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    fields.text("icd10")?;
    let category = fields.choice("category", &CATEGORIES)?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::DiagnosisRecorded { category }))
}

/// `ability.assessed`: GB/T 42195, from 0 (able) to 4 (fully disabled).
pub(crate) fn assessed(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let level = fields.integer("level", 0, 4)?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::AbilityAssessed { level }))
}
