//! Topics and their partitions.

use std::fmt;

use crate::JournalError;

/// The name of a topic: 1 to 200 characters out of `a-z`, `0-9`, `.` and `-`, not beginning with a dot or a
/// minus. (Kafka allows 249 characters and the underscore, which it confuses with the dot in metric names.)
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(String);

impl Topic {
    /// Checks and takes a name.
    ///
    /// # Errors
    /// [`JournalError::InvalidName`] for a name of another form.
    pub fn new(name: impl Into<String>) -> Result<Self, JournalError> {
        let name = name.into();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        if name.is_empty() || name.len() > 200 || name.starts_with(['.', '-']) || !name.chars().all(allowed) {
            return Err(JournalError::InvalidName { name });
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One partition of a topic: the unit of order, offsets and claims.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream {
    /// The topic.
    pub topic: Topic,
    /// The partition, from 0.
    pub partition: u32,
}

impl Stream {
    /// The given partition of a topic.
    pub fn new(topic: Topic, partition: u32) -> Self {
        Self { topic, partition }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.topic, self.partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_lower_case_letters_digits_dots_and_minus() {
        for good in ["facts", "feed.social-security", "rejected.health", "t2"] {
            assert_eq!(Topic::new(good).unwrap().as_str(), good);
        }
        let long = "a".repeat(201);
        for bad in ["", ".", "..", "-a", "Facts", "a_b", "a b", "事实", "a/b", &long] {
            assert!(matches!(Topic::new(bad), Err(JournalError::InvalidName { .. })), "{bad:?} was taken");
        }
    }
}
