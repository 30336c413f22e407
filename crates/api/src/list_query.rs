//! What may be asked of lists.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sanzao_access::AccountName;
use sanzao_model::{Procedure, RuleId};
use sanzao_readmodel::{Cursor, Filter, Kind, Queue, Reader, Scope, StateName};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::caller::Caller;
use crate::personal_number::holds_personal_number;
use crate::problem::{Problem, ProblemType};
use crate::query_fault::wrong_query;
use crate::vocabulary;

/// Filters and place of a list. All that are given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// The first 1 to 12 digits of the division where the subject is registered, or `none`: those of whom
    /// police have said no division. The six digits of the district mean the district under all codes that
    /// it ever had, and so do those of its former codes.
    #[param(pattern = "^([0-9]{1,12}|none)$", example = "320614102")]
    pub(crate) division: Option<String>,
    /// The rule.
    #[param(example = "deceased-recipient")]
    pub(crate) rule: Option<String>,
    /// The procedure: `recheck` for tasks, any other for alerts.
    #[param(schema_with = vocabulary::procedure_of_kind, required = false)]
    pub(crate) procedure: Option<String>,
    /// One or more states, separated by commas: `open`, `claimed`, `snoozed`, `decided`, `closed`, `appealed`,
    /// `withdrawn` for alerts, `planned`, `due`, `overdue`, `reported`, `done`, `missed`, `cancelled` for tasks. All when
    /// left out.
    pub(crate) state: Option<String>,
    /// Due on this day or later.
    #[param(format = Date)]
    pub(crate) due_from: Option<String>,
    /// Due on this day or earlier; not before `due_from`.
    #[param(format = Date)]
    pub(crate) due_to: Option<String>,
    /// Whoever works on it, or is to: the name of an account, or `me`.
    #[param(pattern = "^[a-z0-9._-]{1,64}$", example = "me")]
    pub(crate) worker: Option<String>,
    /// Waiting for whoever supervises.
    #[param(schema_with = vocabulary::queue, required = false)]
    pub(crate) queue: Option<String>,
    /// About this person: the pseudonym.
    #[param(pattern = "^[0-9a-f]{32}$")]
    pub(crate) person: Option<String>,
    /// On the card that this item began.
    #[param(pattern = "^[0-9a-f]{32}$")]
    pub(crate) card: Option<String>,
    /// The most items of a page, 1 to 500; 50 when left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 500)]
    pub(crate) limit: Option<String>,
    /// Where the page begins: `next` of the page before, with the same filters.
    #[param(pattern = "^01[0-9a-f]{56}$")]
    pub(crate) cursor: Option<String>,
}

/// What was asked, understood.
#[derive(Debug)]
pub(crate) struct ListRequest {
    pub(crate) filter: Filter,
    pub(crate) limit: usize,
    pub(crate) cursor: Option<Cursor>,
}

pub(crate) const DEFAULT_LIMIT: usize = 50;

/// A problem of one parameter.
fn wrong(name: &str, expected: impl std::fmt::Display) -> Problem {
    Problem::new(ProblemType::Query, format!("{name}: {expected}"))
}

impl ListQuery {
    /// Takes a query apart.
    ///
    /// # Errors
    /// When it has an unknown parameter or one twice.
    pub(crate) fn read(query: Result<Query<ListQuery>, QueryRejection>) -> Result<ListQuery, Problem> {
        let Query(query) = query.map_err(wrong_query)?;
        Ok(query)
    }

    /// Understands what is asked of a list of this kind.
    ///
    /// # Errors
    /// When a parameter has not the form it should have.
    pub(crate) fn understand(&self, kind: Kind, caller: &Caller) -> Result<ListRequest, Problem> {
        let filter = self.filter(kind, caller.name())?;
        let filter = Filter { scope: caller.scope.clone(), ..filter };
        let cursor = self.cursor.as_deref().map(str::parse).transpose();
        let cursor = cursor.map_err(|error: sanzao_readmodel::CursorError| {
            Problem::new(ProblemType::Cursor, error.to_string())
        })?;
        let limit = self.limit.as_deref().map_or(Ok(DEFAULT_LIMIT), limit)?;
        Ok(ListRequest { filter, limit, cursor })
    }

