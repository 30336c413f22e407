//! The head of a rule file: what a rule is, starts and says, as `-- key: value` lines.

use std::collections::BTreeMap;

use sanzao_model::{Feed, Procedure, RecordKind, RuleId, Sensitivity};
use serde::{Deserialize, Serialize};

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SubjectKind {
    /// Persons.
    Person,
    /// Households.
    Household,
}

/// By when something has to happen first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Due {
    /// So many working days after opening.
    WorkingDays(u32),
    /// The finding says: column `due`.
    Column,
}

/// What a finding is tied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Occasion {
    /// A calendar period, which nothing clears after its end.
    Period,
    /// An event, a benefit, a state.
    Event,
}

/// What stands above a rule's SELECT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// As in the catalogue, and the file's name.
    pub id: RuleId,
    /// Counts up with every change of meaning.
    pub version: u32,
    /// What its findings start.
    pub procedure: Procedure,
    /// What its findings are about.
    pub subject: SubjectKind,
    /// What makes them sensitive.
    pub sensitivity: Sensitivity,
    /// Chinese title.
    pub title: String,
    /// Chinese explanation with `{column}` places.
    pub why: String,
    /// The regulations it rests on, in Chinese.
    pub legal_basis: String,
    /// The feeds it depends on: where one of them is silent, a finding may be false, so that the rule is suspended.
    pub feeds: Vec<Feed>,
    /// Other feeds that it reads, of which each record counts and silence makes nothing false.
    pub also: Vec<Feed>,
    /// Kinds of record of whose absence it makes something: while none was ever seen, it is suspended.
    pub needs: Vec<RecordKind>,
    /// By when something has to happen first.
    pub due: Due,
    /// What a finding is tied to.
    pub occasion: Occasion,
    /// What would clear a finding, in Chinese.
    pub clears: String,
}

/// A fault on a line.
pub(crate) type Fault = (usize, String);

const KEYS: [&str; 14] = [
    "id",
    "version",
    "procedure",
    "subject",
    "sensitivity",
    "title",
    "why",
    "legal-basis",
    "feeds",
    "also",
    "needs",
    "due",
    "occasion",
    "clears",
];

impl Head {
    /// Working days to the first action; 0 where the finding says the day.
    pub fn due_working_days(&self) -> u32 {
        match self.due {
            Due::WorkingDays(days) => days,
            Due::Column => 0,
        }
    }

    /// The line of a key, for faults that are found later.
    pub(crate) fn line_of(text: &str, key: &str) -> usize {
        let found = text.lines().position(|line| {
            line.strip_prefix("--")
                .and_then(|rest| rest.split_once(':'))
                .is_some_and(|(name, _)| name.trim() == key)
        });
        found.map_or(1, |line| line + 1)
    }

    /// Reads the head of a file: its first lines that begin with `--`.
    pub(crate) fn parse(stem: &str, text: &str) -> Result<Head, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fields = Fields(BTreeMap::new());
        for (at, line) in text.lines().enumerate() {
            let number = at + 1;
            let Some(comment) = line.strip_prefix("--") else {
                if let Some(key) = text.lines().skip(number).find_map(key_of) {
                    return Err(vec![(
                        number,
                        format!(
                            "the head ends here, before `{key}`: begin this line with `--`, or put it below the head"
                        ),
                    )]);
                }
                break;
            };
            match comment.split_once(':').map(|(key, value)| (key.trim(), value.trim())) {
                None if comment.contains('：') => {
                    faults.push((number, "the colon `：` is a Chinese one: write `:` after the key".into()));
                }
                None => faults.push((number, "expected `-- key: value`; put remarks below the head".into())),
                Some((key, _)) if !KEYS.contains(&key) => {
                    faults
                        .push((number, format!("unknown key `{key}`: expected one of {}", KEYS.join(", "))));
                }
                Some((key, "")) => {
                    faults.push((number, format!("`{key}` is empty: write its value after the colon")))
                }
                Some((key, value)) => {
                    if fields.0.insert(key.to_owned(), (number, value.to_owned())).is_some() {
                        faults.push((number, format!("`{key}` is given twice: remove one")));
                    }
                }
            }
        }
        let head = fields.head(stem, &mut faults);
        match head {
            Some(head) if faults.is_empty() => Ok(head),
            _ => Err(faults),
        }
    }
}

