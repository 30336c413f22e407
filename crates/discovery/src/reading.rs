//! Result rows → findings: numbers of the batch become people, households and facts again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Int32Array, Int64Array, ListArray, RecordBatch,
    StringArray, UInt32Array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type, UInt32Type};
use rustc_hash::FxHashSet;
use sanzao_ledger::tables::Tables;
use sanzao_model::{Area, Day, Division, Evidence, EvidenceRole, Fen, Finding, SubjectId};

use crate::head::{Head, SubjectKind};
use crate::shape::Shape;
use crate::why::Template;
use crate::words;

/// 1 January of year 1, and 31 December 9999, in days since 1970.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_896;
/// More is no name of an occasion.
const LONGEST_OCCASION_BYTES: usize = 200;
/// More is no value for people to read.
const LONGEST_TEXT_BYTES: usize = 4_000;

/// A finding with whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Place of the rule in [`crate::RuleSet::rules`].
    pub rule: usize,
    /// About whom.
    pub subject: SubjectId,
    /// Where the subject is registered.
    pub division: Option<Division>,
    /// What was found.
    pub finding: Finding,
}

/// Which people and households of a batch are decided; the others are context.
pub(crate) struct Decided {
    people: Vec<bool>,
    households: Vec<bool>,
}

/// Subjects of a batch for whom the same parameters hold, because no area for which one was adjusted tells them apart.
pub(crate) struct Alike {
    /// Where one of them is registered.
    pub(crate) division: Option<Division>,
    pub(crate) decided: Decided,
}

impl Decided {
    fn of(tables: &Tables, is_one: impl Fn(Option<Division>) -> bool) -> Decided {
        let subjects: FxHashSet<SubjectId> = tables.subjects.iter().copied().collect();
        let people = tables.people.iter().map(|id| SubjectId::Person(*id)).zip(&tables.person_divisions);
        let households =
            tables.households.iter().map(|id| SubjectId::Household(*id)).zip(&tables.household_divisions);
        let is_decided =
            |(id, division): (SubjectId, &Option<Division>)| is_one(*division) && subjects.contains(&id);
        Decided { people: people.map(is_decided).collect(), households: households.map(is_decided).collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.people.contains(&true) && !self.households.contains(&true)
    }
}

impl Alike {
    /// The parts of a batch; one where no number that a rule reads was adjusted for an area.
    pub(crate) fn all(tables: &Tables, areas: &[Area]) -> Vec<Alike> {
        if areas.iter().all(|area| *area == Area::everywhere()) {
            return vec![Alike { division: None, decided: Decided::of(tables, |_| true) }];
        }
        let areas_of = |division: Option<Division>| {
            areas.iter().map(|area| area.contains(division)).collect::<Vec<bool>>()
        };
        let divisions = tables.person_divisions.iter().chain(&tables.household_divisions);
        let parts: BTreeMap<Vec<bool>, Option<Division>> =
            divisions.map(|division| (areas_of(*division), *division)).collect();
        let part = |(within, division): (&Vec<bool>, &Option<Division>)| Alike {
            division: *division,
            decided: Decided::of(tables, |division| areas_of(division) == *within),
        };
        parts.iter().map(part).collect()
    }
}

/// What is needed to read the results of one rule.
pub(crate) struct Reader<'a> {
    pub(crate) rule: usize,
    pub(crate) head: &'a Head,
    pub(crate) shape: &'a Shape,
    pub(crate) why: &'a Template,
    pub(crate) tables: &'a Tables,
    pub(crate) decided: &'a Decided,
}

/// A column of values.
enum Cells {
    Long(Int64Array),
    Short(Int32Array),
    Text(StringArray),
    Day(Date32Array),
    Flag(BooleanArray),
}

