//! The files: what kind each is, a look at all of it before anything is taken, and reading it.

use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result, bail, ensure};
use indicatif::ProgressBar;
use sanzao_files::{Encoding, Format, Mapping, Options, Outcome, Probe, Probed};
use sha2::{Digest, Sha256};

use crate::cli::IngestArgs;
use crate::progress;

/// A line longer than this is refused without being kept: no department's event is that large.
const MAX_LINE_BYTES: usize = 50 << 20;
/// A workbook is read into memory.
const MAX_WORKBOOK_BYTES: u64 = 512 << 20;

/// A file, and how it is read.
pub(super) struct Source {
    pub path: PathBuf,
    pub format: Format,
    pub mapping: Option<Rc<Mapping>>,
    pub options: Options,
    encoding: Option<Encoding>,
    /// Standard input or another pipe: it can be read once.
    is_pipe: bool,
    /// All that decides what its bytes become.
    pub recipe: String,
}

/// What a file is before anything of it is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Looked {
    /// SHA-256 of all its bytes, as hexadecimal digits.
    pub digest: String,
    bytes: u64,
    encoding: Encoding,
}

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// What the reader of the report should know.
    pub notes: Vec<String>,
    /// Rows of a table that are not blank.
    pub rows: Option<u64>,
    /// The last line, if it does not end as a line does.
    pub unfinished: Option<u64>,
}

/// The files of a command, in their order.
pub(super) fn sources(args: &IngestArgs) -> Result<Vec<Source>> {
    let mapping = args.mapping.as_deref().map(|path| read_mapping(path, args)).transpose()?;
    let of_tables = [
        (args.sheet.is_some(), "--sheet"),
        (args.encoding.is_some(), "--encoding"),
        (args.time.is_some(), "--time"),
    ];
    if let Some((_, option)) = of_tables.iter().find(|(is_given, _)| mapping.is_none() && *is_given) {
        bail!("{option} goes with --mapping");
    }
    if let Some((_, mapping)) = &mapping {
        ensure!(
            mapping.needs_time() == args.time.is_some(),
            if args.time.is_some() {
                "the mapping says when the records were made: leave out --time"
            } else {
                "the mapping does not say when the records were made: give --time, a date or 2026-06-30T09:00:00+08:00"
            }
        );
    }
    args.files.iter().map(|path| Source::new(path, args, mapping.as_ref())).collect()
}

fn read_mapping(path: &Path, args: &IngestArgs) -> Result<(String, Rc<Mapping>)> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the mapping {}", path.display()))?;
    let mapping = Mapping::parse(&text).with_context(|| format!("the mapping {}", path.display()))?;
    let feed = mapping.feed();
    ensure!(feed == args.feed, "the mapping {} is of --feed {feed}, not {}", path.display(), args.feed);
    Ok((text, Rc::new(mapping)))
}

impl Source {
    fn new(path: &Path, args: &IngestArgs, mapping: Option<&(String, Rc<Mapping>)>) -> Result<Source> {
        let mut is_pipe = path.as_os_str() == "-";
        // Look before taking the first. A pipe is opened once only.
        if !is_pipe {
            let missing = || format!("cannot read {}", path.display());
            let about = std::fs::metadata(path).with_context(missing)?;
            ensure!(!about.is_dir(), "{} is a folder: name the files in it", path.display());
            is_pipe = !about.is_file();
            if !is_pipe {
                File::open(path).with_context(missing)?;
            }
        }
        let by_name = if is_pipe { Ok(None) } else { Format::of_path(path) };
        let format = match args.format {
            Some(format) => format,
            None => match (by_name.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?, mapping)
            {
                (Some(format), _) => format,
                (None, None) => Format::JsonLines,
                (None, Some(_)) => bail!("{}: name its format with --format csv or xlsx", path.display()),
            },
        };
        match (format, mapping) {
            (Format::JsonLines, Some(_)) => {
                bail!("{}: JSON lines are CloudEvents already: leave out --mapping", path.display())
            }
            (Format::Csv | Format::Xlsx, None) => bail!(
                "{}: name with --mapping which columns make which events; schemas/mappings/ has examples",
                path.display()
            ),
            (Format::JsonLines, None) if is_pipe && args.strict => {
                bail!(
                    "{}: --strict reads everything twice, a pipe cannot be: save it to a file first",
                    path.display()
                )
            }
            (Format::Csv | Format::Xlsx, Some(_)) if is_pipe => {
                bail!("{}: a table is read twice, a pipe cannot be: save it to a file first", path.display())
            }
            _ => {}
        }
        let options = Options { time: args.time.clone(), sheet: args.sheet.clone() };
        let (text, mapping) =
            mapping.map_or((String::new(), None), |(text, mapping)| (text.clone(), Some(mapping.clone())));
        let version = env!("CARGO_PKG_VERSION");
        let recipe = format!("{version}\n{format}\n{options:?}\n{:?}\n{text}", args.encoding);
        Ok(Source {
            path: path.to_owned(),
            format,
            mapping,
            options,
            encoding: args.encoding,
            is_pipe,
            recipe,
        })
    }

