//! Receipts: what became of each event that a department sent, in the order of the log.

use std::fmt;
use std::str::FromStr;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_model::{Place, Receipt, ReceiptOutcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::feed::{PathFeed, number};
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::query_fault::wrong_query;
use crate::state::ApiState;
use crate::vocabulary;

/// A place in the log of a feed's receipts: the record, and how many of its receipts lie before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ReceiptCursor {
    /// Offset of the record.
    pub record: u64,
    /// Receipts of it that were seen.
    pub seen: u64,
}

/// Why a text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that a list of receipts gave: begin without one")]
pub struct ReceiptCursorError;

impl fmt::Display for ReceiptCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.record, self.seen)
    }
}

impl FromStr for ReceiptCursor {
    type Err = ReceiptCursorError;

    fn from_str(text: &str) -> Result<ReceiptCursor, ReceiptCursorError> {
        let number =
            |text: &str| text.parse::<u64>().ok().filter(|number| *number <= i64::MAX.cast_unsigned());
        let parts = text.split_once('-').and_then(|(record, seen)| number(record).zip(number(seen)));
        let cursor = parts.map(|(record, seen)| ReceiptCursor { record, seen });
        cursor.filter(|cursor| cursor.to_string() == text).ok_or(ReceiptCursorError)
    }
}

/// What became of an event, without why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeName {
    /// Its fact counts.
    Accepted,
    /// An accepted event of the same source had the same id.
    Duplicate,
    /// Refused.
    Rejected,
}

impl OutcomeName {
    const ALL: [OutcomeName; 3] = [OutcomeName::Accepted, OutcomeName::Duplicate, OutcomeName::Rejected];

    /// The name of an outcome.
    pub fn of(outcome: &ReceiptOutcome) -> OutcomeName {
        match outcome {
            ReceiptOutcome::Accepted => OutcomeName::Accepted,
            ReceiptOutcome::Duplicate => OutcomeName::Duplicate,
            ReceiptOutcome::Rejected { .. } => OutcomeName::Rejected,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            OutcomeName::Accepted => "accepted",
            OutcomeName::Duplicate => "duplicate",
            OutcomeName::Rejected => "rejected",
        }
    }
}

/// Some receipts, in the order of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptPage {
    /// The receipts.
    pub receipts: Vec<Receipt>,
    /// Where to read on.
    pub next: ReceiptCursor,
    /// Whether there is more to read now.
    pub more: bool,
}

/// What may be asked of receipts.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReceiptQuery {
    /// Where to read on: `next` of the answer before. From the beginning when left out.
    #[param(pattern = "^(0|[1-9][0-9]{0,17})-(0|[1-9][0-9]{0,17})$")]
    after: Option<String>,
    /// The most receipts, 1 to 500; 50 when left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// Only those with this outcome.
    #[param(schema_with = vocabulary::receipt_outcome, required = false)]
    outcome: Option<String>,
}

/// Some receipts of a feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptList {
    /// In the order of the log. With a filter there may be fewer than asked for, or none, although more follow.
    items: Vec<ReceiptBody>,
    /// Where to read on, now or later: never null, so that a sender keeps its place at the end, too.
    next: String,
    /// Whether there is more to read now.
    more: bool,
}

/// What became of one event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptBody {
    /// Where the event lies: partition of the feed's topic, 0 for what came over HTTP.
    partition: u32,
    /// Where the event lies: the offset that its delivery was answered with.
    offset: u64,
    /// A pseudonym of its source and id; null where they could not be read.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    event: Option<String>,
    /// When the platform received it.
    #[schema(format = DateTime)]
    received: String,
    #[schema(schema_with = vocabulary::receipt_outcome)]
    outcome: &'static str,
    /// What is odd about it, by code.
    warnings: Vec<&'static str>,
    /// The rejected event that it repairs.
    repairs: Option<PlaceBody>,
    /// Why it was rejected.
    reason: Option<RejectionReason>,
}

/// Where an event lies in its feed's topic.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct PlaceBody {
    partition: u32,
    offset: u64,
}

