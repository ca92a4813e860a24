//! The expression as it is written: no types, no names resolved.

use super::Span;
use crate::value::Value;

/// A part of an expression.
#[derive(Debug)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) span: Span,
    /// How many levels it is high: a leaf is 1.
    pub(super) height: usize,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    Literal(Value),
    Name(String),
    Member {
        of: Box<Expr>,
        member: Word,
    },
    Index {
        of: Box<Expr>,
        at: Box<Expr>,
    },
    List(Vec<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// Two or more terms with the same operator, left to right.
    Logic {
        operator: Logic,
        terms: Vec<Expr>,
    },
    Choose {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Call {
        function: Word,
        receiver: Option<Box<Expr>>,
        arguments: Vec<Expr>,
    },
}

/// A name as it is written.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logic {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Arithmetic(Arithmetic),
    /// `==`, or `!=` when negated.
    Equal {
        negated: bool,
    },
    Order(Order),
    In,
    Coalesce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// The same comparison with its sides exchanged.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }
}

impl Arithmetic {
    /// As it is written.
    pub(crate) fn sign(self) -> char {
        match self {
            Self::Add => '+',
            Self::Subtract => '-',
            Self::Multiply => '*',
            Self::Divide => '/',
            Self::Remainder => '%',
        }
    }
}
