//! What the registry's clerks and the deputy do, so that moves occur that nobody's day would bring about.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::office::{Live, Office};

const LAST_DAY_BEFORE: &str = "2026-05-31";

/// Re-checks that a record of the registry clears.
const RECHECKS: [&str; 3] = ["dibao-recheck", "tekun-recheck", "home-care-recheck"];

impl Office {
    /// One of each, every day, as long as there is somebody.
    pub fn provoke(&self, live: &Live, desks: &[Desk], day: u32) {
        let deputy = &desks[0];
        self.grants_while_it_is_worked_on(live, deputy, day);
        self.ends_before_approval(live, deputy, day);
        self.records_of_the_wrong_ones(live, deputy, day);
        self.looks_again_too_late(live, deputy, day);
        // What follows is done to what nothing else happens to.
        live.settle(&deputy.token);
        self.visits_of_the_month_before(live, deputy, day);
        live.settle(&deputy.token);
        self.changes_their_mind(live, deputy, day);
        live.settle(&deputy.token);
    }

    /// An old-age allowance is granted to whom an alert was about: it is withdrawn, wherever it stood.
    fn grants_while_it_is_worked_on(&self, live: &Live, deputy: &Desk, day: u32) {
        for state in ["open", "claimed", "snoozed"] {
            let query = format!("/v1/alerts?rule=missed-old-age-allowance&state={state}&limit=1");
            if let Some(alert) = first(live, deputy, &query) {
                let person = self.person(live, deputy, &alert["people"][0]);
                let data = json!({
                    "benefit_id": format!("clerk-{state}-{day}"), "program": "old-age-allowance",
                    "person": person, "monthly_amount": 100, "on": self.day(day),
                });
                self.registry(live, "benefit.granted", day, &data);
            }
        }
    }

    /// The benefits end that somebody decided on, before another approved it.
    fn ends_before_approval(&self, live: &Live, deputy: &Desk, day: u32) {
        if let Some(alert) = first(live, deputy, "/v1/alerts?procedure=review&state=decided&limit=1") {
            for benefit in self.benefits_of(live, deputy, &alert) {
                let data = json!({"benefit_id": benefit, "reason": "复核后停发", "on": self.day(day)});
                self.registry(live, "benefit.ended", day, &data);
            }
        }
    }

    /// A visit is recorded of another child than the one that was visited, and a re-check of another benefit; both are
    /// retracted the next day: they are still to be made.
    fn records_of_the_wrong_ones(&self, live: &Live, deputy: &Desk, day: u32) {
        let mut mistaken = self.mistaken.lock().unwrap();
        if !mistaken.is_empty() {
            for event in mistaken.drain(..) {
                let data = json!({"retracts": event, "reason": "登记错人"});
                self.registry(live, "record.retracted", day, &data);
            }
            return;
        }
        if let Some(task) = recheck(live, deputy, "overdue") {
            for benefit in self.benefits_of(live, deputy, &task) {
                let data = json!({"benefit_id": benefit, "outcome": "continues", "on": self.day(day)});
                mistaken.push(self.registry(live, "verification.recorded", day, &data));
            }
        }
        let query = "/v1/tasks?rule=child-monthly-visit&state=planned,due&limit=1";
        if let Some(task) = first(live, deputy, query) {
            let person = self.person(live, deputy, &task["people"][0]);
            let data = json!({
                "visit_id": format!("clerk-visit-{day}"), "kind": "child", "person": person, "on": self.day(day),
            });
            mistaken.push(self.registry(live, "visit.recorded", day, &data));
        }
    }

    /// A re-check is made after its day.
    fn looks_again_too_late(&self, live: &Live, deputy: &Desk, day: u32) {
        let Some(task) = recheck(live, deputy, "overdue") else { return };
        for (number, benefit) in self.benefits_of(live, deputy, &task).into_iter().enumerate() {
            let act = json!({
                "act": "complete", "on": self.day(day), "seen": "情况无变化", "benefit_id": benefit,
                "verification": "continues",
            });
            let id = task["id"].as_str().unwrap();
            let (status, told) = live.act_with(deputy, "tasks", id, &format!("late-{day}-{number}"), &act);
            // Another benefit of theirs may have been the one, and the data quicker than the next.
            assert!([200, 409].contains(&status), "{status} {told}");
        }
    }

    /// A visit of the last day of the month before is reported for this month's task, which it does not clear: after a week
    /// it is to be made again, if the task is not cancelled.
    fn visits_of_the_month_before(&self, live: &Live, deputy: &Desk, day: u32) {
        let query = "/v1/tasks?rule=child-monthly-visit&state=planned&limit=1";
        let Some(task) = first(live, deputy, query).filter(|_| day < 6) else { return };
        let reported = json!({"act": "complete", "on": LAST_DAY_BEFORE, "seen": "一切正常"});
        let cancelled = json!({"act": "cancel", "reason": "已迁出"});
        let acts = [&reported, &cancelled];
        all_of(live, deputy, &task, &format!("before-{day}"), &acts[..1 + (day % 2) as usize]);
    }

    /// Somebody cancels a task and takes that back.
    fn changes_their_mind(&self, live: &Live, deputy: &Desk, day: u32) {
        let acts = [&json!({"act": "cancel", "reason": "已迁出"}), &json!({"act": "undo"})];
        for state in ["planned", "due", "overdue", "missed"] {
            if let Some(task) = first(live, deputy, &format!("/v1/tasks?state={state}&limit=1")) {
                all_of(live, deputy, &task, &format!("mind-{day}"), &acts);
            }
        }
    }

    /// Somebody as departments name them.
    fn person(&self, live: &Live, deputy: &Desk, masked: &Value) -> Value {
        let (number, name) = live.reveal(deputy, masked["id"].as_str().unwrap());
        json!({"id_number": number, "name": self.names.get(&number).unwrap_or(&name)})
    }

    /// The benefits of those whom an item is about, by their numbers in the registry.
    fn benefits_of(&self, live: &Live, deputy: &Desk, item: &Value) -> Vec<String> {
        let people = item["people"].as_array().unwrap().iter();
        let numbers = people.map(|person| live.reveal(deputy, person["id"].as_str().unwrap()).0);
        numbers.filter_map(|number| self.benefits.get(&number)).flatten().cloned().collect()
    }
}

/// One act after the other, each done.
fn all_of(live: &Live, deputy: &Desk, task: &Value, key: &str, acts: &[&Value]) {
    let id = task["id"].as_str().unwrap();
    for (number, act) in acts.iter().enumerate() {
        let (status, told) = live.act_with(deputy, "tasks", id, &format!("{key}-{id}-{number}"), act);
        if status == 409 {
            // The data were quicker; there is another day.
            return;
        }
        assert_eq!(status, 200, "{act} on {task}: {told}");
    }
}

/// A re-check that stands so, if there is one.
fn recheck(live: &Live, deputy: &Desk, state: &str) -> Option<Value> {
    let of = |rule| first(live, deputy, &format!("/v1/tasks?rule={rule}&state={state}&limit=1"));
    RECHECKS.into_iter().find_map(of)
}

fn first(live: &Live, deputy: &Desk, query: &str) -> Option<Value> {
    live.get(deputy, query)["items"].get(0).cloned()
}
