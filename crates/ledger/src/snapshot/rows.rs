//! Statements as rows: typed columns for analysis, and a blob from which the statement is restored.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, Date32Builder, FixedSizeBinaryBuilder, ListBuilder, RecordBatch, StringBuilder,
    TimestampNanosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use sanzao_model::{Body, Content, Feed, HouseholdId, Mention, Statement};

/// The column with the postcard of feed and statement; all others are for analysis only.
pub(crate) const STATEMENT: &str = "statement";
/// `kind` of a retraction; facts have the names of [`Body::kind`].
const RETRACTED: &str = "record.retracted";
const ID_BYTES: i32 = 16;

/// The columns of a part.
pub(crate) fn schema() -> SchemaRef {
    let id = || DataType::FixedSizeBinary(ID_BYTES);
    let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("event", id(), false),
        Field::new("fact_id", id(), false),
        Field::new("feed", DataType::Utf8, false),
        Field::new("kind", DataType::Utf8, false),
        Field::new("on", DataType::Date32, true),
        Field::new("time", time, false),
        Field::new("people", DataType::List(Arc::new(Field::new_list_field(id(), false))), false),
        Field::new("household", id(), true),
        Field::new("benefit", id(), true),
        Field::new("retracts", id(), true),
        Field::new(STATEMENT, DataType::Binary, false),
    ]))
}

/// Rows being collected.
pub(crate) struct Rows {
    event: FixedSizeBinaryBuilder,
    fact_id: FixedSizeBinaryBuilder,
    feed: StringBuilder,
    kind: StringBuilder,
    on: Date32Builder,
    time: TimestampNanosecondBuilder,
    people: ListBuilder<FixedSizeBinaryBuilder>,
    household: FixedSizeBinaryBuilder,
    benefit: FixedSizeBinaryBuilder,
    retracts: FixedSizeBinaryBuilder,
    statement: BinaryBuilder,
    blob: Vec<u8>,
}

impl Rows {
    pub fn new() -> Rows {
        let id = || FixedSizeBinaryBuilder::new(ID_BYTES);
        let item = Field::new_list_field(DataType::FixedSizeBinary(ID_BYTES), false);
        Rows {
            event: id(),
            fact_id: id(),
            feed: StringBuilder::new(),
            kind: StringBuilder::new(),
            on: Date32Builder::new(),
            time: TimestampNanosecondBuilder::new().with_timezone("UTC"),
            people: ListBuilder::new(id()).with_field(Arc::new(item)),
            household: id(),
            benefit: id(),
            retracts: id(),
            statement: BinaryBuilder::new(),
            blob: Vec::new(),
        }
    }

    pub fn push(&mut self, feed: Feed, statement: &Statement) -> Result<(), ArrowError> {
        self.event.append_value(statement.event.0)?;
        self.fact_id.append_value(statement.content.id().0)?;
        self.feed.append_value(feed.as_str());
        self.time.append_value(statement.time.0);
        match &statement.content {
            Content::Fact(fact) => {
                self.kind.append_value(fact.body.kind());
                self.on.append_value(fact.on.0);
                for named in fact.subject.named() {
                    self.people.values().append_value(named.who.person.0)?;
                }
                if let Some(other) = named_beside(&fact.body) {
                    self.people.values().append_value(other.person.0)?;
                }
                append(&mut self.household, household(&fact.body).map(|id| id.0))?;
                append(&mut self.benefit, fact.body.benefit().map(|id| id.0))?;
                append(&mut self.retracts, None)?;
            }
            Content::Retraction { retracts, .. } => {
                self.kind.append_value(RETRACTED);
                self.on.append_null();
                append(&mut self.household, None)?;
                append(&mut self.benefit, None)?;
                append(&mut self.retracts, Some(retracts.0))?;
            }
        }
        self.people.append(true);
        self.blob.clear();
        postcard::to_io(&(feed, statement), &mut self.blob)
            .map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
        self.statement.append_value(&self.blob);
        Ok(())
    }

    /// The rows collected since the last call.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.event.finish()),
            Arc::new(self.fact_id.finish()),
            Arc::new(self.feed.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.on.finish()),
            Arc::new(self.time.finish()),
            Arc::new(self.people.finish()),
            Arc::new(self.household.finish()),
            Arc::new(self.benefit.finish()),
            Arc::new(self.retracts.finish()),
            Arc::new(self.statement.finish()),
        ];
        RecordBatch::try_new(schema(), columns)
    }
}

/// Reads a blob of column `statement`.
pub(crate) fn read_statement(blob: &[u8]) -> Result<(Feed, Statement), postcard::Error> {
    postcard::from_bytes(blob)
}

fn append(column: &mut FixedSizeBinaryBuilder, id: Option<[u8; 16]>) -> Result<(), ArrowError> {
    match id {
        Some(id) => column.append_value(id),
        None => {
            column.append_null();
            Ok(())
        }
    }
}

fn named_beside(body: &Body) -> Option<&Mention> {
    match body {
        Body::RelationRecorded { related, .. } => Some(&related.who),
        Body::IdentityCorrected { former } => Some(former),
        Body::BirthCertified { child } => child.as_ref(),
        _ => None,
    }
}

fn household(body: &Body) -> Option<HouseholdId> {
    match body {
        Body::PersonRegistered { household, .. } | Body::HouseholdMoved { household, .. } => Some(*household),
        _ => None,
    }
}
