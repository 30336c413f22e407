//! Files beside alerts and tasks.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the platform")]
mod platform;

use platform::{Answer, Platform};
use sanzao_audit::Action;
use serde_json::Value;

const TEXT: &[u8] = "走访记录：老人独居，行动不便。".as_bytes();

fn attach(
    platform: &Platform,
    bearer: &str,
    path: &str,
    key: &str,
    media_type: &str,
    bytes: &[u8],
) -> Answer {
    let headers = [("authorization", bearer), ("idempotency-key", key), ("content-type", media_type)];
    platform.send("POST", path, &headers, Some(bytes))
}

fn get(platform: &Platform, bearer: &str, path: &str) -> Answer {
    platform.send("GET", path, &[("authorization", bearer)], None)
}

/// The path of the files of an alert in a town.
fn files_of(platform: &Platform, town: &str) -> String {
    let alerts = platform.get(&format!("/v1/alerts?division={town}&limit=1")).json();
    format!("/v1/alerts/{}/attachments", alerts["items"][0]["id"].as_str().unwrap())
}

/// What stands on record of these actions, and by whom.
fn on_record(platform: &Platform, action: &Action) -> usize {
    platform
        .stages
        .audit()
        .iter()
        .filter(|entry| entry.action == *action && !entry.subjects.is_empty())
        .count()
}

fn png(width: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend([0, 0, 0, 9, 8, 2, 0, 0, 0, 1, 2, 3, 4]);
    bytes.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    bytes
}

#[test]
fn a_file_is_kept_once_and_told_of_and_opened_on_record() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let files = files_of(&platform, "320614100");
    let named = format!("{files}?name=%E8%B5%B0%E8%AE%BF%20%22x%22.txt");
    let inbox = platform.stages.inbox();
    let kept = attach(&platform, &li, &named, "k", "text/plain; charset=UTF-8", TEXT);
    assert_eq!(kept.status, 201, "{kept:?}");
    let body = kept.json();
    assert_eq!((&body["name"], &body["by"]), (&Value::from("走访 \"x\".txt"), &Value::from("li")));
    assert_eq!((&body["media_type"], &body["bytes"]), (&"text/plain".into(), &TEXT.len().into()));
    let path = kept.header("location").to_owned();
    assert_eq!(path, format!("{files}/{}", body["id"].as_str().unwrap()));
    assert_eq!(on_record(&platform, &Action::AttachmentAdd), 1);

    // The same again keeps nothing twice; another file, name or type under the key is another request.
    let again = attach(&platform, &li, &named, "k", "text/plain; charset=UTF-8", TEXT);
    assert_eq!((again.status, &again.text), (201, &kept.text));
    assert_eq!(platform.stages.inbox(), inbox + 1);
    let mut other = TEXT.to_vec();
    other[0..3].copy_from_slice("去".as_bytes());
    let task = platform.get("/v1/tasks?division=320614100&limit=1").json()["items"][0]["id"].clone();
    let of_task = named.replace("alerts", "tasks").replacen(&files[11..43], task.as_str().unwrap(), 1);
    for (path, media_type, bytes) in [
        (&named, "text/plain", other.as_slice()),
        (&format!("{files}?name=y.txt"), "text/plain", TEXT),
        (&named, "image/png", &png(3)),
        (&of_task, "text/plain", TEXT),
    ] {
        attach(&platform, &li, path, "k", media_type, bytes).is_problem(422, "key-reused");
    }
    assert_eq!(platform.stages.inbox(), inbox + 1);

    let listed = get(&platform, &li, &files).json();
    assert_eq!(listed["attachments"], Value::from(vec![body.clone()]));
    let opened = get(&platform, &li, &path);
    assert_eq!((opened.status, opened.text.as_bytes()), (200, TEXT));
    assert_eq!(opened.header("content-type"), "text/plain; charset=utf-8");
    let name = "attachment; filename*=UTF-8''%E8%B5%B0%E8%AE%BF%20%22x%22%2Etxt";
    assert_eq!(opened.header("content-disposition"), name);
    assert_eq!(opened.header("x-content-type-options"), "nosniff");
    assert!(opened.header("content-security-policy").ends_with("; sandbox"));
    assert!(opened.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(opened.header("cache-control"), "no-store");
    assert_eq!(on_record(&platform, &Action::AttachmentRead), 1);
    let history = get(&platform, &li, files.strip_suffix("/attachments").unwrap()).json()["history"].clone();
    assert_eq!(history[1]["attachment"]["id"], body["id"]);
    assert!(!history.to_string().contains("走访 "), "names stand in the vault alone");
}

