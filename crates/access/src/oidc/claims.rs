//! What a signed token says, and whether that holds.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sanzao_model::Instant;
use serde::Deserialize;
use serde::de::value::StrDeserializer;

use super::TokenFault;
use super::key::Algorithm;
use crate::secret::{Secret, same};

/// Clocks differ by so much at most.
pub(crate) const LEEWAY_SECONDS: f64 = 60.0;

/// Longer ones are no tokens.
const MAX_BYTES: usize = 16 << 10;

/// A token of which only the form is known (RFC 7515 §7.1).
pub(crate) struct SignedToken<'a> {
    pub algorithm: Algorithm,
    pub kid: String,
    kind: Option<String>,
    /// What is signed.
    pub message: &'a [u8],
    pub signature: Vec<u8>,
    payload: Vec<u8>,
}

/// The head of a token (RFC 7515 §4), as far as it is used. What it says of keys is not: it could bring its own.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

/// What a token says. Not to be read before its signature was verified.
#[derive(Debug, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    pub sub: String,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    azp: Option<String>,
    nonce: Option<String>,
    pub acr: Option<String>,
    pub auth_time: Option<f64>,
    pub client_id: Option<String>,
    pub scope: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What it should say.
pub(crate) struct Expected<'a> {
    pub issuer: &'a str,
    pub audience: &'a str,
    pub now: Instant,
}

impl<'a> SignedToken<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<SignedToken<'a>, TokenFault> {
        if token.len() > MAX_BYTES || token.matches('.').count() != 2 {
            return Err(TokenFault::Form);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Form)?;
        let (header, payload) = message.split_once('.').ok_or(TokenFault::Form)?;
        let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Form);
        let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| TokenFault::Form)?;
        let named = StrDeserializer::<serde::de::value::Error>::new(&header.alg);
        let algorithm = Algorithm::deserialize(named).map_err(|_| TokenFault::Algorithm)?;
        // RFC 7515 §4.1.11: what must be understood is not.
        if header.crit.is_some() {
            return Err(TokenFault::Form);
        }
        Ok(SignedToken {
            algorithm,
            kid: header.kid.ok_or(TokenFault::UnknownKey)?,
            kind: header.typ,
            message: message.as_bytes(),
            signature: bytes(signature)?,
            payload: bytes(payload)?,
        })
    }

    /// RFC 9068 §4: an ID token is no access token.
    pub(crate) fn check_access_type(&self) -> Result<(), TokenFault> {
        let kind = self.kind.as_deref().unwrap_or_default();
        let is_access = ["at+jwt", "application/at+jwt"].iter().any(|known| kind.eq_ignore_ascii_case(known));
        if is_access { Ok(()) } else { Err(TokenFault::Type) }
    }

    pub(crate) fn claims(&self) -> Result<Claims, TokenFault> {
        let claims: Claims = serde_json::from_slice(&self.payload).map_err(|_| TokenFault::Form)?;
        if (1..=255).contains(&claims.sub.len()) { Ok(claims) } else { Err(TokenFault::Form) }
    }
}

impl Claims {
    /// Issuer, audience and times (RFC 7519 §4.1).
    pub(crate) fn check(&self, expected: &Expected<'_>) -> Result<(), TokenFault> {
        if self.iss != expected.issuer {
            return Err(TokenFault::Issuer);
        }
        let is_for = match &self.aud {
            Audience::One(audience) => audience == expected.audience,
            Audience::Several(audiences) => audiences.iter().any(|audience| audience == expected.audience),
        };
        if !is_for {
            return Err(TokenFault::Audience);
        }
        let now = expected.now.0 as f64 / 1e9;
        if now >= self.exp + LEEWAY_SECONDS {
            return Err(TokenFault::Expired);
        }
        let is_begun = |from: &Option<f64>| from.is_none_or(|from| from - LEEWAY_SECONDS <= now);
        if is_begun(&self.nbf) && is_begun(&self.iat) { Ok(()) } else { Err(TokenFault::NotYet) }
    }

    /// Whether it is the ID token of a sign-in (OpenID Connect Core 1.0 §3.1.3.7); the audience is the client.
    pub(crate) fn check_id_token(&self, expected: &Expected<'_>, nonce: &Secret) -> Result<(), TokenFault> {
        self.check(expected)?;
        let is_several = matches!(&self.aud, Audience::Several(audiences) if audiences.len() > 1);
        match self.azp.as_deref() {
            Some(party) if party != expected.audience => return Err(TokenFault::Audience),
            None if is_several => return Err(TokenFault::Audience),
            _ => {}
        }
        let is_of_it = self.nonce.as_deref().is_some_and(|given| same(given, nonce.expose()));
        if is_of_it { Ok(()) } else { Err(TokenFault::Nonce) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(change: impl Fn(&mut serde_json::Value)) -> Claims {
        let mut claims = json!({ "iss": "i", "sub": "s", "aud": "c", "exp": 1000, "iat": 900, "nonce": "n" });
        change(&mut claims);
        serde_json::from_value(claims).unwrap()
    }

    fn told(change: impl Fn(&mut serde_json::Value), seconds: i64) -> Result<(), TokenFault> {
        let now = Instant(seconds * 1_000_000_000);
        let claims = claims(change);
        claims.check_id_token(&Expected { issuer: "i", audience: "c", now }, &Secret::new("n".to_owned()))
    }

    #[test]
    fn to_whom_and_when() {
        assert_eq!(told(|_| (), 950), Ok(()));
        assert_eq!((told(|_| (), 1059), told(|_| (), 1060)), (Ok(()), Err(TokenFault::Expired)));
        assert_eq!((told(|_| (), 840), told(|_| (), 839)), (Ok(()), Err(TokenFault::NotYet)));
        let not_before = |claims: &mut serde_json::Value| claims["nbf"] = 980.5.into();
        assert_eq!((told(not_before, 921), told(not_before, 920)), (Ok(()), Err(TokenFault::NotYet)));
        assert_eq!(told(|claims| claims["iss"] = "i/".into(), 950), Err(TokenFault::Issuer));
        assert_eq!(told(|claims| claims["nonce"] = "m".into(), 950), Err(TokenFault::Nonce));
        assert_eq!(told(|claims| claims["nonce"] = json!(null), 950), Err(TokenFault::Nonce));
        for (audience, party, expected) in [
            (json!(["c"]), json!(null), Ok(())),
            (json!(["c", "d"]), json!("c"), Ok(())),
            (json!(["c", "d"]), json!(null), Err(TokenFault::Audience)),
            (json!(["c", "d"]), json!("d"), Err(TokenFault::Audience)),
            (json!("c"), json!("d"), Err(TokenFault::Audience)),
            (json!([]), json!(null), Err(TokenFault::Audience)),
            (json!("cc"), json!(null), Err(TokenFault::Audience)),
        ] {
            let change = |claims: &mut serde_json::Value| {
                claims["aud"] = audience.clone();
                claims["azp"] = party.clone();
            };
            assert_eq!(told(change, 950), expected, "{audience} {party}");
        }
    }
}
