//! How many caseworkers there are, in all or in each town.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::tally::UNKNOWN_TOWN;

/// How many caseworkers there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caseworkers {
    /// In the whole district.
    All(u32),
    /// By town, the first nine digits of a division.
    ByTown(BTreeMap<String, u32>),
}

impl Caseworkers {
    /// Reads a number, or the file of that name.
    ///
    /// # Errors
    /// When it is neither, or with the line that is wrong.
    pub fn read(said: &str) -> Result<Caseworkers> {
        if let Ok(number) = said.parse() {
            if number == 0 {
                bail!("--caseworkers 0: say how many there are, at least 1");
            }
            return Ok(Caseworkers::All(number));
        }
        let text = std::fs::read_to_string(Path::new(said)).with_context(|| {
            format!("--caseworkers is neither a number nor a file that can be read: {said}")
        })?;
        Caseworkers::parse(&text).with_context(|| said.to_owned())
    }

    fn parse(text: &str) -> Result<Caseworkers> {
        let mut towns = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let is_joint = |c: char| c == '=' || c == ',' || c == '"' || c.is_whitespace();
            let parts: Vec<&str> = line.split(is_joint).filter(|part| !part.is_empty()).collect();
            let read = match parts[..] {
                [town, number] if is_town(town) => number.parse().ok().filter(|n| *n > 0).map(|n| (town, n)),
                _ => None,
            };
            let Some((town, number)) = read else {
                bail!(
                    "line {}: expected the first 9 digits of a town, or `unknown`, and how many caseworkers it has",
                    at + 1
                );
            };
            if towns.insert(town.to_owned(), number).is_some() {
                bail!("line {}: {town} is there already", at + 1);
            }
        }
        if towns.is_empty() {
            bail!("it names no town: write a line `320614100 3` for each");
        }
        Ok(Caseworkers::ByTown(towns))
    }

    /// How many there are in a town; none where only the district's are known, or none of the town.
    pub(crate) fn of(&self, town: &str) -> Option<u32> {
        match self {
            Caseworkers::All(_) => None,
            Caseworkers::ByTown(towns) => towns.get(town).copied(),
        }
    }

    /// How many there are in all.
    pub(crate) fn total(&self) -> u32 {
        match self {
            Caseworkers::All(number) => *number,
            Caseworkers::ByTown(towns) => towns.values().sum(),
        }
    }
}

fn is_town(text: &str) -> bool {
    text == UNKNOWN_TOWN || text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_a_file() {
        assert_eq!(Caseworkers::read("12").unwrap(), Caseworkers::All(12));
        assert!(Caseworkers::read("0").unwrap_err().to_string().contains("at least 1"));
        assert!(Caseworkers::read("/nowhere/at/all").unwrap_err().to_string().contains("neither"));
        let read =
            Caseworkers::parse("# towns\n320614100 = 3\n320614101,2\n\n320614102\t1 # one\nunknown 1\n")
                .unwrap();
        assert_eq!((read.of("320614100"), read.of("320614999"), read.total()), (Some(3), None, 7));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, words) in [
            ("320614100 3\n320614 3", "line 2: expected"),
            ("320614100 0", "line 1: expected"),
            ("320614100 many", "line 1: expected"),
            ("320614100 1\n320614100 2", "line 2: 320614100 is there already"),
            ("# none", "names no town"),
        ] {
            let error = Caseworkers::parse(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
