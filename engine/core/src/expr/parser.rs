//! Reads tokens as an expression: a Pratt parser, one binding power per operator.
//!
//! Which operators there are and how tight they bind is in [`super::infix`]. Types and names are left to [`super::check`].

use super::Span;
use super::ast::{Expr, ExprKind, Logic, Word};
use super::error::Findings;
use super::infix::{Infix, POWER_CHOOSE, POWER_COMPARE, POWER_PREFIX};
use super::lexer::{Spanned, Token};
use super::limits::DEPTH_MAX;
use crate::value::Value;

/// Reads a whole expression; none when it cannot be understood (reported).
pub(super) fn parse(tokens: Vec<Spanned>, findings: &mut Findings) -> Option<Expr> {
    let mut parser = Parser { tokens, at: 0, depth: 0, findings };
    let expr = parser.expression(POWER_CHOOSE).ok()?;
    parser.end().ok()?;
    Some(expr)
}

/// The expression cannot be read any further; the reason is among the findings.
struct Halted;

type Parsed<T = Expr> = Result<T, Halted>;

struct Parser<'p, 's> {
    tokens: Vec<Spanned>,
    at: usize,
    /// How many expressions are being read within one another.
    depth: usize,
    findings: &'p mut Findings<'s>,
}

impl Parser<'_, '_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    /// Where the next token stands.
    fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0..0, |(_, span)| span.clone())
    }

    /// Where the last token taken stands.
    fn last_span(&self) -> Span {
        self.tokens.get(self.at.saturating_sub(1)).map_or(0..0, |(_, span)| span.clone())
    }

    fn advance(&mut self) -> Spanned {
        let next = (self.peek().clone(), self.span());
        self.at += 1;
        next
    }

    fn take(&mut self, sign: &'static str) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        self.at += usize::from(found);
        found
    }

    fn halt<T>(&mut self, span: Span, message: impl Into<String>, suggestion: Option<&str>) -> Parsed<T> {
        self.findings.halt(span, message, suggestion.map(str::to_owned));
        Err(Halted)
    }

    /// Takes `sign`, which closes what was opened at `opened`.
    fn close(&mut self, sign: &'static str, opened: &Span) -> Parsed<()> {
        if self.take(sign) {
            return Ok(());
        }
        let opening = self.findings.quote(opened).into_owned();
        let message = match self.peek() {
            Token::End => format!("`{opening}` is not closed: a `{sign}` is missing"),
            _ => format!("`{}` cannot stand here: a `{sign}` should close `{opening}`", self.quote_next()),
        };
        self.halt(self.span(), message, None)
    }

    fn quote_next(&self) -> String {
        self.findings.quote(&self.span()).into_owned()
    }

    fn end(&mut self) -> Parsed<()> {
        let message = match self.peek() {
            Token::End => return Ok(()),
            Token::Sign(sign @ (")" | "]")) => format!("this `{sign}` closes nothing"),
            _ => format!("`{}` cannot follow here", self.quote_next()),
        };
        let follows_operand = !matches!(self.peek(), Token::Sign(_));
        self.halt(
            self.span(),
            message,
            follows_operand.then_some("an operator is missing before it, such as `&&` or `==`"),
        )
    }

    /// Makes a node over parts of which the highest is `below` high.
    fn node(&mut self, kind: ExprKind, span: Span, below: usize) -> Parsed {
        if below >= DEPTH_MAX {
            return self.too_deep(span);
        }
        Ok(Expr { kind, span, height: below + 1 })
    }

    fn too_deep<T>(&mut self, span: Span) -> Parsed<T> {
        let message = format!("this is nested more than {DEPTH_MAX} levels deep");
        self.halt(span, message, Some("split the condition in two"))
    }

    /// Reads operators that bind at least as tight as `power`, and their operands.
    fn expression(&mut self, power: u8) -> Parsed {
        if self.depth >= DEPTH_MAX {
            return self.too_deep(self.span());
        }
        self.depth += 1;
        let mut left = self.prefix()?;
        let mut compared = false;
        while let Some((infix, slip)) = Infix::of(self.peek()) {
            if infix.power() < power {
                break;
            }
            let (_, span) = self.advance();
            if slip {
                self.report_word_for_sign(&span, infix);
            }
            if infix.power() == POWER_COMPARE && compared {
                return self.halt(span, "comparisons do not chain", Some("join two with `&&`, as in `1 < n && n < 5`"));
            }
            compared = infix.power() == POWER_COMPARE;
            left = self.infix(left, infix)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn report_word_for_sign(&mut self, span: &Span, infix: Infix) {
        let sign = if infix == Infix::Logic(Logic::And) { "&&" } else { "||" };
        let message = format!("`{}` is not an operator here", self.findings.quote(span));
        self.findings.add(span.clone(), message, Some(format!("write `{sign}`")));
    }

    fn infix(&mut self, left: Expr, infix: Infix) -> Parsed {
        match infix {
            Infix::Choose => self.choose(left),
            Infix::Logic(operator) => self.logic(operator, left),
            Infix::Matches => {
                let function = Word { text: "matches".into(), span: self.last_span() };
                let pattern = self.expression(POWER_COMPARE + 1)?;
                let (span, below) = (left.span.start..pattern.span.end, left.height.max(pattern.height));
                self.node(
                    ExprKind::Call { function, receiver: Some(Box::new(left)), arguments: vec![pattern] },
                    span,
                    below,
                )
            }
            Infix::Operator(operator) => {
                let right = self.expression(infix.power() + 1)?;
                let (span, below) = (left.span.start..right.span.end, left.height.max(right.height));
                self.node(ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) }, span, below)
            }
        }
    }

    fn choose(&mut self, condition: Expr) -> Parsed {
        let then = self.expression(POWER_CHOOSE)?;
        if !self.take(":") {
            return self.halt(self.span(), "a `:` and the value otherwise are missing", Some("write `test ? a : b`"));
        }
        let otherwise = self.expression(POWER_CHOOSE)?;
        let span = condition.span.start..otherwise.span.end;
        let below = condition.height.max(then.height).max(otherwise.height);
        let [condition, then, otherwise] = [condition, then, otherwise].map(Box::new);
        self.node(ExprKind::Choose { condition, then, otherwise }, span, below)
    }

    /// Collects `left && b && c …` as one level.
    fn logic(&mut self, operator: Logic, left: Expr) -> Parsed {
        let infix = Infix::Logic(operator);
        let mut terms = vec![left];
        loop {
            terms.push(self.expression(infix.power() + 1)?);
            match Infix::of(self.peek()) {
                Some((next, slip)) if next == infix => {
                    let (_, span) = self.advance();
                    if slip {
                        self.report_word_for_sign(&span, infix);
                    }
                }
                _ => break,
            }
        }
        let (first, last) =
            (terms.first().map_or(0, |term| term.span.start), terms.last().map_or(0, |term| term.span.end));
        let below = terms.iter().map(|term| term.height).max().unwrap_or_default();
        self.node(ExprKind::Logic { operator, terms }, first..last, below)
    }

    /// Reads signs before an operand, the operand, and what hangs on it.
    fn prefix(&mut self) -> Parsed {
        let (token, span) = self.advance();
        match token {
            Token::Sign("!") => self.not(&span),
            Token::Word(word) if word == "not" && starts_operand(self.peek()) => {
                self.findings.add(span.clone(), "`not` is not an operator here", Some("write `!`".into()));
                self.not(&span)
            }
            Token::Sign("-") => self.negate(&span),
            token => {
                let operand = self.operand(token, span)?;
                self.postfix(operand)
            }
        }
    }

    fn not(&mut self, sign: &Span) -> Parsed {
        let of = self.expression(POWER_PREFIX)?;
        let (span, below) = (sign.start..of.span.end, of.height);
        self.node(ExprKind::Not(Box::new(of)), span, below)
    }

    fn negate(&mut self, sign: &Span) -> Parsed {
        if let Token::Int(size) = *self.peek() {
            let (_, digits) = self.advance();
            let span = sign.start..digits.end;
            let Some(int) = 0i64.checked_sub_unsigned(size) else {
                return self.halt(span, "this whole number is too large", Some("write it with a decimal point"));
            };
            let literal = self.node(ExprKind::Literal(Value::Int(int)), span, 0)?;
            return self.postfix(literal);
        }
        let of = self.expression(POWER_PREFIX)?;
        let (span, below) = (sign.start..of.span.end, of.height);
        self.node(ExprKind::Negate(Box::new(of)), span, below)
    }

    fn operand(&mut self, token: Token, span: Span) -> Parsed {
        let literal = match token {
            Token::Int(size) => match i64::try_from(size) {
                Ok(int) => Value::Int(int),
                Err(_) => {
                    return self.halt(span, "this whole number is too large", Some("write it with a decimal point"));
                }
            },
            Token::Number(number) => Value::Number(number),
            Token::Text(text) => Value::Text(text),
            Token::Word(word) => return self.word(word, span),
            Token::Sign("(") => {
                let mut inner = self.expression(POWER_CHOOSE)?;
                self.close(")", &span)?;
                inner.span = span.start..self.last_span().end;
                return Ok(inner);
            }
            Token::Sign("[") => return self.list(&span),
            Token::Sign(sign) => {
                let message = format!("`{sign}` cannot stand here: a value is missing before it");
                return self.halt(span, message, None);
            }
            Token::End => return self.halt(span, "the expression ends where a value should follow", None),
        };
        self.node(ExprKind::Literal(literal), span, 0)
    }

    fn word(&mut self, word: String, span: Span) -> Parsed {
        let kind = match word.as_str() {
            "null" => ExprKind::Literal(Value::Null),
            "true" => ExprKind::Literal(Value::Bool(true)),
            "false" => ExprKind::Literal(Value::Bool(false)),
            "in" => {
                return self.halt(span, "`in` stands between a value and a list", Some("write `x in [\"a\", \"b\"]`"));
            }
            _ if *self.peek() == Token::Sign("(") => return self.call(Word { text: word, span }, None),
            _ => ExprKind::Name(word),
        };
        self.node(kind, span, 0)
    }

    fn list(&mut self, opened: &Span) -> Parsed {
        let items = self.separated("]", opened)?;
        let below = items.iter().map(|item| item.height).max().unwrap_or_default();
        let span = opened.start..self.last_span().end;
        self.node(ExprKind::List(items), span, below)
    }

    /// Expressions between commas, up to the `close` of what was opened at `opened`.
    fn separated(&mut self, close: &'static str, opened: &Span) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.take(close) {
            items.push(self.expression(POWER_CHOOSE)?);
            if !self.take(",") {
                self.close(close, opened)?;
                break;
            }
        }
        Ok(items)
    }

    fn postfix(&mut self, mut of: Expr) -> Parsed {
        loop {
            let opened = self.span();
            if self.take(".") {
                of = self.member(of)?;
            } else if self.take("[") {
                let at = self.expression(POWER_CHOOSE)?;
                self.close("]", &opened)?;
                let (span, below) = (of.span.start..self.last_span().end, of.height.max(at.height));
                of = self.node(ExprKind::Index { of: Box::new(of), at: Box::new(at) }, span, below)?;
            } else if self.take("(") {
                return self.halt(opened, "only functions can be called", None);
            } else {
                return Ok(of);
            }
        }
    }

    /// Reads `.member` or `.method(…)` of `of`.
    fn member(&mut self, of: Expr) -> Parsed {
        let (token, span) = self.advance();
        let Token::Word(text) = token else {
            return self.halt(span, "the name of a field or function should follow the `.`", None);
        };
        let member = Word { text, span };
        if *self.peek() == Token::Sign("(") {
            return self.call(member, Some(of));
        }
        let (span, below) = (of.span.start..member.span.end, of.height);
        self.node(ExprKind::Member { of: Box::new(of), member }, span, below)
    }

    /// Reads the arguments of `function`, whose `(` is next.
    fn call(&mut self, function: Word, receiver: Option<Expr>) -> Parsed {
        let (_, opened) = self.advance();
        let arguments = self.separated(")", &opened)?;
        let start = receiver.as_ref().map_or(function.span.start, |receiver| receiver.span.start);
        let below = arguments.iter().chain(receiver.as_ref()).map(|part| part.height).max().unwrap_or_default();
        let span = start..self.last_span().end;
        self.node(ExprKind::Call { function, receiver: receiver.map(Box::new), arguments }, span, below)
    }
}

/// Whether an operand can begin with `token`.
fn starts_operand(token: &Token) -> bool {
    match token {
        Token::Int(_) | Token::Number(_) | Token::Text(_) | Token::Sign("(" | "[" | "!" | "-") => true,
        Token::Word(_) => Infix::of(token).is_none(),
        Token::Sign(_) | Token::End => false,
    }
}
