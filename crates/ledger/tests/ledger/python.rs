//! Python with what the tests of snapshots need: moto, DuckDB, pandas.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// The scripts.
pub fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/snapshots")
}

/// The interpreter; none where there is no Python or nothing can be installed, which is said, and a failure where
/// `CI` is set.
#[allow(clippy::print_stdout, reason = "what is not tested is told")]
pub fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = PYTHON.get_or_init(install).as_deref();
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 with venv and pip is needed to test snapshots in S3"
        );
        println!(
            "NOT TESTED with an S3 server, DuckDB and pandas: install python3 (3.11 or newer), venv and pip"
        );
    }
    found
}

/// Outside the checkout, once for each list of packages; made aside and moved when it is whole.
fn install() -> Option<PathBuf> {
    let requirements = scripts().join("requirements.txt");
    let digest = Sha256::digest(std::fs::read(&requirements).unwrap());
    let version: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(PathBuf::from(home).join(".cache"))
    });
    let folder = base.expect("HOME or XDG_CACHE_HOME says where").join(format!("sanzao-snapshots-{version}"));
    if !folder.exists() {
        let aside = folder.with_extension(std::process::id().to_string());
        let pip = aside.join("bin/python");
        let arguments = ["-m", "pip", "install", "--quiet", "--requirement"];
        let is_whole = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&aside))
            && succeeds(Command::new(pip).args(arguments).arg(&requirements));
        // Another run may have been faster.
        if is_whole && !folder.exists() {
            std::fs::rename(&aside, &folder).unwrap();
        } else {
            let _ = std::fs::remove_dir_all(&aside);
        }
    }
    folder.exists().then(|| folder.join("bin/python"))
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).status().is_ok_and(|status| status.success())
}
