//! Runs a checked expression over an environment.
//!
//! Types were settled by [`super::check`]; what is checked here again costs one `match` and turns an environment that
//! does not keep to its scope into an error instead of a wrong answer. `&&` and `||` go from left to right and stop
//! as soon as they know.

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;

use jiff::civil::Date;

use super::ast::{Arithmetic, Logic, Order};
use super::error::EvalCause;
use super::ir::{Node, Numeric, Op, TextTest};
use super::limits::ITERATIONS_MAX;
use super::{Env, Span};
use crate::value::Value;

/// What went wrong, and where.
pub(super) type Fault = (EvalCause, Span);

type Result<T> = std::result::Result<T, EvalCause>;

/// Evaluates `root`.
pub(super) fn eval(root: &Node, env: &dyn Env) -> std::result::Result<Value, Fault> {
    let run = Run { env, element: None, outer: None, iterations: &Cell::new(0), fault: &Cell::new(None) };
    match run.eval(root) {
        Ok(value) => Ok(value.into_owned()),
        Err(cause) => Err((cause, run.fault.take().unwrap_or_else(|| root.span.clone()))),
    }
}

/// One evaluation, within the quantifiers entered so far.
struct Run<'r> {
    env: &'r dyn Env,
    /// The element that the innermost quantifier looks at.
    element: Option<&'r Value>,
    outer: Option<&'r Run<'r>>,
    iterations: &'r Cell<u32>,
    /// Where the first error was met.
    fault: &'r Cell<Option<Span>>,
}

