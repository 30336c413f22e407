//! Signatures against the libraries of the specification, in both directions, and against what they once signed.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use proptest::prelude::*;
use sanzao_exchange::{
    MessageId, RequestId, SIGNATURE_TOLERANCE_SECONDS, SignedHeaders, WebhookFault, WebhookSecret, sign,
    verify,
};
use sanzao_model::Instant;
use serde_json::{Value, json};

const SECOND: i64 = 1_000_000_000;
const BODIES: [&str; 3] = ["{\"a\":1}", "{\"姓名\":\"张\\u0000 . .\"}", "[]"];

fn secret(bytes: &[u8]) -> WebhookSecret {
    WebhookSecret::new(bytes).unwrap()
}

fn message(number: u8) -> MessageId {
    MessageId::of_request(RequestId([number; 16]))
}

/// A library that is installed, and the command that runs it.
struct Library {
    name: &'static str,
    program: &'static str,
    script: PathBuf,
    variable: (&'static str, PathBuf),
}

/// Where libraries are kept between runs, outside the checkout.
fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(PathBuf::from(home).join(".cache"))
    });
    base.expect("HOME or XDG_CACHE_HOME says where").join("sanzao-webhooks")
}

/// Installs what is not there yet, aside and moved when it is whole; none where the program is missing.
fn install(program: &str, folder: &Path, command: impl Fn(&Path) -> Command) -> bool {
    let runs = |program: &str| {
        Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|it| it.success())
    };
    if !runs(program) {
        return false;
    }
    if folder.exists() {
        return true;
    }
    let aside = folder.with_extension(std::process::id().to_string());
    std::fs::create_dir_all(&aside).unwrap();
    let output = command(&aside).stdin(Stdio::null()).output();
    let installed = output.is_ok_and(|output| output.status.success());
    // Another run may have been faster.
    if installed && !folder.exists() {
        std::fs::rename(&aside, folder).unwrap();
    } else {
        std::fs::remove_dir_all(&aside).unwrap();
    }
    folder.exists()
}

fn libraries() -> Vec<Library> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/webhooks");
    let mut found = Vec::new();
    let python = cache().join("python-1.1.0");
    let is_there = install("python3", &python, |folder| {
        let mut command = Command::new("python3");
        command
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"])
            .arg(folder)
            .arg("standardwebhooks==1.1.0");
        command
    });
    if is_there {
        let script = scripts.join("official.py");
        found.push(Library { name: "python", program: "python3", script, variable: ("PYTHONPATH", python) });
    }
    let node = cache().join("node-1.1.1");
    let is_there = install("node", &node, |folder| {
        let mut command = Command::new("npm");
        command
            .args(["install", "--silent", "--ignore-scripts", "--prefix"])
            .arg(folder)
            .arg("standardwebhooks@1.1.1");
        command
    });
    if is_there {
        let variable = ("NODE_PATH", node.join("node_modules"));
        found.push(Library { name: "node", program: "node", script: scripts.join("official.js"), variable });
    }
    found
}

