//! Certificates, ability, stays, and what happened to somebody (domain §3 and §4).

use super::facts::Fact;
use super::view::{View, newest};

impl<'a> View<'a> {
    /// "**Certificate**: the newest one …; an older one never revives."
    pub fn newest_certificate(&self, person: &str) -> Option<&'a Fact> {
        newest(self.facts_of(person, "registry.disability.certified"))
    }

    /// "Valid if D ≤ `valid_until`."
    pub fn valid_certificate(&self, person: &str) -> Option<&'a Fact> {
        let certificate = self.newest_certificate(person)?;
        let until = certificate.date("valid_until").expect("a certificate says until when");
        (self.day <= until).then_some(certificate)
    }

    /// "Newest ability level".
    pub fn newest_ability(&self, person: &str) -> Option<&'a Fact> {
        newest(self.facts_of(person, "health.ability.assessed"))
    }

    /// Admissions; "a discharge of the same facility and `admitted_on`", the newest of them.
    pub fn stays(&self, person: &str) -> Vec<(&'a Fact, Option<&'a Fact>)> {
        let discharges = self.facts_of(person, "health.stay.discharged");
        let discharge_of = |admission: &Fact| {
            newest(discharges.iter().copied().filter(|discharge| {
                discharge.text("facility") == admission.text("facility")
                    && discharge.date("admitted_on") == Some(admission.on)
            }))
        };
        let admissions = self.facts_of(person, "health.stay.admitted");
        admissions.into_iter().map(|admission| (admission, discharge_of(admission))).collect()
    }

    /// What rules ask of "in the last n days", whatever came after: "died, went into custody or had employee
    /// insurance stopped", "registered unemployed, … or was certified disabled", "was reported missing"; and that what
    /// keeps a rule from holding came to an end: "active enrolment of any insutype", "active long-term care". Somebody
    /// dies once: on the day of the earliest signal.
    pub fn happened(&self, person: &str) -> Vec<(&'static str, &'a Fact)> {
        let of = |kind: &str| self.facts_of(person, kind);
        let stopped = of("social-security.insurance.stopped")
            .into_iter()
            .filter(|stop| stop.text("scheme") == Some("employee"))
            .collect();
        let died = self.death_signals(person).into_iter().min_by_key(|signal| signal.newness());
        let kinds = [
            ("died", died.into_iter().collect()),
            ("custody", of("police.custody.started")),
            ("missing", of("police.missing.reported")),
            ("unemployed", of("social-security.unemployment.registered")),
            ("insurance-stopped", stopped),
            ("enrolment-stopped", of("medical-insurance.enrolment.stopped")),
            ("long-term-care-ended", of("medical-insurance.long-term-care.ended")),
            ("certified-disabled", of("registry.disability.certified")),
        ];
        kinds
            .into_iter()
            .flat_map(|(event, facts)| facts.into_iter().map(move |fact| (event, fact)))
            .collect()
    }

    /// "A settlement (not reversed) whose `begin`, an admission whose `on`, or a wage whose month begins after
    /// `died_on`." "Keys: … wages of one month, the newest counts."
    pub fn activity_after_death(&self, person: &str) -> Vec<(&'static str, jiff::civil::Date, &'a Fact)> {
        let Some(died_on) = self.died_on.get(person) else { return Vec::new() };
        let begin = |settlement: &Fact| settlement.date("begin").expect("a settlement has a begin");
        let settlements = self.settlements(person).into_iter().map(|fact| ("settlement", begin(fact), fact));
        let stays = self.facts_of(person, "health.stay.admitted").into_iter();
        let wages = self.wages(person).into_iter();
        settlements
            .chain(stays.map(|fact| ("stay", fact.on, fact)))
            .chain(wages.map(|fact| ("wage", fact.on, fact)))
            .filter(|(_, began, _)| began > died_on)
            .collect()
    }
}
