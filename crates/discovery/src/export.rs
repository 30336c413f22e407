//! The tables that rules read, as files: for comparing rules on other engines, and for looking at.

use std::fs::File;
use std::path::Path;

use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::FileWriter;
use sanzao_ledger::tables::Tables;

use crate::{Parameters, batches};

/// Writes each table as `<table>.arrow` (Arrow IPC) into a folder; `parameter` has the numbers that hold where nobody
/// said otherwise. Numbers of people, households and facts mean places in lists of these tables alone.
///
/// # Errors
/// When a file cannot be written.
pub fn export(tables: &Tables, parameters: &Parameters, folder: &Path) -> Result<(), ArrowError> {
    for table in batches::tables(tables, parameters) {
        let file = File::create(folder.join(format!("{}.arrow", table.name)))?;
        let schema = table.schema();
        let mut writer = FileWriter::try_new(file, &schema)?;
        writer.write(&table.batch(&schema))?;
        writer.finish()?;
    }
    Ok(())
}
