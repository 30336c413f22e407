//! Errors of this crate.

/// Why a rule cannot be used. Reject: whoever wrote the rule must mend it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct RuleError {
    /// The rule's file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Why a set of rules cannot be read from a directory.
#[derive(Debug, thiserror::Error)]
pub enum RuleSetError {
    /// Retry: the directory or a file in it cannot be read now.
    #[error("rules cannot be read from {path}")]
    Read {
        /// The directory or file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Reject: a file in another encoding, as spreadsheets and older editors write Chinese.
    #[error("{path} is not in UTF-8: save it in that encoding")]
    Encoding {
        /// The file.
        path: String,
    },
    /// Reject: not one rule, which would withdraw every alert.
    #[error("{path} holds no rule (`<id>.sql`): name the folder of the rules")]
    Empty {
        /// The directory.
        path: String,
    },
    /// Reject: every fault of every rule.
    #[error("{} fault(s) in rules; the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Rules(Vec<RuleError>),
}

/// Why no engine can be made. A rule that cannot be planned or run is no such error: it is *unknown*.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Retry: the system gives no resources for a runtime.
    #[error("no runtime for rules: {0}")]
    Runtime(#[from] std::io::Error),
    /// Bug: the session cannot be set up.
    #[error("session for rules cannot be set up: {0}")]
    Session(String),
}
