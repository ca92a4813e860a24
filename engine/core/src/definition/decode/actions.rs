//! What a state or a reaction does: calls, messages, values that are set.

use super::policy::is_person;
use super::reader::{Parts, Reader};
use super::texts::Kind as TextKind;
use crate::decode::{Word, described, is_name};
use crate::definition::{Action, CallAction, Priority, SendAction, Target};
use crate::delivery::{Channel, OnUncertain};
use crate::diagnostic::{Code, did_you_mean, nearest};
use crate::expr::Scope;
use crate::grammar::{ACTION, CALL, EMAIL, ON_UNCERTAIN, PRIORITIES, SMS};
use crate::schema::is_email;
use crate::value::Type;
use crate::yaml::{Kind, Node};

impl Reader<'_> {
    /// `do`: a list of actions, one key each.
    pub(super) fn actions(&mut self, node: &Node, scope: &Scope) -> Vec<Action> {
        let mut actions = Vec::new();
        for item in self.decoder.items(node) {
            if !matches!(item.kind, Kind::Map(_)) {
                self.decoder.expected::<()>(item, "an action such as `sms: {…}`");
                continue;
            }
            let parts = self.parts(item, "an action", &ACTION);
            actions.extend(self.inline_actions(&parts, scope));
        }
        actions
    }

    /// The actions among the keys of a mapping, in its order.
    pub(super) fn inline_actions(&mut self, parts: &Parts<'_>, scope: &Scope) -> Vec<Action> {
        let mut actions = Vec::new();
        for (key, node) in &parts.0 {
            match key.text.as_str() {
                "call" => actions.push(Action::Call(self.call(node))),
                "sms" => actions.push(Action::Send(self.send(Channel::Sms, node))),
                "email" => actions.push(Action::Send(self.send(Channel::Email, node))),
                "set" => actions.push(Action::Set(self.assignments(node, scope))),
                "do" => actions.extend(self.actions(node, scope)),
                _ => {}
            }
        }
        actions
    }

    fn call(&mut self, node: &Node) -> CallAction {
        let [queue, to, script, due, priority, keep] = self.decoder.mapping(node, "a call", &CALL);
        let priorities = PRIORITIES.pair([Priority::High, Priority::Normal, Priority::Low]);
        let queue = queue.and_then(|node| self.queue(node));
        let to = to.map(|node| self.targets(node, Channel::Call));
        let script = script.and_then(|node| self.text_name(node, TextKind::Script, Channel::Call));
        let due = due.and_then(|node| self.decoder.duration(node, "`due`"));
        let priority = priority.and_then(|node| self.one_of(node, "the priority", priorities));
        let keep = keep.and_then(|node| self.decoder.bool(node, "`keep`")).unwrap_or_default();
        CallAction {
            queue: queue.unwrap_or_default().into(),
            to: to.unwrap_or_default(),
            script: script.unwrap_or_default().into(),
            due,
            priority: priority.unwrap_or_default(),
            keep,
        }
    }

    fn send(&mut self, channel: Channel, node: &Node) -> SendAction {
        let ([to, template, expires, keep, doubt], legal_notice) = if channel == Channel::Email {
            let [message @ .., legal_notice] = self.decoder.mapping(node, with_article(channel), &EMAIL);
            (message, legal_notice)
        } else {
            (self.decoder.mapping(node, with_article(channel), &SMS), None)
        };
        let to = to.map(|node| self.targets(node, channel));
        let template = template.and_then(|node| self.text_name(node, TextKind::Message, channel));
        let expires = expires.and_then(|node| self.decoder.duration(node, "`expires`"));
        let keep = keep.and_then(|node| self.decoder.bool(node, "`keep`")).unwrap_or_default();
        let choices = ON_UNCERTAIN.pair(OnUncertain::ALL);
        let on_uncertain = doubt.and_then(|node| self.one_of(node, "`on_uncertain`", choices));
        let legal_notice = legal_notice.and_then(|node| self.decoder.bool(node, "`legal_notice`")).unwrap_or_default();
        let (to, template) = (to.unwrap_or_default(), template.unwrap_or_default());
        SendAction { channel, to, template: template.into(), expires, keep, legal_notice, on_uncertain }
    }

    fn queue(&mut self, node: &Node) -> Option<String> {
        let word = self.decoder.word(node, "the queue")?;
        if let Some(outside) = self.outside.filter(|outside| !outside.queues.contains_key(&word.text)) {
            let message = format!("there is no queue `{}` in `config/wasl.yaml`", word.text);
            let help = did_you_mean(&word.text, outside.queues.keys().map(String::as_str));
            self.decoder.error_with(Code::UnknownQueue, word.span.clone(), message, help);
        }
        Some(word.text)
    }

    /// `heir ?? contacts ?? "desk@example.bh"`; `none` is nobody.
    fn targets(&mut self, node: &Node, channel: Channel) -> Vec<Target> {
        let Some(word) = self.decoder.word(node, "whom it goes to") else { return Vec::new() };
        if word.text.trim() == "none" {
            if channel != Channel::Call {
                let help = Some("name a field of the case, or an address".into());
                self.decoder.error_with(Code::BadValue, word.span, "only a call can go to nobody", help);
            }
            return Vec::new();
        }
        let mut targets = Vec::new();
        let mut start = 0;
        for part in word.text.split("??") {
            let name = part.trim();
            let begin = start + (part.len() - part.trim_start().len());
            start += part.len() + "??".len();
            targets.extend(self.target(&word, begin, name, channel));
        }
        targets
    }

    fn target(&mut self, word: &Word, begin: usize, name: &str, channel: Channel) -> Option<Target> {
        let place = self.decoder.part(word, begin..begin + name.len());
        let quoted = ['"', '\''].iter().find_map(|quote| name.strip_prefix(*quote)?.strip_suffix(*quote));
        if let Some(address) = quoted.or_else(|| (name.contains('@') || name.starts_with('+')).then_some(name)) {
            if !fits_channel(address, channel) {
                let message = format!("`{address}` is not an address for {}", with_article(channel));
                let help = if channel == Channel::Email { "write `name@example.bh`" } else { "write `+97312345678`" };
                self.decoder.error_with(Code::BadValue, place, message, Some(help.into()));
            }
            return Some(Target::Address(address.to_owned()));
        }
        if !is_name(name) {
            let help = Some("write a field, alternatives such as `heir ?? contacts`, or an address in quotes".into());
            self.decoder.error_with(Code::BadValue, place, format!("`{name}` names nobody"), help);
            return None;
        }
        let ty = self.field_type(name, place.clone())?;
        let own = if channel == Channel::Email { Type::Email } else { Type::Phone };
        if !is_person(&ty) && ty != own {
            let message = format!(
                "`{name}` is {}; {} goes to contacts or {}",
                described(&ty),
                with_article(channel),
                described(&own)
            );
            self.decoder.error(Code::BadValue, place, message);
        }
        Some(Target::Field(name.to_owned()))
    }

    /// The name of a text or script, which must lie beside the workflow.
    fn text_name(&mut self, node: &Node, kind: TextKind, channel: Channel) -> Option<String> {
        let word = self.decoder.word(node, kind.what())?;
        if self.library.use_text(kind, &word.text, &word.span, channel) {
            return Some(word.text);
        }
        let language = self.languages.first().map_or("en", String::as_str);
        let add = || format!("add the file `{}`", self.library.own_path(kind, &word.text, language));
        let help = did_you_mean(&word.text, self.library.names(kind)).unwrap_or_else(add);
        let message = format!("there is no {} `{}` in `{}`", kind.word(), word.text, self.library.folder(kind));
        self.decoder.error_with(kind.unknown(), word.span.clone(), message, Some(help));
        // The one that was meant is not unused.
        if let Some(meant) = nearest(&word.text, self.library.names(kind)).map(str::to_owned) {
            self.library.use_text(kind, &meant, &word.span, channel);
        }
        Some(word.text)
    }
}

fn with_article(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "a call",
        Channel::Sms => "an SMS",
        Channel::Email => "an e-mail",
    }
}

fn fits_channel(address: &str, channel: Channel) -> bool {
    if channel == Channel::Email {
        return is_email(address);
    }
    let digits = address.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}
