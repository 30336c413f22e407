//! Events from departments: each is appended to its feed's topic as it came.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sanzao_access::{EventSource, Permission};
use sanzao_audit::Action;
use sanzao_model::Feed;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::act::body_problem;
use crate::backend::{Backend, RawEvent};
use crate::caller::Caller;
use crate::cloud_event::{SourcedEvent, events, mode};
use crate::on_record::entry;
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::state::ApiState;
use crate::vocabulary;

/// The largest body of events: with its headers, or sealed among the rejections, it still fits into a record of
/// the log (64 MiB).
pub(crate) const BODY_MAX_BYTES: usize = 60 * 1024 * 1024;

/// Where a request says of which trace it is (W3C Trace Context).
const TRACEPARENT: &str = "traceparent";

/// A sender that stalls for longer gives up its turn.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// What was taken. Whether each event is accepted, duplicate or rejected, its receipt says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    /// How many events lie in the log now.
    accepted_for_processing: usize,
    /// Where each lies, in the order of the request: its receipt, in `receipts.<feed>`, names the same.
    events: Vec<Delivered>,
}

/// Where an event lies.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Delivered {
    #[schema(schema_with = vocabulary::feed)]
    feed: Feed,
    /// Offset in the feed's topic.
    offset: u64,
}

/// Takes CloudEvents 1.0 in JSON: in binary mode (`ce-` headers), structured, or a batch. The feed of each
/// is the one in its `source`, `/<division of the receiving bureau>/<feed>`. A request is refused whole or
/// taken whole; where the log fails in the middle of a batch of several feeds, the answer is 503 and the
/// whole is to be sent again: what was taken already is recognised as duplicate.
#[utoipa::path(post, path = "/v1/events", operation_id = "post_events", tag = "events",
    request_body(
        description = "At most 60 MiB. In binary mode the attributes are in headers: ce-specversion, ce-id, \
            ce-source, ce-type, ce-time.",
        content(
            (crate::cloud_event::EventBody = "application/cloudevents+json"),
            (Vec<crate::cloud_event::EventBody> = "application/cloudevents-batch+json"),
            (Object = "application/json"),
        ),
    ),
    responses(
        (status = 202, description = "The events are safe in the log", body = Delivery),
        (status = 400, description = "The body is no event, or an event's source names no feed",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The account does not send from the source of an event", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 408, description = "The body took longer than a minute to arrive", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 60 MiB", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The content type is none of CloudEvents in JSON, or the body has a \
            content encoding", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn post_events(
    State(state): State<ApiState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    caller.require(Permission::PostEvents)?;
    let headers = request.headers().clone();
    let mode = mode(&headers)?;
    let _turn = state.deliveries().acquire().await.map_err(Problem::internal)?;
    let body = timeout(BODY_TIMEOUT, Bytes::from_request(request, &())).await;
    let body =
        body.map_err(|_| Problem::new(ProblemType::Timeout, "send the request again, in smaller parts"))?;
    let body = body.map_err(|rejection| body_problem(&rejection, "60 MiB"))?;
    let mut told = entry(&state, &caller, Action::SendEvent);
    let append = move |backend: &dyn Backend| {
        let mut events = events(mode, &headers, &body)?;
        follow(&headers, &mut events);
        require_own(&caller, &events)?;
        told.details.extend(count_by_feed(&events));
        backend.record(told)?;
        deliver(backend, events)
    };
    let events = state.block(append).await?;
    let delivery = Delivery { accepted_for_processing: events.len(), events };
    Ok((StatusCode::ACCEPTED, Json(delivery)).into_response())
}

/// The trace of a request is that of its events. What the header says is not looked at here.
fn follow(headers: &HeaderMap, events: &mut [SourcedEvent]) {
    let mut values = headers.get_all(TRACEPARENT).iter();
    // Trace Context, §3.2.2: of several none holds.
    let Some(value) = values.next().filter(|_| values.next().is_none()) else { return };
    for SourcedEvent { event, .. } in events {
        event.headers.push((TRACEPARENT.to_owned(), value.as_bytes().to_vec()));
    }
}

/// A department sends what is its own, and in nobody else's name.
fn require_own(caller: &Caller, events: &[SourcedEvent]) -> Result<(), Problem> {
    let is_own = |event: &&SourcedEvent| {
        event.source.parse().is_ok_and(|source: EventSource| caller.account.may_post(source))
    };
    match events.iter().position(|event| !is_own(&event)) {
        None => Ok(()),
        Some(number) => {
            let text = "this account sends from other sources: who manages accounts can tell which";
            let pointer = if events.len() > 1 { format!("/{number}/source") } else { "/source".to_owned() };
            Err(Problem::new(ProblemType::Forbidden, text).at(pointer))
        }
    }
}

/// What stands on record of events: how many for each feed.
fn count_by_feed(events: &[SourcedEvent]) -> impl Iterator<Item = (String, String)> {
    let mut counts: BTreeMap<Feed, usize> = BTreeMap::new();
    events.iter().for_each(|event| *counts.entry(event.feed).or_default() += 1);
    counts.into_iter().map(|(feed, count)| (feed.to_string(), count.to_string()))
}

/// One append for each feed; the answer in the order of the request.
fn deliver(backend: &dyn Backend, events: Vec<SourcedEvent>) -> Result<Vec<Delivered>, Problem> {
    let feeds: Vec<Feed> = events.iter().map(|event| event.feed).collect();
    let mut by_feed: BTreeMap<Feed, Vec<RawEvent>> = BTreeMap::new();
    for SourcedEvent { feed, event, .. } in events {
        by_feed.entry(feed).or_default().push(event);
    }
    let mut offsets = BTreeMap::new();
    for (feed, events) in by_feed {
        offsets.insert(feed, backend.submit_events(feed, events)?.into_iter());
    }
    let mut next = |feed| Some(Delivered { feed, offset: offsets.get_mut(&feed)?.next()? });
    let delivered: Option<Vec<_>> = feeds.into_iter().map(&mut next).collect();
    delivered.ok_or_else(|| Problem::internal("the log gave fewer offsets than it was given events"))
}
