//! Rules that say nothing new of an area, because a department's data are late there.

use sanzao_model::{Area, Day, Feed, RuleId, Suspension};
use serde::Serialize;
use utoipa::ToSchema;

use crate::vocabulary;

/// A rule that says nothing new of an area, because a department's data are late there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suspension)]
pub(crate) struct SuspensionBody {
    #[schema(value_type = String, example = "exit-watch")]
    rule: RuleId,
    #[schema(schema_with = vocabulary::feed)]
    feed: Feed,
    /// The department, in Chinese.
    #[schema(value_type = String, example = "医保")]
    department: &'static str,
    /// Where: the first 6 to 12 digits of division codes; empty for everywhere.
    #[schema(value_type = String, example = "320614102")]
    area: Area,
    /// The day of the newest record about somebody there; null when there was none. It is told as it was when the rule was
    /// suspended.
    #[schema(value_type = Option<String>, format = Date)]
    newest: Option<Day>,
    /// Within how many days one was expected.
    rhythm_days: u32,
    /// What that means, in Chinese.
    text: String,
}

impl From<Suspension> for SuspensionBody {
    fn from(suspension: Suspension) -> SuspensionBody {
        let text = text(&suspension);
        let Suspension { rule, feed, area, newest, rhythm_days } = suspension;
        SuspensionBody { rule, feed, department: feed.department(), area, newest, rhythm_days, text }
    }
}

fn text(suspension: &Suspension) -> String {
    let Suspension { feed, area, newest, rhythm_days, .. } = suspension;
    let place = match area.as_str() {
        "" => "全部地区".to_owned(),
        digits => format!("区划代码以{digits}开头的地区"),
    };
    let newest = match newest {
        Some(day) => format!("最近一条记录的日期是{day}"),
        None => "至今没有记录".to_owned(),
    };
    let department = feed.department();
    format!(
        "{department}数据未按时到达：{place}{newest}，应每{rhythm_days}日内至少有一条。\
         在数据到达之前，本规则在该范围内暂停：不提出、不撤回，也不判定逾期。"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_whose_data_are_late_where_and_since_when() {
        let suspension = Suspension {
            rule: RuleId("orphan".into()),
            feed: Feed::MedicalInsurance,
            area: "320614102".parse().unwrap(),
            newest: Some("2025-06-01".parse().unwrap()),
            rhythm_days: 7,
        };
        assert_eq!(
            text(&suspension),
            "医保数据未按时到达：区划代码以320614102开头的地区最近一条记录的日期是2025-06-01，应每7日内至少有一条。\
             在数据到达之前，本规则在该范围内暂停：不提出、不撤回，也不判定逾期。"
        );
        let everywhere = Suspension { area: Area::everywhere(), newest: None, ..suspension };
        assert!(text(&everywhere).starts_with("医保数据未按时到达：全部地区至今没有记录，"));
    }
}
