//! The columns of a list as a file, and the two forms in which it is written.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sanzao_audit::CsvTable;
use sanzao_model::{Day, Sensitivity, SubjectId};
use sanzao_readmodel::Row;

use crate::item_body::as_listed;
use crate::mask::Masks;
use crate::problem::Problem;

/// An item in a file.
pub(crate) struct Line {
    row: Row,
    title: String,
    why: String,
    people: String,
}

impl Line {
    /// As lists show it: people masked, what is sensitive under a neutral title.
    pub(crate) fn new(row: Row, masks: &Masks) -> Line {
        let (title, why) = as_listed(&row);
        let masked = row.people.iter().map(|person| {
            let mask = masks.get(person);
            let name = mask.and_then(|mask| mask.name.as_deref()).unwrap_or("**");
            match mask.map(|mask| mask.last_four.as_str()).filter(|last| !last.is_empty()) {
                Some(last_four) => format!("{name}（{last_four}）"),
                None => name.to_owned(),
            }
        });
        let people = masked.collect::<Vec<_>>().join("；");
        Line { title, why, people, row }
    }
}

/// What is told of what is not sensitive alone.
fn general(line: &Line, text: &str) -> Option<String> {
    (line.row.sensitivity == Sensitivity::General).then(|| text.to_owned())
}

/// What stands in a column.
enum Cells {
    Text(fn(&Line) -> Option<String>),
    Number(fn(&Line) -> u32),
    Date(fn(&Line) -> Option<Day>),
    Flag(fn(&Line) -> bool),
}

/// A column: its name for programs, its heading for people, and what stands in it.
struct Column(&'static str, &'static str, Cells);

use Cells::{Date, Flag, Number, Text};

const COLUMNS: [Column; 21] = [
    Column("id", "编号", Text(|line| Some(line.row.id.to_string()))),
    Column("rule", "规则", Text(|line| general(line, &line.row.rule.0))),
    Column("version", "规则版本", Number(|line| line.row.version)),
    Column("procedure", "程序", Text(|line| Some(line.row.procedure.as_str().to_owned()))),
    Column("title", "标题", Text(|line| Some(line.title.clone()))),
    Column("sensitivity", "敏感类别", Text(|line| Some(line.row.sensitivity.as_str().to_owned()))),
    Column("state", "状态", Text(|line| Some(line.row.state.as_str().to_owned()))),
    Column("subject_kind", "对象类型", Text(|line| Some(subject(line).0.to_owned()))),
    Column("subject", "对象", Text(|line| Some(subject(line).1))),
    Column("people", "人员", Text(|line| Some(line.people.clone()))),
    Column("division", "区划代码", Text(|line| line.row.division.map(|division| division.to_string()))),
    Column("occasion", "事由", Text(|line| general(line, &line.row.occasion))),
    Column("why", "说明", Text(|line| Some(line.why.clone()))),
    Column("due", "期限", Date(|line| Some(line.row.due))),
    Column("opened_on", "产生日期", Date(|line| Some(line.row.opened_on))),
    Column("episode", "第几次", Number(|line| line.row.episode)),
    Column("worker", "经办人", Text(|line| line.row.worker().map(str::to_owned))),
    Column("assignee", "分派给", Text(|line| line.row.handling.assignee.clone())),
    Column("escalated_on", "上报日期", Date(|line| line.row.handling.escalated_on)),
    Column("card", "卡片", Text(|line| line.row.handling.card.map(|card| card.to_string()))),
    Column("suspended", "数据延迟", Flag(|line| line.row.suspended)),
];

fn subject(line: &Line) -> (&'static str, String) {
    match line.row.subject {
        SubjectId::Person(id) => ("person", id.to_string()),
        SubjectId::Household(id) => ("household", id.to_string()),
    }
}

/// A table for spreadsheets.
///
/// # Errors
/// Only by a mistake in this program: it is written into memory.
pub(crate) fn csv(lines: &[Line]) -> Result<Vec<u8>, Problem> {
    let mut table = CsvTable::new(Vec::new(), &COLUMNS.map(|column| column.1)).map_err(Problem::internal)?;
    for line in lines {
        let cells = COLUMNS.map(|column| match column.2 {
            Text(of) => of(line).unwrap_or_default(),
            Number(of) => of(line).to_string(),
            Date(of) => of(line).map(|day| day.to_string()).unwrap_or_default(),
            Flag(of) => if of(line) { "是" } else { "否" }.to_owned(),
        });
        table.row(&cells).map_err(Problem::internal)?;
    }
    table.finish().map_err(Problem::internal)
}

/// A table for programs.
///
/// # Errors
/// Only by a mistake in this program: it is written into memory.
pub(crate) fn parquet(lines: &[Line]) -> Result<Vec<u8>, Problem> {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
        COLUMNS.iter().map(|column| array(column, lines)).unzip();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(Problem::internal)?;
    let level = ZstdLevel::try_new(3).map_err(Problem::internal)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).map_err(Problem::internal)?;
    writer.write(&batch).map_err(Problem::internal)?;
    writer.into_inner().map_err(Problem::internal)
}

fn array(column: &Column, lines: &[Line]) -> (Field, ArrayRef) {
    let Column(name, _, cells) = column;
    let lines = lines.iter();
    let (data_type, is_nullable, array): (_, _, ArrayRef) = match cells {
        Text(of) => (DataType::Utf8, true, Arc::new(lines.map(of).collect::<StringArray>())),
        Number(of) => (DataType::UInt32, false, Arc::new(UInt32Array::from_iter_values(lines.map(of)))),
        Date(of) => {
            let days = lines.map(|line| of(line).map(|day| day.0));
            (DataType::Date32, true, Arc::new(days.collect::<Date32Array>()))
        }
        Flag(of) => {
            let flags: Vec<bool> = lines.map(of).collect();
            (DataType::Boolean, false, Arc::new(BooleanArray::from(flags)))
        }
    };
    (Field::new(*name, data_type, is_nullable), array)
}
