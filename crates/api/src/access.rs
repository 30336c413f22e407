//! Who may ask: for now, who holds the one token.

use std::fmt;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};

use crate::problem::{Problem, ProblemType};
use crate::state::ApiState;

/// A bearer token, kept as its hash.
#[derive(Clone)]
pub struct Token {
    hash: [u8; 32],
}

/// Why a text is no token. Reject: write another into the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a token of at least 16 letters, digits and -._~+/=")]
pub struct TokenError;

/// Who asks when the token is right.
#[derive(Debug, Clone)]
pub struct Access {
    /// The token.
    pub token: Token,
    /// The account that its holder acts as.
    pub actor: String,
}

/// Shorter ones can be guessed.
const TOKEN_MIN_CHARACTERS: usize = 16;

impl Token {
    /// A token of the characters that RFC 6750 allows.
    ///
    /// # Errors
    /// When it is shorter than 16 characters or has others.
    pub fn new(text: &str) -> Result<Token, TokenError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if text.len() < TOKEN_MIN_CHARACTERS || !text.bytes().all(allowed) {
            return Err(TokenError);
        }
        Ok(Token { hash: Sha256::digest(text.as_bytes()).into() })
    }

    /// Compares hashes, all bytes of them, so that time tells nothing of the token.
    fn is(&self, given: &[u8]) -> bool {
        let given: [u8; 32] = Sha256::digest(given).into();
        self.hash.iter().zip(given).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Lets a request pass that has the token.
pub(crate) async fn require_token(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    match bearer(request.headers()) {
        Some(given) if state.access().token.is(given) => Ok(next.run(request).await),
        Some(_) => Err(Problem::new(ProblemType::Unauthorized, "the token is not the configured one")),
        None => Err(Problem::new(ProblemType::Unauthorized, "send the header authorization: Bearer <token>")),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.as_bytes();
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_plain() {
        let token = Token::new("0123456789abcdef").unwrap();
        assert!(token.is(b"0123456789abcdef"));
        assert!(!token.is(b"0123456789abcdeF"));
        assert!(!token.is(b""));
        assert_eq!(format!("{token:?}"), "Token(..)");
        for text in ["", "0123456789abcde", "0123456789 abcdef", "0123456789abcdé0"] {
            assert!(Token::new(text).is_err(), "{text}");
        }
    }
}
