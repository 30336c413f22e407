//! What may be asked of the audit record.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sanzao_audit::Entry;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::list_query::{DEFAULT_LIMIT, limit};
use crate::on_record::about_people;
use crate::personal_number::holds_personal_number;
use crate::problem::{Problem, ProblemType};
use crate::query_fault::wrong_query;

/// The most characters of an account's name on record.
const ACTOR_MAX_CHARACTERS: usize = 200;
/// The most characters of an action with its order, and of a code.
const WORD_MAX_CHARACTERS: usize = 64;

/// Which entries. All that are given must hold.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// By this account; `(unknown)` for those of whom no account is known.
    #[param(min_length = 1, max_length = 200, example = "li")]
    actor: Option<String>,
    /// The name of an action, or `command:<order>` for one order.
    #[param(pattern = "^[a-z-]{1,32}(:[a-z-]{1,31})?$", example = "read-case")]
    action: Option<String>,
    /// `done`, `refused`, or the code of a refusal.
    #[param(pattern = "^[a-z-]{1,64}$", example = "refused")]
    outcome: Option<String>,
    /// On this alert or task. The slowest: give a time or the person, too.
    #[param(pattern = "^[0-9a-f]{32}$")]
    item: Option<String>,
    /// Concerning this person: the pseudonym.
    #[param(pattern = "^[0-9a-f]{32}$")]
    person: Option<String>,
    /// Not earlier than this.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Earlier than this.
    #[param(format = DateTime)]
    to: Option<String>,
    /// The most entries of a page, 1 to 500; 50 when left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    limit: Option<String>,
    /// Where the page begins: `next` of the page before, with the same filters.
    #[param(pattern = "^[0-9]{1,20}$")]
    after: Option<String>,
}

/// Which entries, and as what. All that are given must hold.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `csv` for spreadsheets, `json-lines` for programs; `csv` when left out.
    #[param(pattern = "^(csv|json-lines)$", example = "csv")]
    format: Option<String>,
    /// By this account; `(unknown)` for those of whom no account is known.
    #[param(min_length = 1, max_length = 200, example = "li")]
    actor: Option<String>,
    /// The name of an action, or `command:<order>` for one order.
    #[param(pattern = "^[a-z-]{1,32}(:[a-z-]{1,31})?$", example = "read-case")]
    action: Option<String>,
    /// `done`, `refused`, or the code of a refusal.
    #[param(pattern = "^[a-z-]{1,64}$", example = "refused")]
    outcome: Option<String>,
    /// On this alert or task. The slowest: give a time or the person, too.
    #[param(pattern = "^[0-9a-f]{32}$")]
    item: Option<String>,
    /// Concerning this person: the pseudonym.
    #[param(pattern = "^[0-9a-f]{32}$")]
    person: Option<String>,
    /// Not earlier than this.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Earlier than this.
    #[param(format = DateTime)]
    to: Option<String>,
}

/// What was asked, understood.
#[derive(Debug)]
pub(crate) struct AuditRequest {
    pub(crate) query: sanzao_audit::Query,
    pub(crate) after: Option<u64>,
    pub(crate) limit: usize,
}

/// As what the record is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuditFormat {
    Csv,
    JsonLines,
}

fn wrong(name: &str, expected: impl std::fmt::Display) -> Problem {
    Problem::new(ProblemType::Query, format!("{name}: {expected}"))
}

fn parse<T: std::str::FromStr>(name: &str, text: Option<&str>, expected: &str) -> Result<Option<T>, Problem> {
    text.map(|text| text.parse().map_err(|_| wrong(name, expected))).transpose()
}

/// A word of the record: what it filters by is on record itself, in clear words only.
fn word(name: &str, text: Option<&str>) -> Result<Option<String>, Problem> {
    let is_word = |text: &&str| {
        (1..=WORD_MAX_CHARACTERS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"-:".contains(&byte))
    };
    let taken = |text: &str| Some(text).filter(is_word).map(str::to_owned);
    text.map(|text| taken(text).ok_or_else(|| wrong(name, "expected small letters and dashes"))).transpose()
}

