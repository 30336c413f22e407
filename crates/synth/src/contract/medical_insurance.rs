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
    /// `insutype`: 310 of employees or 390 of residents.
    pub(crate) fn enrolled(&mut self, person: &Person, insutype: &str, on: Date) -> Sent {
        self.enrolment("enrolment.started", person, insutype, on)
    }

    pub(crate) fn unenrolled(&mut self, person: &Person, insutype: &str, on: Date) -> Sent {
        self.enrolment("enrolment.stopped", person, insutype, on)
    }

    fn enrolment(&mut self, kind: &'static str, person: &Person, insutype: &str, on: Date) -> Sent {
        self.begin(MedicalInsurance, kind, on)
            .person("person", person)
            .text("insutype", insutype)
            .date("on", on)
            .send()
    }

    /// A settlement of residents' insurance.
    pub(crate) fn settled(&mut self, person: &Person, settlement: &Settlement) -> Sent {
        self.settled_under("390", person, settlement)
    }

    pub(crate) fn settled_under(&mut self, insutype: &str, person: &Person, settlement: &Settlement) -> Sent {
        let Settlement { setl_id, med_type, begin, end, fund, assistance, own } = settlement;
        self.begin(MedicalInsurance, "settlement.settled", *end)
            .person("person", person)
            .text("setl_id", setl_id)
            .text("insutype", insutype)
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

    /// `mode`: home or institution; `level` is the insurer's own.
    pub(crate) fn care_approved(
        &mut self,
        person: &Person,
        level: &str,
        mode: &str,
        amount: Fen,
        on: Date,
    ) -> Sent {
        self.begin(MedicalInsurance, "long-term-care.approved", on)
            .person("person", person)
            .text("level", level)
            .text("mode", mode)
            .money("monthly_amount", amount)
            .date("on", on)
            .send()
    }

    pub(crate) fn care_ended(&mut self, person: &Person, on: Date) -> Sent {
        self.begin(MedicalInsurance, "long-term-care.ended", on)
            .person("person", person)
            .date("on", on)
            .send()
    }
}
