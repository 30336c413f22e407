//! Why an event is refused: one table of stable codes, which receipts and rejections carry.

use std::borrow::Cow;
use std::fmt;

use crate::header::Binding;

/// Why an event is refused. Reject, always: the sender must mend the event, sending it again will not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} at {pointer:?}: expected {expected}")]
pub struct Fault {
    /// The reason.
    pub code: Code,
    /// JSON pointer (RFC 6901) of what is wrong, as in structured mode: `/data/person/id_number`, `/source`.
    /// Made only of names of the contract and of indices. Empty for the whole event.
    pub pointer: String,
    /// What was expected there. Never holds a value of the event.
    pub expected: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(
        code: Code,
        pointer: impl Into<String>,
        expected: impl Into<Cow<'static, str>>,
    ) -> Fault {
        Fault { code, pointer: pointer.into(), expected: expected.into() }
    }

    /// Names the header too, where what is wrong is an attribute that came in one.
    pub(crate) fn in_header(mut self, binding: Option<Binding>) -> Fault {
        if let Some(header) = binding.and_then(|binding| binding.header(&self.pointer)) {
            self.expected = format!("{} (header {header})", self.expected).into();
        }
        self
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A stable reason code. Codes are added, never renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The code as receipts carry it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// A sealed record of the feed that does not open: made by somebody else, or damaged.
    SealBroken = "seal.broken",

    /// Not JSON of RFC 8259 in UTF-8: broken, cut off, followed by something, a lone surrogate, `NaN`.
    JsonSyntax = "json.syntax",
    /// Nested deeper than 32 levels.
    JsonDepth = "json.depth",
    /// More than 50,000 values in one event.
    JsonSize = "json.size",
    /// A key stands twice in one object.
    JsonDuplicateKey = "json.duplicate-key",

    /// In structured mode: not a JSON object.
    EnvelopeObject = "envelope.object",
    /// The content type is of no mode that is read, as that of a batch, or data are said not to be JSON.
    EnvelopeContentType = "envelope.content-type",
    /// A header of a context attribute is not text, or stands twice.
    EnvelopeHeader = "envelope.header",
    /// A required context attribute is missing.
    EnvelopeMissing = "envelope.missing",
    /// A context attribute is not a string, or an extension attribute is a list or an object.
    EnvelopeAttribute = "envelope.attribute",
    /// Not version 1.0 of CloudEvents.
    EnvelopeSpecversion = "envelope.specversion",
    /// The event id is empty.
    EnvelopeId = "envelope.id",
    /// The source is not `/<six digits>/<feed>`.
    EnvelopeSource = "envelope.source",
    /// The source is of another feed.
    EnvelopeFeed = "envelope.feed",
    /// The source's bureau is not served here.
    EnvelopeBureau = "envelope.bureau",
    /// Not a time of RFC 3339.
    EnvelopeTime = "envelope.time",

    /// The feed has no such event type, or not in this version.
    TypeUnknown = "type.unknown",

    /// There is no `data`.
    DataMissing = "data.missing",
    /// `data_base64` is no Base64, or stands beside `data`.
    DataBase64 = "data.base64",
    /// `data` are neither a JSON object nor a text that holds one.
    DataType = "data.type",

    /// A field that the event type does not have. The pointer names the object that it is in.
    FieldUnknown = "field.unknown",
    /// A required field is missing.
    FieldMissing = "field.missing",
    /// A value of another JSON type; also `null`, which no field takes.
    FieldType = "field.type",
    /// A value that the field does not take, an empty text for example.
    FieldValue = "field.value",

    /// A document number of neither 18 nor 15 characters.
    IdNumberLength = "id_number.length",
    /// A character that document numbers do not have, as a full-width digit.
    IdNumberCharacters = "id_number.characters",
    /// Its date of birth does not exist.
    IdNumberDate = "id_number.date",
    /// Its check character does not agree.
    IdNumberCheck = "id_number.check",
    /// Its date of birth is after the day of the event's `time` in China.
    IdNumberBirthAfterEvent = "id_number.birth-after-event",

    /// An amount in a form that is not read, as with a monstrous exponent.
    MoneyForm = "money.form",
    /// An amount below zero.
    MoneyNegative = "money.negative",
    /// An amount that is not of whole fen.
    MoneyPartOfFen = "money.part-of-fen",
    /// An amount above ten trillion yuan.
    MoneyTooLarge = "money.too-large",

    /// Not a calendar date as `YYYY-MM-DD`.
    DateForm = "date.form",
    /// Not a month as `YYYY-MM`.
    MonthForm = "month.form",
    /// Not a division code of twelve digits.
    DivisionForm = "division.form",

    /// A list without anybody.
    ListEmpty = "list.empty",
    /// A list of more people than a household has.
    ListTooLong = "list.too-long",
    /// Amounts that must agree do not.
    SumDisagrees = "sum.disagrees",
    /// `person` where the program takes `members`, or the reverse, or both.
    SubjectPersonOrMembers = "subject.person-or-members",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_distinct() {
        let texts: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
