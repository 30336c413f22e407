//! Citizens' ID numbers (GB 11643): 17 digits and a check character by ISO 7064 MOD 11-2.

use jiff::civil::Date;

/// Prefixes that Haimen has had, some of other places; then residence permits and foreigners' cards.
const PREFIXES: [&str; 21] = [
    "320625", "320684", "320614", "322425", "329026", "320602", "320611", "320681", "320682", "320683",
    "320685", "310115", "310230", "330106", "340104", "510104", "810000", "820000", "830000", "911704",
    "911392",
];
/// Where those of people who are no citizens begin.
const FOREIGN: usize = 16;
const DAYS: usize = 31 * 12 * 200;

/// Man or woman, as GB/T 2261.1 writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sex {
    Man,
    Woman,
}

impl Sex {
    /// The code of GB/T 2261.1.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Sex::Man => "1",
            Sex::Woman => "2",
        }
    }
}

/// Gives every person another number. Ordinary and planted people draw from separate ranges, so that
/// neither depends on the other.
pub(crate) struct Issuer {
    first: u16,
    per_sex: u16,
    used: Vec<u16>,
}

impl Issuer {
    /// Sequence codes 000 to 899.
    pub(crate) fn ordinary() -> Issuer {
        Issuer { first: 0, per_sex: 450, used: vec![0; PREFIXES.len() * DAYS * 2] }
    }

    /// Sequence codes 900 to 999.
    pub(crate) fn planted() -> Issuer {
        Issuer { first: 900, per_sex: 50, used: vec![0; PREFIXES.len() * DAYS * 2] }
    }

    /// A number of somebody born between 1900 and 2099. `variety` in 0..100 chooses the prefix.
    pub(crate) fn issue(&mut self, birth: Date, sex: Sex, variety: u32) -> String {
        let preferred = preferred_prefix(birth, variety);
        for step in 0..FOREIGN {
            let prefix = (preferred + step) % FOREIGN;
            if let Some(sequence) = self.take(prefix, birth, sex) {
                return number(PREFIXES[prefix], birth, sequence);
            }
        }
        panic!("bug: more than {} people of one sex born on one day", FOREIGN * usize::from(self.per_sex))
    }

    /// A document of somebody who is no citizen. Form 0 is a residence permit of Hong Kong, Macao or Taiwan,
    /// 1 and 2 a foreigner's card of the 2023 form, others of the 2017 form, which has `unit` in it.
    pub(crate) fn foreign(&mut self, form: u32, birth: Date, sex: Sex, unit: u32) -> String {
        let first = match form {
            0 => FOREIGN + unit as usize % 3,
            1 | 2 => FOREIGN + 3 + unit as usize % 2,
            _ => {
                let country = ["USA", "VNM", "JPN", "KOR", "PHL"][unit as usize % 5];
                return format!("{country}32{unit:010}");
            }
        };
        let sequence = self.take(first, birth, sex).expect("one adult in thousands has such a document");
        number(PREFIXES[first], birth, sequence)
    }

    fn take(&mut self, prefix: usize, birth: Date, sex: Sex) -> Option<u16> {
        let day = (birth.year() - 1900) as usize * 372
            + (birth.month() - 1) as usize * 31
            + (birth.day() - 1) as usize;
        let used = &mut self.used[(prefix * DAYS + day) * 2 + usize::from(sex == Sex::Man)];
        if *used == self.per_sex {
            return None;
        }
        let sequence = self.first + *used * 2 + u16::from(sex == Sex::Man);
        *used += 1;
        Some(sequence)
    }
}

/// Numbers keep the code of the time they were issued: from 1984 (older people too), from 1994 and
/// from 2020; a few are older, or from elsewhere.
fn preferred_prefix(birth: Date, variety: u32) -> usize {
    match variety {
        0..=2 => 5 + variety as usize * 2,
        3 => 3,
        4 => 4,
        _ if birth.year() < 1994 => 0,
        _ if birth.year() < 2020 => 1,
        _ => 2,
    }
}

fn number(prefix: &str, birth: Date, sequence: u16) -> String {
    let mut text = format!("{prefix}{:04}{:02}{:02}{sequence:03}", birth.year(), birth.month(), birth.day());
    text.push(check_character(&text));
    text
}

/// The check character of the first 17 digits (ISO 7064 MOD 11-2).
pub(crate) fn check_character(digits: &str) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    b"10X98765432"[(sum % 11) as usize] as char
}

/// The 15-digit form of a citizen's number of somebody born from 1900 to 1999; none for others.
pub(crate) fn short_form(id: &str) -> Option<String> {
    (id.len() == 18 && !id.starts_with(['8', '9']) && &id[6..8] == "19")
        .then(|| format!("{}{}", &id[..6], &id[8..17]))
}
