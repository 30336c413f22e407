//! A vault of its own for each platform, and people to keep in it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use sanzao_model::{Feed, IdNumber, Identity, Instant, PersonId};
use sanzao_vault::{FileMasterKeys, IndexKey, NoRandomness, Settings, Stated, Vault};

pub fn open(folder: &Path) -> Vault {
    let (keys, settings) = (folder.join("master.key"), Settings::default());
    fs::write(&keys, format!("test {}\n", "a".repeat(64))).unwrap();
    fs::set_permissions(&keys, Permissions::from_mode(0o600)).unwrap();
    let masters = Arc::new(FileMasterKeys::read(&keys, settings.suite).unwrap());
    Vault::open(&folder.join("vault.db"), masters, &IndexKey::new([5; 32]), &settings).unwrap()
}

pub fn keep(vault: &mut Vault, identities: &[Identity]) {
    let offset = vault.position(0);
    let fill = &mut |bytes: &mut [u8]| super::accounts::fill(bytes).map_err(|_| NoRandomness);
    vault.keep(&[Stated { partition: 0, offset, identities }], fill).unwrap();
}

/// A document number, of its own for each of some thousand people.
pub fn number(person: u32) -> String {
    let short = format!("{:06}491231{:03}", 110_000 + person / 1_000, person % 1_000);
    IdNumber::parse(&short).unwrap().as_str().to_owned()
}

/// Who the person is whom [`super::level`] is about.
pub fn identity(person: u32) -> Identity {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&person.to_be_bytes());
    Identity {
        person: PersonId(id),
        number: number(person),
        name: Some("张秀兰".into()),
        phone: Some(format!("138{person:08}")),
        address: None,
        feed: Feed::Registry,
        time: Instant(10),
    }
}
