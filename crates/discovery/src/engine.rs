//! The engine: runs all rules over a batch, with plans that were made once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures_util::StreamExt;
use sanzao_ledger::tables::{Needed, Tables};
use sanzao_model::{Area, SubjectId};

use crate::head::Head;
use crate::leaf::Slot;
use crate::planner::{Planned, Planner};
use crate::reading::{Alike, Decided, Found, Reader};
use crate::shape::Shape;
use crate::why::Template;
use crate::{EngineError, Parameters, Rule, RuleSet, batches};

/// Rows that a rule may give of a batch, for each person and household in it. A rule has one row for each occasion, and
/// who has the most has one for each of a year's costly stays in hospital. *Assumed*.
const MOST_ROWS_A_SUBJECT: usize = 100;
/// Time that a rule may take for a batch. Batches of 2,000 people take some milliseconds; a second processor that is
/// busy makes that tens. *Assumed*.
const MOST_TIME: Duration = Duration::from_secs(20);

/// What rules say of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evaluation {
    /// What was found about the batch's subjects, sorted by rule, subject and occasion.
    pub findings: Vec<Found>,
    /// Rules that say nothing of this batch, by place, and why, without personal data: for its subjects
    /// they are *unknown*.
    pub failed: Vec<(usize, String)>,
}

/// Runs the rules of a set, one engine a thread. Not for use inside an async runtime: it blocks.
pub struct Engine {
    rules: Vec<Prepared>,
    parameters: Parameters,
    /// Where a number that some rule reads was adjusted.
    areas: Vec<Area>,
    /// The tables that some rule reads.
    needed: Needed,
    /// Each table without rows, which stands for those that no rule reads.
    empty: Vec<RecordBatch>,
    slot: Arc<Slot>,
    context: Arc<TaskContext>,
    runtime: tokio::runtime::Runtime,
    most_time: Duration,
    spent: Vec<Spent>,
}

/// What a rule took so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Time of the processor that ran it.
    pub time: Duration,
    /// Batches it was asked about.
    pub batches: u64,
    /// Batches about which it could say nothing.
    pub failures: u64,
}

impl Spent {
    /// Both together.
    pub fn and(self, other: Spent) -> Spent {
        Spent {
            time: self.time + other.time,
            batches: self.batches + other.batches,
            failures: self.failures + other.failures,
        }
    }
}

/// A rule that is ready to run.
struct Prepared {
    head: Head,
    why: Template,
    /// Or why it cannot run with these parameters.
    plan: Result<(Shape, Planned), String>,
}

