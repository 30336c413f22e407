//! What is asked of a sign-in beside that it holds: how strong and how fresh it was, and what a token is for.

use sanzao_model::Instant;

use super::TokenFault;
use super::claims::{Claims, LEEWAY_SECONDS};

/// What is asked of a sign-in at a provider, and of its access tokens. Without any of it a sign-in counts as one by one
/// factor, at whatever time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demands {
    /// How somebody has to have signed in: one of these classes (`acr`), in the provider's words. Access tokens of programs,
    /// which sign in nowhere, need none.
    pub acr: Vec<String>,
    /// Seconds since somebody signed in there, at most.
    pub max_age_seconds: Option<u32>,
    /// What an access token has to be for: one of the words of its `scope`.
    pub scope: Option<String>,
}

impl Demands {
    /// What is to be said to the provider where a sign-in begins.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let acr = (!self.acr.is_empty()).then(|| ("acr_values", self.acr.join(" ")));
        acr.into_iter().chain(self.max_age_seconds.map(|seconds| ("max_age", seconds.to_string())))
    }

    /// Of an ID token (OpenID Connect Core 1.0 §3.1.3.7, 11 and 12).
    pub(crate) fn of_sign_in(&self, claims: &Claims, now: Instant) -> Result<(), TokenFault> {
        self.strength(claims)?;
        let Some(seconds) = self.max_age_seconds else { return Ok(()) };
        let age = claims.auth_time.map(|time| now.0 as f64 / 1e9 - time);
        let is_fresh = age.is_some_and(|age| age <= f64::from(seconds) + LEEWAY_SECONDS);
        if is_fresh { Ok(()) } else { Err(TokenFault::TooOld) }
    }

    /// Of an access token (RFC 9068 §2.2).
    pub(crate) fn of_access(&self, claims: &Claims) -> Result<(), TokenFault> {
        let is_program = claims.client_id.as_deref() == Some(&claims.sub);
        if !is_program {
            self.strength(claims)?;
        }
        let Some(scope) = &self.scope else { return Ok(()) };
        let told = claims.scope.as_deref().unwrap_or_default();
        if told.split(' ').any(|word| word == scope) { Ok(()) } else { Err(TokenFault::Scope) }
    }

    fn strength(&self, claims: &Claims) -> Result<(), TokenFault> {
        let is_asked = self.acr.is_empty() || claims.acr.as_ref().is_some_and(|acr| self.acr.contains(acr));
        if is_asked { Ok(()) } else { Err(TokenFault::Strength) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(more: serde_json::Value) -> Claims {
        let mut claims = json!({ "iss": "i", "sub": "s", "aud": "c", "exp": 2000 });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn how_strong_and_how_fresh() {
        let at = |seconds: i64| Instant(seconds * 1_000_000_000);
        let none = Demands::default();
        assert_eq!((none.of_sign_in(&claims(json!({})), at(1000)), none.parameters().count()), (Ok(()), 0));
        let demands =
            Demands { acr: vec!["two".into(), "three".into()], max_age_seconds: Some(300), scope: None };
        let told: Vec<_> = demands.parameters().collect();
        assert_eq!(told, [("acr_values", "two three".to_owned()), ("max_age", "300".to_owned())]);
        for (more, now, expected) in [
            (json!({ "acr": "two", "auth_time": 1000 }), 1360, Ok(())),
            (json!({ "acr": "three", "auth_time": 1000 }), 1000, Ok(())),
            (json!({ "acr": "two", "auth_time": 1000 }), 1361, Err(TokenFault::TooOld)),
            (json!({ "acr": "two" }), 1000, Err(TokenFault::TooOld)),
            (json!({ "acr": "one", "auth_time": 1000 }), 1000, Err(TokenFault::Strength)),
            (json!({ "acr": "two three", "auth_time": 1000 }), 1000, Err(TokenFault::Strength)),
            (json!({ "auth_time": 1000 }), 1000, Err(TokenFault::Strength)),
        ] {
            assert_eq!(demands.of_sign_in(&claims(more.clone()), at(now)), expected, "{more} {now}");
        }
    }

    #[test]
    fn what_a_token_is_for() {
        let demands =
            Demands { acr: vec!["two".into()], max_age_seconds: Some(1), scope: Some("sanzao".into()) };
        for (more, expected) in [
            (json!({ "acr": "two", "scope": "openid sanzao" }), Ok(())),
            (json!({ "acr": "two", "scope": "sanzao.read" }), Err(TokenFault::Scope)),
            (json!({ "acr": "two" }), Err(TokenFault::Scope)),
            (json!({ "scope": "sanzao" }), Err(TokenFault::Strength)),
            (json!({ "scope": "sanzao", "client_id": "another" }), Err(TokenFault::Strength)),
            (json!({ "scope": "sanzao", "client_id": "s" }), Ok(())),
        ] {
            assert_eq!(demands.of_access(&claims(more.clone())), expected, "{more}");
        }
    }
}
