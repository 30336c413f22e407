//! Where a bucket is and by which key it is used, checked before anything is sent.

use std::fmt;
use std::path::PathBuf;

use rusty_s3::{Bucket, Credentials, UrlStyle};
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};
use url::{Host, Url};

use crate::snapshot::error::SnapshotError;

/// A bucket of a store that speaks S3, as MinIO or Huawei OBS.
#[derive(Debug, Clone)]
pub struct S3Settings {
    /// The store: `https://host`, without the bucket; `http` for addresses of this machine alone.
    pub endpoint: Url,
    /// The region that requests are signed for; MinIO takes `us-east-1` where none was set.
    pub region: String,
    /// The bucket, which has to be there.
    pub bucket: String,
    /// A folder in the bucket, or nothing for its top. Each bureau has a folder of its own below it.
    pub prefix: String,
    /// Who asks.
    pub access_key: String,
    /// What it is signed with.
    pub secret_key: SecretKey,
    /// A PEM file of the authorities to trust instead of those that browsers trust.
    pub certificates: Option<PathBuf>,
    /// The bucket's name in the path, as MinIO and stores at an address need it, rather than in the host.
    pub path_style: bool,
}

/// A key that requests are signed with. `Debug` tells nothing.
#[derive(Clone)]
pub struct SecretKey(String);

impl SecretKey {
    /// As the store gave it.
    pub fn new(key: impl Into<String>) -> SecretKey {
        SecretKey(key.into())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

fn wrong(reason: impl Into<String>) -> SnapshotError {
    SnapshotError::Settings(reason.into())
}

impl S3Settings {
    pub(super) fn bucket(&self) -> Result<Bucket, SnapshotError> {
        self.check()?;
        let style = if self.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        Bucket::new(self.endpoint.clone(), style, self.bucket.clone(), self.region.clone()).map_err(|error| {
            wrong(format!(
                "bucket {} has no address below {}: {error}; path_style is for stores without a name",
                self.bucket, self.endpoint
            ))
        })
    }

    pub(super) fn credentials(&self) -> Credentials {
        Credentials::new(self.access_key.clone(), self.secret_key.0.clone())
    }

    fn check(&self) -> Result<(), SnapshotError> {
        let endpoint = &self.endpoint;
        let is_plain = endpoint.username().is_empty()
            && endpoint.password().is_none()
            && endpoint.query().is_none()
            && endpoint.fragment().is_none();
        match endpoint.scheme() {
            _ if !is_plain => return Err(wrong("expected an endpoint without user, password, ? and #")),
            "https" => {}
            "http" if leads_to_this_machine(endpoint) => {}
            "http" => return Err(wrong("expected https; http is for addresses of this machine alone")),
            _ => return Err(wrong("expected an endpoint as https://host")),
        }
        for (name, value) in [("region", &self.region), ("bucket", &self.bucket)] {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            if value.is_empty() || !value.bytes().all(is_name) || value.contains("..") || value == "." {
                return Err(wrong(format!("{name} {value:?} is no name: expected letters, digits, - and .")));
            }
        }
        if self.access_key.trim().is_empty() || self.secret_key.0.trim().is_empty() {
            return Err(wrong("an access key and its secret key are needed"));
        }
        Ok(())
    }

    /// The folder's name with a `/` behind it, or nothing.
    pub(super) fn folder(&self) -> Result<String, SnapshotError> {
        let prefix = self.prefix.trim_matches('/');
        if prefix.is_empty() {
            return Ok(String::new());
        }
        // Such steps would lead out of the bucket, or be taken differently by different stores.
        let is_step = |step: &str| !["", ".", ".."].contains(&step) && !step.chars().any(char::is_control);
        if prefix.split('/').all(is_step) {
            Ok(format!("{prefix}/"))
        } else {
            Err(wrong(format!("prefix {prefix:?} is no folder: expected names with / between them")))
        }
    }

    pub(super) fn roots(&self) -> Result<RootCerts, SnapshotError> {
        let Some(path) = &self.certificates else { return Ok(RootCerts::WebPki) };
        let refused = |reason: String| wrong(format!("certificates in {}: {reason}", path.display()));
        let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
        let mut found: Vec<Certificate<'static>> = Vec::new();
        for item in parse_pem(&pem) {
            match item.map_err(|error| refused(error.to_string()))? {
                PemItem::Certificate(certificate) => found.push(certificate),
                _ => return Err(refused("there is something else than certificates in it".into())),
            }
        }
        if found.is_empty() {
            return Err(refused("there is none".into()));
        }
        Ok(RootCerts::new_with_certs(&found))
    }
}

/// By its address: names can lead anywhere.
fn leads_to_this_machine(endpoint: &Url) -> bool {
    match endpoint.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(endpoint: &str) -> S3Settings {
        S3Settings {
            endpoint: endpoint.parse().unwrap(),
            region: "cn-east-3".into(),
            bucket: "snapshots".into(),
            prefix: "/a/b/".into(),
            access_key: "key".into(),
            secret_key: SecretKey::new("hidden"),
            certificates: None,
            path_style: true,
        }
    }

    #[test]
    fn nothing_leaves_this_machine_in_clear() {
        for good in
            ["https://obs.example", "https://obs.example:9000/s3", "http://127.0.0.1:9/", "http://[::1]"]
        {
            assert!(settings(good).bucket().is_ok(), "{good}");
        }
        for wrong in [
            "http://obs.example",
            "http://localhost",
            "http://10.0.0.1",
            "http://127.0.0.1.example",
            "ftp://127.0.0.1",
            "https://a:b@obs.example",
            "https://obs.example/?x",
            "https://obs.example/#x",
        ] {
            assert!(matches!(settings(wrong).bucket(), Err(SnapshotError::Settings(_))), "{wrong}");
        }
    }

    #[test]
    fn what_names_no_place_is_refused() {
        let good = settings("https://obs.example");
        assert_eq!(good.folder().unwrap(), "a/b/");
        assert_eq!(S3Settings { prefix: "/".into(), ..good.clone() }.folder().unwrap(), "");
        for prefix in ["a//b", "..", "a/../b", "a/.", "a\nb"] {
            assert!(S3Settings { prefix: prefix.into(), ..good.clone() }.folder().is_err(), "{prefix:?}");
        }
        for bucket in ["", "a/b", "..", "a b", ".", "省"] {
            assert!(S3Settings { bucket: bucket.into(), ..good.clone() }.bucket().is_err(), "{bucket:?}");
        }
        assert!(S3Settings { secret_key: SecretKey::new(" "), ..good.clone() }.bucket().is_err());
        // A bucket before an address is no host.
        let host = S3Settings { path_style: false, ..settings("https://127.0.0.1") };
        assert!(host.bucket().unwrap_err().to_string().contains("path_style"));
        let host = S3Settings { path_style: false, ..good }.bucket().unwrap();
        assert_eq!(host.base_url().as_str(), "https://snapshots.obs.example/");
    }

    #[test]
    fn the_secret_key_is_not_shown() {
        let shown = format!("{:?}", settings("https://obs.example"));
        assert!(shown.contains("SecretKey(…)") && !shown.contains("hidden"), "{shown}");
    }

    #[test]
    fn certificates_are_a_pem_file() {
        let with =
            |path: &str| S3Settings { certificates: Some(path.into()), ..settings("https://a.example") };
        for wrong in ["/nowhere", file!(), concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
            assert!(with(wrong).roots().is_err(), "{wrong}");
        }
    }
}
