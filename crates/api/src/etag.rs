//! Versions of items, as `ETag` and `If-Match` have them.

use axum::http::{HeaderMap, HeaderValue, header};

/// The tag of an item that last changed with the record of `work` at this offset.
pub(crate) fn etag(changed: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{changed}\"")).expect("digits in quotes are a header value")
}

/// Whether a request is meant for this version of the item: it names it, or `*`, or says nothing.
pub(crate) fn is_meant(headers: &HeaderMap, changed: u64) -> bool {
    let ours = etag(changed);
    let mut lines = headers.get_all(header::IF_MATCH).iter().peekable();
    // Our tags have no comma, so none of ours is cut in two.
    lines.peek().is_none()
        || lines.any(|line| {
            let mut tags = line.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
            tags.any(|tag| tag == b"*" || tag == ours.as_bytes())
        })
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
            assert_eq!(is_meant(&headers, 17), expected, "{line}");
        }
        assert!(is_meant(&HeaderMap::new(), 17));
    }
}
