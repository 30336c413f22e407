//! The bureau's platform, day by day, and the departments that send to it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sanzao_access::{AccountsFile, NewAccount, NoRandomness, Role, Territory};
use serde_json::{Value, json};
use ureq::http::Request;

use crate::desk::{Desk, Job, Town};
use crate::support::*;

/// Where there are people enough to work with.
pub const TOWNS: usize = 4;
/// From when there is longer for re-checks, and how long.
const LONGER_FROM: u32 = 16;
const LONGER: [(&str, u32); 4] = [
    ("dibao_recheck_months", 13),
    ("dibao_recheck_working_age_months", 7),
    ("tekun_recheck_months", 13),
    ("home_care_recheck_months", 7),
];

pub struct Office {
    pub data: PathBuf,
    pub towns: Vec<String>,
    month: String,
    config: PathBuf,
    parameters: PathBuf,
    /// What departments send on which day.
    mail: BTreeMap<u32, Vec<Value>>,
    /// Benefits by the number of who has them, as the registry knows them.
    pub benefits: BTreeMap<String, Vec<String>>,
    /// Names by number, as police have them.
    pub names: BTreeMap<String, String>,
    /// What clerks recorded of the wrong people, until it is retracted.
    pub mistaken: Mutex<Vec<String>>,
    sent: Mutex<u64>,
    _folder: tempfile::TempDir,
}

impl Office {
    /// A district as it was at the end of the month before, and the mail of the month.
    ///
    /// The platform is run once on day `first`, and not again before the month begins.
    pub fn open(people: u32, month: &str, first: &str) -> Office {
        let folder = tempfile::tempdir().unwrap();
        let district = district(folder.path(), people, 1);
        let data = data_dir(folder.path(), "data");
        let (before, mail) =
            (folder.path().join("before"), split(&district, &folder.path().join("before"), month));
        ingest_all(&data, &before, &FEEDS);
        let config = folder.path().join("sanzao.toml");
        let parameters = expects_nothing(folder.path());
        std::fs::write(
            &config,
            format!("data = {:?}\n{parameters}[api]\nlisten = \"127.0.0.1:0\"\n", text(&data)),
        )
        .unwrap();
        let (benefits, names) = known(&district);
        let mut office = Office {
            data,
            towns: Vec::new(),
            month: month.to_owned(),
            config,
            parameters: folder.path().join("parameters.toml"),
            mail,
            benefits,
            names,
            mistaken: Mutex::new(Vec::new()),
            sent: Mutex::new(0),
            _folder: folder,
        };
        // Whoever may see everything finds the towns where there is most to do.
        let file = AccountsFile::create(&office.data.join("accounts.toml")).unwrap();
        let scout = account(&file, "scout", &[Role::Supervisor], Territory::WholeBureau, &[]);
        let live = office.start(first);
        live.settle(&scout);
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for kind in ["alerts", "tasks"] {
            let mut next = String::new();
            loop {
                let page = live.send("GET", &format!("/v1/{kind}?limit=500{next}"), &scout, &[], None).1;
                for item in page["items"].as_array().unwrap() {
                    if let Some(division) =
                        item["division"].as_str().filter(|code| code.starts_with("320614"))
                    {
                        *counts.entry(division[..9].to_owned()).or_default() += 1;
                    }
                }
                match page["next"].as_str() {
                    Some(cursor) => next = format!("&cursor={cursor}"),
                    None => break,
                }
            }
        }
        drop(live);
        let mut towns: Vec<_> = counts.into_iter().map(|(town, count)| (count, town)).collect();
        towns.sort();
        office.towns = towns.into_iter().rev().take(TOWNS).map(|(_, town)| town).collect();
        assert_eq!(office.towns.len(), TOWNS);
        office
    }

    pub fn day(&self, day: u32) -> String {
        format!("{}-{day:02}", self.month)
    }

