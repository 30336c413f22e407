//! Names: of accounts, of sources of events, of people at a provider.

use std::fmt;
use std::str::FromStr;

use sanzao_model::{Bureau, Feed};
use serde::{Deserialize, Serialize};

/// What an account is called: 1 to 64 of `a-z 0-9 . - _`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountName(String);

/// Why a text is no name of an account. Reject: choose another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a name of 1 to 64 letters a-z, digits and . - _")]
pub struct AccountNameError;

/// What a department's events come from (domain §2): `/320614/police`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventSource {
    /// The bureau that receives them.
    pub bureau: Bureau,
    /// The feed.
    pub feed: Feed,
}

/// Why a text is no source. Reject: whoever wrote it must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a source as /320614/police: the code of the bureau and the name of the feed")]
pub struct EventSourceError;

/// Somebody, as a provider knows them. Who may do what stands in the accounts, never at the provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OidcIdentity {
    /// The provider's issuer, as its discovery document has it.
    pub issuer: String,
    /// The subject there.
    pub sub: String,
}

impl AccountName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccountName {
    type Error = AccountNameError;

    fn try_from(text: String) -> Result<AccountName, AccountNameError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        let form = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
        if form { Ok(AccountName(text)) } else { Err(AccountNameError) }
    }
}

impl FromStr for AccountName {
    type Err = AccountNameError;

    fn from_str(text: &str) -> Result<AccountName, AccountNameError> {
        text.to_owned().try_into()
    }
}

impl From<AccountName> for String {
    fn from(name: AccountName) -> String {
        name.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EventSource {
    type Err = EventSourceError;

    fn from_str(text: &str) -> Result<EventSource, EventSourceError> {
        let (bureau, feed) =
            text.strip_prefix('/').and_then(|rest| rest.split_once('/')).ok_or(EventSourceError)?;
        Ok(EventSource {
            bureau: bureau.parse().map_err(|_| EventSourceError)?,
            feed: feed.parse().map_err(|_| EventSourceError)?,
        })
    }
}

impl TryFrom<String> for EventSource {
    type Error = EventSourceError;

    fn try_from(text: String) -> Result<EventSource, EventSourceError> {
        text.parse()
    }
}

impl From<EventSource> for String {
    fn from(source: EventSource) -> String {
        source.to_string()
    }
}

impl fmt::Display for EventSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}", self.bureau, self.feed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names() {
        let longest = "a".repeat(64);
        for text in ["a", "wang.li-2_x", &longest] {
            assert_eq!(text.parse::<AccountName>().unwrap().to_string(), text);
        }
        for text in ["", "Wang", "a b", "王", &"a".repeat(65), "a/b", "a\n"] {
            assert!(text.parse::<AccountName>().is_err(), "{text}");
        }
    }

    #[test]
    fn sources_there_and_back() {
        let source: EventSource = "/320614/medical-insurance".parse().unwrap();
        assert_eq!((source.bureau, source.feed), (Bureau(320_614), Feed::MedicalInsurance));
        assert_eq!(source.to_string(), "/320614/medical-insurance");
        for text in ["", "320614/police", "/320614/Police", "/320614/police/", "/32061/police", "/320614"] {
            assert!(text.parse::<EventSource>().is_err(), "{text}");
        }
    }
}
