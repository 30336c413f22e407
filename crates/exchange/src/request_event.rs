//! `sanzao.verification.v1`: a request as a department gets it; `schemas/events/verification.v1.json` describes it.
//! The one event with personal data: it is built when it is sent, goes to the department's own receiver, and is kept
//! nowhere.

use sanzao_model::{Day, Feed, Instant};
use serde::Serialize;

use crate::result_event::Emitted;
use crate::{MessageId, PersonIdentity, Point, Question, RequestId, VerificationRequest};

const KIND: &str = "sanzao.verification.v1";

#[derive(Serialize)]
struct Asked<'a> {
    feed: Feed,
    request: RequestId,
    state: &'static str,
    person: Person<'a>,
    question: Question,
    points: &'static [Point],
    asked_at: Rfc3339,
    deadline: Day,
}

#[derive(Serialize)]
struct Person<'a> {
    id_number: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Cancelled {
    feed: Feed,
    request: RequestId,
    state: &'static str,
}

/// An instant in RFC 3339.
struct Rfc3339(Instant);

impl Serialize for Rfc3339 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The bytes of the event that asks. Who asks and for which alert is no matter of the department's.
pub fn asked_event(request: &VerificationRequest, identity: &PersonIdentity) -> Vec<u8> {
    let data = Asked {
        feed: request.feed(),
        request: request.id,
        state: "asked",
        person: Person { id_number: identity.id_number.as_str(), name: &identity.name },
        question: request.question,
        points: request.question.points(),
        asked_at: Rfc3339(request.asked_at),
        deadline: request.deadline,
    };
    Emitted::of(request.feed(), KIND, &MessageId::of_request(request.id), data).to_bytes()
}

/// The bytes of the event that takes a question back. It tells of nobody.
pub fn cancelled_event(request: RequestId, feed: Feed) -> Vec<u8> {
    let data = Cancelled { feed, request, state: "cancelled" };
    Emitted::of(feed, KIND, &MessageId::of_cancellation(request), data).to_bytes()
}
