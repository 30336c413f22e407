//! What may be asked of changes.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, HeaderName, header};
use sanzao_readmodel::{ChangePosition, CursorError};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::list_query::{DEFAULT_LIMIT, limit};
use crate::problem::{Problem, ProblemType};
use crate::query_fault::wrong_query;

/// Where the list begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangeQuery {
    /// What happened after this change: the `id` of an event, or `until` of a list; `latest` for what happens from
    /// now on. From the beginning when left out.
    #[param(pattern = "^((0|[1-9][0-9]{0,11})\\.(0|[1-9][0-9]{0,5})|latest)$", example = "1042.3")]
    after: Option<String>,
    /// The most changes of a page, 1 to 500; 50 when left out. Streams have no pages.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
}

/// Where a stream goes on.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "for the description: the header is read from all headers")]
pub(crate) struct StreamPlace {
    /// Streams: the last event that was received. Holds before `after`.
    #[param(rename = "Last-Event-ID")]
    last_event_id: Option<String>,
}

/// What was asked, understood.
#[derive(Debug)]
pub(crate) struct ChangeRequest {
    pub(crate) after: After,
    pub(crate) limit: usize,
    pub(crate) is_stream: bool,
}

/// After what.
#[derive(Debug)]
pub(crate) enum After {
    /// From the beginning.
    Nothing,
    /// After a change.
    Change(ChangePosition),
    /// After all that has happened so far.
    Latest,
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

impl ChangeQuery {
    /// Takes a query apart.
    ///
    /// # Errors
    /// When it has an unknown parameter or one twice.
    pub(crate) fn read(query: Result<Query<ChangeQuery>, QueryRejection>) -> Result<ChangeQuery, Problem> {
        let Query(query) = query.map_err(wrong_query)?;
        Ok(query)
    }

    /// Understands what is asked.
    ///
    /// # Errors
    /// When a parameter, or the header of a stream, has not the form it should have.
    pub(crate) fn understand(&self, headers: &HeaderMap) -> Result<ChangeRequest, Problem> {
        let limit = self.limit.as_deref().map_or(Ok(DEFAULT_LIMIT), limit)?;
        let is_stream = wants_stream(headers);
        let last = headers.get(LAST_EVENT_ID).filter(|_| is_stream);
        // What is no text is no place either.
        let last = last.map(|id| id.to_str().unwrap_or_default());
        let after = match last.or(self.after.as_deref()) {
            None => After::Nothing,
            Some("latest") => After::Latest,
            Some(text) => {
                let wrong = |error: CursorError| Problem::new(ProblemType::Cursor, error.to_string());
                After::Change(text.parse().map_err(wrong)?)
            }
        };
        Ok(ChangeRequest { after, limit, is_stream })
    }

    /// The same list from another place, as a reference relative to the server.
    pub(crate) fn link(&self, path: &str, after: &ChangePosition) -> String {
        let limit = self.limit.as_deref().and_then(|text| limit(text).ok());
        let limit = limit.map(|limit| format!("&limit={limit}")).unwrap_or_default();
        format!("{path}?after={after}{limit}")
    }
}

/// Whether the client takes a stream, and says so: `*/*` does not.
pub(crate) fn wants_stream(headers: &HeaderMap) -> bool {
    let ranges = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    ranges.flat_map(|value| value.split(',')).any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim();
        range.eq_ignore_ascii_case("text/event-stream")
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn streams_are_asked_for_by_name() {
        for (accept, expected) in [
            ("text/event-stream", true),
            ("application/json, Text/Event-Stream;q=0.9", true),
            ("*/*", false),
            ("text/*", false),
            ("application/json", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(wants_stream(&headers), expected, "{accept}");
        }
        assert!(!wants_stream(&HeaderMap::new()));
    }
}
