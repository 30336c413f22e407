//! Makes of a valid event one that the contracts certainly refuse, and says why.

use jiff::civil::Date;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::id_number::check_character;
use crate::sender::Draft;

/// A way of spoiling an event's text; none where the event has nothing of the kind.
type Spoil = fn(&Draft, Date) -> Option<String>;

/// How many of the causes, at their head, only lists of members and grants can have.
const OF_LISTS: usize = 4;

/// The causes, as `Summary::rejected` names them.
const CAUSES: [(&str, Spoil); 19] = [
    ("wrong-member-among-several", second_member_wrong),
    ("empty-members", members_empty),
    ("person-for-members", person_for_members),
    ("members-for-person", members_for_person),
    ("check-character", check_wrong),
    ("id-length", id_short),
    ("full-width-digits", id_full_width),
    ("impossible-birth-date", birth_impossible),
    ("born-after-event", born_later),
    ("missing-name", name_missing),
    ("negative-money", money_negative),
    ("three-decimals", money_three_decimals),
    ("sums-disagree", sums_disagree),
    ("assistance-above-fund", assistance_above_fund),
    ("impossible-date", date_impossible),
    ("date-format", date_slashed),
    ("unknown-field", field_unknown),
    ("unknown-type", type_unknown),
    ("broken-json", cut_off),
];

/// The spoilt text and the cause, chosen among those that apply.
pub(crate) fn spoil(draft: &Draft, recorded: Date, rng: &mut ChaCha8Rng) -> (String, &'static str) {
    let list = draft.kind == "benefit.granted" || members(draft).is_some();
    let among = if list && rng.random_bool(0.9) { OF_LISTS } else { CAUSES.len() };
    let first = rng.random_range(0..among);
    for step in 0..CAUSES.len() {
        let (cause, spoil) = CAUSES[(first + step) % CAUSES.len()];
        if let Some(text) = spoil(draft, recorded) {
            return (text, cause);
        }
    }
    unreachable!("an unknown field can be added to any event")
}

fn with(draft: &Draft, start: usize, end: usize, new: &str) -> String {
    format!("{}{new}{}", &draft.text[..start], &draft.text[end..])
}

/// Where the value of a text field begins and ends, within `data`.
fn text_value(draft: &Draft, key: &str) -> Option<(usize, usize)> {
    let key = format!("\"{key}\":\"");
    let start = draft.data + draft.text[draft.data..].find(&key)? + key.len();
    Some((start, start + draft.text[start..].find('"')?))
}

/// Where the value of a number field begins and ends.
fn number_value(draft: &Draft, key: &str) -> Option<(usize, usize)> {
    let key = format!("\"{key}\":");
    let start = draft.data + draft.text[draft.data..].find(&key)? + key.len();
    Some((start, start + draft.text[start..].find([',', '}'])?))
}

/// The first full-length ID number.
fn id_number(draft: &Draft) -> Option<(usize, usize)> {
    text_value(draft, "id_number").filter(|(start, end)| end - start == 18)
}

fn wrong_character(right: &str) -> &'static str {
    if right == "7" { "3" } else { "7" }
}

fn check_wrong(draft: &Draft, _: Date) -> Option<String> {
    let (_, end) = id_number(draft)?;
    Some(with(draft, end - 1, end, wrong_character(&draft.text[end - 1..end])))
}

fn id_short(draft: &Draft, _: Date) -> Option<String> {
    let (start, _) = id_number(draft)?;
    Some(with(draft, start + 9, start + 10, ""))
}

fn id_full_width(draft: &Draft, _: Date) -> Option<String> {
    let (start, end) = id_number(draft)?;
    let wide: String =
        draft.text[start..end].chars().map(|c| char::from_u32(c as u32 + 0xFEE0).unwrap_or(c)).collect();
    Some(with(draft, start, end, &wide))
}

fn birth_impossible(draft: &Draft, _: Date) -> Option<String> {
    let (start, end) = id_number(draft)?;
    let mut id = format!("{}13{}", &draft.text[start..start + 10], &draft.text[start + 12..end - 1]);
    id.push(check_character(&id));
    Some(with(draft, start, end, &id))
}

