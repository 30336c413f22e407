//! Made-up Chinese names: common ones, a few with rare characters, a few with a middle dot.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::id_number::Sex;

const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵施黄袁茅";
const COMPOUND: [&str; 4] = ["欧阳", "司徒", "上官", "诸葛"];
const MEN: &str =
    "伟强军勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林海峰建国志祥德福贵生忠荣兵卫东新文洪泽晨睿子轩";
const WOMEN: &str = "芳娜敏静丽艳娟霞秀燕玲桂英莉红梅兰珍萍凤洁琴云莲雪荣爱妹香月莺媛瑞凡佳嘉琼勤青巧美娥翠雅芝玉淑惠珠萱怡涵欣";
/// Characters outside the Basic Multilingual Plane or in its extensions, which older systems lose.
const RARE: [&str; 5] = ["𬭎", "𬱖", "㛃", "䶮", "𠮷"];
const FOREIGN_GIVEN: [&str; 6] = ["MARIA", "ANNA LOUISE", "THI HOA", "KENJI", "MIN JUN", "JOHN"];
const FOREIGN_FAMILY: [&str; 6] = ["SANTOS", "SMITH", "NGUYEN", "TANAKA", "KIM", "MÜLLER"];
const DOTTED: [&str; 6] = [
    "阿依古丽·买买提",
    "古丽娜尔·艾合买提",
    "阿卜杜拉·吐尔逊",
    "热依汗·卡德尔",
    "扎西·多吉",
    "迪丽努尔·玉素甫",
];

/// A name; children take their father's surname when one is given.
pub(crate) fn name(rng: &mut ChaCha8Rng, sex: Sex, surname: Option<&str>) -> String {
    let roll = rng.random_range(0..1000u32);
    if surname.is_none() && roll < 2 {
        return DOTTED[rng.random_range(0..DOTTED.len())].to_owned();
    }
    let mut name = String::with_capacity(12);
    match surname {
        Some(surname) => name.push_str(surname),
        None if roll < 5 => name.push_str(COMPOUND[rng.random_range(0..COMPOUND.len())]),
        None => name.push(pick(rng, SURNAMES)),
    }
    let given = if sex == Sex::Man { MEN } else { WOMEN };
    if rng.random_range(0..100u32) < 75 {
        name.push(pick(rng, given));
    }
    if roll >= 996 {
        name.push_str(RARE[rng.random_range(0..RARE.len())]);
    } else {
        name.push(pick(rng, given));
    }
    name
}

/// A name in Latin letters and with spaces, as on a foreigner's card.
pub(crate) fn foreign_name(rng: &mut ChaCha8Rng) -> String {
    let family = FOREIGN_FAMILY[rng.random_range(0..FOREIGN_FAMILY.len())];
    format!("{family} {}", FOREIGN_GIVEN[rng.random_range(0..FOREIGN_GIVEN.len())])
}

/// The surname of a name made here.
pub(crate) fn surname(name: &str) -> Option<&str> {
    if name.contains(['·', ' ']) {
        return None;
    }
    let compound = COMPOUND.iter().find(|compound| name.starts_with(**compound));
    Some(compound.copied().unwrap_or_else(|| &name[..name.chars().next().map_or(0, char::len_utf8)]))
}

/// A clerk's error: the last character is another one.
pub(crate) fn misspelt(name: &str) -> String {
    let mut characters: Vec<char> = name.chars().collect();
    let wrong = if characters.last() == Some(&'瑛') { '瑜' } else { '瑛' };
    characters.pop();
    characters.push(wrong);
    characters.into_iter().collect()
}

fn pick(rng: &mut ChaCha8Rng, characters: &'static str) -> char {
    // Every character of these lists takes three bytes.
    let at = rng.random_range(0..characters.len() / 3) * 3;
    characters[at..].chars().next().expect("the index is inside the list, at a character")
}
