//! The leaf of every plan: reads the current batch when it is executed.
//!
//! DataFusion's `MemTable` copies its data into the plan; here the plan is made once and the data change.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};

/// The batch that the plans of one engine read, by place of the table.
#[derive(Debug, Default)]
pub(crate) struct Slot(Mutex<Vec<RecordBatch>>);

impl Slot {
    pub(crate) fn set(&self, batches: Vec<RecordBatch>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = batches;
    }

    pub(crate) fn replace(&self, place: usize, batch: RecordBatch) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[place] = batch;
    }

    fn get(&self, place: usize) -> Option<RecordBatch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(place).cloned()
    }
}

/// A table of the contract, as DataFusion sees it.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    pub(crate) name: &'static str,
    pub(crate) place: usize,
    pub(crate) one_row: bool,
    pub(crate) schema: SchemaRef,
    pub(crate) slot: Arc<Slot>,
}

#[async_trait]
impl TableProvider for Provider {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection = match projection {
            Some(columns) => columns.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let schema = Arc::new(self.schema.project(&projection)?);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Arc::new(Leaf { table: self.clone(), projection, properties: Arc::new(properties) }))
    }
}

/// Reads some columns of a table's current batch.
#[derive(Debug)]
pub(crate) struct Leaf {
    table: Provider,
    projection: Vec<usize>,
    properties: Arc<PlanProperties>,
}

/// How many rows a table that can have any number is planned with: what matters is that it is more than
/// the one row of `clock` and `parameter`, which joins then keep on their build side.
const PLANNED_ROWS: usize = 1_000;

impl Leaf {
    /// The table always has exactly one row.
    pub(crate) fn is_one_row(&self) -> bool {
        self.table.one_row
    }
}

impl DisplayAs for Leaf {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Leaf: {}", self.table.name)
    }
}

impl ExecutionPlan for Leaf {
    fn name(&self) -> &'static str {
        "Leaf"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _partition: usize, _context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let batches = match self.table.slot.get(self.table.place) {
            Some(batch) if batch.num_rows() > 0 => vec![batch.project(&self.projection)?],
            _ => Vec::new(),
        };
        let schema = Arc::clone(self.properties.eq_properties.schema());
        Ok(Box::pin(MemoryStream::try_new(batches, schema, None)?))
    }

    fn statistics_from_inputs(&self, _: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows =
            if self.table.one_row { Precision::Exact(1) } else { Precision::Inexact(PLANNED_ROWS) };
        Ok(Arc::new(statistics))
    }
}
