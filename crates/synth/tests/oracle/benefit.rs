//! Benefits: the grant that counts, who is named, what is active.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::{Fact, World, date};

/// A benefit and the grant of it that counts.
#[derive(Clone, Copy)]
pub struct Benefit<'a> {
    pub id: &'a str,
    pub grant: &'a Fact,
}

impl Benefit<'_> {
    pub fn program(&self) -> &str {
        self.grant.data["program"].as_str().unwrap()
    }
}

impl World {
    /// Every benefit: of several grants with one id the newest counts.
    pub fn benefits(&self) -> Vec<Benefit<'_>> {
        let mut grants: BTreeMap<&str, &Fact> = BTreeMap::new();
        for fact in self.facts.iter().filter(|fact| fact.kind == "benefit.granted") {
            let newest = grants.entry(fact.data["benefit_id"].as_str().unwrap()).or_insert(fact);
            if newest.order < fact.order {
                *newest = fact;
            }
        }
        grants.into_iter().map(|(id, grant)| Benefit { id, grant }).collect()
    }

    pub fn benefit(&self, id: &str) -> Option<Benefit<'_>> {
        self.benefits().into_iter().find(|benefit| benefit.id == id)
    }

    /// Facts of a kind about a benefit.
    pub fn about<'a>(&'a self, kind: &'a str, id: &'a str) -> impl Iterator<Item = &'a Fact> {
        self.facts.iter().filter(move |fact| fact.kind == kind && fact.data["benefit_id"] == id)
    }

    pub fn ended(&self, benefit: Benefit<'_>) -> bool {
        self.about("benefit.ended", benefit.id).next().is_some()
    }

    pub fn active(&self, benefit: Benefit<'_>) -> bool {
        !["temporary-aid", "funeral"].contains(&benefit.program()) && !self.ended(benefit)
    }

    /// The grant, then later changes, up to a day.
    fn versions<'a>(&'a self, benefit: Benefit<'a>, day: Date) -> Vec<&'a Fact> {
        let mut versions = vec![benefit.grant];
        versions.extend(self.about("benefit.changed", benefit.id));
        versions.retain(|fact| fact.order >= benefit.grant.order && fact.on <= day);
        versions.sort_by(|a, b| a.order.cmp(&b.order));
        versions
    }

    /// The lists of members up to a day, by age.
    pub fn lists<'a>(&'a self, benefit: Benefit<'a>, day: Date) -> Vec<&'a Fact> {
        let mut lists = self.versions(benefit, day);
        lists.retain(|fact| fact.data["members"].is_array());
        lists
    }

    /// The newest category.
    pub fn category<'a>(&'a self, benefit: Benefit<'a>) -> Option<&'a str> {
        self.versions(benefit, self.day).iter().rev().find_map(|fact| fact.data["category"].as_str())
    }

    /// Whether a benefit names somebody on a day: its one person, or its newest list that says anything of
    /// them (a list in which they are held says nothing).
    pub fn names(&self, benefit: Benefit<'_>, person: &str, day: Date) -> bool {
        if benefit.grant.data["person"].is_object() {
            let named = self.named(benefit.grant, &benefit.grant.data["person"], person);
            return benefit.grant.on <= day && named == Some(false);
        }
        for list in self.lists(benefit, day).into_iter().rev() {
            let members = list.data["members"].as_array().unwrap();
            let entries: Vec<bool> =
                members.iter().filter_map(|member| self.named(list, member, person)).collect();
            if entries.contains(&false) {
                return true;
            }
            if entries.is_empty() {
                return false;
            }
        }
        false
    }

    /// Active benefits that a person has.
    pub fn has(&self, person: &str) -> Vec<Benefit<'_>> {
        let benefits = self.benefits().into_iter();
        benefits.filter(|b| self.active(*b) && self.names(*b, person, self.day)).collect()
    }

    pub fn has_any(&self, person: &str, programs: &[&str]) -> bool {
        self.has(person).iter().any(|benefit| programs.contains(&benefit.program()))
    }

    /// The latest of grant, `verified_on` and verifications.
    pub fn verified_on(&self, benefit: Benefit<'_>) -> Date {
        let stated = match &benefit.grant.data["verified_on"] {
            Value::Null => None,
            text => Some(date(text)).filter(|on| *on <= self.day),
        };
        let verified = self.about("verification.recorded", benefit.id).map(|fact| fact.on);
        verified.chain(stated).chain([benefit.grant.on]).max().unwrap()
    }
}
