//! The operators between operands, and how tight each binds.
//!
//! From loose to tight: `?:`, `||`, `&&`, the comparisons, `??`, `+ -`, `* / %`, the prefixes `! -`; tighter than any is what
//! hangs on an operand: `.member`, `[index]`, calls. Reading the operands is left to [`super::parser`].

use super::ast::{Arithmetic, Logic, Operator, Order};
use super::lexer::Token;

pub(super) const POWER_CHOOSE: u8 = 1;
const POWER_OR: u8 = 2;
const POWER_AND: u8 = 3;
pub(super) const POWER_COMPARE: u8 = 4;
const POWER_COALESCE: u8 = 5;
const POWER_ADD: u8 = 6;
const POWER_MULTIPLY: u8 = 7;
pub(super) const POWER_PREFIX: u8 = 8;

/// What stands between two operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Infix {
    Choose,
    Logic(Logic),
    Operator(Operator),
    Matches,
}

impl Infix {
    /// The infix that `token` is, and whether it is a slip for it (`and`).
    pub(super) fn of(token: &Token) -> Option<(Self, bool)> {
        let infix = match token {
            Token::Word(word) => return Self::of_word(word),
            Token::Sign("?") => Self::Choose,
            Token::Sign("||") => Self::Logic(Logic::Or),
            Token::Sign("&&") => Self::Logic(Logic::And),
            Token::Sign("==") => Self::Operator(Operator::Equal { negated: false }),
            Token::Sign("!=") => Self::Operator(Operator::Equal { negated: true }),
            Token::Sign("<") => Self::Operator(Operator::Order(Order::Less)),
            Token::Sign("<=") => Self::Operator(Operator::Order(Order::LessOrEqual)),
            Token::Sign(">") => Self::Operator(Operator::Order(Order::Greater)),
            Token::Sign(">=") => Self::Operator(Operator::Order(Order::GreaterOrEqual)),
            Token::Sign("??") => Self::Operator(Operator::Coalesce),
            Token::Sign("+") => Self::Operator(Operator::Arithmetic(Arithmetic::Add)),
            Token::Sign("-") => Self::Operator(Operator::Arithmetic(Arithmetic::Subtract)),
            Token::Sign("*") => Self::Operator(Operator::Arithmetic(Arithmetic::Multiply)),
            Token::Sign("/") => Self::Operator(Operator::Arithmetic(Arithmetic::Divide)),
            Token::Sign("%") => Self::Operator(Operator::Arithmetic(Arithmetic::Remainder)),
            _ => return None,
        };
        Some((infix, false))
    }

    fn of_word(word: &str) -> Option<(Self, bool)> {
        Some(match word {
            "in" => (Self::Operator(Operator::In), false),
            "matches" => (Self::Matches, false),
            "and" | "AND" => (Self::Logic(Logic::And), true),
            "or" | "OR" => (Self::Logic(Logic::Or), true),
            _ => return None,
        })
    }

    /// How tight it binds.
    pub(super) fn power(self) -> u8 {
        match self {
            Self::Choose => POWER_CHOOSE,
            Self::Logic(Logic::Or) => POWER_OR,
            Self::Logic(Logic::And) => POWER_AND,
            Self::Matches | Self::Operator(Operator::Equal { .. } | Operator::Order(_) | Operator::In) => POWER_COMPARE,
            Self::Operator(Operator::Coalesce) => POWER_COALESCE,
            Self::Operator(Operator::Arithmetic(Arithmetic::Add | Arithmetic::Subtract)) => POWER_ADD,
            Self::Operator(Operator::Arithmetic(_)) => POWER_MULTIPLY,
        }
    }
}
