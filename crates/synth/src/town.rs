//! The district's towns and zones, from the statistical list in `data/`.
//! The list lacks the street offices, and villages are made up.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const LIST: &str = include_str!("../data/haimen_towns.csv");

/// A town or zone.
pub(crate) struct Town {
    pub name: &'static str,
    /// Nine digits of today.
    pub code: &'static str,
    /// Nine digits before the district was renumbered in 2020.
    pub former: &'static str,
    weight: u32,
}

/// The towns, with how likely somebody lives in each.
pub(crate) struct Towns {
    list: Vec<Town>,
    total: u32,
}

impl Towns {
    /// Reads the list that is part of this crate.
    pub(crate) fn load() -> Towns {
        let list: Vec<Town> = LIST.lines().skip(1).filter_map(parse).collect();
        let total = list.iter().map(|town| town.weight).sum();
        Towns { list, total }
    }

    /// One town, by weight.
    pub(crate) fn pick(&self, rng: &mut ChaCha8Rng) -> &Town {
        let mut at = rng.random_range(0..self.total);
        for town in &self.list {
            if at < town.weight {
                return town;
            }
            at -= town.weight;
        }
        &self.list[0]
    }
}

impl Town {
    /// Twelve digits: a made-up village of this town.
    pub(crate) fn village(&self, rng: &mut ChaCha8Rng) -> String {
        format!("{}2{:02}", self.code, rng.random_range(1..24u32))
    }

    /// The same with the town's code before the renumbering.
    pub(crate) fn former_village(&self, rng: &mut ChaCha8Rng) -> String {
        format!("{}2{:02}", self.former, rng.random_range(1..24u32))
    }
}

/// The weights are assumed: towns and the large zones hold nearly everybody, farms and nurseries a few.
fn parse(line: &'static str) -> Option<Town> {
    let mut columns = line.split(',');
    let code = columns.next().filter(|code| code.len() == 9)?;
    let (name, _area) = (columns.next()?, columns.next()?);
    let former = columns.next().filter(|code| code.len() == 9)?;
    let weight = match &code[6..] {
        "400" | "414" | "415" | "416" | "418" => 150,
        zone if zone.starts_with('4') => 3,
        _ => 100,
    };
    Some(Town { name, code, former, weight })
}
