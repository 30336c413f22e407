//! Tokens of programs: `sz_<id>_<secret>`.

use std::fmt;
use std::str::FromStr;

use crate::secret::{Secret, hex};
use crate::{Fill, NoRandomness};

/// Which token: 16 hexadecimal digits. No secret: it may be shown and logged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(String);

/// Why a text is no id of a token. Reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the id of a token: 16 hexadecimal digits, as the list of tokens shows it")]
pub struct TokenIdError;

/// A token that was just issued. The text is shown once: only its hash is kept.
#[derive(Debug)]
pub struct IssuedToken {
    /// Which.
    pub id: TokenId,
    /// The whole token.
    pub token: Secret,
}

/// How a token begins, so that it is found where it was left.
const MARK: &str = "sz_";

impl TokenId {
    pub(crate) fn random(fill: &mut Fill<'_>) -> Result<TokenId, NoRandomness> {
        let mut bytes = [0; 8];
        fill(&mut bytes)?;
        Ok(TokenId(hex(&bytes)))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenId {
    type Err = TokenIdError;

    fn from_str(text: &str) -> Result<TokenId, TokenIdError> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 16 && text.bytes().all(is_digit) {
            Ok(TokenId(text.to_owned()))
        } else {
            Err(TokenIdError)
        }
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The whole token.
pub(crate) fn whole(id: &TokenId, secret: &Secret) -> Secret {
    Secret::new(format!("{MARK}{id}_{}", secret.expose()))
}

/// Its id and its secret, if it has the form.
pub(crate) fn parts(token: &str) -> Option<(TokenId, &str)> {
    let (id, secret) = token.strip_prefix(MARK)?.split_once('_')?;
    Some((id.parse().ok()?, secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_there_and_back() {
        let id: TokenId = "00ff00ff00ff00ff".parse().unwrap();
        let token = whole(&id, &Secret::new("secret".into()));
        assert_eq!(token.expose(), "sz_00ff00ff00ff00ff_secret");
        assert_eq!(parts(token.expose()), Some((id, "secret")));
        for text in ["", "sz_", "sz_00ff00ff00ff00ff", "00ff00ff00ff00ff_secret", "sz_00FF00ff00ff00ff_s"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
