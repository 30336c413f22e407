//! What departments are told of their records, and what they are asked: results, verification requests (核对), and the
//! webhooks that carry both.
//!
//! Must not know: HTTP servers, rules, how a decision is made, topics, who a person is. It has no clock and draws no
//! randomness: both are arguments.

mod address;
mod answer;
mod attempt;
mod courier;
mod due;
mod endpoint;
mod error;
#[cfg(test)]
mod full_tests;
mod happening;
mod id;
mod message;
mod outbox;
mod post;
mod question;
mod request;
mod request_event;
mod request_log;
mod result;
mod result_event;
mod schedule;
mod schema;
mod secret;
mod standing;
mod taken;
mod transition;
mod verdict;
mod webhook;

pub use address::{Network, NetworkError};
pub use answer::{Answer, AnswerCode, AnswerError, Holds, Value};
pub use attempt::{Attempt, Fault, Outcome as AttemptOutcome};
pub use courier::{Courier, Deliveries, Delivery, Settings};
pub use endpoint::{Endpoint, EndpointId, EndpointStatus, UrlError};
pub use error::{ErrorClass, ExchangeError};
pub use happening::{Happening, ItemNews};
pub use id::{MessageId, RequestId, ResultId};
pub use message::{Message, MessageState};
pub use outbox::{LogPosition, Outbox};
pub use post::{Identities, IdentityFault, PersonIdentity};
pub use question::{Point, Question};
pub use request::{RequestState, VerificationRequest};
pub use request_event::{asked_event, cancelled_event};
pub use request_log::{RequestRecord, RequestRecordError, Requests};
pub use result::{RecordResult, judge};
pub use schedule::Schedule;
pub use schema::VERSION as FILE_VERSION;
pub use secret::{SecretError, WebhookSecret};
pub use standing::{Record, Standing, Told};
pub use taken::{Judged, RequestNews};
pub use transition::{RequestCommand, RequestNext, RequestRefusal};
pub use verdict::Verdict;
pub use webhook::{SIGNATURE_TOLERANCE_SECONDS, SignedHeaders, WebhookFault, sign, verify};
