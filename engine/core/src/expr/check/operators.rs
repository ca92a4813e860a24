//! Checks operators: which operands they take, what they result in, what they prove.

use super::super::Span;
use super::super::ast::{Arithmetic, Expr, Logic, Operator, Order};
use super::super::ir::{Node, Numeric, Op};
use super::facts::{Facts, Paths, first_elements, present};
use super::types::{comparable, described, is_numeric, join};
use super::{Checker, Typed};
use crate::value::{Type, Value};

impl Checker<'_, '_> {
    pub(super) fn not(&mut self, of: &Expr, span: Span) -> Option<Typed> {
        let of = self.check(of)?;
        if !self.demand(&of, of.ty == Type::Bool, "true or false") {
            return None;
        }
        let facts = of.facts.negated();
        Some(Typed { facts, ..Typed::new(Op::Not(Box::new(of.node)), span, Type::Bool) })
    }

    pub(super) fn negate(&mut self, of: &Expr, span: Span) -> Option<Typed> {
        let of = self.check(of)?;
        if !self.demand(&of, is_numeric(&of.ty), "a number") {
            return None;
        }
        let (numeric, ty) = arithmetic_type(&of.ty, &of.ty);
        Some(Typed::new(Op::Negate(numeric, Box::new(of.node)), span, ty))
    }

    /// Terms joined by `&&` or `||`: each is checked with what the ones before it prove.
    pub(super) fn logic(&mut self, operator: Logic, terms: &[Expr], span: Span) -> Option<Typed> {
        let (known_before, lenient_before) = (self.known.clone(), self.lenient);
        let (mut nodes, mut facts) = (Vec::new(), Vec::new());
        for term in terms {
            let Some(term) = self.condition(term) else {
                self.lenient = true;
                continue;
            };
            let proved = if operator == Logic::And { &term.facts.when_true } else { &term.facts.when_false };
            self.known.extend(proved.iter().cloned());
            nodes.push(term.node);
            facts.push(term.facts);
        }
        (self.known, self.lenient) = (known_before, lenient_before);
        if nodes.len() < terms.len() {
            return None;
        }
        let facts = Facts::joined(operator, facts);
        Some(Typed { facts, ..Typed::new(Op::Logic(operator, nodes), span, Type::Bool) })
    }

    /// A part that must be true or false.
    pub(super) fn condition(&mut self, expr: &Expr) -> Option<Typed> {
        let typed = self.check(expr)?;
        if typed.ty == Type::Bool {
            self.demand_present(&typed);
            return Some(typed);
        }
        let message = format!("{} is {}, not true or false", self.named(&typed), described(&typed.ty));
        let suggestion = self.as_condition(&typed);
        self.findings.add(typed.node.span, message, suggestion);
        None
    }

    pub(super) fn choose(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr, span: Span) -> Option<Typed> {
        let condition = self.condition(condition);
        let lenient_before = self.lenient;
        self.lenient |= condition.is_none();
        let facts = condition.as_ref().map(|condition| condition.facts.clone()).unwrap_or_default();
        let then = self.assuming(facts.when_true, |checker| checker.check(then));
        let otherwise = self.assuming(facts.when_false, |checker| checker.check(otherwise));
        self.lenient = lenient_before;
        let (condition, mut then, mut otherwise) = (condition?, then?, otherwise?);
        let ty = self.alternatives(&mut then, &mut otherwise)?;
        let nullable = then.nullable || otherwise.nullable;
        let [condition, then, otherwise] = [condition, then, otherwise].map(|typed| Box::new(typed.node));
        Some(Typed { nullable, ..Typed::new(Op::Choose { condition, then, otherwise }, span, ty) })
    }

    /// Checks a part with `paths` known to be there.
    fn assuming<T>(&mut self, paths: Paths, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.known.clone();
        self.known.extend(paths);
        let checked = check(self);
        self.known = before;
        checked
    }