impl Engine {
    /// Plans every rule. A rule that cannot be planned with these parameters (a parameter is missing) fails
    /// in every evaluation.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub fn new(rules: &RuleSet, parameters: &Parameters) -> Result<Engine, EngineError> {
        let slot = Arc::new(Slot::default());
        let planner = Planner::new(parameters, &slot)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let prepare = |rule: &Rule| Prepared {
            head: rule.head.clone(),
            why: rule.why.clone(),
            plan: runtime.block_on(prepare(&planner, rule)),
        };
        Ok(Engine {
            rules: rules.rules().iter().map(prepare).collect(),
            parameters: parameters.clone(),
            areas: parameters.areas(|name| rules.rules().iter().any(|rule| rule.names(name))),
            needed: rules.needed(),
            empty: planner
                .tables
                .iter()
                .map(|(_, schema)| RecordBatch::new_empty(Arc::clone(schema)))
                .collect(),
            slot,
            context: planner.task_context(),
            runtime,
            most_time: MOST_TIME,
            spent: vec![Spent::default(); rules.rules().len()],
        })
    }

    /// The same, with another limit of the time that a rule may take for a batch.
    pub fn with_most_time(self, most_time: Duration) -> Engine {
        Engine { most_time, ..self }
    }

    /// What the rules say of the batch's subjects. One rule's failure does not touch the others.
    pub fn evaluate(&mut self, tables: &Tables) -> Evaluation {
        let batches: Vec<RecordBatch> = self.batches(tables);
        let has_rows: Vec<bool> = batches.iter().map(|batch| batch.num_rows() > 0).collect();
        self.slot.set(batches);
        let mut evaluation = Evaluation::default();
        // Nearly always one: numbers are the same everywhere.
        let mut alike = Alike::all(tables, &self.areas);
        alike.retain(|alike| !alike.decided.is_empty());
        for Alike { division, decided } in &alike {
            let parameter = batches::parameter(&self.parameters, *division, tables.as_of);
            self.slot
                .replace(batches::PARAMETER, parameter.batch(self.empty[batches::PARAMETER].schema_ref()));
            for (place, rule) in self.rules.iter().enumerate() {
                // A rule can make the library panic, as with a text of gigabytes: that is a failure like any other.
                let started = tokio::time::Instant::now();
                let run = AssertUnwindSafe(|| self.run(place, rule, tables, decided, &has_rows));
                let outcome = catch_unwind(run).unwrap_or_else(|_| Err("its evaluation panicked".into()));
                let failures = u64::from(outcome.is_err());
                let spent = Spent { time: started.elapsed(), batches: 1, failures };
                self.spent[place] = self.spent[place].and(spent);
                match outcome {
                    Ok(findings) => evaluation.findings.extend(findings),
                    Err(reason) => evaluation.failed.push((place, reason)),
                }
            }
        }
        if alike.len() > 1 {
            evaluation.merge();
        }
        self.slot.set(Vec::new());
        evaluation
    }

    /// What each rule took since this was asked last, in the order of the set.
    pub fn take_spent(&mut self) -> Vec<Spent> {
        let none = vec![Spent::default(); self.spent.len()];
        std::mem::replace(&mut self.spent, none)
    }

    /// The same, and it goes on being added up.
    pub fn spent(&self) -> &[Spent] {
        &self.spent
    }

    /// The tables that the ledger has to compute for the rules.
    pub fn needed(&self) -> Needed {
        self.needed
    }

    fn batches(&self, tables: &Tables) -> Vec<RecordBatch> {
        let batch = |(place, empty): (usize, &RecordBatch)| match batches::name_at(place) {
            Some(name) if !self.needed.has(name) => empty.clone(),
            _ => batches::at(place, tables, &self.parameters).batch(empty.schema_ref()),
        };
        self.empty.iter().enumerate().map(batch).collect()
    }

    fn run(
        &self,
        place: usize,
        rule: &Prepared,
        tables: &Tables,
        decided: &Decided,
        has_rows: &[bool],
    ) -> Result<Vec<Found>, String> {
        let (shape, planned) = rule.plan.as_ref().map_err(String::clone)?;
        if !planned.needs.iter().all(|table| has_rows[*table]) {
            return Ok(Vec::new());
        }
        // Operators keep state from one run to the next (`HashJoinExec` its build side): each run has a
        // copy of the plan that never ran.
        let most_rows = MOST_ROWS_A_SUBJECT * (tables.people.len() + tables.households.len());
        let plan = reset_plan_states(Arc::clone(&planned.plan)).map_err(|error| error.strip_backtrace())?;
        let results = self.results(plan, most_rows)?;
        let (why, head) = (&rule.why, &rule.head);
        Reader { rule: place, head, shape, why, tables, decided }.read(&results)
    }

    /// The rows of a plan, as long as they are no more than so many and come in time.
    fn results(&self, plan: Arc<dyn ExecutionPlan>, most_rows: usize) -> Result<Vec<RecordBatch>, String> {
        let read = async {
            let mut stream =
                execute_stream(plan, Arc::clone(&self.context)).map_err(|e| e.strip_backtrace())?;
            let (mut batches, mut rows) = (Vec::new(), 0);
            while let Some(batch) = stream.next().await {
                let batch = batch.map_err(|error| error.strip_backtrace())?;
                rows += batch.num_rows();
                if rows > most_rows {
                    return Err(format!(
                        "more than {most_rows} rows for one batch of people: a join lacks a condition"
                    ));
                }
                batches.push(batch);
            }
            Ok(batches)
        };
        let too_long = || {
            format!(
                "took more than {} ms for one batch of people: join by the number of a person or household before \
                 anything else",
                self.most_time.as_millis()
            )
        };
        self.runtime.block_on(async {
            let started = tokio::time::Instant::now();
            match tokio::time::timeout(self.most_time, read).await {
                // What never pauses is not interrupted.
                Ok(_) if started.elapsed() > self.most_time => Err(too_long()),
                Ok(batches) => batches,
                Err(_) => Err(too_long()),
            }
        })
    }
}

impl Evaluation {
    /// Of several parts of a batch: sorted by rule, subject and occasion, a rule that failed for some said once.
    fn merge(&mut self) {
        self.findings.sort_by(|a, b| {
            (a.rule, a.subject, &a.finding.occasion).cmp(&(b.rule, b.subject, &b.finding.occasion))
        });
        self.failed.sort();
        self.failed.dedup_by_key(|(rule, _)| *rule);
        let failed: Vec<usize> = self.failed.iter().map(|(rule, _)| *rule).collect();
        self.findings.retain(|found| !failed.contains(&found.rule));
    }
}

async fn prepare(planner: &Planner, rule: &Rule) -> Result<(Shape, Planned), String> {
    let planned = async { planner.physical(&planner.logical(&rule.sql).await?).await };
    let planned = planned.await.map_err(|error| error.strip_backtrace())?;
    let shape = Shape::of(&rule.head, &rule.why, &planned.schema);
    let shape = shape
        .map_err(|faults| faults.into_iter().map(|(_, message)| message).collect::<Vec<_>>().join("; "))?;
    Ok((shape, planned))
}

impl Evaluation {
    /// One JSON line a finding, sorted: what must be the same for incremental evaluation, sweep and replay
    /// (design, invariant 3), and what `sanzao findings` prints.
    pub fn lines(&self, rules: &RuleSet) -> Vec<String> {
        self.findings.iter().map(|found| found.line(rules)).collect()
    }
}

impl Found {
    /// `{"rule","person_id","household_id","occasion","values","facts"}`; the id that does not apply is null.
    pub fn line(&self, rules: &RuleSet) -> String {
        let (person, household) = match self.subject {
            SubjectId::Person(id) => (serde_json::json!(id.to_string()), serde_json::Value::Null),
            SubjectId::Household(id) => (serde_json::Value::Null, serde_json::json!(id.to_string())),
        };
        let facts: Vec<_> = self.finding.evidence.iter().map(|evidence| evidence.fact.to_string()).collect();
        format!(
            r#"{{"rule":{},"person_id":{person},"household_id":{household},"occasion":{},"values":{},"facts":{}}}"#,
            serde_json::json!(rules.rules()[self.rule].head.id),
            serde_json::json!(self.finding.occasion),
            self.finding.values,
            serde_json::json!(facts),
        )
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
