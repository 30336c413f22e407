//! Amounts of yuan, as whole fen.

/// An amount in fen (1/100 yuan), never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fen(pub u64);

/// Whole yuan.
pub(crate) const fn yuan(amount: u64) -> Fen {
    Fen(amount * 100)
}

impl Fen {
    /// Appends the amount as a JSON number of yuan with at most two decimals.
    pub(crate) fn write(self, text: &mut String) {
        push_number(text, self.0 / 100);
        let rest = (self.0 % 100) as u8;
        if rest > 0 {
            text.push('.');
            text.push((b'0' + rest / 10) as char);
            text.push((b'0' + rest % 10) as char);
        }
    }
}

/// Appends a number in decimal digits.
pub(crate) fn push_number(text: &mut String, number: u64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    for digit in &digits[at..] {
        text.push(*digit as char);
    }
}
