//! A workflow's parts in words, English and Arabic: what its description, its pictures and its
//! comparison all say, said once.
//!
//! Sentences of a case's history are [`crate::history`]'s; how a due time came about is
//! [`crate::calendar`]'s.

mod action;
mod event;
mod guard;
pub mod number;
mod outcome;
mod policy;
mod schedule;
#[cfg(test)]
pub(crate) mod tests;

pub use outcome::{heard, heard_in_short, script_row};

use crate::definition::{Environment, State, StateId, Workflow};
use crate::delivery::Channel;
use crate::lang::Texts;
use crate::schema::Field;
use crate::value::Type;
use number::Join;

/// Words a workflow's parts in one language.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// For the titles of queues and sources.
    pub environment: &'a Environment,
    /// `en` or `ar`.
    pub language: &'a str,
}

impl<'a> Words<'a> {
    /// Words for a workflow.
    pub fn new(workflow: &'a Workflow, environment: &'a Environment, language: &'a str) -> Self {
        Self { workflow, environment, language }
    }

    /// Whether the words are Arabic.
    pub fn is_arabic(&self) -> bool {
        self.language == "ar"
    }

    /// One of two texts.
    pub fn pick(&self, en: impl Into<String>, ar: impl Into<String>) -> String {
        if self.is_arabic() { ar.into() } else { en.into() }
    }

    /// In quotation marks.
    pub fn quote(&self, text: &str) -> String {
        self.pick(format!("“{text}”"), format!("«{text}»"))
    }

    /// `a, b and c`.
    pub fn all_of(&self, items: &[String]) -> String {
        number::list(items, Join::And, self.language)
    }

    /// `a, b or c`.
    pub fn one_of(&self, items: &[String]) -> String {
        number::list(items, Join::Or, self.language)
    }

    /// A state's title, else its name.
    pub fn title(&self, state: &State) -> String {
        if state.title.is_empty() { state.name.to_string() } else { state.title.get(self.language).to_owned() }
    }

    /// A state as a sentence names it: its title in quotation marks.
    pub fn state(&self, id: StateId) -> String {
        self.quote(&self.title(self.workflow.state(id)))
    }

    /// A text in the language, if it has one.
    fn titled(&self, texts: &Texts) -> Option<String> {
        (!texts.is_empty()).then(|| texts.get(self.language).to_owned())
    }

    /// A queue: `the complaints section`.
    pub fn queue(&self, name: &str) -> String {
        match self.environment.queues.get(name).and_then(|title| self.titled(title)) {
            // A quoted title needs no case ending.
            Some(title) if self.is_arabic() => self.quote(&title),
            Some(title) => self.definite(&title),
            None => self.pick(format!("the queue `{name}`"), format!("قائمة المهام `{name}`")),
        }
    }

    /// A source: its title, else its name.
    pub fn source(&self, name: &str) -> String {
        let title = self.environment.sources.get(name).and_then(|source| self.titled(&source.title));
        title.map_or_else(|| format!("`{name}`"), |title| self.definite(&title))
    }

    /// A calendar: its title, else its name.
    pub fn calendar(&self, name: &str) -> String {
        let title = self.environment.calendars.get(name).and_then(|calendar| self.titled(calendar.title()));
        title.map_or_else(|| format!("`{name}`"), |title| self.quote(&title))
    }

    /// A case field as a noun: `the date of death`; Arabic in quotation marks where it has no title.
    pub fn field(&self, name: &str) -> String {
        match self.workflow.case.fields.get(name) {
            Some(field) => self.field_noun(field),
            None => self.bare_name(name),
        }
    }

    /// A field of any schema as a noun.
    pub fn field_noun(&self, field: &Field) -> String {
        self.titled(&field.title).map_or_else(|| self.bare_name(&field.name), |title| self.definite(&title))
    }

    /// A name without a title: `the date of death`, `«date_of_death»`.
    fn bare_name(&self, name: &str) -> String {
        self.pick(format!("the {}", name.replace('_', " ")), format!("«{name}»"))
    }

    /// A title within an English sentence: with its article, its first letter small unless it is a name.
    fn definite(&self, title: &str) -> String {
        if self.is_arabic() {
            return title.to_owned();
        }
        let small = lowered(title);
        if small.starts_with("the ") { small } else { format!("the {small}") }
    }

    /// By what means: `by phone`.
    pub fn by_channel(&self, channel: Channel) -> String {
        match channel {
            Channel::Call => self.pick("by phone", "هاتفيا"),
            Channel::Sms => self.pick("by SMS", "برسالة نصية"),
            Channel::Email => self.pick("by e-mail", "بالبريد الإلكتروني"),
        }
    }

    /// What goes over a channel: `the SMS`.
    pub fn the_message(&self, channel: Channel) -> String {
        match channel {
            Channel::Call => self.pick("the call", "المكالمة"),
            Channel::Sms => self.pick("the SMS", "الرسالة النصية"),
            Channel::Email => self.pick("the e-mail", "رسالة البريد الإلكتروني"),
        }
    }

    /// How a case ended: the outcomes that the language names in words, others as they are.
    pub fn ending(&self, outcome: &str) -> String {
        ending(outcome, self.language)
    }

    /// The name of a language.
    pub fn language_name(&self, code: &str) -> String {
        match code {
            "ar" => self.pick("Arabic", "العربية"),
            "en" => self.pick("English", "الإنجليزية"),
            "ur" => self.pick("Urdu", "الأردية"),
            "hi" => self.pick("Hindi", "الهندية"),
            other => format!("`{other}`"),
        }
    }

    /// A type of field: `a date`.
    pub fn kind(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => self.pick("yes or no", "نعم أو لا"),
            Type::Int => self.pick("a whole number", "عدد صحيح"),
            Type::Number => self.pick("a number", "عدد"),
            Type::Date => self.pick("a date", "تاريخ"),
            Type::Time => self.pick("a time", "وقت"),
            Type::Phone => self.pick("a telephone number", "رقم هاتف"),
            Type::Email => self.pick("an e-mail address", "عنوان بريد إلكتروني"),
            Type::Choice(words) => {
                let words: Vec<String> = words.iter().map(|word| self.quote(word)).collect();
                self.pick(
                    format!("one of {}", number::list(&words, Join::Or, "en")),
                    format!("إحدى القيم: {}", words.join("، ")),
                )
            }
            Type::List(_) => self.pick("contacts", "جهات اتصال"),
            Type::Record(_) => self.pick("a contact", "جهة اتصال"),
            Type::Text | Type::Null => self.pick("text", "نص"),
        }
    }
}

/// How a case ended: the outcomes that the language names in words, others as they are.
pub fn ending(outcome: &str, language: &str) -> String {
    let (en, ar) = match outcome {
        "success" => ("success", "نجاح"),
        "refused" => ("refused", "اعتذار"),
        "unreached" => ("nobody reached", "تعذر الوصول"),
        "error" => ("error", "خطأ"),
        "not_applicable" => ("not applicable", "لا ينطبق"),
        other => return other.replace('_', " "),
    };
    if language == "ar" { ar } else { en }.to_owned()
}

/// The first letter small, unless the word is a name or an abbreviation (`SMS`, `IBAN`).
pub fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    if letters.clone().next().is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    first.to_lowercase().chain(letters).collect()
}

/// The first letter large: how a sentence begins.
pub fn raised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// With a large letter at its beginning and a stop at its end, unless it ends already.
pub fn sentence(text: &str) -> String {
    let stop = if text.ends_with(['.', ':', '?', '؟', '!']) { "" } else { "." };
    format!("{}{stop}", raised(text))
}
