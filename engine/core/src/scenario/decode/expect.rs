//! What must be true after a step.

use super::super::claim::{Claim, Expect, Part, Want};
use super::Reader;
use crate::decode::Word;
use crate::definition::{Action, CallAction, Workflow};
use crate::diagnostic::Code;
use crate::grammar::{ANSWERED_BY, CALL_SEEN, DISPOSITIONS, EXPECT, MESSAGE_SEEN, Mapping, STANDINGS};
use crate::yaml::{Kind, Node};

impl Reader<'_> {
    pub(super) fn expect(&mut self, node: &Node) -> Expect {
        let mut claims = Vec::new();
        for (key, value) in self.decoder.known_entries(node, "`expect`", &EXPECT) {
            let claim = match key.text.as_str() {
                "state" => self.state(value).map(Claim::State),
                "ended" => self.ended(value),
                "standing" => self.one_of(value, STANDINGS.names(), "no case is").map(Claim::Standing),
                "became" => self.one_of(value, DISPOSITIONS.names(), "no event becomes").map(Claim::Became),
                "calls" => Some(Claim::Calls(self.list(value, &CALL_SEEN, "a call"))),
                "messages" => Some(Claim::Messages(self.list(value, &MESSAGE_SEEN, "a message"))),
                _ => Some(Claim::Deadlines(self.deadlines(value))),
            };
            // A list points at its key: its own place is only its first character.
            let span = if matches!(value.kind, Kind::List(_) | Kind::Map(_)) { key.span } else { value.span.clone() };
            claims.extend(claim.map(|claim| (claim, span)));
        }
        Expect { claims }
    }

    pub(super) fn state(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "a state")?;
        let names = |workflow: &Workflow| workflow.states.iter().map(|state| state.name.to_string()).collect();
        self.known(word, Code::UnknownState, "there is no state", names)
    }

    fn ended(&mut self, node: &Node) -> Option<Claim> {
        if let Kind::Bool(false) = node.kind {
            return Some(Claim::Ended(None));
        }
        self.decoder.text(node, "the outcome of the case").map(|outcome| Claim::Ended(Some(outcome)))
    }

    fn one_of<const N: usize>(&mut self, node: &Node, words: [&str; N], what: &str) -> Option<String> {
        let word = self.decoder.word(node, "a word")?;
        if words.contains(&word.text.as_str()) {
            return Some(word.text);
        }
        let message = format!("{what} `{}`", word.text);
        self.unknown(Code::BadValue, word.span, message, &word.text, words);
        None
    }

    fn list(&mut self, node: &Node, keys: &Mapping, what: &str) -> Vec<Vec<Part>> {
        let items = self.decoder.items(node);
        items.iter().map(|item| self.details(item, keys, what)).collect()
    }

    fn details(&mut self, node: &Node, keys: &Mapping, what: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        for (key, value) in self.decoder.known_entries(node, what, keys) {
            for value in self.decoder.items(value) {
                let want = self.detail(&key.text, value);
                parts.extend(want.map(|want| Part { key: key.text.clone(), want, span: value.span.clone() }));
            }
        }
        parts
    }

    fn detail(&mut self, key: &str, node: &Node) -> Option<Want> {
        match key {
            "from" | "due" | "at" => self.moment(node).map(Want::At),
            "contains" => self.decoder.text(node, "a part of the text").map(Want::Containing),
            "template" => self.template(node).map(Want::Text),
            "queue" => self.queue(node).map(Want::Text),
            "script" => {
                let word = self.decoder.word(node, "a script")?;
                let names = |workflow: &Workflow| workflow.scripts.keys().cloned().collect();
                self.known(word, Code::UnknownScript, "there is no script", names).map(Want::Text)
            }
            "language" => {
                let word = self.decoder.word(node, "a language")?;
                let names = |workflow: &Workflow| workflow.languages.clone();
                self.known(word, Code::BadScenario, "the workflow does not speak", names).map(Want::Text)
            }
            "channel" => self.one_of(node, ANSWERED_BY.names(), "no message goes by").map(Want::Text),
            _ => self.decoder.text(node, &format!("`{key}`")).map(Want::Text),
        }
    }

    pub(super) fn template(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "a text")?;
        let names = |workflow: &Workflow| workflow.templates.keys().cloned().collect();
        self.known(word, Code::UnknownTemplate, "there is no text", names)
    }

    pub(super) fn queue(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "a queue")?;
        self.known(word, Code::UnknownQueue, "no call goes to the queue", queues)
    }

    fn deadlines(&mut self, node: &Node) -> Vec<Part> {
        let mut parts = Vec::new();
        for (name, value) in self.decoder.entries(node, "`deadlines`") {
            let span = value.span.clone();
            let at = self.moment(value);
            let name = self.known(name, Code::BadScenario, "no state waits", timers);
            parts.extend(name.zip(at).map(|(key, at)| Part { key, want: Want::At(at), span }));
        }
        parts
    }

    /// A name, if the workflow has it.
    fn known(
        &mut self,
        word: Word,
        code: Code,
        what: &str,
        names: impl FnOnce(&Workflow) -> Vec<String>,
    ) -> Option<String> {
        let Some((workflow, _)) = self.around else { return Some(word.text) };
        let names = names(workflow);
        if names.contains(&word.text) {
            return Some(word.text);
        }
        let message = format!("{what} `{}`", word.text);
        self.unknown(code, word.span, message, &word.text, names.iter().map(String::as_str));
        None
    }
}

fn timers(workflow: &Workflow) -> Vec<String> {
    let repeats = workflow.states.iter().flat_map(|state| &state.every).map(|repeat| repeat.name.to_string());
    let afters = workflow.states.iter().flat_map(|state| &state.after).map(|after| after.name.to_string());
    let mut names: Vec<String> = repeats.chain(afters).collect();
    names.sort();
    names.dedup();
    names
}

/// The queues to which calls of the workflow go.
fn queues(workflow: &Workflow) -> Vec<String> {
    let mut names: Vec<String> = calls(workflow).map(|call| call.queue.to_string()).collect();
    names.sort();
    names.dedup();
    names
}

fn calls(workflow: &Workflow) -> impl Iterator<Item = &CallAction> {
    workflow.actions().filter_map(|action| match action {
        Action::Call(call) => Some(call),
        Action::Send(_) | Action::Set(_) => None,
    })
}
