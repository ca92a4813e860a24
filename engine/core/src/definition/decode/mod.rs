//! Reads a bundle into a checked [`Workflow`].
//!
//! Every part goes on after a mistake: a broken value is replaced by a stand-in, so that one run finds
//! every mistake of the file once, and the workflow is given out only if there was none. Shapes are
//! read here, what the whole means is proven in [`super::check`].

mod actions;
mod case;
mod detect;
mod policy;
mod promise;
mod reactions;
mod reader;
mod states;
mod texts;
mod wins;

pub use policy::parse_cap;
use reader::NOWHERE;
pub(super) use reader::mentions;
pub(super) use texts::{Kind as TextKind, Library, Text, finding as text_finding};

use super::fragment::{self, Expanded};
use super::{Bundle, CaseSchema, Environment, Handler, State, Workflow, check};
use crate::decode::{Decoder, Word};
use crate::diagnostic::{Code, Diagnostic, Report, did_you_mean};
use crate::grammar::{ANYWHERE, WORKFLOW};
use crate::limits;
use crate::policy::disclosures;
use crate::yaml::{self, Kind, Node};
use reader::{Parts, Reader};

impl Workflow {
    /// Reads and checks a bundle against its environment: a workflow only if there is no error.
    /// Findings name the bundle's paths.
    ///
    /// Times in texts are worded in UTC unless the templates are put [in the calendar's
    /// zone](crate::message::Template::in_zone) when they are rendered.
    pub fn load(bundle: &Bundle, environment: &Environment) -> (Option<Self>, Report) {
        read(bundle, Some(environment))
    }

    /// Reads a version that was activated earlier. What lies outside its own files (sources, queues,
    /// calendars, house texts) is not checked, and `detect` is left empty.
    pub fn load_pinned(bundle: &Bundle) -> (Option<Self>, Report) {
        read(bundle, None)
    }
}

fn read(bundle: &Bundle, outside: Option<&Environment>) -> (Option<Workflow>, Report) {
    let mut report = Report { findings: Vec::new(), sources: bundle.files.clone() };
    let file = format!("{}.yaml", bundle.name);
    let Some(source) = bundle.files.get(&file) else {
        let message = format!("there is no file `{file}`");
        report.findings.push(Diagnostic::error(Code::Syntax, &file, 0..0, message));
        return (None, report);
    };
    let library = Library::read(bundle, &mut report.findings);
    let workflow = match yaml::parse(&file, source) {
        Ok(node) => {
            let Expanded { root, space, mut findings, is_complete } =
                fragment::expand(&file, source, node, bundle, outside);
            report.findings.append(&mut findings);
            let decoder = Decoder::over(&file, &space.text, space.starts());
            let mut reader = Reader::new(decoder, outside, library);
            let workflow = reader.workflow(&root, bundle, is_complete);
            report.findings.append(&mut reader.decoder.findings);
            space.place(&mut report.findings);
            workflow
        }
        Err(finding) => {
            report.findings.push(*finding);
            None
        }
    };
    report.sort();
    (workflow.filter(|_| !report.has_errors()), report)
}

