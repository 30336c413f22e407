//! Verification requests (核对) as clients see them.

use std::collections::BTreeMap;

use sanzao_exchange::{Answer, AnswerCode, Point, Question, RequestId, RequestState, VerificationRequest};
use sanzao_model::{Day, Feed, ItemId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::mask::{Masks, PersonBody, masked};
use crate::vocabulary;

/// What departments are to be asked about somebody of an alert or a task. Each question is one department's; all of them
/// together are what a re-check of home care rests on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VerificationAsk)]
pub(crate) struct AskBody {
    /// One to four, each once. One that the department has not answered yet is not asked again.
    #[schema(schema_with = vocabulary::questions)]
    pub(crate) questions: Vec<Question>,
    /// The last day to answer: a working day, today or later, within 90 days.
    #[schema(value_type = String, format = Date)]
    pub(crate) deadline: Day,
    /// About whom, where the item is about several people; the pseudonym.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{32}$")]
    pub(crate) person: Option<String>,
}

/// Verification requests.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerificationList {
    /// The newest first.
    pub(crate) items: Vec<VerificationBody>,
    /// Where to read on: `after` of the next page; null at the end.
    #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{32}$")]
    pub(crate) next: Option<RequestId>,
}

/// A verification request. A department sees no more than it needs to answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verification)]
pub(crate) struct VerificationBody {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    id: RequestId,
    #[schema(schema_with = vocabulary::question)]
    question: Question,
    /// What the answer is to say, point by point.
    #[schema(schema_with = vocabulary::points)]
    points: Vec<Point>,
    /// The department that is asked.
    #[schema(schema_with = vocabulary::feed)]
    department: Feed,
    #[schema(format = DateTime)]
    asked_at: String,
    /// The last day to answer.
    #[schema(value_type = String, format = Date)]
    deadline: Day,
    #[schema(schema_with = vocabulary::request_state)]
    state: &'static str,
    /// When the department got it; null before.
    #[schema(format = DateTime)]
    delivered_at: Option<String>,
    answer: Option<GivenAnswer>,
    /// For the bureau: the alert or task, about whom it is, and who asks. Null for departments.
    bureau: Option<BureauView>,
    /// For the department that is asked, of one request that is open: about whom. Null in lists and for the bureau.
    person: Option<IdentityBody>,
}

/// What only the bureau sees of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VerificationOfBureau)]
pub(crate) struct BureauView {
    /// The alert or task.
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    item: ItemId,
    /// About whom, masked.
    people: Vec<PersonBody>,
    /// The account that asks.
    asked_by: String,
    /// The account that took it back; null otherwise.
    cancelled_by: Option<String>,
}

/// Who somebody is, for the department that is asked.
#[derive(Serialize, ToSchema)]
#[schema(as = VerificationPerson)]
pub(crate) struct IdentityBody {
    /// The document number.
    pub(crate) id_number: String,
    /// The name.
    pub(crate) name: String,
}

impl std::fmt::Debug for IdentityBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdentityBody(…)")
    }
}

/// An answer as a department sends it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VerificationAnswer)]
pub(crate) struct AnswerBody {
    #[schema(schema_with = vocabulary::answer_code)]
    code: AnswerCode,
    /// By point: each point of the question for `answered`, none for the others.
    values: BTreeMap<String, PointBody>,
}

/// What is said of a point.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VerificationPoint)]
pub(crate) struct PointBody {
    #[schema(schema_with = vocabulary::holds)]
    holds: sanzao_exchange::Holds,
    /// As of which day.
    #[schema(value_type = String, format = Date)]
    on: Day,
}

/// An answer that was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GivenVerificationAnswer)]
pub(crate) struct GivenAnswer {
    #[serde(flatten)]
    answer: AnswerBody,
    /// The department's account.
    by: String,
    #[schema(format = DateTime)]
    at: String,
    /// Whether the deadline had passed.
    late: bool,
}

impl AnswerBody {
    fn of(answer: &Answer) -> AnswerBody {
        let value = |(point, value): (&Point, &sanzao_exchange::Value)| {
            (point.as_str().to_owned(), PointBody { holds: value.holds, on: value.on })
        };
        AnswerBody { code: answer.code, values: answer.values.iter().map(value).collect() }
    }
}

impl VerificationBody {
    fn common(request: &VerificationRequest) -> VerificationBody {
        let (delivered, answer) = match &request.state {
            RequestState::Delivered { at } => (Some(*at), None),
            RequestState::Overdue { delivered, .. } => (*delivered, None),
            RequestState::Answered { answer, by, at, late } => {
                let (answer, by) = (AnswerBody::of(answer), by.clone());
                (None, Some(GivenAnswer { answer, by, at: at.to_string(), late: *late }))
            }
            RequestState::Asked | RequestState::Cancelled { .. } => (None, None),
        };
        VerificationBody {
            id: request.id,
            question: request.question,
            points: request.question.points().to_vec(),
            department: request.feed(),
            asked_at: request.asked_at.to_string(),
            deadline: request.deadline,
            state: request.state.as_str(),
            delivered_at: delivered.map(|at| at.to_string()),
            answer,
            bureau: None,
            person: None,
        }
    }

    /// As the bureau sees it.
    pub(crate) fn for_bureau(request: &VerificationRequest, masks: &Masks) -> VerificationBody {
        let cancelled_by = match &request.state {
            RequestState::Cancelled { by, .. } => Some(by.clone()),
            _ => None,
        };
        let people = masked(vec![request.person], masks);
        let view =
            BureauView { item: request.item, people, asked_by: request.asked_by.clone(), cancelled_by };
        VerificationBody { bureau: Some(view), ..VerificationBody::common(request) }
    }

    /// As the department sees it that is asked.
    pub(crate) fn for_department(
        request: &VerificationRequest,
        person: Option<IdentityBody>,
    ) -> VerificationBody {
        VerificationBody { person, ..VerificationBody::common(request) }
    }
}
