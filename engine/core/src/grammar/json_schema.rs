//! The grammar as a JSON Schema, by which editors complete, explain and mark what is written.
//!
//! Draft 7: every release of the YAML language server that editors carry understands it. Each subschema has a title, by
//! which editors name it, and each property a description. Annotations stand beside a `$ref`, where that draft lets
//! validators ignore them and editors show them.

use std::collections::BTreeMap;

use super::ordered::Json;
use super::{Both, Choice, Choices, Entries, File, Form, Key, Mapping, Shape, Takes};
use crate::words::sentence;
use crate::yaml::{self, Kind, Node};

/// The schema of a kind of file as JSON text, described in `ar` or else in English.
pub fn json_schema(file: &File, language: &str) -> String {
    let arabic = language == "ar";
    let mut writer = Writer { arabic, has_open_words: file.has_open_words, definitions: BTreeMap::new() };
    let head = Json::object([("$schema", "http://json-schema.org/draft-07/schema#".into())]);
    let body = match file.shape {
        Shape::Map(mapping) => writer.mapping(mapping),
        Shape::Each(entries) => writer.entries(entries),
        shape => writer.shape(shape),
    };
    let definitions = Json::Object(writer.definitions.into_iter().map(|(name, json)| (name.into(), json)).collect());
    let schema = head.and(body).with("definitions", definitions);
    // Writing text and numbers into memory cannot fail.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

/// A word that is filled in where a fragment is used, as a pattern.
const OPEN_WORD: &str = r"\$[\p{L}_][\p{L}\p{N}_]*";

struct Writer {
    arabic: bool,
    /// Whether `$word` may stand for any value.
    has_open_words: bool,
    /// What is used in several places, by name.
    definitions: BTreeMap<&'static str, Json>,
}

impl Writer {
    fn words(&self, both: Both) -> &'static str {
        if self.arabic { both.ar } else { both.en }
    }

    /// A title and a description, as sentences.
    fn named(&self, title: Both, about: Both) -> Json {
        Json::object([("title", self.words(title).into())]).and(self.described(about))
    }

    fn described(&self, about: Both) -> Json {
        Json::object([("description", Json::Text(sentence(self.words(about))))])
    }

    /// A reference to a definition, which is written when it is first asked for.
    fn refer(&mut self, name: &'static str, write: impl FnOnce(&mut Self) -> Json) -> Json {
        if !self.definitions.contains_key(name) {
            // Holds the place: a mapping may lead back to itself.
            self.definitions.insert(name, Json::Null);
            let written = write(self);
            self.definitions.insert(name, written);
        }
        Json::object([("$ref", Json::Text(format!("#/definitions/{name}")))])
    }

    fn mapping(&mut self, mapping: &Mapping) -> Json {
        let required: Vec<&str> = mapping.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
        let properties = mapping.keys.iter().map(|key| (key.name.to_owned(), self.property(key))).collect();
        let mut schema = self.named(mapping.title, mapping.about);
        if let Some(snippet) = mapping.snippet {
            schema = schema.with("defaultSnippets", self.snippets(mapping, snippet));
        }
        schema = schema.with("type", "object".into()).with("properties", Json::Object(properties));
        if !required.is_empty() {
            schema = schema.with("required", Json::words(required));
        }
        schema.with("additionalProperties", Json::Bool(false))
    }

    fn snippets(&self, mapping: &Mapping, snippet: &str) -> Json {
        let body = yaml::parse(mapping.name, snippet).map_or(Json::Null, |node| plain(&node));
        // Not the title alone: so the editor names what it makes of the keys that are needed.
        let label = Json::object([("label", Json::Text(format!("{} …", self.words(mapping.title))))]);
        Json::List(vec![label.and(self.described(mapping.about)).with("body", body)])
    }

    fn property(&mut self, key: &Key) -> Json {
        match key.shape {
            // Written out, so that the words and the example are those of the key and not those of the form.
            Shape::Form(form) => self
                .named(form.title, key.about)
                .and(self.form(form))
                .with("examples", Json::List(vec![scalar(key.such_as)])),
            shape => {
                let title = Json::object([("title", self.title(shape).into())]);
                title.and(self.described(key.about)).and(self.bare(shape, Some(key.about)))
            }
        }
    }

    /// The schema of a shape with its own title.
    fn shape(&mut self, shape: Shape) -> Json {
        if let Shape::Form(form) = shape {
            return self.named(form.title, form.about).and(self.form(form)).with("examples", examples(form));
        }
        Json::object([("title", self.title(shape).into())]).and(self.bare(shape, None))
    }

    /// One of the shapes that a value may have. Of alternatives editors show the words of the one that fits, so each
    /// says what the value is for.
    fn alternative(&mut self, shape: Shape, about: Option<Both>) -> Json {
        let Some(about) = about else { return self.shape(shape) };
        let named = Json::object([("title", self.title(shape).into())]).and(self.described(about));
        named.and(self.bare(shape, None))
    }

    fn title(&self, shape: Shape) -> &'static str {
        let both = match shape {
            Shape::Form(form) => form.title,
            Shape::Any => super::both("A value", "قيمة"),
            Shape::Flag => super::both("true or false", "true أو false"),
            Shape::Whole(..) => super::both("A whole number", "عدد صحيح"),
            Shape::Number => super::both("A number", "عدد"),
            Shape::OneOf(choices) => choices.title,
            Shape::Texts => super::both("A text in each language", "نص بكل لغة"),
            Shape::Map(mapping) => mapping.title,
            Shape::Each(entries) => entries.title,
            Shape::OneOrMore(of) => return self.title(*of),
            Shape::Either(shapes) => return shapes.last().map_or("", |shape| self.title(*shape)),
        };
        self.words(both)
    }

    /// The schema of a shape without a title of its own; `about` says what alternatives are for.
    fn bare(&mut self, shape: Shape, about: Option<Both>) -> Json {
        let closed = matches!(shape, Shape::Any | Shape::Form(_) | Shape::OneOrMore(_) | Shape::Either(_));
        if !self.has_open_words || closed {
            return self.closed(shape, about);
        }
        let titled = Json::object([("title", self.title(shape).into())]);
        let written = about.map_or(titled.clone(), |about| titled.and(self.described(about)));
        let written = written.and(self.closed(shape, about));
        let title = super::both("A word that is filled in", "كلمة تُملأ عند الاستعمال");
        let word = Json::object([
            ("title", self.words(title).into()),
            ("type", "string".into()),
            ("pattern", Json::Text(format!("^{OPEN_WORD}$"))),
        ]);
        Json::object([("anyOf", Json::List(vec![written, word]))])
    }

    /// The schema of a shape whose own value is no word to be filled in.
    fn closed(&mut self, shape: Shape, about: Option<Both>) -> Json {
        match shape {
            Shape::Form(form) => self.form(form),
            Shape::Any => Json::object([]),
            Shape::Flag => Json::object([("type", "boolean".into())]),
            Shape::Whole(min, max) => {
                Json::object([("type", "integer".into()), ("minimum", Json::Int(min)), ("maximum", Json::Int(max))])
            }
            Shape::Number => Json::object([("type", "number".into())]),
            Shape::OneOf(choices) => self.choices(choices),
            Shape::Texts => self.refer("texts", Self::texts),
            Shape::Map(mapping) => self.refer(mapping.name, |writer| writer.mapping(mapping)),
            Shape::Each(entries) => self.refer(entries.name, |writer| writer.entries(entries)),
            Shape::OneOrMore(of) => {
                let one = self.alternative(*of, about);
                let title = Json::object([("title", self.list_title(*of))]);
                let title = about.map_or(title.clone(), |about| title.and(self.described(about)));
                let list = title.with("type", "array".into()).with("items", self.shape(*of));
                Json::object([("anyOf", Json::List(vec![one, list]))])
            }
            Shape::Either(shapes) => {
                // Of alternatives that fit equally badly editors tell of the first: the long form, which has most to tell.
                let alternatives = shapes.iter().rev().map(|shape| self.alternative(*shape, about)).collect();
                Json::object([("anyOf", Json::List(alternatives))])
            }
        }
    }

    fn list_title(&self, of: Shape) -> Json {
        let (before, title) = (if self.arabic { "قائمة: " } else { "A list: " }, self.title(of));
        Json::Text(format!("{before}{}", title.trim_start_matches("A ").trim_start_matches("An ")))
    }

    /// How a value is spelt.
    fn form(&self, form: &Form) -> Json {
        let kind = match form.takes {
            Takes::Text => "string".into(),
            Takes::Word => Json::words(["string", "number"]),
            Takes::Scalar => Json::words(["string", "number", "boolean", "null"]),
        };
        let schema = Json::object([("type", kind)]);
        match self.pattern(form) {
            Some(pattern) => schema.with("pattern", pattern).with("patternErrorMessage", self.refusal(form)),
            None => schema,
        }
    }

    fn pattern(&self, form: &Form) -> Option<Json> {
        let pattern = form.pattern?;
        Some(Json::Text(if self.has_open_words { format!("^{OPEN_WORD}$|{pattern}") } else { pattern.to_owned() }))
    }

    /// What is said when a text does not match.
    fn refusal(&self, form: &Form) -> Json {
        let examples: Vec<String> = form.examples.iter().map(|example| format!("`{example}`")).collect();
        let title = self.words(form.title);
        Json::Text(if self.arabic {
            format!("المطلوب هنا {title}، مثل {}", examples.join(" أو "))
        } else {
            format!("{} belongs here, such as {}", title, examples.join(" or "))
        })
    }

    fn choices(&self, choices: &Choices) -> Json {
        let about = |choice: &Choice| Json::Text(sentence(self.words(choice.about)));
        Json::object([
            ("enum", Json::words(choices.words.iter().map(|choice| choice.word))),
            ("markdownEnumDescriptions", Json::List(choices.words.iter().map(about).collect())),
        ])
    }

    fn texts(&mut self) -> Json {
        let title = super::both("A text in each language", "نص بكل لغة");
        let about = super::both(
            "the same text in each language of the workflow: `{en: …, ar: …}`",
            "النص نفسه بكل لغة من لغات مسار العمل: `{en: …, ar: …}`",
        );
        let one = |text: Both| self.named(super::both("A text", "نص"), text).with("type", "string".into());
        let arabic = one(super::both("in Arabic", "بالعربية"));
        let english = one(super::both("in English", "بالإنجليزية"));
        let other = one(super::both("in another language", "بلغة أخرى"));
        self.named(title, about)
            .with("type", "object".into())
            .with("properties", Json::object([("en", english), ("ar", arabic)]))
            .with("additionalProperties", other)
    }

    fn entries(&mut self, entries: &Entries) -> Json {
        let known = entries.known.iter().map(|choice| (choice.word.to_owned(), self.entry(entries, choice))).collect();
        let more = if entries.open { self.shape(entries.value) } else { Json::Bool(false) };
        let mut schema = self.named(entries.title, entries.about).with("type", "object".into());
        if !entries.known.is_empty() {
            schema = schema.with("properties", Json::Object(known));
        }
        if let Some(pattern) = self.pattern(entries.key) {
            let title = Json::object([("title", self.words(entries.key.title).into())]);
            let key = title.with("pattern", pattern).with("patternErrorMessage", self.refusal(entries.key));
            schema = schema.with("propertyNames", key);
        }
        schema.with("additionalProperties", more)
    }

    fn entry(&mut self, entries: &Entries, choice: &Choice) -> Json {
        let title = Json::object([("title", self.title(entries.value).into())]);
        title.and(self.described(choice.about)).and(self.bare(entries.value, Some(choice.about)))
    }
}

fn examples(form: &Form) -> Json {
    Json::List(form.examples.iter().map(|example| scalar(example)).collect())
}

/// The value that an example is when it stands in a file.
fn scalar(example: &str) -> Json {
    yaml::parse("example", example).map_or_else(|_| example.into(), |node| plain(&node))
}

/// A YAML tree as JSON.
fn plain(node: &Node) -> Json {
    match &node.kind {
        Kind::Null => Json::Null,
        Kind::Bool(value) => Json::Bool(*value),
        Kind::Int(value) => Json::Int(*value),
        Kind::Float(value) => Json::Text(value.to_string()),
        Kind::Text(text) => text.as_str().into(),
        Kind::List(items) => Json::List(items.iter().map(plain).collect()),
        Kind::Map(entries) => Json::Object(entries.iter().map(|(key, value)| (word(key), plain(value))).collect()),
    }
}

fn word(key: &Node) -> String {
    if let Kind::Text(text) = &key.kind { text.clone() } else { String::new() }
}