impl Reader<'_> {
    /// The whole file, with stand-ins for what is wrong.
    fn workflow(&mut self, node: &Node, bundle: &Bundle, is_complete: bool) -> Option<Workflow> {
        if !matches!(node.kind, Kind::Map(_)) {
            return self.decoder.expected(node, "a workflow (a mapping that begins with `workflow: NAME`)");
        }
        let parts = self.parts(node, "a workflow", &WORKFLOW);
        // Languages and fields first: everything else refers to them.
        self.languages = parts.get("languages").map(|node| self.language_list(node)).unwrap_or_default();
        let name = parts.get("workflow").and_then(|node| self.name(node, bundle)).unwrap_or_default();
        let title = parts.get("title").and_then(|node| self.decoder.texts(node, "the title", &self.languages));
        let calendar = parts.get("calendar").and_then(|node| self.calendar(node)).unwrap_or_default();
        let case = parts.get("case").map(|node| self.case(node));
        if let Some(node) = parts.get("events") {
            self.declared_events(node);
        }
        let detect = match (parts.get("detect"), self.outside) {
            (Some(node), Some(outside)) => self.detections(node, outside),
            _ => Vec::new(),
        };
        let policy = parts.get("contact_policy").map(|node| self.policy(node)).unwrap_or_default();
        self.withdrawals_of_somebody(&policy);
        let promises = parts.get("promise").map(|node| self.promises(node)).unwrap_or_default();
        let bodies = parts.get("states").map(|node| self.state_names(node)).unwrap_or_default();
        let start = parts.get("start").map_or(NOWHERE, |node| self.state(node, "a state"));
        let anywhere = parts.get("anywhere").map(|node| self.anywhere(node)).unwrap_or_default();
        let states = self.bodies(&bodies);
        let workflow = Workflow {
            name: name.into(),
            hash: bundle.hash().into(),
            title: title.unwrap_or_default(),
            calendar,
            languages: self.languages.clone(),
            case: case.unwrap_or_else(|| CaseSchema { key: Vec::new(), fields: self.fields.clone() }),
            events: self.events.clone(),
            detect,
            policy,
            promises,
            start,
            anywhere,
            states,
            disclosures: disclosures(&self.library.of(TextKind::Message), &self.fields),
            templates: self.library.of(TextKind::Message),
            scripts: self.library.of(TextKind::Script),
            queues: self.outside.map(|outside| outside.queues.clone()).unwrap_or_default(),
        };
        if is_complete {
            self.check(&workflow);
        }
        Some(workflow)
    }

    /// What can only be said about the whole.
    fn check(&mut self, workflow: &Workflow) {
        let taken: Vec<check::Taken<'_>> =
            self.taken.iter().map(|taken| (taken.state, taken.event.text.as_str(), taken.event.span.clone())).collect();
        check::graph(workflow, &mut self.decoder);
        check::contacts(workflow, &taken, &self.declared, &mut self.decoder);
        check::outcomes(workflow, &taken, &self.library, &mut self.decoder);
        let broken = &self.broken;
        let house = self.outside.map(|outside| &outside.texts);
        check::texts(workflow, &check::Texts { library: &self.library, house, broken }, &mut self.decoder);
        check::disclosure(workflow, &self.library, &mut self.decoder);
        if let Some(outside) = self.outside {
            check::bounds(workflow, outside, &self.cap_places, &mut self.decoder);
        }
    }

    fn name(&mut self, node: &Node, bundle: &Bundle) -> Option<String> {
        let word = self.decoder.word(node, "the workflow's name")?;
        if word.text != bundle.name {
            let message = format!("the workflow is called `{}`, but its file `{}.yaml`", word.text, bundle.name);
            let help = Some("give both the same name".into());
            self.decoder.error_with(Code::BadValue, word.span, message, help);
        } else if word.text == fragment::FOLDER {
            let message = format!("a workflow cannot be called `{}`: the folder is that of the fragments", word.text);
            self.decoder.error(Code::BadValue, word.span, message);
        }
        Some(word.text)
    }

    fn language_list(&mut self, node: &Node) -> Vec<String> {
        let mut languages: Vec<String> = Vec::new();
        for item in self.decoder.items(node) {
            let Some(word) = self.decoder.word(item, "a language") else { continue };
            let is_code = (2..=3).contains(&word.text.len()) && word.text.bytes().all(|byte| byte.is_ascii_lowercase());
            if !is_code {
                let help = Some("write its code: `ar`, `en`".into());
                let message = format!("`{}` is not the code of a language", word.text);
                self.decoder.error_with(Code::BadValue, word.span, message, help);
            } else if languages.contains(&word.text) {
                self.decoder.error(Code::DuplicateKey, word.span, format!("`{}` is written twice", word.text));
            } else {
                languages.push(word.text);
            }
        }
        if self.decoder.items(node).is_empty() {
            self.decoder.error(Code::BadValue, node.span.clone(), "a workflow needs at least one language");
        }
        languages
    }

    fn calendar(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "the calendar's name")?;
        if let Some(outside) = self.outside.filter(|outside| !outside.calendars.contains_key(&word.text)) {
            let message = format!("there is no calendar `{}` in `config/calendars`", word.text);
            let help = did_you_mean(&word.text, outside.calendars.keys().map(String::as_str));
            self.decoder.error_with(Code::UnknownCalendar, word.span, message, help);
        }
        Some(word.text)
    }

    /// Learns the names of all states, so that they can be referred to before they are read.
    fn state_names<'n>(&mut self, node: &'n Node) -> Parts<'n> {
        let mut entries = self.decoder.entries(node, "the states");
        if entries.is_empty() && matches!(node.kind, Kind::Map(_) | Kind::Null) {
            self.decoder.error(Code::BadValue, node.span.clone(), "a workflow needs at least one state");
        }
        if let Some((excess, _)) = entries.get(limits::STATES_MAX) {
            let message = format!("a workflow can have {} states", limits::STATES_MAX);
            self.decoder.error(Code::BadValue, excess.span.clone(), message);
            entries.truncate(limits::STATES_MAX);
        }
        self.states = entries.iter().map(|(name, _)| name.clone()).collect();
        Parts(entries)
    }

    fn bodies(&mut self, entries: &Parts<'_>) -> Vec<State> {
        let names: Vec<Word> = self.states.clone();
        names.iter().zip(&entries.0).enumerate().map(|(i, (name, (_, node)))| self.state_body(i, name, node)).collect()
    }

    fn anywhere(&mut self, node: &Node) -> Vec<Handler> {
        let [on] = self.decoder.mapping(node, "`anywhere`", &ANYWHERE);
        on.map(|node| self.handlers(None, node)).unwrap_or_default()
    }
}