    fn start(&self, day: &str) -> Live {
        let mut child = sanzao()
            .args(["run", "--config", text(&self.config), "--day", day])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("serving on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Live { child, address, agent }
    }

    /// Starts the platform on a day, and lets the departments send what is theirs.
    pub fn begin_day(&self, day: u32) -> Live {
        if day == LONGER_FROM {
            self.recheck_later(day);
        }
        let scout = crate::desk::token(&self.data, "scout");
        let live = self.start(&self.day(day));
        live.settle(&scout);
        let sender = crate::desk::token(&self.data, "sender");
        if let Some(mail) = self.mail.get(&day) {
            for batch in mail.chunks(200) {
                let kind = [("content-type", "application/cloudevents-batch+json")];
                let (status, told) =
                    live.send("POST", "/v1/events", &sender, &kind, Some(&Value::Array(batch.to_vec())));
                assert_eq!(status, 202, "{told}");
            }
            live.settle(&scout);
        }
        live
    }

    /// The bureau has a month more for re-checks from a day on: an edit of the parameters.
    fn recheck_later(&self, day: u32) {
        let mut toml = std::fs::read_to_string(&self.parameters).unwrap();
        for (name, months) in LONGER {
            // Below the entry: before the next one.
            let at = toml.find(&format!("name = \"{name}\"")).expect("there is such a parameter");
            let end = toml[at..].find("\n[[parameter]]").map_or(toml.len(), |end| at + end);
            let adjusted = format!(
                "\n[[parameter.adjusted]]\nfrom = {}\nvalue = {months}\nsource = \"民政局通知\"\n",
                self.day(day)
            );
            toml.insert_str(end, &adjusted);
        }
        std::fs::write(&self.parameters, toml).unwrap();
    }

    pub fn end_day(&self, mut live: Live) {
        live.stop();
    }

    /// Sends an event of the registry, as the bureau's own clerks would, and gives its id.
    pub fn registry(&self, live: &Live, kind: &str, day: u32, data: &Value) -> String {
        let number = {
            let mut sent = self.sent.lock().unwrap();
            *sent += 1;
            *sent
        };
        let id = format!("clerk-{number}");
        let event = json!({
            "specversion": "1.0", "id": id, "source": "/320614/registry",
            "type": format!("registry.{kind}.v1"), "time": format!("{}T10:00:00+08:00", self.day(day)),
            "data": data,
        });
        let sender = crate::desk::token(&self.data, "sender");
        let kind = [("content-type", "application/cloudevents+json")];
        let (status, told) = live.send("POST", "/v1/events", &sender, &kind, Some(&event));
        assert_eq!(status, 202, "{told}");
        id
    }
}

/// Makes an account and gives it a token.
pub fn account(
    file: &AccountsFile,
    name: &str,
    roles: &[Role],
    territory: Territory,
    sources: &[&str],
) -> String {
    let account = NewAccount {
        name: name.parse().unwrap(),
        display_name: format!("测试 {name}"),
        roles: roles.iter().copied().collect(),
        territory,
        sources: sources.iter().map(|source| source.parse().unwrap()).collect(),
    };
    let now = "2026-05-01T01:00:00Z".parse().unwrap();
    let expires = "2099-12-31".parse().unwrap();
    let name = account.name.clone();
    let issued = file.change(|accounts| {
        accounts.add(account)?;
        accounts.issue_token(&name, "test", expires, now, &mut fill)
    });
    let token = issued.unwrap().token.expose().to_owned();
    let folder = Path::new(file_folder(file)).join("tokens");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name.as_str()), &token).unwrap();
    token
}

fn file_folder(file: &AccountsFile) -> &str {
    text(file.path().parent().unwrap())
}

fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    use std::hash::{BuildHasher, Hasher, RandomState};
    for chunk in bytes.chunks_mut(8) {
        let number = RandomState::new().build_hasher().finish().to_le_bytes();
        chunk.copy_from_slice(&number[..chunk.len()]);
    }
    Ok(())
}

/// Events of before the month into files, those of the month by day.
fn split(district: &Path, before: &Path, month: &str) -> BTreeMap<u32, Vec<Value>> {
    std::fs::create_dir_all(before).unwrap();
    let mut mail: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
    for feed in FEEDS {
        let all = std::fs::read_to_string(district.join(format!("{feed}.jsonl"))).unwrap();
        let mut kept = String::new();
        for line in all.lines() {
            let event: Option<Value> = serde_json::from_str(line).ok();
            let time = event.as_ref().and_then(|event| event["time"].as_str()).unwrap_or_default();
            match time.strip_prefix(month).and_then(|rest| rest.get(1..3)?.parse().ok()) {
                Some(day) => mail.entry(day).or_default().extend(event),
                None => kept += &format!("{line}\n"),
            }
        }
        std::fs::write(before.join(format!("{feed}.jsonl")), kept).unwrap();
    }
    mail
}

