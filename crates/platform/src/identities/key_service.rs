//! Master keys in a key service: the transit engine of HashiCorp Vault and OpenBao.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sanzao_vault::{MasterError, MasterId, MasterKeys, SecretBytes};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{StatusCode, Uri};

use super::refused;
use crate::config::KeyService;

/// Keys that go into one request.
const KEYS_PER_REQUEST: usize = 500;
const TIMEOUT: Duration = Duration::from_secs(10);

/// A named key of a transit engine. Its ids are `<mount>/<key>:v<version>`.
pub(crate) struct TransitKeys {
    agent: Agent,
    base: String,
    mount: String,
    key: String,
    token: Option<String>,
}

impl TransitKeys {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// When the address is not of HTTP, or the token cannot be read.
    pub fn new(service: &KeyService) -> Result<TransitKeys, MasterError> {
        // Keys travel in it unwrapped.
        if !leads_to_this_machine(&service.url) {
            return Err(refused(
                "[vault.key_service] url must begin with http:// and lead to an agent on this machine, as \
                 http://127.0.0.1:8200",
            ));
        }
        let token = match &service.token_file {
            None => None,
            Some(path) => {
                let text = std::fs::read_to_string(path);
                Some(text.map_err(|error| refused(format!("{}: {error}", path.display())))?.trim().to_owned())
            }
        };
        let settings = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0)
            // One that the environment names would read the keys, also of an address of this machine.
            .proxy(None)
            .build();
        Ok(TransitKeys {
            agent: settings.into(),
            base: service.url.trim_end_matches('/').to_owned(),
            mount: service.mount.trim_matches('/').to_owned(),
            key: service.key.clone(),
            token,
        })
    }

    fn id(&self, version: u64) -> Result<MasterId, MasterError> {
        let text = format!("{}/{}:v{version}", self.mount, self.key);
        text.parse().map_err(|error| refused(format!("the key service: {error}")))
    }

    /// The version that an id names.
    fn version(&self, id: &MasterId) -> Result<u64, MasterError> {
        let prefix = format!("{}/{}:v", self.mount, self.key);
        let version = id.as_str().strip_prefix(&prefix).and_then(|version| version.parse().ok());
        version.ok_or_else(|| MasterError::Unknown { id: id.clone() })
    }

    fn ask(&self, what: &str, body: Option<&Value>) -> Result<Value, MasterError> {
        let url = format!("{}/v1/{}/{what}/{}", self.base, self.mount, self.key);
        let token = self.token.as_deref().unwrap_or_default();
        let answer = match body {
            None => self.agent.get(&url).header("X-Vault-Token", token).call(),
            Some(body) => {
                let request = self.agent.post(&url).header("X-Vault-Token", token);
                request.header("content-type", "application/json").send(body.to_string())
            }
        };
        let away = |detail: String| MasterError::Away { detail };
        let mut answer = answer.map_err(|error| away(error.to_string()))?;
        let status = answer.status();
        let text = answer.body_mut().with_config().limit(16 << 20).read_to_string();
        let text = text.map_err(|error| away(error.to_string()))?;
        // A sealed service answers 503, one that is overrun 429.
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(away(format!("it answers {status}")));
        }
        if !status.is_success() {
            return Err(refused(format!(
                "the key service answers {status} to {what}: check mount, key and what the token may do"
            )));
        }
        serde_json::from_str(&text).map_err(|_| refused("the key service answers with what is no JSON"))
    }

    /// One text for each part, in the same order.
    fn batch(&self, what: &str, parts: Vec<Value>, field: &str) -> Result<Vec<String>, MasterError> {
        let mut all = Vec::with_capacity(parts.len());
        for some in parts.chunks(KEYS_PER_REQUEST) {
            let answer = self.ask(what, Some(&json!({ "batch_input": some })))?;
            let results = answer["data"]["batch_results"].as_array().map_or(&[][..], Vec::as_slice);
            let texts = results.iter().filter_map(|result| result[field].as_str().map(str::to_owned));
            let before = all.len();
            all.extend(texts);
            if all.len() - before != some.len() {
                return Err(refused(format!("the key service did not {what} every key it was asked to")));
            }
        }
        Ok(all)
    }
}

fn leads_to_this_machine(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    uri.scheme_str() == Some("http")
        && (host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback()))
}

impl MasterKeys for TransitKeys {
    fn current(&self) -> Result<MasterId, MasterError> {
        let answer = self.ask("keys", None)?;
        let version = answer["data"]["latest_version"].as_u64();
        self.id(version.ok_or_else(|| refused("the key service names no version of the key"))?)
    }

    fn wrap(&self, id: &MasterId, keys: &[SecretBytes]) -> Result<Vec<Vec<u8>>, MasterError> {
        let version = self.version(id)?;
        let part = |key: &SecretBytes| json!({"plaintext": STANDARD.encode(&**key), "key_version": version});
        let wrapped = self.batch("encrypt", keys.iter().map(part).collect(), "ciphertext")?;
        Ok(wrapped.into_iter().map(String::into_bytes).collect())
    }

    fn unwrap(&self, id: &MasterId, wrapped: &[&[u8]]) -> Result<Vec<SecretBytes>, MasterError> {
        let prefix = format!("vault:v{}:", self.version(id)?);
        let does_not_open = || MasterError::DoesNotOpen { id: id.clone() };
        let part = |wrapped: &&[u8]| {
            let text = std::str::from_utf8(wrapped).ok().filter(|text| text.starts_with(&prefix));
            text.map(|text| json!({ "ciphertext": text })).ok_or_else(does_not_open)
        };
        let parts = wrapped.iter().map(part).collect::<Result<_, _>>()?;
        let plain = self.batch("decrypt", parts, "plaintext")?;
        let decode = |text: String| STANDARD.decode(text).map(SecretBytes::new).map_err(|_| does_not_open());
        plain.into_iter().map(decode).collect()
    }
}

impl fmt::Debug for TransitKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransitKeys").field("key", &self.key).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_not_leave_this_machine() {
        for good in ["http://127.0.0.1:8200", "http://localhost:8200/", "http://[::1]:8200"] {
            assert!(leads_to_this_machine(good), "{good}");
        }
        let wrong =
            ["http://10.0.0.1:8200", "https://127.0.0.1", "http://127.0.0.1@vault.example", "127.0.0.1", ""];
        for wrong in wrong {
            assert!(!leads_to_this_machine(wrong), "{wrong}");
        }
    }
}
