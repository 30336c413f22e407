//! The bureau's own assistance registry.

use jiff::civil::Date;

use crate::Feed::Registry;
use crate::money::Fen;
use crate::person::Person;
use crate::sender::{Sender, Sent};

/// A grant of a benefit.
pub(crate) struct Grant<'a> {
    pub benefit_id: &'a str,
    pub program: &'a str,
    /// The members, or the one person.
    pub people: &'a [&'a Person],
    pub amount: Fen,
    pub category: Option<&'a str>,
    pub on: Date,
    pub verified_on: Option<Date>,
}

/// Whether a program is granted to `members` rather than to one `person`.
fn household_program(program: &str) -> bool {
    matches!(program, "dibao" | "dibao-edge" | "rigid-spending")
}

impl Sender<'_> {
    pub(crate) fn granted(&mut self, grant: &Grant<'_>) -> Sent {
        self.begin(Registry, "benefit.granted", grant.on)
            .text("benefit_id", grant.benefit_id)
            .text("program", grant.program);
        if household_program(grant.program) {
            self.people("members", grant.people);
        } else {
            self.person("person", grant.people[0]);
        }
        self.money("monthly_amount", grant.amount);
        if let Some(category) = grant.category {
            self.text("category", category);
        }
        self.date("on", grant.on);
        if let Some(day) = grant.verified_on {
            self.date("verified_on", day);
        }
        self.send()
    }

    pub(crate) fn amount_changed(&mut self, benefit_id: &str, amount: Fen, on: Date) -> Sent {
        self.begin(Registry, "benefit.changed", on)
            .text("benefit_id", benefit_id)
            .money("monthly_amount", amount)
            .date("on", on)
            .send()
    }

    pub(crate) fn members_changed(&mut self, benefit_id: &str, members: &[&Person], on: Date) -> Sent {
        self.begin(Registry, "benefit.changed", on)
            .text("benefit_id", benefit_id)
            .people("members", members)
            .date("on", on)
            .send()
    }

    pub(crate) fn suspended(&mut self, benefit_id: &str, on: Date) -> Sent {
        self.standing("benefit.suspended", benefit_id, "待核查", on)
    }

    pub(crate) fn resumed(&mut self, benefit_id: &str, on: Date) -> Sent {
        self.standing("benefit.resumed", benefit_id, "核查通过", on)
    }

    pub(crate) fn ended(&mut self, benefit_id: &str, on: Date) -> Sent {
        self.standing("benefit.ended", benefit_id, "不再符合条件", on)
    }

    fn standing(&mut self, kind: &'static str, benefit_id: &str, reason: &str, on: Date) -> Sent {
        self.begin(Registry, kind, on)
            .text("benefit_id", benefit_id)
            .text("reason", reason)
            .date("on", on)
            .send()
    }

    /// `outcome`: continues, changed or ended.
    pub(crate) fn verified(&mut self, benefit_id: &str, outcome: &str, on: Date) -> Sent {
        self.begin(Registry, "verification.recorded", on)
            .text("benefit_id", benefit_id)
            .text("outcome", outcome)
            .date("on", on)
            .send()
    }

    pub(crate) fn assessed(&mut self, members: &[&Person], annual_income: Fen, on: Date) -> Sent {
        self.begin(Registry, "income.assessed", on)
            .people("members", members)
            .money("annual_income", annual_income)
            .flag("property_ok", true)
            .date("on", on)
            .send()
    }

    /// `kind`: child or elder.
    pub(crate) fn visited(&mut self, person: &Person, visit_id: &str, kind: &str, on: Date) -> Sent {
        self.begin(Registry, "visit.recorded", on)
            .person("person", person)
            .text("visit_id", visit_id)
            .text("kind", kind)
            .date("on", on)
            .send()
    }

    pub(crate) fn cremated(&mut self, person: &Person, on: Date) -> Sent {
        self.begin(Registry, "cremation.recorded", on).person("person", person).date("on", on).send()
    }
}
