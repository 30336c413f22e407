//! The five departments' feeds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A feed of change events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    /// 公安.
    Police,
    /// 人社.
    SocialSecurity,
    /// 卫健.
    Health,
    /// 医保.
    MedicalInsurance,
    /// The bureau's own assistance registry.
    Registry,
}

impl Feed {
    /// All feeds, in the order of design §1.
    pub const ALL: [Feed; 5] =
        [Feed::Police, Feed::SocialSecurity, Feed::Health, Feed::MedicalInsurance, Feed::Registry];

    /// Its name in topics, sources and event types.
    pub fn as_str(self) -> &'static str {
        match self {
            Feed::Police => "police",
            Feed::SocialSecurity => "social-security",
            Feed::Health => "health",
            Feed::MedicalInsurance => "medical-insurance",
            Feed::Registry => "registry",
        }
    }

    /// The department, as a caseworker reads it.
    pub fn department(self) -> &'static str {
        match self {
            Feed::Police => "公安",
            Feed::SocialSecurity => "人社",
            Feed::Health => "卫健",
            Feed::MedicalInsurance => "医保",
            Feed::Registry => "民政",
        }
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Feed {
    type Err = String;

    fn from_str(text: &str) -> Result<Feed, String> {
        Feed::ALL.into_iter().find(|feed| feed.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Feed::ALL.iter().map(|feed| feed.as_str()).collect();
            format!("no such feed; expected one of {}", names.join(", "))
        })
    }
}
