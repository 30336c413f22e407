//! A platform to test against: real casework, a real read model and a real listener; the log is in memory.

pub mod accounts;
pub mod audit;
pub mod exchange;
pub mod vault;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, OnceLock};
use std::thread::JoinHandle;

use audit::Record;
use sanzao_access::{AccountsFile, NoRandomness, Role, Territory};
use sanzao_api::{
    ApiState, Backend, BackendError, Completeness, EraseError, Exchange, Gate, Health, OutcomeName, Outcomes,
    PersonErasure, RawEvent, ReceiptCursor, ReceiptPage, RepairError, serve,
};
use sanzao_audit::{Action, AuditError, Entry, Page, PersonPage, Query, Report};
use sanzao_casework::outcomes::{self, Population};
use sanzao_casework::{Calendar, Casework};
use sanzao_intake::{PseudonymKey, Pseudonyms};
use sanzao_model::{
    Bureau, Command, Day, Evidence, FactId, Feed, FeedAge, Finding, FindingBatch, IdNumber, Identity,
    InboxRecord, Instant, Level, LevelState, PersonId, Place, Procedure, Receipt, ReceiptBatch,
    ReceiptOutcome, Resident, RuleId, Sensitivity, Sex, SubjectId, Suspension, Warning, WorkRecord,
};
use sanzao_readmodel::{Projector, Views, open, open_feeds};
use sanzao_vault::{Access, Vault, VaultError};
use serde_json::Value;
use tokio::sync::oneshot;
use ureq::http::{HeaderMap, Request};

pub const TODAY: Day = Day(20_250);

/// The log and the stages behind it.
pub struct Stages {
    state: Mutex<State>,
    folder: PathBuf,
    vault: OnceLock<Mutex<Vault>>,
    record: Record,
    now: AtomicI64,
    vault_failure: Mutex<Option<VaultError>>,
    pseudonyms: Pseudonyms,
    pub exchange: exchange::TestExchange,
}

struct State {
    casework: Casework,
    projector: Projector,
    inbox: u64,
    work: Vec<(u64, WorkRecord)>,
    feeds: BTreeMap<Feed, Vec<RawEvent>>,
    is_held: bool,
    failure: Option<BackendError>,
    health: Health,
    outcomes: Option<Arc<Outcomes>>,
}

impl Stages {
    fn submit(&self, record: &InboxRecord) -> u64 {
        let mut state = self.state.lock().unwrap();
        let offset = state.inbox;
        state.inbox += 1;
        let record = state.casework.decide(offset + 1, record);
        state.casework.apply_record(&record).unwrap();
        let work = state.work.len() as u64;
        state.work.push((work, record));
        if !state.is_held {
            state.project();
        }
        offset
    }

    /// Findings of a rule about so many people, from the given number on.
    pub fn find(&self, rule: &str, procedure: Procedure, people: std::ops::Range<u32>) {
        self.levels(people.map(|person| level(rule, procedure, person)).collect());
    }

    /// Levels, as of today.
    pub fn levels(&self, levels: Vec<Level>) {
        self.levels_on(TODAY, levels, Vec::new());
    }

    /// Levels as of a day, and what is suspended then.
    pub fn levels_on(&self, day: Day, levels: Vec<Level>, suspensions: Vec<Suspension>) {
        let newest = "2025-06-09T16:30:00Z".parse().unwrap();
        let ages = vec![FeedAge { feed: Feed::Police, newest, age_days: 0 }.on(day)];
        let batch = FindingBatch { upto: 1, day, new_day: false, ages, levels, suspensions, more: false };
        self.submit(&InboxRecord::Findings(batch));
    }

    /// Stops projecting, or goes on with it.
    pub fn hold(&self, is_held: bool) {
        let mut state = self.state.lock().unwrap();
        state.is_held = is_held;
        if !is_held {
            state.project();
        }
    }

    /// Counts outcomes over these residents.
    pub fn count(&self, residents: Vec<Resident>) {
        let mut state = self.state.lock().unwrap();
        let population = Population::of(Bureau(320_614), TODAY, residents);
        let counted = outcomes::Outcomes::of(state.casework.items(), &population);
        state.outcomes = Some(Arc::new(Outcomes::from(&counted.published())));
    }

    pub fn fail(&self, failure: Option<BackendError>) {
        self.state.lock().unwrap().failure = failure;
    }

