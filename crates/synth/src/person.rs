//! Who the events are about.

use jiff::civil::Date;

use crate::id_number::{Sex, short_form};

/// A person as a department names them.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// 18 characters, or 15 as `short` writes them.
    pub id: String,
    pub name: String,
    pub sex: Sex,
    pub birth: Date,
}

impl Person {
    /// The same person under the 15-digit number that they had before 1999.
    pub(crate) fn short(&self) -> Person {
        let id = short_form(&self.id).expect("only people born before 2000 are asked for a 15-digit number");
        Person { id, ..self.clone() }
    }

    /// The same number with another name.
    pub(crate) fn named(&self, name: &str) -> Person {
        Person { name: name.to_owned(), ..self.clone() }
    }
}

/// A police household.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub household_no: String,
    /// Twelve digits.
    pub division_code: String,
}
