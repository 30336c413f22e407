//! The engine: runs all rules over a batch, with plans that were made once.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result as DataFusionResult;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{ExecutionPlan, collect};
use sanzao_ledger::tables::{Needed, Tables};
use sanzao_model::SubjectId;

use crate::head::Head;
use crate::leaf::Slot;
use crate::planner::{Planned, Planner};
use crate::reading::{Decided, Found, Reader};
use crate::shape::Shape;
use crate::why::Template;
use crate::{EngineError, Parameters, Rule, RuleSet, batches};

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
    /// The tables that some rule reads.
    needed: Needed,
    /// Each table without rows, which stands for those that no rule reads.
    empty: Vec<RecordBatch>,
    slot: Arc<Slot>,
    context: Arc<TaskContext>,
    runtime: tokio::runtime::Runtime,
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
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let prepare = |rule: &Rule| Prepared {
            head: rule.head.clone(),
            why: rule.why.clone(),
            plan: runtime.block_on(prepare(&planner, rule)),
        };
        Ok(Engine {
            rules: rules.rules().iter().map(prepare).collect(),
            parameters: parameters.clone(),
            needed: rules.needed(),
            empty: planner
                .tables
                .iter()
                .map(|(_, schema)| RecordBatch::new_empty(Arc::clone(schema)))
                .collect(),
            slot,
            context: planner.task_context(),
            runtime,
        })
    }

    /// What the rules say of the batch's subjects. One rule's failure does not touch the others.
    pub fn evaluate(&mut self, tables: &Tables) -> Evaluation {
        let batches: Vec<RecordBatch> = self.batches(tables);
        let has_rows: Vec<bool> = batches.iter().map(|batch| batch.num_rows() > 0).collect();
        self.slot.set(batches);
        let decided = Decided::of(tables);
        let mut evaluation = Evaluation::default();
        for (place, rule) in self.rules.iter().enumerate() {
            match self.run(place, rule, tables, &decided, &has_rows) {
                Ok(findings) => evaluation.findings.extend(findings),
                Err(reason) => evaluation.failed.push((place, reason)),
            }
        }
        self.slot.set(Vec::new());
        evaluation
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
        let results = reset_plan_states(Arc::clone(&planned.plan))
            .and_then(|plan| self.results(plan))
            .map_err(|error| error.strip_backtrace())?;
        let (why, head) = (&rule.why, &rule.head);
        Reader { rule: place, head, shape, why, tables, decided }.read(&results)
    }

    fn results(&self, plan: Arc<dyn ExecutionPlan>) -> DataFusionResult<Vec<RecordBatch>> {
        self.runtime.block_on(collect(plan, Arc::clone(&self.context)))
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
