//! The guard language: a statically typed subset of CEL (the Common Expression Language).
//!
//! An expression is checked once, when its file is read, against the names and types that it may use ([`Scope`]): unknown
//! names, types that do not go together and values that may be absent are findings with a place, all of them at once.
//! What passes can be evaluated any number of times over an [`Env`]; only arithmetic and excess can then still fail
//! ([`EvalCause`]). Reading text into values and showing findings is left to others.
//!
//! # The language
//!
//! ```text
//! literals      null  true  false  12  1.5  'text'  "text"  r"raw \d text"  ["a", "b"]
//! parts         heir.mobile   contacts[0]
//! tight → loose ! -   * / %   + -   ??   == != < <= > >= in matches   &&   ||   ? :
//! functions     size(x)  x.size()  x.contains(t)  x.startsWith(t)  x.endsWith(t)  x.matches("…")  x.lower()
//!               list.exists(c, …)  list.all(c, …)  has(heir.mobile)  date("2024-01-31")  days_between(earlier, later)
//! ```
//!
//! # Where it leaves CEL
//!
//! What is written in both means the same in both, except:
//!
//! - **Absence is in the types.** A member of an absent record is absent, and so is an element beyond the end of a list; CEL
//!   fails on both. In exchange a value that may be absent cannot be used (arithmetic, `<`, functions, conditions)
//!   before a test: `has(x) && …`, `x != null && …`, `x == null || …`, `x == "…" && …`, the branches of `?:`,
//!   `list.size() > 0 && list[0]…`. `==`, `!=` and the left of `in` take absent values: they equal `null` only, so that
//!   `heir.language != "ar"` is also true where no language is known.
//! - `a ?? b` is ours: `a`, or `b` where `a` is absent. It binds tighter than comparisons and looser than `+`:
//!   `monthly_kwh ?? 0 > 100` reads as it looks.
//! - `has(x)` takes any variable or part of one, not only a member, and is false for what is `null`.
//! - `reply matches "…"` may be written for `reply.matches("…")`. A pattern is a literal, checked with the expression, and is
//!   found anywhere in the text; `^…$` holds it to the whole.
//! - `&&` and `||` go strictly from left to right. In CEL `failure && false` is false; here it fails, as rule 13 asks.
//! - Whole numbers and numbers mix: `monthly_kwh > 100` needs no `100.0`, and `1 + 0.5` is a number. They compare exactly.
//!   Division by zero fails for both (CEL: infinite for numbers), and so does a result that is not finite.
//! - Comparisons do not chain, texts and truth values have no order, and there are no unsigned numbers, bytes, maps, durations, octal
//!   escapes, triple quotes or comments, and no `map` or `filter`.
//! - A text literal compared with a date, an instant or a choice is read as one: `date_of_death > "2024-01-31"`.
//! - `lower()` lowers every script, not only Latin; `size()` of a text counts characters (code points), as in CEL.
//!
//! As in CEL, and unlike a pocket calculator, `/` of two whole numbers is whole and drops the rest: `7 / 2` is 3, `7 / 2.0` is 3.5.

pub(crate) mod ast;
mod check;
mod error;
mod eval;
mod infix;
pub(crate) mod ir;
mod lexer;
mod limits;
mod parser;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::value::{Member, Record, Type, Value};
use error::Findings;
pub use error::{EvalCause, EvalError, ExprError};

/// A run of bytes of an expression's source text.
type Span = Range<usize>;

/// Names that an expression may use, with their types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    names: BTreeMap<String, Member>,
}

impl Scope {
    /// A scope without names.
    pub fn new() -> Self {
        Self::default()
    }

    /// The scope with `name` added; a name that was there gets the new type.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, member: Member) -> Self {
        self.names.insert(name.into(), member);
        self
    }

    /// What `name` stands for.
    pub fn get(&self, name: &str) -> Option<&Member> {
        self.names.get(name)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// All names with what they stand for, in order.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.names.iter().map(|(name, member)| (name.as_str(), member))
    }
}

