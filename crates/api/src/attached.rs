//! Files beside an alert or a task. They lie in the vault, under the key of whom the item is about.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, Path, Query, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sanzao_access::Permission;
use sanzao_audit::Action;
use sanzao_model::{
    AttachmentId, Command, CommandKey, Instant, ItemId, Order, RefusalCode, SubjectId, WorkEvent,
};
use sanzao_readmodel::{Answer, Detail, Kind};
use sanzao_vault::{About, Content, File, FileName, MOST_FILE_BYTES, MediaType, NewAttachment};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

use crate::act::body_problem;
use crate::backend::Backend;
use crate::caller::Caller;
use crate::command::{answered, pending, submit};
use crate::command_key::{command_key, content_fingerprint};
use crate::event::BODY_TIMEOUT;
use crate::item::{PathId, look_up, no_such};
use crate::keeping::{access, attachment_id, keep, require_same};
use crate::on_record::{about, entry};
use crate::person::in_vault;
use crate::problem::{Problem, ProblemType};
use crate::query_fault::wrong_query;
use crate::state::ApiState;

/// The largest file.
pub(crate) const BODY_MAX_BYTES: usize = MOST_FILE_BYTES as usize;

/// What the file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NameQuery {
    /// 1 to 120 characters without `/`, `\` and control characters.
    #[param(min_length = 1, max_length = 120, pattern = r"^[^/\\\x00-\x1f\x7f-\x9f]+$")]
    name: String,
}

/// A file beside an alert or a task.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttachedFile {
    #[schema(value_type = String, pattern = "^[0-9a-f]{32}$")]
    id: AttachmentId,
    /// Null where it is not kept any more, because whom it is about was erased.
    name: Option<String>,
    media_type: String,
    bytes: u64,
    /// Who attached it.
    by: String,
    #[schema(value_type = String, format = DateTime)]
    at: String,
}

/// Files beside an alert or a task, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttachedFiles {
    attachments: Vec<AttachedFile>,
}

/// What a browser may do with a file that it is made to show: nothing.
const SANDBOX: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// A file that was attached, as the history has it.
struct Attached {
    file: AttachmentId,
    work: u64,
    by: String,
    at: Instant,
    media_type: String,
    bytes: u64,
}

fn attached(detail: &Detail) -> impl Iterator<Item = Attached> {
    detail.history.iter().filter_map(|change| match &change.event {
        WorkEvent::Attached { attachment, .. } => Some(Attached {
            file: attachment.file,
            work: change.work,
            by: attachment.by.clone(),
            at: attachment.at,
            media_type: attachment.media_type.clone(),
            bytes: attachment.bytes,
        }),
        _ => None,
    })
}

/// Whom the item was about when something was attached: a case may have followed to another number or household.
fn holders(detail: &Detail) -> BTreeSet<SubjectId> {
    let subjects = detail.history.iter().filter_map(|change| match &change.event {
        WorkEvent::Opened(item) => Some(item.subject),
        WorkEvent::Followed { subject, .. } => Some(*subject),
        _ => None,
    });
    subjects.collect()
}

impl Attached {
    fn told(self, name: Option<String>) -> AttachedFile {
        let Attached { file, by, at, media_type, bytes, .. } = self;
        AttachedFile { id: file, name, media_type, bytes, by, at: at.to_string() }
    }
}

pub(crate) async fn attach(
    state: &ApiState,
    caller: &Caller,
    kind: Kind,
    id: &PathId,
    name: Result<Query<NameQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, Problem> {
    caller.require(Permission::ActOnWork)?;
    let Query(NameQuery { name }) = name.map_err(wrong_query)?;
    let name: FileName = name.parse()?;
    let media_type = media_type(request.headers())?;
    let key = command_key(request.headers(), caller.name())?;
    let detail = look_up(state, caller, kind, id.of(kind)?).await?;
    let _turn = state.deliveries().acquire().await.map_err(Problem::internal)?;
    let body = timeout(BODY_TIMEOUT, Bytes::from_request(request, &())).await;
    let body = body.map_err(|_| Problem::new(ProblemType::Timeout, "send the request again"))?;
    let body = body.map_err(|rejection| body_problem(&rejection, "10 MiB"))?;
    let look_into = move |_: &dyn Backend| Ok(File::new(name, media_type, body.to_vec())?);
    let file = state.block(look_into).await?;
    let upload = Upload { state, caller, kind, key, detail };
    upload.take(file).await
}

fn media_type(headers: &HeaderMap) -> Result<MediaType, Problem> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(text.unwrap_or_default().parse()?)
}

/// A file on its way to an item.
struct Upload<'a> {
    state: &'a ApiState,
    caller: &'a Caller,
    kind: Kind,
    key: CommandKey,
    detail: Detail,
}