    pub fn be_unready(&self, reason: &str) {
        self.state.lock().unwrap().health = Health { reasons: vec![reason.into()], ..Health::default() };
    }

    pub fn be_ready(&self) {
        self.state.lock().unwrap().health = Health::default();
    }

    /// What is on record.
    pub fn audit(&self) -> Vec<Entry> {
        self.record.entries()
    }

    /// The vault itself.
    pub fn vault<T>(&self, work: impl FnOnce(&mut Vault) -> T) -> T {
        work(&mut self.opened_vault())
    }

    /// Lets the vault answer nobody, or everybody again.
    pub fn fail_vault(&self, failure: Option<VaultError>) {
        *self.vault_failure.lock().unwrap() = failure;
    }

    /// Lets nothing go on record, or everything again.
    pub fn fail_audit(&self, failure: Option<BackendError>) {
        self.record.fail(failure.map(|failure| failure.to_string()));
    }

    /// Puts much on record that says little.
    pub fn record_many(&self, count: usize) {
        std::thread::scope(|scope| {
            for part in 0..128 {
                scope.spawn(move || {
                    for _ in (part..count).step_by(128) {
                        self.record.record(Entry::new(self.now(), "system", Action::Start)).unwrap();
                    }
                });
            }
        });
    }

    /// Overwrites a byte of an entry on record.
    pub fn damage_audit(&self, number: usize) {
        self.record.damage(number);
    }

    /// The clock, in seconds since 1970.
    pub fn now_in_seconds(&self) -> i64 {
        self.now.load(Ordering::SeqCst) / 1_000_000_000
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000_000, Ordering::SeqCst);
    }

    /// Opened when it is first asked.
    fn opened_vault(&self) -> MutexGuard<'_, Vault> {
        self.vault.get_or_init(|| Mutex::new(vault::open(&self.folder))).lock().unwrap()
    }

    /// Keeps who people are.
    pub fn keep(&self, identities: &[Identity]) {
        vault::keep(&mut self.opened_vault(), identities);
    }

    /// Accesses that the vault has on its own record.
    pub fn vault_accesses(&self) -> usize {
        self.opened_vault().accesses(0, 1_000).unwrap().len()
    }

    pub fn feed(&self, feed: Feed) -> Vec<RawEvent> {
        self.state.lock().unwrap().feeds.get(&feed).cloned().unwrap_or_default()
    }

    /// Records of `inbox` so far.
    pub fn inbox(&self) -> u64 {
        self.state.lock().unwrap().inbox
    }
}

impl State {
    fn project(&mut self) {
        let (work, from) = (self.work.len() as u64, self.projector.position().work as usize);
        self.projector.project(work, &self.work[from..]).unwrap();
    }
}

pub fn level(rule: &str, procedure: Procedure, person: u32) -> Level {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&person.to_be_bytes());
    let finding = Finding {
        occasion: "2025".into(),
        values: r#"{"self_paid_fen":2000000,"limit_fen":2000000}"#.into(),
        evidence: vec![Evidence {
            fact: FactId(id),
            feed: Feed::MedicalInsurance,
            kind: "settlement.settled".into(),
            on: Day(20_200),
            role: sanzao_model::EvidenceRole::Trigger,
        }],
        due: procedure.makes_tasks().then(|| Day(20_260 + (person % 10) as i32)),
        why: "今年自付医疗费用20000元".into(),
        legal_basis: "《某办法》".into(),
        clears: "办理后消除".into(),
    };
    Level {
        rule: RuleId(rule.into()),
        version: 3,
        procedure,
        due_working_days: 5 + person % 4,
        periodic: false,
        title: "年度自付费用较高".into(),
        sensitivity: Sensitivity::General,
        subject: SubjectId::Person(PersonId(id)),
        people: vec![PersonId(id)],
        formerly: Vec::new(),
        division: Some(format!("3206141{:02}001", person % 3).parse().unwrap()),
        state: LevelState::Known(vec![finding]),
    }
}

/// Residents of whom one in three is a woman; the first are those whom [`level`] is about.
pub fn residents(count: u32) -> Vec<Resident> {
    let of = |person: u32| {
        let SubjectId::Person(id) = level("", Procedure::Help, person).subject else { unreachable!() };
        Resident {
            person: id,
            formerly: Vec::new(),
            age: Some((person % 90) as u16),
            sex: if person.is_multiple_of(3) { Sex::Female } else { Sex::Male },
            division: "320614102001".parse().ok(),
            disabled: false,
            household: sanzao_model::HouseholdId(id.0),
        }
    };
    (0..count).map(of).collect()
}

