//! Names as they are compared (domain §3, held facts).

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// The one dot for all that separate the parts of a name.
const DOT: char = '·';

/// Characters that stay as they are: the greater part of all names is made of nothing else.
fn is_plain(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | 'a'..='z' | 'A'..='Z' | '0'..='9' | DOT)
}

/// `·•・` (domain §3). Half-width and Greek ones are among these after NFKC.
fn is_dot(c: char) -> bool {
    matches!(c, '\u{B7}' | '\u{2022}' | '\u{30FB}')
}

/// A name for comparison: NFKC, no white space, one kind of middle dot.
pub fn normalised(name: &str) -> Cow<'_, str> {
    if name.chars().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let shown = name.nfkc().filter(|c| !c.is_whitespace()).map(|c| if is_dot(c) { DOT } else { c });
    // Removing a space may bring a letter and its accent together.
    Cow::Owned(shown.nfc().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_form_for_all_spellings() {
        for name in [
            "阿依古丽·买买提",
            "阿依古丽•买买提",
            "阿依古丽・买买提",
            "阿依古丽･买买提",
            " 阿依古丽\u{3000}·买买提\u{A0}",
        ] {
            assert_eq!(normalised(name), "阿依古丽·买买提", "{name}");
        }
        assert_eq!(normalised("ＬＩ\u{A0}Ｌｅｉ"), "LILei");
        assert_eq!(normalised("\u{F9DD}娜"), "\u{5229}娜"); // a compatibility ideograph
        assert_ne!(normalised("张三"), normalised("张叁"));
        assert_ne!(normalised("阿依古丽‧买买提"), normalised("阿依古丽·买买提")); // a dot the domain does not name
        assert_eq!(normalised(" \u{3000}\t"), "");
    }

    proptest! {
        #[test]
        fn twice_is_once_and_plain_text_needs_nothing(name in "\\PC{0,12}|[\\u{4e00}-\\u{9fff} ·•・é\\u{a8}\\u{301}]{0,8}") {
            let once = normalised(&name).into_owned();
            prop_assert_eq!(normalised(&once), once.as_str());
            let slow: String = once.nfkc().collect();
            prop_assert_eq!(slow, once);
        }
    }
}
