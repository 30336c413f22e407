//! Options of `sanzao accounts`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sanzao_access::{AccountName, DivisionPrefix, EventSource, OidcIdentity, Role, TokenId};

/// Options of `sanzao accounts`.
#[derive(Debug, Args)]
pub struct AccountsArgs {
    /// Data directory, over that of the configuration: the accounts are in its accounts.toml.
    #[arg(long, global = true)]
    pub data: Option<PathBuf>,
    /// Configuration file.
    #[arg(long, global = true)]
    pub config: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub act: AccountsAct,
}

/// Whom an account sees.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct TerritoryArgs {
    /// Everybody, also those of whom no division is known.
    #[arg(long)]
    pub whole_bureau: bool,
    /// Those registered in a division: the first 1 to 12 digits of its code; may be given several times.
    #[arg(long, value_name = "CODE")]
    pub division: Vec<DivisionPrefix>,
}

/// What `sanzao accounts` does. A running platform sees each change within seconds.
#[derive(Debug, Subcommand)]
pub enum AccountsAct {
    /// Who has an account, and what they may do.
    List,
    /// Add an account; the file is made with the first. It can sign in once it has a password, a token or a link.
    Add {
        /// 1 to 64 letters a-z, digits and . - _
        name: AccountName,
        /// Whose it is, for people.
        #[arg(long)]
        display: String,
        /// What its holder is; may be given several times.
        #[arg(long, required = true)]
        role: Vec<Role>,
        /// Whom it sees.
        #[command(flatten)]
        territory: TerritoryArgs,
        /// Where a department sends from, as /320614/police; may be given several times.
        #[arg(long)]
        source: Vec<EventSource>,
    },
    /// Change what an account's holder is, whom it sees, and where it sends from: say all of it.
    Change {
        /// The account.
        name: AccountName,
        /// What its holder is from now on; may be given several times.
        #[arg(long, required = true)]
        role: Vec<Role>,
        /// Whom it sees from now on.
        #[command(flatten)]
        territory: TerritoryArgs,
        /// Where a department sends from, from now on; may be given several times.
        #[arg(long)]
        source: Vec<EventSource>,
    },
    /// Set a password, read from standard input, one line, so that no shell keeps it.
    Password {
        /// The account.
        name: AccountName,
    },
    /// Give a token for programs; it is shown once.
    Token {
        /// The account.
        name: AccountName,
        /// What it is for.
        #[arg(long)]
        label: String,
        /// Days until it expires.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
    },
    /// Revoke a token.
    Revoke {
        /// The account.
        name: AccountName,
        /// The token's id, as `list` shows it.
        token: TokenId,
    },
    /// Let an account do nothing from now on.
    Disable {
        /// The account.
        name: AccountName,
    },
    /// Let an account do again what it may.
    Enable {
        /// The account.
        name: AccountName,
    },
    /// Link an account with whom a provider of identities knows.
    Link {
        /// The account.
        name: AccountName,
        /// The provider's issuer.
        #[arg(long)]
        issuer: String,
        /// The subject there.
        #[arg(long)]
        subject: String,
    },
    /// Undo a link.
    Unlink {
        /// The account.
        name: AccountName,
        /// The provider's issuer.
        #[arg(long)]
        issuer: String,
        /// The subject there.
        #[arg(long)]
        subject: String,
    },
}

/// Whom a provider knows.
pub(crate) fn identity(issuer: &str, subject: &str) -> OidcIdentity {
    OidcIdentity { issuer: issuer.to_owned(), sub: subject.to_owned() }
}
