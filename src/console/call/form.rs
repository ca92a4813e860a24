//! What an outcome asks for, as fields of a form: built from the workflow's types, read back by them, and every
//! mistake said beside its field.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use wasl_core::schema::{Field, Reading, Why};
use wasl_core::value::{Record, Type, Value};
use wasl_core::words::sentence;

use crate::cli::pairs;
use crate::console::locale::Locale;

/// A note longer than this is a letter.
const NOTE_CHARS_MAX: usize = 2_000;

/// What somebody filled in, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// By the names of inputs: `agreed.heir.name`.
    values: BTreeMap<String, String>,
    /// The outcome that was chosen.
    pub(super) outcome: Option<String>,
    /// What is wrong, by the names of inputs.
    pub(super) wrong: BTreeMap<String, String>,
}

impl Filled {
    /// What was sent.
    pub(super) fn of(sent: Vec<(String, String)>) -> Self {
        let mut values: BTreeMap<String, String> = sent.into_iter().collect();
        let outcome = values.remove("outcome").filter(|outcome| !outcome.is_empty());
        Self { values, outcome, wrong: BTreeMap::new() }
    }

    fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |value| value.trim())
    }

    /// The note, if there is one.
    pub(super) fn note(&self) -> Option<String> {
        let note: String = self.value("note").chars().take(NOTE_CHARS_MAX).collect();
        (!note.is_empty()).then_some(note)
    }

    /// The answers to what the chosen outcome asks for; what is wrong with them is kept beside their fields.
    pub(super) fn answers(
        &mut self,
        asks: &[&Field],
        languages: &[String],
        reading: &Reading<'_>,
        locale: &Locale,
    ) -> Record {
        let outcome = self.outcome.clone().unwrap_or_default();
        let own = self.values.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(&outcome)?.strip_prefix('.')?;
            (!value.trim().is_empty()).then(|| format!("{name}={}", value.trim()))
        });
        // Names come from our own form: what is no name there was made up by whoever sent it.
        let record = pairs(&own.collect::<Vec<_>>()).unwrap_or_default();
        let mut answers = Record::new();
        for field in asks {
            let value = record.get(&field.name).unwrap_or(&Value::Null);
            let found = wrong(field, value, (&outcome, languages), reading, locale);
            if found.is_empty() && !value.is_null() {
                answers.insert(field.name.clone(), value.clone());
            }
            self.wrong.extend(found);
        }
        answers
    }
}

/// An input of the form.
struct Input<'a> {
    /// Its name below the field: `.mobile`, or nothing.
    below: &'a str,
    label: (&'a str, &'a str),
    ty: Type,
    optional: bool,
}

const fn part<'a>(below: &'a str, label: (&'a str, &'a str), ty: Type, optional: bool) -> Input<'a> {
    Input { below, label, ty, optional }
}

/// The inputs of a contact.
fn contact(languages: &[String]) -> Vec<Input<'static>> {
    let languages = Type::Choice(languages.to_vec());
    vec![
        part(".name", ("Full name", "الاسم الكامل"), Type::Text, false),
        part(".mobile", ("Mobile", "الهاتف المتنقل"), Type::Phone, false),
        part(".relation", ("Relation", "الصلة"), Type::Text, true),
        part(".cpr", ("Personal number", "الرقم الشخصي"), Type::Text, true),
        part(".email", ("E-mail", "البريد الإلكتروني"), Type::Email, true),
        part(".language", ("Language", "اللغة"), languages, true),
    ]
}

fn is_contacts(ty: &Type) -> bool {
    matches!(ty, Type::List(of) if **of == Type::contact())
}

/// The sets of fields that stand below an outcome.
pub(super) fn sets(outcome: &str, asks: &[&Field], languages: &[String], filled: &Filled, locale: &Locale) -> Json {
    asks.iter().map(|field| set(outcome, field, languages, filled, locale)).collect()
}

