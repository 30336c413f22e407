//! `sanzao rules`: for whoever writes rules. Needs no data directory.

mod check;
mod list;
mod test;

use std::process::ExitCode;

use anyhow::Result;

use crate::rule_options::{RulesArgs, RulesCommand};

pub(crate) fn run(args: &RulesArgs) -> Result<ExitCode> {
    match &args.command {
        RulesCommand::List(args) => list::run(args),
        RulesCommand::Check(args) => check::run(args),
        RulesCommand::Test(args) => test::run(args),
    }
}
