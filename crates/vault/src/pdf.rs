//! What a PDF may not hold: actions that run something, files in the file, and what unpacks without end.
//!
//! Nothing is drawn and no page is read. Names are looked for in every byte, and in whatever unpacks from a stream, because
//! a reader finds objects wherever a table points. What cannot be looked into is refused.

use std::io::Read;

use flate2::read::ZlibDecoder;
use memchr::{memchr_iter, memmem};

use crate::AttachmentError;
use crate::attachment::MediaType;
use crate::media::MOST_PIXELS;

/// ISO 32000-1 §12.6.4, §7.11.4, §12.7.8: scripts (also those of forms and of media), programs, files. Each is too long
/// to stand in compressed bytes by chance.
const REFUSED: [&[u8]; 6] =
    [b"JavaScript", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"Rendition", b"XFA"];

/// An image of the most pixels with three bytes each.
const MOST_UNPACKED: u64 = MOST_PIXELS * 3;
const MOST_UNPACKED_TOGETHER: u64 = MOST_UNPACKED * 4;

/// The keys and values that an object stream has when it is packed in the one way that is looked into.
const OF_OBJECT_STREAMS: [&[u8]; 9] =
    [b"Type", b"ObjStm", b"N", b"First", b"Length", b"Filter", b"FlateDecode", b"Fl", b"Extends"];

const MALFORMED: AttachmentError = AttachmentError::Malformed { media_type: MediaType::Pdf };

pub(crate) fn check(bytes: &[u8]) -> Result<(), AttachmentError> {
    check_within(bytes, MOST_UNPACKED, MOST_UNPACKED_TOGETHER)
}

/// `most` bytes of one stream, `together` of all.
fn check_within(bytes: &[u8], most: u64, together: u64) -> Result<(), AttachmentError> {
    let begins = memmem::find(&bytes[..bytes.len().min(1024)], b"%PDF-").is_some();
    let ends = memmem::find(&bytes[bytes.len().saturating_sub(2048)..], b"%%EOF").is_some();
    if !begins || !ends || memmem::rfind(bytes, b"startxref").is_none() {
        return Err(MALFORMED);
    }
    check_names(bytes)?;
    if names(bytes).any(|name| name == b"Encrypt") {
        return Err(AttachmentError::Encrypted);
    }
    // Objects do not lie in one another, so that each byte is read once; more, and somebody means to keep us busy.
    let mut work = bytes.len() * 4;
    for at in memmem::find_iter(bytes, b"obj") {
        let read = check_object(&bytes[at + 3..])?;
        work = work.checked_sub(read).ok_or(AttachmentError::Hidden)?;
    }
    let mut left = together;
    for at in memmem::find_iter(bytes, b"stream") {
        if let Some(data) = stream_data(&bytes[at..])
            && is_zlib(data)
        {
            left = check_unpacked(data, most, left)?;
        }
    }
    Ok(())
}

fn check_names(bytes: &[u8]) -> Result<(), AttachmentError> {
    let found = names(bytes).find_map(|name| REFUSED.into_iter().find(|refused| *refused == name));
    found.map_or(Ok(()), |name| {
        let what = std::str::from_utf8(name).expect("the names are ASCII");
        Err(AttachmentError::Active { what })
    })
}

/// Unpacks a stream and looks for names in it; how much may still be unpacked.
fn check_unpacked(packed: &[u8], most: u64, left: u64) -> Result<u64, AttachmentError> {
    const STEP: usize = 1 << 18;
    // However little comes of it: a file may hold a million beginnings of streams.
    const COST: u64 = 4096;
    let most = most.min(left);
    let mut decoder = ZlibDecoder::new(packed);
    let (mut window, mut unpacked) = (Vec::with_capacity(STEP + MOST_NAME), 0);
    loop {
        let before = window.len();
        // What is broken behind is shown up to there by readers.
        let ended = decoder.by_ref().take(STEP as u64).read_to_end(&mut window).is_err();
        let read = window.len() - before;
        unpacked += read as u64;
        check_names(&window)?;
        if unpacked > most {
            return Err(AttachmentError::Unpacks { most });
        }
        if ended || read == 0 {
            return Ok((left - unpacked).saturating_sub(COST));
        }
        window.drain(..window.len().saturating_sub(MOST_NAME));
    }
}

/// Behind `stream` and the end of its line.
fn stream_data(bytes: &[u8]) -> Option<&[u8]> {
    let behind = bytes.strip_prefix(b"stream")?;
    behind.strip_prefix(b"\r\n").or_else(|| behind.strip_prefix(b"\n")).or_else(|| behind.strip_prefix(b"\r"))
}

/// RFC 1950 §2.2.
fn is_zlib(data: &[u8]) -> bool {
    data.first_chunk::<2>().is_some_and(|head| head[0] & 15 == 8 && u16::from_be_bytes(*head) % 31 == 0)
}

