//! Versions of items, as `ETag` and `If-Match` have them.

use axum::http::{HeaderMap, HeaderValue, header};

/// The tag of an item that last changed with the record of `work` at this offset.
pub(crate) fn etag(changed: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{changed}\"")).expect("digits in quotes are a header value")
}

/// Whether a tag is that of an item that last changed there, or `*`.
pub(crate) fn is_tag_of(tag: &str, changed: u64) -> bool {
    tag == "*" || tag.as_bytes() == etag(changed).as_bytes()
}

/// For which version of an item a request is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meant {
    /// For this one, or whichever there is.
    This,
    /// For another one.
    Another,
    /// It does not say.
    Nothing,
}

/// For which version of the item a request is meant: one that it names, or `*`.
pub(crate) fn meant(headers: &HeaderMap, changed: u64) -> Meant {
    let ours = etag(changed);
    let mut lines = headers.get_all(header::IF_MATCH).iter().peekable();
    if lines.peek().is_none() {
        return Meant::Nothing;
    }
    // Our tags have no comma, so none of ours is cut in two.
    let is_this = lines.any(|line| {
        let mut tags = line.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        tags.any(|tag| tag == b"*" || tag == ours.as_bytes())
    });
    if is_this { Meant::This } else { Meant::Another }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_strong_tag_matches() {
        for (line, expected) in [
            ("\"17\"", true),
            ("*", true),
            ("\"1\", \"17\"", true),
            ("\"1\"", false),
            ("W/\"17\"", false),
            ("17", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(line))]);
            assert_eq!(meant(&headers, 17) == Meant::This, expected, "{line}");
            assert_ne!(meant(&headers, 17), Meant::Nothing);
        }
        assert_eq!(meant(&HeaderMap::new(), 17), Meant::Nothing);
    }
}
