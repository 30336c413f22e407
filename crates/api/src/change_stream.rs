//! The stream of changes, as Server-Sent Events have it (WHATWG HTML §9.2).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use sanzao_readmodel::{ChangePosition, Reader};
use tokio::time::{Instant, sleep};

use crate::blind::BlindTo;
use crate::caller::Caller;
use crate::change::{ChangeEvent, source};
use crate::links::changes_within;
use crate::problem::Problem;
use crate::state::{ApiState, OpenStream};

/// Changes that are read at once.
const READ_CHANGES: usize = 100;

/// How often a stream looks whether there is more. The position is in memory: looking costs nothing.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A line that says nothing, so that nobody on the way takes a quiet stream for a dead one.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);

/// When a client shall come back after its stream has ended.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// So long at most a stream goes on: a token that was revoked or has expired ends with it, because who comes back is asked
/// again who they are. Sessions end at once.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Proxies are not to hold back what is sent.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A stream that is open, and its place among those that may be.
struct Tail {
    state: ApiState,
    caller: Caller,
    source: String,
    after: Option<ChangePosition>,
    ready: VecDeque<Event>,
    ends: Instant,
    _place: OpenStream,
}

/// The stream of what happens after a place.
///
/// # Errors
/// When as many streams are open as may be.
pub(crate) fn answer(
    state: ApiState,
    caller: Caller,
    after: Option<ChangePosition>,
) -> Result<Response, Problem> {
    let place = state.open_stream(caller.account.name()).ok_or_else(Problem::too_many_streams)?;
    let source = source(state.backend());
    let ready = VecDeque::from([Event::default().retry(RETRY_AFTER)]);
    let ends = Instant::now() + LONGEST;
    let tail = Tail { state, caller, source, after, ready, ends, _place: place };
    let stream = unfold(tail, async |mut tail| {
        while tail.ready.is_empty() {
            tail.read_on().await?;
        }
        let event = tail.ready.pop_front()?;
        Some((Ok::<_, Infallible>(event), tail))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE_EVERY).text("still here");
    let mut response = Sse::new(stream).keep_alive(keep_alive).into_response();
    response.headers_mut().insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

impl Tail {
    /// Whether nobody is there any more for whom it is, or it has lasted for long.
    fn is_over(&self) -> bool {
        let now = self.state.backend().now();
        Instant::now() >= self.ends || self.state.gate().still_seen(&self.caller, now).is_none()
    }

    /// Reads what has happened, or waits for something to happen. None when the stream is to end, because the
    /// server stops, it has lasted for long, its session is over or the read model cannot be read: the client comes back with the last id that it got.
    async fn read_on(&mut self) -> Option<()> {
        // Asked first: what is projected between the two is found, or looked for again.
        if self.is_over() {
            return None;
        }
        let seen = self.state.reader().position().work;
        // Whoever may not see it any more, or sees others, sees so from the next change on.
        let scope = self.state.gate().still_seen(&self.caller, self.state.backend().now())?;
        let after = self.after;
        let blind = BlindTo::of(&self.caller);
        let read = move |reader: &Reader| {
            blind.changes(reader, changes_within(reader, after, READ_CHANGES, &scope)?)
        };
        let page = self.state.ask(read).await.ok()?;
        self.after = page.until.or(self.after);
        if page.changes.is_empty() && !page.more {
            while self.state.reader().position().work == seen {
                if self.state.is_stopping() || self.is_over() {
                    return None;
                }
                sleep(LOOK_EVERY).await;
            }
        }
        for change in page.changes {
            let at = change.at;
            let event = ChangeEvent::new(change, &self.source).ok()?;
            let event = Event::default().id(at.to_string()).json_data(event);
            self.ready.push_back(event.map_err(Problem::internal).ok()?);
        }
        (!self.state.is_stopping()).then_some(())
    }
}
