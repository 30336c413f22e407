//! The bureau's work on cases: refused applications, assessments of income, visits.

use sanzao_intake::{Draft, Fault, Fields};
use sanzao_model::{Body, Subject, VisitId, VisitKind};

use crate::program;

/// `application.refused`; the reason is the bureau's own text.
pub(crate) fn refused(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let program = program(fields)?;
    fields.text("reason")?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::ApplicationRefused { program }))
}

/// `income.assessed`: of a family, whatever the program.
pub(crate) fn income_assessed(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let members = fields.members("members")?;
    let annual = fields.money("annual_income")?;
    let property_ok = fields.flag("property_ok")?;
    let on = fields.date("on")?;
    Ok(Draft { on, subject: Subject::Members(members), body: Body::IncomeAssessed { annual, property_ok } })
}

/// `visit.recorded`: two visits of one day differ by `visit_id`.
pub(crate) fn visited(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let visit = VisitId(fields.source_pseudonym("visit_id", "visit:")?);
    let kind = fields.choice("kind", &[("child", VisitKind::Child), ("elder", VisitKind::Elder)])?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::VisitRecorded { visit, kind }))
}
