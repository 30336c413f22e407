//! Accounts to test with.

use std::collections::BTreeSet;
use std::path::Path;

use sanzao_access::{AccountsFile, NewAccount, NoRandomness, Role, Territory};
use sanzao_model::{Day, Feed};

/// Where the accounts' tokens end.
const FOREVER: &str = "2099-12-31";

/// Everybody of a bureau: `operator` may do all that its people may, `sender` sends for all departments, each of the others
/// does one thing.
pub fn accounts(folder: &Path) -> AccountsFile {
    let file = AccountsFile::create(&folder.join("accounts.toml")).unwrap();
    let whole = || Territory::WholeBureau;
    let sources = || Feed::ALL.iter().map(|feed| format!("/320614/{feed}").parse().unwrap()).collect();
    let town =
        |codes: &[&str]| Territory::Divisions(codes.iter().map(|code| code.parse().unwrap()).collect());
    let one = |name: &str, roles: &[Role], territory: Territory, is_sender: bool| NewAccount {
        name: name.parse().unwrap(),
        display_name: format!("测试 {name}"),
        roles: roles.iter().copied().collect(),
        territory,
        sources: if is_sender { sources() } else { BTreeSet::new() },
    };
    let all = [Role::Caseworker, Role::Supervisor, Role::DataOfficer];
    for account in [
        one("operator", &all, whole(), false),
        one("sender", &[Role::Department], Territory::None, true),
        one("li", &[Role::Caseworker], town(&["320614100"]), false),
        one("wang", &[Role::Caseworker], town(&["320614101", "320614102001"]), false),
        one("chen", &[Role::Supervisor], whole(), false),
        one("zhao", &[Role::Supervisor], whole(), false),
        one("data", &[Role::DataOfficer], whole(), false),
        one("system", &[Role::SystemAdmin], Territory::None, false),
        one("security", &[Role::SecurityAdmin], Territory::None, false),
        one("audit", &[Role::AuditAdmin], Territory::None, false),
    ] {
        file.change(|accounts| accounts.add(account).map(|_| ())).unwrap();
    }
    let police = NewAccount {
        name: "police".parse().unwrap(),
        display_name: "公安".into(),
        roles: [Role::Department].into(),
        territory: Territory::None,
        sources: ["/320614/police".parse().unwrap()].into(),
    };
    file.change(|accounts| accounts.add(police).map(|_| ())).unwrap();
    file
}

/// One more account.
pub fn add(file: &AccountsFile, name: &str, role: Role, codes: &[&str]) {
    let account = NewAccount {
        name: name.parse().unwrap(),
        display_name: format!("测试 {name}"),
        roles: [role].into(),
        territory: Territory::Divisions(codes.iter().map(|code| code.parse().unwrap()).collect()),
        sources: BTreeSet::new(),
    };
    file.change(|accounts| accounts.add(account).map(|_| ())).unwrap();
}

/// A new token of an account.
pub fn token(file: &AccountsFile, name: &str) -> String {
    let (name, expires): (_, Day) = (name.parse().unwrap(), FOREVER.parse().unwrap());
    let now = "2025-06-12T01:00:00Z".parse().unwrap();
    let issue =
        |accounts: &mut sanzao_access::Accounts| accounts.issue_token(&name, "test", expires, now, &mut fill);
    file.change(issue).unwrap().token.expose().to_owned()
}

/// Numbers that look random, and differ in each process and call.
pub fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    use std::hash::{BuildHasher, Hasher, RandomState};
    for chunk in bytes.chunks_mut(8) {
        let number = RandomState::new().build_hasher().finish().to_le_bytes();
        chunk.copy_from_slice(&number[..chunk.len()]);
    }
    Ok(())
}