#[test]
fn only_who_sees_the_item_sees_its_files_and_only_who_works_on_it_attaches() {
    let platform = Platform::with_work();
    let operator = platform.bearer("operator");
    let task = platform.get("/v1/tasks?division=320614100&limit=1").json()["items"][0]["id"].clone();
    let task_files = format!("/v1/tasks/{}/attachments", task.as_str().unwrap());
    for files in [files_of(&platform, "320614100"), task_files] {
        let named = format!("{files}?name=a.txt");
        let path =
            attach(&platform, &operator, &named, &files, "text/plain", TEXT).header("location").to_owned();
        for (account, attaches, reads) in [
            ("li", 201, 200),
            ("wang", 404, 404),
            ("chen", 403, 200),
            ("zhao", 403, 200),
            ("data", 403, 403),
            ("system", 403, 403),
            ("security", 403, 403),
            ("audit", 403, 403),
            ("police", 403, 403),
            ("sender", 403, 403),
        ] {
            let bearer = platform.bearer(account);
            let answer = attach(&platform, &bearer, &named, &files, "text/plain", TEXT);
            assert_eq!(answer.status, attaches, "{account} {answer:?}");
            assert_eq!(get(&platform, &bearer, &files).status, reads, "{account}");
            assert_eq!(get(&platform, &bearer, &path).status, reads, "{account}");
        }
        // A file of one item is none of another.
        let (_, id) = path.rsplit_once('/').unwrap();
        let other = files_of(&platform, "320614101");
        get(&platform, &operator, &format!("{other}/{id}")).is_problem(404, "not-found");
        for unknown in ["x", "ffffffffffffffffffffffffffffffff", "%ff"] {
            get(&platform, &operator, &format!("{files}/{unknown}")).is_problem(404, "not-found");
        }
    }
}

#[test]
fn what_is_no_file_that_is_taken_is_a_problem_that_says_why() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let files = files_of(&platform, "320614100");
    let named = format!("{files}?name=a");
    let inbox = platform.stages.inbox();
    let long = vec![b'a'; 10 * 1024 * 1024 + 1];
    for (path, media_type, bytes, status, kind) in [
        (&named, "application/zip", TEXT, 415, "media-type"),
        (&named, "", TEXT, 415, "media-type"),
        (&named, "text/plain; charset=gbk", TEXT, 415, "media-type"),
        (&named, "image/png", TEXT, 422, "content"),
        (&named, "text/plain", b"%PDF-1.7 ...", 422, "content"),
        (&named, "text/plain", b"\0\x01", 422, "content"),
        (&named, "text/plain", b"", 422, "content"),
        (&named, "text/plain", &long, 413, "too-large"),
        (&files, "text/plain", TEXT, 400, "query"),
        (&format!("{files}?name=a%2Fb"), "text/plain", TEXT, 400, "query"),
        (&format!("{files}?name="), "text/plain", TEXT, 400, "query"),
        (&format!("{named}&more=1"), "text/plain", TEXT, 400, "query"),
        (&format!("{files}?name={}", "a".repeat(121)), "text/plain", TEXT, 400, "query"),
    ] {
        let answer = attach(&platform, &li, path, "k", media_type, bytes);
        answer.is_problem(status, kind);
    }
    platform
        .send("POST", &named, &[("content-type", "text/plain")], Some(TEXT))
        .is_problem(400, "idempotency-key");
    assert_eq!(platform.stages.inbox(), inbox);
    assert_eq!(on_record(&platform, &Action::AttachmentAdd), 0);
    let most = vec![b'a'; 10 * 1024 * 1024];
    assert_eq!(attach(&platform, &li, &named, "most", "text/plain", &most).status, 201);
    let image = attach(&platform, &li, &named, "image", "image/png", &png(3));
    assert_eq!(image.status, 201, "{image:?}");
}

