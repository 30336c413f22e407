//! People in `data`: `{id_number, name}`, lists of them, and numbers alone.

use std::collections::BTreeMap;

use sanzao_model::{IdNumber, IdNumberError, Mention, NameTag, Named};

use super::value::expectation;
use super::{Fields, nested};
use crate::division_code::is_unknown_prefix;
use crate::json::Node;
use crate::{Code, Fault};

/// A household that receives a benefit is no larger: what reads a list reads it for each person on it.
const MEMBERS_MAX: usize = 1_000;
const LIST: &str = "a list of people, each {id_number, name}";
const NAME: &str = "a name that is not empty, of at most 200 characters";
/// No register has a longer one; a longer text is no name.
const NAME_MAX_CHARS: usize = 200;
const NUMBER: &str = "a document number as a string";

/// `{id_number, name}`.
fn named(fields: &mut Fields<'_>) -> Result<Named, Fault> {
    let who = fields.number("id_number")?;
    Ok(Named { who, name: fields.name("name")? })
}

impl<'f> Fields<'f> {
    /// Somebody: `{id_number, name}`.
    ///
    /// # Errors
    /// When it is missing or wrong in any part.
    pub fn person(&mut self, key: &'static str) -> Result<Named, Fault> {
        self.object(key, named)
    }

    /// A list of one to 1,000 people, of which the order says nothing. Somebody repeated with the same name is
    /// in it once.
    ///
    /// # Errors
    /// When it is missing, empty or too long, or anybody in it is wrong.
    pub fn members(&mut self, key: &'static str) -> Result<Vec<Named>, Fault> {
        let node = self.required(key, LIST)?;
        self.list_of(key, node)
    }

    /// A list of people that may be missing; see [`Fields::members`].
    ///
    /// # Errors
    /// As of [`Fields::members`], but for a missing list.
    pub fn optional_members(&mut self, key: &'static str) -> Result<Option<Vec<Named>>, Fault> {
        self.find(key).map(|node| self.list_of(key, node)).transpose()
    }

    fn list_of(&mut self, key: &'static str, node: &Node<'_>) -> Result<Vec<Named>, Fault> {
        let Node::Array(items) = node else { return Err(self.fault(key, Code::FieldType, LIST)) };
        if items.is_empty() {
            return Err(self.fault(key, Code::ListEmpty, "at least one person"));
        }
        if items.len() > MEMBERS_MAX {
            return Err(self.fault(key, Code::ListTooLong, "at most 1,000 people"));
        }
        let path = self.path.key(key);
        let mut by_content = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let (somebody, content) = nested(item, self.context, path.index(index), named)?;
            by_content.insert(content, somebody);
        }
        let contents: Vec<&str> = by_content.keys().map(String::as_str).collect();
        self.canonical.canonical(key, &format!("[{}]", contents.join(",")));
        Ok(by_content.into_values().collect())
    }

    /// A document number.
    ///
    /// # Errors
    /// When it is missing, no document number, or of somebody born after the event was recorded.
    pub fn number(&mut self, key: &'static str) -> Result<Mention, Fault> {
        let node = self.required(key, NUMBER)?;
        self.number_of(key, node)
    }

    /// A document number that may be missing.
    ///
    /// # Errors
    /// As of [`Fields::number`], but for a missing one.
    pub fn optional_number(&mut self, key: &'static str) -> Result<Option<Mention>, Fault> {
        self.find(key).map(|node| self.number_of(key, node)).transpose()
    }

    fn number_of(&mut self, key: &'static str, node: &Node<'_>) -> Result<Mention, Fault> {
        let Node::String(text) = node else { return Err(self.fault(key, Code::FieldType, NUMBER)) };
        let number = IdNumber::parse(text).map_err(|error| {
            let code = match error {
                IdNumberError::Length => Code::IdNumberLength,
                IdNumberError::Characters => Code::IdNumberCharacters,
                IdNumberError::Date => Code::IdNumberDate,
                IdNumberError::Check => Code::IdNumberCheck,
            };
            self.fault(key, code, expectation(error))
        })?;
        if number.birth().is_some_and(|birth| birth > self.context.recorded_on) {
            let expected = "a date of birth that is not after the day of the event's time in China";
            return Err(self.fault(key, Code::IdNumberBirthAfterEvent, expected));
        }
        self.canonical.text(key, number.as_str());
        let mention = self.context.pseudonyms.mention(&number);
        if is_unknown_prefix(number.as_str()) {
            self.context.aside.warn_of_prefix();
        }
        self.who = Some(self.context.aside.number(&number, &mention));
        Ok(mention)
    }

    /// A name: that of the number asked for before it in the same object.
    ///
    /// # Errors
    /// When it is missing, no text, too long, or nothing is left of it when normalised.
    pub fn name(&mut self, key: &'static str) -> Result<NameTag, Fault> {
        let node = self.required(key, NAME)?;
        let text = self.string(key, node, NAME)?;
        let is_short = text.chars().nth(NAME_MAX_CHARS).is_none();
        let Some(tag) = Some(text).filter(|_| is_short).and_then(|text| self.context.pseudonyms.name(text))
        else {
            return Err(self.fault(key, Code::FieldValue, NAME));
        };
        if let Some(who) = self.who {
            self.context.aside.name(who, text);
        }
        self.canonical.text(key, text);
        Ok(tag)
    }

    /// Notes for the vault how a person is reached, by texts that were read.
    pub fn contact(&self, person: &Named, phone: Option<&str>, address: Option<&str>) {
        self.context.aside.contact(person.who.person, phone, address);
    }
}
