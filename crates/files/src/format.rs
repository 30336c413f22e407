//! Kinds of files and encodings of text.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Cells separated by commas, semicolons or tabs.
    Csv,
    /// One CloudEvent a line.
    JsonLines,
    /// A workbook of Excel 2007 and later.
    Xlsx,
}

/// How text is written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with a byte order mark or without.
    Utf8,
    /// GB 18030, which holds GBK and GB 2312.
    Gb18030,
}

impl Format {
    /// By the end of a file's name; none where it says nothing.
    ///
    /// # Errors
    /// Of formats that are not read: what to do.
    pub fn of_path(path: &Path) -> Result<Option<Format>, String> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending.to_ascii_lowercase().as_str() {
            "csv" | "tsv" => Ok(Some(Format::Csv)),
            "jsonl" | "ndjson" => Ok(Some(Format::JsonLines)),
            "xlsx" | "xlsm" => Ok(Some(Format::Xlsx)),
            "xls" | "xlsb" | "ods" | "et" => {
                Err(format!("files ending in .{ending} are not read: save it as .xlsx or .csv"))
            }
            _ => Ok(None),
        }
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        match text {
            "csv" => Ok(Format::Csv),
            "jsonl" => Ok(Format::JsonLines),
            "xlsx" => Ok(Format::Xlsx),
            _ => Err("expected csv, jsonl or xlsx".into()),
        }
    }
}

impl FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Encoding, String> {
        match text.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(Encoding::Utf8),
            "gb18030" | "gb-18030" | "gbk" | "gb2312" => Ok(Encoding::Gb18030),
            _ => Err("expected utf-8 or gb18030".into()),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
            Format::Xlsx => "xlsx",
        })
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Gb18030 => "GB 18030",
        })
    }
}

impl Encoding {
    /// The text of some bytes; none where they are none, never a replacement character.
    pub(crate) fn text(self, bytes: &[u8]) -> Option<String> {
        match self {
            Encoding::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Encoding::Gb18030 => encoding_rs::GB18030
                .decode_without_bom_handling_and_without_replacement(bytes)
                .map(std::borrow::Cow::into_owned),
        }
    }
}
