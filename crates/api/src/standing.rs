//! Where an item stands, and what people have arranged about it, as clients see it.

use sanzao_model::{
    AlertState, Appeal, Closure, Completion, Day, Decision, Handling, ItemId, ItemState, Notice, NoticeMeans,
    Outcome, Proof, ReportSource, Second, TaskState,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::vocabulary;

/// Where an item stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Standing {
    #[schema(schema_with = vocabulary::state)]
    pub(crate) state: &'static str,
    pub(crate) state_details: StateDetails,
}

/// What belongs to the state; the rest is left out.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct StateDetails {
    /// Whose doing the state is: who claimed, put off, decided, did or cancelled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    at: Option<String>,
    /// Decided, closed, appealed: what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = vocabulary::outcome, required = false)]
    outcome: Option<Outcome>,
    /// Why, in people's own words; of what was done, what was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Decided, closed, appealed: from this day on it is raised again if it is found, whatever the evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    reopen_on: Option<Day>,
    /// Snoozed: until this day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Day>,
    /// Withdrawn, overdue, reported, done, missed: the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    on: Option<Day>,
    /// Withdrawn: why, and what clears such a situation, in Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    /// Done: whether data show it, or only whoever did it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown_by_data: Option<bool>,
    /// Decided, closed, appealed: what the family was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = NoticeBody, required = false)]
    notice: Option<NoticeBody>,
    /// Closed, appealed: who approved the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<String>,
    /// Closed, appealed: how many appeals were decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    appeals: Option<u32>,
    /// Appealed: what the family says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = AppealBody, required = false)]
    appeal: Option<AppealBody>,
}

/// What the family was told of a decision on a review.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
pub(crate) struct NoticeBody {
    by: String,
    #[schema(value_type = String, format = Date)]
    sent_on: Day,
    #[schema(schema_with = vocabulary::notice_means)]
    means: NoticeMeans,
    #[schema(value_type = String, format = Date)]
    answer_by: Day,
    /// The day they answered.
    #[schema(value_type = Option<String>, format = Date)]
    answered_on: Option<Day>,
    agrees: Option<bool>,
    /// What they said.
    answer: Option<String>,
}

/// That a family disagrees.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Appeal)]
pub(crate) struct AppealBody {
    by: String,
    #[schema(value_type = String, format = Date)]
    on: Day,
    /// The day by which it is to be decided.
    #[schema(value_type = String, format = Date)]
    due: Day,
    /// What they said.
    text: Option<String>,
}

/// What people have arranged about an item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HandlingBody {
    /// Whose it is.
    assignee: Option<String>,
    /// Since when whoever supervises is told of it.
    #[schema(value_type = Option<String>, format = Date)]
    escalated_on: Option<Day>,
    /// The item that gives the card its id on which it stands with others.
    #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{32}$")]
    card: Option<ItemId>,
    second_review: Option<SecondReviewBody>,
    /// Who told of it, where somebody outside did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = vocabulary::report_source, required = false)]
    reported_by: Option<ReportSource>,
}

/// The second review of a closed alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecondReview)]
pub(crate) struct SecondReviewBody {
    /// Whether it is still to be done: by somebody who does not know the decision.
    is_due: bool,
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = vocabulary::outcome, required = false)]
    outcome: Option<Outcome>,
    reason: Option<String>,
    /// Whether the decision has the same outcome.
    agrees: Option<bool>,
}

impl From<ItemState> for Standing {
    fn from(standing: ItemState) -> Standing {
        let state = standing.as_str();
        let state_details = match standing {
            ItemState::Alert(state) => of_alert(state),
            ItemState::Task(state) => of_task(state),
        };
        Standing { state, state_details }
    }
}

fn of_alert(state: AlertState) -> StateDetails {
    let none = StateDetails::default();
    match state {
        AlertState::Open => none,
        AlertState::Claimed { by, at } => StateDetails { by: Some(by), at: Some(at.to_string()), ..none },
        AlertState::Snoozed { by, at, until, reason } => StateDetails {
            by: Some(by),
            at: Some(at.to_string()),
            until: Some(until),
            reason: Some(reason),
            ..none
        },
        AlertState::Decided { decision, notice } => {
            StateDetails { notice: notice.map(|notice| (*notice).into()), ..decided(*decision) }
        }
        AlertState::Closed(closure) => closed(*closure),
        AlertState::Appealed { closure, appeal } => {
            let Appeal { by, at: _, on, text, due } = *appeal;
            StateDetails { appeal: Some(AppealBody { by, on, due, text: Some(text) }), ..closed(*closure) }
        }
        AlertState::Withdrawn { on, cause } => StateDetails { on: Some(on), cause: Some(cause), ..none },
    }
}