    pub(super) fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr, span: Span) -> Option<Typed> {
        let left = self.check(left);
        let right = self.check(right);
        let (left, right) = (left?, right?);
        match operator {
            Operator::Arithmetic(arithmetic) => self.arithmetic(arithmetic, left, right, span),
            Operator::Equal { negated } => self.equal(negated, left, right, span),
            Operator::Order(order) => self.order(order, left, right, span),
            Operator::In => self.contained(left, right, span),
            Operator::Coalesce => self.coalesce(left, right, span),
        }
    }

    fn arithmetic(&mut self, operator: Arithmetic, left: Typed, right: Typed, span: Span) -> Option<Typed> {
        if operator == Arithmetic::Add && left.ty.is_text() && right.ty.is_text() {
            self.demand_present(&left);
            self.demand_present(&right);
            return Some(Typed::new(Op::Join(Box::new(nodes(left, right))), span, Type::Text));
        }
        let whole_only = operator == Arithmetic::Remainder;
        let takes = |ty: &Type| if whole_only { *ty == Type::Int } else { is_numeric(ty) };
        if !takes(&left.ty) || !takes(&right.ty) {
            let (sign, wanted) = (operator.sign(), if whole_only { "whole numbers" } else { "numbers" });
            self.mismatch(&left, &right, &span, &format!("`{sign}` needs {wanted}"));
            return None;
        }
        self.demand_present(&left);
        self.demand_present(&right);
        let (numeric, ty) = arithmetic_type(&left.ty, &right.ty);
        Some(Typed::new(Op::Arithmetic(operator, numeric, Box::new(nodes(left, right))), span, ty))
    }

    /// Reports two operands that do not go together, and why.
    fn mismatch(&mut self, left: &Typed, right: &Typed, span: &Span, why: &str) {
        let is = |typed: &Typed| format!("{} is {}", self.named(typed), described(&typed.ty));
        let message = format!("{}, {}: {why}", is(left), is(right));
        let suggestion = match (&left.ty, &right.ty) {
            (Type::Date, Type::Date) => Some("ask for `days_between(a, b)`".into()),
            (Type::Time, Type::Date) | (Type::Date, Type::Time) => {
                Some("a date is a whole day, an instant a moment in one: compare like with like".into())
            }
            _ => None,
        };
        self.findings.add(span.clone(), message, suggestion);
    }

    fn equal(&mut self, negated: bool, mut left: Typed, mut right: Typed, span: Span) -> Option<Typed> {
        if !self.settle_sides(&mut left, &mut right) {
            return None;
        }
        if !comparable(&left.ty, &right.ty) {
            self.mismatch(&left, &right, &span, "they cannot be compared");
            return None;
        }
        let facts = equal_facts(&left, &right);
        let facts = if negated { facts.negated() } else { facts };
        Some(Typed {
            facts,
            ..Typed::new(Op::Equal { negated, sides: Box::new(nodes(left, right)) }, span, Type::Bool)
        })
    }

    /// Reads literals on either side as what the other side is.
    fn settle_sides(&mut self, left: &mut Typed, right: &mut Typed) -> bool {
        let (left_ty, right_ty) = (left.ty.clone(), right.ty.clone());
        self.settle(left, &right_ty) & self.settle(right, &left_ty)
    }

    fn order(&mut self, order: Order, mut left: Typed, mut right: Typed, span: Span) -> Option<Typed> {
        if !self.settle_sides(&mut left, &mut right) {
            return None;
        }
        let both_numeric = is_numeric(&left.ty) && is_numeric(&right.ty);
        let both_moments = left.ty == right.ty && matches!(left.ty, Type::Date | Type::Time);
        if !both_numeric && !both_moments {
            let why =
                if left.ty.is_text() && right.ty.is_text() { "texts have no order" } else { "they cannot be compared" };
            self.mismatch(&left, &right, &span, why);
            return None;
        }
        self.demand_present(&left);
        self.demand_present(&right);
        let facts = size_and_bound(&left, &right)
            .map(|(path, bound)| Facts::of_size(path, order, bound))
            .or_else(|| {
                size_and_bound(&right, &left).map(|(path, bound)| Facts::of_size(path, order.mirrored(), bound))
            })
            .unwrap_or_default();
        Some(Typed { facts, ..Typed::new(Op::Order(order, Box::new(nodes(left, right))), span, Type::Bool) })
    }

    /// `left in right`. What is absent is in no list.
    fn contained(&mut self, mut left: Typed, mut right: Typed, span: Span) -> Option<Typed> {
        if left.ty.is_text() && right.ty.is_text() {
            let message = format!("{} is text, not a list", self.named(&right));
            let suggestion = format!(
                "ask `{}.contains({})`",
                self.findings.quote(&right.node.span),
                self.findings.quote(&left.node.span)
            );
            self.findings.add(right.node.span, message, Some(suggestion));
            return None;
        }
        if !self.settle_sides(&mut left, &mut right) {
            return None;
        }
        let Type::List(element) = &right.ty else {
            self.demand(&right, false, "a list");
            return None;
        };
        if !comparable(&left.ty, element) {
            self.mismatch(&left, &right, &span, &format!("none of its elements, {}, can be equal", described(element)));
            return None;
        }
        self.demand_present(&right);
        let mut when_true = right.path.as_deref().map(|path| first_elements(path, 1)).unwrap_or_default();
        when_true.extend(left.path.as_deref().map(present).unwrap_or_default());
        let facts = Facts { when_true, when_false: Paths::new() };
        Some(Typed { facts, ..Typed::new(Op::In(Box::new(nodes(left, right))), span, Type::Bool) })
    }

    fn coalesce(&mut self, mut left: Typed, mut right: Typed, span: Span) -> Option<Typed> {
        let ty = self.alternatives(&mut left, &mut right)?;
        let nullable = left.nullable && right.nullable;
        Some(Typed { nullable, ..Typed::new(Op::Coalesce(Box::new(nodes(left, right))), span, ty) })
    }

    /// The type of a value that is either of two.
    fn alternatives(&mut self, left: &mut Typed, right: &mut Typed) -> Option<Type> {
        if !self.settle_alternatives(left, right) {
            return None;
        }
        let joined = join(&left.ty, &right.ty);
        if joined.is_none() {
            let span = left.node.span.start..right.node.span.end;
            self.mismatch(left, right, &span, "both must be of one type");
        }
        joined
    }
}

