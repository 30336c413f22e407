//! What goes wrong stands in the log of the process, under the request's id, and is not told to who asked.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use std::io::Write;
use std::sync::{Arc, Mutex};

use platform::Platform;
use sanzao_api::BackendError;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Its lines with a text.
    fn lines(&self, text: &str) -> Vec<String> {
        let all = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        all.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

/// The only test of this file: a log is of the whole process.
#[test]
fn what_goes_wrong_stands_in_the_log_under_the_requests_id() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    let platform = Platform::with_work();
    let path = format!("/v1/alerts/{}/acts", platform.alert());
    platform.stages.fail(Some(BackendError::Bug("the ledger has two heads".into())));
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "k"),
        ("if-match", "*"),
        ("x-request-id", "first-of-the-day"),
    ];
    let answer = platform.send("POST", &path, &headers, Some(br#"{"act":"claim"}"#));
    answer.is_problem(500, "internal");
    assert_eq!(answer.header("x-request-id"), "first-of-the-day");
    assert!(!answer.text.contains("two heads"), "{answer:?}");
    let lines = log.lines("the ledger has two heads");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("ERROR") && lines[0].contains("first-of-the-day"), "{lines:?}");

    platform.stages.fail(None);
    platform.send("POST", &path, &headers, Some(br#"{"act":"claim"}"#));
    assert_eq!(log.lines("two heads").len(), 1, "what goes well is no error");
    assert_eq!(log.lines("answered a request").iter().filter(|line| line.contains("status=500")).count(), 1);
}
