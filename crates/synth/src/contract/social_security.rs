//! 人社

use jiff::civil::Date;

use crate::Feed::SocialSecurity;
use crate::money::Fen;
use crate::person::Person;
use crate::sender::{Sender, Sent};

impl Sender<'_> {
    /// `scheme`: employee, flexible or resident.
    pub(crate) fn insured(&mut self, person: &Person, scheme: &str, base: Option<Fen>, on: Date) -> Sent {
        self.begin(SocialSecurity, "insurance.started", on).person("person", person).text("scheme", scheme);
        if let Some(base) = base {
            self.money("wage_base", base);
        }
        self.date("on", on).send()
    }

    pub(crate) fn uninsured(&mut self, person: &Person, scheme: &str, on: Date) -> Sent {
        self.begin(SocialSecurity, "insurance.stopped", on)
            .person("person", person)
            .text("scheme", scheme)
            .text("reason", "终止劳动关系")
            .date("on", on)
            .send()
    }

    /// The wage of the month of a day; it takes effect on the month's first day and says no `on`.
    pub(crate) fn wage(&mut self, person: &Person, month: Date, amount: Fen) -> Sent {
        self.begin(SocialSecurity, "wage.reported", month)
            .person("person", person)
            .month("month", month)
            .money("amount", amount)
            .send()
    }

    pub(crate) fn unemployed(&mut self, person: &Person, on: Date) -> Sent {
        self.begin(SocialSecurity, "unemployment.registered", on)
            .person("person", person)
            .date("on", on)
            .send()
    }

    /// No longer registered as unemployed, for whatever reason.
    pub(crate) fn no_longer_unemployed(&mut self, person: &Person, on: Date) -> Sent {
        self.begin(SocialSecurity, "unemployment.deregistered", on)
            .person("person", person)
            .date("on", on)
            .send()
    }

    pub(crate) fn dole_started(&mut self, person: &Person, amount: Fen, on: Date, until: Date) -> Sent {
        self.begin(SocialSecurity, "unemployment.benefit-started", on)
            .person("person", person)
            .money("monthly_amount", amount)
            .date("on", on)
            .date("until", until)
            .send()
    }

    /// `reason`: exhausted, re-employed, pension, enlisted, emigrated, sentenced or refused-work.
    pub(crate) fn dole_ended(&mut self, person: &Person, reason: &str, on: Date) -> Sent {
        self.begin(SocialSecurity, "unemployment.benefit-ended", on)
            .person("person", person)
            .text("reason", reason)
            .date("on", on)
            .send()
    }

    /// `scheme`: employee, flexible or resident.
    pub(crate) fn pension_started(&mut self, person: &Person, scheme: &str, amount: Fen, on: Date) -> Sent {
        self.begin(SocialSecurity, "pension.started", on)
            .person("person", person)
            .text("scheme", scheme)
            .money("monthly_amount", amount)
            .date("on", on)
            .send()
    }

    pub(crate) fn pension_changed(&mut self, person: &Person, scheme: &str, amount: Fen, on: Date) -> Sent {
        self.begin(SocialSecurity, "pension.changed", on)
            .person("person", person)
            .text("scheme", scheme)
            .money("monthly_amount", amount)
            .date("on", on)
            .send()
    }

    pub(crate) fn pension_stopped(&mut self, person: &Person, scheme: &str, on: Date) -> Sent {
        self.begin(SocialSecurity, "pension.stopped", on)
            .person("person", person)
            .text("scheme", scheme)
            .text("reason", "待遇终止")
            .date("on", on)
            .send()
    }

    pub(crate) fn nursing_started(&mut self, person: &Person, amount: Fen, on: Date) -> Sent {
        self.begin(SocialSecurity, "injury-nursing.started", on)
            .person("person", person)
            .money("monthly_amount", amount)
            .date("on", on)
            .send()
    }

    pub(crate) fn nursing_stopped(&mut self, person: &Person, on: Date) -> Sent {
        self.begin(SocialSecurity, "injury-nursing.stopped", on)
            .person("person", person)
            .date("on", on)
            .send()
    }

    pub(crate) fn funeral_grant(&mut self, person: &Person, amount: Fen, on: Date) -> Sent {
        self.begin(SocialSecurity, "funeral-grant.paid", on)
            .person("person", person)
            .money("amount", amount)
            .date("on", on)
            .send()
    }
}
