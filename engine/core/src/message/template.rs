//! Message templates: a text file with `{{ … }}` in it, read once, rendered for each family.
//!
//! The template engine (minijinja) stays behind these types. Rendering is strict (an absent value is
//! an error, never an empty place in a letter of condolence) and bounded in work and size, because
//! templates are data that people edit. Which variables exist is checked by whoever knows the case's
//! fields, with [`Template::variables`].
//!
//! ```text
//! ## level: 1                         lines for people who word: not sent; `key: value` can be asked for
//! Subject: Your account {{ acct4 }}   e-mail only, then an empty line; also `الموضوع:`
//!
//! {{ name }}, we are sorry for your loss. …
//! ```

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::tz::TimeZone;
use minijinja::value::Value as Seen;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use thiserror::Error;

use super::context::see_some;
use super::filters::{self, FILTERS, FUNCTIONS, TAGS, TESTS};
use super::markup::{self, Use, UseKind};
use super::plain::Plain;
use super::template_error::{Excuse, nearest};
use crate::expr::Env;
use crate::value::Record;

/// The largest template file: some thirty pages, far above any letter.
const SOURCE_BYTES_MAX: usize = 64 * 1024;
/// The largest rendered text: an e-mail that nobody would read to its end.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Work for one rendering: about so many instructions, or 64 times as many bytes made on the way.
/// The longest shipped letter takes a few hundred.
const FUEL: u64 = 20_000;
/// The most `{{ … }}` and `{% … %}` in a file: the engine's parser descends once for each `elif`.
const BRACKETS_MAX: usize = 200;
/// The most words and signs in one of them: the parser descends once for each sign of `1 + 1 + …`.
const SIGNS_MAX: usize = 200;

/// A checked template of one message in one language. Cheap to clone.
#[derive(Clone)]
pub struct Template {
    inner: Arc<Inner>,
    zone: TimeZone,
}

struct Inner {
    name: String,
    language: String,
    source: String,
    headers: Vec<(String, String)>,
    subject: Option<Part>,
    body: Part,
    env: Environment<'static>,
    variables: BTreeSet<String>,
    /// The names that it may ask for, in order.
    asked: Arc<[String]>,
}

/// A stretch of the file that is rendered by itself.
struct Part {
    name: &'static str,
    /// Its first line in the file, from 1.
    line: usize,
    /// How it is put together where no engine is needed.
    plain: Option<Plain>,
}

/// What a family reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The subject, on one line; only where the template has one.
    pub subject: Option<String>,
    /// The text, without space around it.
    pub text: String,
}

/// What is wrong with a template, or why it cannot be rendered. Never holds a value of the case.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {message}")]
pub struct TemplateError {
    /// The line in the file, from 1.
    pub line: usize,
    /// The column in characters, from 1, where it is known.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub suggestion: Option<String>,
}

