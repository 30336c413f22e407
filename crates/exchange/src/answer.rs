//! What a department answers: codes, values and days, and no words.

use std::collections::BTreeMap;

use sanzao_model::Day;
use serde::{Deserialize, Serialize};

use crate::{Point, Question};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether there is one.
    pub code: AnswerCode,
    /// By point; of an answer with [`AnswerCode::Answered`] each point of the question, of others none.
    pub values: BTreeMap<Point, Value>,
}

/// Whether the department can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerCode {
    /// It does.
    Answered,
    /// It has no record of the person.
    PersonUnknown,
    /// Number and name are not of one person.
    NameDisagrees,
}

/// What is said of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Whether it holds.
    pub holds: Holds,
    /// As of which day.
    pub on: Day,
}

/// Whether a statement holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// It does.
    Holds,
    /// It does not.
    DoesNotHold,
    /// The department does not know.
    Unknown,
}

/// Why a text is no answer to a question. Reject: the department must mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not JSON, or of another form.
    #[error("no answer: {detail}; expected {{\"code\", \"values\": {{point: {{\"holds\", \"on\"}}}}}}")]
    Form {
        /// As the JSON reader says, without what was read.
        detail: String,
    },
    /// The points are not those of the question.
    #[error("{code} needs {expected} in values: send each of them once and nothing else")]
    Points {
        /// The code that was given.
        code: &'static str,
        /// The names of the points.
        expected: String,
    },
    /// It speaks of a day that has not come.
    #[error("{point} holds as of a later day than today: send the day on which it was looked up")]
    LaterDay {
        /// Of which point.
        point: &'static str,
    },
}

impl AnswerCode {
    /// Every code.
    pub const ALL: [AnswerCode; 3] =
        [AnswerCode::Answered, AnswerCode::PersonUnknown, AnswerCode::NameDisagrees];

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            AnswerCode::Answered => "answered",
            AnswerCode::PersonUnknown => "person-unknown",
            AnswerCode::NameDisagrees => "name-disagrees",
        }
    }
}

/// As a department sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    code: AnswerCode,
    #[serde(default)]
    values: BTreeMap<Point, BodyValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyValue {
    holds: Holds,
    on: Day,
}

impl Answer {
    /// Reads what a department sends; whether it fits the question, [`Answer::fits`] says.
    ///
    /// # Errors
    /// [`AnswerError::Form`].
    pub fn from_json(bytes: &[u8]) -> Result<Answer, AnswerError> {
        let body: Body = serde_json::from_slice(bytes).map_err(|error| {
            // The reader's own words could repeat what was sent.
            let what = match error.classify() {
                serde_json::error::Category::Data => "a field is missing, unknown or of another type",
                _ => "it is not JSON",
            };
            AnswerError::Form { detail: format!("{what} at line {} column {}", error.line(), error.column()) }
        })?;
        let value = |BodyValue { holds, on }| Value { holds, on };
        let values = body.values.into_iter().map(|(point, body)| (point, value(body))).collect();
        Ok(Answer { code: body.code, values })
    }

    /// Whether it speaks of each point of the question and no other, and of no later day.
    ///
    /// # Errors
    /// [`AnswerError::Points`], [`AnswerError::LaterDay`].
    pub fn fits(&self, question: Question, today: Day) -> Result<(), AnswerError> {
        let expected = match self.code {
            AnswerCode::Answered => question.points(),
            AnswerCode::PersonUnknown | AnswerCode::NameDisagrees => &[],
        };
        if self.values.len() != expected.len() || !expected.iter().all(|it| self.values.contains_key(it)) {
            let names: Vec<_> = expected.iter().map(|point| point.as_str()).collect();
            let expected = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            return Err(AnswerError::Points { code: self.code.as_str(), expected });
        }
        match self.values.iter().find(|(_, value)| value.on > today) {
            None => Ok(()),
            Some((point, _)) => Err(AnswerError::LaterDay { point: point.as_str() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = Day(20_000);

    fn read(text: &str) -> Result<Answer, AnswerError> {
        Answer::from_json(text.as_bytes())
    }

    #[test]
    fn answers_speak_of_each_point_and_no_other() {
        let full = r#"{"code":"answered","values":{"pension":{"holds":"holds","on":"2024-10-04"},
            "employed":{"holds":"unknown","on":"2024-10-04"}}}"#;
        let answer = read(full).unwrap();
        assert_eq!(answer.fits(Question::PensionAndEmployment, TODAY), Ok(()));
        let other = answer.fits(Question::AbilityAndStay, TODAY).unwrap_err();
        assert!(other.to_string().contains("disabled-ability, long-stay"), "{other}");
        let early = answer.fits(Question::PensionAndEmployment, TODAY.plus_days(-1));
        assert_eq!(early, Err(AnswerError::LaterDay { point: "pension" }));
        let unknown = read(r#"{"code":"person-unknown"}"#).unwrap();
        assert_eq!(unknown.fits(Question::AbilityAndStay, TODAY), Ok(()));
        let both = Answer { code: AnswerCode::PersonUnknown, ..answer };
        assert!(both.fits(Question::PensionAndEmployment, TODAY).is_err());
    }

    #[test]
    fn what_is_no_answer_is_refused_without_repeating_it() {
        let day = r#""on":"2024-10-04""#;
        for wrong in [
            String::new(),
            "[]".into(),
            "{}".into(),
            r#"{"code":"maybe"}"#.into(),
            r#"{"code":"answered","note":"张三"}"#.into(),
            format!(r#"{{"code":"answered","values":{{"张三":{{"holds":"holds",{day}}}}}}}"#),
            format!(r#"{{"code":"answered","values":{{"pension":{{"holds":true,{day}}}}}}}"#),
            format!(r#"{{"code":"answered","values":{{"pension":{{"holds":"holds",{day},"note":""}}}}}}"#),
            r#"{"code":"answered","values":{"pension":{"holds":"holds","on":"2024-02-30"}}}"#.into(),
        ] {
            let error = read(&wrong).unwrap_err().to_string();
            assert!(!error.contains("张三"), "{error}");
        }
    }
}
