//! Everything that can happen to alerts and tasks, made to happen, as whoever asks for changes is told of it.

use sanzao_api::Backend;
use sanzao_model::{
    AttachmentId, Command, CommandKey, Evidence, FactId, HouseholdId, Instant, ItemId, Level, LevelState,
    NoticeMeans, Order, Outcome, PersonId, Procedure, Report, ReportSource, Sensitivity, SubjectId,
};
use serde_json::Value;

use crate::platform::{Platform, TODAY, level};

/// In every text that somebody writes here. It is to be in no change.
pub const WORDS: &str = "此句只供本局经办人查看";

/// All that is told.
pub fn everything() -> Vec<Value> {
    let mut work = Work { platform: Platform::with_work(), asked: 0, told: Vec::new() };
    work.hears();
    found_and_gone(&mut work);
    decided_by_two(&mut work);
    put_off_and_given_back(&mut work);
    arranged(&mut work);
    drawn_for_a_second_review(&mut work);
    tasks(&mut work);
    handled_and_raised_again(&mut work);
    work.told
}

/// A bureau at work.
struct Work {
    platform: Platform,
    asked: u16,
    told: Vec<Value>,
}

impl Work {
    /// What is told since it was asked for last, as `alert.claimed`.
    fn hears(&mut self) -> Vec<String> {
        let before = self.told.len();
        loop {
            let after = self.told.last().map(|change| format!("&after={}", change["id"].as_str().unwrap()));
            let path = format!("/v1/changes?limit=500{}", after.unwrap_or_default());
            let answer = self.platform.get(&path);
            assert_eq!(answer.status, 200, "{answer:?}");
            let page = answer.json();
            self.told.extend_from_slice(page["items"].as_array().unwrap());
            if page["next"].is_null() {
                break;
            }
        }
        let short = |change: &Value| {
            let kind = change["type"].as_str().unwrap();
            kind.strip_prefix("sanzao.").unwrap().strip_suffix(".v1").unwrap().to_owned()
        };
        self.told[before..].iter().map(short).collect()
    }

    fn finds(&mut self, levels: Vec<Level>) -> Vec<String> {
        self.platform.stages.levels(levels);
        self.hears()
    }

    /// Finds something that opens one item.
    fn opens(&mut self, level: Level) -> ItemId {
        let told = self.finds(vec![level]);
        assert!(matches!(&told[..], [one] if one.ends_with(".opened")), "{told:?}");
        self.newest()["subject"].as_str().unwrap().parse().unwrap()
    }

    /// What a change told last.
    fn newest(&self) -> &Value {
        self.told.last().expect("something was told")
    }

    fn submit(&mut self, who: &str, item: ItemId, order: Order) {
        self.asked += 1;
        let mut key = [0; 16];
        key[..2].copy_from_slice(&self.asked.to_be_bytes());
        let at = Instant((i64::from(TODAY.0) * 86_400 + i64::from(self.asked)) * 1_000_000_000);
        let (key, actor) = (CommandKey(key), who.to_owned());
        let command = Command { key, fingerprint: key.0, actor, at, item, order };
        self.platform.stages.submit_command(command).unwrap();
    }

    /// Somebody asks for something, of which this is told.
    #[track_caller]
    fn asks(&mut self, who: &str, item: ItemId, order: Order, told: &[&str]) {
        self.submit(who, item, order.clone());
        assert_eq!(self.hears(), told, "{who} asks {order:?}");
    }

    /// Somebody closes an alert, which may be drawn for a second review.
    #[track_caller]
    fn closes(&mut self, who: &str, item: ItemId, order: Order) {
        self.submit(who, item, order);
        let told = self.hears();
        assert!(told == ["alert.closed"] || told == ["alert.closed", "alert.updated"], "{told:?}");
    }

    #[track_caller]
    fn claims(&mut self, who: &str, item: ItemId) {
        self.asks(who, item, Order::Claim, &["alert.claimed"]);
    }
}

fn words() -> String {
    WORDS.to_owned()
}

fn decide(outcome: Outcome) -> Order {
    Order::Decide { outcome, reason: words(), reopen_on: None }
}

fn alert(person: u32) -> Level {
    level("high-yearly-self-pay", Procedure::Help, person)
}

fn task(person: u32) -> Level {
    level("home-care-recheck", Procedure::Recheck, person)
}

fn gone(level: Level) -> Level {
    Level { state: LevelState::Known(Vec::new()), ..level }
}

