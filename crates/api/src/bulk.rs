//! One act on many alerts and tasks. Each is a command of its own, and is told of by itself.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use sanzao_audit::Action;
use sanzao_casework::refusal;
use sanzao_model::{Command, CommandKey, Day, ItemId, Order, RefusalCode};
use sanzao_readmodel::{Answer, Detail, Kind};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::act::{ActBody, read_json};
use crate::caller::Caller;
use crate::command::{
    OUTCOME_WAIT, answered, permission, projected, require_colleague, require_seen, sees, sees_nothing,
};
use crate::command_key::{command_key, fingerprint, part_key};
use crate::etag::{etag, is_tag_of};
use crate::on_record::{self, about, entry};
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::refusals::{OUTSIDE_SCOPE, refused_for};
use crate::state::ApiState;
use crate::vocabulary;

/// The most items of one request: a page that somebody has looked over.
const MOST_ITEMS: usize = 200;

/// What can be done to many at once: what asks nobody to look at each case. Without a text, each item is refused that
/// needs one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum BulkAct {
    /// Alerts: take them to work on.
    Claim {},
    /// Alerts: give them back.
    Release {},
    /// Alerts that one has claimed: put them off.
    Snooze {
        #[schema(value_type = String, format = Date)]
        until: Day,
        #[schema(max_length = 2000)]
        reason: String,
    },
    /// Make them somebody's, or nobody's. Who supervises may; anybody may make nobody's their own.
    Assign {
        /// An account, or null; never left out.
        #[serde(deserialize_with = "Option::deserialize")]
        #[schema(required = true, pattern = "^[a-z0-9._-]{1,64}$")]
        to: Option<String>,
    },
    /// Write something beside each.
    Comment {
        #[schema(max_length = 2000)]
        text: String,
    },
    /// Tasks: they are not to be done. Who supervises may.
    Cancel {
        #[schema(max_length = 2000)]
        reason: String,
    },
    /// Put them on the card of another, or take each off its card.
    Group {
        #[schema(value_type = Option<String>, pattern = "^[0-9a-f]{32}$")]
        with: Option<ItemId>,
    },
}

impl From<BulkAct> for ActBody {
    fn from(act: BulkAct) -> ActBody {
        match act {
            BulkAct::Claim {} => ActBody::Claim {},
            BulkAct::Release {} => ActBody::Release {},
            BulkAct::Snooze { until, reason } => ActBody::Snooze { until, reason },
            BulkAct::Assign { to } => ActBody::Assign { to },
            BulkAct::Comment { text } => ActBody::Comment { text },
            BulkAct::Cancel { reason } => ActBody::Cancel { reason },
            BulkAct::Group { with } => ActBody::Group { with },
        }
    }
}

/// What to do to which items.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkBody {
    act: BulkAct,
    /// Alerts and tasks, each once.
    #[schema(schema_with = vocabulary::items)]
    items: Vec<ItemId>,
    /// True only tells what would happen.
    preview: bool,
    /// The versions for which it is meant, as their ETags say; any version of items that are not named here.
    #[serde(default)]
    #[schema(schema_with = vocabulary::versions, required = false)]
    versions: BTreeMap<ItemId, String>,
}

/// What became of each item, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkReport {
    items: Vec<BulkItem>,
}

/// What became of one item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkItem {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    item: ItemId,
    outcome: BulkOutcome,
    /// Refused: the kind of problem, as the last part of its type.
    code: Option<String>,
    /// Refused, pending: what to do.
    detail: Option<String>,
    /// Done: its version now, as its ETag says.
    version: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BulkOutcome {
    /// Of a preview: it would be done, as far as can be told now.
    Possible,
    Done,
    Refused,
    /// It is safe in the log, and what became of it is not yet known: send the request again with the same key.
    Pending,
}

