//! How the brokers are reached, as it is configured.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use sanzao_journal::{ClientCertificate, KafkaConfig, Password, Sasl, Security, Tls};
use zeroize::Zeroizing;

use crate::config::{Kafka, KafkaSasl, KafkaSecurity};

/// The settings of the journal's client.
///
/// # Errors
/// When they leave the way to the brokers open to others and this is no trial, contradict each other, or name a file that
/// cannot be used.
pub(crate) fn kafka_config(kafka: &Kafka, is_trial: bool) -> Result<KafkaConfig> {
    Ok(KafkaConfig {
        security: security(kafka, is_trial)?,
        sasl: kafka.sasl.as_ref().map(sasl).transpose()?,
        ..KafkaConfig::new(&kafka.bootstrap_servers, group_prefix(kafka))
    })
}

/// Two installations on one cluster differ in their topics, and must not share groups.
fn group_prefix(kafka: &Kafka) -> String {
    match kafka.topic_prefix.trim_end_matches(['.', '-']) {
        "" => kafka.group_prefix.clone(),
        topics => format!("{}-{topics}", kafka.group_prefix),
    }
}

fn security(kafka: &Kafka, is_trial: bool) -> Result<Security> {
    let files = [&kafka.ca_file, &kafka.certificate_file, &kafka.key_file];
    if kafka.security == KafkaSecurity::Plaintext {
        ensure!(
            is_trial,
            "the brokers are to be reached in plain text, which everybody on the way can read: set [kafka] security = \
             \"tls\", or say --dev for trials"
        );
        ensure!(
            files.iter().all(|file| file.is_none()),
            "[kafka] ca_file, certificate_file and key_file are for security = \"tls\": remove them, or set it"
        );
        return Ok(Security::Plaintext);
    }
    let client = match (&kafka.certificate_file, &kafka.key_file) {
        (None, None) => None,
        (Some(certificate_file), Some(key_file)) => {
            of_its_owner(key_file)?;
            let (certificate_file, key_file) = (certificate_file.clone(), key_file.clone());
            Some(ClientCertificate { certificate_file, key_file })
        }
        _ => bail!("[kafka] certificate_file and key_file belong together: set both, or neither"),
    };
    Ok(Security::Tls(Tls { ca_file: kafka.ca_file.clone(), client }))
}

fn sasl(sasl: &KafkaSasl) -> Result<Sasl> {
    let path = &sasl.password_file;
    let mut text = Zeroizing::new(String::new());
    let read = of_its_owner(path)?.read_to_string(&mut text);
    read.with_context(|| format!("cannot read {}", path.display()))?;
    let password = text.trim_end_matches(['\r', '\n']);
    ensure!(!password.is_empty(), "{} is empty: write the password into it", path.display());
    Ok(Sasl {
        mechanism: sasl.mechanism.parse().context("[kafka.sasl]")?,
        username: sasl.username.clone(),
        password: Password::new(password),
    })
}

/// Opens a file that its owner alone may read.
fn of_its_owner(path: &Path) -> Result<File> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mode = file.metadata().with_context(|| format!("cannot read {}", path.display()))?.mode() & 0o777;
    ensure!(mode & 0o077 == 0, "{}: others may read it (mode {mode:04o}): chmod 600 it", path.display());
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn of(toml: &str, is_trial: bool) -> Result<KafkaConfig> {
        kafka_config(&toml::from_str(&format!("bootstrap_servers = \"b:9093\"\n{toml}")).unwrap(), is_trial)
    }

    fn refusal(toml: &str) -> String {
        format!("{:#}", of(toml, false).unwrap_err())
    }

    #[test]
    fn brokers_are_reached_over_tls_unless_it_is_a_trial() {
        let tls = Security::Tls(Tls { ca_file: Some("ca.crt".into()), client: None });
        assert_eq!(of("ca_file = \"ca.crt\"", false).unwrap().security, tls);
        let plaintext = "security = \"plaintext\"";
        assert!(refusal(plaintext).contains("which everybody on the way can read"));
        assert_eq!(of(plaintext, true).unwrap().security, Security::Plaintext);
        assert!(of("security = \"plaintext\"\nca_file = \"ca.crt\"", true).is_err());
        assert!(refusal("certificate_file = \"a.crt\"").contains("belong together"));
    }

    #[test]
    fn a_password_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "geheim\n").unwrap();
        let toml = format!("[sasl]\nusername = \"sanzao\"\npassword_file = {file:?}");
        let mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        mode(0o640);
        assert!(refusal(&toml).contains("chmod 600"), "{}", refusal(&toml));
        mode(0o600);
        let sasl = of(&toml, false).unwrap().sasl.unwrap();
        assert_eq!((sasl.password, sasl.mechanism.as_str()), (Password::new("geheim"), "SCRAM-SHA-512"));
        let plain = refusal(&format!("{toml}\nmechanism = \"PLAIN\""));
        assert!(plain.contains("use SCRAM-SHA-512"), "{plain}");
        std::fs::write(&file, "\n").unwrap();
        assert!(refusal(&toml).contains("is empty"));
        std::fs::remove_file(&file).unwrap();
        assert!(refusal(&toml).contains("cannot read"));
    }
}