impl Backend for Stages {
    fn calendar(&self) -> &Calendar {
        static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::built_in);
        &CALENDAR
    }

    fn submit_events(&self, feed: Feed, events: Vec<RawEvent>) -> Result<Vec<u64>, BackendError> {
        let mut state = self.state.lock().unwrap();
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        let topic = state.feeds.entry(feed).or_default();
        let from = topic.len() as u64;
        topic.extend(events);
        Ok((from..topic.len() as u64).collect())
    }

    fn submit_command(&self, command: Command) -> Result<u64, BackendError> {
        if let Some(failure) = &self.state.lock().unwrap().failure {
            return Err(failure.clone());
        }
        Ok(self.submit(&InboxRecord::Command(command)))
    }

    fn with_vault(
        &self,
        work: &mut dyn FnMut(&mut Vault) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        match self.vault_failure.lock().unwrap().clone() {
            Some(failure) => Err(failure),
            None => work(&mut self.opened_vault()),
        }
    }

    fn person_of(&self, number: &IdNumber) -> Result<PersonId, BackendError> {
        Ok(self.pseudonyms.person(number))
    }

    fn bureau(&self) -> Option<Bureau> {
        Some(Bureau(320_614))
    }

    fn receipts(
        &self,
        feed: Feed,
        after: ReceiptCursor,
        limit: usize,
        outcome: Option<OutcomeName>,
    ) -> Result<Option<ReceiptPage>, BackendError> {
        if let Some(failure) = &self.state.lock().unwrap().failure {
            return Err(failure.clone());
        }
        let all = if feed == Feed::Police { receipts() } else { Vec::new() };
        if after.record > 0 || after.seen > all.len() as u64 {
            return Ok(None);
        }
        let (mut page, mut next) = (Vec::new(), after);
        for receipt in all.iter().skip(after.seen as usize) {
            if page.len() == limit {
                break;
            }
            next.seen += 1;
            if outcome.is_none_or(|outcome| outcome == OutcomeName::of(&receipt.outcome)) {
                page.push(receipt.clone());
            }
        }
        Ok(Some(ReceiptPage { receipts: page, next, more: next.seen < all.len() as u64 }))
    }

    fn repair(&self, feed: Feed, rejected: Place, event: RawEvent, _: &str) -> Result<Place, RepairError> {
        match rejected.offset {
            1 => Ok(Place { partition: 0, offset: self.submit_events(feed, vec![event])?[0] }),
            2 => Err(RepairError::AlreadyRepaired { by: Place { partition: 0, offset: 3 } }),
            3 => Err(RepairError::OtherSource { expected: "/320614/police".into() }),
            _ => Err(RepairError::NoSuchRejection),
        }
    }

    fn completeness(&self) -> Option<Completeness> {
        Some(Completeness { day: TODAY, registry_people: 12, named: vec![(Feed::Police, 11)] })
    }

    fn outcomes(&self) -> Option<Arc<Outcomes>> {
        self.state.lock().unwrap().outcomes.clone()
    }

    fn now(&self) -> Instant {
        Instant(self.now.load(Ordering::SeqCst))
    }

    fn record(&self, entry: Entry) -> Result<(), BackendError> {
        self.record.record(entry)
    }

    fn audit_search(&self, query: &Query, after: Option<u64>, limit: usize) -> Result<Page, AuditError> {
        self.record.search(query, after, limit)
    }

    fn audit_of_person(
        &self,
        person: PersonId,
        after: Option<u64>,
        limit: usize,
    ) -> Result<PersonPage, AuditError> {
        self.record.of_person(person, after, limit)
    }

    fn audit_verify(&self) -> Result<Report, AuditError> {
        self.record.verify()
    }

    fn erase(&self, person: PersonId, access: &Access) -> Result<PersonErasure, EraseError> {
        let erasure = self.opened_vault().erase(person, access, &[])?;
        Ok(PersonErasure { erasure, facts_offset: 0, remains: Vec::new() })
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&self.exchange)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        accounts::fill(bytes)
    }

    fn health(&self) -> Health {
        self.state.lock().unwrap().health.clone()
    }

    fn metrics(&self) -> String {
        "sanzao_intake_events_total 7\n".into()
    }
}