impl Template {
    /// Reads a template; `name` is for reports, `language` (BCP 47) words its dates.
    pub fn parse(name: &str, language: &str, source: &str) -> Result<Self, TemplateError> {
        if source.len() > SOURCE_BYTES_MAX {
            let message = format!("the template has {} bytes; at most {SOURCE_BYTES_MAX} are read", source.len());
            return Err(TemplateError { line: 1, column: None, message, suggestion: None });
        }
        let text = source.strip_prefix('\u{FEFF}').unwrap_or(source).replace("\r\n", "\n");
        check_uses(&text)?;
        let file = File::split(&text)?;

        let mut env = environment(language);
        let mut variables = BTreeSet::new();
        let mut add = |name: &'static str, line: usize, words: &str| {
            let shaped = markup::without_tag_lines(words);
            let excuse = Excuse { source: &text, first_line: line, variables: &BTreeSet::new() };
            env.add_template_owned(name, shaped).map_err(|error| excuse.unreadable(&error))?;
            let compiled = env.get_template(name).map_err(|error| excuse.unreadable(&error))?;
            let found = compiled.undeclared_variables(true).into_iter();
            variables.extend(found.filter(|name| !FUNCTIONS.contains(&name.as_str())));
            Ok(Part { name, line, plain: Plain::read(words, &variables) })
        };
        let subject = file.subject.map(|(line, words)| add("subject", line, words)).transpose()?;
        let body = add("text", file.body_line, file.body)?;
        let inner = Inner {
            asked: asked(&text, &variables).into_iter().map(str::to_owned).collect(),
            name: name.to_owned(),
            language: language.to_owned(),
            source: source.to_owned(),
            headers: file.headers,
            subject,
            body,
            env,
            variables,
        };
        Ok(Self { inner: Arc::new(inner), zone: TimeZone::UTC })
    }

    /// The same template with instants worded in this zone: the calendar's. Without it, in UTC.
    #[must_use]
    pub fn in_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// The name it was read under.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The language it was read for.
    pub fn language(&self) -> &str {
        &self.inner.language
    }

    /// The file as it was given.
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// The words as they are written: the file without the `##` lines at its top, and without space around.
    pub fn wording(&self) -> &str {
        let mut rest = self.inner.source.trim_start_matches('\u{FEFF}');
        while rest.starts_with("##") {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
        }
        rest.trim()
    }

    /// What a `## key: value` line at the top says, such as `level`. The first one counts.
    pub fn header(&self, key: &str) -> Option<&str> {
        self.inner.headers.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Whether it is a letter with a subject.
    pub fn has_subject(&self) -> bool {
        self.inner.subject.is_some()
    }

    /// The variables it needs, as dotted paths (`heir.name`). Members of a loop's items are not among
    /// them; the list that is looped over is.
    pub fn variables(&self) -> BTreeSet<String> {
        self.inner.variables.clone()
    }

    /// Words the message for one family. `Null` counts as absent: it may be asked for, not printed.
    pub fn render(&self, vars: &Record) -> Result<Rendered, TemplateError> {
        self.words(vars, &self.zone).map_err(|(part, failure)| {
            let (source, variables) = (&self.inner.source, &self.inner.variables);
            let excuse = Excuse { source, first_line: part.line, variables };
            match failure {
                Failure::Engine(error) => excuse.unrendered(&error, vars),
                Failure::TooLarge => excuse.too_large(TEXT_BYTES_MAX),
                Failure::Empty => excuse.empty(part.name),
            }
        })
    }

    /// The same with values that are looked up only when they are needed; nothing where it fails, and [`Self::render`] says why.
    pub(crate) fn rendered(&self, vars: &dyn Env, zone: &TimeZone) -> Option<Rendered> {
        self.words(vars, zone).ok()
    }

    fn words(&self, vars: &dyn Env, zone: &TimeZone) -> Result<Rendered, (&Part, Failure)> {
        let seen = OnceCell::new();
        let seen = || seen.get_or_init(|| see_some(vars, zone, &self.inner.asked)).clone();
        let render = |part| self.part(part, vars, &seen).map_err(|failure| (part, failure));
        let subject = self.inner.subject.as_ref().map(render).transpose()?;
        let text = render(&self.inner.body)?;
        Ok(Rendered { subject: subject.map(|subject| one_line(&subject)), text: text.trim().to_owned() })
    }

    fn part(&self, part: &Part, vars: &dyn Env, seen: &dyn Fn() -> Seen) -> Result<String, Failure> {
        let text = match part.plain.as_ref().and_then(|plain| plain.render(vars, TEXT_BYTES_MAX)) {
            Some(text) => text,
            None => self.by_engine(part, seen())?,
        };
        if text.len() > TEXT_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        if text.trim().is_empty() {
            return Err(Failure::Empty);
        }
        Ok(text)
    }

    fn by_engine(&self, part: &Part, seen: Seen) -> Result<String, Failure> {
        let template = self.inner.env.get_template(part.name);
        template.and_then(|template| template.render(seen)).map_err(Failure::Engine)
    }
}

/// Why a part cannot be rendered.
enum Failure {
    Engine(minijinja::Error),
    TooLarge,
    Empty,
}

/// The names that a template may ask for. Where it gives names itself, by `set` or `with`, they may hide others in one place and
/// not in another, so that each of its words counts.
fn asked<'s>(source: &'s str, variables: &'s BTreeSet<String>) -> BTreeSet<&'s str> {
    let mut asked: BTreeSet<&str> = variables.iter().filter_map(|path| path.split('.').next()).collect();
    if markup::uses(source).iter().any(|used| used.kind == UseKind::Tag && matches!(used.name, "set" | "with")) {
        asked.extend(markup::words(source));
    }
    asked
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Template");
        shown.field("name", &self.inner.name).field("language", &self.inner.language).finish_non_exhaustive()
    }
}

