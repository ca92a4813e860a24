//! The checked expression: names resolved, types settled, patterns compiled. What [`super::eval`] runs,
//! and what [`crate::words`] says in words.

use regex::Regex;

use super::Span;
use super::ast::{Arithmetic, Logic, Order};
use crate::value::Value;

/// A checked part of an expression, and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) span: Span,
}

/// Which arithmetic the static types ask for: a whole number that is declared `number` counts as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numeric {
    Int,
    Number,
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Const(Value),
    /// A variable of the environment.
    Name(String),
    /// The element that the quantifier so many levels out looks at; 0 is the innermost.
    Element(usize),
    Member(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Not(Box<Node>),
    Negate(Numeric, Box<Node>),
    Arithmetic(Arithmetic, Numeric, Box<[Node; 2]>),
    Join(Box<[Node; 2]>),
    Equal {
        negated: bool,
        sides: Box<[Node; 2]>,
    },
    Order(Order, Box<[Node; 2]>),
    In(Box<[Node; 2]>),
    Coalesce(Box<[Node; 2]>),
    Logic(Logic, Vec<Node>),
    Choose {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    Has(Box<Node>),
    Size(Box<Node>),
    Lower(Box<Node>),
    Text(TextTest, Box<[Node; 2]>),
    Matches(Box<Node>, Regex),
    DaysBetween(Box<[Node; 2]>),
    Quantifier {
        every: bool,
        list: Box<Node>,
        predicate: Box<Node>,
    },
}

/// What is asked of a text and another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextTest {
    Contains,
    StartsWith,
    EndsWith,
}