/// Who has which benefits, and what police call whom.
fn known(district: &Path) -> (BTreeMap<String, Vec<String>>, BTreeMap<String, String>) {
    let (mut benefits, mut names) = (BTreeMap::new(), BTreeMap::new());
    for feed in ["registry", "police"] {
        let all = std::fs::read_to_string(district.join(format!("{feed}.jsonl"))).unwrap();
        for event in all.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let data = &event["data"];
            let people = data["members"].as_array().cloned().unwrap_or_default();
            for person in people.iter().chain(data.get("person")) {
                let Some(number) = person["id_number"].as_str() else { continue };
                if feed == "police" {
                    names.insert(number.to_owned(), person["name"].as_str().unwrap_or_default().to_owned());
                } else if event["type"] == "registry.benefit.granted.v1" {
                    let benefit = data["benefit_id"].as_str().unwrap_or_default().to_owned();
                    benefits.entry(number.to_owned()).or_insert_with(Vec::new).push(benefit);
                }
            }
        }
    }
    (benefits, names)
}

/// The platform on one day.
pub struct Live {
    child: Child,
    address: String,
    agent: ureq::Agent,
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Live {
    pub fn send(
        &self,
        method: &str,
        path: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.address));
        request = request.header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => self.agent.run(request.body(body.to_string()).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut answer = answer.unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub fn get(&self, desk: &Desk, path: &str) -> Value {
        let (status, told) = self.send("GET", path, &desk.token, &[], None);
        assert_eq!(status, 200, "{} {path}: {told}", desk.name);
        told
    }

    /// An act on an item, whatever its version; under a key of its own.
    pub fn act_with(&self, desk: &Desk, kind: &str, id: &str, key: &str, act: &Value) -> (u16, Value) {
        let headers = [("idempotency-key", key), ("if-match", "*"), ("content-type", "application/json")];
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let told = self.send("POST", &format!("/v1/{kind}/{id}/acts"), &desk.token, &headers, Some(act));
            // Nobody at work is as quick as this test; what takes long is asked again under its key.
            if told.0 != 429 && told.0 != 202 {
                return told;
            }
            assert!(Instant::now() < deadline, "{act} on {id} is not done: {told:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Number and name of somebody.
    pub fn reveal(&self, desk: &Desk, person: &str) -> (String, String) {
        let purpose = json!({"purpose": "核实后登记"});
        let kind = [("content-type", "application/json")];
        let path = format!("/v1/people/{person}/reveal");
        let (status, told) = self.send("POST", &path, &desk.token, &kind, Some(&purpose));
        assert_eq!(status, 200, "{told}");
        let first = |of: &str| told[of][0]["value"].as_str().unwrap_or_default().to_owned();
        (first("numbers"), first("names"))
    }

    /// Waits until the platform is ready and nothing more happens.
    pub fn settle(&self, token: &str) {
        let deadline = Instant::now() + Duration::from_secs(120);
        let mut last = (String::new(), Instant::now());
        loop {
            assert!(Instant::now() < deadline, "the platform does not settle: {}", last.0);
            std::thread::sleep(Duration::from_millis(40));
            let (ready, why) = self.send("GET", "/readyz", token, &[], None);
            if ready != 200 {
                last = (why.to_string(), Instant::now());
                continue;
            }
            let metrics = self.send("GET", "/metrics", token, &[], None).1.to_string();
            let offsets = metrics.split("\\n").filter(|line| line.starts_with("sanzao_stage_offset"));
            let now: String = offsets.collect();
            if now != last.0 {
                last = (now, Instant::now());
            } else if last.1.elapsed() > Duration::from_millis(800) {
                return;
            }
        }
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Town {
    pub fn territory(&self) -> Territory {
        match self {
            Town::One(prefix) => Territory::Divisions(vec![prefix.parse().unwrap()]),
            Town::Whole => Territory::WholeBureau,
        }
    }
}

impl Job {
    pub fn roles(&self) -> Vec<Role> {
        match self {
            Job::Scout => vec![Role::Caseworker, Role::Supervisor],
            Job::Caseworker => vec![Role::Caseworker],
            Job::Supervisor => vec![Role::Supervisor],
            Job::SystemAdmin => vec![Role::SystemAdmin],
            Job::SecurityAdmin => vec![Role::SecurityAdmin],
            Job::AuditAdmin => vec![Role::AuditAdmin],
        }
    }
}
