//! The configuration file `sanzao.toml`.

mod kafka;
mod snapshots;
mod traces;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use sanzao_casework::Calendar;
use sanzao_discovery::Parameters;
use sanzao_journal::Topic;
use sanzao_model::{Bureau, Feed};
use serde::Deserialize;

use crate::rule_sets;
pub use kafka::{Kafka, KafkaSasl, KafkaSecurity, Workers};
pub use snapshots::{Bucket, SnapshotsSection};
pub use traces::TracesSection;

/// All settings; every one has a default.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where journal, keys and state lie.
    pub data: PathBuf,
    /// Six-digit codes of the bureaus served here, in the order of their partitions.
    pub bureaus: Vec<String>,
    /// A folder of rules instead of those built in.
    pub rules: Option<PathBuf>,
    /// A file of parameters instead of those built in.
    pub parameters: Option<PathBuf>,
    /// A file of the State Council's yearly notices of holidays instead of those built in.
    pub calendar: Option<PathBuf>,
    /// Events between two snapshots of the ledger; 0 for none.
    pub snapshot_facts: u64,
    /// Where copies of the snapshots lie.
    pub snapshots: SnapshotsSection,
    /// How long what identifies people is kept in the log.
    pub retention: Retention,
    /// Who is who, for those who may know.
    pub vault: Vault,
    /// The query API.
    pub api: Api,
    /// Use Apache Kafka instead of the embedded journal.
    pub kafka: Option<Kafka>,
    /// How several processes on one Kafka share the work.
    pub workers: Workers,
    /// Where departments are told what became of their records, and asked about people.
    pub webhook: Vec<Webhook>,
    /// Follow sampled events from feed to alert.
    pub traces: Option<TracesSection>,
    /// A trial: what is not protected is taken too. Said by a command, never by a file.
    #[serde(skip)]
    pub dev: bool,
}

/// `[[webhook]]`: an address of a department.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Whose it is: the name of its feed.
    pub department: Feed,
    /// What it is called, of `a-z`, `0-9` and `-`; as the department unless told. What waits is kept under this name.
    pub name: Option<String>,
    /// As `https://host/path`; `http` for addresses of this machine alone.
    pub url: String,
    /// A file with a secret in each line, as Standard Webhooks writes them: the first is the current one.
    pub secret_file: PathBuf,
    /// Networks that are not public, to which messages may go all the same, as `10.3.0.0/16`.
    #[serde(default)]
    pub allowed_networks: Vec<String>,
    /// A file of certificates in PEM that are trusted for it, instead of the public ones.
    pub certificates: Option<PathBuf>,
}

/// `[vault]`.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Vault {
    /// What keys of new people encrypt with: `aes-256-gcm` or `sm4-gcm`.
    pub suite: VaultSuite,
    /// The file of master keys; `vault-master.key` in the data directory without it.
    pub master_key_file: Option<PathBuf>,
    /// A key service instead of a file.
    pub key_service: Option<KeyService>,
}

/// The ciphers to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum VaultSuite {
    /// AES-256-GCM.
    #[default]
    #[serde(rename = "aes-256-gcm")]
    Aes256Gcm,
    /// SM4-GCM (GB/T 32907, RFC 8998).
    #[serde(rename = "sm4-gcm")]
    Sm4Gcm,
}

/// `[vault.key_service]`: the transit engine of HashiCorp Vault or OpenBao.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyService {
    /// As `http://127.0.0.1:8200`: an agent on the same machine that speaks TLS with the service.
    pub url: String,
    /// Where the engine is mounted.
    #[serde(default = "default_mount")]
    pub mount: String,
    /// The key's name.
    pub key: String,
    /// A file that holds the token; an agent may bring its own.
    pub token_file: Option<PathBuf>,
}

fn default_mount() -> String {
    "transit".into()
}

/// `[retention]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days after which raw events, rejections and sealed identities are forgotten; 0 for never.
    pub raw_days: u32,
}

