//! Money in whole fen.

use serde::{Deserialize, Serialize};

/// An amount in fen (0.01 yuan), never negative on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Fen(pub i64);

/// Why a text is no amount. Reject: the sender must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FenError {
    /// Not a JSON number in plain decimal notation.
    #[error("expected a plain decimal number of yuan")]
    NotANumber,
    /// Below zero.
    #[error("expected an amount that is not negative")]
    Negative,
    /// A part of a fen: more than two decimals that count.
    #[error("expected at most two decimals")]
    PartOfAFen,
    /// More than ten trillion yuan.
    #[error("expected at most 10000000000000 yuan")]
    TooLarge,
}

/// Ten trillion yuan: far above any amount of one person, far below the range of `i64` sums.
const MAX_FEN: i64 = 1_000_000_000_000_000;

impl Fen {
    /// Reads the text of a JSON number of yuan, exactly, without going through binary floating point.
    ///
    /// What counts is the value, as in a JSON Schema's `multipleOf`: `1.000` and `1e2` are whole fen,
    /// `1.005` is not.
    ///
    /// # Errors
    /// See [`FenError`].
    pub fn parse_yuan(text: &str) -> Result<Fen, FenError> {
        if let Some(rest) = text.strip_prefix('-') {
            let number = Self::parse_yuan(rest)?;
            return if number.0 == 0 { Ok(number) } else { Err(FenError::Negative) };
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (text, 0_i32),
        };
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || mantissa.ends_with('.') {
            return Err(FenError::NotANumber);
        }
        whole_fen(whole, decimals.trim_end_matches('0'), exponent)
    }

    /// The amount in yuan with two decimals, as `1234.50`.
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

/// An exponent beyond the range is as good as the range's end: only zero survives either.
fn parse_exponent(text: &str) -> Result<i32, FenError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FenError::NotANumber);
    }
    let size = digits.parse().unwrap_or(i32::MAX);
    Ok(if text.starts_with('-') { -size } else { size })
}

/// `whole.decimals × 10^exponent` yuan; `decimals` without trailing zeros.
fn whole_fen(whole: &str, decimals: &str, exponent: i32) -> Result<Fen, FenError> {
    let digits = format!("{whole}{decimals}");
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(Fen(0));
    }
    // The value in fen is `significant × 10^shift`.
    let shift = i64::from(exponent) + 2 - decimals.len() as i64;
    let (kept, zeros) = if shift < 0 {
        let cut = significant.len() as i64 + shift;
        let tail_is_zero = cut >= 0 && significant[cut as usize..].bytes().all(|b| b == b'0');
        if !tail_is_zero {
            return Err(FenError::PartOfAFen);
        }
        (&significant[..cut as usize], 0)
    } else {
        (significant, shift)
    };
    if kept.len() as i64 + zeros > 16 {
        return Err(FenError::TooLarge);
    }
    let number: i64 = kept.parse().map_err(|_| FenError::NotANumber)?;
    let total = number * 10_i64.pow(zeros as u32);
    if total > MAX_FEN { Err(FenError::TooLarge) } else { Ok(Fen(total)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_to_the_fen() {
        for (text, fen) in [
            ("0", 0),
            ("0.1", 10),
            ("19.99", 1999),
            ("820", 82000),
            ("-0.00", 0),
            ("1.000", 100),
            ("1e2", 10000),
            ("120e-1", 1200),
            ("1.5E1", 1500),
            ("0e99999999999", 0),
            ("0.0e-99999999999", 0),
        ] {
            assert_eq!(Fen::parse_yuan(text), Ok(Fen(fen)), "{text}");
        }
        assert_eq!(Fen(82_005).yuan(), "820.05");
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for (text, error) in [
            ("-1", FenError::Negative),
            ("1.005", FenError::PartOfAFen),
            ("1e-3", FenError::PartOfAFen),
            ("1e99999999999", FenError::TooLarge),
            ("1e99", FenError::TooLarge),
            ("1.", FenError::NotANumber),
            (".5", FenError::NotANumber),
            ("", FenError::NotANumber),
            ("99999999999999999999", FenError::TooLarge),
        ] {
            assert_eq!(Fen::parse_yuan(text), Err(error), "{text}");
        }
    }
}