impl From<BTreeMap<String, Member>> for Scope {
    fn from(names: BTreeMap<String, Member>) -> Self {
        Self { names }
    }
}

/// Where an expression, or a text, finds the values of its names.
pub trait Env {
    /// The value of `name`; none counts as `null`. An expression asks for names of the scope that it was checked with, a text that gives
    /// names itself for any of its words.
    fn get(&self, name: &str) -> Option<Cow<'_, Value>>;
}

impl Env for Record {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        BTreeMap::get(self, name).map(Cow::Borrowed)
    }
}

/// A checked expression.
#[derive(Clone, Debug)]
pub struct Program {
    source: String,
    root: ir::Node,
    ty: Type,
    may_be_null: bool,
    reads: BTreeSet<String>,
}

/// Two programs are equal when they were written alike; the scopes they were checked with are not compared.
impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Program {}

impl Program {
    /// Checks `source`, whatever its result is. All problems come at once, in the order of the source.
    pub fn compile(source: &str, scope: &Scope) -> Result<Self, Vec<ExprError>> {
        Self::build(source, scope, None)
    }

    /// Checks `source` and that its result is of type `expected`. A guard, [`Type::Bool`], must also never be absent;
    /// for other types see [`may_be_null`](Self::may_be_null).
    pub fn compile_as(source: &str, scope: &Scope, expected: &Type) -> Result<Self, Vec<ExprError>> {
        Self::build(source, scope, Some(expected))
    }

    fn build(source: &str, scope: &Scope, expected: Option<&Type>) -> Result<Self, Vec<ExprError>> {
        let mut findings = Findings::new(source);
        let checked = Self::check(source, scope, expected, &mut findings);
        findings.or(checked)
    }

    fn check<'s>(source: &'s str, scope: &Scope, expected: Option<&Type>, findings: &mut Findings<'s>) -> Option<Self> {
        if source.len() > limits::SOURCE_BYTES_MAX {
            let message =
                format!("an expression can be {} bytes long; this has {}", limits::SOURCE_BYTES_MAX, source.len());
            findings.add(0..0, message, Some("split the condition in two".into()));
            return None;
        }
        let tokens = lexer::tokens(source, findings);
        if findings.halted() {
            return None;
        }
        let expr = parser::parse(tokens, findings)?;
        let checked = check::check(&expr, scope, expected, findings)?;
        Some(Self {
            source: source.to_owned(),
            root: checked.root,
            ty: checked.ty,
            may_be_null: checked.nullable,
            reads: checked.reads,
        })
    }

    /// The text it was written as.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The checked expression, for who says it in words.
    pub(crate) fn root(&self) -> &ir::Node {
        &self.root
    }

    /// The type of its result.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// Whether its result may be absent.
    pub fn may_be_null(&self) -> bool {
        self.may_be_null
    }

    /// The variables that it reads, as dotted paths: `heir.mobile`; of a list's elements only the list: `contacts`.
    pub fn reads(&self) -> &BTreeSet<String> {
        &self.reads
    }

    /// Its value over `env`.
    pub fn eval(&self, env: &dyn Env) -> Result<Value, EvalError> {
        eval::eval(&self.root, env).map_err(|(cause, span)| self.failure(cause, span))
    }

    /// Its outcome as a condition. A failure is an error, never `false`; so is a result that is not true or false.
    pub fn eval_bool(&self, env: &dyn Env) -> Result<bool, EvalError> {
        let cause = match self.eval(env)? {
            Value::Bool(outcome) => return Ok(outcome),
            Value::Null => EvalCause::Absent,
            _ => EvalCause::WrongType("true or false"),
        };
        Err(self.failure(cause, self.root.span.clone()))
    }

    fn failure(&self, cause: EvalCause, span: Span) -> EvalError {
        EvalError { expression: error::quote(&self.source, &span).into_owned(), span, cause }
    }
}
