//! The rules and parameters that the log says hold.

use sanzao_discovery::{ParameterError, Parameters, RuleError, RuleSet, Source};
use sanzao_model::RuleFile;

use crate::stage::StageError;

/// What was last put on record, up to some offset of `facts`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnRecord {
    /// Hash of rules and parameters; none before anything was evaluated.
    pub hash: Option<String>,
    /// The files of the rules.
    pub rules: Vec<RuleFile>,
    /// The table of parameters, in TOML; empty before anything was evaluated.
    pub parameters: String,
}

/// Hears of what holds and of what is to hold from now on.
pub(crate) type RulesHeard = Box<dyn Fn(&OnRecord, &OnRecord) -> Result<(), StageError> + Send>;

/// Why what is on record cannot be used by this software: it was written for another one.
#[derive(Debug, thiserror::Error)]
pub enum OnRecordError {
    /// Reject: another table of parameters than this software reads.
    #[error("the parameters on record then")]
    Parameters(#[from] ParameterError),
    /// Reject: rules over other tables than this software has.
    #[error("the rules on record then: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Rules(Vec<RuleError>),
}

impl OnRecord {
    /// The rules and parameters, ready to be planned.
    ///
    /// # Errors
    /// When they are of another version of the software.
    pub fn load(&self) -> Result<(RuleSet, Parameters), OnRecordError> {
        let parameters = Parameters::parse(&self.parameters)?;
        let source = |file: &RuleFile| Source { file: file.file.clone(), text: file.text.clone() };
        let sources: Vec<Source> = self.rules.iter().map(source).collect();
        let rules = RuleSet::load(&sources, &parameters).map_err(OnRecordError::Rules)?;
        Ok((rules, parameters))
    }
}
