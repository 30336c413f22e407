//! The result columns of a rule: which is the subject, the occasion, evidence, a value.

use datafusion::arrow::datatypes::{DataType, Field, Schema};

use sanzao_model::EvidenceRole;

use crate::contract::Kind;
use crate::head::{Due, Head, SubjectKind};
use crate::why::Template;
use crate::wording::type_name;

/// Where a rule's result columns are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) subject: usize,
    pub(crate) occasion: usize,
    pub(crate) due: Option<usize>,
    /// Columns of one fact, and of lists of facts, with what they are to a finding.
    pub(crate) facts: Vec<(EvidenceRole, usize)>,
    /// The others, by name.
    pub(crate) values: Vec<(String, usize)>,
}

/// What a column is, or what is wrong with it.
type Verdict = Result<(), String>;

impl Shape {
    /// Finds each column's part; faults begin with a mark of their place (see `place::of_word`).
    pub(crate) fn of(
        head: &Head,
        template: &Template,
        schema: &Schema,
    ) -> Result<Shape, Vec<(String, String)>> {
        let mut faults = Vec::new();
        let mut shape = Shape {
            subject: usize::MAX,
            occasion: usize::MAX,
            due: None,
            facts: Vec::new(),
            values: Vec::new(),
        };
        for (place, field) in schema.fields().iter().enumerate() {
            let name = field.name();
            let verdict = match name.as_str() {
                "subject" => {
                    shape.subject = place;
                    is_subject(head, number(field))
                }
                "occasion" => {
                    shape.occasion = place;
                    is_text(field.data_type())
                }
                "due" => {
                    shape.due = Some(place);
                    is_date(field.data_type())
                }
                name => match role(name) {
                    Some(role) => {
                        shape.facts.push((role, place));
                        is_evidence(field.data_type(), number(field))
                    }
                    None => {
                        shape.values.push((name.to_owned(), place));
                        is_value(name, field.data_type())
                    }
                },
            };
            let mark = format!("AS {name}");
            faults.extend(verdict.err().map(|fault| (mark, format!("column `{name}`: {fault}"))));
        }
        shape.values.sort();
        for pair in shape.values.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let name = &pair[0].0;
            faults.push((format!("AS {name}"), format!("column `{name}` is there twice: rename one")));
        }
        shape.check_whole(head, template, &mut faults);
        if faults.is_empty() { Ok(shape) } else { Err(faults) }
    }

    /// What is missing, and what the head promises otherwise.
    fn check_whole(&self, head: &Head, template: &Template, faults: &mut Vec<(String, String)>) {
        let missing = |name: &str| format!("the result has no column `{name}`: add it to the SELECT");
        if self.subject == usize::MAX {
            faults.push(("SELECT".into(), missing("subject")));
        }
        if self.occasion == usize::MAX {
            faults.push(("SELECT".into(), missing("occasion")));
        }
        match (head.due, self.due) {
            (Due::Column, None) => faults.push(("SELECT".into(), missing("due"))),
            (Due::WorkingDays(_), Some(_)) => {
                faults.push(("AS due".into(), "column `due` needs `-- due: column due` in the head".into()));
            }
            _ => {}
        }
        for place in template.places() {
            let known = place == "occasion"
                || place == "due" && self.due.is_some()
                || self.values.iter().any(|(name, _)| name == place);
            if !known {
                let values: Vec<&str> = self.values.iter().map(|(name, _)| name.as_str()).collect();
                let values = if values.is_empty() { "there are none".into() } else { values.join(", ") };
                let message = format!("`{{{place}}}` in `why` is no value of the result (values: {values})");
                faults.push(("why".into(), message));
            }
        }
    }
}

/// What facts of a column are to a finding; none where it is no evidence.
fn role(name: &str) -> Option<EvidenceRole> {
    let roles =
        [("fact", EvidenceRole::Context), ("link", EvidenceRole::Link), ("trigger", EvidenceRole::Trigger)];
    roles.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, role)| role)
}

/// What number a column is, if it is one still.
fn number(field: &Field) -> Option<Kind> {
    Kind::of_number(field).filter(|_| *field.data_type() == DataType::UInt32)
}

fn is_subject(head: &Head, number: Option<Kind>) -> Verdict {
    match (head.subject, number) {
        (SubjectKind::Person, Some(Kind::Person)) | (SubjectKind::Household, Some(Kind::Household)) => Ok(()),
        (SubjectKind::Person, _) => {
            Err("must be a `person` column of a table, as the head's subject says".into())
        }
        (SubjectKind::Household, _) => {
            Err("must be a `household` column of a table, as the head's subject says".into())
        }
    }
}

fn is_text(found: &DataType) -> Verdict {
    match found {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(()),
        other => Err(format!("must be text, and is {}: `CAST(… AS VARCHAR)`", type_name(other))),
    }
}

fn is_date(found: &DataType) -> Verdict {
    if *found == DataType::Date32 {
        Ok(())
    } else {
        Err(format!("must be a date, and is {}", type_name(found)))
    }
}

fn is_evidence(found: &DataType, number: Option<Kind>) -> Verdict {
    let list_of_numbers =
        matches!(found, DataType::List(element) if *element.data_type() == DataType::UInt32);
    if list_of_numbers || number == Some(Kind::Fact) {
        Ok(())
    } else {
        Err("columns that begin with `fact`, `link` or `trigger` are evidence: a fact column of a table, or array_agg of one; \
             name a value otherwise"
            .into())
    }
}

fn is_value(name: &str, found: &DataType) -> Verdict {
    match found {
        DataType::Int64 if name.ends_with("_fen") => Ok(()),
        _ if name.ends_with("_fen") => Err(format!("amounts in fen (`…_fen`) are bigint, and this is {}: name it otherwise", type_name(found))),
        DataType::Int64 | DataType::Int32 | DataType::Date32 | DataType::Boolean => Ok(()),
        text if is_text(text).is_ok() => Ok(()),
        DataType::UInt32 => {
            Err("numbers of people, households and facts mean nothing outside the batch: leave it out, or, if it is a \
                 fact, begin its name with `trigger`, `link` or `fact`"
                .into())
        }
        other => Err(format!("a value must be bigint, int, text, date or boolean, and is {}", type_name(other))),
    }
}