/// Four events of police: accepted with a warning, two rejected, and a repair of the second of these in vain.
pub fn receipts() -> Vec<Receipt> {
    let rejected = |offset, code: &str| ReceiptOutcome::Rejected {
        code: code.into(),
        pointer: format!("/data/members/{offset}/id_number"),
        expected: "a document number".into(),
    };
    let receipt = |offset, repairs: Option<u64>, outcome| Receipt {
        feed: Feed::Police,
        partition: 0,
        offset,
        event: None,
        received: "2025-06-11T01:00:00Z".parse().unwrap(),
        repairs: repairs.map(|offset| Place { partition: 0, offset }),
        warnings: Vec::new(),
        outcome,
    };
    let warned = receipt(0, None, ReceiptOutcome::Accepted);
    vec![
        Receipt { warnings: vec![Warning::UnknownDivision], ..warned },
        receipt(1, None, rejected(1, "id_number.check")),
        receipt(2, None, rejected(2, "id_number.length")),
        receipt(3, Some(2), rejected(3, "id_number.check")),
    ]
}

/// A platform that serves; stopped when dropped.
pub struct Platform {
    pub stages: Arc<Stages>,
    pub address: SocketAddr,
    /// Of an account that may do all that a bureau's people may.
    pub token: String,
    /// Of one that sends for all departments.
    pub sender: String,
    accounts: Arc<AccountsFile>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<std::io::Result<()>>>,
    _folder: tempfile::TempDir,
}

impl Platform {
    pub fn start() -> Platform {
        Platform::start_with(|accounts| Gate::new(accounts, false))
    }

