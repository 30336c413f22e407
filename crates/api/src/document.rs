//! The description of the API.

use sanzao_readmodel::Kind;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, HeaderBuilder, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder, Schema,
};
use utoipa::{Modify, OpenApi};

use crate::problem::ProblemBody;
use crate::vocabulary;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sanzao",
        description = "Alerts about people who may need help, re-verification tasks for people who receive \
            it, and the way in for departments' events. Every answer that is no success is a problem as \
            RFC 9457 has it. Every answer has a request id.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "work", description = "Alerts and tasks"),
        (name = "events", description = "Events from departments"),
        (name = "people", description = "Who is who, each access recorded with its purpose"),
        (name = "feeds", description = "Quality of feeds, receipts and rejected events"),
        (name = "access", description = "Signing in and out, accounts and their sessions"),
        (name = "audit", description = "The record of who did what, for auditors"),
        (name = "exchange", description = "What departments are asked, and where they are told of it"),
        (name = "operation", description = "Probes and this description"),
    ),
    paths(
        crate::list::alerts,
        crate::list::tasks,
        crate::item::alert,
        crate::item::task,
        crate::command::on_alert,
        crate::command::on_task,
        crate::bulk::act_on_many,
        crate::report::report,
        crate::report::reveal,
        crate::export::alerts,
        crate::export::tasks,
        crate::card::card,
        crate::view::list,
        crate::view::get,
        crate::view::put,
        crate::view::delete,
        crate::attached_paths::attach_to_alert,
        crate::attached_paths::of_alert,
        crate::attached_paths::open_of_alert,
        crate::attached_paths::attach_to_task,
        crate::attached_paths::of_task,
        crate::attached_paths::open_of_task,
        crate::session::sign_in,
        crate::session::who,
        crate::password::change,
        crate::session::sign_out,
        crate::session::begin,
        crate::session::finish,
        crate::event::post_events,
        crate::change_list::changes,
        crate::statistics::statistics,
        crate::outcomes::outcomes,
        crate::person::search,
        crate::person::reveal,
        crate::person::erase,
        crate::feed::feeds,
        crate::feed::feed,
        crate::receipt::receipts,
        crate::rejection::rejections,
        crate::rejection::repair,
        crate::audit_list::search,
        crate::audit_list::export,
        crate::audit_report::verify,
        crate::access_log::accesses,
        crate::account_list::accounts,
        crate::account_list::disable,
        crate::account_list::enable,
        crate::account_list::end_sessions,
        crate::verification_command::of_alert,
        crate::verification_command::of_task,
        crate::verification_command::answer,
        crate::verification_command::cancel,
        crate::verification_list::list,
        crate::verification_list::one,
        crate::verification_command::receive,
        crate::verification_list::of_alert,
        crate::verification_list::of_task,
        crate::webhook::list,
        crate::webhook::dead,
        crate::webhook::retry,
        crate::webhook::drop_letter,
        crate::webhook::enable,
        crate::health::livez,
        crate::health::readyz,
        crate::health::metrics,
        crate::health::openapi_json,
    ),
    components(schemas(ProblemBody)),
    modifiers(&Everywhere, &OfKind, &NothingElse)
)]
struct Api;

/// What holds for every endpoint, so that none forgets to say it.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            "__Host-sanzao",
            "What signing in gave; requests that change something also bring X-CSRF-Token",
        ));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        for (path, item) in &mut document.paths.paths {
            let operations =
                [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten();
            for operation in operations {
                let responses = &mut operation.responses.responses;
                if path.starts_with("/v1/") {
                    for (status, response) in of_every_query() {
                        responses.entry(status.to_owned()).or_insert(RefOr::T(response));
                    }
                }
                for response in responses.values_mut() {
                    if let RefOr::T(response) = response {
                        response.headers.insert("X-Request-Id".to_owned(), text_header("Names the request"));
                    }
                }
            }
        }
    }
}

/// Lists of alerts and of tasks take the same parameters, but each has states and procedures of its own.
struct OfKind;

impl Modify for OfKind {
    fn modify(&self, document: &mut Document) {
        for (path, kind) in [
            ("/v1/alerts", Kind::Alert),
            ("/v1/alerts/export", Kind::Alert),
            ("/v1/tasks", Kind::Task),
            ("/v1/tasks/export", Kind::Task),
        ] {
            let operation = document.paths.paths.get_mut(path).and_then(|item| item.get.as_mut());
            let parameters = operation.and_then(|operation| operation.parameters.as_mut());
            for parameter in parameters.into_iter().flatten() {
                match parameter.name.as_str() {
                    "state" => parameter.schema = Some(vocabulary::states_of(kind).into()),
                    "procedure" => parameter.schema = Some(vocabulary::procedure_of(kind).into()),
                    _ => {}
                }
            }
        }
    }
}

/// Acts have no properties but those of their kind, which the description of an enum does not say by itself.
struct NothingElse;

impl Modify for NothingElse {
    fn modify(&self, document: &mut Document) {
        let schemas = &mut document.components.get_or_insert_default().schemas;
        for name in ["Act", "BulkAct"] {
            let Some(RefOr::T(Schema::OneOf(acts))) = schemas.get_mut(name) else { continue };
            for act in &mut acts.items {
                if let RefOr::T(Schema::Object(act)) = act {
                    act.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
                }
            }
        }
    }
}

fn of_every_query() -> [(&'static str, Response); 5] {
    let problem = |description: &str| {
        let schema = Ref::from_schema_name("Problem");
        let content = ContentBuilder::new().schema(Some(schema)).build();
        ResponseBuilder::new().description(description).content("application/problem+json", content)
    };
    let retry = text_header("Seconds");
    [
        (
            "401",
            problem("The token is missing or wrong")
                .header("WWW-Authenticate", text_header("The scheme, Bearer"))
                .build(),
        ),
        (
            "403",
            problem("The account may not do that, or the request is not of the session's own pages").build(),
        ),
        ("429", problem("Too many requests").header("Retry-After", text_header("Seconds")).build()),
        ("500", problem("The platform made a mistake").build()),
        (
            "503",
            problem("Not possible now: disk full, broker away, read model being built")
                .header("Retry-After", retry)
                .build(),
        ),
    ]
}

fn text_header(description: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new().description(Some(description)).build()
}

/// The description of the API as OpenAPI 3.1 in JSON, ending in a line feed.
pub fn openapi() -> String {
    let mut text = Api::openapi().to_pretty_json().expect("the description is plain data");
    text.push('\n');
    text
}
