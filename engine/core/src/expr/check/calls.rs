//! Checks functions. To add one: its forms in [`FUNCTIONS`], its arm in `call`, its operation in the evaluator.

use regex::RegexBuilder;

use super::super::Span;
use super::super::ast::{Expr, ExprKind, Word};
use super::super::error::did_you_mean;
use super::super::ir::{Op, TextTest};
use super::super::limits::{PATTERN_BYTES_MAX, PATTERN_DEPTH_MAX, PATTERNS_MAX, QUANTIFIER_DEPTH_MAX};
use super::facts::{Facts, Paths, first_elements, present};
use super::literals::read_date;
use super::types::described;
use super::{Checker, Typed};
use crate::value::{Type, Value};

/// Each function and how it is written.
const FUNCTIONS: [(&str, &str); 11] = [
    ("size", "contacts.size()"),
    ("contains", "reply.contains(\"yes\")"),
    ("startsWith", "mobile.startsWith(\"+973\")"),
    ("endsWith", "email.endsWith(\".bh\")"),
    ("matches", "reply matches \"call|اتصل\""),
    ("lower", "reply.lower()"),
    ("exists", "contacts.exists(c, c.mobile != null)"),
    ("all", "contacts.all(c, c.mobile != null)"),
    ("has", "has(heir.mobile)"),
    ("date", "date(\"2024-01-31\")"),
    ("days_between", "days_between(earlier, later)"),
];

/// What the functions are called elsewhere.
const ALIASES: [(&str, &str); 13] = [
    ("len", "size"),
    ("length", "size"),
    ("count", "size"),
    ("lowerAscii", "lower"),
    ("toLowerCase", "lower"),
    ("any", "exists"),
    ("some", "exists"),
    ("every", "all"),
    ("includes", "contains"),
    ("defined", "has"),
    ("present", "has"),
    ("timestamp", "date"),
    ("days", "days_between"),
];

impl Checker<'_, '_> {
    pub(super) fn call(
        &mut self,
        function: &Word,
        receiver: Option<&Expr>,
        arguments: &[Expr],
        span: Span,
    ) -> Option<Typed> {
        match (function.text.as_str(), receiver, arguments) {
            ("size", None, [of]) | ("size", Some(of), []) => self.size(of, span),
            ("lower", Some(of), []) => self.lower(of, span),
            ("contains", Some(of), [part]) => self.text_test(TextTest::Contains, of, part, span),
            ("startsWith", Some(of), [part]) => self.text_test(TextTest::StartsWith, of, part, span),
            ("endsWith", Some(of), [part]) => self.text_test(TextTest::EndsWith, of, part, span),
            ("matches", Some(of), [pattern]) => self.matches(of, pattern, span),
            ("exists", Some(list), [element, predicate]) => self.quantifier(false, list, element, predicate, span),
            ("all", Some(list), [element, predicate]) => self.quantifier(true, list, element, predicate, span),
            ("has", None, [place]) => self.has(place, span),
            ("date", None, [text]) => self.date(text, span),
            ("days_between", None, [earlier, later]) => self.days_between(earlier, later, span),
            (name, receiver, _) => {
                if let Some(receiver) = receiver {
                    self.check(receiver);
                }
                self.no_such_call(name, function, &span);
                None
            }
        }
    }

