//! Events as a preview may show them: `张**`, and the last four characters of numbers.

use serde_json::Value;

/// The event without what tells who somebody is. What is no JSON is not shown at all.
pub(super) fn masked(event: &[u8]) -> Value {
    let Ok(mut value) = serde_json::from_slice(event) else { return Value::Null };
    mask("", &mut value);
    value
}

fn mask(name: &str, value: &mut Value) {
    match value {
        // A sender's own names of fields, too: whatever stands there.
        Value::Object(fields) => {
            let masked = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                mask(&name, &mut value);
                (if is_field(&name) { name } else { mask_text(&name) }, value)
            });
            *fields = masked.collect();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(name, item)),
        Value::String(text) if name == "name" => *text = first_and_stars(text),
        Value::String(text) if !is_plain(name, text) => *text = mask_text(text),
        Value::Number(number) if PERSONAL.contains(&name) || number.to_string().len() > AMOUNT_CHARACTERS => {
            *value = Value::String(mask_text(&number.to_string()));
        }
        _ => {}
    }
}

/// Never shown, whatever form they have.
const PERSONAL: [&str; 4] = ["name", "id_number", "phone", "address"];
/// An amount below a hundred million yuan has no more; ID numbers and mobile numbers written as numbers do.
const AMOUNT_CHARACTERS: usize = 10;

fn is_field(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !has_long_number(name)
}

/// Attributes that name nobody, codes of divisions, and words and dates of the contract.
fn is_plain(name: &str, text: &str) -> bool {
    const ATTRIBUTES: [&str; 4] = ["specversion", "source", "type", "time"];
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match name {
        _ if ATTRIBUTES.contains(&name) => text.is_ascii() && !has_long_number(text),
        "division_code" => text.len() == 12 && is_digits(text),
        _ if PERSONAL.contains(&name) => false,
        _ => {
            let is_word = text.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_.".contains(&byte));
            let parts: Vec<&str> = text.split('-').collect();
            let is_date = matches!(parts.as_slice(), [year, rest @ ..] if year.len() == 4
                && (1..=2).contains(&rest.len()) && rest.iter().all(|part| part.len() == 2))
                && parts.iter().all(|part| is_digits(part));
            is_word || is_date || (text.len() <= 3 && is_digits(text))
        }
    }
}

fn has_long_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 6)
}

fn mask_text(text: &str) -> String {
    let count = text.chars().count();
    match text.is_ascii() {
        true if count > 8 => format!("****{}", &text[count - 4..]),
        true => "*".repeat(count),
        false => first_and_stars(text),
    }
}

fn first_and_stars(text: &str) -> String {
    text.chars().take(1).chain(['*', '*']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_shown() {
        let event = serde_json::json!({"id": "grant-11010519491231002X", "source": "/320614/police", "type": "police.household.moved.v1",
            "time": "2026-06-30T00:00:00+08:00", "data": {"person": {"id_number": "11010519491231002X", "name": "张三丰"},
            "household_no": "32061400012345", "relation_to_head": "本人", "sex": "1", "division_code": "320614102001",
            "on": "2026-06-30", "phone": "13912345678", "kind": "parent", "amount": 820.5, "reason": "李四来信",
            "members": [{"name": "Alexander Li", "id_number": "110105491231002"}, {"id_number": 110105491231003_u64}],
            "mobile": 13912345679_u64, "landline": "0513-82212", "110105194912310021": "x", "王小五": 1,
            "insutype": "310", "month": "2026-06"}});
        let shown = masked(event.to_string().as_bytes()).to_string();
        for personal in [
            "11010519491231",
            "三丰",
            "13912345",
            "3206140001",
            "李四来",
            "lexander",
            "er Li",
            "1101054912",
            "82212",
            "小五",
        ] {
            assert!(!shown.contains(personal), "{personal} in {shown}");
        }
        for plain in [
            "张**",
            "****002X",
            "320614102001",
            "2026-06-30",
            "parent",
            "820.5",
            "\"sex\":\"1\"",
            "/320614/police",
            "\"insutype\":\"310\"",
            "\"month\":\"2026-06\"",
        ] {
            assert!(shown.contains(plain), "{plain} not in {shown}");
        }
        // A mapping may name the wrong column.
        let wrong = serde_json::json!({"division_code": "110105491231002", "time": "11010519491231002X", "on": "1391234-5678"});
        assert!(!masked(wrong.to_string().as_bytes()).to_string().contains("1234"));
        assert_eq!(masked("张三 11010519491231002X".as_bytes()), Value::Null);
    }
}