/// `[api]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Api {
    /// Address and port; loopback unless told otherwise.
    pub listen: SocketAddr,
    /// Who has an account; `accounts.toml` in the data directory without it. `sanzao accounts` writes it.
    pub accounts: Option<PathBuf>,
    /// Browsers send the cookie of a session over TLS only; by default behind proxies, and where it does not listen on loopback.
    pub secure_cookies: Option<bool>,
    /// What this node is called: lower-case letters, digits and hyphens. Each has an audit record of its own.
    pub node: String,
    /// Addresses of proxies in front of it, which say in `X-Forwarded-For` from where a request came. Without them all
    /// who come through one count as one address.
    pub proxies: Vec<IpAddr>,
    /// A provider of identities.
    pub oidc: Option<Oidc>,
    /// Of several bureaus, the one whose people work here.
    pub bureau: Option<String>,
}

/// `[api.oidc]`: OpenID Connect. The provider says who somebody is, the accounts what they may do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// The issuer, exactly as its discovery document has it.
    pub issuer: String,
    /// The id that the provider gave this installation.
    pub client_id: String,
    /// A file that holds the client's secret, unless it is a public client.
    pub client_secret_file: Option<PathBuf>,
    /// `https://<host>/v1/session/oidc/callback`, as the provider has it on record.
    pub redirect_uri: String,
    /// The audience of access tokens that are taken as bearer tokens; without one, none are.
    pub audience: Option<String>,
    /// What access tokens have to be for: a word of their `scope`.
    pub scope: Option<String>,
    /// How people have to sign in there: one of these classes (`acr`), as the provider calls two factors.
    #[serde(default)]
    pub acr_values: Vec<String>,
    /// Seconds since they signed in there, at most.
    pub max_age_seconds: Option<u32>,
    /// A file of certificates in PEM that are trusted for the provider, instead of the public ones.
    pub certificates: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data: "sanzao-data".into(),
            bureaus: vec!["320614".into()],
            rules: None,
            parameters: None,
            calendar: None,
            snapshot_facts: 2_000_000,
            snapshots: SnapshotsSection::default(),
            retention: Retention::default(),
            vault: Vault::default(),
            api: Api::default(),
            kafka: None,
            workers: Workers::default(),
            webhook: Vec::new(),
            traces: None,
            dev: false,
        }
    }
}

impl Default for Retention {
    /// Half a year: a department that re-delivers each month has been asked about its rejections six times by then.
    /// *Assumed*: the bureau has not confirmed it.
    fn default() -> Retention {
        Retention { raw_days: 180 }
    }
}

impl Default for Api {
    fn default() -> Api {
        Api {
            listen: ([127, 0, 0, 1], 8614).into(),
            accounts: None,
            secure_cookies: None,
            node: "api".into(),
            proxies: Vec::new(),
            oidc: None,
            bureau: None,
        }
    }
}

impl Config {
    /// Reads a configuration file; without one, all defaults.
    ///
    /// # Errors
    /// When the file cannot be read, or says something that is not known.
    pub fn read(path: Option<&Path>) -> Result<Config> {
        let Some(path) = path else { return Ok(Config::default()) };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration {}", path.display()))?;
        let mut config: Config = toml::from_str(&text).map_err(|error| {
            // The error as it is shows the line, which may hold what is nobody else's.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            anyhow!("the configuration {} is wrong in line {line}: {}", path.display(), error.message())
        })?;
        config.dev = is_trial();
        config.bureaus()?;
        check_node("[api] node", &config.api.node)?;
        if let Some(Kafka { topic_prefix, .. }) = &config.kafka {
            ensure!(
                topic_prefix.is_empty() || topic_prefix.len() <= 100 && Topic::new(topic_prefix).is_ok(),
                "[kafka] topic_prefix: expected up to 100 lower-case letters, digits, dots and hyphens, found {topic_prefix:?}"
            );
        }
        config.workers.check()?;
        Ok(config)
    }

