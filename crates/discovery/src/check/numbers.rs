//! Numbers of people, households and facts, which mean something only within a batch: for joining, counting
//! and grouping, and (facts) as evidence.

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    BinaryExpr, Distinct, Expr, ExprSchemable, LogicalPlan, Operator, Projection, Union,
};

use super::{Fault, fault, mark_in, span_in};
use crate::contract::Kind;

const LIST: &str = "a list of facts is evidence, in the order of rows: select it as a column whose name begins \
                    with `fact`, and do nothing else with it";

/// What an expression holds that is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Number(Kind),
    /// A number of which the plan does not know of what.
    Unknown,
    /// What `array_agg` made of numbers.
    List,
}

impl Held {
    fn of(field: &Field) -> Option<Held> {
        let is_number = |element: &Field| *element.data_type() == DataType::UInt32;
        match field.data_type() {
            DataType::List(element) | DataType::LargeList(element) | DataType::FixedSizeList(element, _) => {
                is_number(element).then_some(Held::List)
            }
            // The kind may stay beside what a number is turned into.
            _ => match Kind::of_number(field) {
                Some(kind) => Some(Held::Number(kind)),
                None => is_number(field).then_some(Held::Unknown),
            },
        }
    }
}

/// Numbers used otherwise than they may be in one node, without its inputs and subqueries. `consequences`
/// takes what may only follow from another fault.
pub(super) fn check(node: &LogicalPlan, faults: &mut Vec<Fault>, consequences: &mut Vec<Fault>) {
    let schema = merge_schema(&node.inputs());
    faults.extend(node_faults(node, &schema));
    let walked = node.apply_expressions(|whole| {
        let seen = Seen { node, schema: &schema, whole };
        whole.apply(|part| {
            faults.extend(seen.in_parts(part));
            faults.extend(seen.in_comparison(part));
            faults.extend(seen.in_evidence(part));
            consequences.extend(seen.made(part));
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walked.expect("the closures do not fail");
}

/// What is no part of one expression.
fn node_faults(node: &LogicalPlan, schema: &DFSchema) -> Vec<Fault> {
    let seen = |whole| Seen { node, schema, whole };
    match node {
        LogicalPlan::Aggregate(aggregate) => {
            let list = |group| (seen(group).held(group) == Some(Held::List)).then(|| seen(group).list(group));
            aggregate.group_expr.iter().filter_map(list).collect()
        }
        LogicalPlan::Distinct(Distinct::All(input)) => {
            let has_list = input.schema().fields().iter().any(|field| Held::of(field) == Some(Held::List));
            has_list.then(|| ("DISTINCT".into(), LIST.into())).into_iter().collect()
        }
        // USING and INTERSECT; ON is one expression.
        LogicalPlan::Join(join) => {
            let pairs = join.on.iter();
            let faults = pairs.filter_map(|(left, right)| match seen(left).held(left) {
                Some(Held::List) => Some(seen(left).list(left)),
                _ => seen(left).compared(left, right, left),
            });
            faults.collect()
        }
        LogicalPlan::Union(union) => {
            (0..union.schema.fields().len()).filter_map(|at| united(union, at)).collect()
        }
        LogicalPlan::Projection(projection) => by_name(projection, schema),
        _ => Vec::new(),
    }
}

/// A column of a UNION must hold the same in every SELECT: the plan would take it for what one holds.
fn united(union: &Union, at: usize) -> Option<Fault> {
    let mut inputs = union.inputs.iter().filter(|input| !input.schema().field(at).data_type().is_null());
    let held = |input: &LogicalPlan| Held::of(input.schema().field(at));
    let first = held(inputs.next()?);
    let other = inputs.find(|input| held(input) != first)?;
    let selected = match other.as_ref() {
        LogicalPlan::Projection(projection) => projection.expr.get(at).and_then(span_in),
        _ => None,
    };
    different(selected.unwrap_or_else(|| "UNION".into()), union.schema.field(at).name())
}

/// UNION BY NAME gives the columns of every SELECT the types of the whole.
fn by_name(projection: &Projection, schema: &DFSchema) -> Vec<Fault> {
    let columns = projection.expr.iter().zip(projection.schema.fields());
    let differs = |(selected, as_told): (&Expr, &FieldRef)| {
        let (_, field) = selected.to_field(schema).ok()?;
        if field.data_type().is_null() || Held::of(&field) == Held::of(as_told) {
            return None;
        }
        different(span_in(selected).unwrap_or_else(|| "UNION".into()), as_told.name())
    };
    columns.filter_map(differs).collect()
}

fn different(mark: String, name: &str) -> Option<Fault> {
    fault(
        mark,
        format!(
            "`{name}` of the UNION would hold numbers of one kind beside others or beside values: give every \
             kind a column, NULL where there is none"
        ),
    )
}

/// An expression of a node, and what tells its types and place.
#[derive(Clone, Copy)]
struct Seen<'a> {
    node: &'a LogicalPlan,
    schema: &'a DFSchema,
    /// The whole expression, of which others are parts.
    whole: &'a Expr,
}

impl Seen<'_> {
    fn held(self, expression: &Expr) -> Option<Held> {
        let (_, field) = expression.to_field(self.schema).ok()?;
        match Held::of(&field)? {
            // What is made of a number is told itself, whatever it says that it is.
            Held::Number(_) if !is_passed_on(expression) => {
                (*field.data_type() == DataType::UInt32).then_some(Held::Unknown)
            }
            held => Some(held),
        }
    }

    /// A number or a list that is part of something that it must not be part of: the first of several.
    fn in_parts(self, parent: &Expr) -> Option<Fault> {
        let mut found = None;
        let walked = parent.apply_children(|child| {
            found = match self.held(child) {
                Some(Held::Number(kind)) if !may_hold_number(parent, kind) => {
                    let use_it = "use it only to join, count or group, or (facts) in array_agg";
                    fault(self.mark(child, parent), number_used(&name_of(child), kind, use_it))
                }
                Some(Held::List) if !matches!(parent, Expr::Alias(_)) => Some(self.list(child)),
                _ => return Ok(TreeNodeRecursion::Continue),
            };
            Ok(TreeNodeRecursion::Stop)
        });
        walked.expect("the closure does not fail");
        found
    }

    /// A number compared with something else than a number of the same kind.
    fn in_comparison(self, part: &Expr) -> Option<Fault> {
        match part {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if is_equality(*op) => {
                self.compared(left, right, part)
            }
            Expr::InSubquery(InSubquery { expr, subquery, .. }) => {
                let selected = subquery.subquery.schema().field(0);
                let (outside, inside) = (self.held(expr), Held::of(selected));
                let ((Some(Held::Number(kind)), _) | (_, Some(Held::Number(kind)))) = (outside, inside)
                else {
                    return None;
                };
                let may_lack = expr.nullable(self.schema).unwrap_or(true) || selected.is_nullable();
                let mark = mark_in(&subquery.subquery);
                if outside != inside {
                    let name = if outside == Some(Held::Number(kind)) {
                        name_of(expr)
                    } else {
                        selected.name().clone()
                    };
                    fault(mark, number_used(&name, kind, &compare_only(kind)))
                } else if may_lack {
                    fault(
                        mark,
                        "IN is neither true nor false where a number is null, whosever it is: use EXISTS",
                    )
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    fn compared(self, left: &Expr, right: &Expr, parent: &Expr) -> Option<Fault> {
        let (one, other) = (self.held(left), self.held(right));
        let (number, kind) = match (one, other) {
            _ if one == other => return None,
            (Some(Held::Number(kind)), _) => (left, kind),
            (_, Some(Held::Number(kind))) => (right, kind),
            _ => return None,
        };
        fault(self.mark(number, parent), number_used(&name_of(number), kind, &compare_only(kind)))
    }

    /// `array_agg` of values.
    fn in_evidence(self, part: &Expr) -> Option<Fault> {
        let Expr::AggregateFunction(call) = part else { return None };
        let gathered = call.params.args.first()?;
        // Other numbers and lists are told as its parts, and what has no kind where it lost it.
        if call.func.name() != "array_agg" || self.held(gathered).is_some() {
            return None;
        }
        fault(
            span_in(gathered).unwrap_or_else(|| "array_agg()".into()),
            "array_agg gathers facts, as evidence; anything else would be in the order of rows: use words, \
             min or max",
        )
    }

    /// A number that comes from no column of a table, or a list that is none of facts.
    fn made(self, part: &Expr) -> Option<Fault> {
        match self.held(part)? {
            Held::Unknown => {}
            Held::List if !is_passed_on(part) => {}
            _ => return None,
        }
        fault(
            self.mark(part, part),
            "this is a number as people, households and facts have them (INT UNSIGNED), and none of a table: \
             CAST it to BIGINT",
        )
    }

    fn list(self, list: &Expr) -> Fault {
        (self.mark(list, self.whole), LIST.into())
    }

    /// Where a part stands, or else what is nearest to it of which the place is known.
    fn mark(self, part: &Expr, parent: &Expr) -> String {
        let span = span_in(part).or_else(|| span_in(parent)).or_else(|| span_in(self.whole));
        span.unwrap_or_else(|| match (self.node, self.whole) {
            (LogicalPlan::Projection(_), Expr::Alias(alias)) => format!("AS {}", alias.name),
            (LogicalPlan::Filter(filter), _) if matches!(*filter.input, LogicalPlan::Aggregate(_)) => {
                "HAVING".into()
            }
            (LogicalPlan::Join(_), Expr::Column(column)) => format!("( {}", column.name),
            _ => name_of(part),
        })
    }
}

fn number_used(name: &str, kind: Kind, use_it: &str) -> String {
    let word = kind.as_str();
    format!("`{name}` is the number of a {word} in this batch, which is another in the next: {use_it}")
}

fn compare_only(kind: Kind) -> String {
    format!("compare it only with that of another {}", kind.as_str())
}

fn name_of(expression: &Expr) -> String {
    match expression {
        Expr::Column(column) | Expr::OuterReferenceColumn(_, column) => column.name.clone(),
        other => other.schema_name().to_string(),
    }
}

/// Whether an expression is what a column or a subquery gives, or evidence, unchanged.
fn is_passed_on(expression: &Expr) -> bool {
    match expression {
        Expr::Column(_) | Expr::OuterReferenceColumn(..) | Expr::Alias(_) | Expr::ScalarSubquery(_) => true,
        Expr::AggregateFunction(call) => call.func.name() == "array_agg",
        _ => false,
    }
}

fn is_equality(op: Operator) -> bool {
    matches!(op, Operator::Eq | Operator::NotEq | Operator::IsDistinctFrom | Operator::IsNotDistinctFrom)
}

fn may_hold_number(parent: &Expr, kind: Kind) -> bool {
    match parent {
        Expr::Alias(_) | Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::InSubquery(_) => true,
        // Not for rules at all.
        Expr::SetComparison(_) => true,
        Expr::BinaryExpr(BinaryExpr { op, .. }) => is_equality(*op),
        Expr::AggregateFunction(call) => match call.func.name() {
            "count" => true,
            "array_agg" => kind == Kind::Fact,
            _ => false,
        },
        _ => false,
    }
}
