//! Texts with `{{ names }}` in a gateway's description, over a closed set of names.
//!
//! A template only puts text together. What an address, a form or JSON needs escaped is escaped by
//! whoever makes that ([`super::request`]), never here.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use wasl_core::diagnostic::did_you_mean;
use wasl_core::message::template::excess;

/// Far above any body of a request that describes one message.
const SOURCE_BYTES_MAX: usize = 8 * 1024;
/// Work for one text: a handful of names and conditions takes some dozens.
const FUEL: u64 = 5_000;

/// What a text is rendered with. What is not there for a message (an address for reports, say) is absent.
pub(crate) type Values = BTreeMap<String, Value>;

/// A text with names in it.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    source: String,
    names: BTreeSet<String>,
    /// What stands between the braces, if the whole text is one `{{ … }}`.
    sole: Option<String>,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The part of the text that it is about, where that is known.
    pub(crate) part: Option<Range<usize>>,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Template {
    /// Reads a text that may use `known` names.
    pub(crate) fn parse(source: &str, known: &BTreeSet<String>) -> Result<Self, Vec<Problem>> {
        let problem = |message: String| vec![Problem { part: None, message, help: None }];
        if source.len() > SOURCE_BYTES_MAX {
            return Err(problem(format!("this text is longer than {SOURCE_BYTES_MAX} bytes")));
        }
        if let Some((at, message)) = excess(source) {
            return Err(vec![Problem { part: Some(at..at), message, help: None }]);
        }
        let environment: &Environment<'_> = &ENVIRONMENT;
        let names: BTreeSet<String> = match environment.template_from_str(source) {
            Ok(template) => template.undeclared_variables(false).into_iter().collect(),
            Err(error) => {
                let detail = error.detail().unwrap_or("a brace or a word is out of place");
                return Err(problem(format!("this text cannot be read: {detail}")));
            }
        };
        let strangers = names
            .iter()
            .filter(|name| !known.contains(*name) && environment.globals().all(|(known, _)| known != *name));
        let strangers: Vec<Problem> = strangers.map(|name| stranger(source, name, known)).collect();
        if !strangers.is_empty() {
            return Err(strangers);
        }
        let names = names.into_iter().filter(|name| known.contains(name)).collect();
        Ok(Self { source: source.to_owned(), names, sole: sole_expression(source) })
    }

    /// Whether everything that it names is there.
    pub(crate) fn is_there(&self, values: &Values) -> bool {
        self.names.iter().all(|name| values.contains_key(name))
    }

    /// The names that it uses.
    pub(crate) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Puts the text together. The error says what kind of thing failed and quotes no value.
    pub(crate) fn text(&self, values: &Values) -> Result<String, String> {
        ENVIRONMENT.render_str(&self.source, context(values)).map_err(|error| without_values(&error))
    }

    /// The value as JSON: of a text that is one `{{ … }}` a number stays a number.
    pub(crate) fn json(&self, values: &Values) -> Result<serde_json::Value, String> {
        let Some(expression) = &self.sole else { return self.text(values).map(Into::into) };
        let environment: &Environment<'_> = &ENVIRONMENT;
        let value = environment
            .compile_expression(expression)
            .and_then(|expression| expression.eval(context(values)))
            .map_err(|error| without_values(&error))?;
        if value.is_undefined() {
            return Err("undefined value".to_owned());
        }
        serde_json::to_value(&value).map_err(|_| "this value has no form in JSON".to_owned())
    }
}

fn context(values: &Values) -> Value {
    Value::from_pairs(values.iter().map(|(name, value)| (name.as_str(), value.clone())))
}

/// The same for every text; filling its table of filters takes longer than rendering one.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
});

fn stranger(source: &str, name: &str, known: &BTreeSet<String>) -> Problem {
    let part = source.find(name).map(|at| at..at + name.len());
    let help = did_you_mean(name, known.iter().map(String::as_str))
        .unwrap_or_else(|| "declare it under `values` or `secrets`".to_owned());
    Problem { part, message: format!("there is no `{name}` here"), help: Some(help) }
}

/// The engine's own texts may quote a value: its kind of error does not.
fn without_values(error: &Error) -> String {
    match error.kind() {
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => {
            error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
        }
        kind => kind.to_string(),
    }
}

/// What stands between the braces, if the text is one pair of them and nothing else.
fn sole_expression(source: &str) -> Option<String> {
    let inner = source.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let alone = !["{{", "}}", "{%", "{#"].iter().any(|sign| inner.contains(sign));
    alone.then(|| inner.trim_matches('-').trim().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known() -> BTreeSet<String> {
        ["to", "text", "validity_secs", "report_url"].map(str::to_owned).into()
    }

    fn values() -> Values {
        let texts = [("to", Value::from("+97336001234")), ("text", Value::from("أهلا & <b>"))];
        texts
            .into_iter()
            .chain([("validity_secs", Value::from(90))])
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn problem(source: &str) -> String {
        let problem = Template::parse(source, &known()).unwrap_err().remove(0);
        format!("{} ({})", problem.message, problem.help.unwrap_or_default())
    }

    #[test]
    fn nothing_is_escaped_here_and_a_lone_number_stays_one() {
        for (source, expected) in [
            ("{{ text }}", json!("أهلا & <b>")),
            ("{{ to | replace('+', '') }}", json!("97336001234")),
            ("{{ validity_secs // 60 }}", json!(1)),
            ("{{ [validity_secs // 600, 1] | max }}", json!(1)),
            ("{{ validity_secs }}s", json!("90s")),
            ("{{ to }}{{ validity_secs }}", json!("+9733600123490")),
            ("plain", json!("plain")),
        ] {
            assert_eq!(Template::parse(source, &known()).unwrap().json(&values()).unwrap(), expected, "{source}");
        }
    }

    #[test]
    fn what_is_not_there_is_known_before_rendering() {
        let template = Template::parse("{{ report_url }}&status=%d", &known()).unwrap();
        assert!(!template.is_there(&values()) && template.text(&values()).is_err());
        assert!(Template::parse("{{ to }}", &known()).unwrap().is_there(&values()));
    }

    #[test]
    fn a_strange_name_is_found_with_the_one_that_was_meant() {
        assert_eq!(problem("{{ txt }}"), "there is no `txt` here (did you mean `text`?)");
        assert!(problem("{{ text ").starts_with("this text cannot be read: "));
        assert!(problem(&"x".repeat(9_000)).contains("longer than"));
        assert!(problem(&format!("{{{{ {}1 }}}}", "1 + ".repeat(1_000))).contains("more than"));
    }

    #[test]
    fn a_failure_quotes_no_value() {
        for source in ["{{ text + 1 }}", "{{ to.name }}", "{% for x in range(100000) %}{{ text }}{% endfor %}"] {
            let error = Template::parse(source, &known()).unwrap().text(&values()).unwrap_err();
            assert!(!error.contains("أهلا") && !error.contains("+973"), "{error}");
        }
        let error = Template::parse("{{ text | uper }}", &known()).unwrap().text(&values()).unwrap_err();
        assert!(error.contains("uper"), "{error}");
    }
}
