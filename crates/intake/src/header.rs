//! Context attributes in headers: CloudEvents' binary mode, over Kafka and over HTTP.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use crate::{Code, Fault};

/// How a header carries a context attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    /// `ce_…`: UTF-8 as it is (Kafka protocol binding, §3.2.3).
    Kafka,
    /// `ce-…`: quoted or not, percent-encoded (HTTP protocol binding, §3.1.3.2).
    Http,
}

impl Binding {
    /// The header of an attribute, as a rejection names it; none where `pointer` is no attribute that has one.
    pub(crate) fn header(self, pointer: &str) -> Option<String> {
        let name = pointer.strip_prefix('/')?;
        match (name, self) {
            ("datacontenttype", _) => Some("content-type".to_owned()),
            ("specversion" | "id" | "source" | "type" | "time", Binding::Kafka) => {
                Some(format!("ce_{name}, over HTTP ce-{name}"))
            }
            ("specversion" | "id" | "source" | "type" | "time", Binding::Http) => Some(format!("ce-{name}")),
            _ => None,
        }
    }
}

fn attribute(header: &str) -> Option<(&str, Binding)> {
    let (prefix, name) = header.split_at_checked(3)?;
    match prefix {
        _ if prefix.eq_ignore_ascii_case("ce_") => Some((name, Binding::Kafka)),
        _ if prefix.eq_ignore_ascii_case("ce-") => Some((name, Binding::Http)),
        _ => None,
    }
}

/// How headers carry context attributes, if any does.
pub(crate) fn binding(headers: &[(String, Vec<u8>)]) -> Option<Binding> {
    headers.iter().find_map(|(header, _)| attribute(header)).map(|(_, binding)| binding)
}

/// The value of a context attribute, whatever the case of its header.
pub(crate) fn context<'a>(
    headers: &'a [(String, Vec<u8>)],
    name: &'static str,
) -> Result<Option<Cow<'a, str>>, Fault> {
    let found = headers.iter().filter_map(|(header, value)| {
        let (attribute, binding) = attribute(header)?;
        attribute.eq_ignore_ascii_case(name).then_some((binding, value.as_slice()))
    });
    let Some((binding, value)) = only(found, name)? else { return Ok(None) };
    let text = match binding {
        Binding::Kafka => std::str::from_utf8(value).ok().map(Cow::Borrowed),
        Binding::Http => http_text(value),
    };
    let fault =
        || Fault::new(Code::EnvelopeHeader, format!("/{name}"), "text in UTF-8").in_header(Some(binding));
    text.map(Some).ok_or_else(fault)
}

/// The content type. A header without a value, as a client sends for an attribute that is not there, is none.
pub(crate) fn content_type(headers: &[(String, Vec<u8>)]) -> Result<Option<&str>, Fault> {
    let is_it = |(header, value): &&(String, Vec<u8>)| {
        header.eq_ignore_ascii_case("content-type") && !value.trim_ascii().is_empty()
    };
    let found = headers.iter().filter(is_it).map(|(_, value)| (Binding::Kafka, value));
    let Some((_, value)) = only(found, "datacontenttype")? else { return Ok(None) };
    let expected = "text in UTF-8 (header content-type)";
    let text = std::str::from_utf8(value);
    text.map(Some).map_err(|_| Fault::new(Code::EnvelopeHeader, "/datacontenttype", expected))
}

type Found<T> = Option<(Binding, T)>;

fn only<T>(mut found: impl Iterator<Item = (Binding, T)>, name: &'static str) -> Result<Found<T>, Fault> {
    let first = found.next();
    let Some((binding, _)) = found.next() else { return Ok(first) };
    let fault = Fault::new(Code::EnvelopeHeader, format!("/{name}"), "one header for an attribute");
    Err(fault.in_header(Some(binding)))
}

fn http_text(value: &[u8]) -> Option<Cow<'_, str>> {
    match value {
        [b'"', inner @ .., b'"'] => {
            let mut plain = Vec::with_capacity(inner.len());
            let mut bytes = inner.iter();
            while let Some(byte) = bytes.next() {
                plain.push(if *byte == b'\\' { *bytes.next()? } else { *byte });
            }
            Some(percent_decode(&plain).decode_utf8().ok()?.into_owned().into())
        }
        _ => percent_decode(value).decode_utf8().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(headers: &[(&str, &[u8])]) -> Result<Option<String>, Code> {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| (name.to_string(), value.to_vec())).collect();
        context(&headers, "id").map(|id| id.map(Cow::into_owned)).map_err(|fault| fault.code)
    }

    #[test]
    fn each_binding_has_its_encoding() {
        assert_eq!(id(&[("CE_Id", "一%41".as_bytes())]), Ok(Some("一%41".into())));
        assert_eq!(id(&[("ce-id", b"%E4%B8%80%41")]), Ok(Some("一A".into())));
        assert_eq!(id(&[("Ce-Id", br#""a \"b\"%20""#)]), Ok(Some("a \"b\" ".into())));
        assert_eq!(id(&[("id", b"1"), ("ceid", b"1"), ("ce", b"1"), ("张", b"1")]), Ok(None));
        assert_eq!(id(&[("ce_id", b"\xff")]), Err(Code::EnvelopeHeader));
        assert_eq!(id(&[("ce-id", b"%ff")]), Err(Code::EnvelopeHeader));
        assert_eq!(id(&[("ce_id", b"1"), ("ce-ID", b"1")]), Err(Code::EnvelopeHeader));
    }
}
