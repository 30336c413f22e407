//! Sheets of workbooks.

use std::io::{self, Cursor, Read};

use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::{Row, TakeRow};
use crate::moment::Pattern;
use crate::{Cell, Code, FileError};

/// More than this, unpacked, is refused.
const UNPACKED_BYTES: u64 = 1 << 30;
/// And so much of what is no sheet: the strings of a workbook are held in memory, and take up to twice as much there.
const HELD_BYTES: u64 = 256 << 20;
/// No sheet has more.
const MAX_COLUMNS: usize = 16_384;
/// How workbooks and protected workbooks of before 2007 begin.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0";

/// What was left aside.
#[derive(Debug, Default)]
pub(crate) struct SheetsRead {
    /// The sheet that was read.
    pub name: String,
    /// Visible sheets that were not.
    pub others: Vec<String>,
}

/// Gives every row of a sheet that holds a cell: of the one named, or of the first that is not hidden.
pub(crate) fn each_row(
    bytes: &[u8],
    sheet: Option<&str>,
    fills_merged: bool,
    take: &mut TakeRow<'_>,
) -> Result<SheetsRead, FileError> {
    if bytes.starts_with(OLE) {
        let detail =
            "a workbook of before Excel 2007, or one with a password: save it as .xlsx without a password";
        return Err(FileError::Kind { expected: "XLSX", detail: detail.into() });
    }
    verify(bytes, UNPACKED_BYTES, HELD_BYTES)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let sheets = choose(&workbook, sheet)?;
    let mut merged = workbook.merge_cells_by_sheet_name(&sheets.name).map_err(damaged)?;
    merged.sort_by_key(|region| std::cmp::Reverse(region.start));
    let is_1904 = workbook.has_1904_epoch();
    let mut cells = workbook.worksheet_cells_reader(&sheets.name).map_err(damaged)?;
    let mut rows = Rows { merged, active: Vec::new(), widest: 0, fills_merged, is_1904 };
    let mut row: Option<(u32, Vec<Cell>)> = None;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(damaged)? {
        let (number, column) = cell.pos;
        let value = match (&cell.value, &cell.formula) {
            (DataRef::Empty, Some(_)) => Cell::Wrong(Code::CellFormula),
            (value, _) => value_of(value, is_1904),
        };
        match &mut row {
            Some((current, cells)) if *current == number => put(cells, column, value)?,
            _ => {
                if row.as_ref().is_some_and(|(current, _)| *current > number) {
                    return Err(FileError::Damaged { detail: "rows out of order".into() });
                }
                if let Some((current, cells)) = row.take()
                    && take(rows.finish(current, cells))?.is_break()
                {
                    return Ok(sheets);
                }
                let mut cells = Vec::new();
                put(&mut cells, column, value)?;
                row = Some((number, cells));
            }
        }
    }
    if let Some((number, cells)) = row {
        let _ = take(rows.finish(number, cells))?;
    }
    Ok(sheets)
}

/// Unpacks everything once: the reader of sheets stops before the checksums, and one wrong bit may be a digit.
fn verify(bytes: &[u8], most: u64, most_held: u64) -> Result<(), FileError> {
    let no_zip = |error: zip::result::ZipError| FileError::Kind {
        expected: "XLSX",
        detail: format!("{error}; if it should be one, have it sent again"),
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(no_zip)?;
    let too_large = |limit: u64| {
        let detail = format!("it unpacks to more than {} MiB: save the sheet as CSV", limit >> 20);
        Err(FileError::TooLarge { detail })
    };
    let (mut unpacked, mut held) = (0, 0);
    for index in 0..archive.len() {
        let part = |error: &dyn std::fmt::Display| FileError::Damaged {
            detail: format!("part {}: {error}", index + 1),
        };
        let mut entry = archive.by_index(index).map_err(|error| part(&error))?;
        let is_held = !["xl/worksheets/", "xl/media/"].iter().any(|folder| entry.name().starts_with(folder));
        let mut limited = entry.by_ref().take(most + 1 - unpacked);
        let bytes = io::copy(&mut limited, &mut io::sink()).map_err(|error| part(&error))?;
        (unpacked, held) = (unpacked + bytes, held + if is_held { bytes } else { 0 });
        if unpacked > most {
            return too_large(most);
        }
        if held > most_held {
            return too_large(most_held);
        }
    }
    Ok(())
}

fn damaged(error: XlsxError) -> FileError {
    // The texts of some variants repeat what stands in the file.
    let detail = match error {
        XlsxError::Io(error) => format!("container: {error}"),
        XlsxError::Zip(error) => format!("container: {error}"),
        XlsxError::Password => "protected by a password".to_owned(),
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => {
            "a part of the workbook is missing".to_owned()
        }
        XlsxError::XmlEof(part) => format!("XML is cut off in <{part}>"),
        _ => "its XML is not that of a workbook".to_owned(),
    };
    FileError::Damaged { detail }
}

fn choose(workbook: &Xlsx<Cursor<&[u8]>>, wanted: Option<&str>) -> Result<SheetsRead, FileError> {
    let worksheets = || workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let visible: Vec<String> = worksheets()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let name = match wanted {
        None => visible
            .first()
            .cloned()
            .ok_or_else(|| FileError::Sheet { detail: "has no visible sheet".into() })?,
        Some(wanted) if visible.iter().any(|name| name == wanted) => wanted.to_owned(),
        Some(wanted) => {
            let is_hidden = worksheets().any(|sheet| sheet.name == wanted);
            let what =
                if is_hidden { "is hidden: show it in Excel, or choose another" } else { "is not there" };
            let detail = format!("the sheet {wanted:?} {what}; visible are {}", visible.join(", "));
            return Err(FileError::Sheet { detail });
        }
    };
    let others = visible.into_iter().filter(|other| *other != name).collect();
    Ok(SheetsRead { name, others })
}

fn value_of(value: &DataRef<'_>, is_1904: bool) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::String(text) => Cell::of_text(text),
        DataRef::SharedString(text) => Cell::of_text(text),
        DataRef::Int(number) => Cell::of_number(*number as f64),
        DataRef::Float(number) => Cell::of_number(*number),
        DataRef::Bool(truth) => Cell::Text(if *truth { "TRUE" } else { "FALSE" }.into()),
        DataRef::DateTime(date) if date.is_datetime() => Cell::of_serial(date.as_f64(), is_1904),
        DataRef::DateTime(_) | DataRef::DurationIso(_) => Cell::Wrong(Code::CellType),
        DataRef::DateTimeIso(text) => ["YYYY-MM-DD", "YYYY-MM-DDThh:mm:ss"]
            .into_iter()
            .filter_map(Pattern::parse)
            .find_map(|pattern| pattern.read(text))
            .map_or(Cell::Wrong(Code::CellDate), Cell::Date),
        DataRef::Error(_) => Cell::Wrong(Code::CellError),
    }
}

