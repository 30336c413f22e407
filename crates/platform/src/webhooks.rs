//! Webhooks as they are configured: to which addresses departments are told, and by which secrets.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use sanzao_exchange::{Courier, Endpoint, EndpointId, Network, Settings, WebhookSecret};

use crate::config::{Config, Webhook};

/// Messages to one endpoint in one step: no more than are on their way at once, so that who stops the platform waits for
/// one timeout at most.
const AT_ONCE: usize = 4;

/// Where messages go, and how.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub endpoint: Endpoint,
    pub settings: Settings,
}

/// All that are configured.
///
/// # Errors
/// When one cannot be used; the message names it and what to mend.
pub(crate) fn destinations(config: &Config) -> Result<Vec<Destination>> {
    let mut names = BTreeSet::new();
    let mut all = Vec::new();
    for webhook in &config.webhook {
        let name = name(webhook);
        let destination = destination(webhook, name).with_context(|| format!("[[webhook]] {name}"))?;
        if !names.insert(name) {
            bail!("[[webhook]] {name} is configured twice: give each a name of its own");
        }
        all.push(destination);
    }
    Ok(all)
}

fn name(webhook: &Webhook) -> &str {
    webhook.name.as_deref().unwrap_or(webhook.department.as_str())
}

fn destination(webhook: &Webhook, name: &str) -> Result<Destination> {
    let id: EndpointId = name.parse()?;
    let path = &webhook.secret_file;
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let secret = |(number, line): (usize, &str)| -> Result<WebhookSecret> {
        line.trim().parse().with_context(|| format!("{} line {}", path.display(), number + 1))
    };
    let secrets = lines.map(secret).collect::<Result<Vec<_>>>()?;
    let endpoint = Endpoint::new(id, webhook.department, &webhook.url, secrets)?;
    let network = |text: &String| -> Result<Network> {
        text.parse().with_context(|| format!("allowed_networks: {text:?}"))
    };
    let allowed_networks = webhook.allowed_networks.iter().map(network).collect::<Result<Vec<_>>>()?;
    let trusted_pem = webhook.certificates.as_ref().map(|path| {
        std::fs::read(path).with_context(|| format!("cannot read certificates {}", path.display()))
    });
    let trusted_pem = trusted_pem.transpose()?;
    let settings = Settings {
        workers: AT_ONCE,
        most_per_step: AT_ONCE,
        allowed_networks,
        trusted_pem,
        ..Settings::default()
    };
    // What is wrong with certificates is said now, not when the first message goes out.
    Courier::new(settings.clone())?;
    Ok(Destination { endpoint, settings })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(toml: &str, secrets: &str) -> Result<Vec<Destination>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, secrets).unwrap();
        let toml = toml.replace("FILE", file.to_str().unwrap());
        destinations(&toml::from_str(&toml)?)
    }

    const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
    const GOOD: &str =
        "[[webhook]]\ndepartment = \"police\"\nurl = \"https://a.example/h\"\nsecret_file = \"FILE\"\n";

    #[test]
    fn a_webhook_is_named_for_its_department_unless_told() {
        let all = of(GOOD, &SECRET.repeat(2)).unwrap();
        assert_eq!(all[0].endpoint.id().as_str(), "police");
        let second = GOOD.replace("department", "name = \"police-2\"\ndepartment");
        let all = of(&format!("{GOOD}{second}allowed_networks = [\"10.3.0.0/16\"]\n"), SECRET).unwrap();
        assert_eq!((all.len(), all[1].endpoint.id().as_str()), (2, "police-2"));
        assert_eq!(all[1].settings.allowed_networks.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_said_at_the_start() {
        for (toml, secrets, expected) in [
            (GOOD.replace("police", "tax"), SECRET.into(), "unknown variant"),
            (format!("{GOOD}retries = 3\n"), SECRET.into(), "unknown field"),
            (GOOD.into(), "whsec_short\n".into(), "line 1"),
            (GOOD.into(), format!("{SECRET}\nnothing\n"), "line 3"),
            (GOOD.into(), String::new(), "current secret"),
            (GOOD.replace("https", "http"), SECRET.into(), "expected https"),
            (GOOD.repeat(2), SECRET.into(), "twice"),
            (format!("{GOOD}allowed_networks = [\"10.3\"]\n"), SECRET.into(), "10.3.0.0/16"),
            (format!("{GOOD}certificates = \"/none.pem\"\n"), SECRET.into(), "/none.pem"),
            (format!("{GOOD}certificates = \"FILE\"\n"), SECRET.into(), "certificates"),
            (format!("{GOOD}name = \"Polizei\"\n"), SECRET.into(), "a-z"),
        ] {
            let error = format!("{:#}", of(&toml, &secrets).unwrap_err());
            assert!(error.contains(expected), "{expected:?} is not in {error:?}");
            assert!(!error.contains("AAECAw") && !error.contains("whsec_short"), "{error}");
        }
    }
}
