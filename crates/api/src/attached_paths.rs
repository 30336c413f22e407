//! The endpoints of files beside alerts, and beside tasks.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use sanzao_readmodel::Kind;

use crate::attached::{AttachedFile, AttachedFiles, NameQuery, attach, list, open};
use crate::caller::Caller;
use crate::command::Pending;
use crate::item::PathId;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

macro_rules! attachments {
    ($kind:expr, $one:literal, $attach:ident, $list:ident, $open:ident, $all:literal, $file:literal,
        $attach_id:literal, $list_id:literal, $open_id:literal) => {
        /// Puts a file beside it: a JPEG or PNG image, a PDF document or a text in UTF-8, which is looked into first. The
        /// same request under the same key keeps nothing twice.
        #[utoipa::path(post, path = $all, operation_id = $attach_id, tag = "work",
            params(
                ("id" = String, Path, description = concat!("The id of the ", $one), pattern = "^[0-9a-f]{32}$"),
                NameQuery,
                ("Idempotency-Key" = String, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$",
                    description = "New for each file; the same key again gives the same answer"),
            ),
            request_body(
                description = "The file, of at most 10 MiB",
                content(
                    (String = "image/jpeg"), (String = "image/png"), (String = "application/pdf"),
                    (String = "text/plain"),
                ),
            ),
            responses(
                (status = 201, description = "It is kept", body = AttachedFile,
                    headers(("Location" = String, description = "The file"))),
                (status = 202, description = "Not yet attached: send it again with the same key", body = Pending,
                    headers(("Retry-After" = u32, description = "Seconds"))),
                (status = 400, description = "Idempotency-Key or name is missing or wrong", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 404, description = concat!("No such ", $one), body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 408, description = "The body took longer than a minute to arrive", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 413, description = "The file is larger than 10 MiB", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 415, description = "Files of this content type are not taken, or the body has a content \
                    encoding", body = ProblemBody, content_type = "application/problem+json"),
                (status = 422, description = "The file is not what its content type says, does something when it is \
                    opened, or cannot be looked into; there are too many; or the key was used for another request",
                    body = ProblemBody, content_type = "application/problem+json"),
            ),
            security(("token" = []), ("session" = [])))]
        pub(crate) async fn $attach(
            State(state): State<ApiState>,
            caller: Caller,
            id: PathId,
            name: Result<Query<NameQuery>, QueryRejection>,
            request: Request,
        ) -> Result<Response, Problem> {
            attach(&state, &caller, $kind, &id, name, request).await
        }

        /// The files beside it, the oldest first.
        #[utoipa::path(get, path = $all, operation_id = $list_id, tag = "work",
            params(
                ("id" = String, Path, description = concat!("The id of the ", $one), pattern = "^[0-9a-f]{32}$"),
            ),
            responses(
                (status = 200, description = "The files", body = AttachedFiles),
                (status = 404, description = concat!("No such ", $one), body = ProblemBody,
                    content_type = "application/problem+json"),
            ),
            security(("token" = []), ("session" = [])))]
        pub(crate) async fn $list(
            State(state): State<ApiState>,
            caller: Caller,
            id: PathId,
        ) -> Result<Response, Problem> {
            list(&state, &caller, $kind, &id).await
        }

        /// A file beside it, as it was sent. Each time it is opened stands on record.
        #[utoipa::path(get, path = $file, operation_id = $open_id, tag = "work",
            params(
                ("id" = String, Path, description = concat!("The id of the ", $one), pattern = "^[0-9a-f]{32}$"),
                ("file" = String, Path, description = "The id of the file", pattern = "^[0-9a-f]{32}$"),
            ),
            responses(
                (status = 200, description = "The file, to be saved",
                    content(
                        (String = "image/jpeg"), (String = "image/png"), (String = "application/pdf"),
                        (String = "text/plain"),
                    ),
                    headers(("Content-Disposition" = String, description = "attachment, with its name"))),
                (status = 404, description = "No such item or file, or it is not kept any more",
                    body = ProblemBody, content_type = "application/problem+json"),
            ),
            security(("token" = []), ("session" = [])))]
        pub(crate) async fn $open(
            State(state): State<ApiState>,
            caller: Caller,
            path: Result<Path<(String, String)>, PathRejection>,
        ) -> Result<Response, Problem> {
            open(&state, &caller, $kind, path).await
        }
    };
}

attachments!(
    Kind::Alert,
    "alert",
    attach_to_alert,
    of_alert,
    open_of_alert,
    "/v1/alerts/{id}/attachments",
    "/v1/alerts/{id}/attachments/{file}",
    "attach_to_alert",
    "list_attachments_of_alert",
    "get_attachment_of_alert"
);
attachments!(
    Kind::Task,
    "task",
    attach_to_task,
    of_task,
    open_of_task,
    "/v1/tasks/{id}/attachments",
    "/v1/tasks/{id}/attachments/{file}",
    "attach_to_task",
    "list_attachments_of_task",
    "get_attachment_of_task"
);