#[test]
fn what_does_not_stand_on_record_does_not_happen() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let named = format!("{}?name=a", files_of(&platform, "320614100"));
    let reason = "the disk is full".to_owned();
    let away = sanzao_api::BackendError::Unavailable { reason, retry_after_seconds: 5 };
    let inbox = platform.stages.inbox();
    let accesses = || platform.stages.vault(|vault| vault.accesses(0, 100).unwrap().len());
    platform.stages.fail_audit(Some(away.clone()));
    attach(&platform, &li, &named, "k", "text/plain", TEXT).is_problem(503, "unavailable");
    assert_eq!((platform.stages.inbox(), accesses()), (inbox, 0));
    platform.stages.fail_audit(None);
    // The log fails after the vault has it: the same request goes on, and the vault keeps it once.
    platform.stages.fail(Some(away.clone()));
    attach(&platform, &li, &named, "k", "text/plain", TEXT).is_problem(503, "unavailable");
    platform.stages.fail(None);
    let kept = attach(&platform, &li, &named, "k", "text/plain", TEXT);
    assert_eq!((kept.status, accesses()), (201, 1));
    let path = kept.header("location").to_owned();
    platform.stages.fail_audit(Some(away));
    get(&platform, &li, &path).is_problem(503, "unavailable");
    assert_eq!(accesses(), 1, "nothing was opened");
    platform.stages.fail_audit(None);
    platform.stages.fail_vault(Some(sanzao_vault::VaultError::Busy { detail: "busy".into() }));
    get(&platform, &li, &path).is_problem(503, "vault");
    platform.stages.fail_vault(None);
    // Erased, its name and content are gone; that it was there stays in the history.
    let alert = get(&platform, &li, path.rsplit_once("/attachments").unwrap().0).json();
    let person = alert["subject"]["id"].as_str().unwrap().parse().unwrap();
    let (files, id) = path.rsplit_once('/').unwrap();
    let access = sanzao_vault::Access {
        actor: "chen".into(),
        purpose: "依申请删除".into(),
        at: "2025-06-12T01:00:00Z".parse().unwrap(),
    };
    platform.stages.vault(|vault| vault.erase(person, &access, &[]).unwrap());
    get(&platform, &li, &path).is_problem(404, "not-found");
    let listed = get(&platform, &li, files).json();
    assert_eq!(
        (&listed["attachments"][0]["id"], &listed["attachments"][0]["name"]),
        (&id.into(), &Value::Null)
    );
}

#[test]
fn two_uploads_under_one_key_are_one() {
    let platform = Platform::with_work();
    let li = platform.bearer("li");
    let files = files_of(&platform, "320614100");
    for round in 0..5 {
        let send = |letter: u8| {
            let path = format!("{files}?name=a");
            attach(&platform, &li, &path, &format!("race-{round}"), "text/plain", &[letter; 1000])
        };
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let threads: Vec<_> = b"aabb".iter().map(|letter| scope.spawn(move || send(*letter))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let won: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(won.len(), 2, "{answers:?}");
        assert_eq!(won[0].text, won[1].text);
        for lost in answers.iter().filter(|answer| answer.status != 201) {
            lost.is_problem(422, "key-reused");
        }
        let listed = get(&platform, &li, &files).json();
        assert_eq!(listed["attachments"].as_array().unwrap().len(), round + 1);
    }
}
