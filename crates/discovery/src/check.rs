//! What a rule's SELECT may not do, seen on its logical plan.
//!
//! Everything here would let a finding depend on something other than the tables: on the clock, on chance,
//! on the order of rows, on the numbers that people and facts happen to have in a batch, or on who else is
//! in it. The last three differ between an incremental evaluation and a sweep, which must agree (design,
//! invariant 3).

mod kinds;
mod numbers;
mod ties;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, Volatility};

use crate::place;

/// A mark of the place (see [`place::of_word`]), and what is wrong.
pub(crate) type Fault = (String, String);

/// Aggregates whose result does not depend on the order of rows.
const AGGREGATES: [&str; 8] = ["count", "sum", "min", "max", "bool_and", "bool_or", "array_agg", "words"];

/// Everything forbidden in the plan, its subqueries included. `tables` are the names of the contract.
pub(crate) fn faults(plan: &LogicalPlan, tables: &[&str]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut consequences = Vec::new();
    let walked = plan.apply_with_subqueries(|node| {
        faults.extend(node_fault(node, tables));
        numbers::check(node, &mut faults, &mut consequences);
        consequences.extend(fraction_fault(node));
        let schema = merge_schema(&node.inputs());
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                faults.extend(expression_fault(part));
                consequences.extend(kinds::fault_of(part, &schema));
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    if let Err(error) = walked {
        faults.push(("SELECT".into(), error.strip_backtrace()));
    }
    // What makes a fraction or a number is often refused itself, and every later column has it again.
    if faults.is_empty() {
        consequences.extend(ties::faults(plan));
        faults.extend(consequences.into_iter().next());
    }
    faults.sort();
    faults.dedup();
    faults
}

fn fault(mark: impl Into<String>, message: impl Into<String>) -> Option<Fault> {
    Some((mark.into(), message.into()))
}

fn fraction_fault(node: &LogicalPlan) -> Option<Fault> {
    let field = node.schema().fields().iter().find(|field| field.data_type().is_floating())?;
    let name = field.name();
    let made = node.expressions().into_iter().find(|made| made.schema_name().to_string() == *name);
    let mark = match made {
        Some(Expr::Alias(_)) | None => format!("AS {name}"),
        Some(made) => span_in(&made).unwrap_or_else(|| name.clone()),
    };
    fault(
        mark,
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
            fault("DISTINCT ON", "DISTINCT ON takes rows by chance: use GROUP BY with min or max")
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
                place::mark_call(name, call.func.aliases()),
                format!(
                    "{name}() is not the same at every time: join the one-row table clock and use `as_of`"
                ),
            )
        }
        Expr::AggregateFunction(call) => aggregate_fault(call),
        Expr::ScalarSubquery(subquery) if subquery.outer_ref_columns.is_empty() => fault(
            mark_in(&subquery.subquery),
            "a scalar subquery is computed once and then remembered for other days: join the one-row table \
             clock (or parameter) instead",
        ),
        Expr::SetComparison(comparison) => {
            fault(mark_in(&comparison.subquery.subquery), "ANY and ALL are not for rules: use EXISTS")
        }
        Expr::ScalarVariable(..) | Expr::Placeholder(_) => fault(
            "SELECT",
            "placeholders and variables (`?`, `$1`, `@x`) are not for rules: a number is a column of table `parameter`",
        ),
        _ => None,
    }
}

fn aggregate_fault(call: &AggregateFunction) -> Option<Fault> {
    let name = call.func.name();
    if AGGREGATES.contains(&name) {
        return None;
    }
    let mark = place::mark_call(name, call.func.aliases());
    fault(mark, format!("{name}() is not for rules: expected one of {}", AGGREGATES.join(", ")))
}

/// Where the first column of an expression stands, if the plan still knows: of columns that are grouped by
/// and of those of an outer query it does not.
fn span_in(expression: &Expr) -> Option<String> {
    let mut found = None;
    let walked = expression.apply(|part| {
        if let Expr::Column(column) = part
            && let Some(span) = column.spans().first()
        {
            found = Some(place::mark(span));
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.expect("the closure does not fail");
    found
}

/// Where a subquery's first column stands, or the table it reads.
fn mark_in(plan: &LogicalPlan) -> String {
    let (mut column, mut table) = (None, None);
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            table.get_or_insert_with(|| format!("FROM {}", scan.table_name.table()));
        }
        node.apply_expressions(|expression| {
            column = column.take().or_else(|| span_in(expression));
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walked.expect("the closures do not fail");
    column.or(table).unwrap_or_else(|| "SELECT".into())
}
