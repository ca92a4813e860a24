//! Reads a gateway's description from YAML: every mistake with its place, all of them in one run.
//!
//! Each file here reads one section; the keys of every mapping stand in `KEYS`, which a test holds
//! against the reference, `docs/gateways.md`.

mod answer;
mod hooks;
mod place;
mod request;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::Value;
use wasl_core::decode::{Decoder, Word};
use wasl_core::delivery::Status;
use wasl_core::diagnostic::{Code, Diagnostic, Report, did_you_mean};
use wasl_core::yaml::{self, Kind, Node};

use super::NAMES;
use super::description::{Description, Errors};
use super::template::{Template, Values};
use crate::errors::Class;

const TOP: [&str; 10] =
    ["gateway", "values", "secrets", "send", "answer", "statuses", "errors", "receipts", "inbound", "find"];

/// The keys of every mapping, for the test that looks for them in the reference.
#[cfg(test)]
pub(super) const KEYS: [&[&str]; 10] = [
    &TOP,
    &request::KEYS,
    &request::BASIC_AUTH,
    &answer::KEYS,
    &answer::OUTCOME,
    &place::KEYS,
    &hooks::RECEIPTS,
    &hooks::INBOUND,
    &hooks::PROOF,
    &hooks::FIND,
];

/// Ten times the longest shipped one. A description is read whenever a daemon starts, and a file that was put in its
/// place by mistake should say so at once.
const BYTES_MAX: usize = 64 * 1024;

/// Reads a description; what is wrong with it is in the report.
pub fn read(file: &str, source: &str) -> (Option<Description>, Report) {
    if source.len() > BYTES_MAX {
        let message = format!("the description of a gateway has at most {} KiB", BYTES_MAX / 1024);
        let findings = vec![Diagnostic::error(Code::Syntax, file, 0..0, message)];
        return (None, Report { findings, sources: BTreeMap::new() });
    }
    let mut report = Report { findings: Vec::new(), sources: BTreeMap::from([(file.to_owned(), source.to_owned())]) };
    let description = match yaml::parse(file, source) {
        Ok(node) => {
            let mut reader = Reader::new(Decoder::new(file, source));
            let description = reader.description(&node);
            report.findings = reader.decoder.findings;
            description
        }
        Err(finding) => {
            report.findings.push(*finding);
            None
        }
    };
    report.sort();
    (description, report)
}