fn set(outcome: &str, field: &Field, languages: &[String], filled: &Filled, locale: &Locale) -> Json {
    let title =
        if field.title.is_empty() { named(&field.name, locale) } else { field.title.get(locale.code()).to_owned() };
    let own = [part("", ("", ""), field.ty.clone(), field.optional)].into();
    let (base, inputs): (String, Vec<Input<'_>>) = if field.ty == Type::contact() {
        (format!("{outcome}.{}", field.name), contact(languages))
    } else if is_contacts(&field.ty) {
        (format!("{outcome}.{}.0", field.name), contact(languages))
    } else {
        (format!("{outcome}.{}", field.name), own)
    };
    let fields: Vec<Json> = inputs.iter().map(|input| input_json(&base, input, &title, filled, locale)).collect();
    json!({"title": title, "optional": field.optional, "fields": fields})
}

/// A name that has no title, as words.
fn named(name: &str, locale: &Locale) -> String {
    match name {
        "when" => locale.pick("When", "متى").to_owned(),
        "reason" => locale.pick("Why", "السبب").to_owned(),
        "language" => locale.pick("Language", "اللغة").to_owned(),
        other => other.replace('_', " "),
    }
}

fn input_json(base: &str, input: &Input<'_>, title: &str, filled: &Filled, locale: &Locale) -> Json {
    let name = format!("{base}{}", input.below);
    let label = match input.label {
        ("", _) => title.to_owned(),
        (en, ar) => locale.pick(en, ar).to_owned(),
    };
    let (kind, inputmode, ltr) = match &input.ty {
        Type::Phone => ("tel", Some("tel"), true),
        Type::Email => ("email", Some("email"), true),
        Type::Date => ("date", None, false),
        Type::Time => ("datetime-local", None, false),
        Type::Int | Type::Number => ("text", Some("decimal"), true),
        Type::Choice(_) | Type::Bool => ("choice", None, false),
        Type::Text if input.below == ".cpr" => ("text", Some("numeric"), true),
        Type::Text | Type::List(_) | Type::Record(_) | Type::Null => ("text", None, false),
    };
    json!({
        "id": name.replace('.', "-"), "name": name, "label": label, "kind": kind, "inputmode": inputmode, "ltr": ltr,
        "value": filled.value(&name), "wrong": filled.wrong.get(&name), "optional": input.optional,
        "choices": choices(&input.ty, locale),
    })
}

fn choices(ty: &Type, locale: &Locale) -> Json {
    let choice = |value: &str, words: String| json!({"value": value, "words": words});
    match ty {
        Type::Bool => {
            json!([choice("yes", locale.pick("Yes", "نعم").into()), choice("no", locale.pick("No", "لا").into())])
        }
        Type::Choice(words) => words
            .iter()
            .map(|word| match word.as_str() {
                "ar" => choice(word, locale.pick("Arabic", "العربية").into()),
                "en" => choice(word, locale.pick("English", "الإنجليزية").into()),
                other => choice(word, other.replace('_', " ")),
            })
            .collect(),
        _ => json!([]),
    }
}

/// What is wrong with a value, by the names of its inputs.
fn wrong(
    field: &Field,
    value: &Value,
    (outcome, languages): (&str, &[String]),
    reading: &Reading<'_>,
    locale: &Locale,
) -> BTreeMap<String, String> {
    let input = format!("{outcome}.{}", field.name);
    if field.ty == Type::contact() || is_contacts(&field.ty) {
        let nobody = Value::Record(Record::new());
        let given = match value {
            Value::Null if field.optional => return BTreeMap::new(),
            Value::Null if is_contacts(&field.ty) => Value::List(vec![nobody]),
            Value::Null => nobody,
            given => given.clone(),
        };
        let found = field.misnamed(&given, reading, languages).into_iter();
        return found
            .map(|wrong| (format!("{outcome}.{}", wrong.place), sentence(&wrong.why.words(locale.code()))))
            .collect();
    }
    let fits = field.fit(value, reading).is_ok();
    let said = || (input, advice(&field.ty, value.is_null(), field, locale));
    (!fits).then(said).into_iter().collect()
}

