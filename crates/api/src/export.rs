//! Lists of work as files, masked as lists are, and on record before a byte goes out.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sanzao_access::Permission;
use sanzao_audit::Action;
use sanzao_model::PersonId;
use sanzao_readmodel::{Filter, Kind, Reader, Row};

use crate::backend::Backend;
use crate::caller::Caller;
use crate::export_query::{ExportQuery, Format};
use crate::export_table::{Line, csv, parquet};
use crate::links::list_within;
use crate::on_record::{about_people, entry};
use crate::problem::{Problem, ProblemBody, ProblemType};
use crate::state::ApiState;

/// The most items of one file: more is no list that somebody works with.
const MOST_ITEMS: usize = 50_000;

/// The most characters of a detail on record.
const DETAIL_MAX_CHARACTERS: usize = 200;

type ExportParameters = Result<Query<ExportQuery>, QueryRejection>;

macro_rules! exports {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $path:literal, $operation:literal) => {
        $(#[$doc])*
        #[utoipa::path(get, path = $path, operation_id = $operation, tag = "work",
            params(ExportQuery),
            responses(
                (status = 200, description = "The file: CSV in UTF-8 with a byte order mark, or Parquet",
                    content((String = "text/csv"), (String = "application/vnd.apache.parquet")),
                    headers(("Content-Disposition" = String, description = "attachment, with a name"))),
                (status = 400, description = "A parameter is missing or wrong", body = ProblemBody,
                    content_type = "application/problem+json"),
                (status = 422, description = "More than 50,000 items: narrow it", body = ProblemBody,
                    content_type = "application/problem+json"),
            ),
            security(("token" = []), ("session" = [])))]
        pub(crate) async fn $name(
            State(state): State<ApiState>,
            caller: Caller,
            query: ExportParameters,
        ) -> Result<Response, Problem> {
            export(&state, &caller, $kind, query).await
        }
    };
}

exports!(
    /// All alerts of a filter as a file, by due day, masked as lists are.
    alerts, Kind::Alert, "/v1/alerts/export", "export_alerts"
);
exports!(
    /// All re-verification tasks of a filter as a file, by due day, masked as lists are.
    tasks, Kind::Task, "/v1/tasks/export", "export_tasks"
);

async fn export(
    state: &ApiState,
    caller: &Caller,
    kind: Kind,
    query: ExportParameters,
) -> Result<Response, Problem> {
    caller.require(Permission::ExportWork)?;
    let (format, list) = ExportQuery::read(query)?;
    let filter = Filter { scope: caller.scope.clone(), ..list.filter(kind, caller.name())? };
    if !state.has_projected() {
        return Err(Problem::not_known_yet("what is in this list"));
    }
    let _turn = state.exports().acquire().await.map_err(Problem::internal)?;
    let rows = state.ask(move |reader| all(reader, &filter)).await?.ok_or_else(too_many)?;
    let parameters = list.given().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    record(state, caller, (kind, format), parameters, &rows).await?;
    let write = move |backend: &dyn Backend| {
        let lines: Vec<Line> = lines(backend, rows);
        match format {
            Format::Csv => csv(&lines),
            Format::Parquet => parquet(&lines),
        }
    };
    let file = state.block(write).await?;
    let disposition = format!("attachment; filename=\"{}.{}\"", of(kind), format.extension());
    let headers =
        [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, file).into_response())
}

/// All items of a filter; none where there are too many. Paging neither loses nor repeats an item.
fn all(reader: &Reader, filter: &Filter) -> Result<Option<Vec<Row>>, sanzao_readmodel::ReadModelError> {
    let (mut rows, mut next) = (Vec::new(), None);
    loop {
        let page = list_within(reader, filter, Reader::MAX_LIMIT, next.as_ref())?;
        rows.extend(page.items);
        if rows.len() > MOST_ITEMS {
            return Ok(None);
        }
        next = page.next;
        if next.is_none() {
            return Ok(Some(rows));
        }
    }
}

fn too_many() -> Problem {
    let text =
        format!("there are more than {MOST_ITEMS} items: narrow it by division, rule, state or due day");
    Problem::new(ProblemType::TooMany, text)
}

/// What was asked and how much it was; and of whom, in as many entries as that takes.
async fn record(
    state: &ApiState,
    caller: &Caller,
    (kind, format): (Kind, Format),
    parameters: Vec<(String, String)>,
    rows: &[Row],
) -> Result<(), Problem> {
    let mut whole = entry(state, caller, Action::Export);
    let cut = |text: &str| text.chars().take(DETAIL_MAX_CHARACTERS).collect::<String>();
    let asked = parameters.iter().map(|(name, value)| (name.clone(), cut(value)));
    whole.details.extend(asked);
    whole.details.insert("list".to_owned(), of(kind).to_owned());
    whole.details.insert("format".to_owned(), format.extension().to_owned());
    whole.details.insert("count".to_owned(), rows.len().to_string());
    let mut people: Vec<PersonId> = rows.iter().flat_map(|row| row.people.iter().copied()).collect();
    people.sort_unstable();
    people.dedup();
    let mut parts = people.chunks(sanzao_audit::MOST_SUBJECTS);
    let first = parts.next().unwrap_or_default();
    for part in std::iter::once(first).chain(parts) {
        state.record(about_people(whole.clone(), part.iter().copied())).await?;
    }
    Ok(())
}

/// People are masked some at a time, so that others get at the vault in between.
fn lines(backend: &dyn Backend, rows: Vec<Row>) -> Vec<Line> {
    let mut lines = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<Row> = rows.by_ref().take(Reader::MAX_LIMIT).collect();
        let people: Vec<PersonId> = some.iter().flat_map(|row| row.people.iter().copied()).collect();
        let masks = backend.masks(&people);
        lines.extend(some.into_iter().map(|row| Line::new(row, &masks)));
    }
    lines
}

fn of(kind: Kind) -> &'static str {
    match kind {
        Kind::Alert => "alerts",
        Kind::Task => "tasks",
    }
}