fn put(cells: &mut Vec<Cell>, column: u32, value: Cell) -> Result<(), FileError> {
    let column = column as usize;
    if column >= MAX_COLUMNS {
        return Err(FileError::Damaged { detail: "a column that no sheet has".into() });
    }
    if cells.len() <= column {
        cells.resize(column + 1, Cell::Empty);
    }
    // A cell that stands twice keeps the value that is one.
    if cells[column].is_empty() {
        cells[column] = value;
        return Ok(());
    }
    Err(FileError::Damaged { detail: "a cell that stands there twice".into() })
}

/// Finishes rows: what merged cells cover.
struct Rows {
    /// Still to come, the next one last.
    merged: Vec<Dimensions>,
    /// Reaching into the row at hand, with the value of their first cell.
    active: Vec<(Dimensions, Cell)>,
    widest: usize,
    fills_merged: bool,
    is_1904: bool,
}

impl Rows {
    fn finish(&mut self, number: u32, mut cells: Vec<Cell>) -> Row {
        self.widest = self.widest.max(cells.len());
        self.active.retain(|(region, _)| region.end.0 >= number);
        while let Some(region) = self.merged.pop_if(|region| region.start.0 <= number) {
            // The cell of a region that began in a row without cells is empty.
            let is_here = region.start.0 == number;
            let first =
                cells.get(region.start.1 as usize).filter(|_| is_here).cloned().unwrap_or(Cell::Empty);
            if region.end.0 >= number && !first.is_empty() {
                self.active.push((region, first));
            }
        }
        if !self.active.is_empty() {
            cells.resize(self.widest, Cell::Empty);
        }
        for (region, first) in &self.active {
            let columns =
                region.start.1 as usize..=(region.end.1 as usize).min(self.widest.saturating_sub(1));
            for column in columns {
                let is_covered = (number, column as u32) != region.start && cells[column].is_empty();
                if is_covered {
                    cells[column] =
                        if self.fills_merged { first.clone() } else { Cell::Wrong(Code::CellMerged) };
                }
            }
        }
        Row { line: u64::from(number) + 1, cells, is_1904: self.is_1904 }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_unpacks_to_too_much_is_not_opened() {
        let packed = |name: &str| {
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(&vec![b' '; 3 << 20]).unwrap();
            writer.finish().unwrap().into_inner()
        };
        let (sheet, strings) = (packed("xl/worksheets/sheet1.xml"), packed("xl/sharedStrings.xml"));
        let told = |bytes: &[u8], most: u64, held: u64| {
            verify(bytes, most << 20, held << 20).map_err(|error| error.to_string())
        };
        assert_eq!((told(&sheet, 3, 1), told(&strings, 3, 3)), (Ok(()), Ok(())));
        assert!(told(&sheet, 2, 1).is_err_and(|told| told.contains("more than 2 MiB")));
        assert!(told(&strings, 4, 1).is_err_and(|told| told.contains("more than 1 MiB")));
    }
}
