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
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| mask(name, value)),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(name, item)),
        Value::String(text) if !is_plain(name, text) => *text = mask_text(text),
        _ => {}
    }
}

/// Attributes that name nobody, codes of divisions, and words and dates of the contract.
fn is_plain(name: &str, text: &str) -> bool {
    const NAMES: [&str; 5] = ["specversion", "source", "type", "time", "division_code"];
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_.".contains(&byte));
    let is_date = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    NAMES.contains(&name) || (name != "name" && (is_word(text) || (is_date && !has_long_number(text))))
}

fn has_long_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 6)
}

fn mask_text(text: &str) -> String {
    let count = text.chars().count();
    match text.is_ascii() {
        true if count > 8 => format!("****{}", &text[count - 4..]),
        true => "*".repeat(count),
        false => text.chars().take(1).chain(['*', '*']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_shown() {
        let event = serde_json::json!({"id": "grant-11010519491231002X", "type": "police.household.moved.v1",
            "time": "2026-06-30T00:00:00+08:00", "data": {"person": {"id_number": "11010519491231002X", "name": "张三丰"},
            "household_no": "32061400012345", "relation_to_head": "本人", "sex": "1", "division_code": "320614102001",
            "on": "2026-06-30", "phone": "13912345678", "kind": "parent", "amount": 820.5, "reason": "李四来信",
            "members": [{"name": "Li Si", "id_number": "110105491231002"}]}});
        let shown = masked(event.to_string().as_bytes()).to_string();
        for personal in ["11010519491231", "三丰", "13912345", "3206140001", "李四来", "Li Si", "1101054912"]
        {
            assert!(!shown.contains(personal), "{personal} in {shown}");
        }
        for plain in ["张**", "****002X", "320614102001", "2026-06-30", "parent", "820.5", "\"sex\":\"1\""] {
            assert!(shown.contains(plain), "{plain} not in {shown}");
        }
        assert_eq!(masked("张三 11010519491231002X".as_bytes()), Value::Null);
    }
}
