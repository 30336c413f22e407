//! Whether a file is what it is said to be, and does no harm where it is opened.

use crate::attachment::MediaType;
use crate::{AttachmentError, pdf};

/// More is no photograph of a document: shown, an image of 50 megapixels takes 200 MB of memory.
pub(crate) const MOST_PIXELS: u64 = 50_000_000;

/// Looks at the content, never at the name.
pub(crate) fn check(media_type: MediaType, bytes: &[u8]) -> Result<(), AttachmentError> {
    let found = infer::get(bytes).map(|kind| kind.mime_type());
    let expected = Some(media_type.as_str()).filter(|_| media_type != MediaType::Text);
    if found != expected {
        return Err(AttachmentError::OtherType { declared: media_type, found: found.unwrap_or("unknown") });
    }
    let malformed = AttachmentError::Malformed { media_type };
    match media_type {
        MediaType::Jpeg if !is_whole_jpeg(bytes) => Err(malformed),
        MediaType::Png if !is_whole_png(bytes) => Err(malformed),
        MediaType::Jpeg | MediaType::Png => check_pixels(media_type, bytes),
        MediaType::Pdf => pdf::check(bytes),
        MediaType::Text if is_text(bytes) => Ok(()),
        MediaType::Text => Err(malformed),
    }
}

fn check_pixels(media_type: MediaType, bytes: &[u8]) -> Result<(), AttachmentError> {
    let size = imagesize::blob_size(bytes).map_err(|_| AttachmentError::Malformed { media_type })?;
    let pixels = (size.width as u64).saturating_mul(size.height as u64);
    match pixels {
        0 => Err(AttachmentError::Malformed { media_type }),
        1..=MOST_PIXELS => Ok(()),
        _ => Err(AttachmentError::Pixels { pixels, most: MOST_PIXELS }),
    }
}

/// From its first marker to its last. Cameras write more behind the last one.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xD8, 0xFF]) && memchr::memmem::rfind(bytes, &[0xFF, 0xD9]).is_some()
}

/// Chunks from IHDR, which says the dimensions, to IEND, none longer than the file.
fn is_whole_png(bytes: &[u8]) -> bool {
    let Some(mut rest) = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n") else { return false };
    let mut is_first = true;
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let (length, kind) = head.split_at(4);
        let length = u32::from_be_bytes(length.try_into().expect("four of eight bytes")) as usize;
        if is_first != (kind == b"IHDR") {
            return false;
        }
        is_first = false;
        // Behind the data stands a checksum of four bytes.
        let Some((_, next)) = behind.split_at_checked(length.saturating_add(4)) else { return false };
        if kind == b"IEND" {
            return true;
        }
        rest = next;
    }
    false
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(is_printable)
}

/// No control characters but tabs and ends of lines.
pub(crate) fn is_printable(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))
}
