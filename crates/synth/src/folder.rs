//! A district as files.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::generate::deliver;
use crate::{District, Error, Feed, Summary};

/// Writes `DIR/<feed>.jsonl` (one CloudEvent a line, in the order of arrival) and `DIR/planted.jsonl`
/// (one [`crate::Planted`] a line); the folder is made when missing, files of these names are replaced. What
/// does not fit into memory is put aside in a nameless file in the folder, which so needs room for the
/// district twice.
///
/// # Errors
/// [`Error::District`] or [`Error::Write`].
pub fn write_dir(district: &District, out: &Path, progress: &mut dyn FnMut(u64)) -> Result<Summary, Error> {
    district.window()?;
    std::fs::create_dir_all(out).map_err(|source| Error::Write { path: out.to_owned(), source })?;
    let mut files = Vec::with_capacity(Feed::ALL.len());
    for feed in Feed::ALL {
        files.push(Output::create(out.join(format!("{}.jsonl", feed.as_str())))?);
    }
    let mut write = |feed, _valid, text: &str| files[feed as usize].line(text);
    let summary = deliver(district, out.to_owned(), &mut write, progress)?;
    for file in files {
        file.finish()?;
    }
    let mut file = Output::create(out.join("planted.jsonl"))?;
    for planted in &summary.planted {
        file.line(&serde_json::to_string(planted).expect("texts and truth values are always serialisable"))?;
    }
    file.finish()?;
    Ok(summary)
}

struct Output {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Output {
    fn create(path: PathBuf) -> Result<Output, Error> {
        match File::create(&path) {
            Ok(file) => Ok(Output { path, file: BufWriter::with_capacity(1 << 20, file) }),
            Err(source) => Err(Error::Write { path, source }),
        }
    }

    fn line(&mut self, text: &str) -> Result<(), Error> {
        self.file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.write_all(b"\n"))
            .map_err(|source| Error::Write { path: self.path.clone(), source })
    }

    fn finish(mut self) -> Result<(), Error> {
        self.file.flush().map_err(|source| Error::Write { path: self.path, source })
    }
}
