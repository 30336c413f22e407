//! Holds the house rules: sizes of files and functions, no `unwrap` outside tests, a first paragraph for
//! every crate. Tests, benchmarks and examples are not counted.

use std::fs;
use std::path::{Path, PathBuf};

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 60;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the workspace").to_owned()
}

/// Source files below a folder that are part of the product.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the checkout can be read") {
        let path = entry.expect("an entry of the checkout can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            if !["tests", "benches", "examples", "target"].contains(&name.as_str()) {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" && !name.ends_with("_tests.rs") {
            found.push(path);
        }
    }
}

/// The text without its `#[cfg(test)]` modules, which stand at the end of a file.
fn without_tests(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let end = lines.iter().enumerate().position(|(at, line)| {
        line.trim() == "#[cfg(test)]"
            && lines[at + 1..].iter().find(|next| !next.trim_start().starts_with("#[")).is_some_and(|next| {
                let next = next.trim();
                next.starts_with("mod ") && next.ends_with('{')
            })
    });
    lines[..end.unwrap_or(lines.len())].join("\n")
}

/// Name, first line and length of each function, by indentation, which rustfmt keeps honest.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let declares = code.starts_with("fn ")
            || ["pub", "const", "async", "unsafe", "extern"].iter().any(|word| code.starts_with(word))
                && code.contains(" fn ")
                && !code.contains("//");
        if !declares {
            continue;
        }
        let indent = line.len() - code.len();
        let closing = format!("{}}}", " ".repeat(indent));
        let body = lines[at..]
            .iter()
            .take_while(|next| !next.ends_with(';') || next.len() - next.trim_start().len() > indent);
        let length = body.take_while(|next| **next != closing).count() + 1;
        let name = code.split(" fn ").last().unwrap_or(code).trim_start_matches("fn ");
        found.push((name.split(['(', '<']).next().unwrap_or(name).to_owned(), at + 1, length));
    }
    found
}

fn offences(check: impl Fn(&Path, &str, &mut Vec<String>)) -> Vec<String> {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    assert!(files.len() > 50, "found only {} source files: is the folder right?", files.len());
    let mut offences = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file is text");
        check(file.strip_prefix(root()).unwrap_or(&file), &without_tests(&text), &mut offences);
    }
    offences
}

#[test]
fn files_and_functions_are_short() {
    let found = offences(|file, text, offences| {
        let lines = text.lines().count();
        if lines > MAX_FILE_LINES {
            offences.push(format!("{}: {lines} lines, at most {MAX_FILE_LINES}", file.display()));
        }
        for (name, line, length) in functions(text) {
            if length > MAX_FUNCTION_LINES {
                let file = file.display();
                offences.push(format!(
                    "{file}:{line}: fn {name} has {length} lines, at most {MAX_FUNCTION_LINES}"
                ));
            }
        }
    });
    assert!(found.is_empty(), "split these into two ideas each:\n{}", found.join("\n"));
}

#[test]
fn nothing_unwraps_outside_tests() {
    let found = offences(|file, text, offences| {
        for (at, line) in text.lines().enumerate() {
            if line.contains(".unwrap()") && !line.trim_start().starts_with("//") {
                offences.push(format!("{}:{}", file.display(), at + 1));
            }
        }
    });
    assert!(found.is_empty(), "use expect(\"why it cannot fail\") or an error:\n{}", found.join("\n"));
}

#[test]
fn every_crate_says_what_it_is_for() {
    let mut missing = Vec::new();
    for entry in fs::read_dir(root().join("crates")).expect("the crates can be listed") {
        let folder = entry.expect("a crate can be listed").path();
        let lib = folder.join("src/lib.rs");
        if !folder.is_dir() {
            continue;
        }
        let text = fs::read_to_string(&lib).expect("every crate has a library");
        let docs: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
        if !docs.to_lowercase().contains("must not know") {
            missing.push(format!(
                "{}: opens without `//!` saying its reason and what it must not know",
                lib.display()
            ));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_checks_can_fail() {
    let long = format!("    pub fn long() {{\n{}    }}\n", "        step();\n".repeat(70));
    assert_eq!(functions(&long), vec![("long".to_owned(), 1, 72)]);
    let text = "fn a() {\n}\n#[cfg(test)]\nmod tests {\n    x.unwrap();\n}\n";
    assert!(!without_tests(text).contains("unwrap"));
}
