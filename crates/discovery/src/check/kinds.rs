//! Values of different kinds that are compared: a text with a number or a date, a date with a number. The engine would
//! turn one into the other, and fail as soon as one is no such value, or compare days since 1970.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Between, BinaryExpr, Expr, ExprSchemable, Operator};

use super::{Fault, fault, span_in};
use crate::place;
use crate::wording::{no_value, type_name};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Date,
}

impl Kind {
    fn of(found: &DataType) -> Option<Kind> {
        match found {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(Kind::Text),
            // Of people, households and facts it is told by their own check.
            DataType::UInt32 => None,
            DataType::Date32 => Some(Kind::Date),
            number if number.is_numeric() => Some(Kind::Number),
            _ => None,
        }
    }
}

/// What is wrong with a comparison.
pub(super) fn fault_of(part: &Expr, schema: &DFSchema) -> Option<Fault> {
    match part {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_comparison(*op) => {
            compared(left, right, schema)
        }
        Expr::Between(Between { expr, low, high, .. }) => {
            compared(expr, low, schema).or_else(|| compared(expr, high, schema))
        }
        Expr::InList(InList { expr, list, .. }) => list.iter().find_map(|item| compared(expr, item, schema)),
        _ => None,
    }
}

fn is_comparison(op: Operator) -> bool {
    op.supports_propagation()
        || matches!(op, Operator::NotEq | Operator::IsDistinctFrom | Operator::IsNotDistinctFrom)
}

fn compared(left: &Expr, right: &Expr, schema: &DFSchema) -> Option<Fault> {
    let (one, other) = (left.get_type(schema).ok()?, right.get_type(schema).ok()?);
    if Kind::of(&one)? == Kind::of(&other)? {
        return None;
    }
    let written =
        literal(left).map(|text| (text, &other)).or_else(|| literal(right).map(|text| (text, &one)));
    if let Some((text, kind)) = written {
        // A value that stands in quotes is turned into what it is compared with, once.
        let is_one = ScalarValue::try_from_string(text.to_owned(), kind).is_ok();
        return if is_one { None } else { fault(place::mark_text(text), no_value(text, &type_name(kind))) };
    }
    let mark = span_in(left).or_else(|| span_in(right)).unwrap_or_else(|| "WHERE".into());
    let (one, other) = (type_name(&one), type_name(&other));
    fault(
        mark,
        format!(
            "{one} is compared with {other}: compare each with one of its own type{}",
            hint(&one, &other)
        ),
    )
}

fn hint(one: &str, other: &str) -> &'static str {
    match (one, other) {
        ("date", "text") | ("text", "date") => ", or turn the date into a text: CAST(… AS VARCHAR)",
        ("date", _) | (_, "date") => "; days between two dates are days_between(first, second)",
        _ => ", or turn the number into a text: CAST(… AS VARCHAR)",
    }
}

fn literal(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text),
        _ => None,
    }
}
