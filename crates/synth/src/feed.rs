//! The five departments that send events.

use serde::{Deserialize, Serialize};

/// A department's feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    /// 公安
    Police,
    /// 人社
    SocialSecurity,
    /// 卫健
    Health,
    /// 医保
    MedicalInsurance,
    /// The bureau's own assistance registry.
    Registry,
}

impl Feed {
    /// Every feed, in a fixed order.
    pub const ALL: [Feed; 5] =
        [Feed::Police, Feed::SocialSecurity, Feed::Health, Feed::MedicalInsurance, Feed::Registry];

    /// The feed's name in `source` and `type`, and of its file.
    pub fn as_str(self) -> &'static str {
        match self {
            Feed::Police => "police",
            Feed::SocialSecurity => "social-security",
            Feed::Health => "health",
            Feed::MedicalInsurance => "medical-insurance",
            Feed::Registry => "registry",
        }
    }

    /// Whether the department writes `time` in UTC; the others write China's offset.
    pub(crate) fn utc(self) -> bool {
        matches!(self, Feed::Health | Feed::MedicalInsurance)
    }
}
