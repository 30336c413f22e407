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

    pub(crate) fn category_changed(&mut self, benefit_id: &str, category: &str, on: Date) -> Sent {
        self.begin(Registry, "benefit.changed", on)
            .text("benefit_id", benefit_id)
            .text("category", category)
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

    pub(crate) fn ended_because(&mut self, benefit_id: &str, reason: &str, on: Date) -> Sent {
        self.standing("benefit.ended", benefit_id, reason, on)
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

    /// An application of one person for a program, refused.
    pub(crate) fn refused(&mut self, person: &Person, program: &str, reason: &str, on: Date) -> Sent {
        self.begin(Registry, "application.refused", on)
            .person("person", person)
            .text("program", program)
            .text("reason", reason)
            .date("on", on)
            .send()
    }

    /// `category` of GB/T 26341 (visual, hearing, speech, physical, intellectual, mental, multiple);
    /// `grade` from 1, the severest, to 4.
    pub(crate) fn certified_disabled(
        &mut self,
        person: &Person,
        category: &str,
        grade: u8,
        on: Date,
        valid_until: Date,
    ) -> Sent {
        self.begin(Registry, "disability.certified", on)
            .person("person", person)
            .text("category", category)
            .number("grade", grade)
            .date("on", on)
            .date("valid_until", valid_until)
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

    pub(crate) fn contact(
        &mut self,
        person: &Person,
        phone: Option<&str>,
        address: Option<&str>,
        on: Date,
    ) -> Sent {
        self.begin(Registry, "contact.recorded", on).person("person", person);
        if let Some(phone) = phone {
            self.text("phone", phone);
        }
        if let Some(address) = address {
            self.text("address", address);
        }
        self.date("on", on).send()
    }
}
