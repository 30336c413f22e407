//! 医保

use jiff::civil::Date;

use crate::Feed::MedicalInsurance;
use crate::money::Fen;
use crate::person::Person;
use crate::sender::{Sender, Sent};

/// A settlement; the whole fee is `fund` + `own`.
#[derive(Clone)]
pub(crate) struct Settlement {
    pub setl_id: String,
    /// inpatient, outpatient or special.
    pub med_type: &'static str,
    pub begin: Date,
    pub end: Date,
    /// Paid by the funds, medical assistance included.
    pub fund: Fen,
    pub assistance: Fen,
    /// Self-paid.
    pub own: Fen,
}

impl Sender<'_> {
    pub(crate) fn settled(&mut self, person: &Person, settlement: &Settlement) -> Sent {
        let Settlement { setl_id, med_type, begin, end, fund, assistance, own } = settlement;
        self.begin(MedicalInsurance, "settlement.settled", *end)
            .person("person", person)
            .text("setl_id", setl_id)
            .text("insutype", "390")
            .text("med_type", med_type)
            .date("begin", *begin)
            .date("end", *end)
            .money("medfee_sumamt", Fen(fund.0 + own.0))
            .money("fund_pay_sumamt", *fund)
            .money("maf_pay", *assistance)
            .money("psn_part_amt", *own)
            .date("on", *end)
            .send()
    }

    pub(crate) fn reversed(&mut self, person: &Person, setl_id: &str, on: Date) -> Sent {
        self.begin(MedicalInsurance, "settlement.reversed", on)
            .person("person", person)
            .text("setl_id", setl_id)
            .date("on", on)
            .send()
    }
}