/// Fields of a head with their lines.
struct Fields(BTreeMap<String, (usize, String)>);

impl Fields {
    fn head(&self, stem: &str, faults: &mut Vec<Fault>) -> Option<Head> {
        // Each field is read before any is missed, so that all faults are told at once.
        let id = self.field("id", faults, |text| {
            if text == stem { Ok(RuleId(text.into())) } else { Err(format!("the file's name, `{stem}`")) }
        });
        let version = self.field("version", faults, |text| {
            text.parse().ok().filter(|version| *version > 0).ok_or("a whole number from 1".into())
        });
        let procedure = self.field("procedure", faults, |text| {
            let found = Procedure::ALL.into_iter().find(|procedure| procedure.as_str() == text);
            found.ok_or("help, entitlement, review, recheck or quality".into())
        });
        let subject = self.field("subject", faults, |text| match text {
            "person" => Ok(SubjectKind::Person),
            "household" => Ok(SubjectKind::Household),
            _ => Err("person or household".into()),
        });
        let sensitivity = self.field("sensitivity", faults, |text| {
            let found = Sensitivity::ALL.into_iter().find(|of| of.as_str() == text);
            found.ok_or("general, financial, health, minor or judicial".into())
        });
        let any = |text: &str| Ok(text.to_owned());
        let title = self.field("title", faults, any);
        let why = self.field("why", faults, any);
        let legal_basis = self.field("legal-basis", faults, any);
        let feeds =
            self.field("feeds", faults, |text| text.split(',').map(|name| feed(name.trim())).collect());
        let also =
            self.optional("also", faults, |text| text.split(',').map(|name| feed(name.trim())).collect());
        let needs = self
            .optional("needs", faults, |text| text.split(',').map(|name| record_kind(name.trim())).collect());
        let due = self.field("due", faults, due);
        let occasion = self.field("occasion", faults, |text| match text {
            "period" => Ok(Occasion::Period),
            "event" => Ok(Occasion::Event),
            _ => Err("period or event".into()),
        });
        let clears = self.field("clears", faults, any);
        Some(Head {
            id: id?,
            version: version?,
            procedure: procedure?,
            subject: subject?,
            sensitivity: sensitivity?,
            title: title?,
            why: why?,
            legal_basis: legal_basis?,
            feeds: feeds?,
            also: also?,
            needs: needs?,
            due: due?,
            occasion: occasion?,
            clears: clears?,
        })
    }

    /// A list that may be left out.
    fn optional<T>(
        &self,
        key: &str,
        faults: &mut Vec<Fault>,
        read: impl FnOnce(&str) -> Result<Vec<T>, String>,
    ) -> Option<Vec<T>> {
        if self.0.contains_key(key) { self.field(key, faults, read) } else { Some(Vec::new()) }
    }

    fn field<T>(
        &self,
        key: &str,
        faults: &mut Vec<Fault>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let Some((line, value)) = self.0.get(key) else {
            faults.push((1, format!("the head has no `{key}`: add `-- {key}: …`")));
            return None;
        };
        read(value).map_err(|expected| faults.push((*line, format!("`{key}`: expected {expected}")))).ok()
    }
}

/// The key of a line of a head.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.strip_prefix("--")?.split_once(':')?;
    KEYS.contains(&key.trim()).then(|| key.trim())
}

fn feed(name: &str) -> Result<Feed, String> {
    let names: Vec<&str> = Feed::ALL.iter().map(|feed| feed.as_str()).collect();
    name.parse()
        .map_err(|_| format!("some of {}, with commas between them, and not `{name}`", names.join(", ")))
}

