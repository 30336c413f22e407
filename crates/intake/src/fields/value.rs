//! Plain values in `data`: texts, days, money, numbers, choices, and texts that become pseudonyms.

use std::fmt::Display;

use sanzao_model::{Day, Division, Fen, FenError, Month};

use super::Fields;
use crate::division_code::is_known;
use crate::json::Node;
use crate::{Code, Fault};

const TEXT: &str = "a text that is not blank";
const DATE: &str = "a calendar date as YYYY-MM-DD";
const MONTH: &str = "a month as YYYY-MM";
const DIVISION: &str = "a division code of 12 digits as a string";
const MONEY: &str = "a JSON number of yuan, not negative, of at most two decimals";
const FLAG: &str = "true or false";

/// What an error of the vocabulary says was expected; those errors never repeat the value.
pub(super) fn expectation(error: impl Display) -> String {
    let text = error.to_string();
    text.strip_prefix("expected ").map(str::to_owned).unwrap_or(text)
}

/// The value of a JSON number that is whole, as JSON Schema means it: `2`, `2.0` and `20e-1` are.
fn whole(number: &str) -> Option<i64> {
    let hundredths = Fen::parse_yuan(number).ok()?.0;
    (hundredths % 100 == 0).then_some(hundredths / 100)
}

impl<'f> Fields<'f> {
    pub(super) fn string<'n>(
        &self,
        key: &'static str,
        node: &'n Node<'_>,
        expected: &'static str,
    ) -> Result<&'n str, Fault> {
        match node {
            Node::String(text) => Ok(text),
            _ => Err(self.fault(key, Code::FieldType, expected)),
        }
    }

    fn text_of(&mut self, key: &'static str, node: &'f Node<'f>) -> Result<&'f str, Fault> {
        let text = self.string(key, node, TEXT)?;
        if text.trim().is_empty() {
            return Err(self.fault(key, Code::FieldValue, TEXT));
        }
        self.canonical.text(key, text);
        Ok(text)
    }

    /// A text that is not blank.
    ///
    /// # Errors
    /// When it is missing, blank or no string.
    pub fn text(&mut self, key: &'static str) -> Result<&'f str, Fault> {
        let node = self.required(key, TEXT)?;
        self.text_of(key, node)
    }

    /// A text that may be missing; blank it may not be.
    ///
    /// # Errors
    /// When it is blank or no string.
    pub fn optional_text(&mut self, key: &'static str) -> Result<Option<&'f str>, Fault> {
        self.find(key).map(|node| self.text_of(key, node)).transpose()
    }

    /// A text or a whole number from 0 to 999, for codes that senders write either way: `3` is `"3"`.
    ///
    /// # Errors
    /// When it is missing, a blank text, another number, or neither.
    pub fn code(&mut self, key: &'static str) -> Result<String, Fault> {
        const CODE: &str = "a text that is not blank, or a whole number from 0 to 999";
        let text = match self.required(key, CODE)? {
            Node::String(text) if !text.trim().is_empty() => text.clone().into_owned(),
            Node::Number(number) => match whole(number) {
                Some(number @ 0..=999) => number.to_string(),
                _ => return Err(self.fault(key, Code::FieldValue, CODE)),
            },
            Node::String(_) => return Err(self.fault(key, Code::FieldValue, CODE)),
            _ => return Err(self.fault(key, Code::FieldType, CODE)),
        };
        self.canonical.text(key, &text);
        Ok(text)
    }

    /// One of some codes, each as a text or as a number, and what it stands for.
    ///
    /// # Errors
    /// As of [`Fields::code`], and when it is none of them.
    pub fn code_among<T: Copy>(
        &mut self,
        key: &'static str,
        codes: &[(&'static str, T)],
    ) -> Result<T, Fault> {
        let code = self.code(key)?;
        let known = codes.iter().find(|(name, _)| *name == code).map(|(_, value)| *value);
        known.ok_or_else(|| self.fault(key, Code::FieldValue, one_of(codes)))
    }

    /// The 16 bytes of the pseudonym of `prefix` and a text, as of a household's or a benefit's key.
    ///
    /// # Errors
    /// As of [`Fields::text`].
    pub fn pseudonym(&mut self, key: &'static str, prefix: &'static str) -> Result<[u8; 16], Fault> {
        let text = self.text(key)?;
        Ok(self.pseudonym_of(prefix, text))
    }

    /// The same of a text that was read.
    pub fn pseudonym_of(&self, prefix: &'static str, text: &str) -> [u8; 16] {
        self.context.pseudonyms.tag(&[prefix, text])
    }

    /// The pseudonym of `prefix`, the event's source and a text: for identifiers that are the sender's own.
    ///
    /// # Errors
    /// As of [`Fields::text`].
    pub fn source_pseudonym(&mut self, key: &'static str, prefix: &'static str) -> Result<[u8; 16], Fault> {
        let text = self.text(key)?;
        Ok(self.context.pseudonyms.tag(&[prefix, self.context.source, "\n", text]))
    }

    fn date_of(&mut self, key: &'static str, node: &Node<'_>) -> Result<Day, Fault> {
        let text = self.string(key, node, DATE)?;
        let day = text.parse().map_err(|_| self.fault(key, Code::DateForm, DATE))?;
        self.canonical.text(key, text);
        Ok(day)
    }

    /// A calendar date.
    ///
    /// # Errors
    /// When it is missing or no date as `YYYY-MM-DD`.
    pub fn date(&mut self, key: &'static str) -> Result<Day, Fault> {
        let node = self.required(key, DATE)?;
        self.date_of(key, node)
    }

    /// A calendar date that may be missing.
    ///
    /// # Errors
    /// When it is no date as `YYYY-MM-DD`.
    pub fn optional_date(&mut self, key: &'static str) -> Result<Option<Day>, Fault> {
        self.find(key).map(|node| self.date_of(key, node)).transpose()
    }

    /// A month.
    ///
    /// # Errors
    /// When it is missing or no month as `YYYY-MM`.
    pub fn month(&mut self, key: &'static str) -> Result<Month, Fault> {
        let node = self.required(key, MONTH)?;
        let text = self.string(key, node, MONTH)?;
        let month = text.parse().map_err(|_| self.fault(key, Code::MonthForm, MONTH))?;
        self.canonical.text(key, text);
        Ok(month)
    }

    /// A division code. A county that is in no table makes a warning.
    ///
    /// # Errors
    /// When it is missing or not of twelve digits.
    pub fn division(&mut self, key: &'static str) -> Result<Division, Fault> {
        let node = self.required(key, DIVISION)?;
        let text = self.string(key, node, DIVISION)?;
        let division: Division = text.parse().map_err(|_| self.fault(key, Code::DivisionForm, DIVISION))?;
        if !is_known(division.county()) {
            self.context.aside.warn_of_division();
        }
        self.canonical.text(key, text);
        Ok(division)
    }

    fn money_of(&mut self, key: &'static str, node: &Node<'_>) -> Result<Fen, Fault> {
        let Node::Number(text) = node else { return Err(self.fault(key, Code::FieldType, MONEY)) };
        let amount = Fen::parse_yuan(text).map_err(|error| {
            let code = match error {
                FenError::NotANumber => Code::MoneyForm,
                FenError::Negative => Code::MoneyNegative,
                FenError::PartOfAFen => Code::MoneyPartOfFen,
                FenError::TooLarge => Code::MoneyTooLarge,
            };
            self.fault(key, code, expectation(error))
        })?;
        self.canonical.integer(key, amount.0);
        Ok(amount)
    }

    /// An amount of yuan.
    ///
    /// # Errors
    /// When it is missing, no JSON number, negative, not of whole fen, or beyond all reason.
    pub fn money(&mut self, key: &'static str) -> Result<Fen, Fault> {
        let node = self.required(key, MONEY)?;
        self.money_of(key, node)
    }

    /// An amount of yuan that may be missing.
    ///
    /// # Errors
    /// As of [`Fields::money`], but for a missing one.
    pub fn optional_money(&mut self, key: &'static str) -> Result<Option<Fen>, Fault> {
        self.find(key).map(|node| self.money_of(key, node)).transpose()
    }

    /// A whole JSON number between two, both included and not negative.
    ///
    /// # Errors
    /// When it is missing, no JSON number, not whole, or not between them.
    pub fn integer(&mut self, key: &'static str, least: u8, most: u8) -> Result<u8, Fault> {
        let expected = || format!("a whole JSON number from {least} to {most}");
        let Some(node) = self.find(key) else { return Err(self.fault(key, Code::FieldMissing, expected())) };
        let Node::Number(text) = node else { return Err(self.fault(key, Code::FieldType, expected())) };
        let number = whole(text).and_then(|number| u8::try_from(number).ok());
        match number.filter(|number| (least..=most).contains(number)) {
            Some(number) => {
                self.canonical.integer(key, i64::from(number));
                Ok(number)
            }
            None => Err(self.fault(key, Code::FieldValue, expected())),
        }
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When it is missing or something else.
    pub fn flag(&mut self, key: &'static str) -> Result<bool, Fault> {
        let Node::Bool(value) = self.required(key, FLAG)? else {
            return Err(self.fault(key, Code::FieldType, FLAG));
        };
        self.canonical.truth(key, *value);
        Ok(*value)
    }

    /// One of some texts, and what it stands for.
    ///
    /// # Errors
    /// When it is missing, no string, or none of them.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&'static str, T)]) -> Result<T, Fault> {
        let Some(node) = self.find(key) else {
            return Err(self.fault(key, Code::FieldMissing, one_of(choices)));
        };
        let Node::String(text) = node else {
            return Err(self.fault(key, Code::FieldType, one_of(choices)));
        };
        match choices.iter().find(|(name, _)| name == text) {
            Some((name, value)) => {
                self.canonical.text(key, name);
                Ok(*value)
            }
            None => Err(self.fault(key, Code::FieldValue, one_of(choices))),
        }
    }
}

fn one_of<T>(choices: &[(&'static str, T)]) -> String {
    let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
    format!("one of {}", names.join(", "))
}
