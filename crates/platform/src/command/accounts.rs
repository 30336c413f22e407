//! `sanzao accounts`: who has an account, and what they may do.

use std::io::BufRead;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use sanzao_access::{Account, AccountName, Accounts, AccountsError, AccountsFile, NewAccount, Territory};
use serde_json::{Value, json};

use crate::account_options::{AccountsAct, AccountsArgs, TerritoryArgs, identity};
use crate::accounts::{self, fill};
use crate::clock;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::output::say;

pub(crate) fn run(args: &AccountsArgs) -> Result<ExitCode> {
    let config = Config::read_with_data(args.config.as_deref(), args.data.as_deref())?;
    let path = match &config.api.accounts {
        Some(path) => path.clone(),
        None if matches!(args.act, AccountsAct::Add { .. }) => {
            accounts::path(&config, &DataDir::create(&config.data)?)
        }
        None => config.data.join("accounts.toml"),
    };
    if let AccountsAct::Add { name, display, role, territory, source } = &args.act {
        let file = if path.exists() { AccountsFile::open(&path)? } else { AccountsFile::create(&path)? };
        let account = NewAccount {
            name: name.clone(),
            display_name: display.clone(),
            roles: role.iter().copied().collect(),
            territory: of(territory),
            sources: source.iter().copied().collect(),
        };
        file.change(|accounts| accounts.add(account).map(drop))?;
        return done(args, name, "added: give it a password, a token or a link");
    }
    let file = accounts::open(&path)?;
    match &args.act {
        AccountsAct::List => list(&file, args.json),
        AccountsAct::Token { name, label, days } => token(&file, args, name, label, *days),
        AccountsAct::Password { name } => {
            let password = line()?;
            change(&file, |accounts| accounts.set_password(name, &password, &mut fill))?;
            done(args, name, "has a new password")
        }
        AccountsAct::Change { name, role, territory, source } => {
            let (roles, sources) = (role.iter().copied().collect(), source.iter().copied().collect());
            change(&file, |accounts| accounts.change_roles(name, roles, of(territory), sources))?;
            done(args, name, "changed")
        }
        AccountsAct::Revoke { name, token } => {
            change(&file, |accounts| accounts.revoke_token(name, token))?;
            done(args, name, "has one token less")
        }
        AccountsAct::Disable { name } => {
            change(&file, |accounts| accounts.set_disabled(name, true))?;
            done(args, name, "disabled")
        }
        AccountsAct::Enable { name } => {
            change(&file, |accounts| accounts.set_disabled(name, false))?;
            done(args, name, "enabled")
        }
        AccountsAct::Link { name, issuer, subject } => {
            change(&file, |accounts| accounts.link(name, identity(issuer, subject)))?;
            done(args, name, "linked")
        }
        AccountsAct::Unlink { name, issuer, subject } => {
            change(&file, |accounts| accounts.unlink(name, &identity(issuer, subject)))?;
            done(args, name, "not linked any more")
        }
        AccountsAct::Add { .. } => unreachable!("an account is added above"),
    }
}

fn of(territory: &TerritoryArgs) -> Territory {
    match (territory.whole_bureau, territory.division.as_slice()) {
        (true, _) => Territory::WholeBureau,
        (false, []) => Territory::None,
        (false, divisions) => Territory::Divisions(divisions.to_vec()),
    }
}

fn change(
    file: &AccountsFile,
    change: impl FnOnce(&mut Accounts) -> Result<(), AccountsError>,
) -> Result<()> {
    Ok(file.change(change)?)
}

fn done(args: &AccountsArgs, name: &AccountName, what: &str) -> Result<ExitCode> {
    match args.json {
        true => say!("{}", json!({"account": name.as_str(), "done": what}))?,
        false => say!("{}: {what}", name.as_str())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn token(
    file: &AccountsFile,
    args: &AccountsArgs,
    name: &AccountName,
    label: &str,
    days: u16,
) -> Result<ExitCode> {
    let expires = clock::today().plus_days(i32::from(days));
    let issued =
        file.change(|accounts| accounts.issue_token(name, label, expires, clock::now(), &mut fill))?;
    let token = issued.token.expose();
    match args.json {
        true => say!(
            "{}",
            json!({"account": name.as_str(), "id": issued.id.to_string(), "token": token, "expires": expires})
        )?,
        false => say!("{token}")?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(file: &AccountsFile, as_json: bool) -> Result<ExitCode> {
    let accounts = file.current();
    if as_json {
        let all: Vec<Value> = accounts.iter().map(told).collect();
        say!("{}", Value::Array(all))?;
        return Ok(ExitCode::SUCCESS);
    }
    for account in accounts.iter() {
        let roles: Vec<_> = account.roles().iter().map(|role| role.as_str()).collect();
        let sees = match account.territory() {
            Territory::None => "nobody".to_owned(),
            Territory::WholeBureau => "the whole bureau".to_owned(),
            Territory::Divisions(all) => all.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", "),
        };
        let disabled = if account.is_disabled() { ", disabled" } else { "" };
        let (name, display) = (account.name().as_str(), account.display_name());
        say!("{name} {display}: {}; sees {sees}{disabled}", roles.join(", "))?;
        for token in account.tokens() {
            say!("    token {} {:?}, until {}", token.id, token.label, token.expires)?;
        }
        for link in account.identities() {
            say!("    link to {:?} at {}", link.sub, link.issuer)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn told(account: &Account) -> Value {
    let tokens: Vec<Value> = account
        .tokens()
        .iter()
        .map(|token| json!({"id": token.id.to_string(), "label": token.label, "expires": token.expires}))
        .collect();
    let divisions = match account.territory() {
        Territory::Divisions(all) => Some(all.iter().map(|code| code.as_str()).collect::<Vec<_>>()),
        Territory::None | Territory::WholeBureau => None,
    };
    let links = account.identities().iter();
    let links: Vec<Value> = links.map(|link| json!({"issuer": link.issuer, "subject": link.sub})).collect();
    let sources: Vec<String> = account.sources().iter().map(ToString::to_string).collect();
    json!({
        "name": account.name().as_str(), "display_name": account.display_name(), "roles": account.roles(),
        "whole_bureau": *account.territory() == Territory::WholeBureau, "divisions": divisions,
        "sources": sources, "disabled": account.is_disabled(), "has_password": account.has_password(),
        "tokens": tokens, "links": links,
    })
}

/// One line of standard input.
fn line() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("cannot read standard input")?;
    let line = line.trim_end_matches(['\n', '\r']).to_owned();
    ensure!(!line.is_empty(), "standard input is empty: send the password as one line");
    Ok(line)
}
