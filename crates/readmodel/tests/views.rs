//! Saved views, in a file that survives.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::sync::Barrier;

use rusqlite::Connection;
use sanzao_readmodel::{Kind, ReadModelError, View, ViewBefore, Views};

fn put(views: &Views, account: &str, name: &str, query: &str) -> View {
    let decide = |_| Ok::<_, ReadModelError>(Some((Kind::Alert, query.to_owned())));
    views.change(account, name, decide).unwrap().unwrap()
}

#[test]
fn what_is_saved_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.db");
    let views = Views::open(&path).unwrap();
    let mine = put(&views, "li", "我的", "worker=me");
    put(&views, "wang", "我的", "state=open");
    put(&views, "li", "a", "");
    drop(views);
    let views = Views::open(&path).unwrap();
    assert_eq!(views.get("li", "我的").unwrap(), Some(mine.clone()));
    let names: Vec<_> = views.of("li").unwrap().into_iter().map(|view| view.name).collect();
    assert_eq!(names, ["a", "我的"]);
    assert_eq!(views.of("nobody").unwrap(), []);

    let gone = views.change("li", "我的", |before| {
        assert_eq!(before, ViewBefore { version: Some(mine.version), count: 2 });
        Ok::<_, ReadModelError>(None)
    });
    assert_eq!(gone.unwrap(), None);
    assert_eq!(views.get("wang", "我的").unwrap().unwrap().query, "state=open");
    // What comes again has another version: whoever meant the old one meant another.
    let again = put(&views, "li", "我的", "worker=me");
    assert!(again.version > mine.version + 1, "{again:?}");
    let refused = views.change("li", "a", |_| Err(ReadModelError::Stored("no".into())));
    assert!(refused.is_err());
    assert!(views.get("li", "a").unwrap().is_some());
}

#[test]
fn of_many_who_change_one_version_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let views = Views::open(&folder.path().join("views.db")).unwrap();
    let mut version = put(&views, "li", "a", "").version;
    for round in 0..50 {
        let start = Barrier::new(4);
        let change = |number: usize| {
            start.wait();
            views.change("li", "a", |before| match before.version {
                Some(now) if now == version => Ok(Some((Kind::Task, format!("limit={number}")))),
                _ => Err(ReadModelError::Stored("changed".into())),
            })
        };
        let won: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (1..5).map(|number| scope.spawn(move || change(number))).collect();
            threads.into_iter().filter_map(|thread| thread.join().unwrap().ok()).collect()
        });
        assert_eq!(won.len(), 1, "round {round}");
        let now = views.get("li", "a").unwrap().unwrap();
        assert_eq!(won[0], Some(now.clone()));
        version = now.version;
    }
}

#[test]
fn another_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("views.db");
    let open = || Views::open(&path).map(|_| ());
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    assert!(matches!(open(), Err(ReadModelError::NotOurs(_))));
    std::fs::remove_file(&path).unwrap();
    open().unwrap();
    put(&Views::open(&path).unwrap(), "li", "a", "");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 2).unwrap();
    assert!(matches!(open(), Err(ReadModelError::OtherVersion(_))));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 1).unwrap();
    assert!(Views::open(&path).unwrap().get("li", "a").unwrap().is_some(), "nothing was thrown away");
}
