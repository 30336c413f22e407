//! Benefits: granted, changed, suspended, resumed, ended and verified.

use sanzao_intake::{Code, Draft, Fault, Fields};
use sanzao_model::{BenefitId, Body, Category, EventTag, HomeCareCategory, Program, Subject};

use crate::program;

/// The benefit's pseudonym is that of the household it would make, `program:<benefit_id>` (domain §3).
fn benefit(fields: &mut Fields<'_>) -> Result<BenefitId, Fault> {
    fields.pseudonym("benefit_id", "program:").map(BenefitId)
}

fn category(fields: &mut Fields<'_>) -> Result<Option<Category>, Fault> {
    let Some(text) = fields.optional_text("category")? else { return Ok(None) };
    Ok(Some(match text {
        "disabled-elder" => Category::HomeCare(HomeCareCategory::DisabledElder),
        "low-income" => Category::HomeCare(HomeCareCategory::LowIncome),
        "living-alone" => Category::HomeCare(HomeCareCategory::LivingAlone),
        other => Category::Other(EventTag(fields.pseudonym_of("category:", other))),
    }))
}

/// Household programs are granted to `members`, the others to one `person`.
fn recipients(fields: &mut Fields<'_>, program: Program) -> Result<Subject, Fault> {
    let (wanted, unwanted) =
        if program.is_household() { ("members", "person") } else { ("person", "members") };
    if fields.has(unwanted) {
        let expected = format!("{wanted} and no {unwanted}, as the program takes them");
        return Err(fields.fault(unwanted, Code::SubjectPersonOrMembers, expected));
    }
    if program.is_household() {
        fields.members("members").map(Subject::Members)
    } else {
        fields.person("person").map(Subject::Person)
    }
}

/// `benefit.granted`.
pub(crate) fn granted(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let benefit = benefit(fields)?;
    let program = program(fields)?;
    let subject = recipients(fields, program)?;
    let monthly = fields.money("monthly_amount")?;
    let category = category(fields)?;
    let on = fields.date("on")?;
    let verified_on = fields.optional_date("verified_on")?;
    let body = Body::BenefitGranted { benefit, program, monthly, category, verified_on };
    Ok(Draft { on, subject, body })
}

/// `benefit.changed`: says only what changed. Its program stands in the grant, so `members` may be there.
pub(crate) fn changed(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let benefit = benefit(fields)?;
    let monthly = fields.optional_money("monthly_amount")?;
    let members = fields.optional_members("members")?;
    let category = category(fields)?;
    let on = fields.date("on")?;
    let subject = members.map_or(Subject::Nobody, Subject::Members);
    Ok(Draft { on, subject, body: Body::BenefitChanged { benefit, monthly, category } })
}

/// A benefit's state and the reason, which is the bureau's own text.
fn moved(fields: &mut Fields<'_>, body: fn(BenefitId) -> Body) -> Result<Draft, Fault> {
    let benefit = benefit(fields)?;
    fields.text("reason")?;
    Ok(Draft::of_nobody(fields.date("on")?, body(benefit)))
}

/// `benefit.suspended`.
pub(crate) fn suspended(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    moved(fields, |benefit| Body::BenefitSuspended { benefit })
}

/// `benefit.resumed`.
pub(crate) fn resumed(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    moved(fields, |benefit| Body::BenefitResumed { benefit })
}

/// `benefit.ended`.
pub(crate) fn ended(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    moved(fields, |benefit| Body::BenefitEnded { benefit })
}

/// `verification.recorded`: a verification counts whatever its outcome (domain §3).
pub(crate) fn verified(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let benefit = benefit(fields)?;
    fields.choice("outcome", &[("continues", ()), ("changed", ()), ("ended", ())])?;
    Ok(Draft::of_nobody(fields.date("on")?, Body::VerificationRecorded { benefit }))
}