fn actor(text: Option<&str>) -> Result<Option<String>, Problem> {
    let is_name = |text: &&str| {
        (1..=ACTOR_MAX_CHARACTERS).contains(&text.chars().count()) && !holds_personal_number(text)
    };
    let taken = |text: &str| Some(text).filter(is_name).map(str::to_owned);
    text.map(|text| taken(text).ok_or_else(|| wrong("actor", "expected the name of an account"))).transpose()
}

const ID: &str = "expected 32 hexadecimal digits";
const TIME: &str = "expected a time as 2025-06-30T16:00:00Z";

/// Where a page begins.
///
/// # Errors
/// When it is no cursor.
pub(crate) fn after(text: Option<&str>) -> Result<Option<u64>, Problem> {
    let wrong =
        |_| Problem::new(ProblemType::Cursor, "expected the cursor that the page before gave as next");
    text.map(|text| text.parse().map_err(wrong)).transpose()
}

impl AuditQuery {
    /// Takes a query apart.
    ///
    /// # Errors
    /// When it has an unknown parameter or one twice.
    pub(crate) fn read(query: Result<Query<AuditQuery>, QueryRejection>) -> Result<AuditQuery, Problem> {
        Ok(query.map_err(wrong_query)?.0)
    }

    /// Understands what is asked.
    ///
    /// # Errors
    /// When a parameter has not the form it should have.
    pub(crate) fn understand(&self) -> Result<AuditRequest, Problem> {
        let query = sanzao_audit::Query {
            actor: actor(self.actor.as_deref())?,
            action: word("action", self.action.as_deref())?,
            outcome: word("outcome", self.outcome.as_deref())?,
            item: parse("item", self.item.as_deref(), ID)?,
            person: parse("person", self.person.as_deref(), ID)?,
            from: parse("from", self.from.as_deref(), TIME)?,
            to: parse("to", self.to.as_deref(), TIME)?,
        };
        if query.from.zip(query.to).is_some_and(|(from, to)| from > to) {
            return Err(wrong("from", "expected a time that is not after to"));
        }
        let limit = self.limit.as_deref().map_or(Ok(DEFAULT_LIMIT), limit)?;
        Ok(AuditRequest { query, after: after(self.after.as_deref())?, limit })
    }

    /// What is asked, in an entry about it.
    pub(crate) fn told(&self, mut entry: Entry, request: &AuditRequest) -> Entry {
        let filters = [
            ("actor", &self.actor),
            ("action", &self.action),
            ("outcome", &self.outcome),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
        ];
        let given = filters.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        entry.details.extend(given);
        entry.item = request.query.item;
        about_people(entry, request.query.person)
    }

    /// The same list from another place, as a reference relative to the server.
    pub(crate) fn link(&self, path: &str, next: u64) -> String {
        let mut link = format!("{path}?after={next}");
        let filters = [
            ("actor", &self.actor),
            ("action", &self.action),
            ("outcome", &self.outcome),
            ("item", &self.item),
            ("person", &self.person),
            ("from", &self.from),
            ("to", &self.to),
            ("limit", &self.limit),
        ];
        for (name, value) in filters {
            if let Some(value) = value {
                link += &format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
            }
        }
        link
    }
}

impl ExportQuery {
    /// Takes a query apart: which entries, and as what.
    ///
    /// # Errors
    /// When it has an unknown parameter or one twice, or the format is none of the two.
    pub(crate) fn read(
        query: Result<Query<ExportQuery>, QueryRejection>,
    ) -> Result<(AuditQuery, AuditFormat), Problem> {
        let ExportQuery { format, actor, action, outcome, item, person, from, to } =
            query.map_err(wrong_query)?.0;
        let format = match format.as_deref() {
            None | Some("csv") => AuditFormat::Csv,
            Some("json-lines") => AuditFormat::JsonLines,
            Some(_) => return Err(wrong("format", "expected csv or json-lines")),
        };
        let query = AuditQuery { actor, action, outcome, item, person, from, to, limit: None, after: None };
        Ok((query, format))
    }
}
