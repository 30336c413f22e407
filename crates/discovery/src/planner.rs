//! SQL → plans, over the tables of the contract, so that a plan can run again and again.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result, plan_err};
use datafusion::execution::TaskContext;
use datafusion::execution::context::{SessionContext, SessionState};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast;
use sanzao_ledger::tables::Tables;

use crate::error::EngineError;
use crate::leaf::{Provider, Slot};
use crate::needs::needs;
use crate::one_row::on_build_side;
use crate::word_list::words;
use crate::{Parameters, batches, functions};

/// What joins and aggregates of one engine may keep in memory; a rule that needs more is unknown. Batches of 2,000 people
/// take some megabytes. *Assumed*.
const MOST_MEMORY_BYTES: usize = 1 << 30;

/// Functions that make long texts of nothing: no limit of memory counts those, and one array of them can take all there
/// is, which ends the process.
const FROM_NOTHING: [&str; 3] = ["repeat", "lpad", "rpad"];

/// A plan that has never run: runs use copies with fresh state.
pub(crate) struct Planned {
    /// Columns of the result.
    pub(crate) schema: SchemaRef,
    /// Places of tables without rows of which there are no findings.
    pub(crate) needs: Vec<usize>,
    pub(crate) plan: Arc<dyn ExecutionPlan>,
}

pub(crate) struct Planner {
    state: SessionState,
    /// Name and schema of each table, in the order of `batches`.
    pub(crate) tables: Vec<(&'static str, SchemaRef)>,
}

impl Planner {
    /// Over tables whose rows are in `slot`.
    pub(crate) fn new(parameters: &Parameters, slot: &Arc<Slot>) -> Result<Planner, EngineError> {
        let runtime = RuntimeEnvBuilder::new().with_memory_limit(MOST_MEMORY_BYTES, 1.0).build_arc();
        let runtime = runtime.map_err(|error| EngineError::Session(error.strip_backtrace()))?;
        let context = SessionContext::new_with_config_rt(config(), runtime);
        for function in functions::all() {
            context.register_udf(function);
        }
        context.register_udaf(words());
        for name in FROM_NOTHING {
            context.deregister_udf(name);
        }
        let mut tables = Vec::new();
        for (place, table) in batches::tables(&Tables::default(), parameters).into_iter().enumerate() {
            let schema = table.schema();
            tables.push((table.name, Arc::clone(&schema)));
            let (name, one_row) = (table.name, table.one_row);
            let provider = Provider { name, place, one_row, schema, slot: Arc::clone(slot) };
            context
                .register_table(table.name, Arc::new(provider))
                .map_err(|error| EngineError::Session(error.strip_backtrace()))?;
        }
        Ok(Planner { state: context.state(), tables })
    }

    pub(crate) fn table_names(&self) -> Vec<&'static str> {
        self.tables.iter().map(|(name, _)| *name).collect()
    }

    pub(crate) fn task_context(&self) -> Arc<TaskContext> {
        self.state.task_ctx()
    }

    /// The plan as written.
    pub(crate) async fn logical(&self, sql: &str) -> Result<LogicalPlan> {
        let statements = DFParserBuilder::new(sql).build()?.parse_statements()?;
        let [statement] = <[Statement; 1]>::try_from(Vec::from(statements)).map_err(|statements| {
            let count = statements.len();
            DataFusionError::Plan(format!(
                "a rule is one SELECT, and this file has {count} statements, with `;` between"
            ))
        })?;
        one_select(&statement)?;
        self.state.statement_to_plan(statement).await
    }

    /// The plan as it runs.
    pub(crate) async fn physical(&self, logical: &LogicalPlan) -> Result<Planned> {
        let optimized = self.state.optimize(logical)?;
        let needed: BTreeSet<String> = needs(&optimized);
        let place = |name: &String| self.tables.iter().position(|(table, _)| table == name);
        let plan = self.state.query_planner().create_physical_plan(&optimized, &self.state).await?;
        let plan = on_build_side(plan)?;
        if plan.properties().output_partitioning().partition_count() != 1 {
            return Err(DataFusionError::Internal("a rule's plan has more than one partition".into()));
        }
        let schema = Arc::clone(logical.schema().inner());
        for (written, running) in schema.fields().iter().zip(plan.schema().fields()) {
            if written.data_type() != running.data_type() {
                let (name, written, running) = (written.name(), written.data_type(), running.data_type());
                return plan_err!("`{name}` is {written} as written and {running} as it runs: CAST it");
            }
        }
        Ok(Planned { schema, needs: needed.iter().filter_map(place).collect(), plan })
    }
}

fn one_select(statement: &Statement) -> Result<()> {
    let Statement::Statement(statement) = statement else {
        return plan_err!("a rule is one SELECT");
    };
    let ast::Statement::Query(query) = statement.as_ref() else {
        return plan_err!("a rule is one SELECT");
    };
    if !matches!(query.body.as_ref(), ast::SetExpr::Select(_)) {
        return plan_err!("a rule is one SELECT; put UNION into a WITH above it");
    }
    if query.order_by.is_some() || query.limit_clause.is_some() || query.fetch.is_some() {
        return plan_err!("ORDER BY and LIMIT have no meaning in a rule: findings are sorted anyway");
    }
    Ok(())
}

/// One partition and no state shared between operators, so that plans can run again (design §4).
fn config() -> SessionConfig {
    let mut config = SessionConfig::new().with_target_partitions(1).with_information_schema(false);
    let options = config.options_mut();
    options.optimizer.enable_dynamic_filter_pushdown = false;
    options.optimizer.enable_topk_dynamic_filter_pushdown = false;
    options.optimizer.enable_join_dynamic_filter_pushdown = false;
    options.optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    options.optimizer.repartition_aggregations = false;
    options.optimizer.repartition_joins = false;
    options.optimizer.repartition_sorts = false;
    options.optimizer.repartition_windows = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.sql_parser.collect_spans = true;
    config
}
