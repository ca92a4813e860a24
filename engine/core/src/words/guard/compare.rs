//! Comparisons in words: equal, more, fewer, before, after; days between, sizes and counts.

use super::Clause;
use crate::duration::Duration;
use crate::expr::ast::Order;
use crate::expr::ir::{Node, Op};
use crate::value::Value;
use crate::words::number::{Noun, TIMES};

const ENTRIES: Noun = Noun {
    en: ["entry", "entries"], ar: ["عنصر واحد", "عنصران", "عناصر", "عنصرا", "عنصر"]
};

/// How an amount compares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Amount {
    Order(Order),
    Exactly,
    Not,
}

impl Clause<'_> {
    pub(super) fn equal(&self, left: &Node, right: &Node, holds: bool) -> Option<String> {
        match (&left.op, &right.op) {
            (_, Op::Const(Value::Null)) => return self.known(left, !holds),
            (Op::Const(Value::Null), _) => return self.known(right, !holds),
            (_, Op::Const(Value::Bool(value))) => return Some(self.condition(left, *value == holds)),
            _ => {}
        }
        let amount = if holds { Amount::Exactly } else { Amount::Not };
        if let Some(counted) = self.counted(left, right, amount).or_else(|| self.counted(right, left, amount)) {
            return Some(counted);
        }
        let (left, right) = (self.noun(left)?, self.noun(right)?);
        Some(self.say(
            holds,
            [format!("{left} is {right}"), format!("{left} is not {right}")],
            [format!("كانت قيمة {left} هي {right}"), format!("كانت قيمة {left} غير {right}")],
        ))
    }

    pub(super) fn order(&self, order: Order, left: &Node, right: &Node, holds: bool) -> Option<String> {
        let order = if holds { order } else { opposite(order) };
        let counted = self
            .counted(left, right, Amount::Order(order))
            .or_else(|| self.counted(right, left, Amount::Order(order.mirrored())));
        counted.or_else(|| {
            let is_date = is_time(left) || is_time(right);
            let (left, right) = (self.noun(left)?, self.noun(right)?);
            Some(if is_date { self.earlier(order, &left, &right) } else { self.larger(order, &left, &right) })
        })
    }

    fn earlier(&self, order: Order, left: &str, right: &str) -> String {
        match order {
            Order::Less => self.pick(format!("{left} is before {right}"), format!("كان {left} قبل {right}")),
            Order::LessOrEqual => {
                self.pick(format!("{left} is not after {right}"), format!("لم يكن {left} بعد {right}"))
            }
            Order::Greater => self.pick(format!("{left} is after {right}"), format!("كان {left} بعد {right}")),
            Order::GreaterOrEqual => {
                self.pick(format!("{left} is not before {right}"), format!("لم يكن {left} قبل {right}"))
            }
        }
    }

    fn larger(&self, order: Order, left: &str, right: &str) -> String {
        let (en, ar) = match order {
            Order::Less => ("is less than", "أقل من"),
            Order::LessOrEqual => ("is at most", "لا تزيد على"),
            Order::Greater => ("is more than", "أكثر من"),
            Order::GreaterOrEqual => ("is at least", "لا تقل عن"),
        };
        self.pick(format!("{left} {en} {right}"), format!("كانت قيمة {left} {ar} {right}"))
    }

    /// Something that is counted, compared with a whole number.
    fn counted(&self, what: &Node, number: &Node, amount: Amount) -> Option<String> {
        let Op::Const(Value::Int(number)) = number.op else { return None };
        match &what.op {
            Op::DaysBetween(sides) => self.days(&sides[0], &sides[1], number, amount),
            Op::Size(of) if matches!(of.op, Op::Name(_)) => self.size(of, number, amount),
            Op::Name(name) if name == "attempts" => {
                let times = TIMES.count(number, self.words.language);
                let times = self.amount(amount, &times, &times);
                Some(self.pick(format!("we have rung {times}"), format!("اتصلنا {times}")))
            }
            Op::Name(name) if name == "visits" => {
                let times = TIMES.count(number, self.words.language);
                let times = self.amount(amount, &times, &times);
                Some(self.pick(format!("the case has come here {times}"), format!("دخلت الحالة هذه المرحلة {times}")))
            }
            _ => None,
        }
    }

    fn days(&self, earlier: &Node, later: &Node, number: i64, amount: Amount) -> Option<String> {
        let days = Duration::Days(i32::try_from(number).ok()?);
        let language = self.words.language;
        let days = self.amount(amount, &days.words(language), &days.words_after(language));
        let is_today = |node: &Node| matches!(&node.op, Op::Name(name) if name == "today");
        let (from, to) = (self.noun(earlier)?, self.noun(later)?);
        Some(match (is_today(earlier), is_today(later)) {
            (_, true) => self.pick(format!("{days} have passed since {from}"), format!("مضى على {from} {days}")),
            (true, _) => self.pick(format!("there are {days} until {to}"), format!("بقي على {to} {days}")),
            _ => self.pick(format!("between {from} and {to} there are {days}"), format!("كان بين {from} و{to} {days}")),
        })
    }

    fn size(&self, of: &Node, number: i64, amount: Amount) -> Option<String> {
        let list = self.noun(of)?;
        let empty = match (amount, number) {
            (Amount::Exactly | Amount::Order(Order::LessOrEqual), 0) | (Amount::Order(Order::Less), 1) => Some(true),
            (Amount::Not | Amount::Order(Order::Greater), 0) | (Amount::Order(Order::GreaterOrEqual), 1) => Some(false),
            _ => None,
        };
        if let Some(empty) = empty {
            return Some(self.say(
                empty,
                [format!("{list} are empty"), format!("{list} are not empty")],
                [format!("خلت {list}"), format!("لم تخل {list}")],
            ));
        }
        let language = self.words.language;
        let entries = self.amount(amount, &ENTRIES.as_subject(number, language), &ENTRIES.count(number, language));
        Some(self.pick(format!("{list} have {entries}"), format!("كان في {list} {entries}")))
    }

    /// How much; Arabic has the noun in another form where it is the subject than after `من`.
    fn amount(&self, amount: Amount, subject: &str, after: &str) -> String {
        match amount {
            Amount::Order(Order::Less) => self.pick(format!("fewer than {after}"), format!("أقل من {after}")),
            Amount::Order(Order::LessOrEqual) => self.pick(format!("at most {after}"), format!("{subject} على الأكثر")),
            Amount::Order(Order::Greater) => self.pick(format!("more than {after}"), format!("أكثر من {after}")),
            Amount::Order(Order::GreaterOrEqual) => {
                self.pick(format!("at least {after}"), format!("{subject} على الأقل"))
            }
            Amount::Exactly => self.pick(format!("exactly {after}"), format!("{subject} بالضبط")),
            Amount::Not => self.pick(format!("other than {after}"), format!("غير {after}")),
        }
    }
}

/// Whether a side is a day or a moment.
fn is_time(node: &Node) -> bool {
    match &node.op {
        Op::Const(value) => matches!(value, Value::Date(_) | Value::Time(_)),
        Op::Name(name) => name == "today" || name == "now",
        _ => false,
    }
}

fn opposite(order: Order) -> Order {
    match order {
        Order::Less => Order::GreaterOrEqual,
        Order::LessOrEqual => Order::Greater,
        Order::Greater => Order::LessOrEqual,
        Order::GreaterOrEqual => Order::Less,
    }
}
