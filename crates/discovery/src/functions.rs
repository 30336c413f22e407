//! The functions that rules have beside DataFusion's own: calendar arithmetic as domain §3 has it.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int64Array};
use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use sanzao_model::Day;

/// Name, signature and meaning of each, for `TABLES.md`.
pub(crate) const DOCS: [(&str, &str); 4] = [
    ("add_days(date, bigint) → date", "the day so many days later, earlier when negative"),
    (
        "add_months(date, bigint) → date",
        "the same day of the month so many months later, or that month's last day",
    ),
    ("days_between(date, date) → bigint", "days from the first to the second"),
    ("words(text) → text", "aggregate: the different words, sorted and joined by commas"),
];

/// Rules reckon within the years 1 to 9999; anything else is an error of the rule or the data.
const FIRST: i32 = -719_162;
const LAST: i32 = 2_932_896;

pub(crate) fn all() -> Vec<ScalarUDF> {
    let date = DataType::Date32;
    let number = DataType::Int64;
    vec![
        create_udf(
            "add_days",
            vec![date.clone(), number.clone()],
            date.clone(),
            Volatility::Immutable,
            Arc::new(|arguments| shift(arguments, |day, days| day.checked_add(days))),
        ),
        create_udf(
            "add_months",
            vec![date.clone(), number.clone()],
            date.clone(),
            Volatility::Immutable,
            Arc::new(|arguments| shift(arguments, plus_months)),
        ),
        create_udf(
            "days_between",
            vec![date.clone(), date],
            number,
            Volatility::Immutable,
            Arc::new(days_between),
        ),
    ]
}

fn plus_months(day: i64, months: i64) -> Option<i64> {
    let day = i32::try_from(day).ok().filter(|day| (FIRST..=LAST).contains(day))?;
    // Twelve thousand months are a thousand years: within what the calendar holds on either side only
    // when the sum of years stays in it.
    let years = i64::from(Day(day).parts().0) + months.div_euclid(12);
    let months = i32::try_from(months).ok().filter(|_| (1..9999).contains(&years))?;
    Some(i64::from(Day(day).plus_months(months).0))
}

fn shift(arguments: &[ColumnarValue], by: fn(i64, i64) -> Option<i64>) -> Result<ColumnarValue> {
    let arrays = ColumnarValue::values_to_arrays(arguments)?;
    let [days, counts] = arrays.as_slice() else {
        return exec_err!("expected a date and a number");
    };
    let (days, counts) = (days.as_primitive::<Date32Type>(), counts.as_primitive::<Int64Type>());
    let mut out = Vec::with_capacity(days.len());
    for row in 0..days.len() {
        if days.is_null(row) || counts.is_null(row) {
            out.push(None);
            continue;
        }
        let sum = by(i64::from(days.value(row)), counts.value(row))
            .and_then(|day| i32::try_from(day).ok())
            .filter(|day| (FIRST..=LAST).contains(day));
        match sum {
            Some(day) => out.push(Some(day)),
            None => return exec_err!("date arithmetic leaves the years 1 to 9999"),
        }
    }
    Ok(ColumnarValue::Array(Arc::new(Date32Array::from(out)) as ArrayRef))
}

fn days_between(arguments: &[ColumnarValue]) -> Result<ColumnarValue> {
    let arrays = ColumnarValue::values_to_arrays(arguments)?;
    let [from, to] = arrays.as_slice() else {
        return exec_err!("expected two dates");
    };
    let (from, to) = (from.as_primitive::<Date32Type>(), to.as_primitive::<Date32Type>());
    let days: Int64Array =
        from.iter().zip(to.iter()).map(|(from, to)| Some(i64::from(to?) - i64::from(from?))).collect();
    Ok(ColumnarValue::Array(Arc::new(days) as ArrayRef))
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::*;

    fn months(day: i32, months: i64) -> Result<i32> {
        let arguments = [
            ColumnarValue::Scalar(ScalarValue::Date32(Some(day))),
            ColumnarValue::Scalar(ScalarValue::Int64(Some(months))),
        ];
        let value = shift(&arguments, plus_months)?;
        Ok(value.into_array(1)?.as_primitive::<Date32Type>().value(0))
    }

    #[test]
    fn months_are_those_of_the_model() {
        for day in (0..40_000).step_by(7) {
            for count in [-13, -12, -1, 0, 1, 6, 12, 25] {
                assert_eq!(months(day, count).unwrap(), Day(day).plus_months(count as i32).0);
            }
        }
    }

    #[test]
    fn leaving_the_calendar_is_an_error_and_no_panic() {
        for (day, count) in
            [(FIRST, -1), (LAST, 1), (0, i64::MAX), (0, i64::MIN), (i32::MAX, 0), (i32::MIN, 1)]
        {
            assert!(months(day, count).is_err(), "{day} {count}");
        }
        assert!(months(FIRST, 12).is_ok());
    }
}