fn due(mut level: Level, in_days: i32) -> Level {
    let LevelState::Known(findings) = &mut level.state else { panic!("a level has findings") };
    findings[0].due = Some(TODAY.plus_days(in_days));
    level
}

/// With one more fact that makes the case.
fn with_news(mut level: Level) -> Level {
    let LevelState::Known(findings) = &mut level.state else { panic!("a level has findings") };
    let more = Evidence { fact: FactId([9; 16]), ..findings[0].evidence[0].clone() };
    findings[0].evidence.push(more);
    level
}

/// What happens by itself.
fn found_and_gone(work: &mut Work) {
    let newer = |level: Level| Level { version: 9, division: None, ..level };
    let told = work.finds(vec![newer(alert(0)), gone(alert(1))]);
    assert_eq!(told, ["alert.updated", "alert.withdrawn"]);
    assert_eq!(work.finds(vec![alert(1)]), ["alert.updated", "alert.reopened"]);
    work.opens(Level { sensitivity: Sensitivity::Minor, ..alert(50) });
    // Found of another household: it follows.
    let of = |household| Level {
        subject: SubjectId::Household(HouseholdId([household; 16])),
        people: vec![PersonId([1; 16]), PersonId([2; 16])],
        ..level("rigid-medical-spending", Procedure::Help, 1)
    };
    work.opens(of(1));
    assert_eq!(work.finds(vec![of(2), gone(of(1))]), ["alert.updated"]);
}

/// A review, to the family's appeal and after it.
fn decided_by_two(work: &mut Work) {
    let id = work.opens(level("deceased-recipient", Procedure::Review, 60));
    work.claims("li", id);
    work.asks("li", id, decide(Outcome::NotEligible), &["alert.decided"]);
    let answer_by = TODAY.plus_days(9);
    let notify = Order::Notify { sent_on: TODAY, means: NoticeMeans::Post, answer_by };
    work.asks("li", id, notify, &["alert.decided"]);
    let answer = Order::Answer { on: TODAY, agrees: false, text: words() };
    work.asks("li", id, answer, &["alert.decided"]);
    work.asks("chen", id, Order::SendBack { reason: words() }, &["alert.claimed"]);
    work.asks("li", id, decide(Outcome::NotEligible), &["alert.decided"]);
    let notify = Order::Notify { sent_on: TODAY, means: NoticeMeans::InPerson, answer_by };
    work.asks("li", id, notify, &["alert.decided"]);
    let answer = Order::Answer { on: TODAY, agrees: true, text: words() };
    work.asks("li", id, answer, &["alert.decided"]);
    work.closes("chen", id, Order::Approve { reason: words() });
    work.asks("li", id, Order::Appeal { on: TODAY, text: words() }, &["alert.appealed"]);
    let uphold = Order::DecideAppeal { outcome: Some(Outcome::NoAction), reason: words() };
    work.asks("zhao", id, uphold, &["alert.closed"]);
    work.asks("chen", id, Order::Reopen { reason: words() }, &["alert.opened"]);
    assert_eq!(work.newest()["data"]["reopening"]["cause"], "asked");
}

fn put_off_and_given_back(work: &mut Work) {
    let id = work.opens(alert(61));
    let snooze = || Order::Snooze { until: TODAY.plus_days(9), reason: words() };
    work.claims("li", id);
    work.asks("li", id, snooze(), &["alert.snoozed"]);
    assert_eq!(work.finds(vec![with_news(alert(61))]), ["alert.updated", "alert.claimed"]);
    work.asks("li", id, Order::Release, &["alert.reopened"]);
    // This one waits for its day.
    work.claims("wang", id);
    work.asks("wang", id, snooze(), &["alert.snoozed"]);
}

