//! Parts: statements as Parquet, a file for so many rows, so that neither writing nor restoring holds a
//! whole snapshot in memory.

use arrow::array::{Array, BinaryArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use sanzao_model::{Feed, Statement};

use crate::snapshot::error::Damage;
use crate::snapshot::manifest::Part;
use crate::snapshot::rows::{Rows, STATEMENT, read_statement, schema};

/// Rows of a part: some 50 MB of statements.
pub(crate) const ROWS_PER_PART: usize = 200_000;
const ROWS_PER_GROUP: usize = 100_000;
/// Rows turned into columns at once.
const ROWS_PER_BATCH: usize = 8_192;

/// Lays statements out as one Parquet file; its bytes, and how many statements it holds.
pub(crate) fn encode(
    statements: impl Iterator<Item = (Feed, Statement)>,
) -> Result<(Vec<u8>, u64), ParquetError> {
    let mut writer = ArrowWriter::try_new(Vec::new(), schema(), Some(properties()?))?;
    let mut rows = Rows::new();
    let (mut count, mut pending) = (0_u64, 0);
    for (feed, statement) in statements {
        rows.push(feed, &statement)?;
        count += 1;
        pending += 1;
        if pending == ROWS_PER_BATCH {
            writer.write(&rows.finish()?)?;
            pending = 0;
        }
    }
    writer.write(&rows.finish()?)?;
    Ok((writer.into_inner()?, count))
}

/// Pseudonyms are as good as random: dictionaries are for the words only, and statistics for what a
/// query would cut by.
fn properties() -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None);
    for words in ["feed", "kind"] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(words), true);
    }
    for range in ["feed", "kind", "on", "time"] {
        properties =
            properties.set_column_statistics_enabled(ColumnPath::from(range), EnabledStatistics::Chunk);
    }
    Ok(properties.build())
}

/// Reads the statements of a part whose bytes are verified, so many at a time.
pub(crate) fn decode(
    part: &Part,
    bytes: impl parquet::file::reader::ChunkReader + 'static,
    mut take: impl FnMut(Vec<(Feed, Statement)>) -> bool,
) -> Result<(), Damage> {
    let broken = |reason: String| Damage::Rows { name: part.name.clone(), reason };
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(|error| broken(error.to_string()))?;
    let blob = ProjectionMask::columns(builder.parquet_schema(), [STATEMENT]);
    let reader = builder.with_projection(blob).with_batch_size(ROWS_PER_BATCH).build();
    for batch in reader.map_err(|error| broken(error.to_string()))? {
        let batch = batch.map_err(|error| broken(error.to_string()))?;
        let column = batch.column_by_name(STATEMENT).and_then(|c| c.as_any().downcast_ref::<BinaryArray>());
        let blobs = column.ok_or_else(|| broken("it has no column of statements".into()))?;
        let statements: Result<Vec<_>, _> = blobs.iter().flatten().map(read_statement).collect();
        if !take(statements.map_err(|error| broken(error.to_string()))?) {
            break;
        }
    }
    Ok(())
}
