//! Numbers that name people, where a text is logged or kept.

use sanzao_model::IdNumber;

/// Whether a text holds a document number or a mobile number, also in full-width characters, in groups, or with
/// letters and digits around it; a document number of the old form, which has no check character, only in one
/// group. It may see one where there is none: better a text that is worded again than somebody's number in the
/// log. Who wants to hide a number from it, can.
pub fn holds_personal_number(text: &str) -> bool {
    let documents = chains(text, |character| character.is_ascii_alphanumeric());
    let phones = chains(text, |character| character.is_ascii_digit());
    documents.iter().any(|groups| holds_document(groups)) || phones.iter().any(|groups| holds_mobile(groups))
}

/// Groups of characters of one kind, with only separators between those of one chain.
fn chains(text: &str, is_part: impl Fn(char) -> bool) -> Vec<Vec<String>> {
    let (mut chains, mut groups, mut group) = (Vec::new(), Vec::new(), String::new());
    for character in text.chars().map(half_width) {
        if is_part(character) {
            group.push(character);
            continue;
        }
        if !group.is_empty() {
            groups.push(std::mem::take(&mut group));
        }
        if !is_separator(character) && !groups.is_empty() {
            chains.push(std::mem::take(&mut groups));
        }
    }
    groups.extend(Some(group).filter(|group| !group.is_empty()));
    chains.extend(Some(groups).filter(|groups| !groups.is_empty()));
    chains
}

/// The form that NFKC gives full-width characters and mathematical digits.
fn half_width(character: char) -> char {
    let code = u32::from(character);
    let plain = match code {
        0xff01..=0xff5e => code - 0xfee0,
        0x1d7ce..=0x1d7ff => u32::from('0') + (code - 0x1d7ce) % 10,
        _ => code,
    };
    char::from_u32(plain).unwrap_or(character)
}

/// What people put between the groups of a number, or nobody sees there: anything that is no letter or digit.
fn is_separator(character: char) -> bool {
    !character.is_alphanumeric()
}

/// Whether groups of letters and digits hold a document number, wherever it begins.
fn holds_document(groups: &[String]) -> bool {
    let is_number =
        |window: &[u8]| std::str::from_utf8(window).is_ok_and(|text| IdNumber::parse(text).is_ok());
    groups.concat().as_bytes().windows(18).any(is_number)
        || groups.iter().any(|group| group.as_bytes().windows(15).any(is_number))
}

/// With the country's code, if it is there twice over.
const MOBILE_MAX_DIGITS: usize = 15;

/// Whether neighbouring groups make up a mobile number; digits that go on are none.
fn holds_mobile(groups: &[String]) -> bool {
    (0..groups.len()).any(|from| {
        let mut number = String::new();
        groups[from..].iter().any(|group| {
            number += group;
            number.len() <= MOBILE_MAX_DIGITS && is_mobile(&number)
        })
    })
}

/// `1`, a digit from 3 to 9, and nine more; after `86` or `0086`, if need be.
fn is_mobile(digits: &str) -> bool {
    let number = digits.strip_prefix("0086").or(digits.strip_prefix("86")).unwrap_or(digits).as_bytes();
    number.len() == 11 && number[0] == b'1' && (b'3'..=b'9').contains(&number[1])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_seen_however_they_are_written() {
        for text in [
            "11010519491231002X",
            "已联系11010519491231002x本人",
            "ID320614193001010016",
            "ID:320614193001010016abc",
            "320614193001010016320614193001010017",
            "证件３２０６１４１９３００１０１００１６号",
            "１１０１０５１９４９１２３１００２Ｘ",
            "320614 19300101 0016",
            "320614/19300101/0016",
            "(320614)(19300101)(0016)",
            "320614，19300101，0016",
            "138/1234/5678",
            "320614-1930-0101-0016",
            "320614\u{3000}19300101－0016",
            "3 2 0 6 1 4 1 9 3 0 0 1 0 1 0 0 1 6",
            "320614\u{200b}193001010016",
            "2025-06-12 320614193001010016 2025-06-13",
            "旧号110105491231002",
            "错一位110105194912310021",
            "护照类：USA110081010203",
            "𝟑𝟐𝟎𝟔𝟏𝟒𝟏𝟗𝟑𝟎𝟎𝟏𝟎𝟏𝟎𝟎𝟏𝟔",
            "13812345678",
            "电话13812345678，已通话",
            "tel13812345678x",
            "１３８１２３４５６７８",
            "138 1234 5678",
            "2025-06-12 138-1234-5678",
            "+86 19912345678",
            "8613812345678",
        ] {
            assert!(holds_personal_number(text), "{text}");
        }
    }

    #[test]
    fn what_caseworkers_write_passes() {
        for text in [
            "",
            "已走访，情况属实",
            "2025-06-12至2025-07-13住院，自付20000.00元",
            "2025-06-12 2025-07-13",
            "2022-01-05 2022-03-06 两次走访",
            "2026-01-05 2026-02-06 2026-03-07",
            "2026.01.05-2026.03.20 已走访",
            "座机0513-82212345",
            "12345热线，12812345678不是手机号",
            "112312345678901",
            "2d7a091c2adb102bb5fdc52bf7a75e97",
            "第3次，10:30，20:15，共1500元、2000元",
        ] {
            assert!(!holds_personal_number(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_group_hides_a_number(
            gaps in prop::collection::vec(0..5_usize, 18),
            (before, after) in ("[a-z一-三 ]{0,4}", "[a-z一-三 ]{0,4}"),
        ) {
            let gap = ["", "", "-", " ", "\u{3000}"];
            let number = "320614193001010016".chars().zip(gaps);
            let number: String = number.map(|(digit, at)| format!("{digit}{}", gap[at])).collect();
            let text = format!("{before}{number}{after}");
            prop_assert!(holds_personal_number(&text), "{}", text);
        }

        #[test]
        fn any_text_is_looked_through(text in any::<String>()) {
            holds_personal_number(&text);
        }
    }
}
