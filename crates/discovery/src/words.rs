//! Words of the wire in the Chinese that caseworkers read.

use sanzao_model::Feed;

const WORDS: [(&str, &str); 41] = [
    ("dibao", "低保"),
    ("dibao-edge", "低保边缘"),
    ("rigid-spending", "刚性支出困难"),
    ("tekun", "特困"),
    ("temporary-aid", "临时救助"),
    ("orphan", "孤儿保障"),
    ("unattended-child", "事实无人抚养儿童保障"),
    ("child-in-difficulty", "困境儿童保障"),
    ("disability-living", "困难残疾人生活补贴"),
    ("disability-nursing", "重度残疾人护理补贴"),
    ("old-age-allowance", "尊老金"),
    ("home-care", "居家上门服务"),
    ("care-visit", "探访关爱"),
    ("funeral", "惠民殡葬"),
    ("injury-nursing", "工伤保险生活护理费"),
    ("pension", "养老金"),
    ("wage", "工资"),
    ("settlement", "医疗费用结算"),
    ("stay", "住院"),
    ("unemployment-benefit", "失业保险金"),
    ("parent", "父母"),
    ("spouse", "配偶"),
    ("guardian", "监护人"),
    ("child", "儿童"),
    ("elder", "老年人"),
    ("institution", "机构长期护理"),
    ("moved", "户口迁移"),
    ("moved-out", "户口迁出"),
    ("emigrated", "出国（境）定居"),
    ("imprisonment", "服刑"),
    ("compulsory-rehabilitation", "强制隔离戒毒"),
    ("visual", "视力残疾"),
    ("hearing", "听力残疾"),
    ("speech", "言语残疾"),
    ("physical", "肢体残疾"),
    ("intellectual", "智力残疾"),
    ("mental", "精神残疾"),
    ("multiple", "多重残疾"),
    ("disabled-elder", "失能老年人"),
    ("low-income", "低收入"),
    ("living-alone", "独居"),
];

fn word(text: &str) -> Option<&'static str> {
    let feed = || Feed::ALL.into_iter().find(|feed| feed.as_str() == text).map(Feed::department);
    WORDS.iter().find(|(wire, _)| *wire == text).map(|(_, chinese)| *chinese).or_else(feed)
}

/// The text in Chinese, if it is a word of the wire or several joined by `,` or `+`, one after the same once; else as it is.
pub(crate) fn chinese(text: &str) -> String {
    for (between, shown) in [(',', "、"), ('+', "与")] {
        let words: Option<Vec<_>> = text.split(between).map(word).collect();
        if let Some(mut words) = words {
            words.dedup();
            return words.join(shown);
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use sanzao_model::Program;

    use super::*;

    #[test]
    fn known_words_alone_and_joined() {
        assert_eq!(chinese("dibao"), "低保");
        assert_eq!(chinese("police,health"), "公安、卫健");
        assert_eq!(chinese("tekun+dibao"), "特困与低保");
        assert_eq!(chinese("tekun+tekun"), "特困");
        assert_eq!(chinese("2025-W03"), "2025-W03");
        assert_eq!(chinese("dibao,other"), "dibao,other");
    }

    #[test]
    fn every_program_has_a_word() {
        for program in Program::ALL {
            assert!(word(program.as_str()).is_some(), "{}", program.as_str());
        }
    }
}
