//! A bucket of a store that speaks S3 and is shared by many: requests are signed by rusty-s3 and sent by ureq.

mod request;
mod settings;

use bytes::Bytes;
use rusty_s3::Bucket;
use rusty_s3::actions::ListObjectsV2;
use sanzao_model::{Bureau, Instant};

pub use self::settings::{S3Settings, SecretKey};

use self::request::{Answer, Sender};
use crate::snapshot::error::SnapshotError;
use crate::snapshot::storage::Object;

/// A bucket, and a folder in it.
pub(crate) struct Bucketed {
    bucket: Bucket,
    folder: String,
    sender: Sender,
}

/// What happens to an object that has the name already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Replaced,
    Kept,
}

impl Bucketed {
    pub fn new(settings: &S3Settings, now: fn() -> Instant) -> Result<Bucketed, SnapshotError> {
        Ok(Bucketed {
            bucket: settings.bucket()?,
            folder: settings.folder()?,
            sender: Sender::new(settings.roots()?, settings.credentials(), now),
        })
    }

    /// Asks once, and waits for seconds.
    pub fn in_a_hurry(self) -> Bucketed {
        Bucketed { sender: self.sender.in_a_hurry(), ..self }
    }

    /// What messages call it.
    pub fn place(&self) -> String {
        format!("bucket {}{}", self.bucket.base_url(), self.folder)
    }

    fn key(&self, bureau: Bureau, name: &str) -> String {
        format!("{}{bureau}/{name}", self.folder)
    }

    /// A PUT is seen whole or not at all, and is durable when it is answered.
    pub fn put(&self, bureau: Bureau, name: &str, bytes: &[u8]) -> Result<(), SnapshotError> {
        match self.put_as(bureau, name, bytes, Standing::Replaced)? {
            Answer::Done(_) => Ok(()),
            other => Err(unexpected(name, &other)),
        }
    }

    /// Like `put`, unless there is an object of the name: false then. The store itself holds that where it knows
    /// `If-None-Match`; where it does not, two that put at the same moment are not told apart.
    pub fn put_new(&self, bureau: Bureau, name: &str, bytes: &[u8]) -> Result<bool, SnapshotError> {
        // Some stores ignore the condition.
        if self.get(bureau, name)?.is_some() {
            return Ok(false);
        }
        match self.put_as(bureau, name, bytes, Standing::Kept)? {
            Answer::Done(_) => Ok(true),
            Answer::Unmet => Ok(false),
            Answer::Unknown => self.put(bureau, name, bytes).map(|()| true),
            other @ Answer::Absent => Err(unexpected(name, &other)),
        }
    }

    fn put_as(
        &self,
        bureau: Bureau,
        name: &str,
        bytes: &[u8],
        standing: Standing,
    ) -> Result<Answer, SnapshotError> {
        let key = self.key(bureau, name);
        let put = self.bucket.put_object(Some(&self.sender.credentials), &key);
        let condition = [("if-none-match", "*")];
        let headers = if standing == Standing::Kept { &condition[..] } else { &[] };
        self.sender.send(name, &put, headers, bytes)
    }

    /// An object's bytes; none where there is no such object.
    pub fn get(&self, bureau: Bureau, name: &str) -> Result<Option<Bytes>, SnapshotError> {
        let key = self.key(bureau, name);
        let get = self.bucket.get_object(Some(&self.sender.credentials), &key);
        match self.sender.send(name, &get, &[], &[])? {
            Answer::Done(bytes) => Ok(Some(bytes)),
            Answer::Absent => Ok(None),
            other => Err(unexpected(name, &other)),
        }
    }

    /// A bureau's objects, over as many pages as there are.
    pub fn list(&self, bureau: Bureau) -> Result<Vec<Object>, SnapshotError> {
        let (folder, shown) = (self.key(bureau, ""), bureau.to_string());
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let mut list = self.bucket.list_objects_v2(Some(&self.sender.credentials));
            list.with_prefix(folder.as_str());
            list.with_delimiter("/");
            if let Some(token) = &next {
                list.with_continuation_token(token.as_str());
            }
            let page = match self.sender.send(&shown, &list, &[], &[])? {
                Answer::Done(page) => page,
                other => return Err(unexpected(&shown, &other)),
            };
            let no_list = |reason: String| SnapshotError::Refused {
                name: shown.clone(),
                reason: format!("the answer is no list of objects: check the endpoint ({reason})"),
            };
            let page = std::str::from_utf8(&page).map_err(|error| no_list(error.to_string()))?;
            let page = ListObjectsV2::parse_response(page).map_err(|error| no_list(error.to_string()))?;
            all.extend(page.contents.into_iter().filter_map(|object| {
                let name = object.key.strip_prefix(&folder).filter(|name| !name.is_empty())?;
                let modified = object.last_modified.as_deref().and_then(|at| at.parse().ok());
                Some(Object { name: name.to_owned(), bytes: object.size?, modified })
            }));
            if page.next_continuation_token.is_none() {
                return Ok(all);
            }
            if page.next_continuation_token == next {
                return Err(no_list("the next page is the same one".into()));
            }
            next = page.next_continuation_token;
        }
    }

    pub fn delete(&self, bureau: Bureau, name: &str) -> Result<(), SnapshotError> {
        let key = self.key(bureau, name);
        let delete = self.bucket.delete_object(Some(&self.sender.credentials), &key);
        match self.sender.send(name, &delete, &[], &[])? {
            Answer::Done(_) | Answer::Absent => Ok(()),
            other => Err(unexpected(name, &other)),
        }
    }
}

fn unexpected(name: &str, answer: &Answer) -> SnapshotError {
    let reason = match answer {
        Answer::Done(_) => "the store did it",
        Answer::Absent => "there is no such place in the store",
        Answer::Unmet => "the store speaks of a condition that was not set",
        Answer::Unknown => "the store cannot do that",
    };
    SnapshotError::Refused {
        name: name.to_owned(),
        reason: format!("{reason}: check the endpoint and the bucket"),
    }
}