/// Does one thing to many alerts and tasks, or tells what would happen. Each item is a command of its own: some may be
/// done and others refused. The same request under the same key goes on where it was, and does nothing twice.
#[utoipa::path(post, path = "/v1/acts", operation_id = "act_on_many", tag = "work",
    params(("Idempotency-Key" = String, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$",
        description = "New for each request; a preview uses none up")),
    request_body = BulkBody,
    responses(
        (status = 200, description = "What became of each item", body = BulkReport),
        (status = 400, description = "Idempotency-Key or body is missing or wrong", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 404, description = "The item to group with is not there", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 64 KiB", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = 415, description = "The body is not application/json, or has a content encoding",
            body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn act_on_many(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<BulkReport>, Problem> {
    let BulkBody { act, items, preview, versions } = read_json(&headers, body)?;
    let act = ActBody::from(act);
    caller.require(permission(&act, &caller))?;
    check(&items, &versions)?;
    let key = command_key(&headers, caller.name())?;
    let order = act.order(false).map_err(|problem| problem.within("/act"))?;
    match &act {
        ActBody::Assign { to: Some(to) } => {
            require_colleague(&state, to).map_err(|problem| problem.within("/act"))?;
        }
        ActBody::Group { with: Some(with) } => require_seen(&state, &caller, *with).await?,
        _ => {}
    }
    let bulk = Bulk { state: &state, caller: &caller, key, act: &act, order, versions: &versions };
    let items = if preview { bulk.preview(&items).await? } else { bulk.carry_out(&items).await? };
    Ok(Json(BulkReport { items }))
}

fn check(items: &[ItemId], versions: &BTreeMap<ItemId, String>) -> Result<(), Problem> {
    let wrong = |what: &str, pointer: &str| Err(Problem::new(ProblemType::Body, what).at(pointer.into()));
    let once: BTreeSet<&ItemId> = items.iter().collect();
    if !(1..=MOST_ITEMS).contains(&items.len()) {
        return wrong("expected 1 to 200 items: send more requests, each with its own key", "/items");
    }
    if once.len() < items.len() {
        return wrong("expected each item once", "/items");
    }
    if versions.keys().any(|item| !once.contains(item)) {
        return wrong("expected versions of the items alone", "/versions");
    }
    Ok(())
}

struct Bulk<'a> {
    state: &'a ApiState,
    caller: &'a Caller,
    key: CommandKey,
    act: &'a ActBody,
    order: Order,
    versions: &'a BTreeMap<ItemId, String>,
}

/// How far the command of one item is.
enum Step {
    /// It is refused before it is one.
    Refused(Problem),
    /// It was answered before.
    Answered(Answer),
    /// It lies in the log at this offset.
    Sent(u64),
}

impl Bulk<'_> {
    async fn preview(&self, items: &[ItemId]) -> Result<Vec<BulkItem>, Problem> {
        let (at, mut told) = (self.state.backend().now(), Vec::with_capacity(items.len()));
        for item in items {
            told.push(match self.look_up(*item).await? {
                Ok(detail) => {
                    let today = at.day_in_china();
                    match refusal(&detail.item, &self.order, self.caller.name(), at, today) {
                        Some(code) => refused(*item, &code.into()),
                        None => BulkItem::new(*item, BulkOutcome::Possible),
                    }
                }
                Err(problem) => refused(*item, &problem),
            });
        }
        Ok(told)
    }

    /// All are sent before any is waited for.
    async fn carry_out(&self, items: &[ItemId]) -> Result<Vec<BulkItem>, Problem> {
        let _turns = self.state.turn(items).await;
        let mut steps = Vec::with_capacity(items.len());
        for item in items {
            steps.push(self.begin(*item).await?);
        }
        let deadline = Instant::now() + OUTCOME_WAIT;
        let mut told = Vec::with_capacity(items.len());
        for (item, step) in items.iter().zip(steps) {
            told.push(match step {
                Step::Refused(problem) => refused(*item, &problem),
                Step::Answered(answer) => self.outcome(*item, answer).await?,
                Step::Sent(offset) if projected(self.state, offset, deadline).await => {
                    let answer = answered(self.state, self.key_of(*item)).await?;
                    let answer = answer.ok_or_else(|| Problem::internal("work does not answer"))?;
                    self.outcome(*item, answer).await?
                }
                Step::Sent(_) => BulkItem {
                    detail: Some("send the request again with the same key".to_owned()),
                    ..BulkItem::new(*item, BulkOutcome::Pending)
                },
            });
        }
        Ok(told)
    }

    async fn begin(&self, item: ItemId) -> Result<Step, Problem> {
        let key = self.key_of(item);
        if let Some(answer) = answered(self.state, key).await? {
            return Ok(Step::Answered(answer));
        }
        let detail = match self.look_up(item).await? {
            Ok(detail) => detail,
            Err(problem) => return Ok(Step::Refused(problem)),
        };
        let action = Action::Command { order: self.act.name().to_owned() };
        self.state.record(about(entry(self.state, self.caller, action), &detail.item)).await?;
        let command = Command {
            key,
            fingerprint: fingerprint(&item, self.act),
            actor: self.caller.name().to_owned(),
            at: self.state.backend().now(),
            item,
            order: self.order.clone(),
        };
        let submit = self.state.block(move |backend| Ok(backend.submit_command(command)?));
        Ok(Step::Sent(submit.await?))
    }

    fn key_of(&self, item: ItemId) -> CommandKey {
        part_key(self.key, &item.0)
    }

    /// The item, if the caller may see it and it is of the version that is meant; or why not.
    async fn look_up(&self, id: ItemId) -> Result<Result<Detail, Problem>, Problem> {
        // Asked first: what is projected between the two questions is found.
        let has_projected = self.state.has_projected();
        let Some(detail) = self.detail(id, None).await? else {
            let problem = Problem::not_found("alert or task");
            return if has_projected { Ok(Err(problem)) } else { Err(Problem::not_known_yet("all items")) };
        };
        if let ActBody::Assign { to: Some(to) } = self.act
            && !sees(self.state, to, &detail.item)
        {
            return Ok(Err(sees_nothing().within("/act")));
        }
        let is_meant = self.versions.get(&id).is_none_or(|tag| is_tag_of(tag, detail.changed));
        match is_meant {
            true => Ok(Ok(detail)),
            false if !has_projected => Err(Problem::not_known_yet("the newest version")),
            false => {
                let text = "it has changed since the version that is meant: look at it again";
                Ok(Err(Problem::new(ProblemType::Precondition, text)))
            }
        }
    }

    async fn detail(&self, id: ItemId, as_of: Option<u64>) -> Result<Option<Detail>, Problem> {
        let found = self.state.ask(move |reader| match reader.item(Kind::Alert, &id, as_of)? {
            Some(detail) => Ok(Some(detail)),
            None => reader.item(Kind::Task, &id, as_of),
        });
        let found = found.await?;
        if let Some(outside) = found.as_ref().filter(|it| !self.caller.scope.contains(it.item.division)) {
            let told = about(entry(self.state, self.caller, Action::Refusal), &outside.item);
            self.state.note_aside(refused_for(told, OUTSIDE_SCOPE));
            return Ok(None);
        }
        Ok(found)
    }

    async fn outcome(&self, item: ItemId, answer: Answer) -> Result<BulkItem, Problem> {
        if answer.fingerprint != fingerprint(&item, self.act) {
            return Ok(refused(item, &RefusalCode::KeyReused.into()));
        }
        if let Some(code) = answer.refusal {
            let problem = Problem::from(code);
            if let Some(detail) = self.detail(item, None).await? {
                let action = Action::Command { order: self.act.name().to_owned() };
                let told = about(entry(self.state, self.caller, action), &detail.item);
                self.state.note(on_record::refused(told, &problem)).await;
            }
            return Ok(refused(item, &problem));
        }
        Ok(match self.detail(item, Some(answer.work)).await? {
            None => refused(item, &Problem::not_found("alert or task")),
            Some(detail) => {
                let version = etag(detail.changed).to_str().ok().map(str::to_owned);
                BulkItem { version, ..BulkItem::new(item, BulkOutcome::Done) }
            }
        })
    }
}

impl BulkItem {
    fn new(item: ItemId, outcome: BulkOutcome) -> BulkItem {
        BulkItem { item, outcome, code: None, detail: None, version: None }
    }
}

fn refused(item: ItemId, problem: &Problem) -> BulkItem {
    let (code, detail) = (Some(problem.code()), Some(problem.detail().to_owned()));
    BulkItem { code, detail, ..BulkItem::new(item, BulkOutcome::Refused) }
}
