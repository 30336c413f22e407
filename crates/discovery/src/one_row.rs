//! Keeps one-row tables on the build side of joins without keys.
//!
//! The other side is then joined in whole batches. With one row on the probe side, `CrossJoinExec` makes a
//! batch for every row of the other: high-yearly-self-pay took 100 times as long on 10,000 people.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{JoinType, Result};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::{CrossJoinExec, NestedLoopJoinExec};

use crate::leaf::Leaf;

/// The plan with one-row inputs of joins without keys on the left.
pub(crate) fn on_build_side(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|plan| {
        let swapped = if let Some(join) = plan.downcast_ref::<CrossJoinExec>() {
            should_swap(join.left(), join.right()).then(|| join.swap_inputs())
        } else if let Some(join) = plan.downcast_ref::<NestedLoopJoinExec>() {
            let inner = *join.join_type() == JoinType::Inner;
            (inner && should_swap(join.left(), join.right())).then(|| join.swap_inputs())
        } else {
            None
        };
        match swapped {
            Some(plan) => Ok(Transformed::yes(plan?)),
            None => Ok(Transformed::no(plan)),
        }
    })
    .data()
}

fn should_swap(left: &Arc<dyn ExecutionPlan>, right: &Arc<dyn ExecutionPlan>) -> bool {
    is_one_row(right) && !is_one_row(left)
}

/// Whether a plan has one row at most, because it reads nothing but one-row tables.
fn is_one_row(plan: &Arc<dyn ExecutionPlan>) -> bool {
    match plan.downcast_ref::<Leaf>() {
        Some(leaf) => leaf.is_one_row(),
        None => !plan.children().is_empty() && plan.children().into_iter().all(is_one_row),
    }
}