impl<'r> Run<'r> {
    fn eval(&'r self, node: &'r Node) -> Result<Cow<'r, Value>> {
        let result = self.apply(&node.op);
        if result.is_err() {
            let innermost = self.fault.take().unwrap_or_else(|| node.span.clone());
            self.fault.set(Some(innermost));
        }
        result
    }

    fn apply(&'r self, op: &'r Op) -> Result<Cow<'r, Value>> {
        let value = match op {
            Op::Const(value) => return Ok(Cow::Borrowed(value)),
            Op::Name(name) => return Ok(self.env.get(name).unwrap_or(Cow::Owned(Value::Null))),
            Op::Element(out) => return self.element(*out).map(Cow::Borrowed),
            Op::Member(of, member) => return self.eval(of).map(|of| member_of(of, member)),
            Op::Index(of, at) => return self.index(of, at),
            Op::Coalesce(sides) => return self.coalesce(&sides[0], &sides[1]),
            Op::Choose { condition, then, otherwise } => {
                return self.eval(if self.bool(condition)? { then } else { otherwise });
            }
            Op::List(items) => {
                Value::List(items.iter().map(|item| self.eval(item).map(Cow::into_owned)).collect::<Result<_>>()?)
            }
            Op::Not(of) => Value::Bool(!self.bool(of)?),
            Op::Negate(Numeric::Int, of) => Value::Int(self.int(of)?.checked_neg().ok_or(EvalCause::Overflow)?),
            Op::Negate(Numeric::Number, of) => Value::Number(-self.number(of)?),
            Op::Arithmetic(operator, Numeric::Int, sides) => {
                Value::Int(int_arithmetic(*operator, self.int(&sides[0])?, self.int(&sides[1])?)?)
            }
            Op::Arithmetic(operator, Numeric::Number, sides) => {
                Value::Number(number_arithmetic(*operator, self.number(&sides[0])?, self.number(&sides[1])?)?)
            }
            Op::Join(sides) => Value::Text(self.join(&sides[0], &sides[1])?),
            Op::Equal { negated, sides } => {
                Value::Bool(equal(&*self.eval(&sides[0])?, &*self.eval(&sides[1])?) != *negated)
            }
            Op::Order(order, sides) => Value::Bool(self.order(*order, &sides[0], &sides[1])?),
            Op::In(sides) => Value::Bool(self.contained(&sides[0], &sides[1])?),
            Op::Logic(operator, terms) => Value::Bool(self.logic(*operator, terms)?),
            Op::Has(of) => Value::Bool(!self.eval(of)?.is_null()),
            Op::Size(of) => Value::Int(self.size(of)?),
            Op::Lower(of) => Value::Text(self.text(of, str::to_lowercase)?),
            Op::Text(test, sides) => Value::Bool(self.text_test(*test, &sides[0], &sides[1])?),
            Op::Matches(of, regex) => Value::Bool(self.text(of, |text| regex.is_match(text))?),
            Op::DaysBetween(sides) => Value::Int(days_between(self.date(&sides[0])?, self.date(&sides[1])?)),
            Op::Quantifier { every, list, predicate } => Value::Bool(self.quantifier(*every, list, predicate)?),
        };
        Ok(Cow::Owned(value))
    }

    fn element(&'r self, out: usize) -> Result<&'r Value> {
        let mut run = self;
        for _ in 0..out {
            run = run.outer.ok_or(EvalCause::Absent)?;
        }
        run.element.ok_or(EvalCause::Absent)
    }

    fn index(&'r self, of: &'r Node, at: &'r Node) -> Result<Cow<'r, Value>> {
        let position = usize::try_from(self.int(at)?).ok();
        let found = match (self.eval(of)?, position) {
            (Cow::Borrowed(Value::List(items)), Some(position)) => items.get(position).map(Cow::Borrowed),
            (Cow::Owned(Value::List(items)), Some(position)) => items.into_iter().nth(position).map(Cow::Owned),
            (value, _) if value.is_null() || matches!(*value, Value::List(_)) => None,
            _ => return Err(self.blame(of, EvalCause::WrongType("a list"))),
        };
        Ok(found.unwrap_or(Cow::Owned(Value::Null)))
    }

    fn coalesce(&'r self, first: &'r Node, second: &'r Node) -> Result<Cow<'r, Value>> {
        let first = self.eval(first)?;
        if first.is_null() { self.eval(second) } else { Ok(first) }
    }

    fn join(&'r self, left: &'r Node, right: &'r Node) -> Result<String> {
        let mut joined = self.text(left, str::to_owned)?;
        self.text(right, |text| joined.push_str(text))?;
        Ok(joined)
    }

    fn order(&'r self, order: Order, left: &'r Node, right: &'r Node) -> Result<bool> {
        let (left_value, right_value) = (self.eval(left)?, self.eval(right)?);
        let ordering = match (&*left_value, &*right_value) {
            (Value::Date(left), Value::Date(right)) => left.cmp(right),
            (Value::Time(left), Value::Time(right)) => left.cmp(right),
            (Value::Int(left), Value::Int(right)) => left.cmp(right),
            (Value::Int(left), Value::Number(right)) => compare_mixed(*left, *right).ok_or(EvalCause::NotANumber)?,
            (Value::Number(left), Value::Int(right)) => {
                compare_mixed(*right, *left).ok_or(EvalCause::NotANumber)?.reverse()
            }
            (Value::Number(left), Value::Number(right)) => left.partial_cmp(right).ok_or(EvalCause::NotANumber)?,
            (Value::Null, _) => return Err(self.blame(left, EvalCause::Absent)),
            (_, Value::Null) => return Err(self.blame(right, EvalCause::Absent)),
            _ => return Err(EvalCause::WrongType("a comparison of like with like")),
        };
        Ok(match order {
            Order::Less => ordering.is_lt(),
            Order::LessOrEqual => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterOrEqual => ordering.is_ge(),
        })
    }

    fn contained(&'r self, element: &'r Node, list: &'r Node) -> Result<bool> {
        let element = self.eval(element)?;
        self.with_list(list, |items| Ok(items.iter().any(|item| equal(&element, item))))
    }

    fn logic(&'r self, operator: Logic, terms: &'r [Node]) -> Result<bool> {
        let decisive = operator == Logic::Or;
        for term in terms {
            if self.bool(term)? == decisive {
                return Ok(decisive);
            }
        }
        Ok(!decisive)
    }

    fn size(&'r self, of: &'r Node) -> Result<i64> {
        let size = match &*self.eval(of)? {
            Value::Text(text) => text.chars().count(),
            Value::List(items) => items.len(),
            other => return Err(self.unfit(of, other, "a list or text")),
        };
        i64::try_from(size).map_err(|_| EvalCause::Overflow)
    }

    fn text_test(&'r self, test: TextTest, of: &'r Node, part: &'r Node) -> Result<bool> {
        self.text(of, |of| {
            self.text(part, |part| match test {
                TextTest::Contains => of.contains(part),
                TextTest::StartsWith => of.starts_with(part),
                TextTest::EndsWith => of.ends_with(part),
            })
        })?
    }

    fn quantifier(&'r self, every: bool, list: &'r Node, predicate: &Node) -> Result<bool> {
        self.with_list(list, |items| {
            for item in items {
                let count = self.iterations.get() + 1;
                if count > ITERATIONS_MAX {
                    return Err(EvalCause::TooLong);
                }
                self.iterations.set(count);
                let inner = Run { element: Some(item), outer: Some(self), ..*self };
                if inner.bool(predicate)? != every {
                    return Ok(!every);
                }
            }
            Ok(every)
        })
    }

    fn with_list<T>(&'r self, list: &'r Node, look: impl FnOnce(&[Value]) -> Result<T>) -> Result<T> {
        match &*self.eval(list)? {
            Value::List(items) => look(items),
            other => Err(self.unfit(list, other, "a list")),
        }
    }

    fn bool(&self, node: &Node) -> Result<bool> {
        match &*self.eval(node)? {
            Value::Bool(value) => Ok(*value),
            other => Err(self.unfit(node, other, "true or false")),
        }
    }

    fn int(&self, node: &Node) -> Result<i64> {
        match &*self.eval(node)? {
            Value::Int(value) => Ok(*value),
            other => Err(self.unfit(node, other, "a whole number")),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a whole number that is declared `number` counts as one")]
    fn number(&self, node: &Node) -> Result<f64> {
        match &*self.eval(node)? {
            Value::Int(value) => Ok(*value as f64),
            Value::Number(value) => Ok(*value),
            other => Err(self.unfit(node, other, "a number")),
        }
    }

    fn date(&self, node: &Node) -> Result<Date> {
        match &*self.eval(node)? {
            Value::Date(date) => Ok(*date),
            other => Err(self.unfit(node, other, "a date")),
        }
    }

    fn text<T>(&self, node: &Node, look: impl FnOnce(&str) -> T) -> Result<T> {
        match &*self.eval(node)? {
            Value::Text(text) => Ok(look(text)),
            other => Err(self.unfit(node, other, "text")),
        }
    }

    /// The error of `node` for a value that is not what it should be.
    fn unfit(&self, node: &Node, value: &Value, wanted: &'static str) -> EvalCause {
        self.blame(node, if value.is_null() { EvalCause::Absent } else { EvalCause::WrongType(wanted) })
    }

    /// Places the error at `node`.
    fn blame(&self, node: &Node, cause: EvalCause) -> EvalCause {
        self.fault.set(Some(node.span.clone()));
        cause
    }
}

fn member_of<'v>(of: Cow<'v, Value>, member: &str) -> Cow<'v, Value> {
    match of {
        Cow::Borrowed(value) => Cow::Borrowed(value.member(member)),
        Cow::Owned(Value::Record(mut record)) => Cow::Owned(record.remove(member).unwrap_or(Value::Null)),
        Cow::Owned(_) => Cow::Owned(Value::Null),
    }
}

fn int_arithmetic(operator: Arithmetic, left: i64, right: i64) -> Result<i64> {
    if right == 0 && matches!(operator, Arithmetic::Divide | Arithmetic::Remainder) {
        return Err(EvalCause::DivisionByZero);
    }
    let result = match operator {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide => left.checked_div(right),
        Arithmetic::Remainder => left.checked_rem(right),
    };
    result.ok_or(EvalCause::Overflow)
}

fn number_arithmetic(operator: Arithmetic, left: f64, right: f64) -> Result<f64> {
    if right == 0.0 && matches!(operator, Arithmetic::Divide | Arithmetic::Remainder) {
        return Err(EvalCause::DivisionByZero);
    }
    let result = match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Remainder => left % right,
    };
    if result.is_finite() { Ok(result) } else { Err(EvalCause::Overflow) }
}

/// Whole days from `earlier` to `later`; negative when they come the other way round.
fn days_between(earlier: Date, later: Date) -> i64 {
    later.duration_since(earlier).as_hours() / 24
}

/// Whether two values are equal; a whole number equals the number of the same size.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(int), Value::Number(number)) | (Value::Number(number), Value::Int(int)) => {
            compare_mixed(*int, *number) == Some(Ordering::Equal)
        }
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Record(left), Value::Record(right)) => {
            let absent = Value::Null;
            let names = left.keys().chain(right.keys());
            names.into_iter().all(|name| equal(left.get(name).unwrap_or(&absent), right.get(name).unwrap_or(&absent)))
        }
        (left, right) => left == right,
    }
}

/// Compares exactly, without rounding the whole number; none with "not a number".
#[expect(clippy::cast_possible_truncation, reason = "the number is within the range of whole numbers there")]
fn compare_mixed(int: i64, number: f64) -> Option<Ordering> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0; // 2^63, the first whole number above i64
    if number.is_nan() {
        return None;
    }
    if number >= BEYOND {
        return Some(Ordering::Less);
    }
    if number < -BEYOND {
        return Some(Ordering::Greater);
    }
    let whole = number.trunc();
    match int.cmp(&(whole as i64)) {
        Ordering::Equal => 0.0.partial_cmp(&(number - whole)),
        unequal => Some(unequal),
    }
}
