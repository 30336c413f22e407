//! Sets of rules and parameters as they lie in folders and files, with what is wrong shown as it is written there.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use sanzao_discovery::{Parameters, RuleError, RuleSet, Source};
use unicode_width::UnicodeWidthChar;

/// A file of parameters, or those built in; and its text.
///
/// # Errors
/// When it cannot be read, or with the line that is wrong.
pub(crate) fn parameters(path: Option<&Path>) -> Result<(Parameters, String)> {
    let Some(path) = path else {
        return Ok((Parameters::default_set(), Parameters::DEFAULT_TOML.to_owned()));
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let parameters = Parameters::parse(&text).map_err(|error| {
        let shown = shown(&text, error.line, 1);
        anyhow!(
            "the parameters cannot be used:\n{}:{}: {}\n{shown}",
            path.display(),
            error.line,
            error.message
        )
    })?;
    Ok((parameters, text))
}

/// The rules of a folder, or those built in.
///
/// # Errors
/// When the folder cannot be read, or with every fault of every rule.
pub(crate) fn rules(folder: Option<&Path>, parameters: &Parameters) -> Result<RuleSet> {
    let refused = |errors: Vec<RuleError>| {
        // Every fault of every rule, a line each.
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow!("the rules cannot be used:\n{}", lines.join("\n"))
    };
    match folder {
        None => RuleSet::built_in_with(parameters).map_err(refused),
        Some(folder) => RuleSet::load(&Source::read_dir(folder)?, parameters).map_err(refused),
    }
}

/// The parameters of a draft: the file that is named, or `parameters.toml` beside the folder of its rules.
pub(crate) fn beside(rules: &Path, named: Option<&Path>) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    let found = neighbour(rules, "parameters.toml");
    found.is_file().then_some(found)
}

/// Something that lies beside a folder: of `rules` in the working folder, too.
pub(crate) fn neighbour(folder: &Path, name: &str) -> PathBuf {
    let whole = std::fs::canonicalize(folder).ok();
    match folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) if !folder.ends_with("..") => parent.join(name),
        _ => whole
            .as_deref()
            .and_then(Path::parent)
            .map_or_else(|| PathBuf::from(name), |parent| parent.join(name)),
    }
}

/// A line of a text with its number, and a caret under a column; nothing where there is no such line.
pub(crate) fn shown(text: &str, line: usize, column: usize) -> String {
    let Some(written) = text.lines().nth(line.saturating_sub(1)) else { return String::new() };
    let number = format!("{line:>5} | ");
    // Chinese is twice as wide, and a tab as wide as the terminal likes.
    let before = written.chars().take(column.saturating_sub(1));
    let indent: String = before
        .map(|c| if c == '\t' { "\t".to_owned() } else { " ".repeat(c.width().unwrap_or(0)) })
        .collect();
    format!("{number}{written}\n      | {indent}^")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        assert_eq!(shown("a\nWHERE x > 1\n", 2, 7), "    2 | WHERE x > 1\n      |       ^");
        assert_eq!(shown("'老年' = x", 1, 8), "    1 | '老年' = x\n      |          ^");
        assert_eq!(shown("\tx", 1, 2), "    1 | \tx\n      | \t^");
        assert_eq!(shown("x", 3, 1), "");
    }

    #[test]
    fn parameters_are_those_beside_the_rules_unless_named() {
        let folder = tempfile::tempdir().unwrap();
        let rules = folder.path().join("rules");
        std::fs::create_dir(&rules).unwrap();
        assert_eq!(beside(&rules, None), None);
        std::fs::write(folder.path().join("parameters.toml"), "").unwrap();
        assert_eq!(beside(&rules, None), Some(folder.path().join("parameters.toml")));
        assert_eq!(beside(&rules, Some(Path::new("x.toml"))), Some("x.toml".into()));
    }

    #[test]
    fn the_line_of_a_parameter_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("parameters.toml");
        std::fs::write(&file, Parameters::DEFAULT_TOML.replacen("unit = \"fen\"", "unit = \"yuan\"", 1))
            .unwrap();
        let error = parameters(Some(&file)).unwrap_err().to_string();
        assert!(error.contains("expected one of fen") && error.contains("| name = "), "{error}");
    }
}
