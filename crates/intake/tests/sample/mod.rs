//! Typical events of the five departments, as senders write them.

#![allow(dead_code, reason = "each test uses a part of it")]

use sanzao_intake::{Contract, Desk, Incoming, PseudonymKey, SealKey};
use sanzao_model::{Bureau, Feed};

pub fn contract(feed: Feed) -> Contract {
    match feed {
        Feed::Police => sanzao_feed_police::CONTRACT,
        Feed::SocialSecurity => sanzao_feed_social_security::CONTRACT,
        Feed::Health => sanzao_feed_health::CONTRACT,
        Feed::MedicalInsurance => sanzao_feed_medical_insurance::CONTRACT,
        Feed::Registry => sanzao_feed_registry::CONTRACT,
    }
}

pub fn desk(feed: Feed) -> Desk {
    let key = PseudonymKey::new([1; 32]);
    Desk::new(contract(feed), &key, &SealKey::new([2; 32]), [Bureau(320614), Bureau(110105)])
}

pub fn incoming(value: &[u8]) -> Incoming<'_> {
    Incoming { headers: &[], value, partition: 0, offset: 0 }
}

/// `data` by event type. The number is the example of GB 11643.
pub const DATA: [(Feed, &str, &str); 12] = [
    (
        Feed::Police,
        "person.registered",
        r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"sex":"1","household_no":"3206840012345","relation_to_head":"户主","division_code":"320614102001","on":"2019-04-02"}"#,
    ),
    (
        Feed::Police,
        "relation.recorded",
        r#"{"person":{"id_number":"110105800101001","name":"陈小明"},"related":{"id_number":"11010519491231002X","name":"陈建国"},"kind":"parent","on":"2019-04-02"}"#,
    ),
    (
        Feed::Police,
        "custody.started",
        r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"kind":"imprisonment","on":"2025-04-02","expected_until":"2027-04-01"}"#,
    ),
    (
        Feed::SocialSecurity,
        "wage.reported",
        r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"month":"2025-11","amount":4812.50}"#,
    ),
    (
        Feed::SocialSecurity,
        "pension.changed",
        r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"scheme":"resident","monthly_amount":268.00,"on":"2025-07-01"}"#,
    ),
    (
        Feed::Health,
        "death.certified",
        r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"certificate_no":"D2025-00017","on":"2025-12-30"}"#,
    ),
    (
        Feed::Health,
        "birth.certified",
        r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"child":{"name":"陈一","id_number":"110105800101001"},"on":"2025-12-30"}"#,
    ),
    (
        Feed::MedicalInsurance,
        "settlement.settled",
        r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"setl_id":"320600G0000123456789","insutype":"390","med_type":"inpatient","begin":"2025-11-02","end":"2025-11-09","medfee_sumamt":18234.56,"fund_pay_sumamt":12000.06,"maf_pay":800,"psn_part_amt":6234.50,"on":"2025-11-09"}"#,
    ),
    (
        Feed::Registry,
        "benefit.granted",
        r#"{"benefit_id":"DB-2023-00817","program":"dibao","members":[{"id_number":"11010519491231002X","name":"陈建国"},{"id_number":"110105800101001","name":"陈小明"},{"id_number":"110105820101003","name":"王秀英"}],"monthly_amount":1640,"category":"A","on":"2023-05-01","verified_on":"2025-05-06"}"#,
    ),
    (
        Feed::Registry,
        "benefit.changed",
        r#"{"benefit_id":"DB-2023-00817","monthly_amount":1720.5,"members":[{"id_number":"11010519491231002X","name":"陈建国"}],"on":"2025-08-01"}"#,
    ),
    (
        Feed::Registry,
        "visit.recorded",
        r#"{"person":{"id_number":"11010519491231002X","name":"陈建国"},"visit_id":"V-2025-1123456","kind":"elder","on":"2026-01-06"}"#,
    ),
    (Feed::Registry, "record.retracted", r#"{"retracts":"hm-2025-000","reason":"录入有误"}"#),
];

/// An event in structured mode.
pub fn structured(feed: Feed, name: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"hm-2026-000123","source":"/320614/{feed}","type":"{feed}.{name}.v1","time":"2026-01-07T09:12:33+08:00","datacontenttype":"application/json","data":{data}}}"#
    )
}

/// All of them in structured mode.
pub fn events() -> Vec<(Feed, String)> {
    DATA.iter().map(|(feed, name, data)| (*feed, structured(*feed, name, data))).collect()
}
