//! Handing out entries: CSV for spreadsheets, JSON lines for programs.

use std::collections::BTreeMap;
use std::io::Write;

use sanzao_model::{ItemId, PersonId};
use serde::Serialize;

use crate::{AuditError, Opened, Part, defused};

/// What stands where an erasure took something away, and where a key is missing.
const ERASED: &str = "（已删除）";
const KEY_MISSING: &str = "（密钥缺失）";

const HEADINGS: [&str; 15] = [
    "序号",
    "节点",
    "时间",
    "账号",
    "操作",
    "命令",
    "结果",
    "原因代码",
    "事项",
    "人员",
    "目的",
    "详情",
    "请求",
    "来源地址",
    "会话",
];

fn failed(error: impl std::fmt::Display) -> AuditError {
    AuditError::Export { detail: error.to_string() }
}

/// A table as RFC 4180 has it, in UTF-8 with a byte order mark so that spreadsheets read Chinese, every cell defused.
pub struct CsvTable<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> CsvTable<W> {
    /// Begins a table with its headings.
    ///
    /// # Errors
    /// [`AuditError::Export`].
    pub fn new(mut out: W, headings: &[&str]) -> Result<CsvTable<W>, AuditError> {
        out.write_all("\u{feff}".as_bytes()).map_err(failed)?;
        let writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        let mut table = CsvTable { writer };
        table.row(headings)?;
        Ok(table)
    }

    /// Adds a row of as many cells as there are headings.
    ///
    /// # Errors
    /// [`AuditError::Export`].
    pub fn row(&mut self, cells: &[impl AsRef<str>]) -> Result<(), AuditError> {
        let cells = cells.iter().map(|cell| defused(cell.as_ref()).into_owned());
        self.writer.write_record(cells).map_err(failed)
    }

    /// Writes what is left, and gives back what it was written to.
    ///
    /// # Errors
    /// [`AuditError::Export`].
    pub fn finish(self) -> Result<W, AuditError> {
        self.writer.into_inner().map_err(|error| failed(error.error()))
    }
}

/// Writes entries as a table; each row stands for itself.
///
/// # Errors
/// [`AuditError::Export`]; that of an entry that could not be read.
pub fn write_csv<W, I>(out: W, entries: I) -> Result<W, AuditError>
where
    W: Write,
    I: IntoIterator<Item = Result<Opened, AuditError>>,
{
    let mut table = CsvTable::new(out, &HEADINGS)?;
    for entry in entries {
        table.row(&cells(&entry?))?;
    }
    table.finish()
}

fn cells(entry: &Opened) -> [String; 15] {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let gone = |part: &'static str| [part.to_owned(), part.to_owned(), part.to_owned()];
    let [item, purpose, details] = match &entry.concern {
        Part::Known(concern) => {
            let item = concern.item.map(|item| item.to_string()).unwrap_or_default();
            let details = concern.details.iter().map(|(name, value)| format!("{name}={value}"));
            [item, text(concern.purpose.as_deref()), details.collect::<Vec<_>>().join("; ")]
        }
        Part::Erased => gone(ERASED),
        Part::KeyMissing => gone(KEY_MISSING),
    };
    let subjects = entry.subjects.iter().map(|subject| match subject {
        Part::Known(person) => person.to_string(),
        Part::Erased => ERASED.to_owned(),
        Part::KeyMissing => KEY_MISSING.to_owned(),
    });
    [
        entry.number.to_string(),
        entry.node.clone(),
        entry.at.to_string(),
        entry.actor.clone(),
        entry.action.as_str().to_owned(),
        text(entry.action.order()),
        entry.outcome.as_str().to_owned(),
        text(entry.outcome.code()),
        item,
        subjects.collect::<Vec<_>>().join(" "),
        purpose,
        details,
        text(entry.circumstances.request.as_deref()),
        text(entry.circumstances.from.as_deref()),
        text(entry.circumstances.session.as_deref()),
    ]
}

/// An entry as one line of JSON. `erased` counts people who were forgotten; `concern` is absent where nothing of it is
/// left, and `key_missing` says that a key should be restored.
#[derive(Serialize)]
struct Line<'a> {
    number: u64,
    node: &'a str,
    at: String,
    actor: &'a str,
    action: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a str>,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    subjects: Vec<PersonId>,
    erased: usize,
    key_missing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    concern: Option<LineConcern<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
}

#[derive(Serialize)]
struct LineConcern<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<ItemId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
    details: &'a BTreeMap<String, String>,
}

impl<'a> From<&'a Opened> for Line<'a> {
    fn from(entry: &'a Opened) -> Line<'a> {
        let is = |part: &&Part<PersonId>, wanted: &Part<PersonId>| *part == wanted;
        Line {
            number: entry.number,
            node: &entry.node,
            at: entry.at.to_string(),
            actor: &entry.actor,
            action: entry.action.as_str(),
            order: entry.action.order(),
            outcome: entry.outcome.as_str(),
            code: entry.outcome.code(),
            subjects: entry.subjects.iter().filter_map(Part::known).copied().collect(),
            erased: entry.subjects.iter().filter(|part| is(part, &Part::Erased)).count(),
            key_missing: entry.subjects.contains(&Part::KeyMissing),
            concern: entry.concern.known().map(|concern| LineConcern {
                item: concern.item,
                purpose: concern.purpose.as_deref(),
                details: &concern.details,
            }),
            request: entry.circumstances.request.as_deref(),
            from: entry.circumstances.from.as_deref(),
            session: entry.circumstances.session.as_deref(),
        }
    }
}

/// Writes entries as JSON, one a line.
///
/// # Errors
/// [`AuditError::Export`]; that of an entry that could not be read.
pub fn write_json_lines<W, I>(mut out: W, entries: I) -> Result<W, AuditError>
where
    W: Write,
    I: IntoIterator<Item = Result<Opened, AuditError>>,
{
    for entry in entries {
        serde_json::to_writer(&mut out, &Line::from(&entry?)).map_err(failed)?;
        out.write_all(b"\n").map_err(failed)?;
    }
    out.flush().map_err(failed)?;
    Ok(out)
}