fn record_kind(name: &str) -> Result<RecordKind, String> {
    RecordKind::parse(name).ok_or_else(|| {
        format!(
            "event types, as `medical-insurance.enrolment.started` or `registry.benefit.granted/home-care`, with commas \
             between them, and not `{name}`"
        )
    })
}

fn due(text: &str) -> Result<Due, String> {
    if text == "column due" {
        return Ok(Due::Column);
    }
    let days = text.strip_suffix(" working days").and_then(|days| days.parse().ok()).filter(|days| *days > 0);
    days.map(Due::WorkingDays).ok_or("`N working days` or `column due`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
-- id: a-rule
-- version: 2
-- procedure: help
-- subject: person
-- sensitivity: health
-- title: 标题
-- why: 因为：{x}
-- legal-basis: 某办法
-- feeds: police, registry
-- due: 10 working days
-- occasion: event
-- clears: 办理后消除
SELECT 1 -- id: not a head line
";

    #[test]
    fn a_good_head() {
        let head = Head::parse("a-rule", GOOD).unwrap();
        assert_eq!(head.feeds, [Feed::Police, Feed::Registry]);
        assert_eq!((head.due, head.version), (Due::WorkingDays(10), 2));
        assert_eq!(head.why, "因为：{x}");
        assert_eq!(Head::line_of(GOOD, "why"), 7);
    }

    #[test]
    fn every_sensitivity() {
        for (word, sensitivity) in [
            ("general", Sensitivity::General),
            ("financial", Sensitivity::Financial),
            ("health", Sensitivity::Health),
            ("minor", Sensitivity::Minor),
            ("judicial", Sensitivity::Judicial),
        ] {
            let text = GOOD.replacen("sensitivity: health", &format!("sensitivity: {word}"), 1);
            assert_eq!(Head::parse("a-rule", &text).unwrap().sensitivity, sensitivity);
        }
    }

    #[test]
    fn every_fault_with_its_line() {
        for (from, to, line, words) in [
            ("-- version: 2\n", "", 1, "no `version`"),
            ("-- version: 2\n", "-- version: 0\n", 2, "from 1"),
            ("-- version: 2\n", "-- version:\n", 2, "empty"),
            ("-- version: 2\n", "-- version: 2\n-- version: 3\n", 3, "twice"),
            ("-- version: 2\n", "-- version: 2\n-- colour: red\n", 3, "unknown key `colour`"),
            ("-- version: 2\n", "-- version: 2\n-- a remark\n", 3, "put remarks below"),
            ("id: a-rule", "id: b-rule", 1, "the file's name, `a-rule`"),
            ("procedure: help", "procedure: alarm", 3, "entitlement"),
            ("subject: person", "subject: child", 4, "person or household"),
            ("sensitivity: health", "sensitivity: high", 5, "minor or judicial"),
            ("police, registry", "police, schools", 9, "and not `schools`"),
            ("-- title: 标题", "-- title： 标题", 6, "is a Chinese one"),
            ("-- title: 标题", "标题", 6, "the head ends here, before `why`"),
            ("-- due", "-- also: police, schools\n-- due", 10, "and not `schools`"),
            ("-- due", "-- needs: registry.benefit.granted/lunch\n-- due", 10, "event types, as"),
            ("10 working days", "10 days", 10, "N working days"),
            ("occasion: event", "occasion: once", 11, "period or event"),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD);
            let faults = Head::parse("a-rule", &text).unwrap_err();
            assert!(faults.iter().any(|(at, fault)| *at == line && fault.contains(words)), "{faults:?}");
        }
    }

    #[test]
    fn all_faults_at_once() {
        assert_eq!(
            Head::parse("a-rule", "SELECT 1").unwrap_err().len(),
            KEYS.len() - 2,
            "two may be left out"
        );
    }
}
