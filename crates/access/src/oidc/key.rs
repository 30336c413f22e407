//! Public keys of a provider, and what they have signed.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;

use super::TokenFault;

/// What tokens may be signed with (RFC 7518 §3.1, RFC 8037 §3.1): signatures of the provider alone. Never `none`, and
/// never a shared secret, with which whoever verifies could sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Algorithm {
    RS256,
    PS256,
    ES256,
    ES384,
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// A key of a set (RFC 7517 §4), as far as it is used.
#[derive(Deserialize)]
struct Jwk {
    kid: String,
    kty: String,
    crv: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// A public key, and the algorithms for which it may be used.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    algorithms: Vec<Algorithm>,
    material: Material,
}

#[derive(Debug, Clone)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// A point, or an Ed25519 key.
    Bytes(Vec<u8>),
}

impl Algorithm {
    fn as_str(self) -> &'static str {
        match self {
            Algorithm::RS256 => "RS256",
            Algorithm::PS256 => "PS256",
            Algorithm::ES256 => "ES256",
            Algorithm::ES384 => "ES384",
            Algorithm::EdDsa => "EdDSA",
        }
    }
}

impl Jwk {
    fn verifies(&self) -> bool {
        let operations = self.key_ops.as_deref();
        self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && operations.is_none_or(|operations| operations.iter().any(|operation| operation == "verify"))
    }

    /// What it is good for, and what it is made of.
    fn read(&self) -> Option<Key> {
        let number = |text: &Option<String>| BASE64_URL_SAFE_NO_PAD.decode(text.as_ref()?).ok();
        let point = |bytes: usize| {
            let (x, y) = (number(&self.x)?, number(&self.y)?);
            // Uncompressed, as SEC 1 §2.3.3 has it.
            (x.len() == bytes && y.len() == bytes).then(|| Material::Bytes([&[4], &*x, &*y].concat()))
        };
        let (algorithms, material) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", None) => {
                let (n, e) = (without_zeros(&number(&self.n)?), without_zeros(&number(&self.e)?));
                (vec![Algorithm::RS256, Algorithm::PS256], Material::Rsa { n, e })
            }
            ("EC", Some("P-256")) => (vec![Algorithm::ES256], point(32)?),
            ("EC", Some("P-384")) => (vec![Algorithm::ES384], point(48)?),
            ("OKP", Some("Ed25519")) => (vec![Algorithm::EdDsa], Material::Bytes(number(&self.x)?)),
            _ => return None,
        };
        Some(Key { algorithms, material })
    }
}

impl Key {
    /// A key of a set with its id; None for one that signs no tokens that are taken.
    pub(crate) fn parse(value: &serde_json::Value) -> Option<(String, Key)> {
        let jwk = Jwk::deserialize(value).ok().filter(Jwk::verifies)?;
        let mut key = jwk.read()?;
        if let Some(only) = &jwk.alg {
            key.algorithms.retain(|algorithm| algorithm.as_str() == only);
        }
        (!key.algorithms.is_empty()).then_some((jwk.kid, key))
    }

    /// Whether the holder of this key signed the message.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        given: &[u8],
    ) -> Result<(), TokenFault> {
        if !self.algorithms.contains(&algorithm) {
            return Err(TokenFault::Algorithm);
        }
        let verified = match &self.material {
            Material::Rsa { n, e } => {
                let parameters = match algorithm {
                    Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
                    _ => &signature::RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, given)
            }
            Material::Bytes(bytes) => {
                let kind: &dyn signature::VerificationAlgorithm = match algorithm {
                    Algorithm::ES256 => &ECDSA_P256_SHA256_FIXED,
                    Algorithm::ES384 => &ECDSA_P384_SHA384_FIXED,
                    _ => &ED25519,
                };
                UnparsedPublicKey::new(kind, bytes).verify(message, given)
            }
        };
        verified.map_err(|_| TokenFault::Signature)
    }
}

/// Some write a zero before the first bit.
fn without_zeros(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn verify(jwk: serde_json::Value, algorithm: Algorithm, token: &str) -> Result<(), TokenFault> {
        let mut jwk = jwk;
        jwk["kid"] = "1".into();
        let (_, key) = Key::parse(&jwk).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        let mut other = message.as_bytes().to_vec();
        other[0] ^= 1;
        assert_eq!(key.verify(algorithm, &other, &signature), Err(TokenFault::Signature));
        key.verify(algorithm, message.as_bytes(), &signature)
    }

    #[test]
    fn signatures_of_the_standards_verify() {
        // RFC 7515 A.2.
        let rsa = json!({ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHm\
            fHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf\
            63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyx\
            XFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" });
        let payload =
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG\
            bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eS\
            N9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkW\
            ywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let token = format!("eyJhbGciOiJSUzI1NiJ9.{payload}.{signature}");
        assert_eq!(verify(rsa, Algorithm::RS256, &token), Ok(()));
        // RFC 7515 A.3.
        let curve = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
        let signature =
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let token = format!("eyJhbGciOiJFUzI1NiJ9.{payload}.{signature}");
        assert_eq!(verify(curve, Algorithm::ES256, &token), Ok(()));
        // RFC 8037 A.4.
        let pair =
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR\
            6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(verify(pair, Algorithm::EdDsa, token), Ok(()));
    }

    #[test]
    fn keys_for_something_else_are_left_out() {
        let good = json!({ "kid": "1", "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
        let with = |name: &str, value: serde_json::Value| {
            let mut jwk = good.clone();
            jwk[name] = value;
            Key::parse(&jwk)
        };
        assert!(with("use", "sig".into()).is_some() && with("alg", "ES256".into()).is_some());
        assert!(with("key_ops", json!(["verify"])).is_some());
        for (name, value) in [
            ("use", json!("enc")),
            ("alg", json!("ES384")),
            ("alg", json!("ECDH-ES")),
            ("key_ops", json!(["deriveKey"])),
            ("crv", json!("P-521")),
            ("kty", json!("oct")),
            ("kid", json!(null)),
        ] {
            assert!(with(name, value.clone()).is_none(), "{name} {value}");
        }
        assert!(Key::parse(&json!({ "kid": "1", "kty": "oct", "k": "c2VjcmV0", "alg": "HS256" })).is_none());
        assert!(Key::parse(&json!("no key")).is_none());
    }
}
