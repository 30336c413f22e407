//! What people may do to an alert or a task, as a body.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use sanzao_model::{Day, ItemId, NoticeMeans, Order, Outcome};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::personal_number::holds_personal_number;
use crate::problem::{Problem, ProblemType, json_fault};
use crate::vocabulary;

/// The most characters of a text in people's own words.
const TEXT_MAX_CHARACTERS: usize = 2_000;

/// What to do. Texts stay in the log for good: one in which an ID or mobile number is seen is refused.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
#[schema(as = Act)]
pub(crate) enum ActBody {
    /// Alerts: take it to work on; or take one's own decision back to work on.
    Claim {},
    /// Alerts: give it back.
    Release {},
    /// Alerts that one has claimed: put it off until a day within half a year, new evidence, or a greater amount.
    Snooze {
        #[schema(value_type = String, format = Date)]
        until: Day,
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    },
    /// Alerts that one has claimed: decide. A review then waits for the family and for a second person.
    Decide {
        #[schema(schema_with = vocabulary::outcome)]
        outcome: Outcome,
        /// Why; asked for when agreeing as well as when overriding.
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
        /// A day to look again, later than today and within three years: what is found then is raised again, whatever
        /// the evidence. Without one only new evidence raises it again.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = Date)]
        reopen_on: Option<Day>,
    },
    /// Reviews that were decided: the family was told, and may answer until a day, five working days later or more.
    Notify {
        #[schema(value_type = String, format = Date)]
        sent_on: Day,
        #[schema(schema_with = vocabulary::notice_means)]
        means: NoticeMeans,
        #[schema(value_type = String, format = Date)]
        answer_by: Day,
    },
    /// Reviews of which the family was told: they answered.
    Answer {
        #[schema(value_type = String, format = Date)]
        on: Day,
        agrees: bool,
        #[schema(min_length = 1, max_length = 2000)]
        text: String,
    },
    /// Reviews that somebody else decided on: approve. Who supervises may.
    Approve {
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    },
    /// Reviews that somebody else decided on: send it back. Who supervises may.
    SendBack {
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    },
    /// Closed alerts: the family disagrees.
    Appeal {
        #[schema(value_type = String, format = Date)]
        on: Day,
        #[schema(min_length = 1, max_length = 2000)]
        text: String,
    },
    /// Alerts with an appeal: set the decision aside with another outcome, or leave it as it is without one. Who supervises
    /// may, but neither who decided nor who approved.
    DecideAppeal {
        #[serde(default)]
        #[schema(schema_with = vocabulary::outcome, required = false)]
        outcome: Option<Outcome>,
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    },
    /// Closed alerts of which the case is still found: raise it again. Who supervises may.
    Reopen {
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    },
    /// Tasks: it was done. A visit or a re-check goes out as an event of the registry.
    Complete {
        #[schema(value_type = String, format = Date)]
        on: Day,
        /// What was seen.
        #[schema(min_length = 1, max_length = 2000)]
        seen: String,
        /// Re-checks of a benefit: its number in the registry, which stays out of the log.
        #[serde(default)]
        #[schema(max_length = 64)]
        benefit_id: Option<String>,
        /// Re-checks of a benefit: what becomes of it; `continues` when left out.
        #[serde(default)]
        #[schema(required = false)]
        verification: Option<Verification>,
    },
    /// Tasks: it is not to be done. Who supervises may.
    Cancel {
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    },
    /// Make it somebody's, or nobody's. Who supervises may; anybody may make nobody's their own.
    Assign {
        /// An account, or null; never left out.
        #[serde(deserialize_with = "Option::deserialize")]
        #[schema(required = true, pattern = "^[a-z0-9._-]{1,64}$")]
        to: Option<String>,
    },
    /// Write something beside it.
    Comment {
        #[schema(min_length = 1, max_length = 2000)]
        text: String,
    },
    /// Put it on the card of another, or take it off its card.
    Group {
        #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{32}$")]
        with: Option<ItemId>,
    },
    /// Closed alerts that were drawn for a second review: what should come of it. Who supervises may, without knowing the
    /// decision.
    SecondOpinion {
        #[schema(schema_with = vocabulary::outcome)]
        outcome: Outcome,
        #[schema(min_length = 1, max_length = 2000)]
        reason: String,
    },
    /// Take back what one has just done to it, within ten seconds.
    Undo {},
}

/// What a re-check of a benefit says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = RecheckedBenefit)]
pub(crate) enum Verification {
    Continues,
    Changed,
    Ended,
}

