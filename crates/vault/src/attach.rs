//! Keeping attachments, and opening them.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sanzao_model::{HouseholdId, Instant, PersonId, SubjectId};

use crate::access::{self, Access, Act, Entry};
use crate::attachment::{
    About, Attachment, AttachmentId, AttachmentMeta, Content, File, MOST_HOLDER_BYTES, MediaType,
    NewAttachment, holder_parts,
};
use crate::holder::{NewKeys, insert_key};
use crate::vault::HolderKey;
use crate::wipe::Needles;
use crate::{AttachmentError, Fill, Vault, VaultError, schema};

/// A row without its content. All of it is authenticated with what is sealed.
struct Stored {
    id: AttachmentId,
    holder: SubjectId,
    /// None is a report.
    media_type: Option<MediaType>,
    at: Instant,
    /// Bytes of the content.
    size: u64,
    /// The sealed name.
    name: Vec<u8>,
}

const REPORT: u8 = 0;
const COLUMNS: &str = "SELECT id, holder_kind, holder, media, at, size, name FROM attachment";

impl Stored {
    fn read(row: &Row<'_>) -> Result<Stored, VaultError> {
        let code: u8 = row.get(3)?;
        let media_type = MediaType::ALL.into_iter().find(|known| known.code() == code);
        if media_type.is_none() && code != REPORT {
            return Err(damaged());
        }
        Ok(Stored {
            id: AttachmentId(row.get(0)?),
            holder: holder_of(row.get(1)?, row.get(2)?)?,
            media_type,
            at: Instant(row.get(4)?),
            size: row.get(5)?,
            name: row.get(6)?,
        })
    }

    fn media_code(&self) -> u8 {
        self.media_type.map_or(REPORT, MediaType::code)
    }

    /// What the name is sealed for; with the name itself, what the content is sealed for.
    fn context(&self, part: &[u8; 4], name: &str) -> Vec<u8> {
        let (code, holder) = holder_parts(self.holder);
        [
            b"sanzao/vault/attachment/".as_slice(),
            part,
            &self.id.0,
            &[code],
            &holder,
            &[self.media_code()],
            &self.at.0.to_be_bytes(),
            &self.size.to_be_bytes(),
            name.as_bytes(),
        ]
        .concat()
    }

    /// What lists show of it, and what it is called.
    fn open_meta(&self, key: &HolderKey) -> Result<(AttachmentMeta, String), VaultError> {
        let name = key.suite.open(&key.key, &self.context(b"name", ""), &self.name).ok_or_else(damaged)?;
        let name = String::from_utf8(name.to_vec()).map_err(|_| damaged())?;
        let about = match self.media_type {
            None => About::Report,
            Some(media_type) => {
                let name = name.parse().map_err(|_| damaged())?;
                About::File { name, media_type, bytes: self.size }
            }
        };
        Ok((AttachmentMeta { id: self.id, holder: self.holder, at: self.at, about }, name))
    }

    fn open(&self, key: &HolderKey, sealed: &[u8]) -> Result<Attachment, VaultError> {
        let (meta, name) = self.open_meta(key)?;
        let plain = key.suite.open(&key.key, &self.context(b"body", &name), sealed).ok_or_else(damaged)?;
        let content = match self.media_type {
            None => Content::Report(postcard::from_bytes(&plain).map_err(|_| damaged())?),
            Some(media_type) => {
                let name = name.parse().map_err(|_| damaged())?;
                Content::File(File::kept(name, media_type, plain.to_vec()))
            }
        };
        Ok(Attachment { meta, content })
    }
}

fn damaged() -> VaultError {
    VaultError::damaged("an attachment does not open or does not fit its row")
}

fn holder_of(code: u8, id: [u8; 16]) -> Result<SubjectId, VaultError> {
    match code {
        1 => Ok(SubjectId::Person(PersonId(id))),
        2 => Ok(SubjectId::Household(HouseholdId(id))),
        _ => Err(damaged()),
    }
}

