//! The `sanzao` binary.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = sanzao::Cli::parse();
    match cli.run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
