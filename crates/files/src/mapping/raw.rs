//! A mapping as it stands in TOML. Unknown keys are refused: a misspelt one must not vanish.

use std::collections::BTreeMap;
use std::fmt;

use sanzao_model::Feed;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub feed: Feed,
    pub bureau: Spanned<String>,
    pub id: Option<Spanned<String>>,
    pub time: Option<Spanned<RawTime>>,
    #[serde(default)]
    pub ignore: Vec<Spanned<String>>,
    #[serde(default)]
    pub skip: Vec<RawCondition>,
    #[serde(default)]
    pub fill_down: Vec<String>,
    pub heading_row: Option<Spanned<u64>>,
    pub sheet: Option<String>,
    pub merged: Option<Merged>,
    pub event: Spanned<Vec<Spanned<RawEvent>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Merged {
    Refuse,
    Fill,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTime {
    pub column: Option<String>,
    pub constant: Option<String>,
    #[serde(default)]
    pub formats: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCondition {
    pub column: String,
    pub is: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEvent {
    pub r#type: Spanned<String>,
    #[serde(default)]
    pub when: Vec<RawCondition>,
    pub id: Option<Spanned<String>>,
    #[serde(default)]
    pub group: Vec<String>,
    #[serde(default)]
    pub fields: BTreeMap<Spanned<String>, Spanned<RawField>>,
    #[serde(default)]
    pub list: BTreeMap<Spanned<String>, Spanned<RawList>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawList {
    pub rows: Option<BTreeMap<Spanned<String>, Spanned<RawField>>>,
    pub columns: Option<Vec<BTreeMap<Spanned<String>, Spanned<RawField>>>>,
    pub cell: Option<RawCellList>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCellList {
    pub column: String,
    pub between: String,
    #[serde(default)]
    pub within: String,
    pub parts: Vec<Spanned<String>>,
    #[serde(default)]
    pub optional: bool,
}

/// A field: a table, or the heading alone.
#[derive(Debug)]
pub(super) struct RawField(pub FieldTable);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldTable {
    pub column: Option<String>,
    pub constant: Option<Scalar>,
    pub r#as: Option<As>,
    pub values: Option<BTreeMap<String, Scalar>>,
    pub formats: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub empty: Vec<String>,
    #[serde(default)]
    pub grouped: bool,
    #[serde(default)]
    pub currency: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum As {
    Text,
    Number,
    Integer,
    Date,
    Month,
}

/// Text, whole number or truth value; a number with a point would go through binary fractions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scalar {
    Text(String),
    Integer(i64),
    Boolean(bool),
}

impl<'de> Deserialize<'de> for RawField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawField, D::Error> {
        struct Of;
        impl<'de> Visitor<'de> for Of {
            type Value = RawField;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a heading, or a table with `column` or `constant`")
            }

            fn visit_str<E: serde::de::Error>(self, heading: &str) -> Result<RawField, E> {
                Ok(RawField(FieldTable { column: Some(heading.to_owned()), ..FieldTable::default() }))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawField, A::Error> {
                FieldTable::deserialize(MapAccessDeserializer::new(map)).map(RawField)
            }
        }
        deserializer.deserialize_any(Of)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scalar, D::Error> {
        struct Of;
        impl Visitor<'_> for Of {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "text, a whole number, true or false (write a decimal as text, with as = \"number\")",
                )
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Integer(number))
            }

            fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<Scalar, E> {
                Ok(Scalar::Boolean(truth))
            }
        }
        deserializer.deserialize_any(Of)
    }
}