impl Vault {
    /// Keeps a file or a report for a person or household, under their key, which is made if there is none. The same
    /// again, by id, holder and content, stores nothing and is not recorded again.
    ///
    /// # Errors
    /// [`AttachmentError::HolderFull`], [`AttachmentError::Taken`]; [`VaultError::Purpose`]; to try again
    /// [`VaultError::Full`], [`VaultError::Busy`], [`VaultError::Master`], [`VaultError::NoRandomness`];
    /// [`VaultError::KeysMissing`], [`VaultError::Damaged`]. Then nothing is kept.
    pub fn attach(
        &mut self,
        holder: SubjectId,
        new: &NewAttachment,
        access: &Access,
        fill: &mut Fill<'_>,
    ) -> Result<AttachmentId, VaultError> {
        access.check()?;
        if let Some(known) = self.opened(new.id)? {
            let same = known.meta.holder == holder && known.content == new.content;
            return if same { Ok(new.id) } else { Err(AttachmentError::Taken.into()) };
        }
        let (media_type, name, body) = match &new.content {
            Content::File(file) => {
                (Some(file.media_type()), file.name().as_str(), std::borrow::Cow::Borrowed(file.bytes()))
            }
            Content::Report(report) => {
                let bytes = postcard::to_stdvec(report).expect("postcard writes plain structures");
                (None, "", bytes.into())
            }
        };
        let held = self.held_bytes(holder)?;
        let size = body.len() as u64;
        if held + size > MOST_HOLDER_BYTES {
            return Err(AttachmentError::HolderFull { held }.into());
        }
        let mut made = None;
        let key = match self.key_or_none(holder)? {
            Some(key) => key,
            None => {
                let NewKeys { master, mut keys } = self.new_keys(1, fill)?;
                let (key, wrapped) = keys.remove(0);
                made = Some((master, wrapped));
                key
            }
        };
        let mut row = Stored { id: new.id, holder, media_type, at: access.at, size, name: Vec::new() };
        let mut seal = |context: &[u8], plain: &[u8]| {
            let mut nonce = [0; 12];
            fill(&mut nonce)?;
            Ok::<_, VaultError>(key.suite.seal(&key.key, nonce, context, plain))
        };
        row.name = seal(&row.context(b"name", ""), name.as_bytes())?;
        let body = seal(&row.context(b"body", name), &body)?;

        let transaction = schema::begin(&mut self.db)?;
        if let Some((master, wrapped)) = made {
            insert_key(&transaction, holder, key.suite.code(), master, &wrapped)?;
        }
        insert(&transaction, &row, &body)?;
        let head = access::append(&transaction, &self.index, &self.head, &entry(access, Act::Attach, &row))?;
        transaction.commit()?;
        self.head = head;
        Ok(new.id)
    }

    /// Opens an attachment; None where there is none. Recorded in either case, and before: where the record cannot be
    /// written nothing is shown.
    ///
    /// # Errors
    /// As of [`Vault::reveal`].
    pub fn attachment(
        &mut self,
        id: AttachmentId,
        access: &Access,
    ) -> Result<Option<Attachment>, VaultError> {
        access.check()?;
        let row = self.stored(id)?;
        let unknown = Entry { attachment: Some(id), ..Entry::of(access, Act::ReadAttachment, None, &[]) };
        let known = row.as_ref().map(|row| entry(access, Act::ReadAttachment, row));
        self.record(&known.unwrap_or(unknown))?;
        self.opened(id)
    }

    /// What a person or household holds, oldest first. Names of files may tell something: for who may read the case.
    /// It is not recorded.
    ///
    /// # Errors
    /// [`VaultError::Master`] while the key service is away; [`VaultError::Damaged`], [`VaultError::KeysMissing`].
    pub fn attachments_of(&mut self, holder: SubjectId) -> Result<Vec<AttachmentMeta>, VaultError> {
        let (code, bytes) = holder_parts(holder);
        let rows: Vec<Stored> = {
            let sql = format!("{COLUMNS} WHERE holder_kind = ?1 AND holder = ?2 ORDER BY at, id");
            let mut select = self.db.prepare_cached(&sql)?;
            let rows = select.query_and_then(params![code, bytes], Stored::read)?;
            rows.collect::<Result<_, _>>()?
        };
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.key_of(holder)?.ok_or(VaultError::KeysMissing { people: 1 })?;
        rows.iter().map(|row| row.open_meta(&key).map(|(meta, _)| meta)).collect()
    }

    /// Deletes an attachment, and looks that its bytes are gone from the file; false where there is none. Recorded. A
    /// copy of the file from before still has it, under the holder's key. After a crash in between [`Vault::compact`]
    /// makes sure of the bytes.
    ///
    /// # Errors
    /// [`VaultError::Purpose`]; [`VaultError::Full`], [`VaultError::Busy`]: then ask again.
    pub fn discard(&mut self, id: AttachmentId, access: &Access) -> Result<bool, VaultError> {
        access.check()?;
        let Some(row) = self.stored(id)? else { return Ok(false) };
        let transaction = schema::begin(&mut self.db)?;
        let mut needles = Needles::default();
        needles.add(row.name.clone());
        needles.add(body(&transaction, id)?);
        transaction.execute("DELETE FROM attachment WHERE id = ?1", [id.0])?;
        let head = access::append(&transaction, &self.index, &self.head, &entry(access, Act::Discard, &row))?;
        transaction.commit()?;
        self.head = head;
        self.wipe(&needles, true)?;
        Ok(true)
    }

    /// The key of a holder; an error where something is held without it.
    fn key_or_none(&mut self, holder: SubjectId) -> Result<Option<HolderKey>, VaultError> {
        let key = self.key_of(holder)?;
        if key.is_none() && self.holds_anything(holder)? {
            return Err(VaultError::KeysMissing { people: 1 });
        }
        Ok(key)
    }

