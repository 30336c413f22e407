//! Numbers of identity documents (domain §2, GB 11643): one form for one number, and what it says of a birth.

use jiff::civil::Date;

/// The check character of the first 17 digits, by ISO 7064 MOD 11-2.
pub fn check_character(first_17: &str) -> char {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize =
        first_17.bytes().zip(weights).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    char::from(b"10X98765432"[sum % 11])
}

/// "`x` accepted and stored as `X`"; "a 15-digit number is upgraded (`19` inserted, check character computed) and
/// treated as the same person". Expects a valid number.
pub fn normalise(written: &str) -> String {
    if written.len() == 15 && written.bytes().all(|byte| byte.is_ascii_digit()) {
        let first_17 = format!("{}19{}", &written[..6], &written[6..]);
        let check = check_character(&first_17);
        return format!("{first_17}{check}");
    }
    written.replace('x', "X")
}

/// "Birth date comes from the document number": the 18-character forms say it, the 2017 form of the foreigners'
/// card (15 characters) does not. Expects a normalised number.
pub fn birth(number: &str) -> Option<Date> {
    if number.len() != 18 {
        return None;
    }
    let part = |from: usize, to: usize| number[from..to].parse::<i16>().ok();
    Date::new(part(6, 10)?, i8::try_from(part(10, 12)?).ok()?, i8::try_from(part(12, 14)?).ok()?).ok()
}
