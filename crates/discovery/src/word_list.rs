//! Aggregate `words(text)`: the different words, sorted and joined by commas.
//!
//! DataFusion's `string_agg` joins in the order of rows, and two of them with an order each cannot stand
//! in one SELECT.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Accumulator, AggregateUDF, Volatility, create_udaf};

pub(crate) fn words() -> AggregateUDF {
    create_udaf(
        "words",
        vec![DataType::Utf8],
        Arc::new(DataType::Utf8),
        Volatility::Immutable,
        Arc::new(|_| Ok(Box::new(Words::default()))),
        Arc::new(vec![DataType::Utf8]),
    )
}

#[derive(Debug, Default)]
struct Words(BTreeSet<String>);

impl Words {
    fn joined(&self) -> ScalarValue {
        let words: Vec<_> = self.0.iter().map(String::as_str).collect();
        ScalarValue::Utf8((!words.is_empty()).then(|| words.join(",")))
    }
}

impl Accumulator for Words {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for word in values[0].as_string::<i32>().iter().flatten() {
            if !self.0.contains(word) {
                self.0.insert(word.to_owned());
            }
        }
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.joined())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.iter().map(String::capacity).sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.joined()])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for words in states[0].as_string::<i32>().iter().flatten() {
            self.0.extend(words.split(',').map(str::to_owned));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringArray;

    use super::*;

    fn text(words: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(words.to_vec()))
    }

    #[test]
    fn sorted_once_each_and_null_of_nothing() {
        let mut words = Words::default();
        assert_eq!(words.evaluate().unwrap(), ScalarValue::Utf8(None));
        words.update_batch(&[text(&[Some("b"), None, Some("a"), Some("b")])]).unwrap();
        let mut other = Words::default();
        other.merge_batch(&[text(&[Some("c,a"), None])]).unwrap();
        other.merge_batch(&[words.state().unwrap()[0].to_array().unwrap()]).unwrap();
        assert_eq!(other.evaluate().unwrap(), ScalarValue::Utf8(Some("a,b,c".into())));
    }
}