    /// Whether there are values or attachments of a holder.
    pub(crate) fn holds_anything(&self, holder: SubjectId) -> Result<bool, VaultError> {
        let (code, id) = holder_parts(holder);
        let sql = "SELECT (?1 = 1 AND EXISTS (SELECT 1 FROM value WHERE person = ?2))
                   OR EXISTS (SELECT 1 FROM attachment WHERE holder_kind = ?1 AND holder = ?2)";
        Ok(self.db.prepare_cached(sql)?.query_row(params![code, id], |row| row.get(0))?)
    }

    fn held_bytes(&self, holder: SubjectId) -> Result<u64, VaultError> {
        let (code, id) = holder_parts(holder);
        let sql = "SELECT coalesce(sum(size), 0) FROM attachment WHERE holder_kind = ?1 AND holder = ?2";
        Ok(self.db.prepare_cached(sql)?.query_row(params![code, id], |row| row.get(0))?)
    }

    fn stored(&self, id: AttachmentId) -> Result<Option<Stored>, VaultError> {
        let mut select = self.db.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?;
        let mut rows = select.query([id.0])?;
        rows.next()?.map(Stored::read).transpose()
    }

    /// Opens an attachment, and looks that its row says nothing else than was kept.
    pub(crate) fn opened(&mut self, id: AttachmentId) -> Result<Option<Attachment>, VaultError> {
        let Some(row) = self.stored(id)? else { return Ok(None) };
        let key = self.key_of(row.holder)?.ok_or(VaultError::KeysMissing { people: 1 })?;
        row.open(&key, &body(&self.db, id)?).map(Some)
    }

    /// Opens every attachment.
    pub(crate) fn verify_attachments(&mut self) -> Result<(), VaultError> {
        let sql = "SELECT count(DISTINCT holder_kind || hex(holder)) FROM attachment WHERE holder NOT IN (
                     SELECT id FROM person WHERE holder_kind = 1 UNION ALL SELECT id FROM household WHERE holder_kind = 2
                   )";
        let people: usize = self.db.query_row(sql, [], |row| row.get(0))?;
        if people > 0 {
            return Err(VaultError::KeysMissing { people });
        }
        let mut after: Option<[u8; 16]> = None;
        loop {
            let sql = "SELECT min(id) FROM attachment WHERE ?1 IS NULL OR id > ?1";
            after = self.db.prepare_cached(sql)?.query_row([after], |row| row.get(0))?;
            let Some(id) = after else { return Ok(()) };
            self.opened(AttachmentId(id))?;
        }
    }
}

fn entry<'a>(access: &'a Access, act: Act, row: &'a Stored) -> Entry<'a> {
    let (people, household): (&[PersonId], _) = match &row.holder {
        SubjectId::Person(person) => (std::slice::from_ref(person), None),
        SubjectId::Household(household) => (&[], Some(*household)),
    };
    Entry { household, attachment: Some(row.id), ..Entry::of(access, act, None, people) }
}

fn insert(db: &Connection, row: &Stored, body: &[u8]) -> Result<(), VaultError> {
    let sql = "INSERT INTO attachment (id, holder_kind, holder, media, at, size, name, body)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (code, holder) = holder_parts(row.holder);
    db.prepare_cached(sql)?.execute(params![
        row.id.0,
        code,
        holder,
        row.media_code(),
        row.at.0,
        row.size,
        row.name,
        body
    ])?;
    Ok(())
}

fn body(db: &Connection, id: AttachmentId) -> Result<Vec<u8>, VaultError> {
    let sql = "SELECT body FROM attachment WHERE id = ?1";
    let body: Option<Vec<u8>> = db.prepare_cached(sql)?.query_row([id.0], |row| row.get(0)).optional()?;
    body.ok_or_else(damaged)
}

/// How many attachments of a holder were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Deleted {
    pub(crate) files: u64,
    pub(crate) reports: u64,
}

/// Deletes what a holder holds, and adds its bytes to what is looked for afterwards.
pub(crate) fn delete_of(
    db: &Connection,
    holder: SubjectId,
    needles: &mut Needles,
) -> Result<Deleted, VaultError> {
    let (code, id) = holder_parts(holder);
    let mut deleted = Deleted::default();
    let sql = "SELECT media, name, body FROM attachment WHERE holder_kind = ?1 AND holder = ?2";
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(params![code, id])?;
    while let Some(row) = rows.next()? {
        let media: u8 = row.get(0)?;
        *(if media == REPORT { &mut deleted.reports } else { &mut deleted.files }) += 1;
        needles.add(row.get(1)?);
        needles.add(row.get(2)?);
    }
    let sql = "DELETE FROM attachment WHERE holder_kind = ?1 AND holder = ?2";
    db.execute(sql, params![code, id])?;
    Ok(deleted)
}
