//! All accounts, by what each is known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sanzao_model::{Day, Instant};

use crate::account::is_readable;
use crate::password::{self, PasswordHash};
use crate::secret::{Secret, SecretHash};
use crate::{
    Account, AccountFault, AccountName, AccountsError, ApiToken, EventSource, Fill, FormError, IssuedToken,
    NewAccount, OidcIdentity, Refusal, Role, Territory, TokenId, check_password, document, token,
};

/// All accounts: what the accounts file says, and how it is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    accounts: BTreeMap<AccountName, Account>,
    tokens: HashMap<TokenId, AccountName>,
    identities: BTreeMap<OidcIdentity, AccountName>,
}

impl Accounts {
    /// Reads the text of an accounts file. Strict: unknown fields and whatever an account may not be are refused.
    ///
    /// # Errors
    /// The first fault, with its line and column.
    pub fn parse(text: &str) -> Result<Accounts, FormError> {
        password::prepare();
        document::read(text)
    }

    /// The text of an accounts file: the same accounts, read again. Comments are not kept.
    pub fn to_toml(&self) -> String {
        document::write(self.iter())
    }

    /// An account.
    pub fn get(&self, name: &AccountName) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// All accounts, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    /// Who it is whose name and password these are. Takes the same time whether there is such an account or not.
    ///
    /// # Errors
    /// Why it is nobody; whoever asks must not learn which.
    pub fn authenticate(&self, name: &str, password: &str) -> Result<&Account, Refusal> {
        let account = name.parse().ok().and_then(|name| self.accounts.get(&name));
        let is_right = password::is_right(account.and_then(|account| account.password.as_ref()), password);
        let account = account.ok_or(Refusal::Unknown)?;
        if is_right { enabled(account) } else { Err(Refusal::WrongPassword(account.name().clone())) }
    }

    /// Who it is whose token this is.
    ///
    /// # Errors
    /// Why it is nobody.
    pub fn by_token(&self, given: &str, now: Instant) -> Result<&Account, Refusal> {
        let (id, secret) = token::parts(given).ok_or(Refusal::Unknown)?;
        let account = self.tokens.get(&id).and_then(|name| self.accounts.get(name));
        let account = account.ok_or(Refusal::Unknown)?;
        let token = account.tokens.iter().find(|token| token.id == id).ok_or(Refusal::Unknown)?;
        if !token.hash.is_of(secret) {
            return Err(Refusal::WrongSecret(account.name().clone()));
        }
        if !token.is_valid(now) {
            return Err(Refusal::Expired(account.name().clone()));
        }
        enabled(account)
    }

    /// Who it is whom a provider knows so.
    ///
    /// # Errors
    /// Why it is nobody.
    pub fn by_identity(&self, identity: &OidcIdentity) -> Result<&Account, Refusal> {
        let name = self.identities.get(identity).ok_or(Refusal::Unknown)?;
        enabled(self.accounts.get(name).ok_or(Refusal::Unknown)?)
    }

    /// Whose session it is: the account as it is now, however the session began.
    ///
    /// # Errors
    /// The account is gone or disabled.
    pub fn by_name(&self, name: &AccountName) -> Result<&Account, Refusal> {
        enabled(self.accounts.get(name).ok_or(Refusal::Unknown)?)
    }

    /// Adds an account, which cannot sign in yet.
    ///
    /// # Errors
    /// The name is taken, or an account may not be so.
    pub fn add(&mut self, told: NewAccount) -> Result<&Account, AccountsError> {
        let name = told.name.clone();
        let account = Account::new(told).map_err(|fault| at(&name, fault))?;
        self.insert(account).map_err(|fault| at(&name, fault))?;
        self.accounts.get(&name).ok_or(AccountsError::Bug { detail: "an account went".to_owned() })
    }

    /// Changes what an account's holder is, whom it sees, and where it sends from.
    ///
    /// # Errors
    /// There is no such account, or it may not be so; it is as it was.
    pub fn change_roles(
        &mut self,
        name: &AccountName,
        roles: BTreeSet<Role>,
        territory: Territory,
        sources: BTreeSet<EventSource>,
    ) -> Result<(), AccountsError> {
        let account = self.account_mut(name)?;
        let told = NewAccount { roles, territory, sources, ..account.told.clone() };
        let changed = Account::new(told).map_err(|fault| at(name, fault))?;
        (account.told, account.scope) = (changed.told, changed.scope);
        Ok(())
    }

    /// Lets an account do nothing from now on, or what it may again.
    ///
    /// # Errors
    /// There is no such account.
    pub fn set_disabled(&mut self, name: &AccountName, is_disabled: bool) -> Result<(), AccountsError> {
        self.account_mut(name)?.is_disabled = is_disabled;
        Ok(())
    }