    /// Reports an unknown function, or a known one that is written in another way.
    fn no_such_call(&mut self, name: &str, function: &Word, span: &Span) {
        if let Some((_, form)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
            let message = format!("`{name}` does not take these arguments in this place");
            self.findings.add(span.clone(), message, Some(format!("write it as in `{form}`")));
            return;
        }
        let alias =
            ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, known)| format!("did you mean `{known}`?"));
        let suggestion = alias.or_else(|| did_you_mean(name, FUNCTIONS.iter().map(|(known, _)| *known)));
        self.findings.add(function.span.clone(), format!("`{name}` is not a known function"), suggestion);
    }

    fn size(&mut self, of: &Expr, span: Span) -> Option<Typed> {
        let of = self.check(of)?;
        let is_list = matches!(of.ty, Type::List(_));
        if !self.demand(&of, is_list || of.ty.is_text(), "a list or text") {
            return None;
        }
        let size_of = of.path.filter(|_| is_list);
        Some(Typed { size_of, ..Typed::new(Op::Size(Box::new(of.node)), span, Type::Int) })
    }

    fn lower(&mut self, of: &Expr, span: Span) -> Option<Typed> {
        let of = self.text(of)?;
        Some(Typed::new(Op::Lower(Box::new(of.node)), span, Type::Text))
    }

    /// A part that must be text.
    fn text(&mut self, expr: &Expr) -> Option<Typed> {
        let text = self.check(expr)?;
        self.demand(&text, text.ty.is_text(), "text").then_some(text)
    }

    fn text_test(&mut self, test: TextTest, of: &Expr, part: &Expr, span: Span) -> Option<Typed> {
        let of = self.check(of);
        let part = self.text(part);
        let of = of?;
        if test == TextTest::Contains && matches!(of.ty, Type::List(_)) {
            let message = format!("{} is {}, not text", self.named(&of), described(&of.ty));
            let suggestion = format!("ask `… in {}`", self.findings.quote(&of.node.span));
            self.findings.add(of.node.span, message, Some(suggestion));
            return None;
        }
        if !self.demand(&of, of.ty.is_text(), "text") {
            return None;
        }
        Some(Typed::new(Op::Text(test, Box::new([of.node, part?.node])), span, Type::Bool))
    }

    fn matches(&mut self, of: &Expr, pattern: &Expr, span: Span) -> Option<Typed> {
        let of = self.text(of);
        let ExprKind::Literal(Value::Text(text)) = &pattern.kind else {
            let suggestion = "write it out between quotation marks, as in `reply matches \"yes|نعم\"`";
            self.findings.add(pattern.span.clone(), "a pattern must be a text written here", Some(suggestion.into()));
            return None;
        };
        let regex = self.pattern(text, &pattern.span)?;
        Some(Typed::new(Op::Matches(Box::new(of?.node), regex), span, Type::Bool))
    }

    fn pattern(&mut self, text: &str, span: &Span) -> Option<regex::Regex> {
        self.pattern_count += 1;
        if self.pattern_count > PATTERNS_MAX {
            let message = format!("an expression can hold {PATTERNS_MAX} patterns");
            self.findings.add(span.clone(), message, Some("join patterns with `|`, as in \"yes|ok\"".into()));
            return None;
        }
        let built = RegexBuilder::new(text)
            .size_limit(PATTERN_BYTES_MAX)
            .dfa_size_limit(PATTERN_BYTES_MAX)
            .nest_limit(PATTERN_DEPTH_MAX)
            .build();
        let reason = match built {
            Ok(regex) => return Some(regex),
            Err(regex::Error::CompiledTooBig(_)) => "it is too large once it is worked out".into(),
            // The last line of the library's message says what is wrong; those before it draw the pattern.
            Err(error) => error.to_string().lines().last().unwrap_or_default().replace("error: ", ""),
        };
        let suggestion =
            "a sign such as `(`, `[`, `*`, `+` or `?` that is meant as itself needs a backslash, as in r\"\\(\"";
        self.findings.add(span.clone(), format!("this is not a valid pattern: {reason}"), Some(suggestion.into()));
        None
    }

    /// `list.exists(element, predicate)` and `list.all(element, predicate)`.
    fn quantifier(&mut self, every: bool, list: &Expr, element: &Expr, predicate: &Expr, span: Span) -> Option<Typed> {
        let list = self.check(list)?;
        let Type::List(of) = &list.ty else {
            self.demand(&list, false, "a list");
            return None;
        };
        self.demand_present(&list);
        let name = self.element_name(element)?;
        if self.elements.len() >= QUANTIFIER_DEPTH_MAX {
            let message = format!("`exists` and `all` can be nested {QUANTIFIER_DEPTH_MAX} deep");
            self.findings.add(span, message, None);
            return None;
        }
        self.elements.push((name, (**of).clone()));
        let known_before = self.known.clone();
        let predicate = self.condition(predicate);
        self.known = known_before;
        self.elements.pop();
        let when_true = match &list.path {
            Some(path) if !every => first_elements(path, 1),
            _ => Paths::new(),
        };
        let (list, predicate) = (Box::new(list.node), Box::new(predicate?.node));
        let facts = Facts { when_true, when_false: Paths::new() };
        Some(Typed { facts, ..Typed::new(Op::Quantifier { every, list, predicate }, span, Type::Bool) })
    }

    /// The name that an element is given: it may not hide another.
    fn element_name(&mut self, element: &Expr) -> Option<String> {
        let ExprKind::Name(name) = &element.kind else {
            let suggestion = Some("write it as in `contacts.exists(c, c.mobile != null)`".into());
            self.findings.add(element.span.clone(), "a name for the element should stand here", suggestion);
            return None;
        };
        if self.scope.get(name).is_some() || self.elements.iter().any(|(taken, _)| taken == name) {
            let message = format!("`{name}` already names something else here");
            self.findings.add(element.span.clone(), message, Some("choose another name for the element".into()));
            return None;
        }
        Some(name.clone())
    }

    fn has(&mut self, place: &Expr, span: Span) -> Option<Typed> {
        if !matches!(place.kind, ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. }) {
            let suggestion = Some("write it as in `has(heir.mobile)`".into());
            self.findings.add(place.span.clone(), "`has` asks whether a field is there", suggestion);
            return None;
        }
        let place = self.check(place)?;
        let when_true = place.path.as_deref().map(present).unwrap_or_default();
        let facts = Facts { when_true, when_false: Paths::new() };
        Some(Typed { facts, ..Typed::new(Op::Has(Box::new(place.node)), span, Type::Bool) })
    }

    fn date(&mut self, text: &Expr, span: Span) -> Option<Typed> {
        let written = match &text.kind {
            ExprKind::Literal(Value::Text(text)) => read_date(text),
            _ => None,
        };
        let Some(date) = written else {
            let message = format!("`{}` is not a date", self.findings.quote(&text.span));
            let suggestion = "write year, month and day out, as in `date(\"2024-01-31\")`";
            self.findings.add(text.span.clone(), message, Some(suggestion.into()));
            return None;
        };
        Some(Typed::new(Op::Const(Value::Date(date)), span, Type::Date))
    }

    fn days_between(&mut self, earlier: &Expr, later: &Expr, span: Span) -> Option<Typed> {
        let (earlier, later) = (self.day(earlier), self.day(later));
        let nodes = Box::new([earlier?.node, later?.node]);
        Some(Typed::new(Op::DaysBetween(nodes), span, Type::Int))
    }

    /// A part that must be a date.
    fn day(&mut self, expr: &Expr) -> Option<Typed> {
        let mut day = self.check(expr)?;
        if !self.settle(&mut day, &Type::Date) {
            return None;
        }
        self.demand(&day, day.ty == Type::Date, "a date").then_some(day)
    }
}
