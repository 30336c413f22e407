//! Forty people and what each does in a day.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use sanzao_access::AccountsFile;
use serde_json::{Value, json};

use crate::office::{Live, Office, account};
use crate::support::Numbers;

/// Whose people somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Town {
    One(String),
    Whole,
}

/// What somebody is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Works in all towns, and looks at everything for this test.
    Scout,
    Caseworker,
    Supervisor,
    SystemAdmin,
    SecurityAdmin,
    AuditAdmin,
}

pub struct Desk {
    pub name: String,
    pub job: Job,
    pub town: Town,
    pub token: String,
    seed: u64,
    done: Mutex<BTreeMap<String, u64>>,
}

/// The token of an account, which its making wrote down.
pub fn token(data: &Path, name: &str) -> String {
    std::fs::read_to_string(data.join("tokens").join(name)).unwrap()
}

impl Desk {
    /// Eight caseworkers and a supervisor in each of four towns, one who sees everything, and three administrators; the
    /// departments have an account for all.
    pub fn all(office: &Office) -> Vec<Desk> {
        let file = AccountsFile::open(&office.data.join("accounts.toml")).unwrap();
        let mut people: Vec<(String, Job, Town)> = vec![("deputy".into(), Job::Scout, Town::Whole)];
        for (number, town) in office.towns.iter().enumerate() {
            for place in 0..8 {
                people.push((format!("case-{number}-{place}"), Job::Caseworker, Town::One(town.clone())));
            }
            people.push((format!("head-{number}"), Job::Supervisor, Town::One(town.clone())));
        }
        people.push(("system".into(), Job::SystemAdmin, Town::Whole));
        people.push(("security".into(), Job::SecurityAdmin, Town::Whole));
        people.push(("audit".into(), Job::AuditAdmin, Town::Whole));
        let sources = crate::support::FEEDS.map(|feed| format!("/320614/{feed}"));
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        let none = sanzao_access::Territory::None;
        account(&file, "sender", &[sanzao_access::Role::Department], none.clone(), &sources);
        people
            .into_iter()
            .enumerate()
            .map(|(number, (name, job, town))| {
                let is_of_people = matches!(job, Job::Scout | Job::Caseworker | Job::Supervisor);
                let territory = if is_of_people { town.territory() } else { none.clone() };
                let token = account(&file, &name, &job.roles(), territory, &[]);
                let (seed, done) = (number as u64 + 1, Mutex::new(BTreeMap::new()));
                Desk { name, job, town, token, seed, done }
            })
            .collect()
    }

    /// How often which act was carried out.
    pub fn done(&self) -> BTreeMap<String, u64> {
        self.done.lock().unwrap().clone()
    }

    /// A day's work.
    pub fn work(&self, live: &Live, day: u32) {
        let mut day =
            Day { desk: self, live, day, numbers: Numbers(self.seed * 1_000 + u64::from(day)), acts: 0 };
        match self.job {
            Job::Scout => day.scouts(),
            Job::Caseworker => day.works(),
            Job::Supervisor => day.supervises(),
            Job::SystemAdmin | Job::SecurityAdmin | Job::AuditAdmin => day.stays_out(),
        }
    }
}

struct Day<'a> {
    desk: &'a Desk,
    live: &'a Live,
    day: u32,
    numbers: Numbers,
    acts: u32,
}

