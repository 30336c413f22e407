//! Which tables a rule reads, and of which it needs rows: when one of these is empty, so is the result.

use std::collections::BTreeSet;

use datafusion::common::JoinType;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use sanzao_ledger::tables::{Needed, TableName};

/// Every table of the ledger that the plan reads, its subqueries included.
pub(crate) fn reads(plan: &LogicalPlan) -> Needed {
    let mut needed = Needed::NONE;
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let named = |table: &TableName| table.as_str() == scan.table_name.table();
            needed = TableName::ALL.into_iter().filter(named).fold(needed, Needed::with);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.expect("the closure does not fail");
    needed
}

/// Names of tables without rows of which the plan has no rows. May miss some, never names one too many.
pub(crate) fn needs(plan: &LogicalPlan) -> BTreeSet<String> {
    match plan {
        LogicalPlan::TableScan(scan) => BTreeSet::from([scan.table_name.table().to_owned()]),
        LogicalPlan::Join(join) => {
            let (left, right) = (needs(&join.left), needs(&join.right));
            match join.join_type {
                JoinType::Inner | JoinType::LeftSemi | JoinType::RightSemi => &left | &right,
                JoinType::Left | JoinType::LeftAnti | JoinType::LeftMark => left,
                JoinType::Right | JoinType::RightAnti | JoinType::RightMark => right,
                JoinType::Full => &left & &right,
            }
        }
        LogicalPlan::Union(union) => {
            let mut inputs = union.inputs.iter().map(|input| needs(input));
            let first = inputs.next().unwrap_or_default();
            inputs.fold(first, |all, input| &all & &input)
        }
        // Without GROUP BY there is one row of nothing.
        LogicalPlan::Aggregate(aggregate) if aggregate.group_expr.is_empty() => BTreeSet::new(),
        LogicalPlan::Aggregate(aggregate) => needs(&aggregate.input),
        LogicalPlan::Projection(projection) => needs(&projection.input),
        LogicalPlan::Filter(filter) => needs(&filter.input),
        LogicalPlan::SubqueryAlias(alias) => needs(&alias.input),
        LogicalPlan::Sort(sort) => needs(&sort.input),
        LogicalPlan::Distinct(distinct) => needs(distinct.input()),
        _ => BTreeSet::new(),
    }
}
