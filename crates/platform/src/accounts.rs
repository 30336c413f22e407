//! Who is let in: the accounts file, read again when it changes, and a provider of identities.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use sanzao_access::oidc::{Demands, HttpFetch, Provider, ProviderSettings};
use sanzao_access::{
    Account, AccountName, Accounts, AccountsFile, NewAccount, NoRandomness, Reloaded, Role, Secret,
    Territory, TokenId,
};
use sanzao_api::Gate;
use sanzao_audit::{Action, Entry};
use sanzao_model::Day;

use crate::audit_log::Audit;
use crate::clock;
use crate::config::{Api, Config, Oidc};
use crate::data_dir::DataDir;
use crate::identities;
use crate::metrics::Status;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Where the accounts stand.
pub(crate) fn path(config: &Config, data: &DataDir) -> PathBuf {
    config.api.accounts.clone().unwrap_or_else(|| data.accounts())
}

/// Opens the accounts, and says what to do where there are none.
///
/// # Errors
/// When the file is missing or wrong.
pub(crate) fn open(path: &Path) -> Result<AccountsFile> {
    AccountsFile::open(path).with_context(|| {
        format!(
            "nobody can sign in without accounts: `sanzao accounts add NAME --role caseworker …` makes {}",
            path.display()
        )
    })
}

/// Who is let in.
///
/// # Errors
/// When the provider is configured wrongly.
pub(crate) fn gate(api: &Api, accounts: Arc<AccountsFile>) -> Result<Gate> {
    let is_secure = api.secure_cookies.unwrap_or(!api.listen.ip().is_loopback() || !api.proxies.is_empty());
    let gate = Gate::new(accounts, is_secure).with_proxies(api.proxies.clone());
    match &api.oidc {
        Some(oidc) => Ok(gate.with_provider(provider(oidc).context("[api.oidc]")?)),
        None => Ok(gate),
    }
}

fn provider(oidc: &Oidc) -> Result<Provider> {
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let secret = oidc.client_secret_file.as_ref().map(read).transpose()?;
    let certificates = oidc.certificates.as_ref().map(read).transpose()?;
    let fetch = HttpFetch::new(certificates.as_ref().map(String::as_bytes))?;
    let settings = ProviderSettings {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: secret.map(|secret| Secret::new(secret.trim().to_owned())),
        redirect_uri: oidc.redirect_uri.clone(),
        audience: oidc.audience.clone(),
    };
    let demands = Demands {
        acr: oidc.acr_values.clone(),
        max_age_seconds: oidc.max_age_seconds,
        scope: oidc.scope.clone(),
    };
    Ok(Provider::new(settings, Box::new(fetch))?.demanding(demands))
}

/// The accounts of a demonstration, made when missing: one that may do what a bureau's people may, and a new token of it
/// for a month. Tokens of earlier demonstrations are revoked.
///
/// # Errors
/// When the file cannot be read or written.
pub(crate) fn of_demo(path: &Path, today: Day) -> Result<(AccountsFile, String)> {
    let file = if path.exists() { AccountsFile::open(path)? } else { AccountsFile::create(path)? };
    let name: AccountName = DEMO.parse()?;
    let token = file.change(|accounts| {
        if accounts.get(&name).is_none() {
            accounts.add(NewAccount {
                name: name.clone(),
                display_name: "演示".into(),
                roles: [Role::Caseworker, Role::Supervisor, Role::DataOfficer].into(),
                territory: Territory::WholeBureau,
                sources: BTreeSet::new(),
            })?;
        }
        let earlier: Vec<TokenId> = accounts
            .get(&name)
            .into_iter()
            .flat_map(|account| account.tokens().iter().filter(|token| token.label == DEMO))
            .map(|token| token.id.clone())
            .collect();
        for id in earlier {
            accounts.revoke_token(&name, &id)?;
        }
        accounts.issue_token(&name, DEMO, today.plus_days(30), clock::now(), &mut fill)
    })?;
    Ok((file, token.token.expose().to_owned()))
}

/// The account of demonstrations, and the label of its tokens.
const DEMO: &str = "demo";

/// Reads the accounts again whenever they change, until everything stops: who is disabled is so within seconds. What
/// somebody changed in the file goes on record.
pub(crate) fn follow(accounts: &AccountsFile, audit: &Audit, status: &Status) {
    let mut owed: Vec<Entry> = Vec::new();
    while !status.is_stopping() {
        match accounts.reload() {
            Reloaded::Unchanged | Reloaded::StillKept => {}
            Reloaded::Changed => tracing::info!("the accounts have changed"),
            Reloaded::Kept(error) => {
                tracing::error!(%error, "the accounts cannot be read: those from before go on holding");
            }
        }
        // Also what the API found in the file when it changed something itself.
        for (before, now) in accounts.take_changes_by_others() {
            owed.extend(changes(&before, &now));
        }
        owed.retain(|entry| {
            let recorded = audit.record(entry.clone());
            recorded
                .inspect_err(|error| tracing::error!(%error, "a change of accounts is not on record"))
                .is_err()
        });
        status.pause(LOOK_EVERY);
    }
}

/// What is different in the file; by whom it was changed, the system knows.
fn changes(before: &Accounts, now: &Accounts) -> Vec<Entry> {
    let entry = |account: &Account, change: &str| {
        let mut entry = Entry::new(clock::now(), "accounts-file", Action::AccountChange);
        entry.details.insert("account".into(), account.name().to_string());
        entry.details.insert("change".into(), change.into());
        entry
    };
    let changed = now.iter().filter_map(|account| match before.get(account.name()) {
        None => Some(entry(account, "added")),
        Some(was) => (was != account).then(|| entry(account, "changed")),
    });
    let removed = before.iter().filter(|account| now.get(account.name()).is_none());
    changed.chain(removed.map(|account| entry(account, "removed"))).collect()
}

/// Randomness of the system, for secrets.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    identities::fill(bytes).map_err(|_| NoRandomness)
}