    /// Reads all of it, once. Of a table it is known then that its headings are those of the mapping, and that it has
    /// an end. Nothing for a pipe.
    pub fn look(&self) -> Result<Option<Looked>> {
        if self.is_pipe {
            return Ok(None);
        }
        let mut file = File::open(&self.path)?;
        let (mut probe, mut hash, mut bytes) = (Probe::default(), Sha256::new(), 0);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            hash.update(&buffer[..read]);
            if self.format == Format::Csv {
                probe.push(&buffer[..read]);
            }
        }
        let encoding = match (self.encoding, probe.finish()) {
            (Some(encoding), _) | (None, Probed::Text(encoding)) => encoding,
            (None, Probed::Utf16) => return Err(sanzao_files::FileError::Utf16.into()),
        };
        let looked = Looked { digest: hex(hash), bytes, encoding };
        if self.mapping.is_some() {
            self.read(Some(&looked), "looking (bytes)", &mut |_| Ok(()))?;
        }
        Ok(Some(looked))
    }

    /// Gives what each line or row is. With a look before it is an error if the file is another one now.
    pub fn read(
        &self,
        looked: Option<&Looked>,
        doing: &'static str,
        told: &mut dyn FnMut(Outcome) -> Result<()>,
    ) -> Result<Ended> {
        let bar = match looked {
            Some(looked) => progress::bar(looked.bytes, doing),
            None => progress::counter(doing),
        };
        let mut failed = None;
        let mut sink = |outcome| match told(outcome) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        };
        let (read, input) = self.read_into(looked, &bar, &mut sink)?;
        bar.finish_and_clear();
        if let Some(error) = failed {
            return Err(error);
        }
        if let Some(looked) = looked {
            let digest = hex(input);
            ensure!(
                digest == looked.digest,
                "the file changed while it was read: wait until it is written, then run the same again"
            );
        }
        Ok(read)
    }

    fn read_into(
        &self,
        looked: Option<&Looked>,
        bar: &ProgressBar,
        sink: &mut dyn FnMut(Outcome) -> ControlFlow<()>,
    ) -> Result<(Ended, Sha256)> {
        let file: Box<dyn Read> = if self.path.as_os_str() == "-" {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(File::open(&self.path)?)
        };
        let mut input = Hashed { input: file, hash: Sha256::new(), bar, hashes: looked.is_some() };
        let Some(mapping) = &self.mapping else {
            let lines = BufReader::with_capacity(1 << 20, &mut input);
            let end = sanzao_files::read_lines(lines, MAX_LINE_BYTES, sink)?;
            let unfinished = (!end.is_whole).then_some(end.lines);
            return Ok((Ended { unfinished, ..Ended::default() }, input.hash));
        };
        let mut notes = Vec::new();
        let summary = if self.format == Format::Xlsx {
            let mut bytes = Vec::new();
            Read::by_ref(&mut input).take(MAX_WORKBOOK_BYTES + 1).read_to_end(&mut bytes)?;
            let detail = format!("more than {} MiB: save the sheet as CSV", MAX_WORKBOOK_BYTES >> 20);
            if bytes.len() as u64 > MAX_WORKBOOK_BYTES {
                return Err(sanzao_files::FileError::TooLarge { detail }.into());
            }
            sanzao_files::read_xlsx(mapping, &self.options, &bytes, sink)?
        } else {
            let encoding = looked.map_or(Encoding::Utf8, |looked| looked.encoding);
            notes.push(format!("read as {encoding}"));
            sanzao_files::read_csv(mapping, &self.options, encoding, &mut input, sink)
                .with_context(|| format!("read as {encoding}"))?
        };
        if let Some(sheet) = summary.sheet.filter(|_| !summary.other_sheets.is_empty()) {
            notes.push(format!("read the sheet {sheet}; not read: {}", summary.other_sheets.join(", ")));
        }
        let unfinished = (!summary.is_whole).then_some(summary.last_line);
        Ok((Ended { notes, rows: Some(summary.rows), unfinished }, input.hash))
    }
}

/// Counts and hashes what is read.
struct Hashed<'b> {
    input: Box<dyn Read>,
    hash: Sha256,
    bar: &'b ProgressBar,
    hashes: bool,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        if self.hashes {
            self.hash.update(&buffer[..read]);
        }
        self.bar.inc(read as u64);
        Ok(read)
    }
}

fn hex(hash: Sha256) -> String {
    use std::fmt::Write;
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        ingest: IngestArgs,
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.jsonl");
        std::fs::write(&path, "a\nb\n").unwrap();
        let arguments = ["ingest", "--data", "x", "--feed", "police", path.to_str().unwrap()];
        let source = sources(&Arguments::parse_from(arguments).ingest).unwrap().pop().unwrap();
        let looked = source.look().unwrap();
        let read = || {
            let mut lines = 0;
            let told = source.read(looked.as_ref(), "reading", &mut |_| {
                lines += 1;
                Ok(())
            });
            (lines, told.map(drop).map_err(|error| error.to_string()))
        };
        assert_eq!(read(), (2, Ok(())));
        for changed in ["a\nb\nc\n", "a\n", "a\nx\n"] {
            std::fs::write(&path, changed).unwrap();
            assert!(read().1.unwrap_err().contains("changed while it was read"), "{changed:?}");
        }
    }
}
