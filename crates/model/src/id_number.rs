//! Identity document numbers.

use std::fmt;

use crate::Day;

/// A valid document number in its normalised form: 18 characters for residents, residence permits and
/// foreigners' cards of the 2023 form, 15 for foreigners' cards of the 2017 form.
///
/// It is personal data: it does not leave intake except sealed, and shows nothing in debug output.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdNumber {
    text: String,
    birth: Option<Day>,
}

/// Why a text is no document number; no variant repeats the text. Reject: the sender must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberError {
    /// Neither 18 nor 15 characters.
    #[error("expected a document number of 18 or 15 characters")]
    Length,
    /// A character that the form has not, a full-width digit for example.
    #[error(
        "expected ASCII digits, with x or X only as the last of 18 characters, or three letters and twelve digits"
    )]
    Characters,
    /// The date of birth in it does not exist.
    #[error("expected a date of birth that exists")]
    Date,
    /// The check character does not agree.
    #[error("expected the check character of ISO 7064 MOD 11-2")]
    Check,
}

/// Weights of GB 11643 for the first 17 digits: 2^(17-i) modulo 11.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// The check character of ISO 7064 MOD 11-2 over 17 ASCII digits.
fn check_character(digits: &[u8]) -> u8 {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

fn birth_of(digits: &[u8]) -> Result<Day, IdNumberError> {
    let number = |part: &[u8]| part.iter().fold(0_i16, |sum, b| sum * 10 + i16::from(b - b'0'));
    Day::new(number(&digits[..4]), number(&digits[4..6]) as i8, number(&digits[6..8]) as i8)
        .ok_or(IdNumberError::Date)
}

impl IdNumber {
    /// Reads and normalises a number: `x` becomes `X`; a 15-digit number is upgraded by inserting `19`
    /// and computing the check character (GB 11643); letters of the 2017 foreigners' form become upper
    /// case.
    ///
    /// # Errors
    /// See [`IdNumberError`].
    pub fn parse(text: &str) -> Result<IdNumber, IdNumberError> {
        match text.chars().count() {
            18 => Self::parse_18(text.as_bytes()),
            15 => Self::parse_15(text.as_bytes()),
            _ => Err(IdNumberError::Length),
        }
    }

    fn parse_18(bytes: &[u8]) -> Result<IdNumber, IdNumberError> {
        let form = bytes.len() == 18 && bytes[..17].iter().all(u8::is_ascii_digit);
        let last = bytes[bytes.len() - 1].to_ascii_uppercase();
        if !form || !(last.is_ascii_digit() || last == b'X') {
            return Err(IdNumberError::Characters);
        }
        let birth = birth_of(&bytes[6..14])?;
        if check_character(&bytes[..17]) != last {
            return Err(IdNumberError::Check);
        }
        let text = bytes.iter().map(|b| char::from(b.to_ascii_uppercase())).collect();
        Ok(IdNumber { text, birth: Some(birth) })
    }

    fn parse_15(bytes: &[u8]) -> Result<IdNumber, IdNumberError> {
        if bytes.len() != 15 {
            return Err(IdNumberError::Characters);
        }
        if bytes[..3].iter().all(u8::is_ascii_alphabetic) && bytes[3..].iter().all(u8::is_ascii_digit) {
            let text = bytes.iter().map(|b| char::from(b.to_ascii_uppercase())).collect();
            return Ok(IdNumber { text, birth: None });
        }
        if !bytes.iter().all(u8::is_ascii_digit) {
            return Err(IdNumberError::Characters);
        }
        let mut upgraded = [&bytes[..6], b"19", &bytes[6..]].concat();
        let birth = birth_of(&upgraded[6..14])?;
        upgraded.push(check_character(&upgraded));
        Ok(IdNumber { text: upgraded.into_iter().map(char::from).collect(), birth: Some(birth) })
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The date of birth, which the 2017 foreigners' form does not tell.
    pub fn birth(&self) -> Option<Day> {
        self.birth
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // 11010519491231002X is the example of GB 11643 itself.
    #[test]
    fn the_example_of_the_standard() {
        let number = IdNumber::parse("11010519491231002x").unwrap();
        assert_eq!(number.as_str(), "11010519491231002X");
        assert_eq!(number.birth(), Day::new(1949, 12, 31));
        assert_eq!(IdNumber::parse("110105491231002").unwrap(), number);
    }

    #[test]
    fn every_kind_of_error() {
        for (text, error) in [
            ("", IdNumberError::Length),
            ("1101051949123100", IdNumberError::Length),
            ("11010519491231002A", IdNumberError::Characters),
            ("1101051949123100２X", IdNumberError::Characters),
            ("１１０１０５４９１２３１００２", IdNumberError::Characters),
            (" 11010549123100", IdNumberError::Characters),
            ("110105194913310029", IdNumberError::Date),
            ("110105190002290023", IdNumberError::Date),
            ("110105194912310021", IdNumberError::Check),
            ("AB1234567890123", IdNumberError::Characters),
        ] {
            assert_eq!(IdNumber::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn foreigners_cards() {
        let old = IdNumber::parse("usa110081010203").unwrap();
        assert_eq!((old.as_str(), old.birth()), ("USA110081010203", None));
        let digits = b"91115619861122001";
        let new = format!("{}{}", std::str::from_utf8(digits).unwrap(), char::from(check_character(digits)));
        assert_eq!(IdNumber::parse(&new).unwrap().birth(), Day::new(1986, 11, 22));
    }

    proptest::proptest! {
        #[test]
        fn one_wrong_digit_never_passes(at in 0_usize..17, by in 1_u8..10) {
            let mut bytes = *b"11010519491231002X";
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            let text = std::str::from_utf8(&bytes).unwrap();
            proptest::prop_assert!(IdNumber::parse(text).is_err());
        }
    }
}