/// Refuses an object stream that is packed so that nobody looks into it here; how many bytes were read.
fn check_object(bytes: &[u8]) -> Result<usize, AttachmentError> {
    let start = blank(bytes);
    let Some(length) = dictionary_length(&bytes[start..]) else { return Ok(bytes.len()) };
    let (dictionary, behind) = bytes[start..].split_at(length);
    let gap = blank(behind);
    let (behind, read) = (&behind[gap..], start + length + gap);
    let names: Vec<Vec<u8>> = names(dictionary).collect();
    let has = |name: &[u8]| names.iter().filter(|known| **known == name).count();
    let holds_objects = has(b"ObjStm") > 0 || (has(b"N") > 0 && has(b"First") > 0);
    let Some(data) = stream_data(behind).filter(|_| holds_objects) else { return Ok(read) };
    let is_plain = names.iter().all(|name| OF_OBJECT_STREAMS.contains(&name.as_slice()));
    let is_seen = match has(b"Filter") {
        0 => true,
        1 => has(b"FlateDecode") + has(b"Fl") == 1 && is_zlib(data),
        _ => false,
    };
    if is_plain && is_seen { Ok(read) } else { Err(AttachmentError::Hidden) }
}

/// How long the dictionary is that begins here, 0 if none does; None without an end.
fn dictionary_length(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0);
    loop {
        let rest = &bytes[at..];
        at += match rest {
            [b'<', b'<', ..] => {
                depth += 1;
                2
            }
            _ if depth == 0 => return Some(at),
            [b'>', b'>', ..] => {
                depth -= 1;
                2
            }
            [b'(', ..] => text_length(rest)?,
            [b'<', ..] => memchr::memchr(b'>', rest)? + 1,
            [b'%', ..] => memchr::memchr2(b'\r', b'\n', rest)?,
            [_, ..] => 1,
            [] => return None,
        };
    }
}

/// Of a string in parentheses, those inside it in pairs or behind a backslash.
fn text_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0, 0);
    loop {
        match bytes.get(at)? {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// How much white space and how many comments stand in front.
fn blank(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match bytes.get(at) {
            Some(b'\0' | b'\t' | b'\n' | b'\x0C' | b'\r' | b' ') => at += 1,
            Some(b'%') => match memchr::memchr2(b'\r', b'\n', &bytes[at..]) {
                Some(length) => at += length,
                None => return bytes.len(),
            },
            _ => return at,
        }
    }
}

/// Longer names are cut: those that count are shorter, even if each of their bytes is written as `#xx`.
const MOST_NAME: usize = 64;

/// All that may be a name (ISO 32000-1 §7.3.5), with what is written as `#xx`.
fn names(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    memchr_iter(b'/', bytes).map(|at| {
        let rest = &bytes[at + 1..bytes.len().min(at + MOST_NAME)];
        let is_end = |byte: &u8| matches!(byte, 0 | 9..=10 | 12..=13 | b' ' | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%');
        let mut written = rest.iter().take_while(|byte| !is_end(byte)).copied().peekable();
        let mut name = Vec::new();
        let mut digits = Vec::new();
        while let Some(byte) = written.next() {
            if byte != b'#' {
                name.push(byte);
                continue;
            }
            digits.clear();
            while digits.len() < 2
                && let Some(digit) = written.next_if(u8::is_ascii_hexdigit)
            {
                digits.push(digit);
            }
            let code = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
            name.push(code.unwrap_or(b'#'));
        }
        name
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn with_streams(unpacked: usize, count: usize) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&vec![b' '; unpacked]).unwrap();
        let data = encoder.finish().unwrap();
        let stream = [b"1 0 obj <</Filter/Fl>> stream\n".as_slice(), &data, b" endstream endobj "].concat();
        [b"%PDF-1.7\n".as_slice(), &stream.repeat(count), b"startxref 0 %%EOF"].concat()
    }

    #[test]
    fn what_unpacks_is_bounded_alone_and_together() {
        const MIB: u64 = 1 << 20;
        let check =
            |unpacked: u64, count| check_within(&with_streams(unpacked as usize, count), MIB, 4 * MIB);
        assert_eq!(check(MIB, 1), Ok(()));
        assert_eq!(check(MIB + 1, 1), Err(AttachmentError::Unpacks { most: MIB }));
        assert_eq!(check(MIB, 3), Ok(()));
        assert!(matches!(check(MIB, 4), Err(AttachmentError::Unpacks { .. })), "with what each costs");
        // However little is in each.
        assert_eq!(check(10, 1_000), Ok(()));
        assert!(matches!(check(10, 1_100), Err(AttachmentError::Unpacks { .. })));
    }
}
