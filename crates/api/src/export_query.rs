//! What may be asked of a file of a list: its filters, all at once.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::list_query::ListQuery;
use crate::problem::Problem;
use crate::query_fault::wrong_query;
use crate::vocabulary;

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// For spreadsheets: UTF-8 with a byte order mark, headings in Chinese, no cell a formula.
    Csv,
    /// For programs.
    Parquet,
}

/// The filters of a list, as there; and what kind of file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// What kind of file.
    #[param(inline)]
    format: Format,
    /// See the list.
    #[param(pattern = "^([0-9]{1,12}|none)$", example = "320614102")]
    division: Option<String>,
    /// See the list.
    #[param(example = "deceased-recipient")]
    rule: Option<String>,
    /// See the list.
    #[param(schema_with = vocabulary::procedure_of_kind, required = false)]
    procedure: Option<String>,
    /// See the list.
    #[param(example = "open,claimed")]
    state: Option<String>,
    /// See the list.
    #[param(format = Date)]
    due_from: Option<String>,
    /// See the list.
    #[param(format = Date)]
    due_to: Option<String>,
    /// See the list.
    #[param(pattern = "^[a-z0-9._-]{1,64}$", example = "me")]
    worker: Option<String>,
    /// See the list.
    #[param(schema_with = vocabulary::queue, required = false)]
    queue: Option<String>,
    /// See the list.
    #[param(pattern = "^[0-9a-f]{32}$")]
    person: Option<String>,
    /// See the list.
    #[param(pattern = "^[0-9a-f]{32}$")]
    card: Option<String>,
}

impl ExportQuery {
    /// Takes a query apart: what kind of file, and of which list.
    ///
    /// # Errors
    /// When it has an unknown parameter or one twice, or says of no format.
    pub(crate) fn read(
        query: Result<Query<ExportQuery>, QueryRejection>,
    ) -> Result<(Format, ListQuery), Problem> {
        let Query(query) = query.map_err(wrong_query)?;
        let ExportQuery { format, division, rule, procedure, state, due_from, due_to, .. } = query;
        let ExportQuery { worker, queue, person, card, .. } = query;
        let list = ListQuery {
            division,
            rule,
            procedure,
            state,
            due_from,
            due_to,
            worker,
            queue,
            person,
            card,
            limit: None,
            cursor: None,
        };
        Ok((format, list))
    }
}

impl Format {
    /// As RFC 6838 has it.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// How names of such files end.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Parquet => "parquet",
        }
    }
}