impl ActBody {
    /// The order, and the texts in it checked. A completed visit or re-check is sent by [`crate::completion`].
    ///
    /// # Errors
    /// When a text is too long, or a number of somebody is in it.
    pub(crate) fn order(&self, is_sent: bool) -> Result<Order, Problem> {
        Ok(match self.clone() {
            ActBody::Claim {} => Order::Claim,
            ActBody::Release {} => Order::Release,
            ActBody::Snooze { until, reason } => Order::Snooze { until, reason: text("reason", reason)? },
            ActBody::Decide { outcome, reason, reopen_on } => {
                Order::Decide { outcome, reason: text("reason", reason)?, reopen_on }
            }
            ActBody::Notify { sent_on, means, answer_by } => Order::Notify { sent_on, means, answer_by },
            ActBody::Answer { on, agrees, text: said } => {
                Order::Answer { on, agrees, text: text("text", said)? }
            }
            ActBody::Approve { reason } => Order::Approve { reason: text("reason", reason)? },
            ActBody::SendBack { reason } => Order::SendBack { reason: text("reason", reason)? },
            ActBody::Appeal { on, text: said } => Order::Appeal { on, text: text("text", said)? },
            ActBody::DecideAppeal { outcome, reason } => {
                Order::DecideAppeal { outcome, reason: text("reason", reason)? }
            }
            ActBody::Reopen { reason } => Order::Reopen { reason: text("reason", reason)? },
            ActBody::Complete { on, seen, .. } => Order::Complete { on, seen: text("seen", seen)?, is_sent },
            ActBody::Cancel { reason } => Order::Cancel { reason: text("reason", reason)? },
            ActBody::Assign { to } => Order::Assign { to },
            ActBody::Comment { text: said } => Order::Comment { text: text("text", said)? },
            ActBody::Group { with } => Order::Group { with },
            ActBody::SecondOpinion { outcome, reason } => {
                Order::SecondOpinion { outcome, reason: text("reason", reason)? }
            }
            ActBody::Undo {} => Order::Undo,
        })
    }

    /// Its name, as in the body.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            ActBody::Claim {} => "claim",
            ActBody::Release {} => "release",
            ActBody::Snooze { .. } => "snooze",
            ActBody::Decide { .. } => "decide",
            ActBody::Notify { .. } => "notify",
            ActBody::Answer { .. } => "answer",
            ActBody::Approve { .. } => "approve",
            ActBody::SendBack { .. } => "send-back",
            ActBody::Appeal { .. } => "appeal",
            ActBody::DecideAppeal { .. } => "decide-appeal",
            ActBody::Reopen { .. } => "reopen",
            ActBody::Complete { .. } => "complete",
            ActBody::Cancel { .. } => "cancel",
            ActBody::Assign { .. } => "assign",
            ActBody::Comment { .. } => "comment",
            ActBody::Group { .. } => "group",
            ActBody::SecondOpinion { .. } => "second-opinion",
            ActBody::Undo {} => "undo",
        }
    }
}

/// A text in people's own words, fit for the log.
///
/// # Errors
/// When it is too long, or a number of somebody is in it.
pub(crate) fn text(field: &str, text: String) -> Result<String, Problem> {
    let wrong = |what: String| Err(Problem::new(ProblemType::Body, what).at(format!("/{field}")));
    if text.chars().count() > TEXT_MAX_CHARACTERS {
        return wrong(format!("expected a text of at most {TEXT_MAX_CHARACTERS} characters"));
    }
    // Such texts stay in the log for good, in plain text.
    if holds_personal_number(&text) {
        return wrong(
            "expected a text without ID and mobile numbers, and without digits that look like one: it stands already \
             whom it is about"
                .to_owned(),
        );
    }
    Ok(text)
}

/// The largest body of an act: a text of 2,000 characters, each escaped, with room to spare.
pub(crate) const BODY_MAX_BYTES: usize = 64 * 1024;

/// Reads a body of JSON.
///
/// # Errors
/// When it is something else.
pub(crate) fn read_json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<T, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(ProblemType::MediaType, "expected content-type: application/json"));
    }
    let body = body.map_err(|rejection| body_problem(&rejection, "64 KiB"))?;
    serde_json::from_slice(&body).map_err(|error| Problem::new(ProblemType::Body, json_fault(&error)))
}

/// Why a body did not arrive.
pub(crate) fn body_problem(rejection: &BytesRejection, limit: &str) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(ProblemType::TooLarge, format!("a body of at most {limit} is taken: send less at once"))
    } else {
        Problem::new(ProblemType::Body, "the body broke off: send the request again")
    }
}
