//! Reads the fields of `data`: each is asked for by name, checked, and written into the canonical content.

mod path;
mod people;
mod value;

use std::borrow::Cow;

use sanzao_model::Day;

use crate::aside::Aside;
use crate::canonical::Canonical;
use crate::json::{Node, Object};
use crate::{Code, Fault, Pseudonyms};
use path::Path;

/// What reading needs to know of the event around the fields.
#[derive(Clone, Copy)]
pub(crate) struct Context<'f> {
    pub(crate) pseudonyms: &'f Pseudonyms,
    pub(crate) source: &'f str,
    pub(crate) aside: &'f Aside,
    /// The day of the event's `time` in China.
    pub(crate) recorded_on: Day,
}

/// A cursor over the fields of one object.
///
/// Whatever is not asked for is unknown, and refused at the end. A field is asked for once. An optional
/// field may be missing; `null` it may not be.
pub struct Fields<'f> {
    object: &'f [(Cow<'f, str>, Node<'f>)],
    context: Context<'f>,
    path: Path<'f>,
    asked: Vec<&'static str>,
    /// Where among the identities is whose number was read last in this object.
    who: Option<usize>,
    canonical: Canonical,
}

impl<'f> Fields<'f> {
    /// The fields of `data`.
    pub(crate) fn of_data(data: &'f Object<'f>, context: Context<'f>) -> Fields<'f> {
        Fields::of(data, context, Path::ROOT)
    }

    fn of(object: &'f Object<'f>, context: Context<'f>, path: Path<'f>) -> Fields<'f> {
        let canonical = Canonical::with_capacity(object.len());
        let asked = Vec::with_capacity(object.len() + 4);
        Fields { object, context, path, asked, who: None, canonical }
    }

    /// A fault at a field.
    pub fn fault(&self, key: &'static str, code: Code, expected: impl Into<Cow<'static, str>>) -> Fault {
        Fault::new(code, self.path.key(key).pointer(), expected)
    }

    /// A fault of the object as a whole.
    pub fn whole_fault(&self, code: Code, expected: impl Into<Cow<'static, str>>) -> Fault {
        Fault::new(code, self.path.pointer(), expected)
    }

    /// Whether a field is there, without asking for it.
    pub fn has(&self, key: &str) -> bool {
        self.object.iter().any(|(name, _)| name == key)
    }

    fn find(&mut self, key: &'static str) -> Option<&'f Node<'f>> {
        debug_assert!(!self.asked.contains(&key), "{key} is asked for twice");
        self.asked.push(key);
        self.object.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    fn required(&mut self, key: &'static str, expected: &'static str) -> Result<&'f Node<'f>, Fault> {
        self.find(key).ok_or_else(|| self.fault(key, Code::FieldMissing, expected))
    }

    /// An object with fields of its own.
    ///
    /// # Errors
    /// When it is missing or no object, and whatever `read` finds.
    pub fn object<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Fields<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let node = self.required(key, OBJECT)?;
        let (value, canonical) = nested(node, self.context, self.path.key(key), read)?;
        self.canonical.canonical(key, &canonical);
        Ok(value)
    }

    /// The canonical content, once nothing unknown is left.
    pub(crate) fn finish(self) -> Result<String, Fault> {
        if self.object.iter().all(|(name, _)| self.asked.contains(&name.as_ref())) {
            return Ok(self.canonical.finish());
        }
        let expected = format!("only the fields {}", self.asked.join(", "));
        Err(self.whole_fault(Code::FieldUnknown, expected))
    }
}

const OBJECT: &str = "a JSON object";

/// Reads an object below another one; gives its canonical content too.
fn nested<T>(
    node: &Node<'_>,
    context: Context<'_>,
    path: Path<'_>,
    read: impl FnOnce(&mut Fields<'_>) -> Result<T, Fault>,
) -> Result<(T, String), Fault> {
    let Node::Object(object) = node else {
        return Err(Fault::new(Code::FieldType, path.pointer(), OBJECT));
    };
    let mut fields = Fields::of(object, context, path);
    let value = read(&mut fields)?;
    Ok((value, fields.finish()?))
}
