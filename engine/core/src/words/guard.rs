//! Conditions in words, from the checked expression: `if fewer than 3 days have passed since the date
//! of death`. What has no words here is quoted as it is written.

mod compare;

use super::Words;
use super::number::{Join, list};
use crate::delivery::Channel;
use crate::expr::Program;
use crate::expr::ast::Logic;
use crate::expr::ir::{Node, Op, TextTest};
use crate::value::Value;

/// A condition that is looked at, within its source.
#[derive(Clone, Copy)]
struct Clause<'a> {
    words: &'a Words<'a>,
    source: &'a str,
}

impl Words<'_> {
    /// A condition as it stands after `if`.
    pub fn condition(&self, program: &Program) -> String {
        let clause = Clause { words: self, source: program.source() };
        clause.condition(program.root(), true)
    }

    /// `if …`.
    pub fn when(&self, program: &Program) -> String {
        let condition = self.condition(program);
        self.pick(format!("if {condition}"), format!("إذا {condition}"))
    }

    /// A value: a noun where there is one, else the expression as it is written.
    pub fn value(&self, program: &Program) -> String {
        let clause = Clause { words: self, source: program.source() };
        clause.noun(program.root()).unwrap_or_else(|| format!("`{}`", program.source()))
    }
}

impl Clause<'_> {
    fn pick(&self, en: impl Into<String>, ar: impl Into<String>) -> String {
        self.words.pick(en, ar)
    }

    /// One of four: the language's words for what holds, or for what does not.
    fn say(&self, holds: bool, en: [String; 2], ar: [String; 2]) -> String {
        let ([en_yes, en_no], [ar_yes, ar_no]) = (en, ar);
        if holds { self.pick(en_yes, ar_yes) } else { self.pick(en_no, ar_no) }
    }

    /// A condition, or its opposite.
    fn condition(&self, node: &Node, holds: bool) -> String {
        match &node.op {
            Op::Not(inner) => self.condition(inner, !holds),
            Op::Logic(operator, terms) => self.logic(*operator, terms, holds),
            _ => self.simple(node, holds).unwrap_or_else(|| self.quoted(node, holds)),
        }
    }

    /// What must hold together, or of what one suffices; the opposite of one is the other of opposites.
    fn logic(&self, operator: Logic, terms: &[Node], holds: bool) -> String {
        let join = if (operator == Logic::And) == holds { Join::And } else { Join::Or };
        let term = |term: &Node| {
            let words = self.condition(term, holds);
            // Mixed `and` and `or` would read ambiguously.
            if matches!(term.op, Op::Logic(..)) { format!("({words})") } else { words }
        };
        list(&terms.iter().map(term).collect::<Vec<_>>(), join, self.words.language)
    }

    fn quoted(&self, node: &Node, holds: bool) -> String {
        let code = self.source.get(node.span.clone()).unwrap_or(self.source);
        self.say(
            holds,
            [format!("`{code}` holds"), format!("`{code}` does not hold")],
            [format!("تحقق `{code}`"), format!("لم يتحقق `{code}`")],
        )
    }

    fn simple(&self, node: &Node, holds: bool) -> Option<String> {
        match &node.op {
            Op::Const(Value::Bool(value)) => Some(self.constant(*value == holds)),
            Op::Name(_) | Op::Member(..) => self.truth(node, holds),
            Op::Has(of) => self.known(of, holds),
            Op::Equal { negated, sides } => self.equal(&sides[0], &sides[1], holds != *negated),
            Op::Order(order, sides) => self.order(*order, &sides[0], &sides[1], holds),
            Op::In(sides) => self.among(&sides[0], &sides[1], holds),
            Op::Text(test, sides) => self.text_test(*test, &sides[0], &sides[1], holds),
            Op::Matches(text, pattern) => self.matches(text, pattern.as_str(), holds),
            Op::Quantifier { every, list, predicate } => self.quantifier(*every, list, predicate, holds),
            _ => None,
        }
    }

    fn constant(&self, holds: bool) -> String {
        self.say(holds, ["in any case".into(), "never".into()], ["في كل حال".into(), "لا يكون أبدا".into()])
    }

    /// Something that is true or false by itself.
    fn truth(&self, node: &Node, holds: bool) -> Option<String> {
        if let Op::Member(of, member) = &node.op
            && matches!(&of.op, Op::Name(name) if name == "reachable")
        {
            let by = self.words.by_channel(Channel::parse(member)?);
            return Some(self.say(
                holds,
                [format!("someone can be reached {by}"), format!("nobody can be reached {by}")],
                [format!("أمكن الوصول إلى أحد {by}"), format!("تعذر الوصول إلى أي أحد {by}")],
            ));
        }
        let noun = self.noun(node)?;
        Some(self.say(
            holds,
            [format!("{noun} is “yes”"), format!("{noun} is “no”")],
            [format!("كانت قيمة {noun} «نعم»"), format!("كانت قيمة {noun} «لا»")],
        ))
    }

    fn known(&self, node: &Node, holds: bool) -> Option<String> {
        let noun = self.noun(node)?;
        Some(self.say(
            holds,
            [format!("{noun} is known"), format!("{noun} is not known")],
            [format!("كنا نعرف {noun}"), format!("كنا لا نعرف {noun}")],
        ))
    }

    /// One of a list of values that are written out.
    fn among(&self, node: &Node, values: &Node, holds: bool) -> Option<String> {
        let noun = self.noun(node)?;
        let values = match &values.op {
            Op::List(items) => items.iter().map(|item| self.noun(item)).collect::<Option<Vec<_>>>()?,
            Op::Const(Value::List(items)) => items.iter().map(|item| self.literal(item)).collect::<Option<Vec<_>>>()?,
            _ => return None,
        };
        let (either, commas) = (self.words.one_of(&values), values.join("، "));
        Some(self.say(
            holds,
            [format!("{noun} is {either}"), format!("{noun} is not {either}")],
            [format!("كانت قيمة {noun} إحدى القيم: {commas}"), format!("لم تكن قيمة {noun} من بين: {commas}")],
        ))
    }

    fn text_test(&self, test: TextTest, whole: &Node, part: &Node, holds: bool) -> Option<String> {
        let (whole, part) = (self.noun(whole)?, self.noun(part)?);
        let (yes, no, ar) = match test {
            TextTest::Contains => ("contains", "does not contain", "تتضمن"),
            TextTest::StartsWith => ("begins with", "does not begin with", "تبدأ بـ"),
            TextTest::EndsWith => ("ends with", "does not end with", "تنتهي بـ"),
        };
        Some(self.say(
            holds,
            [format!("{whole} {yes} {part}"), format!("{whole} {no} {part}")],
            [format!("كانت قيمة {whole} {ar} {part}"), format!("كانت قيمة {whole} لا {ar} {part}")],
        ))
    }

    /// A pattern that is only words to choose from reads as them.
    fn matches(&self, text: &Node, pattern: &str, holds: bool) -> Option<String> {
        let text = self.noun(text)?;
        let plain = pattern.strip_prefix("(?i)").unwrap_or(pattern);
        let is_word = |c: char| c.is_alphanumeric() || c == ' ' || c == '|';
        if !plain.is_empty() && plain.chars().all(is_word) {
            let words: Vec<String> = plain.split('|').map(|word| self.words.quote(word)).collect();
            let either = self.words.one_of(&words);
            return Some(self.say(
                holds,
                [format!("{text} contains {either}"), format!("{text} does not contain {either}")],
                [format!("تضمن {text} {either}"), format!("لم يتضمن {text} {either}")],
            ));
        }
        Some(self.say(
            holds,
            [format!("{text} fits the pattern `{pattern}`"), format!("{text} does not fit the pattern `{pattern}`")],
            [format!("طابق {text} النمط `{pattern}`"), format!("لم يطابق {text} النمط `{pattern}`")],
        ))
    }

    fn quantifier(&self, every: bool, list: &Node, predicate: &Node, holds: bool) -> Option<String> {
        let list = self.noun(list)?;
        // Not every one: there is one for which it is not so.
        let inner = self.condition(predicate, holds);
        Some(if every == holds {
            self.pick(format!("for each of {list}: {inner}"), format!("صح لكل عنصر في {list} أنه {inner}"))
        } else {
            self.pick(
                format!("for at least one of {list}: {inner}"),
                format!("صح لعنصر واحد على الأقل في {list} أنه {inner}"),
            )
        })
    }

    /// A value as a noun.
    fn noun(&self, node: &Node) -> Option<String> {
        match &node.op {
            Op::Const(value) => self.literal(value),
            Op::Name(name) => Some(self.name(name)),
            Op::Lower(of) => self.noun(of),
            Op::Member(of, member) => self.member(of, member),
            Op::Index(of, at) => match (&at.op, self.noun(of)?) {
                (Op::Const(Value::Int(0)), list) => {
                    Some(self.pick(format!("the first of {list}"), format!("أول {list}")))
                }
                _ => None,
            },
            Op::Coalesce(sides) => {
                let (first, other) = (self.noun(&sides[0])?, self.noun(&sides[1])?);
                Some(self.pick(format!("{first} (else {other})"), format!("{first} (وإلا {other})")))
            }
            _ => None,
        }
    }

    fn literal(&self, value: &Value) -> Option<String> {
        match value {
            Value::Text(text) => Some(self.words.quote(text)),
            Value::Int(number) => Some(number.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Date(date) => Some(date.to_string()),
            Value::Time(time) => Some(time.to_string()),
            Value::Bool(true) => Some(self.pick("“yes”", "«نعم»")),
            Value::Bool(false) => Some(self.pick("“no”", "«لا»")),
            Value::Null | Value::List(_) | Value::Record(_) => None,
        }
    }

    fn name(&self, name: &str) -> String {
        match name {
            "today" => self.pick("today", "اليوم"),
            "now" => self.pick("this moment", "هذه اللحظة"),
            "reply" => self.pick("the reply", "الرد"),
            "attempts" => self.pick("the number of calls so far", "عدد المكالمات حتى الآن"),
            "visits" => self.pick("the number of times in this state", "عدد مرات دخول هذه المرحلة"),
            field => self.words.field(field),
        }
    }

    fn member(&self, of: &Node, member: &str) -> Option<String> {
        let part = self.part(member);
        match &of.op {
            Op::Element(_) => Some(self.pick(format!("its {}", member.replace('_', " ")), part)),
            Op::Name(name) if name == "event" => {
                let is_field = self.words.workflow.case.fields.get(member).is_some();
                let what = if is_field { self.words.field(member) } else { self.words.quote(member) };
                Some(self.pick(format!("{what} as reported"), format!("{what} بحسب البلاغ")))
            }
            Op::Name(name) if name == "answer" => {
                let titled =
                    self.words.workflow.case.fields.get(member).and_then(|field| self.words.titled(&field.title));
                Some(self.words.quote(&titled.unwrap_or_else(|| self.pick(member.replace('_', " "), member))))
            }
            Op::Name(_) | Op::Member(..) | Op::Index(..) => {
                let of = self.noun(of)?;
                Some(self.pick(format!("{part} of {of}"), format!("{part} في {of}")))
            }
            _ => None,
        }
    }

    /// A member of a contact, or of another record.
    fn part(&self, member: &str) -> String {
        let ar = match member {
            "name" => "الاسم",
            "relation" => "الصلة",
            "cpr" => "الرقم الشخصي",
            "mobile" => "رقم الهاتف",
            "email" => "البريد الإلكتروني",
            "language" => "اللغة",
            other => return self.pick(format!("“{}”", other.replace('_', " ")), format!("«{other}»")),
        };
        self.pick(format!("the {member}"), ar)
    }
}
