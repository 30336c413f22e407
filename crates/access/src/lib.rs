//! Who somebody is and what they may do: accounts and roles, scope, sign-in, sessions, limits, providers of identity.
//!
//! Must not know: HTTP frameworks, topics, SQL, what an alert is. It has no clock and draws no randomness: both are
//! arguments. It blocks: who calls it from asynchronous code does so on a thread that may block.

mod account;
mod accounts;
mod accounts_file;
mod common_passwords;
mod document;
mod error;
mod guessable;
mod limits;
mod name;
pub mod oidc;
mod password;
mod refusal;
mod role;
mod scope;
mod secret;
mod session;
mod token;

pub use account::{Account, AccountFault, ApiToken, NewAccount, Territory};
pub use accounts::Accounts;
pub use accounts_file::{AccountsFile, Reloaded};
pub use error::{AccountsError, ErrorClass, Fill, FormError, NoRandomness};
pub use guessable::CONTEXT_WORDS;
pub use limits::{LoginLimits, Quota, RequestLimits, TooOften, network};
pub use name::{AccountName, AccountNameError, EventSource, EventSourceError, OidcIdentity};
pub use password::{PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS, PasswordFault, check_password};
pub use refusal::Refusal;
pub use role::{Permission, Role, RoleError};
pub use scope::{CodePrefix, DivisionPrefix, DivisionPrefixError, Scope};
pub use secret::Secret;
pub use session::{OpenedSession, Session, SessionEnd, SessionLimits, Sessions};
pub use token::{IssuedToken, TokenId, TokenIdError};
