//! The text of an accounts file.

use std::collections::BTreeSet;

use sanzao_model::Day;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::value::{Date, Datetime};

use crate::account::Territory;
use crate::password::PasswordHash;
use crate::secret::SecretHash;
use crate::{
    Account, AccountFault, AccountName, Accounts, ApiToken, DivisionPrefix, EventSource, FormError,
    NewAccount, OidcIdentity, Role,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    account: Vec<Entry<Spanned<AccountName>>>,
}

#[derive(Serialize)]
struct WrittenFile {
    account: Vec<Entry<AccountName>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry<N> {
    name: N,
    display_name: String,
    roles: BTreeSet<Role>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    divisions: Vec<DivisionPrefix>,
    #[serde(default, skip_serializing_if = "is_false")]
    whole_bureau: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    sources: BTreeSet<EventSource>,
    #[serde(default, skip_serializing_if = "is_false")]
    disabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    token: Vec<TokenEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    identity: Vec<IdentityEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    id: String,
    label: String,
    sha256: String,
    expires: Datetime,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityEntry {
    issuer: String,
    sub: String,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Reads all accounts, or says where the first fault is.
pub(crate) fn read(text: &str) -> Result<Accounts, FormError> {
    let file: File = toml::from_str(text).map_err(|error| {
        // Its own display would show the line, in which there may be a hash.
        let offset = error.span().map_or(0, |span| span.start);
        FormError::at(text, offset, error.message())
    })?;
    let mut accounts = Accounts::default();
    for entry in file.account {
        let offset = entry.name.span().start;
        add(&mut accounts, entry).map_err(|detail| FormError::at(text, offset, detail))?;
    }
    Ok(accounts)
}

fn add(accounts: &mut Accounts, entry: Entry<Spanned<AccountName>>) -> Result<(), String> {
    let name = entry.name.into_inner();
    let territory = match (entry.whole_bureau, entry.divisions) {
        (true, divisions) if divisions.is_empty() => Territory::WholeBureau,
        (true, _) => {
            return Err(format!("account {name}: give divisions or whole_bureau = true, not both"));
        }
        (false, divisions) if divisions.is_empty() => Territory::None,
        (false, divisions) => Territory::Divisions(divisions),
    };
    let at = |fault: AccountFault| format!("account {name}: {fault}");
    let mut account = Account::new(NewAccount {
        name: name.clone(),
        display_name: entry.display_name,
        roles: entry.roles,
        territory,
        sources: entry.sources,
    })
    .map_err(at)?;
    account.is_disabled = entry.disabled;
    let password = entry.password.map(|text| text.parse::<PasswordHash>()).transpose();
    account.password = password.map_err(|error| format!("account {name}: password: {error}"))?;
    accounts.insert(account).map_err(at)?;
    for token in entry.token {
        let token = token.read().map_err(|detail| format!("account {name}: token: {detail}"))?;
        accounts.insert_token(&name, token).map_err(at)?;
    }
    for identity in entry.identity {
        let identity = OidcIdentity { issuer: identity.issuer, sub: identity.sub };
        accounts.insert_identity(&name, identity).map_err(at)?;
    }
    Ok(())
}

impl TokenEntry {
    fn read(self) -> Result<ApiToken, String> {
        let expires = match self.expires {
            Datetime { date: Some(date), time: None, offset: None } => {
                Day::new(date.year as i16, date.month as i8, date.day as i8)
            }
            _ => None,
        };
        Ok(ApiToken {
            id: self.id.parse().map_err(|error| format!("id: {error}"))?,
            label: self.label,
            expires: expires.ok_or("expires: expected a day as 2026-12-31, without quotation marks")?,
            hash: SecretHash::from_hex(&self.sha256)
                .ok_or("sha256: expected 64 hexadecimal digits, as they were written when it was issued")?,
        })
    }

    fn of(token: &ApiToken) -> TokenEntry {
        let (year, month, day) = token.expires.parts();
        let date = Date { year: year as u16, month: month as u8, day: day as u8 };
        TokenEntry {
            id: token.id.to_string(),
            label: token.label.clone(),
            sha256: token.hash.to_hex(),
            expires: Datetime { date: Some(date), time: None, offset: None },
        }
    }
}

/// Writes accounts, so that they are read as the same.
pub(crate) fn write<'a>(accounts: impl Iterator<Item = &'a Account>) -> String {
    let entry = |account: &Account| Entry {
        name: account.name().clone(),
        display_name: account.display_name().to_owned(),
        roles: account.roles().clone(),
        divisions: match account.territory() {
            Territory::Divisions(divisions) => divisions.clone(),
            Territory::None | Territory::WholeBureau => Vec::new(),
        },
        whole_bureau: *account.territory() == Territory::WholeBureau,
        sources: account.sources().clone(),
        disabled: account.is_disabled,
        password: account.password.as_ref().map(|hash| hash.as_str().to_owned()),
        token: account.tokens.iter().map(TokenEntry::of).collect(),
        identity: account
            .identities
            .iter()
            .map(|identity| IdentityEntry { issuer: identity.issuer.clone(), sub: identity.sub.clone() })
            .collect(),
    };
    let file = WrittenFile { account: accounts.map(entry).collect() };
    toml::to_string(&file).expect("accounts are plain tables, texts and days")
}
