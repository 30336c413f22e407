//! Rows about what goes on, and about a person's condition.

use sanzao_model::{Fen, Insutype};

use super::Builder;
use super::words::{custody_name, disability_name, end_name, insutype_name, mode_name, scheme_name};
use crate::life::Life;
use crate::spell::{Spell, SpellKind};
use crate::tables::{
    AbilityRow, CertificateRow, CustodyRow, EnrolmentRow, HouseholdNo, LongTermCareRow, OpenSpellRow,
    PersonNo, SpellRow, TableName, UnemploymentBenefitRow,
};
use crate::told::Told;

impl Builder<'_> {
    pub(super) fn spells(&mut self, life: &Life, person: PersonNo) {
        if life.turns.is_empty() {
            return;
        }
        if self.needs(TableName::Pension) {
            let pensions: Vec<_> = self.as_of.pensions(life).collect();
            for (scheme, spell) in pensions {
                let row = self.spell_row(person, scheme_name(scheme), spell);
                self.tables.pension.push(row);
            }
        }
        if let Some(spell) = self.open(life, TableName::InjuryNursing, SpellKind::InjuryNursing) {
            let row = self.spell_row(person, "", spell);
            self.tables.injury_nursing.push(row);
        }
        for insutype in [Insutype::Employee, Insutype::Resident] {
            if let Some(spell) = self.open(life, TableName::Enrolment, SpellKind::Enrolment(insutype)) {
                let (insutype, began_on) = (insutype_name(insutype), spell.began_on);
                let fact = self.fact_no(spell.newest);
                self.tables.enrolment.push(EnrolmentRow { person, insutype, began_on, fact });
            }
        }
        if let Some(spell) = self.open(life, TableName::Unemployment, SpellKind::Unemployment) {
            let (began_on, fact) = (spell.began_on, self.fact_no(spell.first));
            self.tables.unemployment.push(OpenSpellRow { person, began_on, fact });
        }
        if let Some(spell) = self.open(life, TableName::Missing, SpellKind::Missing) {
            let (began_on, fact) = (spell.began_on, self.fact_no(spell.first));
            self.tables.missing.push(OpenSpellRow { person, began_on, fact });
        }
        if let Some(spell) = self.open(life, TableName::LongTermCare, SpellKind::LongTermCare)
            && let Told::LongTermCareApproved { mode, .. } = self.as_of.fact(spell.newest).told
        {
            let row = LongTermCareRow {
                person,
                mode: mode_name(mode),
                began_on: spell.began_on,
                approved_on: self.as_of.fact(spell.newest).on,
                monthly: spell.monthly,
                fact: self.fact_no(spell.newest),
            };
            self.tables.long_term_care.push(row);
        }
        self.unemployment_benefit(life, person);
        self.custody(life, person);
    }

    /// The open spell, where somebody reads the table that it is a row of.
    fn open(&self, life: &Life, table: TableName, kind: SpellKind) -> Option<Spell> {
        self.needs(table).then(|| self.as_of.spell(life, kind)).flatten()
    }

    fn spell_row(&mut self, person: PersonNo, scheme: &'static str, spell: Spell) -> SpellRow {
        let (began_on, monthly): (_, Fen) = (spell.began_on, spell.monthly);
        SpellRow { person, scheme, began_on, monthly, fact: self.fact_no(spell.newest) }
    }

    fn unemployment_benefit(&mut self, life: &Life, person: PersonNo) {
        if self.needs(TableName::UnemploymentBenefit)
            && let Some((index, reason)) = self.as_of.newest_unemployment_event(life)
        {
            let fact = self.fact_no(index);
            self.tables.unemployment_benefit.push(UnemploymentBenefitRow {
                person,
                event: if reason.is_some() { "ended" } else { "started" },
                reason: reason.map(end_name),
                on: self.as_of.fact(index).on,
                active: self.as_of.spell(life, SpellKind::UnemploymentBenefit).is_some(),
                fact,
            });
        }
    }

    fn custody(&mut self, life: &Life, person: PersonNo) {
        if !self.needs(TableName::Custody) {
            return;
        }
        let Some(index) = self.as_of.newest_custody_event(life) else { return };
        let open = self.as_of.spell(life, SpellKind::Custody);
        let (kind, expected_until) = match self.as_of.fact(index).told {
            Told::CustodyStarted { kind, expected_until } => (Some(custody_name(kind)), expected_until.get()),
            _ => (None, None),
        };
        let began = open.filter(|spell| spell.first != index);
        let row = CustodyRow {
            person,
            event: if open.is_some() { "started" } else { "ended" },
            on: self.as_of.fact(index).on,
            kind,
            began_on: open.map(|spell| spell.began_on),
            expected_until,
            fact: self.fact_no(index),
            fact_began: self.maybe_no(began.map(|spell| spell.first)),
        };
        self.tables.custody.push(row);
    }

    /// The newest certificate of disability and the newest level of ability.
    pub(super) fn condition(&mut self, life: &Life, person: PersonNo, household: HouseholdNo) {
        if self.needs(TableName::Certificate)
            && let Some(certificate) = self.as_of.certificate(life)
        {
            let row = CertificateRow {
                person,
                household,
                category: disability_name(certificate.category),
                grade: i32::from(certificate.grade),
                on: self.as_of.fact(certificate.fact).on,
                valid_until: certificate.valid_until,
                valid: self.as_of.day <= certificate.valid_until,
                fact: self.fact_no(certificate.fact),
            };
            self.tables.certificate.push(row);
        }
        if self.needs(TableName::Ability)
            && let Some((level, index)) = self.as_of.ability(life)
        {
            let (on, fact) = (self.as_of.fact(index).on, self.fact_no(index));
            self.tables.ability.push(AbilityRow { person, level: i32::from(level), on, fact });
        }
    }
}
