//! Made-up people in place of real ones: each value of the same kind as the real one, the same one each
//! time, and nothing of it left.

use std::collections::BTreeMap;

use crate::definition::Workflow;
use crate::message::phone::{LineKind, Phone, read_phone};
use crate::schema::{Field, Schema};
use crate::value::{Record, Type, Value};

/// Names that are nobody's in particular.
const NAMES: [(&str, &str); 6] = [
    ("محمد أحمد علي", "Mohamed Ahmed Ali"),
    ("فاطمة حسن يوسف", "Fatima Hasan Yusuf"),
    ("سارة خالد إبراهيم", "Sara Khalid Ebrahim"),
    ("يوسف علي حسن", "Yusuf Ali Hasan"),
    ("مريم جاسم أحمد", "Maryam Jasim Ahmed"),
    ("خالد إبراهيم محمد", "Khalid Ebrahim Mohamed"),
];

/// How many numbers are tried until one is a valid one of the same kind.
const TRIES: u32 = 2_000;

/// Replaces personal values, the same one by the same one.
pub(super) struct MadeUp<'a> {
    region: &'a str,
    replaced: BTreeMap<String, String>,
    given: u32,
    names: usize,
}

impl<'a> MadeUp<'a> {
    pub(super) fn new(region: &'a str) -> Self {
        Self { region, replaced: BTreeMap::new(), given: 0, names: 0 }
    }

    /// A record with everything personal replaced.
    pub(super) fn record(&mut self, record: &Record, schema: &Schema) -> Record {
        let field = |name: &str| schema.get(name);
        record.iter().map(|(name, value)| (name.clone(), self.field(field(name), value))).collect()
    }

    /// A value of a field; one that no field describes is taken for personal.
    fn field(&mut self, field: Option<&Field>, value: &Value) -> Value {
        let ty = field.map(|field| &field.ty);
        match value {
            Value::List(items) => Value::List(items.iter().map(|item| self.field(field, item)).collect()),
            Value::Record(person) => Value::Record(self.person(person)),
            Value::Text(text) if field.is_none_or(|field| field.personal) => Value::Text(match ty {
                Some(Type::Phone) => self.phone(text),
                Some(Type::Email) => self.email(text),
                Some(Type::Choice(_)) => text.clone(),
                _ => self.text(text),
            }),
            other => other.clone(),
        }
    }

    fn person(&mut self, person: &Record) -> Record {
        let member = |(name, value): (&String, &Value)| {
            let made_up = match (name.as_str(), value) {
                ("mobile", Value::Text(text)) => Value::Text(self.phone(text)),
                ("mobile_as_written", Value::Text(text)) => Value::Text(self.spelling(text)),
                ("email", Value::Text(text)) => Value::Text(self.email(text)),
                ("name" | "cpr", Value::Text(text)) => Value::Text(self.text(text)),
                _ => value.clone(),
            };
            (name.clone(), made_up)
        };
        person.iter().map(member).collect()
    }

    fn once(&mut self, real: &str, anew: impl FnOnce(u32) -> String) -> String {
        if let Some(known) = self.replaced.get(real) {
            return known.clone();
        }
        self.given += 1;
        let made = anew(self.given);
        self.replaced.insert(real.to_owned(), made.clone());
        made
    }

    /// Another number of the same kind and country.
    fn phone(&mut self, real: &str) -> String {
        let region = self.region;
        self.once(real, |n| another_number(real, region, n).unwrap_or_else(|| digits_like(real, n)))
    }

    /// How a clerk wrote a number: the number that it is replaced by, or digits where it is none.
    fn spelling(&mut self, real: &str) -> String {
        match read_phone(real, self.region) {
            Ok(phone) => self.phone(&phone.e164),
            Err(_) => self.once(real, |n| digits_like(real, n)),
        }
    }

    fn email(&mut self, real: &str) -> String {
        self.once(real, |n| format!("person{n}@example.org"))
    }

    /// Names by their script, everything with digits sign by sign.
    fn text(&mut self, real: &str) -> String {
        if real.chars().any(char::is_numeric) {
            return self.once(real, |n| digits_like(real, n));
        }
        let is_arabic = real.chars().any(|sign| ('\u{600}'..'\u{700}').contains(&sign) && sign.is_alphabetic());
        if !self.replaced.contains_key(real) {
            self.names += 1;
        }
        let nth = self.names.saturating_sub(1);
        let (round, index) = (nth / NAMES.len(), nth % NAMES.len());
        let name = if is_arabic { NAMES[index].0 } else { NAMES[index].1 };
        self.once(real, |_| if round == 0 { name.to_owned() } else { format!("{name} {}", round + 1) })
    }
}

/// The same shape with other digits and letters: `20973057` becomes `90000003`.
fn digits_like(real: &str, n: u32) -> String {
    let digits = real.chars().filter(|sign| sign.is_numeric()).count();
    let counted = format!("{n:0>width$}", width = digits.saturating_sub(1));
    let mut fill = format!("9{counted}").chars().take(digits.max(1)).collect::<Vec<_>>().into_iter();
    let sign = |sign: char| match sign {
        sign if sign.is_numeric() => fill.next().unwrap_or('0'),
        sign if sign.is_uppercase() => 'A',
        sign if sign.is_alphabetic() => 'a',
        sign => sign,
    };
    real.chars().map(sign).collect()
}

/// A valid number of the same kind that begins like the country's numbers and goes on with zeros.
fn another_number(real: &str, region: &str, n: u32) -> Option<String> {
    let Phone { e164, kind, .. } = read_phone(real, region).ok()?;
    let signs = e164.len();
    // As little of the real number as makes a valid one: its country, then one digit more at a time.
    (4..signs.saturating_sub(3)).find_map(|kept| {
        let start = e164.get(..kept)?;
        (n..n + TRIES / 10).find_map(|count| {
            let number = format!("{start}{count:0>width$}", width = signs - kept);
            let made = read_phone(&number, region).ok()?;
            let fits = made.valid && made.kind == kind && made.e164 != e164 && kind != LineKind::Premium;
            fits.then_some(made.e164)
        })
    })
}

/// Words that somebody might have written, on which the workflow's conditions decide as on the real ones.
pub(super) fn reply_like(workflow: &Workflow, event: &str, real: &str) -> String {
    let handlers = workflow.states.iter().flat_map(|state| &state.on).chain(&workflow.anywhere);
    let reactions = handlers.filter(|handler| handler.event == event).flat_map(|handler| &handler.reactions);
    let guards: Vec<_> = reactions.filter_map(|reaction| reaction.when.as_ref()).collect();
    let decide = |text: &str| -> Vec<Option<bool>> {
        let words = Record::from([("reply".to_owned(), Value::from(text))]);
        guards.iter().map(|guard| guard.eval_bool(&words).ok()).collect()
    };
    let quoted = guards.iter().flat_map(|guard| guard.source().split('"').skip(1).step_by(2));
    let literals = quoted.flat_map(|text| text.trim_start_matches("(?i)").split('|')).map(str::to_owned);
    let as_real = decide(real);
    let words = std::iter::once("hello".to_owned()).chain(literals);
    words.into_iter().find(|text| decide(text) == as_real).unwrap_or_else(|| "hello".into())
}