    /// The filter alone, of an account that asks for what is its own.
    ///
    /// # Errors
    /// When a parameter has not the form it should have.
    pub(crate) fn filter(&self, kind: Kind, account: &str) -> Result<Filter, Problem> {
        // What is asked of an export stands on record for good.
        if self.rule.as_deref().is_some_and(holds_personal_number) {
            return Err(wrong("rule", "expected the id of a rule, without ID and mobile numbers"));
        }
        let filter = Filter {
            kind,
            division: parse("division", self.division.as_deref())?,
            rule: self.rule.clone().map(RuleId),
            procedure: self.procedure.as_deref().map(|text| procedure(kind, text)).transpose()?,
            states: self.state.as_deref().map_or(Ok(Vec::new()), |text| states(kind, text))?,
            due_from: parse("due_from", self.due_from.as_deref())?,
            due_to: parse("due_to", self.due_to.as_deref())?,
            worker: self.worker.as_deref().map(|name| worker(name, account)).transpose()?,
            queue: self.queue.as_deref().map(queue).transpose()?,
            person: parse("person", self.person.as_deref())?,
            card: parse("card", self.card.as_deref())?,
            scope: Scope::Everything,
        };
        if filter.due_from.zip(filter.due_to).is_some_and(|(from, to)| from > to) {
            return Err(wrong("due_from", "expected a day that is not after due_to"));
        }
        Ok(filter)
    }

    /// The same list from another place, as a reference relative to the server.
    pub(crate) fn link(&self, path: &str, cursor: &Cursor) -> String {
        let mut link = format!("{path}?cursor={cursor}");
        for (name, value) in self.given().chain(self.limit.as_deref().map(|limit| ("limit", limit))) {
            link += &format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        }
        link
    }

    /// The filters that are given, as they were written.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let filters = [
            ("division", &self.division),
            ("rule", &self.rule),
            ("procedure", &self.procedure),
            ("state", &self.state),
            ("due_from", &self.due_from),
            ("due_to", &self.due_to),
            ("worker", &self.worker),
            ("queue", &self.queue),
            ("person", &self.person),
            ("card", &self.card),
        ];
        filters.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: Option<&str>,
) -> Result<Option<T>, Problem> {
    text.map(|text| text.parse().map_err(|error| wrong(name, error))).transpose()
}

/// A procedure that items of this kind can have.
fn procedure(kind: Kind, text: &str) -> Result<Procedure, Problem> {
    let is_of_kind = |procedure: &Procedure| procedure.makes_tasks() == (kind == Kind::Task);
    let of_kind: Vec<_> = Procedure::ALL.into_iter().filter(is_of_kind).collect();
    let found = of_kind.iter().copied().find(|procedure| procedure.as_str() == text);
    found.ok_or_else(|| {
        let names: Vec<_> = of_kind.iter().map(|procedure| procedure.as_str()).collect();
        wrong("procedure", format!("expected one of {}", names.join(", ")))
    })
}

/// The name of an account; `me` is whoever asks.
fn worker(name: &str, account: &str) -> Result<String, Problem> {
    let named: AccountName = name.parse().map_err(|error| wrong("worker", error))?;
    Ok(if name == "me" { account } else { named.as_str() }.to_owned())
}

fn queue(text: &str) -> Result<Queue, Problem> {
    let found = Queue::ALL.into_iter().find(|queue| queue.as_str() == text);
    found.ok_or_else(|| wrong("queue", "expected escalated or second-review"))
}

fn states(kind: Kind, text: &str) -> Result<Vec<StateName>, Problem> {
    let state = |name: &str| kind.states().iter().copied().find(|state| state.as_str() == name);
    let expected = || {
        let names: Vec<_> = kind.states().iter().map(|state| state.as_str()).collect();
        wrong("state", format!("expected some of {}, separated by commas", names.join(", ")))
    };
    text.split(',').map(|name| state(name).ok_or_else(expected)).collect()
}

/// How many items a page shall have at most.
///
/// # Errors
/// When it is no number that is allowed.
pub(crate) fn limit(text: &str) -> Result<usize, Problem> {
    let number = text.parse().ok().filter(|limit| (1..=Reader::MAX_LIMIT).contains(limit));
    number.ok_or_else(|| wrong("limit", format!("expected a number from 1 to {}", Reader::MAX_LIMIT)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_understood_or_refused(
            texts in prop::collection::vec(prop::option::of(any::<String>()), 12),
            kind in prop_oneof![Just(Kind::Alert), Just(Kind::Task)],
        ) {
            let mut texts = texts.into_iter();
            let mut next = || texts.next().flatten();
            let query = ListQuery {
                division: next(), rule: next(), procedure: next(), state: next(),
                due_from: next(), due_to: next(), worker: next(), queue: next(), person: next(), card: next(),
                limit: next(), cursor: next(),
            };
            let _ = query.filter(kind, "li");
        }

        #[test]
        fn links_come_back_as_they_went(rule in any::<String>(), cursor in "01[0-9a-f]{56}") {
            let query = ListQuery { rule: Some(rule.clone()), limit: Some("7".into()), ..ListQuery::default() };
            let link = query.link("/v1/alerts", &cursor.parse().unwrap());
            let Query(back) = Query::<ListQuery>::try_from_uri(&link.parse().unwrap()).unwrap();
            prop_assert_eq!(back.rule, Some(rule));
            prop_assert_eq!(back.limit.as_deref(), Some("7"));
            prop_assert_eq!(back.cursor, Some(cursor));
        }
    }
}
