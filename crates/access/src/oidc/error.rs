//! What can go wrong with a provider.

use crate::ErrorClass;

/// Why a URL was not fetched. No variant holds a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Reject: only `https`, or `http` on this machine.
    #[error("expected a URL of https, or of http on this machine, without a user and a fragment")]
    Url,
    /// Retry: nobody there, too slow, or no trust in its certificate.
    #[error("no answer: {detail}")]
    NoAnswer {
        /// Why.
        detail: String,
    },
    /// Reject: certificates that are none.
    #[error("the certificates to trust are no PEM: {detail}")]
    Certificates {
        /// Why.
        detail: String,
    },
}

/// What does not hold of a token. Reject. No variant holds any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// No signed token of this form.
    #[error("it is no signed token")]
    Form,
    /// Signed in a way that is not taken, `none` and shared secrets above all.
    #[error("it is signed with an algorithm that is not taken")]
    Algorithm,
    /// Signed with a key that the provider does not publish.
    #[error("it is signed with a key that the provider does not publish")]
    UnknownKey,
    /// The signature is not of this text and key.
    #[error("its signature is wrong")]
    Signature,
    /// Of another kind than is taken here.
    #[error("it is no access token (typ at+jwt)")]
    Type,
    /// Of another provider.
    #[error("its issuer is another")]
    Issuer,
    /// For somebody else.
    #[error("it is for another audience")]
    Audience,
    /// No longer.
    #[error("it has expired")]
    Expired,
    /// Not yet.
    #[error("it is not valid yet")]
    NotYet,
    /// Of another sign-in.
    #[error("its nonce is of another sign-in")]
    Nonce,
    /// Signed in less strongly than is asked for.
    #[error("its holder did not sign in there as is asked for (acr)")]
    Strength,
    /// Signed in too long ago, or nobody says when.
    #[error("its holder signed in there too long ago (auth_time)")]
    TooOld,
    /// For something else.
    #[error("it is not for this (scope)")]
    Scope,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// Retry: the provider is not reached, and what is known of it is too old or too little.
    #[error("the identity provider is away: {detail}; try again in a minute")]
    Away {
        /// Why.
        detail: String,
    },
    /// Reject: the configuration does not fit.
    #[error("the identity provider is configured wrongly: {detail}")]
    Settings {
        /// What to mend.
        detail: String,
    },
    /// Reject: begun elsewhere, long ago, or finished already.
    #[error("this sign-in did not begin in this browser, is over or took too long: begin again")]
    State,
    /// Reject: the provider lets nobody in.
    #[error("the identity provider refused: {reason}")]
    Denied {
        /// As it says: letters, digits and `_`.
        reason: String,
    },
    /// Reject.
    #[error("the token does not hold: {0}")]
    Token(#[from] TokenFault),
    /// Reject: no audience is configured.
    #[error("access tokens of the identity provider are not taken: configure their audience")]
    NoBearer,
    /// Retry.
    #[error("no randomness for a sign-in")]
    NoRandomness,
    /// Bug.
    #[error("bug in access: {detail}")]
    Bug {
        /// What was not expected.
        detail: &'static str,
    },
}

impl OidcError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            OidcError::Away { .. } | OidcError::NoRandomness => ErrorClass::Retry,
            OidcError::Bug { .. } => ErrorClass::Bug,
            OidcError::Settings { .. }
            | OidcError::State
            | OidcError::Denied { .. }
            | OidcError::Token(_)
            | OidcError::NoBearer => ErrorClass::Reject,
        }
    }

    pub(crate) fn bug(detail: &'static str) -> OidcError {
        OidcError::Bug { detail }
    }

    /// A reason from outside, so that it can be shown and logged.
    pub(crate) fn denied(reason: &str) -> OidcError {
        let plain = |character: &char| character.is_ascii_alphanumeric() || " _-".contains(*character);
        OidcError::Denied { reason: reason.chars().filter(plain).take(64).collect() }
    }
}

impl From<FetchError> for OidcError {
    fn from(error: FetchError) -> OidcError {
        match error {
            FetchError::NoAnswer { detail } => OidcError::Away { detail },
            FetchError::Url | FetchError::Certificates { .. } => {
                OidcError::Settings { detail: error.to_string() }
            }
        }
    }
}