/// A subject is a mail header: a line break in a name must not begin another one.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|sign: char| sign.is_whitespace() || sign.is_control()).collect();
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn environment(language: &str) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_auto_escape_callback(|_| AutoEscape::None);
    // Semi-strict: `{% if heir.name %}` may ask for what is absent; printing or looping over it fails.
    env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    env.set_fuel(Some(FUEL));
    filters::install(&mut env, language);
    env
}

/// The parts of a template file.
struct File<'a> {
    headers: Vec<(String, String)>,
    subject: Option<(usize, &'a str)>,
    body: &'a str,
    body_line: usize,
}

impl<'a> File<'a> {
    fn split(source: &'a str) -> Result<Self, TemplateError> {
        let mut rest = source;
        let mut line = 1;
        let mut next_line = |rest: &mut &'a str| {
            let (first, after) = rest.split_once('\n').unwrap_or((rest, ""));
            *rest = after;
            line += 1;
            (line - 1, first)
        };
        let mut headers = Vec::new();
        while let Some(comment) = rest.strip_prefix("##") {
            if let Some((key, value)) = comment.split('\n').next().and_then(|comment| comment.split_once(':')) {
                headers.push((key.trim().to_owned(), value.trim().to_owned()));
            }
            next_line(&mut rest);
        }
        while !rest.is_empty() && rest.split('\n').next().is_some_and(|first| first.trim().is_empty()) {
            next_line(&mut rest);
        }
        let subject = ["Subject:", "الموضوع:"].iter().find_map(|word| rest.strip_prefix(word)).map(|after| {
            let text = after.split('\n').next().unwrap_or("").trim();
            (next_line(&mut rest).0, text)
        });
        if let Some((at, text)) = subject {
            let (_, gap) = next_line(&mut rest);
            let wrong = if text.is_empty() { Some("the subject is empty") } else { None };
            let wrong = wrong.or((!gap.trim().is_empty()).then_some("an empty line must follow the subject"));
            if let Some(message) = wrong {
                return Err(TemplateError { line: at, column: None, message: message.into(), suggestion: None });
            }
        }
        if rest.trim().is_empty() {
            let suggestion = Some("write the words below the `##` lines and the subject".to_owned());
            return Err(TemplateError {
                line: 1,
                column: None,
                message: "the template has no text".into(),
                suggestion,
            });
        }
        Ok(Self { headers, subject, body: rest, body_line: line })
    }
}

/// Where a text has more machinery than the engine's parser should be trusted with, and what to say of it.
pub fn excess(source: &str) -> Option<(usize, String)> {
    let at = markup::first_excess(source, BRACKETS_MAX, SIGNS_MAX)?;
    let message = format!(
        "more than a message needs: at most {BRACKETS_MAX} times `{{{{ … }}}}` or `{{% … %}}`, each with at most \
         {SIGNS_MAX} words and signs"
    );
    Some((at, message))
}

/// Refuses tags, filters and tests that do not exist, which the engine would notice only when rendering.
fn check_uses(source: &str) -> Result<(), TemplateError> {
    if let Some((at, message)) = excess(source) {
        let (line, column) = place(source, at);
        return Err(TemplateError { line, column: Some(column), message, suggestion: None });
    }
    for used in markup::uses(source) {
        let (what, known) = match used.kind {
            UseKind::Tag => ("tag", TAGS),
            UseKind::Filter => ("filter", FILTERS),
            UseKind::Test => ("test", TESTS),
        };
        if !known.contains(&used.name) {
            return Err(unknown(source, used, what, known));
        }
    }
    Ok(())
}

fn unknown(source: &str, used: Use<'_>, what: &str, known: &[&str]) -> TemplateError {
    let suggestion = match nearest(used.name, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if used.kind == UseKind::Tag => "a message knows `if`, `for`, `set` and `with`".to_owned(),
        None => format!("a message knows {}", known.join(", ")),
    };
    let (line, column) = place(source, used.at);
    let message = format!("there is no {what} `{}`", used.name);
    TemplateError { line, column: Some(column), message, suggestion: Some(suggestion) }
}

/// Line and column (in characters) of a byte offset, both from 1.
fn place(source: &str, at: usize) -> (usize, usize) {
    let before = &source[..at];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