fn born_later(draft: &Draft, recorded: Date) -> Option<String> {
    let (start, end) = id_number(draft)?;
    let text = &draft.text;
    let mut id =
        format!("{}{}0301{}", &text[start..start + 6], recorded.year() + 1, &text[start + 14..end - 1]);
    id.push(check_character(&id));
    Some(with(draft, start, end, &id))
}

fn second_member_wrong(draft: &Draft, _: Date) -> Option<String> {
    let key = "},{\"id_number\":\"";
    let start = draft.data + draft.text[draft.data..].find(key)? + key.len();
    let end = start + draft.text[start..].find('"')?;
    (end - start == 18).then(|| with(draft, end - 1, end, wrong_character(&draft.text[end - 1..end])))
}

fn name_missing(draft: &Draft, _: Date) -> Option<String> {
    let (start, end) = text_value(draft, "name")?;
    Some(with(draft, start - ",\"name\":\"".len(), end + 1, ""))
}

fn members(draft: &Draft) -> Option<(usize, usize)> {
    let key = "\"members\":[";
    let start = draft.data + draft.text[draft.data..].find(key)? + key.len();
    Some((start, start + draft.text[start..].find(']')?))
}

fn members_empty(draft: &Draft, _: Date) -> Option<String> {
    let (start, end) = members(draft)?;
    Some(with(draft, start, end, ""))
}

fn person_for_members(draft: &Draft, _: Date) -> Option<String> {
    let (start, end) = members(draft).filter(|_| draft.kind == "benefit.granted")?;
    let first = start + draft.text[start..end].find('}')? + 1;
    let person = format!("\"person\":{}", &draft.text[start..first]);
    Some(with(draft, start - "\"members\":[".len(), end + 1, &person))
}

fn members_for_person(draft: &Draft, _: Date) -> Option<String> {
    let key = "\"person\":";
    let at = draft.data + draft.text[draft.data..].find(key).filter(|_| draft.kind == "benefit.granted")?;
    let start = at + key.len();
    let end = start + draft.text[start..].find('}')? + 1;
    Some(with(draft, at, end, &format!("\"members\":[{}]", &draft.text[start..end])))
}

fn amount(draft: &Draft) -> Option<(usize, usize)> {
    number_value(draft, "amount").or_else(|| number_value(draft, "monthly_amount"))
}

fn money_negative(draft: &Draft, _: Date) -> Option<String> {
    let (start, _) = amount(draft).filter(|(start, end)| &draft.text[*start..*end] != "0")?;
    Some(with(draft, start, start, "-"))
}

fn money_three_decimals(draft: &Draft, _: Date) -> Option<String> {
    let (start, end) = amount(draft)?;
    Some(with(draft, start, end, "812.345"))
}

fn sums_disagree(draft: &Draft, _: Date) -> Option<String> {
    // Settlements made here are of one yuan at least.
    let (start, end) = number_value(draft, "medfee_sumamt")?;
    Some(with(draft, start, end, "0.01"))
}

fn assistance_above_fund(draft: &Draft, _: Date) -> Option<String> {
    let (start, end) = number_value(draft, "maf_pay")?;
    Some(with(draft, start, end, "99999999"))
}

fn date_impossible(draft: &Draft, recorded: Date) -> Option<String> {
    let (start, end) = text_value(draft, "on").or_else(|| text_value(draft, "begin"))?;
    Some(with(draft, start, end, &format!("{}-02-30", recorded.year())))
}

fn date_slashed(draft: &Draft, _: Date) -> Option<String> {
    let (start, end) = text_value(draft, "on").or_else(|| text_value(draft, "begin"))?;
    Some(with(draft, start, end, &draft.text[start..end].replace('-', "/")))
}

fn field_unknown(draft: &Draft, _: Date) -> Option<String> {
    Some(with(draft, draft.data, draft.data, "\"remark\":\"x\","))
}

fn type_unknown(draft: &Draft, _: Date) -> Option<String> {
    let end = draft.text[..draft.data].find(".v1\",\"time\"")?;
    Some(with(draft, end, end, "-total"))
}

fn cut_off(draft: &Draft, _: Date) -> Option<String> {
    let mut end = draft.text.len() * 3 / 4;
    while !draft.text.is_char_boundary(end) {
        end -= 1;
    }
    Some(draft.text[..end].to_owned())
}