    /// Sets the password of an account.
    ///
    /// # Errors
    /// There is no such account, the password may not be set, or there is no randomness.
    pub fn set_password(
        &mut self,
        name: &AccountName,
        password: &str,
        fill: &mut Fill<'_>,
    ) -> Result<(), AccountsError> {
        let account = self.account_mut(name)?;
        check_password(password, &[name.as_str(), account.display_name()])?;
        account.password = Some(PasswordHash::of(password, fill)?);
        Ok(())
    }

    /// Issues a token that is valid up to a day in China, that day included.
    ///
    /// # Errors
    /// There is no such account, the label or the day is not usable, or there is no randomness.
    pub fn issue_token(
        &mut self,
        name: &AccountName,
        label: &str,
        expires: Day,
        now: Instant,
        fill: &mut Fill<'_>,
    ) -> Result<IssuedToken, AccountsError> {
        if expires < now.day_in_china() {
            return Err(AccountsError::ExpiresInPast);
        }
        let id = TokenId::random(fill)?;
        let secret = Secret::random(fill)?;
        let token = ApiToken {
            id: id.clone(),
            label: label.to_owned(),
            expires,
            hash: SecretHash::of(secret.expose()),
        };
        self.account_mut(name)?;
        self.insert_token(name, token).map_err(|fault| at(name, fault))?;
        Ok(IssuedToken { token: token::whole(&id, &secret), id })
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// There is no such account or token.
    pub fn revoke_token(&mut self, name: &AccountName, id: &TokenId) -> Result<(), AccountsError> {
        let account = self.account_mut(name)?;
        let before = account.tokens.len();
        account.tokens.retain(|token| token.id != *id);
        if account.tokens.len() == before {
            return Err(AccountsError::NoToken { name: name.clone() });
        }
        self.tokens.remove(id);
        Ok(())
    }

    /// Lets whom a provider knows so sign in as an account.
    ///
    /// # Errors
    /// There is no such account, or the identity is another's.
    pub fn link(&mut self, name: &AccountName, identity: OidcIdentity) -> Result<(), AccountsError> {
        self.account_mut(name)?;
        self.insert_identity(name, identity).map_err(|fault| at(name, fault))
    }

    /// Takes an identity away from an account.
    ///
    /// # Errors
    /// There is no such account, or it has it not.
    pub fn unlink(&mut self, name: &AccountName, identity: &OidcIdentity) -> Result<(), AccountsError> {
        if !self.account_mut(name)?.identities.remove(identity) {
            return Err(AccountsError::NotLinked { name: name.clone() });
        }
        self.identities.remove(identity);
        Ok(())
    }

    fn account_mut(&mut self, name: &AccountName) -> Result<&mut Account, AccountsError> {
        self.accounts.get_mut(name).ok_or_else(|| AccountsError::NoAccount { name: name.clone() })
    }

    /// Takes an account in that has no tokens and no identities yet.
    pub(crate) fn insert(&mut self, account: Account) -> Result<(), AccountFault> {
        let name = account.name().clone();
        if self.accounts.contains_key(&name) {
            return Err(AccountFault::NameTaken);
        }
        self.accounts.insert(name, account);
        Ok(())
    }

    pub(crate) fn insert_token(&mut self, name: &AccountName, token: ApiToken) -> Result<(), AccountFault> {
        if !is_readable(&token.label) {
            return Err(AccountFault::TokenLabel);
        }
        if self.tokens.contains_key(&token.id) {
            return Err(AccountFault::TokenIdTaken);
        }
        self.tokens.insert(token.id.clone(), name.clone());
        self.accounts.get_mut(name).into_iter().for_each(|account| account.tokens.push(token.clone()));
        Ok(())
    }

    pub(crate) fn insert_identity(
        &mut self,
        name: &AccountName,
        identity: OidcIdentity,
    ) -> Result<(), AccountFault> {
        identity.check()?;
        if self.identities.get(&identity).is_some_and(|owner| owner != name) {
            return Err(AccountFault::IdentityTaken);
        }
        self.identities.insert(identity.clone(), name.clone());
        self.accounts.get_mut(name).into_iter().for_each(|account| {
            account.identities.insert(identity.clone());
        });
        Ok(())
    }
}

fn at(name: &AccountName, fault: AccountFault) -> AccountsError {
    AccountsError::Account { name: name.clone(), fault }
}

fn enabled(account: &Account) -> Result<&Account, Refusal> {
    if account.is_disabled { Err(Refusal::Disabled(account.name().clone())) } else { Ok(account) }
}
