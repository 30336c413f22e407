//! Whether the platform lives, is ready, and what it counts; and the description of the API itself. All
//! without a token, and without anything about people.

use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use crate::backend::Health;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// All is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    #[schema(value_type = String, example = "ready")]
    status: &'static str,
    /// When the bureau was last evaluated: where several processes share the work, each knows whether its own stages are
    /// ready, and of those elsewhere this alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    evaluated: Option<String>,
}

/// Whether the process answers at all.
#[utoipa::path(get, path = "/livez", operation_id = "livez", tag = "operation",
    responses((status = 200, description = "It lives", body = Status)))]
pub(crate) async fn livez() -> Json<Status> {
    Json(Status { status: "live", evaluated: None })
}

/// Whether it answers with what is current, as far as the stages of this process go.
#[utoipa::path(get, path = "/readyz", operation_id = "readyz", tag = "operation",
    responses(
        (status = 200, description = "It is ready", body = Status),
        (status = 503, description = "It is not, and why", body = ProblemBody,
            content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ))]
pub(crate) async fn readyz(State(state): State<ApiState>) -> Result<Json<Status>, Problem> {
    told(state.backend().health())
}

/// What a process without an API tells of itself.
#[derive(Clone)]
pub struct Probes {
    /// Whether it works on what is current.
    pub health: Arc<dyn Fn() -> Health + Send + Sync>,
    /// Metrics as Prometheus text, each line ended.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

impl Probes {
    /// `/livez`, `/readyz` and `/metrics`, as the API has them.
    pub(crate) fn router(self) -> Router {
        let ready = |State(probes): State<Probes>| async move { told((probes.health)()) };
        let metrics = |State(probes): State<Probes>| async move { prometheus((probes.metrics)()) };
        let routes = Router::new().route("/livez", get(livez)).route("/readyz", get(ready));
        routes.route("/metrics", get(metrics)).with_state(self)
    }
}

fn told(health: Health) -> Result<Json<Status>, Problem> {
    match health.reasons.is_empty() {
        true => {
            let evaluated = health.evaluated.map(|at| at.to_string());
            Ok(Json(Status { status: "ready", evaluated }))
        }
        false => Err(Problem::not_ready(health.reasons)),
    }
}

fn prometheus(text: String) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

/// Metrics of all stages and of this API, as Prometheus text.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "operation",
    responses((status = 200, description = "Metrics", body = String, content_type = "text/plain; version=0.0.4")))]
pub(crate) async fn metrics(State(state): State<ApiState>) -> impl IntoResponse {
    prometheus(state.backend().metrics() + &state.metrics().text())
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "operation",
    responses((status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json")))]
pub(crate) async fn openapi_json() -> impl IntoResponse {
    static DOCUMENT: LazyLock<String> = LazyLock::new(crate::document::openapi);
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str())
}
