//! `states`: what a state does on entering, what it waits for, and where it leads by itself.

use super::reader::{NOWHERE, Parts, Reader, SOME_TIME};
use super::wins::Earlier;
use crate::decode::{Word, is_name};
use crate::definition::scope::{self, event_kind};
use crate::definition::{After, Branch, Repeat, State, StateId, WaitingOn};
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::Scope;
use crate::grammar::{ACTION, AFTER, BRANCH, EVERY, STATE, WAITING_ON};
use crate::value::ShortText;
use crate::yaml::{Kind, Node};

/// Keys of a state that make it wait or lead on.
const LEADING: [&str; 4] = ["next", "on", "every", "after"];

impl Reader<'_> {
    /// One state.
    pub(super) fn state_body(&mut self, index: usize, name: &Word, node: &Node) -> State {
        let findings = self.decoder.findings.len();
        let parts = self.parts(node, &format!("the state `{}`", name.text), &STATE);
        let scope = scope::of_state(&self.fields);
        let title = parts.get("title").and_then(|node| self.decoder.texts(node, "the title", &self.languages));
        let waiting = WAITING_ON.pair([WaitingOn::Us, WaitingOn::Family, WaitingOn::Court]);
        let waiting_on = parts.get("waiting_on").and_then(|node| self.one_of(node, "whose move it is", waiting));
        let enter = parts.get("do").map(|node| self.actions(node, &scope)).unwrap_or_default();
        let next = parts.get("next").map(|node| self.branches(node, &scope)).unwrap_or_default();
        let on = parts.get("on").map(|node| self.handlers(Some(index), node)).unwrap_or_default();
        let every = parts.get("every").map(|node| self.repeats(node, &scope)).unwrap_or_default();
        let after = parts.get("after").map(|node| self.afters(node, &scope)).unwrap_or_default();
        let end = parts.get("end").and_then(|node| self.outcome(node));
        let reopen = parts.get("reopen").map(|node| self.reopen(node)).unwrap_or_default();
        self.parts_of_an_end(name, &parts);
        self.parts_after_a_decision(&parts, &next);
        // What stands in for a broken wait says nothing about the others.
        if self.decoder.findings.len() == findings {
            self.too_late(&parts, &on, &every, &after);
        }
        State {
            name: ShortText::from(&name.text),
            title: title.unwrap_or_default(),
            waiting_on: waiting_on.unwrap_or_default(),
            enter,
            next,
            on,
            every,
            after,
            // A broken outcome still makes it an end.
            end: end.or_else(|| parts.get("end").map(|_| String::new())).map(ShortText::from),
            reopen,
            span: name.span.clone(),
        }
    }

    /// A case that is over does not move, and only a case that is over opens again.
    fn parts_of_an_end(&mut self, name: &Word, parts: &Parts<'_>) {
        if parts.get("end").is_none() {
            if let Some(place) = parts.key("reopen") {
                let help = Some("use `on`, or say how the case ends with `end`".into());
                self.decoder.error_with(Code::BadValue, place, "only a state with `end` can `reopen`", help);
            }
            return;
        }
        for key in LEADING {
            let Some(place) = parts.key(key) else { continue };
            let message = format!("`{key}` never comes about: a case that enters `{}` is over", name.text);
            let help = (key == "on").then(|| "events that open it again belong in `reopen`".to_owned());
            self.decoder.error_with(Code::NeverWins, place, message, help);
        }
    }

    /// Where `next` always leads on, nothing else of the state can happen.
    fn parts_after_a_decision(&mut self, parts: &Parts<'_>, next: &[Branch]) {
        if !next.iter().any(|branch| branch.when.is_none()) || parts.get("end").is_some() {
            return;
        }
        for key in ["on", "every", "after"] {
            let Some(place) = parts.key(key) else { continue };
            let message = format!("`{key}` never comes about: the last branch of `next` always leaves at once");
            let help = Some("give that branch a `when`".into());
            self.decoder.error_with(Code::NeverWins, place, message, help);
        }
    }

    fn outcome(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "the outcome")?;
        if is_name(&word.text) {
            return Some(word.text);
        }
        let help = Some("write one word, such as `success` or `not_applicable`".into());
        let message = format!("`{}` is not an outcome", word.text);
        self.decoder.error_with(Code::BadValue, word.span, message, help);
        None
    }

    fn branches(&mut self, node: &Node, scope: &Scope) -> Vec<Branch> {
        let mut branches = Vec::new();
        let mut earlier = Earlier::default();
        for item in self.decoder.items(node) {
            if let Kind::Text(state) = &item.kind {
                let help = Some(format!("write `{{goto: {state}}}`"));
                let message = "a branch is a mapping with `goto`";
                self.decoder.error_with(Code::WrongShape, item.span.clone(), message, help);
                continue;
            }
            let [when, set, goto] = self.decoder.mapping(item, "a branch", &BRANCH);
            let when_program = self.guard(when, scope);
            self.can_win(&mut earlier, "branch", item, when.zip(when_program.as_ref()));
            let set = set.map(|node| self.assignments(node, scope)).unwrap_or_default();
            let goto = goto.map_or(NOWHERE, |node| self.state(node, "a state"));
            branches.push(Branch { when: when_program, set, goto });
        }
        branches
    }

    fn repeats(&mut self, node: &Node, scope: &Scope) -> Vec<Repeat> {
        let mut repeats = Vec::new();
        for (key, value) in self.decoder.entries(node, "`every`") {
            let every = self.decoder.duration_in(&key, 0..key.text.len());
            if every.is_some_and(|every| every.is_zero()) {
                let message = "this would repeat without end at the same moment";
                self.decoder.error(Code::BadDuration, key.span.clone(), message);
            }
            let parts = self.parts(value, "`every`", &EVERY);
            let at_most = parts.get("at_most").and_then(|node| self.decoder.int(node, "`at_most`", 1..=1_000));
            let when = self.guard(parts.get("when"), scope);
            let actions = self.inline_actions(&parts, scope);
            if !parts.0.iter().any(|(key, _)| key.text == "do" || ACTION.key(&key.text).is_some()) {
                let help = Some("add for example `sms: {to: contacts, template: …}`".into());
                self.decoder.error_with(Code::MissingKey, key.span.clone(), "`every` does nothing here", help);
            }
            let at_most = at_most.and_then(|number| u32::try_from(number).ok());
            let name = timer_name("every", &key);
            repeats.push(Repeat { name: name.into(), every: every.unwrap_or(SOME_TIME), at_most, when, actions });
        }
        repeats
    }

    fn afters(&mut self, node: &Node, scope: &Scope) -> Vec<After> {
        let mut afters: Vec<After> = Vec::new();
        for (key, value) in self.decoder.entries(node, "`after`") {
            let (wait, from) = self.wait(&key);
            let parts = match &value.kind {
                Kind::Map(_) => self.parts(value, "`after`", &AFTER),
                _ => Parts(Vec::new()),
            };
            let goto_node = if matches!(value.kind, Kind::Map(_)) { parts.get("goto") } else { Some(value) };
            let goto = goto_node.map(|node| self.state(node, "a state"));
            let when = self.guard(parts.get("when"), scope);
            let actions = self.inline_actions(&parts, scope);
            let leads_on = goto.is_some() || !actions.is_empty();
            if !leads_on {
                let help = Some("write a state, or `{goto: …}`".into());
                let message = "`after` leads nowhere and does nothing";
                self.decoder.error_with(Code::MissingKey, key.span.clone(), message, help);
            }
            let goto = if leads_on { goto } else { Some(NOWHERE) };
            let after = After { name: timer_name("after", &key).into(), wait, from, when, actions, goto };
            afters.push(after);
        }
        afters
    }

    fn reopen(&mut self, node: &Node) -> Vec<(String, StateId)> {
        let mut reopen = Vec::new();
        for (event, value) in self.decoder.entries(node, "`reopen`") {
            let to = self.state(value, "a state");
            let known = self.events.contains_key(&event.text) || self.broken.contains(&event.text);
            if !known && event_kind(&event.text).is_none() {
                let message = format!("there is no event `{}`", event.text);
                let help = did_you_mean(&event.text, self.events.keys().map(String::as_str));
                self.decoder.error_with(Code::UnknownEvent, event.span.clone(), message, help);
            }
            reopen.push((event.text, to));
        }
        reopen
    }
}

/// `after 5 working days`, with single spaces.
fn timer_name(word: &str, key: &Word) -> String {
    let words: Vec<&str> = std::iter::once(word).chain(key.text.split_whitespace()).collect();
    words.join(" ")
}