impl Reader<'_> {
    /// The findings about subjects that the batch decides, sorted by subject and occasion.
    ///
    /// # Errors
    /// When a row is none that a rule may give; the text names no person.
    pub(crate) fn read(&self, batches: &[RecordBatch]) -> Result<Vec<Found>, String> {
        let mut found = Vec::new();
        for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
            self.read_batch(batch, &mut found)?;
        }
        found.sort_by(|a, b| (a.subject, &a.finding.occasion).cmp(&(b.subject, &b.finding.occasion)));
        let twice = found.windows(2).find(|pair| {
            pair[0].subject == pair[1].subject && pair[0].finding.occasion == pair[1].finding.occasion
        });
        match twice {
            Some(pair) => Err(format!(
                "the occasion {} is given twice for one subject: GROUP BY",
                pair[0].finding.occasion
            )),
            None => Ok(found),
        }
    }

    fn read_batch(&self, batch: &RecordBatch, found: &mut Vec<Found>) -> Result<(), String> {
        let subjects = batch.column(self.shape.subject).as_primitive::<UInt32Type>();
        let occasions = text(batch.column(self.shape.occasion))?;
        let due = self.shape.due.map(|place| batch.column(place).as_primitive::<Date32Type>());
        let evidence = Facts::of(self.shape, batch);
        let values = self.values(batch)?;
        for row in 0..batch.num_rows() {
            if subjects.is_null(row) {
                return Err("a row has no subject".into());
            }
            let Some((subject, division)) = self.subject(subjects.value(row))? else { continue };
            if occasions.is_null(row) || occasions.value(row).is_empty() {
                return Err("a row has no occasion".into());
            }
            let due = match due {
                Some(due) if due.is_null(row) => return Err("a row has no due date".into()),
                Some(due) if !is_day(due.value(row)) => {
                    return Err("a row has a due date outside the years 1 to 9999".into());
                }
                due => due.map(|due| Day(due.value(row))),
            };
            let occasion = occasions.value(row);
            if occasion.len() > LONGEST_OCCASION_BYTES {
                return Err(format!("an occasion of more than {LONGEST_OCCASION_BYTES} bytes"));
            }
            let why = self.why.fill(|name, out| match (name, due) {
                ("occasion", _) => {
                    out.push_str(&words::chinese(occasion));
                    true
                }
                ("due", Some(day)) => {
                    out.push_str(&day.to_string());
                    true
                }
                _ => {
                    let cells = values.iter().find(|(value, _)| *value == name);
                    cells.is_some_and(|(_, cells)| cells.show(name, row, out))
                }
            });
            found.push(Found {
                rule: self.rule,
                subject,
                division,
                finding: Finding {
                    occasion: occasion.to_owned(),
                    values: json(&values, row),
                    evidence: evidence.row(row, self.tables)?,
                    due,
                    why,
                    legal_basis: self.head.legal_basis.clone(),
                    clears: self.head.clears.clone(),
                },
            });
        }
        Ok(())
    }

    /// The columns of values, by name.
    fn values(&self, batch: &RecordBatch) -> Result<Vec<(&str, Cells)>, String> {
        let mut values = Vec::with_capacity(self.shape.values.len());
        for (name, place) in &self.shape.values {
            let cells = Cells::of(batch.column(*place))?;
            cells.check().map_err(|fault| format!("column `{name}`: {fault}"))?;
            values.push((name.as_str(), cells));
        }
        Ok(values)
    }

    /// None where the batch does not decide the subject.
    fn subject(&self, number: u32) -> Result<Option<(SubjectId, Option<Division>)>, String> {
        let at = number as usize;
        let (tables, decided) = (self.tables, self.decided);
        let (flags, known, divisions) = match self.head.subject {
            SubjectKind::Person => (
                &decided.people,
                tables.people.get(at).map(|id| SubjectId::Person(*id)),
                &tables.person_divisions,
            ),
            SubjectKind::Household => (
                &decided.households,
                tables.households.get(at).map(|id| SubjectId::Household(*id)),
                &tables.household_divisions,
            ),
        };
        let subject = known.ok_or("a row's subject is not in the batch")?;
        Ok(flags[at].then(|| (subject, divisions.get(at).copied().flatten())))
    }
}

