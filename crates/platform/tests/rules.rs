//! `sanzao rules` on the real binary, without a data directory.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod support;

use std::path::{Path, PathBuf};

use support::*;

fn discovery() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../discovery")
}

/// Exit code and standard output.
fn told(arguments: &[&str]) -> (i32, String) {
    let output = sanzao().args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

/// A folder with one rule, its cases and nothing else.
fn one_rule(folder: &Path) -> (PathBuf, PathBuf) {
    let (rules, cases) = (folder.join("rules"), folder.join("cases/orphan"));
    std::fs::create_dir_all(&rules).unwrap();
    std::fs::create_dir_all(&cases).unwrap();
    std::fs::copy(discovery().join("rules/orphan.sql"), rules.join("orphan.sql")).unwrap();
    for entry in std::fs::read_dir(discovery().join("cases/orphan")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, cases.join(path.file_name().unwrap())).unwrap();
    }
    (rules, cases)
}

fn change(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn list_tells_what_there_is() {
    let all = run(&["rules", "list"]);
    let line = all.lines().find(|line| line.starts_with("orphan ")).unwrap();
    for word in ["help", "person", "3 working days", "police,registry", "minor", "疑似孤儿未获保障"] {
        assert!(line.contains(word), "{word}: {line}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (rules, _) = one_rule(folder.path());
    let one = json(&run(&["rules", "list", "--rules", text(&rules), "--json"]));
    assert_eq!(one["rules"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&one["rules"][0]["id"], &one["rules"][0]["due"]),
        (&"orphan".into(), &"3 working days".into())
    );
}

#[test]
fn check_shows_the_place_and_counts_what_is_fine() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, _) = one_rule(folder.path());
    assert_eq!(told(&["rules", "check", text(&rules)]), (0, "1 rules: all fine\n".into()));
    std::fs::copy(discovery().join("rules/long-silence.sql"), rules.join("long-silence.sql")).unwrap();
    change(&rules.join("orphan.sql"), "  AND p.living", "  AND p.living AND '老年' = p.aeg");
    let (code, all) = told(&["rules", "check", text(&rules)]);
    assert_eq!(code, 1);
    let lines: Vec<&str> = all.lines().collect();
    let text_of = std::fs::read_to_string(rules.join("orphan.sql")).unwrap();
    let line = text_of.lines().position(|line| line.contains("p.aeg")).unwrap() + 1;
    assert!(lines[0].contains(&format!("orphan.sql:{line}:27: ")) && lines[0].contains("`aeg`"), "{all}");
    assert!(lines[1].ends_with("AND p.living AND '老年' = p.aeg"), "{all}");
    // Under the place where it stands: each of the two signs before it is twice as wide.
    assert_eq!(lines[2].find('^').unwrap(), "   27 | ".len() + 26 + 2, "{all}");
    assert!(all.contains("2 rules: 1 fine, 1 with faults (1 in all)"), "{all}");
    let (code, all) = told(&["rules", "check", text(&rules), "--json"]);
    let all = json(&all);
    assert_eq!((code, &all["fine"], all["faults"].as_array().unwrap().len()), (1, &1.into(), 1));
    assert_eq!(all["faults"][0]["line"], line);
}

#[test]
fn a_folder_or_a_file_that_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, _) = one_rule(folder.path());
    let fails = |rules: &Path| {
        let output = sanzao().args(["rules", "check", text(rules)]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(fails(Path::new("/nowhere/at/all")).contains("No such file"));
    assert!(fails(folder.path()).contains("holds no rule"));
    // A byte-order mark does no harm, another encoding (here GB 18030) does.
    let path = rules.join("orphan.sql");
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("\u{feff}{good}")).unwrap();
    run(&["rules", "check", text(&rules)]);
    std::fs::write(&path, [good.as_bytes(), &[0xb1, 0xea]].concat()).unwrap();
    assert!(fails(&rules).contains("is not in UTF-8: save it in that encoding"));
}

#[test]
fn cases_are_run_written_down_and_found_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, cases) = one_rule(folder.path());
    let arguments = ["rules", "test", text(&rules)];
    assert!(run(&arguments).contains("each finds what it must"));

    // Another threshold: the cases say so, with what is found instead.
    change(&rules.join("orphan.sql"), "p.age < q.child_below_years", "p.age < q.child_below_years - 1");
    let (code, all) = told(&arguments);
    assert!(code == 1 && all.contains("1 expected (`finds`), found 0"), "{all}");
    assert!(all.contains("differs, first here (was, is)"), "{all}");
    change(&rules.join("orphan.sql"), " - 1", "");

    // What is found in full is written down when asked for, and compared from then on.
    let golden = std::fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path());
    let golden = golden.into_iter().find(|path| path.extension().is_some_and(|e| e == "txt")).unwrap();
    let before = std::fs::read_to_string(&golden).unwrap();
    std::fs::remove_file(&golden).unwrap();
    let (code, all) = told(&arguments);
    assert!(code == 1 && all.contains("is missing: --bless writes"), "{all}");
    assert!(run(&["rules", "test", text(&rules), "--bless"]).contains("1 files of findings were written"));
    assert_eq!(std::fs::read_to_string(&golden).unwrap(), before);
}

#[test]
fn what_is_wrong_with_cases_is_told_and_not_thrown() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, cases) = one_rule(folder.path());
    let arguments = ["rules", "test", text(&rules)];
    let write = |content: &str| std::fs::write(cases.join("more.toml"), content).unwrap();
    let event = "as_of = \"2025-06-30\"\n[people]\np = \"1985-03-02\"\n[events]\n";
    let case = "[[case]]\nname = \"x\"\nfinds = 0\n";
    for (content, words) in [
        ("as_of = ", "more.toml:1: "),
        (
            &format!("{event}d = {{ type = \"health.death.certified\", person = \"q\" }}\n{case}"),
            "no person `q`",
        ),
        (
            &format!("{event}d = {{ type = \"health.death.certified\", person = \"p\" }}\n{case}"),
            "event `d`: intake refuses it",
        ),
        (
            &format!(
                "{event}d = {{ type = \"health.death.certified\", person = \"p\", on = 2025-01-01, colour = 1 }}\n{case}"
            ),
            "only the fields person",
        ),
    ] {
        write(content);
        let (code, all) = told(&arguments);
        assert!(code == 1 && all.contains(words) && all.contains("more.toml:"), "{words}: {all}");
    }
    std::fs::remove_dir_all(&cases).unwrap();
    let (code, all) = told(&arguments);
    assert!(code == 1 && all.contains("orphan has no cases"), "{all}");
    let output = sanzao().args(["rules", "test", text(&rules), "orphen"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds no rule `orphen`"));
}
