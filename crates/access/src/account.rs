//! One account, and what it may be.

use std::collections::BTreeSet;
use std::fmt;

use sanzao_model::{Day, Instant};

use crate::password::PasswordHash;
use crate::secret::SecretHash;
use crate::{AccountName, DivisionPrefix, EventSource, OidcIdentity, Permission, Role, Scope, TokenId};

/// Where the people are registered of whom an account is told, as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Territory {
    /// Not said: for accounts that read neither cases nor counts.
    #[default]
    None,
    /// Everybody, also those of whom no division is known.
    WholeBureau,
    /// Those registered in one of these.
    Divisions(Vec<DivisionPrefix>),
}

/// An account that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// What it is called.
    pub name: AccountName,
    /// Whose it is, for people: 1 to 64 characters.
    pub display_name: String,
    /// What its holder is.
    pub roles: BTreeSet<Role>,
    /// Of whom it reads.
    pub territory: Territory,
    /// What it sends events from, of a department.
    pub sources: BTreeSet<EventSource>,
}

/// Who somebody is and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub(crate) told: NewAccount,
    pub(crate) scope: Scope,
    pub(crate) is_disabled: bool,
    pub(crate) password: Option<PasswordHash>,
    pub(crate) tokens: Vec<ApiToken>,
    pub(crate) identities: BTreeSet<OidcIdentity>,
}

/// A token of an account; its secret is kept as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Which.
    pub id: TokenId,
    /// What it is for.
    pub label: String,
    /// The last day in China on which it is valid.
    pub expires: Day,
    pub(crate) hash: SecretHash,
}

/// Why an account may not be so. Reject: whoever makes it must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountFault {
    /// Another has the name.
    #[error("the name is taken: choose another")]
    NameTaken,
    /// Nothing, too much or control characters.
    #[error("the display name needs 1 to 64 characters, none of them a control character")]
    DisplayName,
    /// It may do nothing.
    #[error("it has no role: give it one")]
    NoRole,
    /// Who runs, who admits and who audits are three people.
    #[error(
        "system, security and audit administrators are three people: take all but one of these roles away"
    )]
    TwoAdministrators,
    /// Who administers does not read cases.
    #[error("an administrator reads no cases: make an account of its own for the other role")]
    AdministratorReadsCases,
    /// A program outside is nothing else.
    #[error("a department's account has no other role: make an account of its own for it")]
    DepartmentWithOtherRole,
    /// It could send nothing.
    #[error("a department's account needs the sources of its events, as /320614/police")]
    NoSource,
    /// Only departments send.
    #[error("only a department's account has sources: take them away, or the other roles")]
    SourceWithoutDepartment,
    /// Nobody said of whom it reads.
    #[error("it reads cases or counts: say of which divisions, or of the whole bureau")]
    NoTerritory,
    /// There is nothing to be bounded.
    #[error("it reads neither cases nor counts: take its divisions away")]
    TerritoryWithoutNeed,
    /// A label that nobody could read.
    #[error("the label of a token needs 1 to 64 characters, none of them a control character")]
    TokenLabel,
    /// Two tokens could not be told apart.
    #[error("the id of a token is taken")]
    TokenIdTaken,
    /// Two accounts of one person at the provider.
    #[error("the identity belongs to an account already: unlink it there first")]
    IdentityTaken,
    /// No subject, or one that no provider gives.
    #[error("an identity needs an issuer and a sub, of at most 255 characters each")]
    Identity,
}

impl Account {
    /// What it is called.
    pub fn name(&self) -> &AccountName {
        &self.told.name
    }

    /// Whose it is, for people.
    pub fn display_name(&self) -> &str {
        &self.told.display_name
    }

