//! Queries that cannot be read.

use axum::extract::rejection::QueryRejection;

use crate::problem::{Problem, ProblemType};

/// What is wrong with a query, without what stands in it: somebody's number may.
pub(crate) fn wrong_query(rejection: QueryRejection) -> Problem {
    Problem::new(ProblemType::Query, told(&rejection.body_text()))
}

/// Serde repeats what it does not know, before it says what it does.
fn told(text: &str) -> String {
    for (of, what) in
        [("unknown field `", "an unknown parameter"), ("unknown variant `", "a value is unknown")]
    {
        if text.contains(of) {
            let known = text.rsplit_once("`, expected ").map(|(_, known)| format!(": expected {known}"));
            return format!("{what}{}", known.unwrap_or_default());
        }
    }
    let fault = text.rsplit_once("query string: ").map_or(text, |(_, fault)| fault);
    match fault.strip_prefix("missing field ").or_else(|| fault.strip_prefix("duplicate field ")) {
        Some(name) if fault.starts_with("missing") => format!("the parameter {name} is missing"),
        Some(name) => format!("the parameter {name} stands there twice"),
        None => "the query cannot be read: expected name=value pairs, percent-encoded".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::Query;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Csv,
        Parquet,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        #[expect(dead_code, reason = "only read")]
        kind: Kind,
        #[expect(dead_code, reason = "only read")]
        rule: Option<String>,
    }

    fn fault(query: &str) -> String {
        let asked = Query::<Asked>::try_from_uri(&format!("/?{query}").parse().unwrap());
        wrong_query(asked.unwrap_err()).detail().to_owned()
    }

    #[test]
    fn a_query_is_not_repeated() {
        let known = "an unknown parameter: expected `kind` or `rule`";
        for (query, expected) in [
            ("kind=csv&11010519491231002X=1", known),
            ("kind=csv&11010519491231002X%60,%20expected%2011010519491231002X=1", known),
            ("kind=11010519491231002X", "a value is unknown: expected `csv` or `parquet`"),
            ("kind=%60,%20expected%2011010519491231002X", "a value is unknown: expected `csv` or `parquet`"),
            ("rule=a", "the parameter `kind` is missing"),
            ("kind=csv&rule=a&rule=b", "the parameter `rule` stands there twice"),
        ] {
            assert_eq!(fault(query), expected, "{query}");
        }
    }
}
