//! Rows of different tables may meet only over the number of a person, household or fact: otherwise a rule
//! would say of somebody what depends on who else is in the batch.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{ExprSchema, NullEquality};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::utils::{merge_schema, split_conjunction};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, TableScan};

use super::{Fault, fault, mark_in};
use crate::contract::Kind;
use crate::leaf::Provider;

/// Every join and subquery that ties its rows by no number.
pub(super) fn faults(plan: &LogicalPlan) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(plan, false, &mut faults);
    faults
}

fn walk(node: &LogicalPlan, in_block: bool, faults: &mut Vec<Fault>) {
    let begins_block = is_block(node) && !in_block;
    if begins_block {
        faults.extend(Block::of(node).fault());
    }
    for input in node.inputs() {
        walk(input, is_block(node), faults);
    }
    let walked = node.apply_expressions(|expression| {
        expression.apply(|part| {
            faults.extend(subquery_fault(part, node));
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walked.expect("the closures do not fail");
    let walked = node.apply_subqueries(|subquery| {
        walk(subquery, false, faults);
        Ok(TreeNodeRecursion::Continue)
    });
    walked.expect("the closure does not fail");
}

fn is_block(node: &LogicalPlan) -> bool {
    matches!(node, LogicalPlan::Filter(_) | LogicalPlan::Join(_))
}

fn subquery_fault(part: &Expr, node: &LogicalPlan) -> Option<Fault> {
    let subquery = match part {
        Expr::Exists(Exists { subquery, .. }) | Expr::ScalarSubquery(subquery) => subquery,
        Expr::InSubquery(InSubquery { expr, subquery, .. }) => {
            let (_, field) = expr.to_field(&merge_schema(&node.inputs())).ok()?;
            let kind = Kind::of_number(&field);
            if kind.is_some() && kind == Kind::of_number(subquery.subquery.schema().field(0)) {
                return None;
            }
            subquery
        }
        _ => return None,
    };
    if is_tied(&subquery.subquery) {
        return None;
    }
    fault(
        mark_in(&subquery.subquery),
        "this subquery is about anybody in the batch: tie it to the row outside by the number of a person, \
         household or fact, as `b.person = p.person`",
    )
}

/// Whether everything that a subquery reads of a batch is tied to the row outside.
fn is_tied(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(scan) => is_one_row(scan),
        LogicalPlan::Filter(_) | LogicalPlan::Join(_) => {
            let block = Block::of(plan);
            let ties = block.ties();
            block.of_batch().all(|leaf| ties[leaf] == ties[block.leaves.len()])
        }
        other => other.inputs().into_iter().all(is_tied),
    }
}

fn is_one_row(scan: &TableScan) -> bool {
    source_as_provider(&scan.source)
        .is_ok_and(|provider| provider.downcast_ref::<Provider>().is_some_and(|table| table.one_row))
}

/// Whether a plan has rows of tables that can have many.
fn reads_batch(plan: &LogicalPlan) -> bool {
    plan.exists(|node| Ok(matches!(node, LogicalPlan::TableScan(scan) if !is_one_row(scan))))
        .expect("the closure does not fail")
}

/// Joins and filters that stand together: what is joined, and the conditions that all hold.
struct Block<'a> {
    leaves: Vec<&'a LogicalPlan>,
    equal: Vec<(&'a Expr, &'a Expr)>,
}

impl<'a> Block<'a> {
    fn of(node: &'a LogicalPlan) -> Block<'a> {
        let mut block = Block { leaves: Vec::new(), equal: Vec::new() };
        block.gather(node);
        block
    }

    fn gather(&mut self, node: &'a LogicalPlan) {
        match node {
            LogicalPlan::Filter(filter) => {
                self.hold(&filter.predicate);
                self.gather(&filter.input);
            }
            LogicalPlan::Join(join) => {
                // INTERSECT lets null equal null, which ties nobody.
                let nulls_tie = join.null_equality == NullEquality::NullEqualsNull;
                let may_lack = |side: &Expr| side.nullable(join.left.schema()).unwrap_or(true);
                let ties = join.on.iter().filter(|(left, _)| !nulls_tie || !may_lack(left));
                self.equal.extend(ties.map(|(left, right)| (left, right)));
                if let Some(condition) = &join.filter {
                    self.hold(condition);
                }
                self.gather(&join.left);
                self.gather(&join.right);
            }
            leaf => self.leaves.push(leaf),
        }
    }

    fn hold(&mut self, condition: &'a Expr) {
        for part in split_conjunction(condition) {
            if let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = part {
                self.equal.push((left, right));
            }
        }
    }

    /// Places of the leaves that have rows of the batch.
    fn of_batch(&self) -> impl Iterator<Item = usize> {
        (0..self.leaves.len()).filter(|leaf| reads_batch(self.leaves[*leaf]))
    }

    /// For each leaf, and last the row outside, by what it is tied: the same where tied to each other.
    fn ties(&self) -> Vec<usize> {
        let outside = self.leaves.len();
        let mut ties: Vec<usize> = (0..=outside).collect();
        let mut tie = |one: usize, other: usize| {
            let (from, to) = (ties[one], ties[other]);
            ties.iter_mut().filter(|tie| **tie == from).for_each(|tie| *tie = to);
        };
        for (leaf, plan) in self.leaves.iter().enumerate() {
            if is_tied(plan) {
                tie(leaf, outside);
            }
        }
        for (left, right) in &self.equal {
            if let (Some((one, kind)), Some((other, same))) = (self.number(left), self.number(right))
                && kind == same
            {
                tie(one, other);
            }
        }
        ties
    }

    /// Of which leaf (or the row outside) a number is, and its kind.
    fn number(&self, expression: &Expr) -> Option<(usize, Kind)> {
        match expression {
            Expr::Column(column) => {
                let leaf = self.leaves.iter().position(|leaf| leaf.schema().has_column(column))?;
                let field = self.leaves[leaf].schema().field_from_column(column).ok()?;
                Some((leaf, Kind::of_number(field)?))
            }
            Expr::OuterReferenceColumn(field, _) => Some((self.leaves.len(), Kind::of_number(field)?)),
            _ => None,
        }
    }

    fn fault(&self) -> Option<Fault> {
        let ties = self.ties();
        let mut leaves = self.of_batch();
        let first = leaves.next()?;
        let alone = leaves.find(|leaf| ties[*leaf] != ties[first])?;
        let (mark, name) = named(self.leaves[alone]);
        fault(
            mark,
            format!(
                "`{name}` is joined by no number of a person, household or fact, so that rows of anybody in \
                 the batch would count: join it by one, as `b.person = p.person`"
            ),
        )
    }
}

/// A mark of where a table is joined, and its name there.
fn named(leaf: &LogicalPlan) -> (String, String) {
    match leaf {
        LogicalPlan::SubqueryAlias(alias) => {
            let name = alias.alias.table().to_owned();
            match alias.input.as_ref() {
                LogicalPlan::TableScan(scan) => (format!("{} {name}", scan.table_name.table()), name),
                _ => (name.clone(), name),
            }
        }
        LogicalPlan::TableScan(scan) => {
            let name = scan.table_name.table().to_owned();
            (format!("JOIN {name}"), name)
        }
        _ => ("SELECT".into(), "SELECT".into()),
    }
}
