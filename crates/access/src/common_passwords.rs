//! The commonest of the passwords that are long enough.

use crate::secret::SecretHash;

/// The first 64 bits of SHA-256 of each, in order, as a line of hexadecimal digits: the file shows nobody a password. They
/// are the first 5,000 of at least twelve characters in the lists of common credentials of SecLists (MIT), in lower case.
/// OWASP ASVS 5.0 6.2.4 asks for 3,000.
const LIST: &str = include_str!("../data/common-passwords.sha256");

const DIGITS: usize = 16;

/// Whether it is one of them, however it is capitalised.
pub(crate) fn is_common(password: &str) -> bool {
    let hash = SecretHash::of(&password.to_lowercase()).to_hex();
    let lines = LIST.as_bytes().as_chunks::<{ DIGITS + 1 }>().0;
    lines.binary_search_by(|line| line[..DIGITS].cmp(&hash.as_bytes()[..DIGITS])).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guessable::is_guessable;

    #[test]
    fn the_list_is_long_enough_and_in_order() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert!(lines.len() >= 3_000);
        assert!(lines.is_sorted_by(|one, next| one < next), "it is searched by halves");
        let is_hash = |line: &&str| {
            line.len() == DIGITS && line.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
        };
        assert!(lines.iter().all(is_hash) && LIST.ends_with('\n'));
    }

    #[test]
    fn common_passwords_are_found_that_are_made_of_nothing_common() {
        for password in ["scandinavian", "Contortionist", "WEBSOLUTIONS", "chickenwing101"] {
            assert!(is_common(password), "{password}");
        }
        assert!(!is_guessable("scandinavian", &[]), "the list adds to what is looked at");
        for password in ["moss under seven bells", "scandinaviam", ""] {
            assert!(!is_common(password), "{password}");
        }
    }
}
