//! `on` and `anywhere`: what may come, and what answers it.

use super::policy::is_person;
use super::reader::{NOWHERE, Parts, Reader, SOME_TIME, Taken, some_program};
use super::wins::Earlier;
use crate::decode::Word;
use crate::definition::scope::{self, EventKind, MESSAGE_WORDS, event_kind};
use crate::definition::{Ask, Handler, Reaction, Rung, Then, Verify};
use crate::diagnostic::{Code, did_you_mean, nearest};
use crate::expr::{Program, Scope};
use crate::grammar::REACTION;
use crate::lang::Texts;
use crate::schema::Field;
use crate::value::Type;
use crate::yaml::{Kind, Node};

/// The ways in which a reaction can leave the case; it takes one.
const WAYS: [&str; 4] = ["goto", "again", "next", "stay"];

impl Reader<'_> {
    /// `{event: reaction or list of reactions}`; `state` is none for `anywhere`.
    pub(super) fn handlers(&mut self, state: Option<usize>, node: &Node) -> Vec<Handler> {
        let entries = self.decoder.entries(node, "`on`");
        entries.into_iter().map(|(event, value)| self.handler(state, event, value)).collect()
    }

    fn handler(&mut self, state: Option<usize>, event: Word, node: &Node) -> Handler {
        let meant = self.check_event(&event);
        let reactions: Vec<(&Node, Parts<'_>)> =
            self.decoder.items(node).iter().map(|item| (item, self.reaction_parts(item))).collect();
        if reactions.is_empty() {
            let help = Some("write `{goto: …}`, or `{stay: true}`".into());
            let message = format!("nothing answers `{}`", event.text);
            self.decoder.error_with(Code::MissingKey, event.span.clone(), message, help);
        }
        let mut earlier = Earlier::default();
        let mut read = Vec::new();
        for (item, parts) in reactions {
            let reaction = self.reaction(&event, &parts);
            self.can_win(&mut earlier, "reaction", item, parts.get("when").zip(reaction.when.as_ref()));
            read.push(reaction);
        }
        if let Some(meant) = meant {
            self.taken.push(Taken { state, event: Word { text: meant, span: event.span } });
        }
        Handler { event: event.text, reactions: read }
    }

    fn reaction(&mut self, event: &Word, parts: &Parts<'_>) -> Reaction {
        let ask = self.asks(event, parts);
        let asked: Vec<Field> = ask.iter().map(|ask| ask.field.clone()).collect();
        let payload = self.events.get(&event.text).map(|event| &event.fields);
        let scope = scope::of_reaction(&self.fields, &event.text, payload, &asked);
        let when = self.guard(parts.get("when"), &scope);
        let verify = self.verifies(event, parts);
        let actions = self.inline_actions(parts, &scope);
        let then = self.then(event, parts, &scope);
        Reaction { when, ask, verify, actions, then }
    }

    fn reaction_parts<'n>(&mut self, node: &'n Node) -> Parts<'n> {
        if let Kind::Text(state) = &node.kind {
            let help = Some(format!("write `{{goto: {state}}}`"));
            self.decoder.error_with(Code::WrongShape, node.span.clone(), "a reaction is a mapping", help);
            return Parts(Vec::new());
        }
        self.parts(node, "a reaction", &REACTION)
    }

    /// The event's name if it can come at all; if not, it is reported, and the name is the one that was
    /// probably meant.
    fn check_event(&mut self, event: &Word) -> Option<String> {
        let name = event.text.as_str();
        if self.events.contains_key(name) || event_kind(name).is_some() {
            return Some(name.to_owned());
        }
        if self.broken.contains(name) {
            return None;
        }
        let (message, help) = match name.split_once('.') {
            Some((channel @ ("sms" | "email"), word)) => {
                (format!("{channel} has no news `{word}`"), did_you_mean(word, MESSAGE_WORDS))
            }
            Some(("call", word)) => {
                let help = Some("use letters, digits and `_`, as in `call.no_answer`".to_owned());
                (format!("`{word}` cannot name an outcome"), help)
            }
            _ => (format!("there is no event `{name}`"), None),
        };
        let known = self.events.keys().map(String::as_str).chain(["case.updated"]);
        let meant = nearest(name, known).map(str::to_owned);
        let help = help
            .or_else(|| meant.as_ref().map(|meant| format!("did you mean `{meant}`?")))
            .or_else(|| Some("declare it under `events`; what agents answer to a call begins with `call.`".to_owned()));
        self.decoder.error_with(Code::UnknownEvent, event.span.clone(), message, help);
        meant
    }

    /// What an outcome asks the agent to fill in.
    fn asks(&mut self, event: &Word, parts: &Parts<'_>) -> Vec<Ask> {
        let mut asks = Vec::new();
        if let Some((node, place)) = parts.get("ask").zip(parts.key("ask")) {
            if !matches!(event_kind(&event.text), Some(EventKind::Outcome(_))) {
                let message = "only the agent who answers a call can be asked for something";
                self.decoder.error(Code::BadValue, place, message);
            }
            for item in self.decoder.items(node) {
                asks.extend(self.ask(item));
            }
        }
        let expressions = parts.get("again").into_iter().flat_map(|node| match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        });
        for node in expressions {
            let Kind::Text(text) = &node.kind else { continue };
            for name in asked_times(text) {
                if !asks.iter().any(|ask| ask.field.name == name) {
                    let title = Texts::both("when to call again", "موعد معاودة الاتصال");
                    let field = Field { title, ..Field::new(name, Type::Time) };
                    asks.push(Ask { field, stored: false });
                }
            }
        }
        asks
    }

    /// The name of a field of the case, or `{name: type}` for an answer that is not kept.
    fn ask(&mut self, node: &Node) -> Vec<Ask> {
        if matches!(node.kind, Kind::Map(_)) {
            let mut fields = self.decoder.typed_fields(node, "`ask`", &self.languages);
            self.broken.append(&mut fields.broken);
            return fields.schema.fields.into_iter().map(|field| Ask { field, stored: false }).collect();
        }
        let Some(word) = self.decoder.word(node, "the name of a field") else { return Vec::new() };
        self.field_type(&word.text, word.span);
        let field = self.fields.get(&word.text).cloned();
        // The case may do without it, but whoever is asked has to answer.
        field.into_iter().map(|field| Ask { field: Field { optional: false, ..field }, stored: true }).collect()
    }

    /// `contact`, `email`, or fields with what the person on the phone has told us.
    fn verifies(&mut self, event: &Word, parts: &Parts<'_>) -> Vec<Verify> {
        let Some((node, place)) = parts.get("verify").zip(parts.key("verify")) else { return Vec::new() };
        if !matches!(event_kind(&event.text), Some(EventKind::Outcome(_))) {
            let message = "only somebody whom we have on the phone can confirm who they are";
            self.decoder.error(Code::BadValue, place, message);
        }
        let mut verified = Vec::new();
        for item in self.decoder.items(node) {
            let Some(word) = self.decoder.word(item, "what is verified") else { continue };
            let is_field = self.fields.get(&word.text).is_some();
            match word.text.as_str() {
                "contact" if !is_field => verified.push(Verify::Called),
                "email" if !is_field => verified.push(Verify::Email),
                _ => verified.push(self.verified_field(word)),
            }
        }
        verified
    }

    fn verified_field(&mut self, word: Word) -> Verify {
        let holds_points = |ty: &Type| matches!(ty, Type::Phone | Type::Email) || is_person(ty);
        if self.field_type(&word.text, word.span.clone()).is_some_and(|ty| !holds_points(&ty)) {
            let message = format!("`{}` holds no number or address", word.text);
            self.decoder.error(Code::BadValue, word.span, message);
        }
        Verify::Field(word.text)
    }

    fn then(&mut self, event: &Word, parts: &Parts<'_>, scope: &Scope) -> Then {
        let ways: Vec<&Word> =
            parts.0.iter().map(|(key, _)| key).filter(|key| WAYS.contains(&key.text.as_str())).collect();
        if let [first, second, ..] = ways.as_slice() {
            let message = format!("a reaction takes one way: `{}` or `{}`", first.text, second.text);
            self.decoder.error(Code::BadValue, second.span.clone(), message);
        }
        let way = ways.first().map(|way| (way.text.as_str(), way.span.clone()));
        let then = parts.get("then").map(|node| self.state(node, "a state"));
        let repeats = matches!(way, Some(("again" | "next", _)));
        if let Some(place) = parts.key("then").filter(|_| !repeats) {
            let help = Some("write `goto`".into());
            self.decoder.error_with(Code::BadValue, place, "`then` belongs to `again` or `next`", help);
        }
        if let Some((way, place)) = way.clone().filter(|_| repeats && !event.text.starts_with("call.")) {
            let message = format!("`{way}` plans a call again, but `{}` is not about a call", event.text);
            self.decoder.error(Code::BadValue, place, message);
        }
        match way {
            Some(("goto", _)) => Then::Goto(parts.get("goto").map_or(NOWHERE, |node| self.state(node, "a state"))),
            Some(("again", _)) => {
                let rungs = parts.get("again").map(|node| self.rungs(node, scope)).unwrap_or_default();
                Then::Again { rungs, then }
            }
            Some(("next", _)) => {
                if let Some(node) = parts.get("next") {
                    self.one_of(node, "`next` in a reaction", [("contact", ())]);
                }
                Then::NextContact { then }
            }
            Some(("stay", _)) => {
                self.stays(parts.get("stay"));
                Then::Stay
            }
            _ => Then::Stay,
        }
    }

    fn stays(&mut self, node: Option<&Node>) {
        let Some(node) = node else { return };
        if self.decoder.bool(node, "`stay`") == Some(false) {
            let help = Some("take it out, or say where the case goes with `goto`".into());
            self.decoder.error_with(Code::BadValue, node.span.clone(), "`stay: false` does not say what happens", help);
        }
    }

    /// `4 working hours`, a list of such, or `at` an expression.
    fn rungs(&mut self, node: &Node, scope: &Scope) -> Vec<Rung> {
        let items = self.decoder.items(node);
        if items.is_empty() {
            let help = Some("write for example `[4 working hours, 1 working day]`".into());
            self.decoder.error_with(Code::BadValue, node.span.clone(), "`again` does not say when", help);
        }
        items.iter().filter_map(|item| self.rung(item, scope)).collect()
    }

    fn rung(&mut self, node: &Node, scope: &Scope) -> Option<Rung> {
        let word = self.decoder.word(node, "when to call again")?;
        let Some(expression) = word.text.strip_prefix("at ") else {
            let wait = self.decoder.duration_in(&word, 0..word.text.len());
            return Some(Rung::After(wait.unwrap_or(SOME_TIME)));
        };
        let start = word.text.len() - expression.len();
        let program = self.program_in(&word, start, scope, Some(&Type::Time));
        if program.as_ref().is_some_and(Program::may_be_null) {
            let message = "this time may be absent";
            let help = Some(format!("say what stands in for it: `{expression} ?? …`"));
            let place = self.decoder.part(&word, start..word.text.len());
            self.decoder.error_with(Code::BadExpression, place, message, help);
        }
        program.or_else(some_program).map(Rung::At)
    }
}

/// The `x` of each `answer.x` in `at …`.
fn asked_times(text: &str) -> Vec<&str> {
    let Some(expression) = text.strip_prefix("at ") else { return Vec::new() };
    let words = expression.split(|sign: char| !sign.is_alphanumeric() && sign != '_' && sign != '.');
    let names = words.filter_map(|word| word.strip_prefix("answer.")?.split('.').next());
    names.filter(|name| crate::decode::is_name(name)).collect()
}