    /// What its holder is.
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.told.roles
    }

    /// Whether one of its roles may do that. A disabled account may do nothing.
    pub fn may(&self, permission: Permission) -> bool {
        !self.is_disabled && self.told.roles.iter().any(|role| role.may(permission))
    }

    /// Whom it may see and count; nobody unless one of its roles needs it.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The scope as it was told.
    pub fn territory(&self) -> &Territory {
        &self.told.territory
    }

    /// What it may send events from.
    pub fn sources(&self) -> &BTreeSet<EventSource> {
        &self.told.sources
    }

    /// Whether it may send an event of that source.
    pub fn may_post(&self, source: EventSource) -> bool {
        self.may(Permission::PostEvents) && self.told.sources.contains(&source)
    }

    /// Whether it may do nothing for now.
    pub fn is_disabled(&self) -> bool {
        self.is_disabled
    }

    /// Whether it can sign in by a password.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// What tells one password of it from another.
    pub(crate) fn password_mark(&self) -> Option<SecretHash> {
        self.password.as_ref().map(PasswordHash::mark)
    }

    /// Its tokens, expired ones included.
    pub fn tokens(&self) -> &[ApiToken] {
        &self.tokens
    }

    /// As whom providers know its holder.
    pub fn identities(&self) -> &BTreeSet<OidcIdentity> {
        &self.identities
    }

    /// An account that may be so, or why it may not.
    pub(crate) fn new(told: NewAccount) -> Result<Account, AccountFault> {
        check(&told)?;
        let scope = match &told.territory {
            Territory::None => Scope::nobody(),
            Territory::WholeBureau => Scope::whole_bureau(),
            Territory::Divisions(prefixes) => Scope::divisions(prefixes),
        };
        Ok(Account {
            told,
            scope,
            is_disabled: false,
            password: None,
            tokens: Vec::new(),
            identities: BTreeSet::new(),
        })
    }
}

impl ApiToken {
    /// Whether it is still valid.
    pub fn is_valid(&self, now: Instant) -> bool {
        now.day_in_china() <= self.expires
    }
}

impl OidcIdentity {
    /// OpenID Connect Core 1.0 §2: a `sub` has at most 255 characters.
    pub(crate) fn check(&self) -> Result<(), AccountFault> {
        let fits = |text: &str| (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
        if fits(&self.issuer) && fits(&self.sub) { Ok(()) } else { Err(AccountFault::Identity) }
    }
}

/// Whether people can read it.
pub(crate) fn is_readable(text: &str) -> bool {
    (1..=64).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && text.chars().any(|character| !character.is_whitespace())
}

fn check(told: &NewAccount) -> Result<(), AccountFault> {
    let roles = &told.roles;
    let reads_cases = roles.iter().any(|role| role.reads_cases());
    let needs_territory = roles.iter().any(|role| role.needs_territory());
    let administrators = roles.iter().filter(|role| role.is_administrator()).count();
    let is_department = roles.contains(&Role::Department);
    let has_territory = match &told.territory {
        Territory::None => false,
        Territory::WholeBureau => true,
        Territory::Divisions(prefixes) => !prefixes.is_empty(),
    };
    let faults = [
        (!is_readable(&told.display_name), AccountFault::DisplayName),
        (roles.is_empty(), AccountFault::NoRole),
        (administrators > 1, AccountFault::TwoAdministrators),
        (administrators > 0 && reads_cases, AccountFault::AdministratorReadsCases),
        (is_department && roles.len() > 1, AccountFault::DepartmentWithOtherRole),
        (is_department && told.sources.is_empty(), AccountFault::NoSource),
        (!is_department && !told.sources.is_empty(), AccountFault::SourceWithoutDepartment),
        (needs_territory && !has_territory, AccountFault::NoTerritory),
        (!needs_territory && told.territory != Territory::None, AccountFault::TerritoryWithoutNeed),
    ];
    faults.into_iter().find(|(is_so, _)| *is_so).map_or(Ok(()), |(_, fault)| Err(fault))
}

impl fmt::Display for OidcIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.sub, self.issuer)
    }
}