/// Evidence columns of a result.
struct Facts<'a> {
    single: Vec<(EvidenceRole, &'a UInt32Array)>,
    lists: Vec<(EvidenceRole, &'a ListArray)>,
}

impl<'a> Facts<'a> {
    fn of(shape: &Shape, batch: &'a RecordBatch) -> Facts<'a> {
        let mut facts = Facts { single: Vec::new(), lists: Vec::new() };
        for (role, place) in &shape.facts {
            let column = batch.column(*place);
            match column.data_type() {
                DataType::List(_) => facts.lists.push((*role, column.as_list::<i32>())),
                _ => facts.single.push((*role, column.as_primitive::<UInt32Type>())),
            }
        }
        facts
    }

    /// Sorted by fact, each once, as the greatest that it is.
    fn row(&self, row: usize, tables: &Tables) -> Result<Vec<Evidence>, String> {
        let mut numbers: Vec<(u32, EvidenceRole)> = Vec::new();
        for (role, column) in self.single.iter().filter(|(_, column)| !column.is_null(row)) {
            numbers.push((column.value(row), *role));
        }
        for (role, list) in self.lists.iter().filter(|(_, list)| !list.is_null(row)) {
            let elements = list.value(row);
            numbers
                .extend(elements.as_primitive::<UInt32Type>().iter().flatten().map(|number| (number, *role)));
        }
        numbers.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        numbers.dedup_by_key(|(number, _)| *number);
        let mut evidence = Vec::with_capacity(numbers.len());
        for (number, role) in numbers {
            let fact = tables.facts.get(number as usize).ok_or("a row's evidence is not in the batch")?;
            evidence.push(Evidence {
                fact: fact.id,
                feed: fact.feed,
                kind: fact.kind.to_owned(),
                on: fact.on,
                role,
            });
        }
        // One fact may have several numbers in a batch.
        evidence.sort_by(|a, b| a.fact.cmp(&b.fact).then(b.role.cmp(&a.role)));
        evidence.dedup_by_key(|evidence| evidence.fact);
        Ok(evidence)
    }
}

/// Whether days since 1970 are a day that can be written.
fn is_day(days: i32) -> bool {
    (FIRST_DAY..=LAST_DAY).contains(&days)
}

fn text(column: &ArrayRef) -> Result<StringArray, String> {
    if let Some(text) = column.as_string_opt::<i32>() {
        return Ok(text.clone());
    }
    let column: ArrayRef = cast(column, &DataType::Utf8).map_err(|error| error.to_string())?;
    Ok(column.as_string::<i32>().clone())
}

impl Cells {
    fn of(column: &ArrayRef) -> Result<Cells, String> {
        let column = Arc::clone(column);
        Ok(match column.data_type() {
            DataType::Int64 => Cells::Long(column.as_primitive::<Int64Type>().clone()),
            DataType::Int32 => Cells::Short(column.as_primitive::<Int32Type>().clone()),
            DataType::Date32 => Cells::Day(column.as_primitive::<Date32Type>().clone()),
            DataType::Boolean => Cells::Flag(column.as_boolean().clone()),
            _ => Cells::Text(text(&column)?),
        })
    }

    /// Whether every cell can be shown.
    fn check(&self) -> Result<(), String> {
        match self {
            Cells::Day(days) if days.iter().flatten().any(|day| !is_day(day)) => {
                Err("a date outside the years 1 to 9999".into())
            }
            Cells::Text(texts) if texts.iter().flatten().any(|text| text.len() > LONGEST_TEXT_BYTES) => {
                Err(format!("a text of more than {LONGEST_TEXT_BYTES} bytes"))
            }
            _ => Ok(()),
        }
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Cells::Long(array) => array.is_null(row),
            Cells::Short(array) => array.is_null(row),
            Cells::Text(array) => array.is_null(row),
            Cells::Day(array) => array.is_null(row),
            Cells::Flag(array) => array.is_null(row),
        }
    }

    fn write_json(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            out.push_str("null");
            return;
        }
        let written = match self {
            Cells::Long(array) => write!(out, "{}", array.value(row)),
            Cells::Short(array) => write!(out, "{}", array.value(row)),
            Cells::Text(array) => write!(out, "{}", serde_json::Value::from(array.value(row))),
            Cells::Day(array) => write!(out, "\"{}\"", Day(array.value(row))),
            Cells::Flag(array) => write!(out, "{}", array.value(row)),
        };
        written.expect("a String takes everything");
    }

    /// As a caseworker reads it: amounts in yuan, words in Chinese. False where there is nothing.
    fn show(&self, name: &str, row: usize, out: &mut String) -> bool {
        if self.is_null(row) {
            out.push('无');
            return false;
        }
        match self {
            Cells::Long(array) if name.ends_with("_fen") => out.push_str(&Fen(array.value(row)).yuan()),
            Cells::Long(array) => out.push_str(&array.value(row).to_string()),
            Cells::Short(array) => out.push_str(&array.value(row).to_string()),
            Cells::Text(array) => out.push_str(&words::chinese(array.value(row))),
            Cells::Day(array) => out.push_str(&Day(array.value(row)).to_string()),
            Cells::Flag(array) => out.push(if array.value(row) { '是' } else { '否' }),
        }
        true
    }
}

/// A JSON object; `values` are sorted by name.
fn json(values: &[(&str, Cells)], row: usize) -> String {
    let mut out = String::from("{");
    for (at, (name, cells)) in values.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&serde_json::Value::from(*name).to_string());
        out.push(':');
        cells.write_json(row, &mut out);
    }
    out.push('}');
    out
}
