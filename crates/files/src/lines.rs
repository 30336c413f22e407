//! Files with one CloudEvent a line.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use crate::probe::UTF8_BOM;
use crate::{Code, Event, Outcome, Refused};

/// How a file of lines ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinesEnd {
    /// How many lines there are, blank ones too.
    pub lines: u64,
    /// Whether the last one ends as a line does; otherwise the file may be cut off.
    pub is_whole: bool,
}

/// Gives each line that is not blank to `sink`, which may break off. A line longer than `max_line_bytes` is refused
/// without being kept.
///
/// # Errors
/// What the input says: retry.
pub fn read_lines(
    mut input: impl BufRead,
    max_line_bytes: usize,
    sink: &mut dyn FnMut(Outcome) -> ControlFlow<()>,
) -> io::Result<LinesEnd> {
    let mut end = LinesEnd { lines: 0, is_whole: true };
    loop {
        let mut line = Vec::new();
        let read = input.by_ref().take(max_line_bytes as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(end);
        }
        end.lines += 1;
        end.is_whole = line.ends_with(b"\n");
        let outcome = if read > max_line_bytes && !end.is_whole {
            end.is_whole = skip_line(&mut input)?;
            let expected = format!("an event a line, of at most {max_line_bytes} bytes");
            Outcome::Refused(Refused {
                line: end.lines,
                code: Code::LineTooLong,
                column: String::new(),
                expected,
            })
        } else {
            let text = if end.lines == 1 { line.strip_prefix(UTF8_BOM).unwrap_or(&line) } else { &line };
            let value = text.trim_ascii().to_vec();
            if value.is_empty() {
                continue;
            }
            Outcome::Event(Event { line: end.lines, value })
        };
        if sink(outcome).is_break() {
            return Ok(end);
        }
    }
}

/// Whether the line had an end.
fn skip_line(input: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let (found, used) = match input.fill_buf() {
            Ok([]) => return Ok(false),
            Ok(bytes) => match bytes.iter().position(|byte| *byte == b'\n') {
                Some(at) => (true, at + 1),
                None => (false, bytes.len()),
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        input.consume(used);
        if found {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Vec<(u64, Option<Vec<u8>>)>;

    fn read(bytes: &[u8], most: usize) -> (Found, LinesEnd) {
        let mut found = Vec::new();
        let end = read_lines(bytes, most, &mut |outcome| {
            found.push(match outcome {
                Outcome::Event(event) => (event.line, Some(event.value)),
                Outcome::Refused(refused) => (refused.line, None),
                Outcome::Skipped { line } => panic!("line {line} was skipped"),
            });
            ControlFlow::Continue(())
        });
        (found, end.unwrap())
    }

    #[test]
    fn marks_blank_lines_and_long_ones() {
        let (found, end) = read(b"\xef\xbb\xbfa\r\n\n \r\nlongerrr\nb", 6);
        assert_eq!(found, [(1, Some(b"a".to_vec())), (4, None), (5, Some(b"b".to_vec()))]);
        assert_eq!(end, LinesEnd { lines: 5, is_whole: false });
        assert_eq!(read(b"a\n", 4).1, LinesEnd { lines: 1, is_whole: true });
        assert_eq!(read(b"longer", 4).1, LinesEnd { lines: 1, is_whole: false });
        assert_eq!(read(b"", 4).1, LinesEnd { lines: 0, is_whole: true });
    }
}
