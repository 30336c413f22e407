//! A real provider in a process of its own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use sanzao_access::Secret;
use sanzao_access::oidc::ProviderSettings;

pub const REDIRECT: &str = "http://127.0.0.1:8614/callback";
pub const AUDIENCE: &str = "https://sanzao.example/api";

const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("package.json")),
    ("package-lock.json", include_str!("package-lock.json")),
    ("server.mjs", include_str!("server.mjs")),
];

/// A running provider; it ends with this.
pub struct Server {
    child: Child,
    pub issuer: String,
}

/// Where the provider is installed: once, outside the repository. None without node.
fn installed() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(install).as_deref()
}

fn install() -> Option<PathBuf> {
    let is_there = |program: &str| {
        Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if !is_there("node") || !is_there("npm") {
        let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!is_ci, "node and npm are missing: the provider of identity is tested with them");
        eprintln!("NOT TESTED: node and npm are missing, and with them a real provider of identity");
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc-provider");
    fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    // What was installed for another list is installed again.
    let done = folder.join("installed.json");
    let is_done = fs::read_to_string(&done).is_ok_and(|list| list == FILES[1].1);
    for (name, text) in FILES {
        if fs::read_to_string(folder.join(name)).ok().as_deref() != Some(text) {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    if !is_done {
        let npm = Command::new("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .output()
            .unwrap();
        assert!(npm.status.success(), "npm ci: {}", String::from_utf8_lossy(&npm.stderr));
        fs::write(done, FILES[1].1).unwrap();
    }
    Some(folder)
}

impl Server {
    /// None without node, which was said.
    pub fn start() -> Option<Server> {
        Server::start_with(0, &[])
    }

    pub fn start_with(port: u16, tls: &[&Path]) -> Option<Server> {
        let mut child = Command::new("node")
            .arg("server.mjs")
            .arg(port.to_string())
            .args(tls)
            .current_dir(installed()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("port ").map(str::to_owned))
            .expect("the provider says its port");
        let scheme = if tls.is_empty() { "http" } else { "https" };
        Some(Server { child, issuer: format!("{scheme}://127.0.0.1:{port}") })
    }

    pub fn port(&self) -> u16 {
        self.issuer.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// It signs with new keys from now on, and publishes the old ones no more.
    pub fn rotate(&self) {
        let answer = crate::browser::agent().post(format!("{}/control/rotate", self.issuer)).send_empty();
        assert_eq!(answer.unwrap().status(), 204);
    }

    pub fn settings(&self, algorithm: &str) -> ProviderSettings {
        ProviderSettings {
            issuer: self.issuer.clone(),
            client_id: format!("sanzao-{algorithm}"),
            client_secret: Some(Secret::new("a secret: with % and +".to_owned())),
            redirect_uri: REDIRECT.to_owned(),
            audience: Some(AUDIENCE.to_owned()),
        }
    }

    /// An access token of a program, as the provider gives it.
    pub fn access_token(&self, algorithm: &str, resource: &str) -> String {
        self.access_token_for(algorithm, resource, "")
    }

    /// The same, for something: words that the provider knows.
    pub fn access_token_for(&self, algorithm: &str, resource: &str, scope: &str) -> String {
        let scope = if scope.is_empty() { String::new() } else { format!("&scope={scope}") };
        let body = format!("grant_type=client_credentials&resource={resource}{scope}");
        let basic = base64::Engine::encode(
            &base64::prelude::BASE64_STANDARD,
            format!("sanzao-{algorithm}:a+secret%3A+with+%25+and+%2B"),
        );
        let mut answer = crate::browser::agent()
            .post(format!("{}/token", self.issuer))
            .header("authorization", format!("Basic {basic}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .send(body)
            .unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        answer["access_token"].as_str().expect(&text).to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