    /// With a gate of its own.
    pub fn start_with(gate: impl FnOnce(Arc<AccountsFile>) -> Gate) -> Platform {
        let folder = tempfile::tempdir().unwrap();
        let (projector, reader) = open(&folder.path().join("readmodel.db")).unwrap();
        let state = Mutex::new(State {
            casework: Casework::new(Calendar::default()),
            projector,
            inbox: 0,
            work: Vec::new(),
            feeds: BTreeMap::new(),
            is_held: false,
            failure: None,
            health: Health::default(),
            outcomes: None,
        });
        let now: Instant = "2025-06-12T01:00:00Z".parse().unwrap();
        let stages = Stages {
            state,
            folder: folder.path().to_owned(),
            vault: OnceLock::new(),
            record: Record::start(folder.path()),
            vault_failure: Mutex::new(None),
            pseudonyms: Pseudonyms::new(&PseudonymKey::new([7; 32])),
            exchange: exchange::TestExchange::open(folder.path()),
            now: AtomicI64::new(now.0),
        };
        let stages = Arc::new(stages);
        let accounts = accounts::accounts(folder.path());
        let (token, sender) = (accounts::token(&accounts, "operator"), accounts::token(&accounts, "sender"));
        let accounts = Arc::new(accounts);
        let gate = gate(Arc::clone(&accounts));
        let (mut feeds, feed_reader) = open_feeds(&folder.path().join("feeds.db")).unwrap();
        let mut tally = feeds.begin();
        tally.receipts(0, &ReceiptBatch { receipts: receipts() });
        feeds.commit(tally).unwrap();
        feeds.has_caught_up();
        let state = ApiState::new(reader, stages.clone(), gate).with_feeds(feed_reader);
        let state = state.with_views(Views::open(&folder.path().join("views.db")).unwrap());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                serve(listener, state, async { stopped.await.unwrap_or_default() }).await
            })
        });
        let (stop, server) = (Some(stop), Some(server));
        Platform { stages, address, token, sender, accounts, stop, server, _folder: folder }
    }

    /// With 25 open alerts of one rule, 5 of another, and 12 tasks.
    pub fn with_work() -> Platform {
        let platform = Platform::start();
        platform.stages.find("high-yearly-self-pay", Procedure::Help, 0..25);
        platform.stages.find("deceased-recipient", Procedure::Review, 0..5);
        platform.stages.find("home-care-recheck", Procedure::Recheck, 0..12);
        platform
    }

    pub fn stop(&mut self) -> std::io::Result<()> {
        self.stop = None;
        self.server.take().map_or(Ok(()), |server| server.join().unwrap())
    }

    /// Sends a request with the token, unless `headers` have an `authorization`.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        if headers.iter().any(|(name, _)| *name == "authorization") {
            return self.bare(method, path, headers, body);
        }
        let token = if path.starts_with("/v1/events") { &self.sender } else { &self.token };
        let token = format!("Bearer {token}");
        let headers = [headers, &[("authorization", token.as_str())]].concat();
        self.bare(method, path, &headers, body)
    }

    /// Sends a request as it is.
    pub fn bare(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let response = match body {
            Some(body) => agent.run(request.body(body).unwrap()),
            None => agent.run(request.body(()).unwrap()),
        };
        let mut response = response.unwrap();
        let bytes = response.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), text, bytes }
    }

    /// What an account sends with its requests.
    pub fn bearer(&self, account: &str) -> String {
        format!("Bearer {}", accounts::token(&self.accounts, account))
    }

    /// The same, of a new account that supervises some divisions.
    pub fn supervisor(&self, account: &str, codes: &[&str]) -> String {
        let codes = codes.iter().map(|code| code.parse().unwrap()).collect();
        self.add_account(account, &[Role::Supervisor], Territory::Divisions(codes));
        self.bearer(account)
    }

    /// Sends as an account.
    pub fn send_as(&self, bearer: &str, method: &str, path: &str, body: Option<&str>) -> Answer {
        let headers = [("authorization", bearer), ("content-type", "application/json")];
        self.send(method, path, &headers, body.map(str::as_bytes))
    }

    /// Adds an account.
    pub fn add_account(&self, name: &str, roles: &[Role], territory: Territory) {
        accounts::add(&self.accounts, name, roles, territory);
    }

    /// Gives an account the password of the tests.
    pub fn set_password(&self, name: &str) {
        accounts::set_password(&self.accounts, name);
    }

    /// Signs in with the password of the tests; a browser from now on.
    pub fn sign_in(&self, name: &str) -> Browser {
        let answer = self.try_password(name, accounts::PASSWORD);
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Browser { cookie, csrf: answer.json()["csrf"].as_str().unwrap().to_owned() }
    }

    /// Tries to sign in.
    pub fn try_password(&self, name: &str, password: &str) -> Answer {
        let body = serde_json::json!({"name": name, "password": password}).to_string();
        self.bare("POST", "/v1/session", &[("content-type", "application/json")], Some(body.as_bytes()))
    }

    /// Sends a request as an account, with a body of JSON if there is one.
    pub fn send_by(&self, account: &str, method: &str, path: &str, body: Option<&str>) -> Answer {
        self.send_as(&self.bearer(account), method, path, body)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// Does something to the item of a path, whatever its version.
    pub fn act(&self, path: &str, key: &str, body: &str) -> Answer {
        self.act_on(path, key, "*", body)
    }

    /// Does something to one version of the item of a path.
    pub fn act_on(&self, path: &str, key: &str, version: &str, body: &str) -> Answer {
        let headers = [("idempotency-key", key), ("if-match", version), ("content-type", "application/json")];
        self.send("POST", &format!("{path}/acts"), &headers, Some(body.as_bytes()))
    }

    pub fn claim(&self, path: &str, key: &str) -> Answer {
        self.act(path, key, r#"{"act":"claim"}"#)
    }

    /// Decides, with the rest of the body.
    pub fn decide(&self, path: &str, key: &str, body: &str) -> Answer {
        let rest = body.strip_prefix('{').unwrap_or(body);
        self.act(path, key, &format!(r#"{{"act":"decide",{rest}"#))
    }

    /// The id of some open alert.
    pub fn alert(&self) -> String {
        let open = |filter: &str| {
            let alerts = self.get(&format!("/v1/alerts?state=open&limit=1{filter}")).json();
            alerts["items"][0]["id"].as_str().map(str::to_owned)
        };
        // Rather one that is closed when somebody decides on it.
        open("&procedure=help").or_else(|| open("")).unwrap()
    }
}

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub struct Browser {
    pub cookie: String,
    pub csrf: String,
}

impl Browser {
    pub fn send(&self, platform: &Platform, method: &str, path: &str, body: Option<&str>) -> Answer {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("x-csrf-token", self.csrf.as_str()),
            ("content-type", "application/json"),
        ];
        platform.bare(method, path, &headers, body.map(str::as_bytes))
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop().unwrap();
        }
    }
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Asserts that it is a problem of this kind.
    #[track_caller]
    pub fn is_problem(&self, status: u16, kind: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:sanzao:problem:{kind}"), "{self:?}");
        assert_eq!(problem["status"], status);
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
    }
}
