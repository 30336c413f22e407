//! Numbers, names and phones in the form in which they are searched for, and as lists show them.

use sanzao_model::IdNumber;
use unicode_normalization::UnicodeNormalization;

/// A document number as intake normalises it; a text that is none (of another form than this version knows) as it
/// stands.
pub(crate) fn number(text: &str) -> String {
    IdNumber::parse(text).map_or_else(|_| text.to_owned(), |number| number.as_str().to_owned())
}

/// NFKC without white space and middle dots (`·•・`), so that however a name was typed it is found. Letters keep
/// their case.
pub(crate) fn name(text: &str) -> String {
    let is_dot = |c: char| matches!(c, '\u{B7}' | '\u{2022}' | '\u{30FB}');
    // Removing a space may bring a letter and its accent together.
    text.nfkc().filter(|c| !c.is_whitespace() && !is_dot(*c)).nfc().collect()
}

/// The digits, without the country's code: `+86`, `0086`, or `86` before eleven digits. A number that is no mobile
/// phone's begins with 0 then, as it does without the code.
pub(crate) fn phone(text: &str) -> String {
    let text: String = text.nfkc().collect();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let rest = if let Some(rest) = digits.strip_prefix("0086") {
        Some(rest)
    } else if text.trim_start().trim_start_matches(['(', ' ']).starts_with('+') || digits.len() == 13 {
        digits.strip_prefix("86")
    } else {
        None
    };
    match rest {
        Some(rest) if rest.starts_with(['0', '1']) => rest.to_owned(),
        Some(rest) => format!("0{rest}"),
        None => digits,
    }
}

/// `张**`: the first character and two stars, however long the name is. Of a compound surname and of a foreign name
/// that is the first character too: a list of surnames would be wrong for somebody. A name of one character
/// shows whole.
pub(crate) fn masked_name(text: &str) -> Option<String> {
    name(text).chars().next().map(|first| format!("{first}**"))
}

/// The last four characters of a document number, the check character among them; of a shorter text nothing.
pub(crate) fn last_four(number: &str) -> String {
    let count = number.chars().count();
    if count < 8 { String::new() } else { number.chars().skip(count - 4).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_all_spellings() {
        for text in [
            "13812345678",
            "+86 138-1234-5678",
            "0086 13812345678",
            "8613812345678",
            "１３８ 1234 5678",
            "(+86)13812345678",
        ] {
            assert_eq!(phone(text), "13812345678", "{text}");
        }
        for text in ["0513-82211234", "+86 513 8221 1234", "00865138221 1234", "+86 (0513) 82211234"] {
            assert_eq!(phone(text), "051382211234", "{text}");
        }
        assert_eq!(phone("+1 202 555 0100"), "12025550100");
        assert_eq!(phone("86112233"), "86112233");
        assert_eq!(phone("none"), "");
        for text in ["阿依古丽·买买提", "阿依古丽 • 买买提", "阿依古丽・买买提", "阿依古丽买买提"]
        {
            assert_eq!(name(text), "阿依古丽买买提", "{text}");
        }
        assert_eq!(name("ＬＩ Ｌｅｉ"), "LILei");
        assert_eq!(number("11010519491231002x"), "11010519491231002X");
        assert_eq!(number("110105491231002"), "11010519491231002X");
        assert_eq!(number("odd"), "odd");
    }

    #[test]
    fn masks_show_one_character_and_four() {
        assert_eq!(masked_name("张秀兰").as_deref(), Some("张**"));
        assert_eq!(masked_name("欧阳 修").as_deref(), Some("欧**"));
        assert_eq!(masked_name("Ｊohn Smith").as_deref(), Some("J**"));
        assert_eq!(masked_name("𠮷野").as_deref(), Some("𠮷**"));
        assert_eq!(masked_name(" · "), None);
        assert_eq!(last_four("11010519491231002X"), "002X");
        assert_eq!(last_four("1234567"), "");
    }
}
