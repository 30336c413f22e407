//! Every item that the draft makes another of, as Parquet: for whoever wants to look at single ones.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use sanzao_model::SubjectId;

use super::tally::{Tally, Track, town};

/// Rows turned into columns at once.
const ROWS_PER_BATCH: usize = 65_536;

/// An item, with what it is called.
type Row<'a> = (&'a str, SubjectId, &'a str, &'a Track);

/// Writes the items that the two sets do not find alike, sorted; how many there are. Of a rule that failed there are
/// none: nothing is known of what it makes another.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn write_changes(tally: &Tally, out: impl Write + Send) -> Result<usize, ParquetError> {
    let changed = tally.items.iter().filter(|((rule, ..), item)| !tally.is_unknown(*rule) && !item.is_same());
    let name = |rule: usize| tally.line_up.entries[rule].id.0.as_str();
    let mut rows: Vec<Row<'_>> = changed
        .map(|((rule, subject, occasion), item)| (name(*rule), *subject, occasion.as_ref(), item))
        .collect();
    rows.sort_by_key(|(rule, subject, occasion, _)| (*rule, *subject, *occasion));
    let schema = schema();
    let properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?)).build();
    let mut writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties))?;
    for rows in rows.chunks(ROWS_PER_BATCH) {
        writer.write(&batch(tally, &schema, rows)?)?;
    }
    writer.close()?;
    Ok(rows.len())
}

fn schema() -> Arc<Schema> {
    let field = |name: &str, kind: DataType| Field::new(name, kind, false);
    Arc::new(Schema::new(vec![
        field("rule", DataType::Utf8),
        field("subject_kind", DataType::Utf8),
        field("subject_id", DataType::Utf8),
        field("occasion", DataType::Utf8),
        field("town", DataType::Utf8),
        field("first_day", DataType::Date32),
        field("last_day", DataType::Date32),
        field("in_current", DataType::Boolean),
        field("in_draft", DataType::Boolean),
        field("days_current", DataType::UInt32),
        field("days_draft", DataType::UInt32),
        field("other_values", DataType::Boolean),
    ]))
}

fn batch(tally: &Tally, schema: &Arc<Schema>, rows: &[Row<'_>]) -> Result<RecordBatch, ParquetError> {
    let text = |of: &dyn Fn(&Row<'_>) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(of)))
    };
    let day = |of: &dyn Fn(&Track) -> usize| -> ArrayRef {
        let days = rows.iter().map(|(.., item)| tally.steps.days()[of(item)].0);
        Arc::new(Date32Array::from_iter_values(days))
    };
    let flag = |of: &dyn Fn(&Track) -> bool| -> ArrayRef {
        Arc::new(BooleanArray::from_iter(rows.iter().map(|(.., item)| Some(of(item)))))
    };
    let count = |side: usize| -> ArrayRef {
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|(.., item)| item.days[side])))
    };
    let columns = vec![
        text(&|(rule, ..)| (*rule).to_owned()),
        text(&|(_, subject, ..)| named(*subject).0.to_owned()),
        text(&|(_, subject, ..)| named(*subject).1),
        text(&|(_, _, occasion, _)| (*occasion).to_owned()),
        text(&|(.., item)| town(item.division)),
        day(&|item| item.first),
        day(&|item| item.last),
        flag(&|item| item.days[0] > 0),
        flag(&|item| item.days[1] > 0),
        count(0),
        count(1),
        flag(&|item| item.has_other_values),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

fn named(subject: SubjectId) -> (&'static str, String) {
    match subject {
        SubjectId::Person(id) => ("person", id.to_string()),
        SubjectId::Household(id) => ("household", id.to_string()),
    }
}
