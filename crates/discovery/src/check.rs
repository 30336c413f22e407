//! What a rule's SELECT may not do, seen on its logical plan.
//!
//! Everything here would let a finding depend on something other than the tables: on the clock, on chance,
//! on the order of rows, or on the numbers that people and facts happen to have in a batch. The last two
//! differ between an incremental evaluation and a sweep, which must agree (design, invariant 3).

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ExprSchema, Result};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{BinaryExpr, Distinct, Expr, LogicalPlan, Operator, Volatility};

use crate::contract::Kind;

/// A word to look for in the text, and what is wrong.
pub(crate) type Fault = (String, String);

/// Aggregates whose result does not depend on the order of rows.
const AGGREGATES: [&str; 8] = ["count", "sum", "min", "max", "bool_and", "bool_or", "array_agg", "words"];

/// Everything forbidden in the plan, its subqueries included. `tables` are the names of the contract.
pub(crate) fn faults(plan: &LogicalPlan, tables: &[&str]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fractions = Vec::new();
    let walked = plan.apply_with_subqueries(|node| {
        faults.extend(node_fault(node, tables));
        fractions.extend(fraction_fault(node));
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                faults.extend(expression_fault(part));
                faults.extend(number_fault(part, node)?);
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    if let Err(error) = walked {
        faults.push(("SELECT".into(), error.strip_backtrace()));
    }
    // What makes a fraction is often refused itself, and every later column has it again.
    if faults.is_empty() {
        faults.extend(fractions.into_iter().next());
    }
    faults.sort();
    faults.dedup();
    faults
}

fn fault(word: &str, message: impl Into<String>) -> Option<Fault> {
    Some((word.to_owned(), message.into()))
}

fn fraction_fault(node: &LogicalPlan) -> Option<Fault> {
    let field = node.schema().fields().iter().find(|field| field.data_type().is_floating())?;
    let name = field.name();
    fault(
        name,
        format!("`{name}` is a binary fraction, whose sums depend on the order of rows: count in fen"),
    )
}

fn node_fault(node: &LogicalPlan, tables: &[&str]) -> Option<Fault> {
    match node {
        LogicalPlan::TableScan(scan) if !tables.contains(&scan.table_name.table()) => {
            let name = scan.table_name.table();
            fault(name, format!("`{name}` is no table of the contract (TABLES.md)"))
        }
        LogicalPlan::Limit(_) => fault("LIMIT", "LIMIT takes rows by chance: say which rows are meant"),
        LogicalPlan::Distinct(Distinct::On(_)) => {
            fault("DISTINCT", "DISTINCT ON takes rows by chance: use GROUP BY with min or max")
        }
        LogicalPlan::Window(_) => fault("OVER", "window functions are not for rules: use GROUP BY"),
        LogicalPlan::Unnest(_) | LogicalPlan::RecursiveQuery(_) | LogicalPlan::Extension(_) => {
            fault("SELECT", "recursion and unnesting are not for rules")
        }
        LogicalPlan::Ddl(_)
        | LogicalPlan::Dml(_)
        | LogicalPlan::Copy(_)
        | LogicalPlan::Statement(_)
        | LogicalPlan::Explain(_)
        | LogicalPlan::Analyze(_)
        | LogicalPlan::DescribeTable(_) => fault("SELECT", "a rule is one SELECT"),
        _ => None,
    }
}

fn expression_fault(expression: &Expr) -> Option<Fault> {
    match expression {
        Expr::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
            let name = call.func.name();
            fault(
                name,
                format!(
                    "{name}() is not the same at every time: join the one-row table clock and use `as_of`"
                ),
            )
        }
        Expr::AggregateFunction(call) => aggregate_fault(call),
        Expr::ScalarSubquery(subquery) if subquery.outer_ref_columns.is_empty() => {
            let tables = tables_of(&subquery.subquery);
            let word = tables.first().map_or("SELECT", String::as_str);
            fault(
                word,
                "a scalar subquery is computed once and then remembered for other days: join the one-row table \
                 clock (or parameter) instead",
            )
        }
        Expr::ScalarVariable(..) | Expr::Placeholder(_) => fault("SELECT", "variables are not for rules"),
        _ => None,
    }
}

fn aggregate_fault(call: &AggregateFunction) -> Option<Fault> {
    let name = call.func.name();
    if !AGGREGATES.contains(&name) {
        return fault(name, format!("{name}() is not for rules: expected one of {}", AGGREGATES.join(", ")));
    }
    None
}

/// The tables that a plan reads, in order.
fn tables_of(plan: &LogicalPlan) -> Vec<String> {
    let mut names = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            names.push(scan.table_name.table().to_owned());
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .expect("the closure does not fail");
    names
}

/// A number of a person, household or fact used otherwise than to join, to count or as evidence.
fn number_fault(expression: &Expr, node: &LogicalPlan) -> Result<Option<Fault>> {
    let mut found = None;
    expression.apply_children(|child| {
        if let Some((name, kind)) = number(child, node)
            && !may_hold_number(expression, kind)
        {
            let word = kind.as_str();
            found = fault(
                &name,
                format!(
                    "`{name}` is the number of a {word} in this batch, which is another in the next: use it \
                     only to join, count or group, or (facts) in array_agg"
                ),
            );
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

fn number(expression: &Expr, node: &LogicalPlan) -> Option<(String, Kind)> {
    let of_column = |column: &Column| {
        node.inputs().iter().find_map(|input| {
            let field = input.schema().field_from_column(column).ok()?;
            Kind::of_number(field)
        })
    };
    match expression {
        Expr::Column(column) => Some((column.name.clone(), of_column(column)?)),
        Expr::OuterReferenceColumn(field, column) => Some((column.name.clone(), Kind::of_number(field)?)),
        _ => None,
    }
}

fn may_hold_number(parent: &Expr, kind: Kind) -> bool {
    match parent {
        Expr::Alias(_) | Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::InSubquery(_) => true,
        Expr::BinaryExpr(BinaryExpr { op, .. }) => {
            matches!(
                op,
                Operator::Eq | Operator::NotEq | Operator::IsDistinctFrom | Operator::IsNotDistinctFrom
            )
        }
        Expr::AggregateFunction(call) => match call.func.name() {
            "count" => true,
            "array_agg" => kind == Kind::Fact,
            _ => false,
        },
        _ => false,
    }
}
