//! What the registry's clerks and the deputy do, so that moves occur that nobody's day would bring about.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::office::{Live, Office};

/// Re-checks that a record of the registry clears.
const RECHECKS: [&str; 3] = ["dibao-recheck", "tekun-recheck", "home-care-recheck"];

impl Office {
    /// One of each, every day, as long as there is somebody.
    pub fn provoke(&self, live: &Live, desks: &[Desk], day: u32) {
        let deputy = &desks[0];
        self.grants_while_it_is_worked_on(live, deputy, day);
        self.ends_before_approval(live, deputy, day);
        self.records_of_the_wrong_child(live, deputy, day);
        self.looks_again_too_late(live, deputy, day);
        self.takes_a_visit_back(live, deputy, day);
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

    /// A visit is recorded of another child than the one that was visited, and retracted the next day: that one's visit
    /// is still to be made.
    fn records_of_the_wrong_child(&self, live: &Live, deputy: &Desk, day: u32) {
        if let Some(mistaken) = self.mistaken.lock().unwrap().take() {
            let data = json!({"retracts": mistaken, "reason": "登记错人"});
            self.registry(live, "record.retracted", day, &data);
            return;
        }
        let query = "/v1/tasks?rule=child-monthly-visit&state=planned&limit=1";
        if let Some(task) = first(live, deputy, query) {
            let person = self.person(live, deputy, &task["people"][0]);
            let data = json!({
                "visit_id": format!("clerk-visit-{day}"), "kind": "child", "person": person, "on": self.day(day),
            });
            *self.mistaken.lock().unwrap() = Some(self.registry(live, "visit.recorded", day, &data));
        }
    }

    /// A re-check is made after its day.
    fn looks_again_too_late(&self, live: &Live, deputy: &Desk, day: u32) {
        let overdue =
            RECHECKS.map(|rule| first(live, deputy, &format!("/v1/tasks?rule={rule}&state=overdue&limit=1")));
        let Some(task) = overdue.into_iter().flatten().next() else { return };
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

    /// A visit is reported, and its task cancelled before the record of it has come round: the family has moved.
    fn takes_a_visit_back(&self, live: &Live, deputy: &Desk, day: u32) {
        let query = "/v1/tasks?rule=child-monthly-visit&state=planned,due&limit=1";
        let Some(task) = first(live, deputy, query) else { return };
        let id = task["id"].as_str().unwrap();
        let visited = json!({"act": "complete", "on": self.day(day), "seen": "家中无人"});
        let (status, told) = live.act_with(deputy, "tasks", id, &format!("visited-{day}"), &visited);
        assert_eq!(status, 200, "{told}");
        let cancelled = json!({"act": "cancel", "reason": "已迁出"});
        let (status, told) = live.act_with(deputy, "tasks", id, &format!("moved-{day}"), &cancelled);
        // The record may have been quicker.
        assert!([200, 409].contains(&status), "{status} {told}");
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

fn first(live: &Live, deputy: &Desk, query: &str) -> Option<Value> {
    live.get(deputy, query)["items"].get(0).cloned()
}
