//! Passwords that are tried first.
//!
//! A list of the commonest passwords (`common_passwords`) covers those of the world. This looks at what such passwords are made
//! of, and at what nobody would guess that is left.

/// Fewer characters than that, aside from what is guessed, make no password.
const LEFT_MIN: usize = 8;

/// What people make passwords of. Lower case; digits that stand for letters are read as these.
const WORDS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "parola",
    "secret",
    "letmein",
    "welcome",
    "admin",
    "administrator",
    "root",
    "user",
    "guest",
    "login",
    "test",
    "demo",
    "default",
    "changeme",
    "change",
    "master",
    "super",
    "system",
    "server",
    "manager",
    "computer",
    "internet",
    "access",
    "qwerty",
    "asdf",
    "abc",
    "iloveyou",
    "love",
    "baby",
    "angel",
    "princess",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "basketball",
    "superman",
    "batman",
    "shadow",
    "sunshine",
    "michael",
    "jordan",
    "charlie",
    "daniel",
    "thomas",
    "hello",
    "freedom",
    "whatever",
    "trustno",
    "starwars",
    "summer",
    "winter",
    "spring",
    "autumn",
    "monday",
    "friday",
    "january",
    "december",
    "company",
    "office",
    "windows",
    "google",
    "samsung",
    "huawei",
    "tencent",
    "alibaba",
    "weixin",
    "wechat",
    "taobao",
    "baidu",
    // Pinyin and figures that stand for words.
    "woaini",
    "aini",
    "mima",
    "zhongguo",
    "china",
    "beijing",
    "shanghai",
    "jiangsu",
    "nantong",
    "haimen",
    "wang",
    "zhang",
    "liu",
    "chen",
    "yang",
    "zhao",
    "huang",
    "zhou",
    "xiao",
    "laopo",
    "laogong",
    "baobao",
    "guanliyuan",
    "520",
    "521",
    "1314",
    "5201314",
    "147258369",
    "159357",
    "888",
    "666",
    "12306",
    "10086",
    "我爱你",
    "密码",
    "管理员",
    "中国",
    "江苏",
    "南通",
    "海门",
    "民政局",
    "民政",
];

/// What has to do with this work, and is no password for it (ASVS 5.0 6.1.2 and 6.2.11), beside the names of the
/// account.
pub const CONTEXT_WORDS: &[&str] = &[
    "sanzao",
    "zaofaxian",
    "minzheng",
    "dibao",
    "tekun",
    "jiuzhu",
    "gongan",
    "renshe",
    "weijian",
    "yibao",
    "gov",
    "caseworker",
    "supervisor",
    "officer",
    "security",
    "audit",
    "department",
    "三早",
    "低保",
    "特困",
    "救助",
];

/// Rows of keys, read in both directions.
const ROWS: &[&str] = &[
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazxswedcvfrtgbnhyujm",
    "123qweasdzxc",
    "zxcasdqwe123",
    "qazwsxedcrfvtgbyhnujm",
    "!@#$%^&*()",
    "q1w2e3r4t5y6u7i8o9p0",
    "147258369",
    "abcdefghijklmnopqrstuvwxyz",
];

/// So many keys in a row are no accident.
const ROW_MIN: usize = 4;

/// Whether little is left of it beside what is guessed. `context` is what has to do with the account.
pub(crate) fn is_guessable(password: &str, context: &[&str]) -> bool {
    let plain: Vec<char> =
        password.chars().map(|character| character.to_lowercase().next().unwrap_or(character)).collect();
    // Document and telephone numbers are of digits alone.
    if plain.iter().all(char::is_ascii_digit) && plain.len() < 20 {
        return true;
    }
    let whole = &plain[..period(&plain)];
    let read: Vec<char> = whole.iter().map(|character| letter(*character)).collect();
    let mut guessed = vec![false; whole.len()];
    let context = context.iter().flat_map(|text| words_of(text));
    let words = WORDS.iter().chain(CONTEXT_WORDS).map(|word| word.chars().collect()).chain(context);
    for word in words {
        mark(whole, &word, &mut guessed);
        mark(&read, &word, &mut guessed);
    }
    mark_rows(whole, &mut guessed);
    mark_steps(whole, &mut guessed);
    mark_years(whole, &mut guessed);
    let mut left: Vec<char> =
        whole.iter().zip(guessed).filter(|(_, guessed)| !guessed).map(|(character, _)| *character).collect();
    left.retain(|character| !character.is_whitespace());
    let all = left.len();
    left.sort_unstable();
    left.dedup();
    all < LEFT_MIN || left.len() < LEFT_MIN - 2
}