impl Library {
    fn ask(&self, message: &Value) -> String {
        let (name, value) = &self.variable;
        let mut child = Command::new(self.program)
            .arg(&self.script)
            .env(name, value)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(message.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}: {message}", self.name);
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

#[test]
fn the_libraries_of_the_specification_sign_and_believe_the_same() {
    let libraries = libraries();
    for missing in ["python", "node"].into_iter().filter(|name| !libraries.iter().any(|it| it.name == *name))
    {
        assert!(std::env::var_os("CI").is_none(), "the {missing} library of Standard Webhooks is missing");
        println!(
            "NOT COMPARED with the {missing} library of Standard Webhooks: install it to have that tested"
        );
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let at = Instant(now as i64 * SECOND);
    let (current, former) = (secret(&[7; 24]), secret(&[250; 64]));
    for library in &libraries {
        for body in BODIES {
            let ours = sign(&[current.clone(), former.clone()], &message(1), at, body.as_bytes());
            for known in [&current, &former] {
                let ask = |act: &str, signature: &str, body: &str| {
                    library.ask(&json!({
                        "act": act, "secret": *known.expose(), "id": ours.id, "timestamp": now,
                        "signature": signature, "body": body,
                    }))
                };
                let theirs = ask("sign", "", body);
                assert!(ours.signature.split(' ').any(|one| one == theirs), "{}: {body}", library.name);
                assert_eq!(ask("verify", &ours.signature, body), "ok", "{}: {body}", library.name);
                let headers = SignedHeaders { signature: theirs, ..ours.clone() };
                assert_eq!(verify(std::slice::from_ref(known), &headers, body.as_bytes(), at), Ok(()));
            }
            let other = sign(&[secret(&[8; 24])], &message(1), at, body.as_bytes()).signature;
            let asked = json!({
                "act": "verify", "secret": *current.expose(), "id": ours.id, "timestamp": now,
                "signature": other, "body": body,
            });
            assert_eq!(library.ask(&asked), "refused", "{}", library.name);
        }
    }
}

/// Made by `official.py` and, the same, by `official.js`: `echo '{"act": "sign", …}' | python3 official.py`.
#[test]
fn what_the_libraries_once_signed() {
    let text = include_str!("webhooks/signed.json");
    let signed: Vec<Value> = serde_json::from_str(text).unwrap();
    assert_eq!(signed.len(), 4);
    for one in signed {
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        let secret: WebhookSecret = text("secret").parse().unwrap();
        let timestamp = one["timestamp"].as_i64().unwrap();
        let at = Instant(timestamp * SECOND + 999_999_999);
        let id: MessageId = text("id").parse().unwrap();
        let ours = sign(std::slice::from_ref(&secret), &id, at, text("body").as_bytes());
        assert_eq!(ours.signature, text("signature"));
        assert_eq!(ours.timestamp, timestamp.to_string());
        assert_eq!(*secret.expose(), text("secret"));
    }
}

#[test]
fn only_now_is_believed() {
    let at = Instant(1_790_000_000 * SECOND);
    let headers = sign(&[secret(&[7; 32])], &message(1), at, b"{}");
    let verify_at =
        |seconds: i64| verify(&[secret(&[7; 32])], &headers, b"{}", Instant(at.0 + seconds * SECOND));
    let tolerance = SIGNATURE_TOLERANCE_SECONDS as i64;
    for seconds in [-tolerance, 0, tolerance] {
        assert_eq!(verify_at(seconds), Ok(()));
    }
    for seconds in [-tolerance - 1, tolerance + 1, i64::from(i32::MAX)] {
        assert_eq!(verify_at(seconds), Err(WebhookFault::Timestamp));
    }
    for timestamp in ["", "now", "1790000000.5", "99999999999999999999"] {
        let headers = SignedHeaders { timestamp: timestamp.into(), ..headers.clone() };
        assert_eq!(
            verify(&[secret(&[7; 32])], &headers, b"{}", at),
            Err(WebhookFault::Timestamp),
            "{timestamp}"
        );
    }
}

#[test]
fn secrets_have_one_form() {
    assert_eq!(format!("{:?}", secret(&[7; 32])), "WebhookSecret(…)");
    let good = secret(&[7; 32]).expose();
    assert_eq!(good.parse(), Ok(secret(&[7; 32])));
    let short = format!("whsec_{}", "AAAA".repeat(7));
    let long = format!("whsec_{}", "AAAA".repeat(22));
    for wrong in ["", "whsec_", &good[6..], &short, &long, "whsec_????", &format!("{}\n", *good)] {
        assert!(wrong.parse::<WebhookSecret>().is_err(), "{wrong}");
    }
}

proptest! {
    /// A receiver that knows one of the secrets believes it; nobody believes what was changed.
    #[test]
    fn signed_is_believed_and_changed_is_not(
        secrets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 24..=64), 1..4),
        body in proptest::collection::vec(any::<u8>(), 0..200),
        seconds in 0_i64..4_000_000_000,
        which: prop::sample::Index,
        at: prop::sample::Index,
        bit in 0_u8..8,
    ) {
        let secrets: Vec<_> = secrets.iter().map(|bytes| secret(bytes)).collect();
        let now = Instant(seconds * SECOND);
        let headers = sign(&secrets, &message(1), now, &body);
        let known = vec![secrets[which.index(secrets.len())].clone()];
        prop_assert_eq!(verify(&known, &headers, &body, now), Ok(()));

        let fault = Err(WebhookFault::Signature);
        let mut changed = body.clone();
        changed.push(0);
        prop_assert_eq!(verify(&known, &headers, &changed, now), fault);
        if !body.is_empty() {
            let mut changed = body.clone();
            changed[at.index(body.len())] ^= 1 << bit;
            prop_assert_eq!(verify(&known, &headers, &changed, now), fault);
        }
        let other = SignedHeaders { id: message(2).to_string(), ..headers.clone() };
        prop_assert_eq!(verify(&known, &other, &body, now), fault);
        let later = SignedHeaders { timestamp: (seconds + 1).to_string(), ..headers.clone() };
        prop_assert_eq!(verify(&known, &later, &body, now), fault);
        prop_assert_eq!(verify(&[], &headers, &body, now), fault);
        let asymmetric = SignedHeaders { signature: headers.signature.replace("v1,", "v1a,"), ..headers };
        prop_assert_eq!(verify(&known, &asymmetric, &body, now), fault);
    }
}
