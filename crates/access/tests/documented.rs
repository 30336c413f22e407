//! What `deploy/security.md` says of accounts, passwords, attempts and sessions is so.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use sanzao_access::{
    Accounts, AccountsFile, CONTEXT_WORDS, LoginLimits, NewAccount, NoRandomness, PASSWORD_MAX_CHARACTERS,
    PASSWORD_MIN_CHARACTERS, PasswordFault, Permission, Role, SessionLimits, Territory, check_password,
};
use sanzao_model::Instant;

/// The part of the document under a heading.
fn part(heading: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/security.md");
    let text = std::fs::read_to_string(path).unwrap();
    let from = text.split(&format!("\n## {heading}\n")).nth(1).unwrap().to_owned();
    from.split("\n## ").next().unwrap().to_owned()
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let row = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(row.split('|').map(str::trim).collect())
}

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter_map(cells)
}

/// What a table of two columns says, by its first.
fn told(text: &str) -> BTreeMap<&str, u64> {
    let pairs = rows(text).filter(|cells: &Vec<&str>| cells.len() == 2);
    pairs.filter_map(|cells| Some((cells[0], cells[1].parse().ok()?))).collect()
}

#[test]
fn roles_are_as_documented() {
    let text = part("Roles");
    let rows: Vec<Vec<&str>> = rows(&text).collect();
    let roles: Vec<Role> = rows[0][1..].iter().map(|name| name.trim_matches('`').parse().unwrap()).collect();
    assert_eq!(roles, Role::ALL);
    let permissions = &rows[2..];
    assert_eq!(permissions.len(), Permission::ALL.len());
    for (cells, permission) in permissions.iter().zip(Permission::ALL) {
        assert_eq!(cells[0], format!("`{permission:?}`"));
        for (cell, role) in cells[1..].iter().zip(Role::ALL) {
            assert_eq!(*cell == "yes", role.may(permission), "{role} {permission:?}");
        }
    }
}

#[test]
fn words_of_this_work_are_as_documented() {
    let text = part("Signing in");
    let quote: String = text.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    let words: Vec<&str> = quote.split('`').skip(1).step_by(2).collect();
    assert_eq!(words, CONTEXT_WORDS);
    for word in CONTEXT_WORDS {
        let password = format!("{word}-{word}-2026x");
        let expected = [Err(PasswordFault::Guessable), Err(PasswordFault::TooShort)];
        assert!(expected.contains(&check_password(&password, &[])), "{password}");
    }
}

/// How many attempts are free, and the longest wait after that.
fn attempts(mut who: impl FnMut(u32) -> (String, IpAddr)) -> (u64, u64) {
    let limits = LoginLimits::new();
    let (mut free, mut longest, mut now) = (0, 0, Instant(0));
    for nth in 0..40 {
        let (name, address) = who(nth);
        while let Err(wait) = limits.attempt(&name, address, now) {
            longest = longest.max(wait.seconds);
            now = Instant(now.0 + i64::try_from(wait.seconds).unwrap() * 1_000_000_000);
        }
        free += u64::from(longest == 0);
    }
    (free, longest)
}

#[test]
fn limits_of_signing_in_and_sessions_are_as_documented() {
    let text = part("Signing in");
    let table = told(&text);
    assert_eq!(table["characters of a password, at least"], PASSWORD_MIN_CHARACTERS as u64);
    assert_eq!(table["characters of a password, at most"], PASSWORD_MAX_CHARACTERS as u64);
    let [one, other] = ["192.0.2.1", "198.51.100.0"].map(|text| text.parse::<IpAddr>().unwrap());
    let (pair, waits) = attempts(|_| ("a".to_owned(), one));
    assert_eq!(table["free attempts at one name from one address"], pair);
    assert_eq!(table["longest wait after that, from one address, in seconds"], waits);
    let (address, waits) = attempts(|nth| (format!("name{nth}"), one));
    assert_eq!(table["free attempts from one address, whatever the names"], address);
    assert_eq!(table["longest wait after that, from one address, in seconds"], waits);
    let many = |nth: u32| match other {
        IpAddr::V4(v4) => IpAddr::from(u32::to_be_bytes(v4.to_bits() + nth)),
        IpAddr::V6(_) => other,
    };
    let (name, waits) = attempts(|nth| ("a".to_owned(), many(nth)));
    assert_eq!(table["free attempts at one name, whatever the addresses"], name);
    assert_eq!(table["longest wait after that, for one name, in seconds"], waits);

    let (text, limits) = (part("Sessions"), SessionLimits::default());
    let table = told(&text);
    let minutes = table["minutes without a request after which a session ends"];
    assert_eq!(minutes * 60, u64::from(limits.idle_seconds));
    assert_eq!(table["hours after which it ends in any case"] * 3600, u64::from(limits.absolute_seconds));
    assert_eq!(table["sessions of one account"], limits.per_account as u64);
    assert_eq!(table["sessions in all"], limits.total as u64);
}

fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    bytes.fill(7);
    Ok(())
}

#[test]
fn a_new_file_lets_nobody_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = AccountsFile::create(&folder.path().join("accounts.toml")).unwrap();
    assert_eq!(file.current().iter().count(), 0);
    for name in ["admin", "root", "sa", "demo", "sanzao", "operator"] {
        for password in ["", name, "of an account that there is not"] {
            assert!(file.current().authenticate(name, password).is_err(), "{name}");
        }
    }
    let account = NewAccount {
        name: "li".parse().unwrap(),
        display_name: "李".to_owned(),
        roles: [Role::Caseworker].into(),
        territory: Territory::WholeBureau,
        sources: [].into(),
    };
    file.change(|accounts| accounts.add(account).map(|_| ())).unwrap();
    assert!(
        file.current().authenticate("li", "").is_err(),
        "an account that was added cannot sign in either"
    );
}

#[test]
fn a_password_does_not_expire() {
    let mut accounts = Accounts::default();
    let account = NewAccount {
        name: "li".parse().unwrap(),
        display_name: "李".to_owned(),
        roles: [Role::Caseworker].into(),
        territory: Territory::WholeBureau,
        sources: [].into(),
    };
    accounts.add(account).unwrap();
    accounts.set_password(&"li".parse().unwrap(), "moss under seven bells", &mut fill).unwrap();
    // Nothing of a time is kept with it: what was written holds whenever it is read.
    let written = accounts.to_toml();
    let line = written.lines().find(|line| line.starts_with("password = ")).unwrap();
    assert!(line.starts_with("password = \"$argon2id$") && line.ends_with('"'), "{line}");
    let names: Vec<&str> = written.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    assert_eq!(names, ["name", "display_name", "roles", "whole_bureau", "password"]);
    let read = Accounts::parse(&written).unwrap();
    assert!(read.authenticate("li", "moss under seven bells").is_ok());
}
