//! Which request goes where.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{delete, get, post};

use crate::caller::require_account;
use crate::content_encoding::require_identity;
use crate::envelope::envelope;
use crate::problem::{Problem, ProblemType};
use crate::state::ApiState;
use crate::{
    access_log, account_list, act, attached, attached_paths, audit_list, audit_report, bulk, card,
    change_list, command, event, export, feed, health, item, list, outcomes, password, person, receipt,
    rejection, report, session, statistics, verification_command, verification_list, view, webhook,
};

/// The API.
pub fn router(state: ApiState) -> Router {
    let known = Router::new()
        .merge(queries())
        .merge(commands().layer(from_fn(require_identity)))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(state.clone(), require_account));
    // Whoever signs in is not known yet, and is told all the same that another method is none.
    let signed_in = get(session::who).delete(session::sign_out);
    let signed_in = signed_in.route_layer(from_fn_with_state(state.clone(), require_account));
    let signing_in = Router::new()
        .route("/v1/session", post(session::sign_in))
        .route("/v1/session/oidc", get(session::begin))
        .route("/v1/session/oidc/callback", get(session::finish))
        .layer(DefaultBodyLimit::max(act::BODY_MAX_BYTES));
    Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(health::openapi_json))
        .merge(known)
        .route("/v1/session", signed_in)
        .merge(signing_in.layer(from_fn(require_identity)))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(from_fn_with_state(state.clone(), envelope))
        .with_state(state)
}

/// What changes something, each with how much may be sent.
fn commands() -> Router<ApiState> {
    let orders = Router::new()
        .route("/v1/alerts/{id}/acts", post(command::on_alert))
        .route("/v1/tasks/{id}/acts", post(command::on_task))
        .route("/v1/acts", post(bulk::act_on_many))
        .route("/v1/views/{name}", get(view::get).put(view::put).delete(view::delete))
        .route("/v1/reports", post(report::report))
        .route("/v1/alerts/{id}/report/reveal", post(report::reveal))
        .route("/v1/people/search", post(person::search))
        .route("/v1/people/{person}/reveal", post(person::reveal))
        .route("/v1/people/{person}/erase", post(person::erase))
        .route("/v1/audit/verify", post(audit_report::verify))
        .route("/v1/session/password", post(password::change))
        .route("/v1/accounts/{name}/disable", post(account_list::disable))
        .route("/v1/accounts/{name}/enable", post(account_list::enable))
        .merge(exchange_commands())
        .layer(DefaultBodyLimit::max(act::BODY_MAX_BYTES));
    let files = Router::new()
        .route("/v1/alerts/{id}/attachments", post(attached_paths::attach_to_alert))
        .route("/v1/tasks/{id}/attachments", post(attached_paths::attach_to_task))
        .layer(DefaultBodyLimit::max(attached::BODY_MAX_BYTES));
    let events = Router::new()
        .route("/v1/events", post(event::post_events))
        .route("/v1/feeds/{feed}/rejections/{partition}/{offset}/repair", post(rejection::repair))
        .layer(DefaultBodyLimit::max(event::BODY_MAX_BYTES));
    orders.merge(files).merge(events)
}

/// What is shown.
fn queries() -> Router<ApiState> {
    Router::new()
        .route("/v1/alerts", get(list::alerts))
        .route("/v1/tasks", get(list::tasks))
        .route("/v1/alerts/{id}", get(item::alert))
        .route("/v1/tasks/{id}", get(item::task))
        .route("/v1/changes", get(change_list::changes))
        .route("/v1/statistics", get(statistics::statistics))
        .route("/v1/outcomes", get(outcomes::outcomes))
        .route("/v1/feeds", get(feed::feeds))
        .route("/v1/feeds/{feed}", get(feed::feed))
        .route("/v1/feeds/{feed}/receipts", get(receipt::receipts))
        .route("/v1/feeds/{feed}/rejections", get(rejection::rejections))
        .merge(shown_work())
        .merge(administration())
        .merge(exchange_queries())
}

/// Who did what, and who may.
fn administration() -> Router<ApiState> {
    Router::new()
        .route("/v1/audit", get(audit_list::search))
        .route("/v1/audit/export", get(audit_list::export))
        .route("/v1/people/{person}/accesses", get(access_log::accesses))
        .route("/v1/accounts", get(account_list::accounts))
        .route("/v1/accounts/{name}/sessions", delete(account_list::end_sessions))
}

/// What is shown of work beside lists and items.
fn shown_work() -> Router<ApiState> {
    Router::new()
        .route("/v1/alerts/export", get(export::alerts))
        .route("/v1/tasks/export", get(export::tasks))
        .route("/v1/cards/{id}", get(card::card))
        .route("/v1/views", get(view::list))
        .route("/v1/alerts/{id}/attachments", get(attached_paths::of_alert))
        .route("/v1/alerts/{id}/attachments/{file}", get(attached_paths::open_of_alert))
        .route("/v1/tasks/{id}/attachments", get(attached_paths::of_task))
        .route("/v1/tasks/{id}/attachments/{file}", get(attached_paths::open_of_task))
}

/// What departments are asked, and what becomes of messages to them.
fn exchange_commands() -> Router<ApiState> {
    Router::new()
        .route(
            "/v1/alerts/{id}/verification",
            get(verification_list::of_alert).post(verification_command::of_alert),
        )
        .route(
            "/v1/tasks/{id}/verification",
            get(verification_list::of_task).post(verification_command::of_task),
        )
        .route("/v1/verifications/{id}/receive", post(verification_command::receive))
        .route("/v1/verifications/{id}/answer", post(verification_command::answer))
        .route("/v1/verifications/{id}/cancel", post(verification_command::cancel))
        .route("/v1/webhooks/dead/{endpoint}/{message}/retry", post(webhook::retry))
        .route("/v1/webhooks/dead/{endpoint}/{message}/drop", post(webhook::drop_letter))
        .route("/v1/webhooks/{endpoint}/enable", post(webhook::enable))
}

fn exchange_queries() -> Router<ApiState> {
    Router::new()
        .route("/v1/verifications", get(verification_list::list))
        .route("/v1/verifications/{id}", get(verification_list::one))
        .route("/v1/webhooks", get(webhook::list))
        .route("/v1/webhooks/dead", get(webhook::dead))
}

async fn not_found() -> Problem {
    Problem::new(ProblemType::NotFound, "there is no such endpoint: see /openapi.json")
}

async fn method_not_allowed() -> Problem {
    Problem::new(ProblemType::MethodNotAllowed, "see the header allow, or /openapi.json")
}