fn nodes(left: Typed, right: Typed) -> [Node; 2] {
    [left.node, right.node]
}

fn arithmetic_type(left: &Type, right: &Type) -> (Numeric, Type) {
    if *left == Type::Int && *right == Type::Int { (Numeric::Int, Type::Int) } else { (Numeric::Number, Type::Number) }
}

/// What `left == right` proves: equal to something that is there is there; unequal to `null` is there.
fn equal_facts(left: &Typed, right: &Typed) -> Facts {
    let mut facts = Facts::default();
    for (side, other) in [(left, right), (right, left)] {
        let Some(path) = &side.path else { continue };
        if !other.nullable {
            facts.when_true.extend(present(path));
        }
        if other.ty == Type::Null {
            facts.when_false.extend(present(path));
        }
    }
    if let Some((path, bound)) = size_and_bound(left, right).or_else(|| size_and_bound(right, left)) {
        let of_size = Facts::of_exact_size(path, bound);
        facts.when_true.extend(of_size.when_true);
        facts.when_false.extend(of_size.when_false);
    }
    facts
}

/// The list whose size `size` is, and the whole number that it is compared with.
fn size_and_bound<'t>(size: &'t Typed, bound: &Typed) -> Option<(&'t str, i64)> {
    match bound.node.op {
        Op::Const(Value::Int(bound)) => Some((size.size_of.as_deref()?, bound)),
        _ => None,
    }
}
