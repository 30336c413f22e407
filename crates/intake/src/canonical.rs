//! Content in one form, so that equal content is one fact (domain §3): JSON without white space, keys in
//! byte order, ID numbers normalised, money as integer fen, numbers by value, other texts as written.

use std::fmt::Write;
use std::ops::Range;

/// Collects the fields of one object as they are read, in any order.
#[derive(Debug, Default)]
pub(crate) struct Canonical {
    values: String,
    fields: Vec<(&'static str, Range<usize>)>,
}

impl Canonical {
    pub(crate) fn with_capacity(fields: usize) -> Canonical {
        Canonical { values: String::with_capacity(24 * fields), fields: Vec::with_capacity(fields) }
    }

    fn field(&mut self, key: &'static str, write: impl FnOnce(&mut String)) {
        let start = self.values.len();
        write(&mut self.values);
        self.fields.push((key, start..self.values.len()));
    }

    pub(crate) fn text(&mut self, key: &'static str, value: &str) {
        self.field(key, |out| push_text(out, value));
    }

    pub(crate) fn integer(&mut self, key: &'static str, value: i64) {
        self.field(key, |out| write!(out, "{value}").expect("a string takes everything"));
    }

    pub(crate) fn truth(&mut self, key: &'static str, value: bool) {
        self.field(key, |out| out.push_str(if value { "true" } else { "false" }));
    }

    /// An object or list that is canonical already.
    pub(crate) fn canonical(&mut self, key: &'static str, value: &str) {
        self.field(key, |out| out.push_str(value));
    }

    pub(crate) fn finish(mut self) -> String {
        self.fields.sort_unstable_by_key(|(key, _)| *key);
        let keys: usize = self.fields.iter().map(|(key, _)| key.len() + 4).sum();
        let mut out = String::with_capacity(self.values.len() + keys + 2);
        out.push('{');
        for (key, range) in self.fields {
            if out.len() > 1 {
                out.push(',');
            }
            out.push('"');
            out.push_str(key);
            out.push_str("\":");
            out.push_str(&self.values[range]);
        }
        out.push('}');
        out
    }
}

/// A JSON string: what must be escaped is, and nothing else.
fn push_text(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
        out.push_str(text);
    } else {
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\0'..='\u{1F}' => write!(out, "\\u{:04x}", c as u32).expect("a string takes everything"),
                _ => out.push(c),
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_order_and_texts_escaped() {
        let mut content = Canonical::default();
        content.text("name", "a\"\\\n张");
        content.integer("amount", 1200);
        content.truth("ok", true);
        content.canonical("list", "[1]");
        assert_eq!(content.finish(), r#"{"amount":1200,"list":[1],"name":"a\"\\\u000a张","ok":true}"#);
        assert_eq!(Canonical::default().finish(), "{}");
    }
}