/// How long the part is of which the text is a repetition.
fn period(text: &[char]) -> usize {
    let repeats = |length: &usize| text.iter().skip(*length).zip(text).all(|(later, first)| later == first);
    (1..=text.len()).find(repeats).unwrap_or(text.len())
}

/// The letter that a digit or sign stands for.
fn letter(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    }
}

/// The words of a name: of at least three letters, or two that are not ASCII.
fn words_of(text: &str) -> Vec<Vec<char>> {
    let lower = text.to_lowercase();
    let words = lower.split(|character: char| !character.is_alphanumeric());
    let fits = |word: &&str| word.chars().count() >= if word.is_ascii() { 3 } else { 2 };
    words.filter(fits).map(|word| word.chars().collect()).collect()
}

fn mark(text: &[char], word: &[char], guessed: &mut [bool]) {
    for (at, window) in text.windows(word.len()).enumerate() {
        if window == word {
            guessed[at..at + word.len()].fill(true);
        }
    }
}

fn mark_rows(text: &[char], guessed: &mut [bool]) {
    for row in ROWS {
        let forth: Vec<char> = row.chars().collect();
        let back: Vec<char> = row.chars().rev().collect();
        for row in [forth, back] {
            row.windows(ROW_MIN).for_each(|keys| mark(text, keys, guessed));
        }
    }
}

/// Three or more of the same, or that count up or down.
fn mark_steps(text: &[char], guessed: &mut [bool]) {
    for (at, window) in text.windows(3).enumerate() {
        let step = |from: char, to: char| i64::from(u32::from(to)) - i64::from(u32::from(from));
        let first = step(window[0], window[1]);
        if first.abs() <= 1 && step(window[1], window[2]) == first {
            guessed[at..at + 3].fill(true);
        }
    }
}

/// 1900 to 2099, with the day behind it if it is written in digits.
fn mark_years(text: &[char], guessed: &mut [bool]) {
    let is_digit = |character: &char| character.is_ascii_digit();
    for at in 0..text.len().saturating_sub(3) {
        let year = &text[at..at + 4];
        if year.iter().all(is_digit) && matches!(year, ['1', '9', ..] | ['2', '0', ..]) {
            let day = text[at + 4..].iter().take(4).take_while(|character| is_digit(character)).count();
            guessed[at..at + 4 + day].fill(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_guessable() {
        for password in [
            "password1234",
            "P@ssw0rd!2024",
            "Haimen320614!",
            "qwertyuiop12",
            "1qaz2wsx3edc",
            "demon1q2w3e4r5t",
            "qazxswedcvfr",
            "zxcasdqwe123",
            "aaaaaaaaaaaaaaaa",
            "xk9xk9xk9xk9xk9",
            "zk7Wq4pzk7Wq4p",
            "mno456zyx777rst",
            "woaini5201314",
            "abcdefghijkl",
            "Admin@123456",
            "13812345678901",
            "320614199001011234",
            "wang.li-wang.li",
            "王丽王丽王丽王丽海门民政局",
            "19900101zx19900101",
            "Sanzao-Minzheng-2026",
        ] {
            assert!(is_guessable(password, &["wang.li", "王丽"]), "{password}");
        }
    }

    #[test]
    fn what_has_nothing_to_do_with_anything_is_not() {
        for password in [
            "correct horse battery staple",
            "kM3vz0TqWb8h",
            "moss under seven bells",
            "雨后竹林里的灯笼两盏",
            "tractor-velvet-19-pond",
            "wang.li keeps nine herons",
        ] {
            assert!(!is_guessable(password, &["wang.li", "王丽"]), "{password}");
        }
    }
}
