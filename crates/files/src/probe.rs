//! A first look at a text file: its encoding, from all of its bytes.

use crate::Encoding;

/// Some programs begin a file with it.
pub(crate) const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";
/// Chinese takes three bytes in UTF-8. Two bytes of GB 18030 (女, 联通) often look like a letter of two.
const FIRST_OF_THREE_BYTES: char = '\u{800}';
/// No more of a line is looked at.
const LINE_BYTES: usize = 64 << 10;

/// Takes the bytes of a file, piece by piece, and says how its text is written.
///
/// UTF-8 with a byte order mark, or where every byte is. Otherwise by the lines that are not plain ASCII: text in
/// GB 18030 is hardly ever valid UTF-8, and so most of a damaged file in UTF-8 still tells what it was.
#[derive(Debug, Default)]
pub struct Probe {
    line: Vec<u8>,
    start: Vec<u8>,
    utf8_lines: u64,
    other_lines: u64,
}

/// What a first look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probed {
    /// Text in this encoding.
    Text(Encoding),
    /// UTF-16, by its byte order mark.
    Utf16,
}

impl Probe {
    /// Looks at the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start.len() < UTF8_BOM.len() {
            self.start.extend(bytes.iter().take(UTF8_BOM.len() - self.start.len()));
        }
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.keep(&rest[..end]);
            self.end_line();
            rest = &rest[end + 1..];
        }
        self.keep(rest);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES - self.line.len().min(LINE_BYTES);
        self.line.extend(bytes.iter().take(room));
    }

    fn end_line(&mut self) {
        if !self.line.is_ascii() {
            match std::str::from_utf8(&self.line) {
                Ok(text) => self.utf8_lines += u64::from(text.chars().any(|c| c >= FIRST_OF_THREE_BYTES)),
                // The end of what is looked at may cut a character in two.
                Err(error) if error.error_len().is_none() && self.line.len() == LINE_BYTES => {
                    self.utf8_lines += 1;
                }
                Err(_) => self.other_lines += 1,
            }
        }
        self.line.clear();
    }

    /// What it is.
    pub fn finish(mut self) -> Probed {
        self.end_line();
        if self.start.starts_with(b"\xff\xfe") || self.start.starts_with(b"\xfe\xff") {
            return Probed::Utf16;
        }
        if self.start == UTF8_BOM || self.utf8_lines >= self.other_lines {
            return Probed::Text(Encoding::Utf8);
        }
        Probed::Text(Encoding::Gb18030)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probed(bytes: &[u8], piece: usize) -> Probed {
        let mut probe = Probe::default();
        bytes.chunks(piece).for_each(|chunk| probe.push(chunk));
        probe.finish()
    }

    #[test]
    fn tells_encodings_apart_in_pieces_of_any_size() {
        let text = "姓名,备注\n张三,abc\n李四,\n";
        let (gb, _, _) = encoding_rs::GB18030.encode(text);
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(probed(text.as_bytes(), piece), Probed::Text(Encoding::Utf8));
            assert_eq!(probed(&gb, piece), Probed::Text(Encoding::Gb18030));
            assert_eq!(probed(&utf16, piece), Probed::Utf16);
            assert_eq!(probed(b"", piece), Probed::Text(Encoding::Utf8));
        }
        // One damaged line makes no other encoding of the file.
        let mut damaged = text.as_bytes().to_vec();
        damaged.extend(b"\xe5\xbc,x\n");
        assert_eq!(probed(&damaged, 5), Probed::Text(Encoding::Utf8));
        // 女 alone looks like a letter of UTF-8.
        assert_eq!(
            probed(&encoding_rs::GB18030.encode("性别\n女\n女\n").0, 5),
            Probed::Text(Encoding::Gb18030)
        );
        // With a mark there is no doubt.
        assert_eq!(probed(&[UTF8_BOM, &gb].concat(), 4), Probed::Text(Encoding::Utf8));
    }
}
