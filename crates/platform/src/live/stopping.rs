//! A stop comes to an end, whatever a log that does not answer keeps waiting.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::metrics::Status;

/// How long a stop may take: what is being written is written by then, or the log has said that it is not. Shorter than
/// what service managers and container platforms wait before they kill.
const LONGEST_STOP: Duration = Duration::from_secs(14);

/// Once everything is to stop, waits for so long and no longer. The thread ends with the process.
///
/// # Errors
/// When the system gives no more threads.
pub(super) fn watch(status: Arc<Status>) -> Result<()> {
    let run = move || {
        while !status.is_stopping() {
            status.pause(Duration::from_secs(3600));
        }
        std::thread::sleep(LONGEST_STOP);
        let fatal =
            status.fatal().map_or(String::new(), |fatal| format!("; it stopped because of this: {fatal}"));
        // Nobody may read it any more.
        let _ = writeln!(
            std::io::stderr().lock(),
            "error: stopped amid its work after {} s, as the log did not answer or a step took long; nothing is lost: what \
             was not written is decided again by who goes on{fatal}",
            LONGEST_STOP.as_secs()
        );
        std::process::exit(1);
    };
    std::thread::Builder::new()
        .name("stopping".into())
        .spawn(run)
        .context("the system gives no more threads")?;
    Ok(())
}