/// What to do about a value that does not fit.
fn advice(ty: &Type, missing: bool, field: &Field, locale: &Locale) -> String {
    if missing {
        return locale.pick("This is needed.", "هذا لازم.").to_owned();
    }
    if field.past && matches!(ty, Type::Date | Type::Time) {
        return locale.pick("Write a day that is not in the future.", "اكتب يوما ليس في المستقبل.").to_owned();
    }
    words_of(ty, locale)
}

fn words_of(ty: &Type, locale: &Locale) -> String {
    let (en, ar) = match ty {
        Type::Phone => return sentence(&Why::NoPhone.words(locale.code())),
        Type::Email => return sentence(&Why::NoEmail.words(locale.code())),
        Type::Date => ("Write a day like 2026-11-29.", "اكتب التاريخ مثل ‎2026-11-29."),
        Type::Time => ("Write a day and a time like 2026-11-29 10:30.", "اكتب اليوم والوقت مثل ‎2026-11-29 10:30."),
        Type::Int => ("Write a whole number.", "اكتب عددا صحيحا."),
        Type::Number => ("Write a number.", "اكتب عددا."),
        Type::Choice(_) | Type::Bool => ("Choose one.", "اختر واحدا."),
        _ => ("This does not fit here.", "هذا لا يصلح هنا."),
    };
    locale.pick(en, ar).to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::settings::Language;

    fn filled(sent: &[(&str, &str)]) -> Filled {
        Filled::of(sent.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The answers, and what is wrong with them.
    fn read(asks: &[Field], sent: &[(&str, &str)]) -> (Json, Vec<String>) {
        let zone = TimeZone::UTC;
        let reading = Reading { region: "BH", today: date(2026, 11, 27), zone: &zone };
        let locale = Locale { language: Language::En, zone: zone.clone(), now: jiff::Timestamp::UNIX_EPOCH };
        let mut filled = filled(sent);
        let languages = ["ar".to_owned(), "en".to_owned()];
        let answers = filled.answers(&asks.iter().collect::<Vec<_>>(), &languages, &reading, &locale);
        (Value::Record(answers).to_json(), filled.wrong.into_keys().collect())
    }

    #[test]
    fn an_outcome_takes_its_own_fields_and_leaves_those_of_others() {
        let asks = [Field::new("heir", Type::contact()), Field { optional: true, ..Field::new("when", Type::Time) }];
        let sent = [
            ("outcome", "agreed"),
            ("agreed.heir.name", "Ahmed Ali"),
            ("agreed.heir.mobile", "3600 1234"),
            ("agreed.heir.email", " "),
            ("call_back.when", "nonsense"),
            ("note", "mornings"),
        ];
        let (answers, wrong) = read(&asks, &sent);
        assert_eq!(answers, json!({"heir": {"name": "Ahmed Ali", "mobile": "3600 1234"}}));
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn every_mistake_stands_beside_its_field() {
        let asks = [
            Field::new("heir", Type::contact()),
            Field::new("contacts", Type::List(Box::new(Type::contact()))),
            Field::new("when", Type::Time),
            Field::new("sum", Type::Number),
        ];
        let sent = [
            ("outcome", "x"),
            ("x.heir.mobile", "12"),
            ("x.contacts.0.name", "Sara"),
            ("x.contacts.0.email", "sara"),
            ("x.contacts.0.language", "fr"),
            ("x.when", "soon"),
        ];
        let (_, wrong) = read(&asks, &sent);
        assert_eq!(
            wrong,
            ["x.contacts.0.email", "x.contacts.0.language", "x.heir.mobile", "x.heir.name", "x.sum", "x.when"]
        );
    }

    #[test]
    fn the_default_button_of_a_form_chooses_nothing() {
        assert_eq!(filled(&[("outcome", ""), ("note", "x")]).outcome, None);
    }
}