fn decided(decision: Decision) -> StateDetails {
    let Decision { by, at, outcome, reason, reopen_on } = decision;
    StateDetails {
        by: Some(by),
        at: Some(at.to_string()),
        outcome: Some(outcome),
        reason: Some(reason),
        reopen_on,
        ..StateDetails::default()
    }
}

fn closed(closure: Closure) -> StateDetails {
    let Closure { decision, notice, approval, appeals } = closure;
    StateDetails {
        notice: notice.map(NoticeBody::from),
        approved_by: approval.map(|approval| approval.by),
        appeals: Some(appeals),
        ..decided(decision)
    }
}

fn of_task(state: TaskState) -> StateDetails {
    let none = StateDetails::default();
    let done = |completion: Completion| {
        let Completion { by, at, on, seen } = completion;
        StateDetails {
            by: Some(by),
            at: Some(at.to_string()),
            on: Some(on),
            reason: Some(seen),
            ..StateDetails::default()
        }
    };
    match state {
        TaskState::Planned | TaskState::Due => none,
        TaskState::Overdue { on } | TaskState::Missed { on } => StateDetails { on: Some(on), ..none },
        TaskState::Reported(completion) => done(completion),
        TaskState::Done { on, proof } => {
            let (completion, shown_by_data) = match proof {
                Proof::Data(completion) => (completion, true),
                Proof::Word(completion) => (Some(completion), false),
            };
            let details = completion.map_or(none, done);
            StateDetails { on: Some(on), shown_by_data: Some(shown_by_data), ..details }
        }
        TaskState::Cancelled { by, at, reason } => {
            StateDetails { by: Some(by), at: Some(at.to_string()), reason: Some(reason), ..none }
        }
    }
}

impl From<Notice> for NoticeBody {
    fn from(notice: Notice) -> NoticeBody {
        let Notice { by, at: _, sent_on, means, answer_by, answer } = notice;
        let (answered_on, agrees) =
            (answer.as_ref().map(|answer| answer.on), answer.as_ref().map(|answer| answer.agrees));
        let answer = answer.map(|answer| answer.text);
        NoticeBody { by, sent_on, means, answer_by, answered_on, agrees, answer }
    }
}

impl From<Handling> for HandlingBody {
    fn from(handling: Handling) -> HandlingBody {
        let Handling { assignee, escalated_on, card, second, report } = handling;
        let second_review = second.map(|second| match second {
            Second::Drawn => {
                SecondReviewBody { is_due: true, by: None, outcome: None, reason: None, agrees: None }
            }
            Second::Given(opinion) => SecondReviewBody {
                is_due: false,
                by: Some(opinion.by),
                outcome: Some(opinion.outcome),
                reason: Some(opinion.reason),
                agrees: Some(opinion.agrees),
            },
        });
        HandlingBody { assignee, escalated_on, card, second_review, reported_by: report }
    }
}

impl Standing {
    /// Leaves out what people wrote in their own words.
    pub(crate) fn leave_out_words(&mut self) {
        let details = &mut self.state_details;
        details.reason = None;
        if let Some(notice) = &mut details.notice {
            notice.answer = None;
        }
        if let Some(appeal) = &mut details.appeal {
            appeal.text = None;
        }
    }

    /// Leaves out what tells of the rule as well.
    pub(crate) fn leave_out_cause(&mut self) {
        self.state_details.cause = None;
    }

    /// When people moved it there, where they did.
    pub(crate) fn at(&self) -> Option<String> {
        self.state_details.at.clone()
    }
}

impl HandlingBody {
    /// Leaves out what people wrote in their own words.
    pub(crate) fn leave_out_words(&mut self) {
        if let Some(second) = &mut self.second_review {
            second.reason = None;
        }
    }
}
