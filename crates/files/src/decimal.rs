//! Decimal numbers as texts: never through binary fractions.

/// The literal of JSON for a decimal text: an optional minus, digits, at most one point between digits. Zeros that say
/// nothing at its beginning are left out. None for anything else.
pub(crate) fn literal(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !fraction.is_none_or(is_digits) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    Some(match fraction {
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{whole}"),
    })
}

/// Without the commas between groups of three digits; none where they stand elsewhere.
pub(crate) fn ungrouped(text: &str) -> Option<String> {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    if rest.contains(',') {
        return None;
    }
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let more: Vec<&str> = groups.collect();
    let first_digits = first.trim_start_matches('-').len();
    let is_well_formed =
        more.iter().all(|group| group.len() == 3) && (more.is_empty() || (1..=3).contains(&first_digits));
    is_well_formed.then(|| format!("{first}{}{rest}", more.concat()))
}

/// Without one sign of yuan before or behind.
pub(crate) fn without_yuan(text: &str) -> &str {
    let text = ["¥", "￥", "RMB"].into_iter().find_map(|sign| text.strip_prefix(sign)).unwrap_or(text);
    text.strip_suffix('元').unwrap_or(text).trim()
}

/// Whether it is a number that a spreadsheet has written in its scientific notation, as `1.10105E+17`.
pub(crate) fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+").or_else(|| text.split_once("e+")) else {
        return false;
    };
    literal(mantissa).is_some()
        && (2..=3).contains(&exponent.len())
        && exponent.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_those_of_json() {
        for (text, expected) in [
            ("0", "0"),
            ("007.50", "7.50"),
            ("-1.05", "-1.05"),
            ("00", "0"),
            ("12345678901234567890.123", "12345678901234567890.123"),
        ] {
            assert_eq!(literal(text).as_deref(), Some(expected));
        }
        for text in ["", ".", "1.", ".5", "+1", "1,234", "1e5", "１", "1 ", "--1", "1.2.3", "NaN"] {
            assert_eq!(literal(text), None, "{text}");
        }
    }

    #[test]
    fn groups_and_signs() {
        assert_eq!(ungrouped("1,234,567.50").as_deref(), Some("1234567.50"));
        assert_eq!(ungrouped("-1,234").as_deref(), Some("-1234"));
        assert_eq!(ungrouped("1234.5").as_deref(), Some("1234.5"));
        for text in ["1,23", "12,34", "1234,567", ",123", "1.234,5"] {
            assert_eq!(ungrouped(text), None, "{text}");
        }
        assert_eq!(
            (without_yuan("¥ 5"), without_yuan("5元"), without_yuan("￥5 元"), without_yuan("5")),
            ("5", "5", "5", "5")
        );
        assert!(is_scientific("1.10105E+17") && is_scientific("3e+05"));
        assert!(!is_scientific("1E5") && !is_scientific("幢E+17") && !is_scientific("A1E+17"));
    }
}