/// What people arrange, and what they are told by others.
fn arranged(work: &mut Work) {
    let (id, other) = (work.opens(alert(62)), work.opens(alert(63)));
    let to = |who: Option<&str>| Order::Assign { to: who.map(str::to_owned) };
    work.asks("chen", id, to(Some("li")), &["alert.updated"]);
    assert_eq!(work.newest()["data"]["assignee"], "li");
    work.claims("li", id);
    work.asks("chen", id, to(Some("wang")), &["alert.updated", "alert.reopened"]);
    let with = Some(other);
    work.asks("li", id, Order::Group { with }, &["alert.updated", "alert.updated"]);
    assert_eq!(work.newest()["data"]["card"], other.to_string());
    work.asks("li", id, Order::Group { with: None }, &["alert.updated"]);
    work.asks("li", id, Order::Comment { text: words() }, &["alert.updated"]);
    work.claims("li", other);
    work.closes("li", other, decide(Outcome::WrongData));
    work.asks("li", other, Order::Undo, &["alert.claimed"]);
    let attach = Order::Attach { file: AttachmentId([1; 16]), media_type: "image/png".to_owned(), bytes: 9 };
    work.asks("li", id, attach, &["alert.updated"]);
    let (source, subject) = (ReportSource::VillageAide, SubjectId::Person(PersonId([3; 16])));
    let report = Report { source, subject, division: None, on: TODAY };
    work.asks("li", ItemId([8; 16]), Order::Report(Box::new(report)), &["alert.opened"]);
    assert_eq!(work.newest()["data"]["reported_by"], "village-aide");
}

/// Of closed alerts one in twenty is drawn: by its id and its place in the log, which are the same in each run.
fn drawn_for_a_second_review(work: &mut Work) {
    for person in 100..200 {
        let id = work.opens(alert(person));
        work.submit("li", id, Order::Claim);
        work.submit("li", id, decide(Outcome::Helped));
        if work.hears() == ["alert.claimed", "alert.closed", "alert.updated"] {
            assert_eq!(work.newest()["data"]["second_review"]["is_due"], true);
            let opinion = Order::SecondOpinion { outcome: Outcome::NoAction, reason: words() };
            work.asks("zhao", id, opinion, &["alert.updated"]);
            assert_eq!(work.newest()["data"]["second_review"]["agrees"], false);
            return;
        }
    }
    panic!("none of a hundred was drawn");
}

fn tasks(work: &mut Work) {
    let newer = Level { version: 9, ..task(0) };
    let told = work.finds(vec![newer, gone(task(1)), due(task(2), -1), due(task(3), 2)]);
    assert_eq!(
        told,
        ["task.updated", "task.done", "task.updated", "task.overdue", "task.updated", "task.due"]
    );
    assert_eq!(work.finds(vec![task(1)]), ["task.updated", "task.planned"]);
    let opened: Vec<ItemId> =
        [12, 2, -1].into_iter().zip(70..).map(|(days, person)| work.opens(due(task(person), days))).collect();
    let [far, near, late] = opened[..] else { panic!("three were opened") };
    let complete = |is_sent| Order::Complete { on: TODAY, seen: words(), is_sent };
    work.asks("li", far, complete(true), &["task.reported"]);
    assert_eq!(work.finds(vec![gone(due(task(70), 12))]), ["task.done"]);
    assert_eq!(work.newest()["data"]["state_details"]["shown_by_data"], true);
    work.asks("li", near, complete(false), &["task.done"]);
    assert_eq!(work.newest()["data"]["state_details"]["shown_by_data"], false);
    work.asks("chen", late, Order::Cancel { reason: words() }, &["task.cancelled"]);
    // Nothing clears what its period has left behind.
    let month = || Level { periodic: true, ..due(task(73), 1) };
    work.opens(month());
    work.platform.stages.levels_on(TODAY.plus_days(2), vec![gone(month())], Vec::new());
    let told = work.hears();
    assert!(told.iter().any(|what| what == "task.missed"), "{told:?}");
}

/// Handled with a day to look again, raised again by new evidence; that handled, and raised again on its day. On that day
/// much is late, too.
fn handled_and_raised_again(work: &mut Work) {
    let orphan = || level("orphan", Procedure::Help, 1);
    let day = TODAY.plus_days(30);
    for (key, level) in [("1", orphan()), ("2", with_news(orphan()))] {
        let path = format!("/v1/alerts/{}", work.opens(level));
        assert_eq!(work.platform.claim(&path, &format!("c{key}")).status, 200);
        let body = format!(r#"{{"outcome":"helped","reason":"{WORDS}","reopen_on":"{day}"}}"#);
        let answer = work.platform.decide(&path, &format!("d{key}"), &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.text.contains(WORDS), "whoever works on it reads it: {answer:?}");
        let told = work.hears();
        assert!(told.starts_with(&["alert.claimed".to_owned(), "alert.closed".to_owned()]), "{told:?}");
    }
    let before = work.told.len();
    work.platform.stages.levels_on(day, Vec::new(), Vec::new());
    work.hears();
    let late = work.told[before..].iter().filter(|change| change["data"]["escalated_on"] == day.to_string());
    assert!(late.count() > 20, "what nobody has begun is told to whoever supervises");
}
