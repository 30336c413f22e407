//! Names of event types, as a caseworker reads them.

/// Every event type of the five feeds (domain §2), without feed and version, in the order of the feeds; then
/// what a fact is called whose content no rule reads.
const NAMES: [(&str, &str); 47] = [
    ("person.registered", "户籍登记"),
    ("household.moved", "户口迁移"),
    ("registration.cancelled", "户口注销"),
    ("relation.recorded", "亲属关系登记"),
    ("custody.started", "被羁押或收监"),
    ("custody.ended", "解除羁押或释放"),
    ("missing.reported", "报告失踪"),
    ("missing.closed", "失踪结案"),
    ("identity.corrected", "公民身份号码更正"),
    ("insurance.started", "参加社会保险"),
    ("insurance.stopped", "停止社会保险"),
    ("wage.reported", "工资申报"),
    ("unemployment.registered", "失业登记"),
    ("unemployment.deregistered", "失业登记注销"),
    ("unemployment.benefit-started", "开始领取失业保险金"),
    ("unemployment.benefit-ended", "停止领取失业保险金"),
    ("pension.started", "开始领取养老金"),
    ("pension.changed", "养老金调整"),
    ("pension.stopped", "停止领取养老金"),
    ("injury-nursing.started", "开始领取工伤生活护理费"),
    ("injury-nursing.stopped", "停止领取工伤生活护理费"),
    ("funeral-grant.paid", "发放丧葬补助金"),
    ("birth.certified", "出生医学证明"),
    ("death.certified", "死亡医学证明"),
    ("stay.admitted", "入院"),
    ("stay.discharged", "出院"),
    ("diagnosis.recorded", "诊断记录"),
    ("ability.assessed", "老年人能力评估"),
    ("enrolment.started", "参加基本医疗保险"),
    ("enrolment.stopped", "停止基本医疗保险"),
    ("settlement.settled", "医疗费用结算"),
    ("settlement.reversed", "医疗费用结算撤销"),
    ("long-term-care.approved", "长期护理保险待遇核准"),
    ("long-term-care.ended", "长期护理保险待遇终止"),
    ("benefit.granted", "救助或福利待遇批准"),
    ("benefit.changed", "救助或福利待遇变更"),
    ("benefit.suspended", "救助或福利待遇暂停"),
    ("benefit.resumed", "救助或福利待遇恢复"),
    ("benefit.ended", "救助或福利待遇终止"),
    ("verification.recorded", "复核记录"),
    ("application.refused", "申请不予批准"),
    ("disability.certified", "残疾人证核发"),
    ("income.assessed", "家庭经济状况核对"),
    ("visit.recorded", "走访探视记录"),
    ("cremation.recorded", "火化记录"),
    ("contact.recorded", "联系方式登记"),
    ("record.retracted", "记录撤回"),
];

/// The Chinese name of an event type; an unknown one is its own name.
pub fn kind_name(kind: &str) -> &str {
    NAMES.iter().find(|(known, _)| *known == kind).map_or(kind, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_event_type_that_a_feed_takes_has_a_name() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut taken = vec!["record.retracted".to_owned()];
        for feed in sanzao_model::Feed::ALL {
            let text = std::fs::read_to_string(crates.join(format!("feed-{feed}/src/lib.rs"))).unwrap();
            let types = text.split("EventType { name: \"").skip(1);
            taken.extend(types.map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
        let mut named: Vec<_> = NAMES.iter().map(|(kind, _)| (*kind).to_owned()).collect();
        taken.sort();
        named.sort();
        assert_eq!(named, taken);
    }

    #[test]
    fn names_tell_apart_and_are_chinese() {
        let mut names: Vec<_> = NAMES.iter().map(|(_, name)| *name).collect();
        assert!(names.iter().all(|name| name.chars().all(|character| !character.is_ascii())));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
        assert_eq!(kind_name("weather.changed"), "weather.changed");
    }
}
