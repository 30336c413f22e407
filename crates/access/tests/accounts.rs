//! Accounts in a file: strict, private, never half written, and what lets somebody in.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

use proptest::prelude::*;
use rand::Rng;
use sanzao_access::{
    AccountFault, AccountName, Accounts, AccountsError, AccountsFile, ErrorClass, NewAccount, NoRandomness,
    OidcIdentity, PasswordFault, Permission, Refusal, Reloaded, Role, Territory,
};
use sanzao_model::{Day, Instant};

fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    rand::rng().fill_bytes(bytes);
    Ok(())
}

fn name(text: &str) -> AccountName {
    text.parse().unwrap()
}

fn noon(day: &str) -> Instant {
    format!("{day}T12:00:00+08:00").parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn caseworker(text: &str) -> NewAccount {
    NewAccount {
        name: name(text),
        display_name: "王丽".to_owned(),
        roles: [Role::Caseworker].into(),
        territory: Territory::Divisions(vec!["320614102".parse().unwrap()]),
        sources: BTreeSet::new(),
    }
}

const PASSWORD: &str = "moss under seven bells";

fn entry(rest: &str) -> String {
    format!("[[account]]\nname = \"a\"\ndisplay_name = \"王丽\"\n{rest}\n")
}

fn fault(text: &str) -> String {
    Accounts::parse(text).expect_err(text).to_string()
}

#[test]
fn a_file_that_says_something_else_is_told_where() {
    for (rest, expected) in [
        ("roles = [\"caseworker\"]\nwhole = true", "line 5, column 1: unknown field `whole`"),
        ("roles = [\"boss\"]", "line 4, column 10: unknown variant `boss`"),
        (
            "roles = [\"caseworker\"]\ndivisions = [\"3206x\"]",
            "line 5, column 13: expected the first 1 to 12",
        ),
        ("roles = [\"caseworker\"]", "line 2, column 8: account a: it reads cases or counts"),
        ("roles = []", "line 2, column 8: account a: it has no role"),
        (
            "roles = [\"system-admin\"]\npassword = \"secret\"",
            "line 2, column 8: account a: password: expected",
        ),
        ("roles = [\"department\"]\nsources = [\"/320614/polic\"]", "line 5, column 11: expected a source"),
        ("roles = [\"supervisor\"]\nwhole_bureau = true\ndivisions = [\"32\"]", "not both"),
        ("roles = [\"system-admin\"", "line 4, column"),
    ] {
        let told = fault(&entry(rest));
        assert!(told.contains(expected), "{rest}: {told}");
        assert!(!told.contains("secret"), "no value is repeated");
    }
    let twice = entry("roles = [\"system-admin\"]").repeat(2);
    assert!(fault(&twice).starts_with("line 6, column 8: account a: the name is taken"));
    assert!(fault("[[acount]]\n").contains("unknown field `acount`"));
    assert!(fault(&entry("").replace("\"a\"", "\"A\"")).contains("letters a-z"));
    assert_eq!(Accounts::parse("").unwrap(), Accounts::default());
}

#[test]
fn tokens_and_identities_in_a_file_are_checked() {
    let token = |text: &str| entry(&format!("roles = [\"system-admin\"]\n[[account.token]]\n{text}"));
    let hash = "0a".repeat(32);
    let good = format!("id = \"00ff00ff00ff00ff\"\nlabel = \"x\"\nsha256 = \"{hash}\"\nexpires = 2026-12-31");
    assert!(Accounts::parse(&token(&good)).is_ok());
    for (from, to, expected) in [
        ("2026-12-31", "\"2026-12-31\"", "line 9"),
        ("2026-12-31", "2026-12-31T00:00:00Z", "expected a day"),
        ("\"00ff", "\"zzff", "id: expected"),
        ("0a0a", "0A0A", "sha256: expected"),
        ("label = \"x\"", "label = \"\"", "label"),
    ] {
        let told = fault(&token(&good.replacen(from, to, 1)));
        assert!(told.contains(expected), "{to}: {told}");
    }
    let twice = token(&format!("{good}\n[[account.token]]\n{good}"));
    assert!(fault(&twice).contains("id of a token is taken"));
    let identity = "[[account.identity]]\nissuer = \"https://id.example\"\nsub = \"1\"\n";
    let one = entry(&format!("roles = [\"system-admin\"]\n{identity}"));
    let both = format!("{one}{}", one.replace("\"a\"", "\"b\""));
    assert!(Accounts::parse(&one).is_ok());
    assert!(fault(&both).contains("belongs to an account already"));
}

#[test]
fn who_administers_is_three_people_and_reads_no_cases() {
    for bits in 0..1_u32 << Role::ALL.len() {
        let nth = |nth: usize| bits >> nth & 1 == 1;
        let roles: BTreeSet<Role> =
            (0..Role::ALL.len()).filter(|at| nth(*at)).map(|at| Role::ALL[at]).collect();
        let reads = roles.contains(&Role::Caseworker) || roles.contains(&Role::Supervisor);
        let needs = reads || roles.contains(&Role::DataOfficer);
        let is_department = roles.contains(&Role::Department);
        let admins = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
        let admins = admins.iter().filter(|role| roles.contains(role)).count();
        let may_not_be =
            roles.is_empty() || admins > 1 || admins == 1 && reads || is_department && roles.len() > 1;
        let told = NewAccount {
            territory: if needs { Territory::WholeBureau } else { Territory::None },
            sources: if is_department { ["/320614/police".parse().unwrap()].into() } else { BTreeSet::new() },
            roles: roles.clone(),
            ..caseworker("a")
        };
        let added = Accounts::default().add(told).cloned();
        assert_eq!(added.is_err(), may_not_be, "{roles:?}: {added:?}");
        if let Ok(account) = added {
            for permission in Permission::ALL {
                assert_eq!(account.may(permission), roles.iter().any(|role| role.may(permission)));
                let is_admin = admins == 1;
                assert!(!(is_admin && permission.shows_people() && account.may(permission)));
            }
            assert_eq!(account.scope().is_nobody(), !needs);
        }
    }
}

#[test]
fn an_account_is_told_what_it_may_not_be() {
    let mut accounts = Accounts::default();
    let mut add = |change: &dyn Fn(&mut NewAccount)| {
        let mut told = caseworker("a");
        change(&mut told);
        match accounts.add(told) {
            Err(AccountsError::Account { fault, .. }) => Some(fault),
            other => other.map(|_| None).unwrap(),
        }
    };
    assert_eq!(add(&|told| told.display_name = " ".into()), Some(AccountFault::DisplayName));
    assert_eq!(add(&|told| told.display_name = "a\u{7}".into()), Some(AccountFault::DisplayName));
    assert_eq!(add(&|told| told.territory = Territory::None), Some(AccountFault::NoTerritory));
    assert_eq!(add(&|told| told.territory = Territory::Divisions(vec![])), Some(AccountFault::NoTerritory));
    assert_eq!(
        add(&|told| told.sources = ["/320614/police".parse().unwrap()].into()),
        Some(AccountFault::SourceWithoutDepartment)
    );
    assert_eq!(add(&|told| told.roles = [Role::AuditAdmin].into()), Some(AccountFault::TerritoryWithoutNeed));
    let department = |told: &mut NewAccount| {
        (told.roles, told.territory) = ([Role::Department].into(), Territory::None);
    };
    assert_eq!(add(&department), Some(AccountFault::NoSource));
    assert_eq!(add(&|_| ()), None);
    assert_eq!(add(&|_| ()), Some(AccountFault::NameTaken));
}

#[test]
fn departments_post_their_own_sources() {
    let mut accounts = Accounts::default();
    let told = NewAccount {
        roles: [Role::Department].into(),
        territory: Territory::None,
        sources: ["/320614/police".parse().unwrap()].into(),
        ..caseworker("police")
    };
    let account = accounts.add(told).unwrap();
    assert!(account.may_post("/320614/police".parse().unwrap()));
    assert!(!account.may_post("/320614/health".parse().unwrap()));
    assert!(!account.may_post("/320681/police".parse().unwrap()));
    accounts.set_disabled(&name("police"), true).unwrap();
    assert!(!accounts.get(&name("police")).unwrap().may_post("/320614/police".parse().unwrap()));
}

#[test]
fn passwords_let_in_and_nothing_else_does() {
    let mut accounts = Accounts::default();
    accounts.add(caseworker("a")).unwrap();
    assert_eq!(accounts.authenticate("a", ""), Err(Refusal::WrongPassword(name("a"))));
    let weak = accounts.set_password(&name("a"), "Password1234", &mut fill);
    assert_eq!(weak, Err(AccountsError::Password(PasswordFault::Guessable)));
    accounts.set_password(&name("a"), PASSWORD, &mut fill).unwrap();
    assert_eq!(accounts.authenticate("a", PASSWORD).unwrap().name(), &name("a"));
    for (who, password) in [("a", "moss under seven bell"), ("A", PASSWORD), ("b", PASSWORD), ("", "")] {
        assert!(accounts.authenticate(who, password).is_err(), "{who}");
    }
    accounts.set_disabled(&name("a"), true).unwrap();
    assert_eq!(accounts.authenticate("a", PASSWORD), Err(Refusal::Disabled(name("a"))));
    assert_eq!(
        accounts.authenticate("a", "x"),
        Err(Refusal::WrongPassword(name("a"))),
        "only its holder learns it"
    );
    assert_eq!(accounts.by_name(&name("a")), Err(Refusal::Disabled(name("a"))));
    accounts.set_disabled(&name("a"), false).unwrap();
    assert!(accounts.by_name(&name("a")).is_ok());
    let no_randomness = accounts.set_password(&name("a"), PASSWORD, &mut |_: &mut [u8]| Err(NoRandomness));
    assert_eq!(no_randomness.unwrap_err().class(), ErrorClass::Retry);
}

#[test]
fn unknown_names_take_as_long_as_known_ones() {
    let mut accounts = Accounts::parse("").unwrap();
    accounts.add(caseworker("a")).unwrap();
    accounts.add(caseworker("b")).unwrap();
    accounts.set_password(&name("a"), PASSWORD, &mut fill).unwrap();
    let long = "x".repeat(1 << 20);
    let tries = [
        ("a", "not the password"),
        ("nobody", "x"),
        ("Not a name", "x"),
        ("b", "no password set"),
        ("a", PASSWORD),
        ("a", &long),
    ];
    // The least of several, taken in turn: what else runs here only makes it longer.
    let mut least = [Duration::MAX; 6];
    for _ in 0..9 {
        for (least, (who, password)) in least.iter_mut().zip(tries) {
            let begin = Clock::now();
            let _ = accounts.authenticate(who, password);
            *least = begin.elapsed().min(*least);
        }
    }
    assert!(least[0] > Duration::from_millis(2), "{:?}: a hash of 19 MiB takes longer", least[0]);
    for (other, (who, _)) in least.iter().zip(tries) {
        // Without a hash it takes less than a hundredth.
        let ratio = other.as_secs_f64() / least[0].as_secs_f64();
        assert!((0.25..4.0).contains(&ratio), "{who}: {ratio} times as long");
    }
}

#[test]
fn tokens_let_in_until_they_expire_or_are_revoked() {
    let mut accounts = Accounts::default();
    accounts.add(caseworker("a")).unwrap();
    accounts.add(caseworker("b")).unwrap();
    let today = noon("2026-03-01");
    let mut issue = |who: &str, label: &str, until: &str| {
        accounts.issue_token(&name(who), label, day(until), today, &mut fill)
    };
    assert_eq!(issue("a", "x", "2026-02-28").unwrap_err(), AccountsError::ExpiresInPast);
    assert!(issue("a", "", "2026-03-02").is_err() && issue("nobody", "x", "2026-03-02").is_err());
    let (one, other) = (issue("a", "x", "2026-03-02").unwrap(), issue("b", "y", "2026-03-01").unwrap());
    assert!(!format!("{one:?}").contains(one.token.expose()));
    let token = one.token.expose();
    assert!(token.starts_with(&format!("sz_{}_", one.id)) && token.len() == 3 + 16 + 1 + 64);
    assert_eq!(accounts.by_token(token, today).unwrap().name(), &name("a"));
    let last: Instant = "2026-03-02T23:59:59+08:00".parse().unwrap();
    assert!(accounts.by_token(token, last).is_ok(), "the last day counts, in China");
    assert_eq!(accounts.by_token(token, noon("2026-03-03")), Err(Refusal::Expired(name("a"))));
    let crossed = format!("sz_{}_{}", other.id, &token[20..]);
    assert_eq!(accounts.by_token(&crossed, today), Err(Refusal::WrongSecret(name("b"))));
    for cut in [&token[..token.len() - 1], &token[..20], "", "sz__"] {
        assert!(accounts.by_token(cut, today).is_err(), "{cut}");
    }
    let again = Accounts::parse(&accounts.to_toml()).unwrap();
    assert_eq!(again, accounts);
    assert!(!accounts.to_toml().contains(&token[20..]), "the secret is not kept");
    assert!(again.by_token(token, today).is_ok());
    accounts.set_disabled(&name("a"), true).unwrap();
    assert_eq!(accounts.by_token(token, today), Err(Refusal::Disabled(name("a"))));
    accounts.set_disabled(&name("a"), false).unwrap();
    assert!(accounts.revoke_token(&name("b"), &one.id).is_err(), "of another account");
    accounts.revoke_token(&name("a"), &one.id).unwrap();
    assert_eq!(accounts.by_token(token, today), Err(Refusal::Unknown));
    assert_eq!(Accounts::parse(&accounts.to_toml()).unwrap(), accounts, "nothing of it is left");
}

#[test]
fn identities_let_in_whom_they_are_linked_to() {
    let mut accounts = Accounts::default();
    accounts.add(caseworker("a")).unwrap();
    accounts.add(caseworker("b")).unwrap();
    let identity = OidcIdentity { issuer: "https://id.example".to_owned(), sub: "1".to_owned() };
    assert_eq!(accounts.by_identity(&identity), Err(Refusal::Unknown));
    accounts.link(&name("a"), identity.clone()).unwrap();
    accounts.link(&name("a"), identity.clone()).unwrap();
    assert_eq!(accounts.by_identity(&identity).unwrap().name(), &name("a"));
    assert!(accounts.link(&name("b"), identity.clone()).is_err());
    let elsewhere = OidcIdentity { issuer: "https://other.example".to_owned(), ..identity.clone() };
    assert_eq!(
        accounts.by_identity(&elsewhere),
        Err(Refusal::Unknown),
        "a sub means something at its issuer only"
    );
    assert_eq!(Accounts::parse(&accounts.to_toml()).unwrap(), accounts);
    let told = accounts.unlink(&name("b"), &identity).unwrap_err();
    assert_eq!(told, AccountsError::NotLinked { name: name("b") });
    assert!(accounts.by_identity(&identity).is_ok());
    accounts.unlink(&name("a"), &identity).unwrap();
    assert_eq!(accounts.by_identity(&identity), Err(Refusal::Unknown));
    assert!(accounts.link(&name("a"), OidcIdentity { sub: String::new(), ..identity }).is_err());
}

#[test]
fn a_change_of_roles_is_whole_or_nothing() {
    let mut accounts = Accounts::default();
    accounts.add(caseworker("a")).unwrap();
    let before = accounts.clone();
    let both = [Role::Caseworker, Role::AuditAdmin].into();
    assert!(accounts.change_roles(&name("a"), both, Territory::WholeBureau, BTreeSet::new()).is_err());
    assert_eq!(accounts, before);
    accounts
        .change_roles(&name("a"), [Role::Supervisor].into(), Territory::WholeBureau, BTreeSet::new())
        .unwrap();
    let account = accounts.get(&name("a")).unwrap();
    assert!(account.scope().is_whole_bureau() && account.may(Permission::Supervise));
    assert!(!account.may(Permission::ActOnWork));
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let folder = folder();
    let path = folder.path().join("accounts.toml");
    let missing = AccountsFile::open(&path).err().unwrap();
    assert!(matches!(missing, AccountsError::CannotRead { .. }), "{missing}");
    AccountsFile::create(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(matches!(AccountsFile::create(&path).err().unwrap(), AccountsError::Exists { .. }));
    for mode in [0o644, 0o640, 0o660, 0o700, 0o400, 0o606] {
        set_mode(&path, mode);
        let told = AccountsFile::open(&path).err().unwrap().to_string();
        assert!(told.contains("chmod 0600"), "{mode:o}: {told}");
    }
    set_mode(&path, 0o600);
    fs::write(&path, b"\xff").unwrap();
    assert!(AccountsFile::open(&path).err().unwrap().to_string().contains("UTF-8"));
    assert!(AccountsFile::open(folder.path()).is_err());
}

#[test]
fn a_wrong_file_keeps_the_last_right_one() {
    let folder = folder();
    let path = folder.path().join("accounts.toml");
    let file = AccountsFile::create(&path).unwrap();
    assert_eq!(file.reload(), Reloaded::Unchanged);
    file.change(|accounts| accounts.add(caseworker("a")).map(|_| ())).unwrap();
    assert_eq!(file.reload(), Reloaded::Unchanged, "its own change");
    assert!(file.current().get(&name("a")).is_some());

    let right = fs::read_to_string(&path).unwrap();
    fs::write(&path, right.replace("caseworker", "casewoker")).unwrap();
    let Reloaded::Kept(error) = file.reload() else { panic!("it is wrong") };
    assert!(error.to_string().contains("line 4"), "{error}");
    assert_eq!(file.reload(), Reloaded::StillKept);
    assert!(file.current().get(&name("a")).is_some());
    assert!(file.change(|_| Ok(())).is_err(), "what somebody is writing is not written over");

    // Of the same length, so that only the text tells.
    fs::write(&path, right.replace("name = \"a\"", "name = \"b\"")).unwrap();
    assert_eq!(file.reload(), Reloaded::Changed);
    assert!(file.current().get(&name("a")).is_none() && file.current().get(&name("b")).is_some());
    set_mode(&path, 0o644);
    assert!(matches!(file.reload(), Reloaded::Kept(AccountsError::Mode { mode: 0o644, .. })));
    set_mode(&path, 0o600);
    assert!(file.current().get(&name("b")).is_some());
    assert_eq!(file.reload(), Reloaded::Changed);
    fs::remove_file(&path).unwrap();
    assert!(matches!(file.reload(), Reloaded::Kept(AccountsError::CannotRead { .. })));
    assert!(file.current().get(&name("b")).is_some());
}

#[test]
fn a_change_that_fails_changes_nothing() {
    let folder = folder();
    let path = folder.path().join("accounts.toml");
    let file = AccountsFile::create(&path).unwrap();
    file.change(|accounts| accounts.add(caseworker("a")).map(|_| ())).unwrap();
    let before = fs::read_to_string(&path).unwrap();
    let failed = file.change(|accounts| {
        accounts.add(caseworker("b"))?;
        accounts.set_password(&name("b"), "short", &mut fill)
    });
    assert_eq!(failed, Err(AccountsError::Password(PasswordFault::TooShort)));
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    assert!(file.current().get(&name("b")).is_none());

    // A folder stands where it would be written aside.
    fs::create_dir(folder.path().join("accounts.toml.new")).unwrap();
    let failed = file.change(|accounts| accounts.set_disabled(&name("a"), true)).unwrap_err();
    assert_eq!(failed.class(), ErrorClass::Retry, "{failed}");
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    assert!(!file.current().get(&name("a")).unwrap().is_disabled());
    fs::remove_dir(folder.path().join("accounts.toml.new")).unwrap();

    // What a killed process left behind is written over, and its mode does not stay.
    fs::write(folder.path().join("accounts.toml.new"), "half").unwrap();
    file.change(|accounts| accounts.set_disabled(&name("a"), true)).unwrap();
    assert!(AccountsFile::open(&path).unwrap().current().get(&name("a")).unwrap().is_disabled());
}

#[test]
fn changes_at_once_are_all_there() {
    let folder = folder();
    let path = folder.path().join("accounts.toml");
    AccountsFile::create(&path).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            // Each as a process of its own would.
            let file = Arc::new(AccountsFile::open(&path).unwrap());
            std::thread::spawn(move || {
                for nth in 0..10 {
                    let told = caseworker(&format!("a{thread}.{nth}"));
                    file.change(|accounts| accounts.add(told).map(|_| ())).unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(AccountsFile::open(&path).unwrap().current().iter().count(), 40);
}

fn any_account() -> impl Strategy<Value = NewAccount> {
    let territory = prop_oneof![
        Just(Territory::WholeBureau),
        prop::collection::vec("[0-9]{1,12}", 1..4).prop_map(|prefixes| {
            Territory::Divisions(prefixes.iter().map(|prefix| prefix.parse().unwrap()).collect())
        }),
    ];
    let reading =
        prop::sample::subsequence(vec![Role::Caseworker, Role::Supervisor, Role::DataOfficer], 1..=3);
    ("[a-z0-9._-]{1,64}", "[^\\p{C}\\s]{1,20}", territory, reading).prop_map(
        |(named, display_name, territory, roles)| {
            let roles: BTreeSet<Role> = roles.into_iter().collect();
            NewAccount { name: name(&named), display_name, roles, territory, sources: BTreeSet::new() }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn accounts_are_read_as_they_were_written(told in prop::collection::vec(any_account(), 0..6), label in "[^\\p{C}\\s]{1,20}") {
        let mut accounts = Accounts::default();
        for told in told {
            let named = told.name.clone();
            if accounts.add(told).is_ok() {
                accounts.issue_token(&named, &label, day("2027-01-31"), noon("2026-03-01"), &mut fill).unwrap();
                accounts.link(&named, OidcIdentity { issuer: label.clone(), sub: named.to_string() }).unwrap();
            }
        }
        let again = Accounts::parse(&accounts.to_toml()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(again, accounts);
    }
}

#[test]
fn what_others_change_is_told_once_whoever_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.toml");
    let (own, other) = (AccountsFile::create(&path).unwrap(), AccountsFile::open(&path).unwrap());
    own.change(|accounts| accounts.add(caseworker("a")).map(drop)).unwrap();
    assert_eq!(own.take_changes_by_others().len(), 0, "what it does itself it knows");
    // Found by a change of its own, before it looked.
    other.change(|accounts| accounts.set_disabled(&name("a"), true)).unwrap();
    own.change(|accounts| accounts.set_password(&name("a"), PASSWORD, &mut fill)).unwrap();
    assert_eq!(own.reload(), Reloaded::Unchanged);
    let changes = own.take_changes_by_others();
    let [(before, now)] = &changes[..] else { panic!("{}", changes.len()) };
    let of = |accounts: &Accounts| {
        let account = accounts.get(&name("a")).unwrap();
        (account.is_disabled(), account.has_password())
    };
    assert_eq!((of(before), of(now)), ((false, false), (true, false)), "its own is not among it");
    // Found when it looks.
    other.change(|accounts| accounts.set_disabled(&name("a"), false)).unwrap();
    assert_eq!(own.reload(), Reloaded::Changed);
    assert_eq!(own.take_changes_by_others().len(), 1);
    assert_eq!(own.take_changes_by_others().len(), 0);
}
