//! Settled bills.

use sanzao_intake::{Code, Draft, Fault, Fields};
use sanzao_model::{Body, Fen, SettlementId};

use crate::INSUTYPES;

const TREATMENTS: [(&str, bool); 3] = [("inpatient", true), ("outpatient", false), ("special", false)];

/// The settlement's key is the sender's own, so it is one of the source.
fn settlement(fields: &mut Fields<'_>) -> Result<SettlementId, Fault> {
    fields.source_pseudonym("setl_id", "settlement:").map(SettlementId)
}

/// `settlement.settled`.
pub(crate) fn settled(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let settlement = settlement(fields)?;
    fields.code_among("insutype", &INSUTYPES)?;
    let inpatient = fields.choice("med_type", &TREATMENTS)?;
    let begin = fields.date("begin")?;
    fields.date("end")?;
    let self_paid = amounts(fields)?;
    let body = Body::SettlementSettled { settlement, inpatient, self_paid, begin };
    Ok(Draft::of_person(person, fields.date("on")?, body))
}

/// The part that the person paid. The fee is what the funds and the person paid, and medical assistance
/// (`maf_pay`) is part of what the funds paid (domain §2).
fn amounts(fields: &mut Fields<'_>) -> Result<Fen, Fault> {
    let fee = fields.money("medfee_sumamt")?;
    let fund = fields.money("fund_pay_sumamt")?;
    let assistance = fields.money("maf_pay")?;
    let self_paid = fields.money("psn_part_amt")?;
    if fee.0 != fund.0 + self_paid.0 {
        let expected = "the sum of fund_pay_sumamt and psn_part_amt";
        return Err(fields.fault("medfee_sumamt", Code::SumDisagrees, expected));
    }
    if assistance > fund {
        return Err(fields.fault("maf_pay", Code::SumDisagrees, "at most fund_pay_sumamt"));
    }
    Ok(self_paid)
}

/// `settlement.reversed`.
pub(crate) fn reversed(fields: &mut Fields<'_>) -> Result<Draft, Fault> {
    let person = fields.person("person")?;
    let settlement = settlement(fields)?;
    Ok(Draft::of_person(person, fields.date("on")?, Body::SettlementReversed { settlement }))
}