    /// With another name of this process, where one is given.
    ///
    /// # Errors
    /// When it is none.
    pub fn named(mut self, name: &Option<String>) -> Result<Config> {
        if let Some(name) = name {
            check_node("--name", name)?;
            self.api.node.clone_from(name);
        }
        Ok(self)
    }

    /// The working days that are configured.
    ///
    /// # Errors
    /// When the file cannot be read, or is none of notices.
    pub fn calendar(&self) -> Result<Calendar> {
        let Some(path) = &self.calendar else { return Ok(Calendar::built_in()) };
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Calendar::parse(&text).with_context(|| path.display().to_string())
    }

    /// The parameters that are configured.
    ///
    /// # Errors
    /// When their file cannot be read, or with the line that is wrong.
    pub fn parameters(&self) -> Result<Parameters> {
        rule_sets::parameters(self.parameters.as_deref()).map(|(parameters, _)| parameters)
    }

    /// Reads a configuration file, with another data directory where one is named.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn read_with_data(path: Option<&Path>, data: Option<&Path>) -> Result<Config> {
        let config = Config::read(path)?;
        Ok(match data {
            Some(data) => Config { data: data.to_owned(), ..config },
            None => config,
        })
    }

    /// With the rules of another folder, where one is named.
    #[must_use]
    pub fn with_rules(self, rules: &Option<PathBuf>) -> Config {
        Config { rules: rules.clone().or(self.rules), ..self }
    }

    /// The bureau that this process answers for: the one named by `[api] bureau`, or the only one.
    ///
    /// # Errors
    /// When there are several and none is named, or it is none of them.
    pub fn bureau(&self) -> Result<Bureau> {
        let bureaus = self.bureaus()?;
        let Some(code) = &self.api.bureau else {
            ensure!(
                bureaus.len() == 1,
                "the configuration names {} bureaus: say for which one with --bureau, or [api] bureau",
                bureaus.len()
            );
            return Ok(bureaus[0]);
        };
        let bureau = code.parse().with_context(|| format!("bureau {code:?}"))?;
        ensure!(bureaus.contains(&bureau), "bureau {bureau} is none of those that the configuration names");
        Ok(bureau)
    }

    /// With another bureau to answer for, where one is named.
    #[must_use]
    pub fn for_bureau(mut self, bureau: &Option<String>) -> Config {
        self.api.bureau = bureau.clone().or(self.api.bureau);
        self
    }

    /// The configured bureaus.
    ///
    /// # Errors
    /// When there is none, one twice, or a code is not of six digits.
    pub fn bureaus(&self) -> Result<Vec<Bureau>> {
        ensure!(!self.bureaus.is_empty(), "the configuration names no bureau: set bureaus = [\"320614\"]");
        let parse =
            |code: &String| code.parse().with_context(|| format!("bureau {code:?} in the configuration"));
        let bureaus: Vec<Bureau> = self.bureaus.iter().map(parse).collect::<Result<_>>()?;
        let mut once = bureaus.clone();
        once.sort();
        once.dedup();
        ensure!(once.len() == bureaus.len(), "the configuration names a bureau twice");
        Ok(bureaus)
    }
}

/// Said once, by the command line, before anything is read.
static IS_TRIAL: OnceLock<()> = OnceLock::new();

/// From now on this process is a trial: see [`Config::dev`].
pub(crate) fn say_trial() {
    let _ = IS_TRIAL.set(());
}

fn is_trial() -> bool {
    IS_TRIAL.get().is_some()
}

fn check_node(what: &str, node: &str) -> Result<()> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ensure!(
        (1..=32).contains(&node.len()) && node.bytes().all(is_plain) && !node.starts_with('-'),
        "{what}: expected 1 to 32 lower-case letters, digits and hyphens, found {node:?}"
    );
    Ok(())
}
