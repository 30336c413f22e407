//! Which stages a process runs, and what they are called.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use sanzao_model::{Bureau, Feed};

/// A stage, or a department's part of one, as `--stages` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StageKind {
    /// `intake:<feed>`: takes in what a department sends.
    Intake(Feed),
    /// `discovery`: ledgers and rules, of the bureaus that the group gives.
    Discovery,
    /// `casework`: alerts and tasks, of the bureaus that the group gives.
    Casework,
    /// `vault`: keeps identities, in one process of an installation.
    Vault,
    /// `exchange`: tells and asks departments, in one process of an installation, beside its vault.
    Exchange,
    /// `api`: the query API, with tables of its own.
    Api,
}

/// The stages of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stages(BTreeSet<StageKind>);

impl Stages {
    /// All of them.
    pub fn all() -> Stages {
        use StageKind::{Api, Casework, Discovery, Exchange, Vault};
        let rest = [Discovery, Casework, Vault, Exchange, Api];
        Stages(Feed::ALL.into_iter().map(StageKind::Intake).chain(rest).collect())
    }

    /// Of a list such as `intake:police,discovery`; `intake` is that of every department.
    ///
    /// # Errors
    /// With the word that names no stage, or what goes only beside another.
    pub fn parse(words: &[String]) -> Result<Stages, String> {
        let mut stages = BTreeSet::new();
        for word in words {
            match word.as_str() {
                "intake" => stages.extend(Feed::ALL.map(StageKind::Intake)),
                word => drop(stages.insert(word.parse()?)),
            }
        }
        let stages = Stages(stages);
        if stages.has(StageKind::Exchange) && !stages.has(StageKind::Vault) {
            return Err(
                "exchange tells who people are, so that it runs beside the vault: name both".to_owned()
            );
        }
        Ok(stages)
    }

    /// What `--stages` calls them.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Whether one is among them.
    pub fn has(&self, stage: StageKind) -> bool {
        self.0.contains(&stage)
    }

    /// The departments whose events are taken in.
    pub fn intake(&self) -> impl Iterator<Item = Feed> {
        self.0.iter().filter_map(|stage| match stage {
            StageKind::Intake(feed) => Some(*feed),
            _ => None,
        })
    }

    /// Whether these are all there are.
    pub fn are_all(&self) -> bool {
        *self == Stages::all()
    }
}

impl fmt::Display for StageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StageKind::Intake(feed) => write!(f, "intake:{feed}"),
            StageKind::Discovery => f.write_str("discovery"),
            StageKind::Casework => f.write_str("casework"),
            StageKind::Vault => f.write_str("vault"),
            StageKind::Exchange => f.write_str("exchange"),
            StageKind::Api => f.write_str("api"),
        }
    }
}

impl FromStr for StageKind {
    type Err = String;

    fn from_str(word: &str) -> Result<StageKind, String> {
        match word {
            "discovery" => Ok(StageKind::Discovery),
            "casework" => Ok(StageKind::Casework),
            "vault" => Ok(StageKind::Vault),
            "exchange" => Ok(StageKind::Exchange),
            "api" => Ok(StageKind::Api),
            word => match word.strip_prefix("intake:").map(str::parse) {
                Some(Ok(feed)) => Ok(StageKind::Intake(feed)),
                Some(Err(error)) => Err(format!("{word}: {error}")),
                None => Err(format!(
                    "{word:?} is no stage: expected intake, intake:<feed>, discovery, casework, vault, exchange or api"
                )),
            },
        }
    }
}

/// What one loop of a process is called, to people and in metrics.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StageName {
    shown: String,
    labels: String,
}

impl StageName {
    /// Of a stage of which there is one.
    pub fn one(stage: &str) -> StageName {
        StageName { shown: stage.to_owned(), labels: format!("stage=\"{stage}\"") }
    }

    /// Of a bureau's part of a stage.
    pub fn of_bureau(stage: &str, bureau: Bureau) -> StageName {
        let labels = format!("stage=\"{stage}\",bureau=\"{bureau}\"");
        StageName { shown: format!("{stage} of {bureau}"), labels }
    }

    /// Of a partition of a department's topic.
    pub fn of_feed(stage: &str, feed: Feed, partition: u32) -> StageName {
        let labels = format!("stage=\"{stage}\",feed=\"{feed}\",partition=\"{partition}\"");
        let shown = match partition {
            0 => format!("{stage}-{feed}"),
            partition => format!("{stage}-{feed}-{partition}"),
        };
        StageName { shown, labels }
    }

    /// Of the loop of a webhook.
    pub fn of_webhook(endpoint: &str) -> StageName {
        let labels = format!("stage=\"webhook\",endpoint=\"{endpoint}\"");
        StageName { shown: format!("webhook-{endpoint}"), labels }
    }

    /// As labels of a metric.
    pub fn labels(&self) -> &str {
        &self.labels
    }

    /// As the name of a thread, of which systems show 15 letters.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Stages, String> {
        Stages::parse(&text.split(',').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_list_names_stages_and_departments() {
        let some = parse("intake:police,discovery").unwrap();
        assert_eq!(some.intake().collect::<Vec<_>>(), [Feed::Police]);
        assert!(some.has(StageKind::Discovery) && !some.has(StageKind::Casework) && !some.are_all());
        assert!(parse("intake,discovery,casework,vault,exchange,api").unwrap().are_all());
        assert_eq!(some.words(), ["intake:police", "discovery"]);
        assert!(Stages::parse(&Stages::all().words()).unwrap().are_all());
    }

    #[test]
    fn what_is_no_stage_is_told() {
        assert!(parse("intake:fire").unwrap_err().starts_with("intake:fire: "));
        assert!(parse("Discovery").unwrap_err().contains("is no stage: expected intake, intake:<feed>"));
        assert!(parse("").unwrap_err().contains("is no stage"));
        assert!(parse("exchange,api").unwrap_err().contains("beside the vault"));
    }
}
