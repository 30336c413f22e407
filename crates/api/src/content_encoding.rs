//! Bodies come as they are: nothing here takes a compressed one apart, and stored it would be unreadable.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Problem, ProblemType};

/// Refuses a body with a content encoding, and says which is taken (RFC 9110, §15.5.16).
pub(crate) async fn require_identity(request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::POST | Method::PUT) || is_identity(request.headers()) {
        return next.run(request).await;
    }
    let detail = "a body with a content-encoding is not taken: send it uncompressed, without that header";
    let mut response = Problem::new(ProblemType::MediaType, detail).into_response();
    response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    response
}

fn is_identity(headers: &HeaderMap) -> bool {
    let codings = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    codings
        .map(<[u8]>::trim_ascii)
        .all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_identity_passes() {
        for (line, expected) in [
            ("identity", true),
            ("Identity, identity", true),
            ("", true),
            ("gzip", false),
            ("identity, gzip", false),
            ("x-identity", false),
        ] {
            let headers = HeaderMap::from_iter([(header::CONTENT_ENCODING, HeaderValue::from_static(line))]);
            assert_eq!(is_identity(&headers), expected, "{line}");
        }
        assert!(is_identity(&HeaderMap::new()));
    }
}
