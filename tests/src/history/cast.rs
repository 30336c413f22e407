//! The people of a history: their numbers, and the many ways in which their names are written.

use jiff::ToSpan;
use jiff::civil::Date;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::document;

/// Names of the cast: with dots, with Latin letters, and with letters that have compatibility forms.
const NAMES: [&str; 8] =
    ["张伟", "王芳", "刘六", "欧阳不二", "阿卜杜·热合曼", "古丽・阿依", "Anna Li", "陈三"];
/// Prefixes: the district's own and former, another one, and one that tables miss.
const PREFIXES: [&str; 8] = ["320614", "320684", "320625", "322425", "329026", "110105", "321999", "330102"];

/// One number, and the name of its holder.
#[derive(Clone, Debug)]
pub struct Human {
    /// Normalised number of the document.
    pub number: String,
    /// The name as it should be.
    pub name: String,
}

/// A cast for a history around a day: many birthdays of 16, 18, 60, 80 and 90 near it.
pub fn cast(dice: &mut ChaCha8Rng, today: Date, numbers: usize) -> Vec<Human> {
    let mut humans: Vec<Human> = Vec::new();
    while humans.len() < numbers {
        let birth = birth(dice, today, humans.len());
        let number = number(dice, birth);
        let name = NAMES[dice.random_range(0..NAMES.len())].to_owned();
        if humans.iter().all(|human| human.number != number) {
            humans.push(Human { number, name });
        }
    }
    humans
}

/// Every third is a child, every third an elder, so that the small worlds have some of each.
fn birth(dice: &mut ChaCha8Rng, today: Date, nth: usize) -> Date {
    if dice.random_range(0..3) == 0 {
        let near = today + [-31, -2, -1, 0, 1, 2, 31][dice.random_range(0..7)].days();
        let age = [[16, 18], [60, 16], [80, 90]][nth % 3][dice.random_range(0..2)];
        return near - age.years();
    }
    if dice.random_range(0..8) == 0 {
        let leap_year = [[2008, 2012], [1964, 1984], [1944, 1940]][nth % 3][dice.random_range(0..2)];
        return Date::constant(leap_year, 2, 29);
    }
    let (youngest, oldest) = [(3, 18), (19, 70), (75, 99)][nth % 3];
    today - dice.random_range(youngest..oldest).years() - dice.random_range(0..365).days()
}

/// A valid number: mostly of GB 11643, sometimes a residence permit or a foreigner's card of either form.
fn number(dice: &mut ChaCha8Rng, birth: Date) -> String {
    let prefix = match dice.random_range(0..20) {
        0 => ["810000", "820000", "830000"][dice.random_range(0..3)].to_owned(),
        1 => format!("911{:03}", dice.random_range(0..1000)),
        2 => return format!("CHN{:012}", dice.random_range(0..1_000_000_000_000u64)),
        _ => PREFIXES[dice.random_range(0..PREFIXES.len())].to_owned(),
    };
    let first_17 = format!("{prefix}{}{:03}", birth.strftime("%Y%m%d"), dice.random_range(0..1000));
    let check = document::check_character(&first_17);
    format!("{first_17}{check}")
}

/// The number as somebody writes it: the old form of 15 digits where there is one, a small `x`.
pub fn written_number(dice: &mut ChaCha8Rng, number: &str) -> String {
    let had_old_form = number.len() == 18 && &number[6..8] == "19" && !number.starts_with(['8', '9']);
    match dice.random_range(0..6) {
        0 if had_old_form => format!("{}{}", &number[..6], &number[8..17]),
        1 if number.ends_with('X') => number.replace('X', "x"),
        _ => number.to_owned(),
    }
}

/// The name as somebody writes it who means the same.
pub fn written_name(dice: &mut ChaCha8Rng, name: &str) -> String {
    let letter_for = |letter: char, dice: &mut ChaCha8Rng| match letter {
        '·' | '・' => ['·', '•', '・', '\u{ff65}', '\u{387}'][dice.random_range(0..5)],
        '六' => '\u{f9d1}',
        '不' => '\u{f967}',
        'A'..='Z' | 'a'..='z' => {
            char::from_u32(u32::from(letter) + 0xfee0).expect("full-width Latin letters")
        }
        other => other,
    };
    match dice.random_range(0..8) {
        0 => name.chars().map(|letter| letter_for(letter, dice)).collect(),
        1 => name.replace(' ', ""),
        2 => {
            let space = [' ', '\u{3000}', '\u{a0}'][dice.random_range(0..3)];
            let mut letters = name.chars();
            let first = letters.next().expect("a name has a letter");
            format!("{first}{space}{}", letters.as_str())
        }
        _ => name.to_owned(),
    }
}

/// A name that is not this one: somebody else's, a letter short, or with a dot that is none.
pub fn wrong_name(dice: &mut ChaCha8Rng, name: &str) -> String {
    match dice.random_range(0..4) {
        0 if name.contains('·') => name.replace('·', ["", "-", "."][dice.random_range(0..3)]),
        1 if name.chars().count() > 1 => name.chars().skip(1).collect(),
        2 => format!("{name}子"),
        _ => {
            let others: Vec<&str> = NAMES.into_iter().filter(|other| *other != name).collect();
            others[dice.random_range(0..others.len())].to_owned()
        }
    }
}