impl Day<'_> {
    fn date(&self, later: u32) -> String {
        let day = self.day + later;
        if day <= 30 { format!("2026-06-{day:02}") } else { format!("2026-07-{:02}", day - 30) }
    }

    fn items(&self, query: &str) -> Vec<Value> {
        self.live.get(self.desk, &format!("/v1/{query}"))["items"].as_array().unwrap().clone()
    }

    /// Does something; whether it could be done.
    fn act(&mut self, kind: &str, id: &str, act: Value) -> bool {
        self.acts += 1;
        let key = format!("{}-{}-{}", self.desk.name, self.day, self.acts);
        let (status, told) = self.live.act_with(self.desk, kind, id, &key, &act);
        // Somebody else, or the data, may have been quicker; nothing else may be wrong.
        assert!([200, 404, 409, 422].contains(&status), "{} {act}: {status} {told}", self.desk.name);
        if status == 200 {
            let name = act["act"].as_str().unwrap().to_owned();
            *self.desk.done.lock().unwrap().entry(name).or_default() += 1;
        }
        status == 200
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.numbers.below(count) == 0
    }

    /// Begins on some alerts, and goes on with what is their own.
    fn works(&mut self) {
        let mine = self.items("alerts?worker=me&limit=60");
        for alert in &mine {
            self.goes_on(alert);
        }
        let open = self.items("alerts?state=open&limit=60");
        for alert in open.iter().filter(|alert| alert["assignee"].is_null()).take(6) {
            let id = alert["id"].as_str().unwrap();
            if self.act("alerts", id, json!({"act": "claim"})) {
                if self.one_in(4) {
                    self.act("alerts", id, json!({"act": "undo"}));
                } else if self.one_in(3) {
                    self.decides(id);
                } else if self.one_in(6) {
                    self.act("alerts", id, json!({"act": "comment", "text": "已电话联系"}));
                }
            }
        }
        self.visits();
    }

    fn decides(&mut self, id: &str) {
        let outcome = ["helped", "not-eligible", "wrong-data", "no-action"][self.numbers.below(4) as usize];
        let decided =
            self.act("alerts", id, json!({"act": "decide", "outcome": outcome, "reason": "上门核实"}));
        if decided && self.one_in(8) {
            self.act("alerts", id, json!({"act": "undo"}));
        }
    }

    fn goes_on(&mut self, alert: &Value) {
        let id = alert["id"].as_str().unwrap();
        match alert["state"].as_str().unwrap() {
            "open" => {
                self.act("alerts", id, json!({"act": "claim"}));
            }
            "claimed" if self.one_in(4) => {
                let later = 1 + self.numbers.below(5) as u32;
                let until = self.date(later);
                self.act("alerts", id, json!({"act": "snooze", "until": until, "reason": "外出就医"}));
            }
            "claimed" if self.one_in(8) => {
                self.act("alerts", id, json!({"act": "release"}));
            }
            "claimed" if self.one_in(2) => self.decides(id),
            "snoozed" if self.one_in(10) => {
                let until = self.date(7);
                self.act("alerts", id, json!({"act": "snooze", "until": until, "reason": "仍在住院"}));
            }
            "snoozed" if self.one_in(10) => {
                self.act("alerts", id, json!({"act": "claim"}));
            }
            "snoozed" if self.one_in(10) => {
                self.act("alerts", id, json!({"act": "release"}));
            }
            "decided" => self.tells_the_family(alert),
            "closed" if self.one_in(12) => {
                let text = "家属有不同意见";
                self.act("alerts", id, json!({"act": "appeal", "on": self.date(0), "text": text}));
            }
            _ => {}
        }
        if self.one_in(30) {
            let other = self.items("alerts?state=open&limit=1");
            if let Some(with) = other.first().and_then(|other| other["id"].as_str()) {
                self.act("alerts", id, json!({"act": "group", "with": with}));
                if self.one_in(2) {
                    self.act("alerts", id, json!({"act": "group", "with": null}));
                }
            }
        }
    }

    fn tells_the_family(&mut self, alert: &Value) {
        let id = alert["id"].as_str().unwrap();
        let notice = &alert["state_details"]["notice"];
        if notice.is_null() {
            if self.one_in(6) {
                // Looks at it again instead.
                self.act("alerts", id, json!({"act": "claim"}));
                return;
            }
            let (sent_on, answer_by) = (self.date(0), self.date(9));
            let act =
                json!({"act": "notify", "sent_on": sent_on, "means": "in-person", "answer_by": answer_by});
            self.act("alerts", id, act);
        } else if notice["answered_on"].is_null() && self.one_in(2) {
            let agrees = self.one_in(2);
            let on = self.date(0);
            self.act(
                "alerts",
                id,
                json!({"act": "answer", "on": on, "agrees": agrees, "text": "已当面答复"}),
            );
        }
    }

    /// Visits, re-checks, and what was missed.
    fn visits(&mut self) {
        let mut tasks = self.items("tasks?state=planned,due,overdue,missed&limit=100");
        self.numbers.shuffle(&mut tasks);
        for task in tasks.iter().take(5) {
            let id = task["id"].as_str().unwrap();
            let of = ["dibao-recheck", "tekun-recheck", "home-care-recheck"];
            // Of what is sensitive a list tells no rule; re-checks are not.
            let is_recheck = task["rule"].as_str().is_some_and(|rule| of.contains(&rule));
            // The number of the benefit stands in the registry alone.
            if is_recheck && task["state"] != "missed" {
                continue;
            }
            let on = self.date(0);
            let is_done = self.act("tasks", id, json!({"act": "complete", "on": on, "seen": "一切正常"}));
            if is_done && self.one_in(8) {
                self.act("tasks", id, json!({"act": "undo"}));
            }
        }
    }

    fn supervises(&mut self) {
        for alert in self.items("alerts?state=decided&limit=100") {
            let id = alert["id"].as_str().unwrap();
            if self.one_in(10) {
                self.act("alerts", id, json!({"act": "send-back", "reason": "请补充材料"}));
            } else {
                self.act("alerts", id, json!({"act": "approve", "reason": "同意"}));
            }
        }
        for alert in self.items("alerts?state=appealed&limit=50") {
            let id = alert["id"].as_str().unwrap();
            let act = if self.one_in(2) {
                json!({"act": "decide-appeal", "outcome": "helped", "reason": "重新核算后成立"})
            } else {
                json!({"act": "decide-appeal", "reason": "维持原决定"})
            };
            self.act("alerts", id, act);
        }
        for alert in self.items("alerts?queue=second-review&limit=50") {
            let id = alert["id"].as_str().unwrap();
            let details = &alert["state_details"];
            // Their own, for instance on an appeal.
            if [&details["approved_by"], &details["by"]].iter().any(|by| **by == self.desk.name.as_str()) {
                continue;
            }
            assert_eq!(alert["state_details"]["outcome"], "no-action", "the decision is not told: {alert}");
            self.act(
                "alerts",
                id,
                json!({"act": "second-opinion", "outcome": "helped", "reason": "查看材料"}),
            );
        }
        for alert in self.items("alerts?queue=escalated&limit=20") {
            let (id, to) = (alert["id"].as_str().unwrap(), self.colleague());
            self.act("alerts", id, json!({"act": "assign", "to": to}));
        }
        for alert in self.items("alerts?state=open&limit=4") {
            let (id, to) = (alert["id"].as_str().unwrap(), self.colleague());
            self.act("alerts", id, json!({"act": "assign", "to": to}));
        }
        for alert in self.items("alerts?state=closed&limit=40") {
            if self.one_in(20) {
                let act = json!({"act": "reopen", "reason": "情况有变"});
                self.act("alerts", alert["id"].as_str().unwrap(), act);
            }
        }
        for task in self.items("tasks?state=planned,due,overdue,missed,reported&limit=60") {
            if self.one_in(12) {
                let act = json!({"act": "cancel", "reason": "已迁出"});
                let id = task["id"].as_str().unwrap();
                if self.act("tasks", id, act) && self.one_in(3) {
                    self.act("tasks", id, json!({"act": "undo"}));
                }
            }
        }
    }

    /// A caseworker of the same town.
    fn colleague(&mut self) -> String {
        let town = self.desk.name.trim_start_matches("head-").to_owned();
        format!("case-{town}-{}", self.numbers.below(8))
    }

    /// Looks at some cases as a whole.
    fn scouts(&mut self) {
        for alert in self.items("alerts?limit=5") {
            let detail = self.live.get(self.desk, &format!("/v1/alerts/{}", alert["id"].as_str().unwrap()));
            assert!(!detail["history"].as_array().unwrap().is_empty());
        }
    }

    /// Administrators and the data office see no case.
    fn stays_out(&mut self) {
        for path in ["/v1/alerts", "/v1/tasks", "/v1/changes"] {
            let (status, told) = self.live.send("GET", path, &self.desk.token, &[], None);
            assert_eq!(status, 403, "{} {path}: {told}", self.desk.name);
        }
    }
}