/// Why an event was rejected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectionReason {
    /// The stable code.
    pub(crate) code: String,
    /// JSON pointer of the value that is wrong; empty for the whole event.
    pub(crate) pointer: String,
    /// What was expected there.
    pub(crate) expected: String,
}

impl From<Place> for PlaceBody {
    fn from(place: Place) -> PlaceBody {
        PlaceBody { partition: place.partition, offset: place.offset }
    }
}

impl From<Receipt> for ReceiptBody {
    fn from(receipt: Receipt) -> ReceiptBody {
        ReceiptBody {
            partition: receipt.partition,
            offset: receipt.offset,
            event: receipt.event.map(|event| event.to_string()),
            received: receipt.received.to_string(),
            outcome: OutcomeName::of(&receipt.outcome).as_str(),
            warnings: receipt.warnings.iter().map(|warning| warning.as_str()).collect(),
            repairs: receipt.repairs.map(PlaceBody::from),
            reason: match receipt.outcome {
                ReceiptOutcome::Rejected { code, pointer, expected } => {
                    Some(RejectionReason { code, pointer, expected })
                }
                ReceiptOutcome::Accepted | ReceiptOutcome::Duplicate => None,
            },
        }
    }
}

const DEFAULT_LIMIT: u32 = 50;
const MOST: u32 = 500;

/// Receipts of a feed, in the order of the log: what became of each event. A sender reads on with `next`, and knows
/// its events by the offsets that `POST /v1/events` answered.
#[utoipa::path(get, path = "/v1/feeds/{feed}/receipts", operation_id = "list_receipts", tag = "feeds",
    params(("feed" = String, Path, description = "The feed", example = "police"), ReceiptQuery),
    responses(
        (status = 200, description = "Receipts", body = ReceiptList,
            headers(("Link" = String, description = "More receipts, if there are (RFC 8288, rel=next)"))),
        (status = 400, description = "A parameter or the cursor is wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "No such feed", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn receipts(
    State(state): State<ApiState>,
    caller: Caller,
    feed: PathFeed,
    query: Result<Query<ReceiptQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let feed = feed.get()?;
    if !caller.account.may(Permission::ReadFeeds) {
        caller.require(Permission::ReadReceipts)?;
        // Of other departments there is nothing for a department.
        if !caller.account.sources().iter().any(|source| source.feed == feed) {
            return Err(Problem::not_found("feed"));
        }
    }
    let Query(query) = query.map_err(wrong_query)?;
    let limit = number("limit", query.limit.as_deref(), DEFAULT_LIMIT, MOST)?;
    let outcome = query.outcome.as_deref().map(outcome).transpose()?;
    let cursor_problem = |error: ReceiptCursorError| Problem::new(ProblemType::Cursor, error.to_string());
    let after = query.after.as_deref().unwrap_or("0-0").parse().map_err(cursor_problem)?;
    let page =
        state.block(move |backend| Ok(backend.receipts(feed, after, limit as usize, outcome)?)).await?;
    let page = page.ok_or_else(|| {
        Problem::new(ProblemType::Cursor, "the cursor lies beyond the end of this log: begin without one")
    })?;
    let next = page.next.to_string();
    let link = page.more.then(|| {
        let filter = outcome.map_or(String::new(), |outcome| format!("&outcome={}", outcome.as_str()));
        format!("</v1/feeds/{feed}/receipts?after={next}&limit={limit}{filter}>; rel=\"next\"")
    });
    let items = page.receipts.into_iter().map(ReceiptBody::from).collect();
    let mut response = Json(ReceiptList { items, next, more: page.more }).into_response();
    if let Some(link) = link {
        let link = HeaderValue::from_str(&link).map_err(Problem::internal)?;
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn outcome(text: &str) -> Result<OutcomeName, Problem> {
    OutcomeName::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or_else(|| {
        Problem::new(ProblemType::Query, "outcome: expected one of accepted, duplicate, rejected")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_has_one_text() {
        let cursor = ReceiptCursor { record: 17, seen: 3 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for wrong in ["", "1", "1-", "-1", "01-1", "1-+1", "1-1-1", "9223372036854775808-0"] {
            assert_eq!(wrong.parse::<ReceiptCursor>(), Err(ReceiptCursorError), "{wrong}");
        }
    }
}
