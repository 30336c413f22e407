//! How a Kafka cluster is reached: in plain text or over TLS, and as whom.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use zeroize::Zeroizing;

use crate::JournalError;

/// What protects the way to the brokers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Security {
    /// Nothing: everybody on the way can read and change all. For trials on one machine.
    Plaintext,
    /// TLS, of the versions that the system's OpenSSL takes: 1.2 and later, unless it is told otherwise. A broker whose
    /// certificate is not trusted, or not of the name by which it is reached, is refused.
    Tls(Tls),
}

/// Whom to trust, and what to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// The authorities that sign brokers, in PEM; without it those of the system.
    pub ca_file: Option<PathBuf>,
    /// What the client shows who it is by, where brokers ask for it.
    pub client: Option<ClientCertificate>,
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate in PEM, and those between it and the authority behind it.
    pub certificate_file: PathBuf,
    /// The key in PEM, not encrypted.
    pub key_file: PathBuf,
}

/// The user that brokers know (SASL/SCRAM, RFC 5802).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sasl {
    /// The hash.
    pub mechanism: ScramMechanism,
    /// The name.
    pub username: String,
    /// The password.
    pub password: Password,
}

/// The mechanisms to choose from; brokers know others too, which hand them the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScramMechanism {
    /// SCRAM-SHA-256 (RFC 7677).
    Sha256,
    /// SCRAM-SHA-512.
    Sha512,
}

impl ScramMechanism {
    /// The name in the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "SCRAM-SHA-256",
            Self::Sha512 => "SCRAM-SHA-512",
        }
    }
}

impl FromStr for ScramMechanism {
    type Err = JournalError;

    fn from_str(name: &str) -> Result<Self, JournalError> {
        [Self::Sha256, Self::Sha512].into_iter().find(|known| known.as_str() == name).ok_or_else(|| {
            let detail = format!("mechanism {name:?} is not known; use SCRAM-SHA-512 or SCRAM-SHA-256");
            JournalError::Refused { detail }
        })
    }
}

/// A password: shown nowhere, and overwritten when it is dropped. (The Kafka client keeps a copy of its own.)
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes a password.
    pub fn new(password: impl Into<String>) -> Self {
        Self(Zeroizing::new(password.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Security {
    /// Looks into the files before any broker is asked: what is wrong with them a broker's answer would not tell.
    pub(crate) fn check(&self) -> Result<(), JournalError> {
        let Self::Tls(tls) = self else { return Ok(()) };
        if let Some(path) = &tls.ca_file {
            certificates("ca_file", path)?;
        }
        let Some(client) = &tls.client else { return Ok(()) };
        let own = certificates("certificate_file", &client.certificate_file)?;
        let key = private_key(&client.key_file)?;
        let of_certificate = own.first().and_then(|certificate| certificate.public_key().ok());
        if !of_certificate.is_some_and(|public| public.public_eq(&key)) {
            let (key, certificate) = (client.key_file.display(), client.certificate_file.display());
            let detail = format!("key_file {key} is not the key of the first certificate in {certificate}");
            return Err(JournalError::Refused { detail });
        }
        Ok(())
    }
}

fn read(setting: &str, path: &Path) -> Result<Zeroizing<Vec<u8>>, JournalError> {
    fs::read(path).map(Zeroizing::new).map_err(|error| {
        let detail = format!(
            "{setting} {} cannot be read: {error}; put it there, or correct the path",
            path.display()
        );
        JournalError::Refused { detail }
    })
}

fn certificates(setting: &str, path: &Path) -> Result<Vec<X509>, JournalError> {
    match X509::stack_from_pem(&read(setting, path)?) {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) | Err(_) => {
            let path = path.display();
            let detail = format!(
                "{setting} {path} holds no certificate in PEM (a part from -----BEGIN CERTIFICATE----- on); convert it, \
                 or correct the path"
            );
            Err(JournalError::Refused { detail })
        }
    }
}

fn private_key(path: &Path) -> Result<PKey<Private>, JournalError> {
    // A callback, or OpenSSL would ask for the pass phrase of an encrypted key on the terminal.
    let no_pass_phrase = |_: &mut [u8]| Ok::<usize, ErrorStack>(0);
    PKey::private_key_from_pem_callback(&read("key_file", path)?, no_pass_phrase).map_err(|_| {
        let detail = format!(
            "key_file {} holds no private key in PEM that is readable without a pass phrase; convert it with openssl pkey",
            path.display()
        );
        JournalError::Refused { detail }
    })
}

#[cfg(test)]
mod tests;
