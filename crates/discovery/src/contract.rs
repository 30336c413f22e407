//! The contract between tables and rules: which tables there are, with which columns and types.
//!
//! A table's columns are declared where their values are taken from the rows (see `batches`), so that
//! the contract, the Arrow data and `TABLES.md` cannot differ.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Int32Array, Int64Array, RecordBatch, StringArray, StringBuilder,
    UInt32Array,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use sanzao_model::{Day, Fen};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A person's number within the batch.
    Person,
    /// A household's number within the batch.
    Household,
    /// A fact's number within the batch.
    Fact,
    /// A day.
    Day,
    /// Yes or no.
    Flag,
    /// An amount in fen, or a parameter.
    Long,
    /// Years of age, people, months.
    Short,
    /// A word.
    Text,
}

/// Key of the field metadata that tells numbers of people, households and facts apart.
const NUMBER: &str = "number";

impl Kind {
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Kind::Person | Kind::Household | Kind::Fact => DataType::UInt32,
            Kind::Day => DataType::Date32,
            Kind::Flag => DataType::Boolean,
            Kind::Long => DataType::Int64,
            Kind::Short => DataType::Int32,
            Kind::Text => DataType::Utf8,
        }
    }

    /// Its word in `TABLES.md` and messages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Person => "person",
            Kind::Household => "household",
            Kind::Fact => "fact",
            Kind::Day => "date",
            Kind::Flag => "boolean",
            Kind::Long => "bigint",
            Kind::Short => "int",
            Kind::Text => "text",
        }
    }

    /// What number a field carries, if it carries one unchanged from a table.
    pub(crate) fn of_number(field: &Field) -> Option<Kind> {
        let word = field.metadata().get(NUMBER)?;
        [Kind::Person, Kind::Household, Kind::Fact].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) doc: Cow<'static, str>,
}

impl Column {
    fn field(&self) -> Field {
        let field = Field::new(self.name.as_ref(), self.kind.data_type(), self.nullable);
        match self.kind {
            Kind::Person | Kind::Household | Kind::Fact => {
                field.with_metadata(HashMap::from([(NUMBER.to_string(), self.kind.as_str().to_string())]))
            }
            _ => field,
        }
    }
}

/// A table with its rows.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// Always has exactly one row.
    pub(crate) one_row: bool,
    pub(crate) columns: Vec<Column>,
    arrays: Vec<ArrayRef>,
}

impl Table {
    pub(crate) fn new(name: &'static str, doc: &'static str) -> Table {
        Table { name, doc, one_row: false, columns: Vec::new(), arrays: Vec::new() }
    }

    /// A table that always has exactly one row.
    pub(crate) fn of_one_row(name: &'static str, doc: &'static str) -> Table {
        Table { one_row: true, ..Table::new(name, doc) }
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(Column::field).collect::<Vec<_>>()))
    }

    /// The rows, under the schema that the same table had when the session was made.
    pub(crate) fn batch(self, schema: &SchemaRef) -> RecordBatch {
        RecordBatch::try_new(Arc::clone(schema), self.arrays)
            .expect("a table's arrays are made beside its columns, one for one")
    }

    fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        kind: Kind,
        nullable: bool,
        doc: impl Into<Cow<'static, str>>,
        array: ArrayRef,
    ) -> Table {
        self.columns.push(Column { name: name.into(), kind, nullable, doc: doc.into() });
        self.arrays.push(array);
        self
    }

    pub(crate) fn number(
        self,
        name: &'static str,
        kind: Kind,
        doc: &'static str,
        values: impl Iterator<Item = u32>,
    ) -> Table {
        self.with(name, kind, false, doc, Arc::new(UInt32Array::from_iter_values(values)))
    }

    pub(crate) fn fact_or_none(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = Option<u32>>,
    ) -> Table {
        self.with(name, Kind::Fact, true, doc, Arc::new(values.collect::<UInt32Array>()))
    }

    pub(crate) fn day(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = Day>,
    ) -> Table {
        self.with(
            name,
            Kind::Day,
            false,
            doc,
            Arc::new(Date32Array::from_iter_values(values.map(|day| day.0))),
        )
    }

    pub(crate) fn day_or_none(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = Option<Day>>,
    ) -> Table {
        let array: Date32Array = values.map(|day| day.map(|day| day.0)).collect();
        self.with(name, Kind::Day, true, doc, Arc::new(array))
    }

    pub(crate) fn flag(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = bool>,
    ) -> Table {
        self.with(name, Kind::Flag, false, doc, Arc::new(values.map(Some).collect::<BooleanArray>()))
    }

    pub(crate) fn fen(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = Fen>,
    ) -> Table {
        let array = Int64Array::from_iter_values(values.map(|fen| fen.0));
        self.with(name, Kind::Long, false, doc, Arc::new(array))
    }

    pub(crate) fn parameter(self, name: &str, doc: &str, value: i64) -> Table {
        let array = Int64Array::from_iter_values([value]);
        self.with(name.to_owned(), Kind::Long, false, doc.to_owned(), Arc::new(array))
    }

    pub(crate) fn fen_or_none(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = Option<Fen>>,
    ) -> Table {
        let array: Int64Array = values.map(|fen| fen.map(|fen| fen.0)).collect();
        self.with(name, Kind::Long, true, doc, Arc::new(array))
    }

    pub(crate) fn short(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = i32>,
    ) -> Table {
        self.with(name, Kind::Short, false, doc, Arc::new(Int32Array::from_iter_values(values)))
    }

    pub(crate) fn short_or_none(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = Option<i32>>,
    ) -> Table {
        self.with(name, Kind::Short, true, doc, Arc::new(values.collect::<Int32Array>()))
    }

    pub(crate) fn text(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = impl AsRef<str>>,
    ) -> Table {
        self.with(name, Kind::Text, false, doc, Arc::new(StringArray::from_iter_values(values)))
    }

    /// Pseudonyms, as 32 hexadecimal digits.
    pub(crate) fn id(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = [u8; 16]>,
    ) -> Table {
        let mut builder = StringBuilder::new();
        for id in values {
            let mut digits = [0; 32];
            crate::hex::digits(&id, &mut digits);
            builder.append_value(std::str::from_utf8(&digits).expect("hexadecimal digits are ASCII"));
        }
        self.with(name, Kind::Text, false, doc, Arc::new(builder.finish()))
    }

    pub(crate) fn text_or_none(
        self,
        name: &'static str,
        doc: &'static str,
        values: impl Iterator<Item = Option<&'static str>>,
    ) -> Table {
        self.with(name, Kind::Text, true, doc, Arc::new(values.collect::<StringArray>()))
    }
}
