//! What is kept of a case besides what feeds state: files that were attached, and reports from outside.

use std::fmt;
use std::str::FromStr;

use sanzao_model::{Instant, SubjectId};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::{AttachmentError, media};

/// The most bytes of a file.
pub const MOST_FILE_BYTES: u64 = 10 << 20;
/// The most bytes of all that one person or household holds.
pub const MOST_HOLDER_BYTES: u64 = 200 << 20;
/// The most characters of a file's name.
pub(crate) const MOST_NAME: usize = 120;
/// The most characters of what was reported.
pub(crate) const MOST_SAID: usize = 4_000;
/// The most characters of who reported it, and of a phone.
pub(crate) const MOST_REPORTER: usize = 120;

/// Names an attachment: 16 bytes, 32 hexadecimal digits. It tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttachmentId(pub [u8; 16]);

/// Why a text names no attachment. Reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the id of an attachment: 32 hexadecimal digits")]
pub struct AttachmentIdError;

/// What a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// A photograph: `image/jpeg`.
    Jpeg,
    /// A picture: `image/png`.
    Png,
    /// A document: `application/pdf`.
    Pdf,
    /// UTF-8: `text/plain`.
    Text,
}

/// What a file is called: 1 to 120 characters without `/`, `\` and control characters, to be shown and for nothing
/// else: no file is ever made of this name. Personal data, perhaps: `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct FileName(String);

/// A file that was looked into. Personal data: `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    name: FileName,
    media_type: MediaType,
    bytes: Vec<u8>,
}

/// What somebody outside said: a resident, a village aide, a hotline. Personal data: `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    said: String,
    reporter: Option<String>,
    phone: Option<String>,
}

/// What an attachment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file that was attached.
    File(File),
    /// A report from outside.
    Report(Report),
}

/// An attachment that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// Chosen by the caller, so that the same request again stores nothing.
    pub id: AttachmentId,
    /// What it is.
    pub content: Content,
}

/// What an attachment is, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum About {
    /// A file.
    File {
        /// What it is called.
        name: FileName,
        /// What it is.
        media_type: MediaType,
        /// How long it is.
        bytes: u64,
    },
    /// A report from outside. What it says, and who says it, is told by [`crate::Vault::attachment`] only.
    Report,
}

/// What is shown of an attachment in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttachmentMeta {
    /// Which.
    pub id: AttachmentId,
    /// Whose.
    pub holder: SubjectId,
    /// When it was attached.
    pub at: Instant,
    /// What it is.
    pub about: About,
}

/// An attachment, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What lists show.
    pub meta: AttachmentMeta,
    /// What it holds.
    pub content: Content,
}

impl AttachmentId {
    /// The id for a key that the caller gives with a request (an idempotency key): for one holder and key always the
    /// same.
    pub fn derived(holder: SubjectId, key: &str) -> AttachmentId {
        let (code, holder) = holder_parts(holder);
        let whole: [u8; 32] = Sha256::new()
            .chain_update(b"sanzao/vault/attachment-id")
            .chain_update([code])
            .chain_update(holder)
            .chain_update(key)
            .finalize()
            .into();
        AttachmentId(*whole.first_chunk().expect("16 of 32 bytes"))
    }
}

/// A code that tells people from households, and the pseudonym.
pub(crate) fn holder_parts(holder: SubjectId) -> (u8, [u8; 16]) {
    match holder {
        SubjectId::Person(person) => (1, person.0),
        SubjectId::Household(household) => (2, household.0),
    }
}

impl MediaType {
    pub(crate) const ALL: [MediaType; 4] = [MediaType::Jpeg, MediaType::Png, MediaType::Pdf, MediaType::Text];

    /// As RFC 6838 has it, without parameters.
    pub fn as_str(self) -> &'static str {
        match self {
            MediaType::Jpeg => "image/jpeg",
            MediaType::Png => "image/png",
            MediaType::Pdf => "application/pdf",
            MediaType::Text => "text/plain",
        }
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            MediaType::Jpeg => 1,
            MediaType::Png => 2,
            MediaType::Pdf => 3,
            MediaType::Text => 4,
        }
    }
}

