//! The five contracts.

use sanzao_intake::Contract;
use sanzao_model::Feed;

pub fn of(feed: Feed) -> Contract {
    match feed {
        Feed::Police => sanzao_feed_police::CONTRACT,
        Feed::SocialSecurity => sanzao_feed_social_security::CONTRACT,
        Feed::Health => sanzao_feed_health::CONTRACT,
        Feed::MedicalInsurance => sanzao_feed_medical_insurance::CONTRACT,
        Feed::Registry => sanzao_feed_registry::CONTRACT,
    }
}