/// Reads one file: its decoder, and what its texts may name.
struct Reader<'a> {
    decoder: Decoder<'a>,
    names: BTreeSet<String>,
    secrets: BTreeSet<String>,
    /// Something for every name, to try texts out with.
    samples: Values,
    /// The names that some text or proof used.
    used: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn new(decoder: Decoder<'a>) -> Self {
        let names = NAMES.map(str::to_owned).into();
        Self { decoder, names, secrets: BTreeSet::new(), samples: samples(), used: BTreeSet::new() }
    }

    fn description(&mut self, node: &Node) -> Option<Description> {
        let fields = self.decoder.fields(node, "the description of a gateway", TOP, &["gateway", "send", "answer"]);
        let [gateway, values, secrets, send, answer, statuses, errors, receipts, inbound, find] = fields;
        let name = gateway.and_then(|node| self.decoder.text(node, "the gateway's name"));
        let declared: Vec<Word> = [values, secrets].into_iter().flatten().flat_map(declared).collect();
        let values = values.map(|node| self.values(node)).unwrap_or_default();
        self.secrets = secrets.map(|node| self.secret_names(node)).unwrap_or_default();
        let send = send.map(|node| (node, self.request(node, "`send`")));
        let answer = answer.map(|node| self.answer(node));
        let statuses_there = statuses.is_some();
        let statuses = statuses.map(|node| self.statuses(node)).unwrap_or_default();
        let errors = errors.map(|node| self.errors(node)).unwrap_or_default();
        let receipts_node = receipts;
        let receipts = receipts.map(|node| self.receipts(node, answer.as_ref()));
        if let Some(node) = receipts_node.filter(|_| !statuses_there) {
            let message =
                "reports say where a message stands in the gateway's words: `statuses` must say what they mean";
            self.decoder.error(Code::MissingKey, node.span.clone(), message);
        }
        let inbound = inbound.map(|node| self.inbound(node));
        let find = find.map(|node| self.find(node));
        self.check_carries(send.as_ref());
        self.warn_unused(&declared);
        Some(Description {
            name: name?,
            values,
            secrets: self.secrets.clone(),
            send: send?.1?,
            answer: answer?,
            statuses,
            errors,
            receipts: receipts.map_or(Some(None), |read| read.map(Some))?,
            inbound: inbound.map_or(Some(None), |read| read.map(Some))?,
            find: find.map_or(Some(None), |read| read.map(Some))?,
        })
    }

    /// `name: default`, or `name:` for one that must be given.
    fn values(&mut self, node: &Node) -> BTreeMap<String, Option<String>> {
        let mut values = BTreeMap::new();
        for (name, value) in self.decoder.entries(node, "`values`") {
            if !self.declare(&name) {
                continue;
            }
            let default = match value.kind {
                Kind::Null => None,
                _ => self.decoder.text(value, "the default of a value"),
            };
            if let Some(default) = &default {
                self.samples.insert(name.text.clone(), Value::from(default.as_str()));
            }
            values.insert(name.text, default);
        }
        values
    }

    fn secret_names(&mut self, node: &Node) -> BTreeSet<String> {
        let mut secrets = BTreeSet::new();
        for item in self.decoder.items(node) {
            let Some(name) = self.decoder.word(item, "the name of a secret") else { continue };
            if self.declare(&name) {
                secrets.insert(name.text);
            }
        }
        secrets
    }

    /// Makes a name known; each can be declared once.
    fn declare(&mut self, name: &Word) -> bool {
        let fits = wasl_core::decode::is_name(&name.text);
        if !fits {
            let help = Some("use letters, digits and `_`, as in `user_name`".to_owned());
            let message = format!("`{}` cannot be a name", name.text);
            self.decoder.error_with(Code::BadValue, name.span.clone(), message, help);
        } else if !self.names.insert(name.text.clone()) {
            let message = format!("`{}` is a name already", name.text);
            self.decoder.error(Code::DuplicateKey, name.span.clone(), message);
            return false;
        }
        self.samples.insert(name.text.clone(), Value::from("1"));
        fits
    }

    /// The gateway's words by our statuses.
    fn statuses(&mut self, node: &Node) -> BTreeMap<String, Status> {
        let known = [Status::Accepted, Status::Sent, Status::Delivered, Status::Undelivered, Status::Failed];
        let mut statuses: BTreeMap<String, Status> = BTreeMap::new();
        for (ours, theirs) in self.decoder.entries(node, "`statuses`") {
            let Some(status) = known.into_iter().find(|status| status.as_str() == ours.text) else {
                let help = did_you_mean(&ours.text, known.map(Status::as_str));
                let message = format!("a message is never `{}`", ours.text);
                self.decoder.error_with(Code::UnknownKey, ours.span, message, help);
                continue;
            };
            for word in self.words(theirs, "a word of the gateway") {
                if statuses.insert(word.text.to_lowercase(), status).is_some_and(|other| other != status) {
                    let message = format!("`{}` stands under two statuses", word.text);
                    self.decoder.error(Code::DuplicateKey, word.span, message);
                }
            }
        }
        statuses
    }

    /// The gateway's codes by our classes.
    fn errors(&mut self, node: &Node) -> Errors {
        let mut errors = Errors::default();
        for (class, codes) in self.decoder.entries(node, "`errors`") {
            let words = self.words(codes, "an error code");
            if class.text == "none" {
                errors.none = words.into_iter().map(|word| word.text).collect();
                continue;
            }
            let Some(known) = Class::parse(&class.text) else {
                let help = did_you_mean(&class.text, Class::ALL.map(Class::as_str).into_iter().chain(["none"]));
                let message = format!("there is no class of errors `{}`", class.text);
                self.decoder.error_with(Code::UnknownKey, class.span, message, help);
                continue;
            };
            for word in words {
                if let Err(error) = errors.classes.add(&word.text, known) {
                    self.decoder.error(Code::DuplicateKey, word.span, error.to_string());
                }
            }
        }
        errors
    }

    /// One or several words, numbers or truths, as text.
    fn words(&mut self, node: &Node, what: &str) -> Vec<Word> {
        let items = self.decoder.items(node);
        items.iter().filter_map(|item| self.scalar(item, what)).collect()
    }

    /// A word, a number, or true and false, as text.
    fn scalar(&mut self, node: &Node, what: &str) -> Option<Word> {
        match &node.kind {
            Kind::Bool(value) => Some(Word { text: value.to_string(), span: node.span.clone() }),
            _ => self.decoder.word(node, what),
        }
    }

    /// A text with names in it, tried out.
    fn template(&mut self, node: &Node, what: &str) -> Option<Template> {
        let word = match &node.kind {
            // Nothing at all is a text, too: some gateways want an empty field.
            Kind::Text(text) if text.is_empty() => Word { text: String::new(), span: node.span.clone() },
            _ => self.scalar(node, what)?,
        };
        let template = match Template::parse(&word.text, &self.names) {
            Ok(template) => template,
            Err(problems) => {
                for problem in problems {
                    let span = problem.part.map_or_else(|| word.span.clone(), |part| self.decoder.part(&word, part));
                    self.decoder.error_with(Code::BadTemplate, span, problem.message, problem.help);
                }
                return None;
            }
        };
        self.used.extend(template.names().iter().cloned());
        if let Err(why) = template.text(&self.samples) {
            self.decoder.error(Code::BadTemplate, word.span, format!("{what} cannot be put together: {why}"));
            return None;
        }
        Some(template)
    }

    /// A request that does not say to whom or what would be accepted and reach nobody.
    fn check_carries(&mut self, send: Option<&(&Node, Option<super::request::Plan>)>) {
        let Some((node, Some(plan))) = send else { return };
        for name in ["to", "text"] {
            if !plan.templates().any(|template| template.names().contains(name)) {
                let message = format!("no part of this request carries `{{{{ {name} }}}}`");
                self.decoder.error(Code::MissingKey, node.span.clone(), message);
            }
        }
    }

    /// Where something could not be read, what uses a name may be just that.
    fn warn_unused(&mut self, declared: &[Word]) {
        if !self.decoder.findings.is_empty() {
            return;
        }
        for name in declared.iter().filter(|name| !self.used.contains(&name.text)) {
            let message = format!("nothing uses `{}`", name.text);
            self.decoder.warn(Code::Unused, name.span.clone(), message, Some("use it or take it out".into()));
        }
    }
}

/// The names that a mapping or a list declares, for what nothing uses.
fn declared(node: &Node) -> Vec<Word> {
    let word = |node: &Node| node.text().map(|text| Word { text: text.to_owned(), span: node.span.clone() });
    match &node.kind {
        Kind::Map(entries) => entries.iter().filter_map(|(key, _)| word(key)).collect(),
        Kind::List(items) => items.iter().filter_map(word).collect(),
        _ => Vec::new(),
    }
}

fn samples() -> Values {
    let texts = [
        ("to", "+97336001234"),
        ("text", "نص text"),
        ("from", "EWA"),
        ("id", "1.1.1"),
        ("language", "ar"),
        ("encoding", "ucs2"),
        ("report_url", "https://wasl.example/hooks/sms/status?message=1.1.1"),
    ];
    let texts = texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text)));
    texts.chain([("validity_secs".to_owned(), Value::from(3_600))]).collect()
}