impl FromStr for MediaType {
    type Err = AttachmentError;

    /// Letters of either case; of parameters only `charset=utf-8` of a text.
    fn from_str(text: &str) -> Result<MediaType, AttachmentError> {
        let text = text.to_ascii_lowercase();
        let (name, parameters) = text.split_once(';').unwrap_or((&text, ""));
        let found = MediaType::ALL.into_iter().find(|known| known.as_str() == name.trim());
        let fits = match parameters.trim() {
            "" => true,
            "charset=utf-8" | "charset=\"utf-8\"" => found == Some(MediaType::Text),
            _ => false,
        };
        found.filter(|_| fits).ok_or(AttachmentError::MediaType)
    }
}

impl FromStr for FileName {
    type Err = AttachmentError;

    fn from_str(text: &str) -> Result<FileName, AttachmentError> {
        let fits = |c: char| !c.is_control() && !matches!(c, '/' | '\\') && !turns_text(c);
        let length = text.chars().count();
        let good = (1..=MOST_NAME).contains(&length) && text.chars().all(fits) && !text.trim().is_empty();
        if good { Ok(FileName(text.to_owned())) } else { Err(AttachmentError::Name) }
    }
}

/// Controls of the direction of writing, with which `exe.jpg` can be shown for `gpj.exe`.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

impl FileName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl File {
    /// Looks into a file: its length, whether its content is what is declared, and whether it is safe to open. It may
    /// take a second for a great document, so it is best done before the vault is locked.
    ///
    /// # Errors
    /// See [`AttachmentError`].
    pub fn new(name: FileName, media_type: MediaType, bytes: Vec<u8>) -> Result<File, AttachmentError> {
        match bytes.len() as u64 {
            0 => return Err(AttachmentError::Empty),
            1..=MOST_FILE_BYTES => {}
            more => return Err(AttachmentError::TooLong { bytes: more }),
        }
        media::check(media_type, &bytes)?;
        Ok(File { name, media_type, bytes })
    }

    /// What was kept, which was looked into then.
    pub(crate) fn kept(name: String, media_type: MediaType, bytes: Vec<u8>) -> File {
        File { name: FileName(name), media_type, bytes }
    }

    /// What it is called.
    pub fn name(&self) -> &FileName {
        &self.name
    }

    /// What it is.
    pub fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// Its content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Report {
    /// What was said (1 to 4,000 characters), by whom and how they can be reached (at most 120 each), if they told.
    ///
    /// # Errors
    /// [`AttachmentError::Report`].
    pub fn new(
        said: String,
        reporter: Option<String>,
        phone: Option<String>,
    ) -> Result<Report, AttachmentError> {
        let fits = |text: &str, most| text.chars().count() <= most && media::is_printable(text);
        let short = [&reporter, &phone].into_iter().flatten().all(|text| fits(text, MOST_REPORTER));
        let good = !said.trim().is_empty() && fits(&said, MOST_SAID) && short;
        let told = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let report = || Report { said, reporter: told(reporter), phone: told(phone) };
        if good { Ok(report()) } else { Err(AttachmentError::Report) }
    }

    /// What was said.
    pub fn said(&self) -> &str {
        &self.said
    }

    /// Who reported it.
    pub fn reporter(&self) -> Option<&str> {
        self.reporter.as_deref()
    }

    /// How they can be reached.
    pub fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }
}

impl fmt::Display for AttachmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for AttachmentId {
    type Err = AttachmentIdError;

    /// Exactly 32 hexadecimal digits.
    fn from_str(text: &str) -> Result<AttachmentId, AttachmentIdError> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_hex);
        number.map(|number| AttachmentId(number.to_be_bytes())).ok_or(AttachmentIdError)
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for AttachmentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for MediaType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for FileName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileName(…)")
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("File(…)")
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Report(…)")
    }
}
