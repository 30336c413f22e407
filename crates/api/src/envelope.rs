//! What every answer carries: a request id and headers that keep browsers from harm; and what is counted
//! and logged of it.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::forwarded::come_from;
use crate::personal_number::holds_personal_number;
use crate::state::ApiState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longer ids of clients are replaced by our own.
const REQUEST_ID_MAX_CHARACTERS: usize = 64;

/// No answer is a page; one that is shown as such may load and do nothing.
const POLICY: &str =
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Browsers come over TLS only for two years, to this host and those below it. Said where TLS is, or a browser on the
/// server's own machine would not come back.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// The id of a request, for what goes on record.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub String);

pub(crate) async fn envelope(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let method = method_name(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let id = request_id(&request).unwrap_or_else(|| {
        let id = state.next_request_id();
        HeaderValue::from_str(&id).expect("hexadecimal digits and a dash are a header value")
    });
    request.extensions_mut().insert(RequestId(id.to_str().unwrap_or_default().to_owned()));
    if let Some(from) = come_from(&request, &state.gate().proxies) {
        request.extensions_mut().insert(from);
    }
    // Looked at with every request, so that trouble that comes later does not hide that it was so.
    state.has_projected();
    let span = tracing::error_span!("request", request_id = id.to_str().unwrap_or_default());
    let mut response = next.run(request).instrument(span).await;

    let (status, took) = (response.status().as_u16(), begin.elapsed());
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
    state.metrics().count(method, route, status, took);
    let request_id = id.to_str().unwrap_or_default();
    tracing::info!(request_id, method, route, status, took_micros = took.as_micros(), "answered a request");
    response.headers_mut().insert(REQUEST_ID, id);
    if state.gate().is_secure {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    // What somebody sent us binds browsers more closely.
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    response
}

/// The client's own id, if it is short and plain and names nobody: it is logged.
fn request_id(request: &Request) -> Option<HeaderValue> {
    let id = request.headers().get(REQUEST_ID)?;
    let text = id.to_str().ok().filter(|text| (1..=REQUEST_ID_MAX_CHARACTERS).contains(&text.len()))?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (text.bytes().all(is_plain) && !holds_personal_number(text)).then(|| id.clone())
}

/// Clients can make up methods: they are counted together.
pub(crate) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