impl Upload<'_> {
    /// Into the vault first: what the log names is there.
    async fn take(&self, file: File) -> Result<Response, Problem> {
        let item = &self.detail.item;
        let (media_type, bytes) = (file.media_type().to_string(), file.bytes().len() as u64);
        // Words of a person, and hashes of what may be few words, stay out of the log: the vault compares them.
        let fingerprint = content_fingerprint(&(item.id, "attach", &media_type, bytes));
        if let Some(known) = answered(self.state, self.key).await? {
            return self.answer(Some(file), fingerprint, known).await;
        }
        let mut record = about(entry(self.state, self.caller, Action::AttachmentAdd), item);
        record.details.insert("media-type".to_owned(), media_type.clone());
        record.details.insert("bytes".to_owned(), bytes.to_string());
        self.state.record(record).await?;
        let id = attachment_id(item.subject, self.key);
        let new = NewAttachment { id, content: Content::File(file) };
        keep(self.state, item.subject, new, access(self.state, self.caller, "为个案添加附件")).await?;
        let order = Order::Attach { file: AttachmentId(id.0), media_type, bytes };
        let (actor, at) = (self.caller.name().to_owned(), self.state.backend().now());
        let command = Command { key: self.key, fingerprint, actor, at, item: item.id, order };
        match submit(self.state, command).await? {
            Some(known) => self.answer(None, fingerprint, known).await,
            None => Ok(pending()),
        }
    }

    /// What became of it; `again` is what was sent another time.
    async fn answer(
        &self,
        again: Option<File>,
        fingerprint: [u8; 16],
        known: Answer,
    ) -> Result<Response, Problem> {
        if known.fingerprint != fingerprint {
            return Err(RefusalCode::KeyReused.into());
        }
        if let Some(code) = known.refusal {
            return Err(code.into());
        }
        let (kind, id) = (self.kind, self.detail.item.id);
        let detail = self.state.ask(move |reader| reader.item(kind, &id, Some(known.work))).await?;
        let detail = detail.ok_or_else(|| no_such(kind))?;
        let attached = attached(&detail).find(|attached| attached.work == known.work);
        let attached = attached.ok_or_else(|| Problem::internal("work attaches nothing"))?;
        if let Some(file) = again {
            let kept = sanzao_vault::AttachmentId(attached.file.0);
            let access = access(self.state, self.caller, "核对重复提交的附件");
            require_same(self.state, kept, Content::File(file), access).await?;
            let read = about(entry(self.state, self.caller, Action::ReadCase), &self.detail.item);
            self.state.record(read).await?;
        }
        let names = names(self.state, &detail).await?;
        let name = names.get(&attached.file.0).cloned();
        let location = format!("/v1/{}/{id}/attachments/{}", collection(kind), attached.file);
        let body = Json(attached.told(name));
        Ok((StatusCode::CREATED, [(header::LOCATION, location)], body).into_response())
    }
}

fn collection(kind: Kind) -> &'static str {
    match kind {
        Kind::Alert => "alerts",
        Kind::Task => "tasks",
    }
}

/// What the files of an item are called, as far as they are kept.
async fn names(state: &ApiState, detail: &Detail) -> Result<HashMap<[u8; 16], String>, Problem> {
    let holders = holders(detail);
    let look = move |backend: &dyn Backend| {
        in_vault(backend, |vault| {
            let mut names = HashMap::new();
            for holder in holders {
                for meta in vault.attachments_of(holder)? {
                    if let About::File { name, .. } = meta.about {
                        names.insert(meta.id.0, name.as_str().to_owned());
                    }
                }
            }
            Ok(names)
        })
    };
    state.block(look).await
}

pub(crate) async fn list(
    state: &ApiState,
    caller: &Caller,
    kind: Kind,
    id: &PathId,
) -> Result<Response, Problem> {
    caller.require(Permission::ReadWork)?;
    let detail = look_up(state, caller, kind, id.of(kind)?).await?;
    // Names of files tell something of a case.
    state.record(about(entry(state, caller, Action::ReadCase), &detail.item)).await?;
    let mut names = match attached(&detail).next() {
        Some(_) => names(state, &detail).await?,
        None => HashMap::new(),
    };
    let attachments = attached(&detail).map(|attached| {
        let name = names.remove(&attached.file.0);
        attached.told(name)
    });
    Ok(Json(AttachedFiles { attachments: attachments.collect() }).into_response())
}

/// Opens a file, on record.
pub(crate) async fn open(
    state: &ApiState,
    caller: &Caller,
    kind: Kind,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, Problem> {
    caller.require(Permission::ReadWork)?;
    let none = || Problem::not_found("attachment");
    let Path((id, file)) = path.map_err(|_| none())?;
    let id: ItemId = id.parse().map_err(|_| no_such(kind))?;
    let detail = look_up(state, caller, kind, id).await?;
    let file: AttachmentId = file.parse().map_err(|_| none())?;
    if !attached(&detail).any(|attached| attached.file == file) {
        return Err(none());
    }
    let mut record = about(entry(state, caller, Action::AttachmentRead), &detail.item);
    record.details.insert("attachment".to_owned(), file.to_string());
    state.record(record).await?;
    let access = access(state, caller, "查看个案的附件");
    let kept = sanzao_vault::AttachmentId(file.0);
    let look = move |backend: &dyn Backend| in_vault(backend, |vault| vault.attachment(kept, &access));
    let Content::File(file) = state.block(look).await?.ok_or_else(none)?.content else {
        return Err(Problem::internal("a report is kept where a file should be"));
    };
    let media_type = match file.media_type() {
        MediaType::Text => "text/plain; charset=utf-8",
        other => other.as_str(),
    };
    let name = utf8_percent_encode(file.name().as_str(), NON_ALPHANUMERIC);
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
    ];
    Ok((headers, file.bytes().to_vec()).into_response())
}
